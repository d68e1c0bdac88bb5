"""The installation's id: six characters, made once, with which its orders of an account begin.

Two installations on one account, two state folders of one machine among them, never give an order
the same id, and a guard or a restart never cancels the other's.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from engine.config.regular_files import read_text
from engine.orders.ids import base36
from engine.run_folder.errors import JournalError
from engine.run_folder.paths import write_private

FILE: Final = "installation"
CHARACTERS: Final = 6

_MOST: Final = 36**CHARACTERS
_MADE: Final = re.compile(rf"[0-9A-Z]{{{CHARACTERS}}}")


def installation_id(root: Path, random_bytes: Callable[[int], bytes] = os.urandom) -> str:
    """This installation's id in a mode; made where there is none.

    Args:
        root: the mode's folder, from `state_root`.
        random_bytes: where chance comes from.

    Returns:
        Six digits or capitals.

    Raises:
        JournalError: "place", where the file holds something else: a new id would make strangers of
            the orders that are out; or "denied", where it cannot be read or written.
    """
    path = root / FILE
    try:
        if not path.exists():
            _make(path, random_bytes)
        text = read_text(path, 64).strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise JournalError(
            "denied", f"{path}: {reason}; check its owner and its folder's"
        ) from None
    if not _MADE.fullmatch(text):
        raise JournalError(
            "place",
            f"{path} does not hold six digits or capitals; restore it from a copy: the ids of this "
            "installation's orders begin with them",
        )
    return text


def _make(path: Path, random_bytes: Callable[[int], bytes]) -> None:
    """Write a new id; where another process has just done so, its id stays."""
    text = base36(int.from_bytes(random_bytes(8), "big") % _MOST).rjust(CHARACTERS, "0")
    draft = path.with_name(f".{path.name}.{os.getpid()}.{text}")
    write_private(draft, text + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink(missing_ok=True)
