"""session.json: the facts of a recorded session, read and checked."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from engine.brokers.recorded.errors import SessionFileError
from engine.config.bounds import MOST_MULTIPLIER
from engine.config.names import shown, shown_text
from engine.config.regular_files import read_text

SESSION_FILE: Final = "session.json"
MOST_ROWS: Final = 20_000_000
_MAX_TEXT: Final = 500
_MAX_FILE_BYTES: Final = 1_000_000
_BAR: Final = re.compile(r"([1-9][0-9]{0,5})(s|sec|min|h|hour)")
_UNIT_S: Final = {"s": 1, "sec": 1, "min": 60, "h": 3600, "hour": 3600}
_NO_BAR: Final = ("", "eod", "1d", "day")


def bar_seconds(text: str) -> int | None:
    """Seconds of a bar such as `1min`, `90s` or `1h`; None where the text is no length."""
    match = _BAR.fullmatch(text)
    return int(match[1]) * _UNIT_S[match[2]] if match else None


def _cleaned(text: object) -> object:
    """Text from outside: printable characters only, of bounded length."""
    if not isinstance(text, str):
        return text
    return "".join(c for c in text[:_MAX_TEXT] if c.isprintable())


Text = Annotated[str, BeforeValidator(_cleaned)]


class SessionFacts(BaseModel):
    """The facts of a session that a replay needs; other keys of the file are ignored.

    Args:
        name: for the operator.
        kind: "intraday_updates" (a row per contract and bar in which it was quoted, carried
            forward within the exchange day) or "snapshot" (each ts is a complete chain).
        multiplier: dollars a contract per point.
        style: exercise and settlement as text, such as "American, physical", "European, cash
            (PM)" or "American on futures (ES Mar/Jun 2020)".
        bar: the bar's length, such as "1min", "90s" or "1h"; None for end-of-day snapshots.
        underlying, source, licence, note: what the quotes are of and where they come from.
        rows: rows of quotes.parquet; None where the file does not say.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    name: Text
    kind: Literal["intraday_updates", "snapshot"]
    multiplier: Annotated[int, Field(ge=1, le=MOST_MULTIPLIER)]
    style: Annotated[Text, Field(pattern=r"(?i)^(american|european)\b")]
    bar: Text | None = None
    underlying: Text = ""
    source: Text = ""
    licence: Text = ""
    note: Text = ""
    rows: Annotated[int, Field(ge=0, le=MOST_ROWS)] | None = None

    @property
    def bar_s(self) -> int | None:
        """Length of a bar in seconds; None for end-of-day snapshots."""
        return bar_seconds(self.bar or "")

    @property
    def exercise(self) -> Literal["american", "european"]:
        """When the options may be exercised."""
        return "american" if self.style.lower().startswith("american") else "european"

    @property
    def on_futures(self) -> bool:
        """Whether the options are on a future, which has a calendar of its own."""
        return "on futures" in self.style.lower()

    @property
    def settlement(self) -> Literal["physical", "cash"]:
        """What exercise delivers; an option on a future delivers the future."""
        return "cash" if re.search(r"\bcash\b", self.style.lower()) else "physical"


def read_facts(path: Path) -> SessionFacts:
    """Return the facts in a session.json.

    Raises:
        SessionFileError: unreadable, not a JSON object, a key missing or out of bounds.
    """
    try:
        data = json.loads(read_text(path, _MAX_FILE_BYTES))
    except FileNotFoundError:
        if not path.parent.exists():
            raise SessionFileError(
                path.parent, "is not there", "name a session's folder, or a file of quotes"
            ) from None
        raise SessionFileError(
            path, "is missing", "name a folder that holds quotes.parquet and session.json"
        ) from None
    except OSError as error:
        raise SessionFileError(
            path, error.strerror or "unreadable", "put the session's own file there"
        ) from None
    except UnicodeDecodeError:
        raise SessionFileError(path, "is not UTF-8", "write it as UTF-8 JSON") from None
    except (ValueError, RecursionError) as error:
        raise SessionFileError(
            path, f"is not JSON ({shown_text(str(error), 100)})", "correct it"
        ) from None
    if not isinstance(data, dict):
        raise SessionFileError(path, "is not a JSON object", "write one object with the facts")
    data.setdefault("name", path.parent.name)
    try:
        facts = SessionFacts.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "missing":
            raise SessionFileError(path, "is missing", "add it", column=key) from None
        raise SessionFileError(
            path, f"{shown(first['input'])}: {first['msg']}", "correct it", column=key
        ) from None
    known = facts.bar_s is not None or (facts.bar or "") in _NO_BAR
    if not known or (facts.kind == "intraday_updates" and facts.bar_s is None):
        raise SessionFileError(
            path,
            f"{shown(facts.bar)} is not the length of a bar",
            'write one such as "1min", "90s" or "1h"',
            column="bar",
        )
    return facts


def write_facts(path: Path, facts: dict[str, Any]) -> None:
    """Write a session.json durably, readable by its owner only; it appears whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(facts, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
