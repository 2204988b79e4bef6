"""A credit file on disk: read in pieces, with a line of progress where somebody watches."""

import sys
from collections.abc import Iterator
from pathlib import Path

_PIECE = 1 << 18


class DiskFile:
    """Call it to read from the start. Raises OSError when it is not a file that can be read."""

    def __init__(self, path: Path) -> None:
        if path.exists() and not path.is_file():
            raise OSError(0, "not a regular file")
        with path.open("rb") as file:
            self._path, self._size = path, file.seek(0, 2)

    def __call__(self) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece

    def show(self, done: int) -> None:
        """The part read, on a terminal; it is wiped at the end."""
        if sys.stderr.isatty():
            text = f"{done * 100 // self._size:3d} %" if done < self._size else "     \r"
            sys.stderr.write(f"\r{text}")
            sys.stderr.flush()
