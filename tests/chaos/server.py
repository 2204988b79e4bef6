"""One child process that is killed and comes back, as under an orchestrator."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from signal import SIGKILL

from service import embedded

Ready = Callable[[int], Awaitable[bool]]
AGAIN_SECONDS = 0.3
"""Before one that did not come up is started again."""


class Server:
    """One child process. `kind` is what the report counts it under."""

    def __init__(
        self,
        kind: str,
        argv: list[str],
        *,
        log: Path,
        environment: dict[str, str],
        ready: Ready,
        folder: Path | None = None,
        excuse: str = "",
    ) -> None:
        """`excuse`: how the last words of one begin that found nothing to begin with."""
        self.kind, self._argv, self._log = kind, argv, log
        self._environment, self._ready, self._folder = environment, ready, folder
        self._excuse = excuse
        self._process: asyncio.subprocess.Process | None = None
        self._killed = False
        self.up = asyncio.Event()
        self.own_deaths: list[str] = []

    async def keep(self) -> None:
        """Start it, again and again, until cancelled; then it is killed for good."""
        try:
            while True:
                await self._live()
        finally:
            if self._process is not None and self._process.returncode is None:
                self._process.kill()
                await self._process.wait()
            if self._folder is not None:
                await embedded._stop(self._folder)

    async def _live(self) -> None:
        if self._folder is not None:
            await embedded._stop(self._folder)  # what a killed postmaster left behind
        with self._log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *self._argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                cwd="/" if self._folder else None,
                start_new_session=True,
            )
        self._process, self._killed = process, False
        while process.returncode is None and not await self._ready(process.pid):
            await asyncio.sleep(0.02)
        if process.returncode is None:
            self.up.set()
        was_up = self.up.is_set()
        await process.wait()
        self.up.clear()
        if self._killed:
            return
        words = self._last_words()
        if was_up and not (self._excuse and words.startswith(self._excuse)):
            self.own_deaths.append(f"{self.kind} died by itself: {words}")
        else:
            await asyncio.sleep(AGAIN_SECONDS)  # what it needs is away

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()
        return next((line.strip(" |") for line in reversed(lines) if line.strip(" |+-")), "")

    def kill(self) -> None:
        """kill -9. Only for one that is up."""
        assert self._process is not None
        self._killed = True
        self.up.clear()
        os.kill(self._process.pid, SIGKILL)
