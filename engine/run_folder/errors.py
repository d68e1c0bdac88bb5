"""What can go wrong with a journal, with a code and a sentence that says what to do."""

from __future__ import annotations


class JournalError(Exception):
    """A journal that cannot be read or written.

    Args:
        code: one word for programs: missing, empty, foreign, newer, torn, locked, denied,
            unwritable, unknown, failed, closed, place, migration, used, unlockable, full.
        sentence: for people: what is wrong and what to do.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class JournalFailed(JournalError):  # noqa: N818 - it says what happened
    """A write failed earlier; nothing more is accepted, so no new order may be sent."""

    def __init__(self, sentence: str) -> None:
        super().__init__("failed", sentence)
