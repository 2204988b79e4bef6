"""HTTP clients of the gateways, sharing the trusted authorities: reading them takes 0.1 s."""

import functools
import ssl

import httpx


@functools.cache
def _authorities() -> ssl.SSLContext:
    return ssl.create_default_context()


def new_client(*, timeout: float, proxies: bool = False) -> httpx.AsyncClient:
    """`proxies`: whether the environment's proxies may carry the calls; seconds per step."""
    return httpx.AsyncClient(timeout=timeout, verify=_authorities(), trust_env=proxies)
