"""Serving the sandboxes, on the loopback address only."""

from service.listening import listen_and_serve
from service.sandboxes import create_sandboxes
from service.settings import Settings


async def serve_sandboxes(settings: Settings) -> None:
    await listen_and_serve(create_sandboxes(settings), settings, "127.0.0.1", settings.sandbox_port)
