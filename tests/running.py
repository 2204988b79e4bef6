"""The real command in a process of its own, as it is deployed."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator

import httpx
from msgspec.structs import replace

from service import development
from service.settings import Settings


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.asynccontextmanager
async def running(settings: Settings, command: str = "serve") -> AsyncIterator[str]:
    """`python -m service COMMAND` with these settings; yields its base URL once it is ready."""
    settings = replace(settings, port=free_port())
    with (settings.data_folder / f"{command}-{settings.port}.stderr").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "service",
            command,
            env={**os.environ, **development.environment(settings)},
            stderr=log,
        )
    url = f"http://127.0.0.1:{settings.port}"
    try:
        await _ready(url, process)
        yield url
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), 20)


async def _ready(url: str, process: asyncio.subprocess.Process) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(600):
            assert process.returncode is None, f"the process died: {process.returncode}"
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get(f"{url}/health/ready")).status_code == 200:
                    return
            await asyncio.sleep(0.05)
    raise AssertionError("the service did not become ready")
