"""The theme that was chosen on the screen, kept for the next start."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from engine.config import read_text

NAME: Final = "theme.json"
"""The file in the state folder."""

MOST_BYTES: Final = 1_000


class KeptTheme:
    """A choice that holds as long as the settings name the theme that they named when it was made.

    Args:
        path: where it is kept; None keeps nothing.
        configured: the theme of the settings.
    """

    def __init__(self, path: Path | None, configured: str) -> None:
        self._path = path
        self.configured = configured

    def read(self) -> str:
        """The theme that was chosen in place of the configured one; "" for none.

        A file that is damaged, or of another theme, keeps nothing.
        """
        if self._path is None:
            return ""
        try:
            kept = json.loads(read_text(self._path, MOST_BYTES))
            chosen, instead_of = kept["theme"], kept["instead_of"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return ""
        good = isinstance(chosen, str) and instead_of == self.configured
        return chosen if good else ""

    def keep(self, name: str) -> str:
        """Keep a theme for the next start; a sentence where that failed, "" where it did not."""
        if self._path is None:
            return ""
        draft = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        text = json.dumps({"theme": name, "instead_of": self.configured}) + "\n"
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
            with os.fdopen(os.open(draft, flags, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
            draft.replace(self._path)
        except OSError as error:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            return f"theme not kept for the next start: {error.strerror or error}"
        return ""
