"""Invariant about texts: no secret, and no character that controls a terminal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from engine.checker.history import History
from engine.checker.violation import Violation

_SECRETS: Final = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        (
            "a key and its value",
            r"(?i)\b(?:api[ _-]?key|secret|passw(?:or)?d|access[ _-]?token|token|authorization"
            r"|credentials?)\b[\"']?\s*[:=]\s*[\"']?[^\s\"',;]{4,}",
        ),
        ("a bearer token", r"(?i)\bbearer\s+[A-Za-z0-9._~+/-]{8,}"),
        ("a private key", r"-----BEGIN [A-Z ]*PRIVATE KEY"),
        ("a signed token", r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
        ("a password in an address", r"[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s@]+@"),
        ("a cloud key", r"\bA(?:KIA|SIA)[0-9A-Z]{16}\b"),
        ("a prefixed key", r"\b(?:sk|pk|ghp|xox[abp])[-_][A-Za-z0-9_-]{16,}"),
        (
            "what looks like a key",
            r"(?<![A-Za-z0-9+/=_-])(?=[A-Za-z0-9+/_-]*[a-z])(?=[A-Za-z0-9+/_-]*[A-Z])"
            r"(?=[A-Za-z0-9+/_-]*[0-9])[A-Za-z0-9+/_-]{40,}",
        ),
    )
)
_SECRET_NAMES: Final = re.compile(
    r"(?i)(?:^|_)(?:api_?key|secret|passw(?:or)?d|token|credentials?)(?:$|_)"
)
_UNPRINTABLE: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


def invariant_15_nothing_secret(history: History) -> Iterator[Violation]:
    """No field of the journal holds a secret or a character that cannot be printed."""
    for row in history.journal:
        for where, text in _texts("", row):
            problem = _problem(where, text)
            if problem:
                yield Violation(
                    15,
                    "nothing secret",
                    row["at"],
                    str(row.get("order") or row.get("trader") or "desk"),
                    f"{where} of row {row['seq']} ({row['kind']}) has {problem}",
                )


def _texts(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        inside = f"a key of {name or 'the row'}"
        for key, each in value.items():
            yield inside, str(key)
            if isinstance(each, str):
                yield str(key), each
            elif isinstance(each, dict | list | tuple):
                yield from _texts(str(key), each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(name, each)


@lru_cache(maxsize=1 << 16)
def _problem(where: str, text: str) -> str:
    if not text.isprintable():
        odd = [c for c in text if unicodedata.category(c) in _UNPRINTABLE]
        if odd:
            return f"the character U+{ord(odd[0]):04X}"
    if len(text) < 8:
        return ""
    if _SECRET_NAMES.search(where):
        return "the value of a secret"
    return next((name for name, pattern in _SECRETS if pattern.search(text)), "")
