"""Requests from another shell to a running desk: owner-only files in the run's folder.

A request is written under a name that nobody reads and renamed in one step, so a desk sees it whole
or not at all; the desk takes it by renaming it, so it is carried out once, and leaves its answer
beside it. Whoever may write into the folder is the operator: it is the owner's alone.
"""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from typing import Any, Final

from engine.run_folder.paths import private_folder, write_private

FOLDER: Final = "requests"
LONGEST_BYTES: Final = 16_384
MOST_AT_ONCE: Final = 64

_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_REQUEST, _TAKEN, _ANSWER = ".request", ".taken", ".answer"


class MailboxError(ValueError):
    """A file that is not a request or an answer; the sentence says why."""


class Mailbox:
    """The folder `requests` of one run.

    Args:
        run_folder: the run's owner-only folder.
    """

    def __init__(self, run_folder: Path) -> None:
        self.folder = run_folder / FOLDER

    # ------------------------------------------------------------------ the desk's side

    def open(self) -> None:
        """Make the folder, and forget what was asked of an earlier desk.

        Raises:
            JournalError: the folder cannot be made private.
        """
        private_folder(self.folder)
        for each in self.folder.iterdir():
            if each.suffix in (_REQUEST, _TAKEN, _ANSWER):
                each.unlink(missing_ok=True)

    def take(self) -> list[tuple[str, dict[str, Any] | MailboxError]]:
        """The requests that wait, the oldest first, each handed out once.

        Returns:
            Name and request; an error in its place where the file is not a request.
        """
        try:
            with os.scandir(self.folder) as rows:
                waiting = sorted(row.name for row in rows if row.name.endswith(_REQUEST))
        except OSError:
            return []
        requests: list[tuple[str, dict[str, Any] | MailboxError]] = []
        for file in waiting[:MOST_AT_ONCE]:
            name = file.removesuffix(_REQUEST)
            if not _NAME.fullmatch(name):
                continue
            taken = self.folder / f"{name}{_TAKEN}"
            try:
                (self.folder / file).rename(taken)
                requests.append((name, _read(taken)))
            except MailboxError as error:
                requests.append((name, error))
            except OSError:
                continue  # withdrawn meanwhile
        return requests

    def answer(self, name: str, answer: dict[str, Any]) -> None:
        """Leave the answer to a request; a later one replaces it.

        Raises:
            OSError: the disk's own.
        """
        write_private(self.folder / f"{name}{_ANSWER}", json.dumps(answer) + "\n")
        (self.folder / f"{name}{_TAKEN}").unlink(missing_ok=True)

    # ------------------------------------------------------------------ the shell's side

    @property
    def is_there(self) -> bool:
        """Whether a desk has made the folder."""
        return self.folder.is_dir()

    def post(self, name: str, request: dict[str, Any]) -> None:
        """Ask for something.

        Args:
            name: tells the request from others; names sort in the order of asking.
            request: what is wanted.

        Raises:
            OSError: the disk's own.
        """
        write_private(self.folder / f"{name}{_REQUEST}", json.dumps(request) + "\n")

    def withdraw(self, name: str) -> bool:
        """Take a request back; False where the desk has it already."""
        try:
            (self.folder / f"{name}{_REQUEST}").unlink()
        except OSError:
            return False
        return True

    def read_answer(self, name: str) -> dict[str, Any] | None:
        """The answer to a request; None where there is none yet."""
        try:
            return _read(self.folder / f"{name}{_ANSWER}")
        except (FileNotFoundError, MailboxError):
            return None

    def forget(self, name: str) -> None:
        """Remove an answer that was read."""
        (self.folder / f"{name}{_ANSWER}").unlink(missing_ok=True)


def _read(path: Path) -> dict[str, Any]:
    """A small JSON object from a file that only the owner can write.

    Raises:
        MailboxError: it is something else.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise MailboxError(f"the request cannot be read: {error.strerror or error}") from None
    with os.fdopen(handle, "rb") as file:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode) or facts.st_uid != os.geteuid() or facts.st_mode & 0o077:
            raise MailboxError("the request is not its owner's alone; write it with mode 0600")
        text = file.read(LONGEST_BYTES + 1)
    if len(text) > LONGEST_BYTES:
        raise MailboxError(f"the request is longer than {LONGEST_BYTES} bytes")
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise MailboxError("the request is not JSON") from None
    if not isinstance(fields, dict):
        raise MailboxError("the request is not a JSON object")
    return fields
