"""Serve an ASGI app on a free port from a thread of its own, as another machine would."""

import contextlib
import threading
import time
from collections.abc import Iterator

import uvicorn
from litestar.types import ASGIApp


@contextlib.contextmanager
def serving(app: ASGIApp, *, port: int = 0) -> Iterator[str]:
    """Yield the base URL. uvicorn with httptools: h11 refuses absolute-form request targets."""
    config = uvicorn.Config(app, host="127.0.0.1", port=port, http="httptools", log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise RuntimeError("the app did not start")
        time.sleep(0.01)
    try:
        host, bound = server.servers[0].sockets[0].getsockname()[:2]
        yield f"http://{host}:{bound}"
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(timeout=20)
