"""What a run leaves on the disk, as text: also what is compressed there."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path


def texts_below(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file below a folder with its text."""
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            yield path, (_unpacked(data) if path.suffix == ".gz" else data).decode(errors="replace")


def _unpacked(data: bytes) -> bytes:
    """What a compressed file of several parts has; the last may be half written."""
    text = b""
    while data:
        part = zlib.decompressobj(wbits=31)
        text += part.decompress(data)
        data = part.unused_data
    return text
