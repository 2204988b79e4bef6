"""One ASGI app on one port with uvicorn, until SIGTERM or SIGINT."""

import gc
import os
import socket

import uvicorn
from litestar.types import ASGIApp

from service.settings import Settings


async def listen_and_serve(
    app: ASGIApp, settings: Settings, host: str, port: int, *, shared: bool = False
) -> None:
    """`shared`: further processes of ours may listen on the same port."""
    config = uvicorn.Config(
        app,
        http="httptools",
        loop="none",
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=settings.forwarded_allow_ips,
        timeout_graceful_shutdown=10,
    )
    # What is there now stays: the collector need not look through the API description again and
    # again while citizens wait.
    gc.collect()
    gc.freeze()
    with _listen(host, port, shared=shared) as listener:
        await uvicorn.Server(config).serve(sockets=[listener])


def _listen(host: str, port: int, *, shared: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared and hasattr(socket, "SO_REUSEPORT"):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((host, port))
    os.set_inheritable(listener.fileno(), False)
    return listener
