"""Text, plain, gzip, zstd or inside a zip: read in blocks of whole lines, never at once."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from engine.brokers.imports.dbn import MAGIC, CsvOfDbn
from engine.brokers.imports.errors import ImportFileError
from engine.config.names import shown_text
from engine.config.regular_files import require_regular

BLOCK_BYTES: Final = 4 * 2**20
_LONGEST_LINE: Final = 2**20
_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_PARQUET: Final = b"PAR1"
DBN: Final = "dbn"
DBN_IN_ZSTD: Final = "dbn in zstd"
_AGAIN: Final = "the file is not whole: download it again"

Told = Callable[[int], None]
"""Told now and then how many bytes of a file on disk have been read."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole lines of a text.

    Args:
        data: the bytes of the lines.
        first: number of the first one, from 1.
        ended: whether the last one has its line end.
    """

    data: bytes
    first: int
    ended: bool


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text: a file, or a member of a zip.

    Args:
        path: the file on disk.
        member: the name inside an archive; "" for none.
        packing: "", "gzip", "zstd", "zip", or "dbn" and "dbn in zstd", which are told as CSV.
        size: bytes of `path` that this text takes, about.
    """

    path: Path
    member: str
    packing: str
    size: int

    def error(self, problem: str, remedy: str, line: int | None = None) -> ImportFileError:
        """A sentence about this text."""
        return ImportFileError(self.path, problem, remedy, member=self.member, line=line)

    def lines(self, told: Told = lambda read: None) -> Iterator[Lines]:
        """Every line, in blocks.

        Args:
            told: is told how far the reading is.

        Raises:
            ImportFileError: unreadable, cut, or not text; it names the line.
        """
        number, rest = 1, b""
        with ExitStack() as stack:
            raw, stream = self._opened(stack)
            while data := self._some(stream, number + rest.count(b"\n")):
                told(min(raw.tell(), self.size))
                if b"\0" in data:
                    raise self.error("is not text in UTF-8", "export it as CSV in UTF-8", number)
                cut = data.rfind(b"\n") + 1
                if not cut:
                    rest += data
                    if len(rest) > _LONGEST_LINE:
                        raise self.error("has a line without an end", _AGAIN, number)
                    continue
                block, rest = rest + data[:cut], data[cut:]
                self._check(block, number)
                yield Lines(block, number, ended=True)
                number += block.count(b"\n")
        if rest:
            self._check(rest, number)
            yield Lines(rest, number, ended=False)

    def _check(self, block: bytes, first: int) -> None:
        """Refuse lines that are no UTF-8, whatever columns are read of them."""
        try:
            block.decode()
        except UnicodeDecodeError as error:
            line = first + block.count(b"\n", 0, error.start)
            raise self.error("is not UTF-8", "export it as CSV in UTF-8", line) from None

    def _opened(self, stack: ExitStack) -> tuple[IO[bytes], Any]:
        """The file on disk, and the stream of its text."""
        raw = stack.enter_context(open(self.path, "rb"))  # noqa: SIM115
        if self.packing == "gzip":
            return raw, stack.enter_context(gzip.GzipFile(fileobj=raw))
        if self.packing == "zip":
            try:
                archive = stack.enter_context(zipfile.ZipFile(raw))
                return raw, stack.enter_context(archive.open(self.member))
            except (zipfile.BadZipFile, NotImplementedError, OSError, RuntimeError) as error:
                problem = f"cannot be unpacked ({shown_text(str(error), 100)})"
                raise self.error(problem, "download it again, or pack it anew") from None
        stream: Any = raw
        if self.packing in ("zstd", DBN_IN_ZSTD):
            stream = stack.enter_context(closing(_unpacked(raw)))
        if self.packing in (DBN, DBN_IN_ZSTD):
            stream = CsvOfDbn(stream, self.path)
        return raw, stream

    def _some(self, stream: Any, line: int) -> bytes:
        try:
            return bytes(stream.read(BLOCK_BYTES))
        except ImportFileError:
            raise
        except (EOFError, OSError, zlib.error, zipfile.BadZipFile, ValueError) as error:
            reason = shown_text((str(error) or type(error).__name__).splitlines()[0], 120)
            problem = f"breaks off in its compression ({reason})"
            raise self.error(problem, _AGAIN, line) from None


def packing_of(path: Path) -> str:
    """How a file is packed, by its first bytes: see `TextFile`, or "parquet".

    Raises:
        ImportFileError: it is missing, empty, or no file.
    """
    try:
        size = require_regular(path)
        with open(path, "rb") as file:
            begins = file.read(8)
    except FileNotFoundError:
        raise ImportFileError(path, "is missing", "check the name") from None
    except OSError as error:
        raise ImportFileError(path, error.strerror or "unreadable", "check the file") from None
    if not size:
        raise ImportFileError(path, "is empty", "download it again")
    for magic, packing in (
        (_GZIP, "gzip"),
        (_ZIP, "zip"),
        (_ZSTD, "zstd"),
        (_PARQUET, "parquet"),
        (MAGIC, DBN),
    ):
        if begins.startswith(magic):
            return DBN_IN_ZSTD if packing == "zstd" and _holds_dbn(path) else packing
    return ""


def _unpacked(raw: IO[bytes]) -> Any:
    import pyarrow as pa

    return pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd")


def _holds_dbn(path: Path) -> bool:
    try:
        with open(path, "rb") as raw, closing(_unpacked(raw)) as stream:
            return bytes(stream.read(len(MAGIC))) == MAGIC
    except OSError:
        return False  # whoever reads it says where it breaks off


def texts_of(path: Path, packing: str) -> list[TextFile]:
    """The texts in a file: itself, or the members of a zip that are tables.

    Raises:
        ImportFileError: a zip that is cut, locked or without a table.
    """
    size = path.stat().st_size
    if packing != "zip":
        return [TextFile(path, "", packing, size)]
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [each for each in archive.infolist() if not each.is_dir()]
    except (zipfile.BadZipFile, OSError) as error:
        problem = f"is not a readable zip ({shown_text(str(error), 100)})"
        raise ImportFileError(path, problem, _AGAIN) from None
    if any(each.flag_bits & 1 for each in infos):
        raise ImportFileError(path, "is locked by a password", "unpack it first")
    tables = [each for each in infos if each.filename.lower().endswith((".csv", ".txt"))]
    if not tables:
        raise ImportFileError(path, "holds no CSV", "name the zip with the quotes")
    return [TextFile(path, each.filename, "zip", each.compress_size) for each in tables]
