"""Names that enter from outside, and how a value from outside is shown: checked, short, printable.

Roots and accounts become parts of keys, order ids, file names and lines on a screen, so none may
hold a blank, a control character or a step up in a path.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field

LONGEST_ROOT: Final = 24
LONGEST_ACCOUNT: Final = 32
LONGEST_PATH: Final = 1_000
LONGEST_SHOWN: Final = 60
MOST_EX_DATES: Final = 2_000
"""Dates of one root, and roots with dates: a century of monthly dividends."""

_ROOT: Final = re.compile(r"(?:\./|[/^$])?[A-Za-z0-9]+(?:[._^/-][A-Za-z0-9]+)*")
_ACCOUNT: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.))*")


def shown_text(text: str, most: int = LONGEST_SHOWN) -> str:
    """Text from outside as it may be printed: cut, one line, without control characters."""
    cut = text if len(text) <= most else f"{text[: most - 3]}..."
    return "".join(c if c.isprintable() else "?" for c in cut)


def shown_path(path: Path) -> str:
    """A path as it may be printed; its end says more than its beginning."""
    text = str(path)
    return shown_text(text if len(text) <= LONGEST_PATH else f"...{text[-LONGEST_PATH:]}", 1_100)


def shown(value: Any) -> str:
    """A value from outside as a sentence names it."""
    if isinstance(value, int) and value.bit_length() > 200:
        return f"a number of about {value.bit_length() * 3 // 10:,} digits"
    if isinstance(value, list | tuple):
        return f"a list of {len(value):,}"
    if isinstance(value, dict):
        return f"a table of {len(value):,}"
    if isinstance(value, str | Path):
        return f"'{shown_text(str(value))}'"
    return shown_text(str(value) if isinstance(value, date | time) else repr(value))


DOLLARS: Final = "_usd"
"""In the name of every setting that is dollars."""


def whole_cents(usd: float) -> float:
    """Dollars rounded down to cents: of a limit no more than it is; beyond 1e12 as they are."""
    if not abs(usd) < 1e12:  # and what is not finite
        return usd
    return math.floor(round(usd * 100, 6)) / 100


def limit_cents(usd: float) -> float:
    """A limit of dollars in cents, rounded down: what comes to exactly so much has reached it."""
    if not abs(usd) < 1e12:  # and what is not finite
        return usd * 100
    return math.floor(round(usd * 100, 6))


def number_text(name: str, value: float) -> str:
    """A setting's number as a sentence has it: thousands apart, dollars in cents at most.

    Args:
        name: of the setting, with or without its section; one of dollars has DOLLARS in it.
        value: as the setting is.
    """
    return f"{whole_cents(value) if DOLLARS in name else value:,.12g}"


def is_root(text: str) -> bool:
    """Whether a text can be an option root, in either case: SPX, BRK.B, /ES, ^VIX."""
    return len(text) <= LONGEST_ROOT and _ROOT.fullmatch(text) is not None


def root_of(symbol: Any) -> str:
    """An option root in capitals.

    Raises:
        ValueError: it cannot be one.
    """
    if not isinstance(symbol, str) or not symbol.strip():
        raise ValueError(f"symbol is {shown(symbol)}; name the option root, such as 'AAPL'")
    root = symbol.strip().upper()
    if not is_root(root):
        raise ValueError(
            f"symbol {shown(symbol)} is not an option root: letters and digits, one of . / _ ^ - "
            f"between them, at most {LONGEST_ROOT}; name one, such as 'AAPL'"
        )
    return root


def _roots(value: Any) -> Any:
    """Roots in capitals, each once."""
    if isinstance(value, list | tuple):
        return tuple(dict.fromkeys(root_of(each) for each in value))
    return value


def _account(text: str) -> str:
    if len(text) > LONGEST_ACCOUNT or not _ACCOUNT.fullmatch(text):
        raise ValueError(
            f"{shown(text)} cannot name an account; use letters, digits, _ . - and at most "
            f"{LONGEST_ACCOUNT} of them"
        )
    return text


def written(value: Any) -> Any:
    """A TOML date or time as text, which is how settings keep it."""
    return value.isoformat() if isinstance(value, date | time) else value


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(f"{shown(text)} is not a date; write YYYY-MM-DD") from None


def _time(text: str) -> str:
    try:
        at = time.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is not None:
        raise ValueError(f"{shown(text)} is not a time of day; write HH:MM")
    return text


def path_of(path: Path) -> Path:
    """A path that an operating system can take, with ~ written out.

    Raises:
        ValueError: it cannot be one.
    """
    text = str(path)
    longest = max((len(part.encode("utf-8", "replace")) for part in path.parts), default=0)
    if not text.isprintable() or len(text) > LONGEST_PATH or longest > 255:
        raise ValueError(f"{shown(text)} cannot be a path; name a shorter, printable one")
    try:
        return path.expanduser()
    except RuntimeError:
        raise ValueError(
            f"{shown(text)} is of a user that there is not; write the whole path"
        ) from None


def by_root(value: Any) -> Any:
    """A table by option root, its names in capitals.

    Raises:
        ValueError: a name cannot be a root, or two are the same one.
    """
    if not isinstance(value, dict):
        return value
    named = {root_of(name): each for name, each in value.items()}
    if len(named) < len(value):
        raise ValueError("an option root is named twice; capitals make no difference")
    return named


def _ex_dates(value: Any) -> Any:
    """Ex-dividend dates as sorted ISO text, from TOML dates or text."""
    if not isinstance(value, dict):
        return value
    dates: dict[str, tuple[str, ...]] = {}
    for symbol, days in value.items():
        each = days if isinstance(days, list | tuple) else [days]
        if max(len(each), len(value)) > MOST_EX_DATES:
            raise ValueError(f"more than {MOST_EX_DATES:,} roots or dates of one; keep the next")
        for day in each:
            if not isinstance(day, str | date):
                raise ValueError(f"{shown(symbol)}: {shown(day)} is not a date; write YYYY-MM-DD")
        root = root_of(symbol)
        dates[root] = tuple(sorted({*dates.get(root, ()), *(_date(written(d)) for d in each)}))
    return dates


@dataclass(frozen=True, slots=True)
class TypedAs:
    """How a person types a text that is more than words.

    Args:
        kind: time or date.
    """

    kind: str


Account = Annotated[str, AfterValidator(_account)]
DEFAULT_ROOTS: Final = ("AAPL", "MSFT", "SPY", "QQQ", "TSLA")
"""Whose chains a desk trades where nobody names others."""

Roots = Annotated[tuple[str, ...], BeforeValidator(_roots), Field(min_length=1, max_length=1_000)]
WrittenDate = Annotated[str, BeforeValidator(written), AfterValidator(_date), TypedAs("date")]
WrittenTime = Annotated[str, BeforeValidator(written), AfterValidator(_time), TypedAs("time")]
FolderPath = Annotated[Path, AfterValidator(path_of)]
ShortText = Annotated[str, Field(max_length=64)]

ExDates = Annotated[dict[str, tuple[str, ...]], BeforeValidator(_ex_dates)]
"""Ex-dividend dates by option root."""
