"""Databento's binary files (DBN): told as CSV, block by block, by the optional package."""

from __future__ import annotations

import io
from pathlib import Path
from typing import IO, Any, Final

from engine.brokers.imports.errors import ImportFileError
from engine.config.names import shown_text

MAGIC: Final = b"DBN"
_CONVERT: Final = (
    "install the extra legdesk[databento], or convert it to CSV: `dbn FILE --csv --map-symbols`, "
    "or DBNStore.to_csv(map_symbols=True) in Python"
)


def require_package(path: Path) -> Any:
    """The optional package.

    Raises:
        ImportFileError: it is not installed; the sentence says how to do without.
    """
    try:
        import databento_dbn
    except ImportError:
        raise ImportFileError(path, "is DBN, for which a package is missing", _CONVERT) from None
    return databento_dbn


class CsvOfDbn:
    """A stream of the CSV that a stream of DBN is: whole numbers, names of contracts mapped.

    Args:
        source: the DBN, not packed.
        path: its file, for sentences.

    Raises:
        ImportFileError: the optional package is not installed.
    """

    def __init__(self, source: IO[bytes] | Any, path: Path) -> None:
        dbn = require_package(path)
        self._source = source
        self._path = path
        self._told = io.BytesIO()
        self._ended = False
        self._transcoder: Any = dbn.Transcoder(
            self._told,
            dbn.Encoding.CSV,
            dbn.Compression.NONE,
            pretty_px=False,
            pretty_ts=False,
            map_symbols=True,
        )

    def read(self, size: int) -> bytes:
        """The next text, about as long as `size` bytes of DBN tell; b"" at the end.

        Raises:
            ImportFileError: the file is not whole, or not DBN.
        """
        while not self._ended:
            data = bytes(self._source.read(size))
            try:
                if data:
                    self._transcoder.write(data)
                else:
                    self._ended = True
                self._transcoder.flush()
                left = len(self._transcoder.buffer()) if self._ended else 0
            except Exception as error:  # the package raises errors of its own kinds
                problem = f"cannot be decoded ({shown_text(str(error), 120)})"
                raise ImportFileError(self._path, problem, "download it again") from None
            if left:
                problem = "breaks off in the middle of a record"
                remedy = "the file is not whole: download it again"
                raise ImportFileError(self._path, problem, remedy)
            text = self._told.getvalue()
            self._told.seek(0)
            self._told.truncate()
            if text:
                return text
        return b""
