"""A process of `run` ends when `run` does, even when that was killed without a chance to tell."""

import contextlib
import ctypes
import os
import signal
import sys

PARENT = "GONGJI_PARENT"
_PR_SET_PDEATHSIG = 1


def child_environment(**more: str) -> dict[str, str]:
    """This process's environment for a child that shall end with it."""
    return {**os.environ, **more, PARENT: str(os.getpid())}


def end_with_parent() -> None:
    """Ask the kernel for SIGTERM at the parent's death, where there is such a kernel (Linux)."""
    parent = os.environ.get(PARENT)
    if parent is None or sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):
        sys.exit(1)
