"""What may be kept or shown of a call: named headers, text without secrets, tails of numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from engine.config.broker import tail_of
from engine.orders.soundness import cleaned

KEPT_HEADERS: Final = frozenset(
    {
        "content-type", "date", "retry-after", "x-ratelimit-limit", "x-ratelimit-remaining",
        "x-ratelimit-reset", "x-ratelimit-allowed", "x-ratelimit-used", "x-ratelimit-available",
        "x-ratelimit-expiry", "x-request-id",
    }
)  # fmt: skip
"""Headers of an answer that are kept; every other one, and each of a request, is dropped."""

_LONGEST_VALUE: Final = 100


def kept_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The headers that may be kept, with lower-case names and clean, short values."""
    return {
        name.lower(): cleaned(value, _LONGEST_VALUE)
        for name, value in headers
        if name.lower() in KEPT_HEADERS
    }


class Redactor:
    """Takes known secrets and account numbers out of texts.

    Args:
        secrets: values that appear nowhere.
        accounts: numbers of which the tail appears.
    """

    def __init__(self, secrets: Iterable[str], accounts: Iterable[str] = ()) -> None:
        self._replaced: tuple[tuple[str, str], ...] = ()
        self._whole: dict[str, str] = {}
        for number in accounts:
            self.hide_account(number)
        self.hide_secrets(secrets)

    def hide_account(self, number: str) -> None:
        """Show no more than the tail of an account's number from now on."""
        if number:
            self._replace({number: f"…{tail_of(number)}"})

    def hide_secrets(self, secrets: Iterable[str]) -> None:
        """Show these nowhere from now on either."""
        self._replace({each: "[secret]" for each in secrets if each})

    def _replace(self, more: Mapping[str, str]) -> None:
        """Replace more texts; the longest go first, for one may be a part of another."""
        every = {**self._whole, **more}
        self._whole = every
        self._replaced = tuple(sorted(every.items(), key=lambda pair: -len(pair[0])))

    def text(self, text: object, most: int = 160) -> str:
        """A text for people: without secrets, printable, and short."""
        return cleaned(self._hidden(str(text)), most)

    def inside(self, value: Any) -> Any:
        """JSON values whose texts have no secrets, and whose whole numbers name no account."""
        if isinstance(value, str):
            return self._hidden(value)
        if isinstance(value, list):
            return [self.inside(each) for each in value]
        if isinstance(value, dict):
            return {self.inside(name): self.inside(each) for name, each in value.items()}
        if isinstance(value, int) and not isinstance(value, bool):
            return self._whole.get(str(value), value)  # an account's number may be told as one
        return value

    def json_text(self, data: bytes) -> str:
        """Bytes that may be JSON, without secrets, otherwise letter by letter as they are.

        JSON that escapes letters is written anew without escapes of its own. Bytes that are no
        UTF-8 become lone surrogates, from which they can be made again.
        """
        text = data.decode("utf-8", "surrogateescape")
        if "\\" in text:
            try:
                return json.dumps(self.inside(json.loads(text)))
            except (ValueError, RecursionError):
                meant = _ESCAPED.sub(_letter, text)
                text = text if self._hidden(meant) == meant else meant
        return self._hidden(text)

    def _hidden(self, text: str) -> str:
        for value, shown in self._replaced:
            text = text.replace(value, shown)
        return text


_ESCAPED: Final = re.compile(r"\\u([0-9a-fA-F]{4})|\\(/)")


def _letter(escape: re.Match[str]) -> str:
    """The letter that JSON's escape means."""
    return escape[2] or chr(int(escape[1], 16))
