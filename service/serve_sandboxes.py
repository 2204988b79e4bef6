"""Serving the sandboxes, on the loopback address only."""

from service.listening import listen_and_serve
from service.sandboxes import create_sandboxes
from service.settings import Settings


async def serve_sandboxes(settings: Settings) -> None:
    callback_url = f"http://{settings.host}:{settings.port}/v1/callbacks/tax"
    app = create_sandboxes(settings, callback_url=callback_url)
    await listen_and_serve(app, settings, "127.0.0.1", settings.sandbox_port)
