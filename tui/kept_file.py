"""A small file of the terminal's own in the state folder, its owner's alone.

It is written off the screen's thread, so that a slow disk delays no key, and whole or not at all.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 1_000_000


class TooLargeError(ValueError):
    """A file that no terminal wrote."""

    code = "FILE_TOO_LARGE"


def read_text(path: Path) -> str:
    """What the file holds.

    Raises:
        OSError: it cannot be read; FileNotFoundError where there is none.
        ValueError: it is no text, or larger than what a terminal writes.
    """
    if path.stat().st_size > MOST_BYTES:
        raise TooLargeError(f"larger than {MOST_BYTES} bytes")
    return path.read_text(encoding="utf-8")


class KeptFile:
    """Keeps a text in a file, written where it is another than before.

    Args:
        path: the file; None keeps nothing.
        empty: the text for which no file is made.
    """

    def __init__(self, path: Path | None, empty: str = "") -> None:
        self._path = path
        self._empty = empty
        self._written: str | None = None
        self._writing: threading.Thread | None = None

    @property
    def is_kept(self) -> bool:
        """Whether there is a file."""
        return self._path is not None

    def keep(self, text: str, wait: bool = False) -> None:
        """Write the text where it is something else than before; what fails is left.

        Args:
            wait: whether the file is complete on return.
        """
        if self._path is None:
            return
        if self._writing is not None and self._writing.is_alive():
            if not wait:
                return  # the next look finds what has changed meanwhile
            self._writing.join()
        if self._written is None:
            self._written = text if not self._path.exists() and text == self._empty else None
        if text == self._written:
            return
        self._written = text
        self._writing = threading.Thread(
            target=_write, args=(self._path, text), name=self._path.stem, daemon=True
        )
        self._writing.start()
        if wait:
            self._writing.join()


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        with os.fdopen(os.open(draft, flags, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
