"""What the gateways do over HTTP: clients, a question that ends in time, answers understood."""

import asyncio
import functools
import ssl
from collections.abc import Callable, Mapping
from typing import TypeVar

import httpx
from msgspec import Raw

from service.gateways import GatewayTrouble, PlatformName

Content = TypeVar("Content", bytes, Raw)
Understood = TypeVar("Understood")


@functools.cache
def _authorities() -> ssl.SSLContext:
    """Shared by all clients: reading them takes 0.1 s."""
    return ssl.create_default_context()


def new_client(*, timeout: float, proxies: bool = False) -> httpx.AsyncClient:
    """`proxies`: whether the environment's proxies may carry the calls; seconds per step."""
    return httpx.AsyncClient(timeout=timeout, verify=_authorities(), trust_env=proxies)


async def post(
    http: httpx.AsyncClient,
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    seconds: float,
    platform: PlatformName,
) -> bytes:
    """The whole answer within `seconds`, and HTTP 200. Raises GatewayTrouble."""
    try:
        async with asyncio.timeout(seconds):
            answer = await http.post(url, content=body, headers=headers, timeout=seconds)
    except TimeoutError:
        raise GatewayTrouble(platform, "no answer in time") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise GatewayTrouble(platform, type(error).__name__) from None
    if answer.status_code != httpx.codes.OK:
        raise GatewayTrouble(platform, f"HTTP {answer.status_code}")
    return answer.content


def understand(
    read: Callable[[Content], Understood], content: Content, *, platform: PlatformName
) -> Understood:
    """What `read` makes of it. Its own complaint may quote personal data, so it is not kept. Raises
    GatewayTrouble."""
    try:
        return read(content)
    except (ValueError, RecursionError):
        reason = f"{read.__name__} did not understand the answer"
        raise GatewayTrouble(platform, reason, answered=True) from None
