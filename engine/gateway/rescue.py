"""What a gateway that only cancels knows of this installation's orders where files are damaged.

A whole gateway refuses a damaged folder: it would follow, book and send by it. To cancel it is
enough to know which of the broker's open orders are ours, and their ids tell that: by the prefix of
the installation, or, where its file is gone as well, by the prefixes of the ids in the files, as
far as these can be read.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from engine.config import ConfigError
from engine.config.regular_files import MOST_OWN_BYTES, read_bytes
from engine.gateway.books import Notice
from engine.gateway.journal import ORDERS
from engine.gateway.journal import JournalError as DamagedError
from engine.orders.ids import MODE_PREFIX, SHARES, prefix_of, share_prefix_of
from engine.run_folder.errors import JournalError
from engine.run_folder.installation import FILE as INSTALLATION
from engine.run_folder.installation import installation_id
from engine.run_folder.share_file import FILE as SHARE_FILE

_PREFIX: Final = re.compile(rf"(?:{SHARES})?([{''.join(MODE_PREFIX.values())}][0-9A-Z]{{1,6}}-)")


def prefixes_of_ours(root: Path, mode: str, folder: Path) -> tuple[str, ...]:
    """With which the ids of this installation's orders begin; none where nothing tells it.

    Args:
        root: the mode's folder; no installation's id is made there, for a new one is no order's.
        mode: PAPER or LIVE.
        folder: of the account.
    """
    ours = {each for each in (_installation(root, mode),) if each} or _of_files(folder, mode)
    return tuple(sorted(ours | {share_prefix_of(each) for each in ours}))


def _installation(root: Path, mode: str) -> str:
    try:
        if not (root / INSTALLATION).exists():
            return ""
        return prefix_of(mode, installation_id(root))
    except (JournalError, OSError):
        return ""


def _of_files(folder: Path, mode: str) -> set[str]:
    """The prefixes of every id that the account's files name, line by line as far as readable."""
    found = set()
    for name in (ORDERS, SHARE_FILE):
        try:
            lines = read_bytes(folder / name, MOST_OWN_BYTES).splitlines()
        except OSError:
            continue
        for line in lines:
            try:
                written = _PREFIX.match(json.loads(line)["id"])
            except (ValueError, KeyError, TypeError, RecursionError):
                continue
            if written is not None and written[1].startswith(MODE_PREFIX[mode]):
                found.add(written[1])
    return found


def put_aside(path: Path) -> bool:
    """Rename what is in a file's place and is not one; whether something was.

    Args:
        path: of the file; what is there becomes `NAME.damaged`.
    """
    with suppress(OSError):
        if path.is_symlink() or (path.exists() and not path.is_file()):
            path.rename(path.with_name(f"{path.name}.damaged"))
            return True
    return False


class BooksApart:
    """Where what only cancels keeps its books in place of damaged ones, which stay as they are.

    Args:
        undo: removes it.
        tell: says what is damaged; None where a whole gateway starts, which refuses.
    """

    def __init__(self, undo: ExitStack, tell: Notice | None) -> None:
        self._undo, self._tell = undo, tell

    def from_damage(self, error: ConfigError | DamagedError) -> Path:
        """A folder of its own.

        Raises:
            ConfigError, JournalError: the error, where a whole gateway starts.
        """
        if self._tell is None:
            raise error
        self._tell("JOURNAL", f"{error}; this installation's open orders are cancelled")
        folder = Path(tempfile.mkdtemp())
        self._undo.callback(shutil.rmtree, folder, ignore_errors=True)
        return folder
