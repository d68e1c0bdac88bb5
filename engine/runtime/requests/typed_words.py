"""The words an operator types before what cannot be taken back; exactly as they are written here.

A word in small letters could be the end of a line that was meant for another window.
"""

from __future__ import annotations

from typing import Final

from engine.commands import Command

RESUME_WORD: Final = "RESUME"
ACCEPT_WORD: Final = "ACCEPT"
EXTERNAL_WORD: Final = "EXTERNAL"
FLAT_WORD: Final = "FLAT"
CLOSE_WORD: Final = "CLOSE"


def typed_word(command: Command) -> str:
    """The word typed with a request; "" where there is none."""
    return str(command.args.get("word", "")).strip()
