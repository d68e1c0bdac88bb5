"""The parts of a snapshot, each with what turns it into JSON and back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any, Final, Generic, TypeVar, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, TypeAdapter

from engine.snapshot import (
    AlarmView,
    ContractView,
    EngineSnapshot,
    EventLine,
    ListPage,
    OrderView,
    PairView,
)

NOT_SENT: Final = frozenset({"version", "observer", "pages"})
"""Fields of a snapshot that are no part: a frame's head has the first, an observer adds the second,
and pages of the desk's own screen are its own.
"""

PAGED: Final[dict[str, Any]] = {
    "orders": tuple[OrderView, ...],
    "pairs": tuple[PairView, ...],
    "contracts": tuple[ContractView, ...],
    "alarms": tuple[AlarmView, ...],
    "events": tuple[EventLine, ...],
}
"""What the rows of each whole list are."""

EXACT: Final = ConfigDict(ser_json_inf_nan="constants", strict=True, extra="forbid")

T = TypeVar("T")


class Json(Generic[T]):
    """Values of one type as one line of JSON each.

    Args:
        of: the type.
    """

    def __init__(self, of: Any) -> None:
        self._adapter: TypeAdapter[tuple[T]] = TypeAdapter(tuple[of], config=EXACT)

    def line(self, value: T) -> bytes:
        """A value as JSON without a line's end; one of another type comes as it would be read."""
        return self._adapter.dump_json((value,), warnings=False)

    def value(self, line: bytes) -> T:
        """The value of a line.

        Raises:
            ValueError: the line is something else.
        """
        return self._adapter.validate_json(line)[0]


class PageJson(Json[ListPage]):
    """Pages of whole lists: the name of a page says what its rows are."""

    def __init__(self) -> None:
        self._page: Json[tuple[int, str, str, int, int, float]] = Json(
            tuple[int, str, str, int, int, float]
        )
        self._rows: dict[str, Json[Any]] = {name: Json(rows) for name, rows in PAGED.items()}

    def line(self, value: ListPage) -> bytes:
        """The page and its rows; JSON has no tabulator that is not escaped."""
        page = (value.serial, value.name, value.within, value.start, value.total, value.at_s)
        return self._page.line(page) + b"\t" + self._rows[value.name].line(value.rows)

    def value(self, line: bytes) -> ListPage:
        """The page of a line."""
        page, _, rows = line.partition(b"\t")
        serial, name, within, start, total, at_s = self._page.value(page)
        if name not in self._rows:
            raise ValueError(f"there is no list {name[:40]!r}")
        return ListPage(serial, name, within, start, total, at_s, self._rows[name].value(rows))


@dataclass(frozen=True, slots=True)
class Kind:
    """How one part of a snapshot is sent.

    Args:
        name: of the snapshot's field.
        rows: whether it is a tuple of rows, each sent only where it is new.
        json: of one row, or of the whole part.
    """

    name: str
    rows: bool
    json: Json[Any]


@cache
def kinds() -> dict[str, Kind]:
    """Every part of a snapshot; building them takes a fifth of a second, once a process."""
    hints = get_type_hints(EngineSnapshot)
    return {
        each.name: _kind(each.name, hints[each.name])
        for each in fields(EngineSnapshot)
        if each.name not in NOT_SENT
    }


def _kind(name: str, hint: Any) -> Kind:
    inside = get_args(hint)
    rows = get_origin(hint) is tuple and inside[1:] == (...,) and is_dataclass(inside[0])
    if not rows:
        return Kind(name, False, Json(hint))
    return Kind(name, True, PageJson() if inside[0] is ListPage else Json(inside[0]))


@cache
def shape() -> str:
    """Names a snapshot's fields and their types: two programs of one shape understand each other.

    A field that one of them lacks would be shown as what it is where nothing is known.
    """
    described = "\n".join(_described(EngineSnapshot, set()))
    return hashlib.sha256(described.encode()).hexdigest()[:16]


def _described(of: Any, seen: set[Any]) -> Iterator[str]:
    """Each class inside a type with its fields, every class once."""
    if of in seen:
        return
    if isinstance(of, type) and get_origin(of) is None:
        seen.add(of)
        hints = get_type_hints(of) if hasattr(of, "__annotations__") else {}
        if is_dataclass(of) or hasattr(of, "_fields"):
            yield f"{of.__name__}: {', '.join(f'{name} {hint}' for name, hint in hints.items())}"
            for hint in hints.values():
                yield from _described(hint, seen)
        elif issubclass(of, str) and hasattr(of, "__members__"):
            yield f"{of.__name__}: {', '.join(of.__members__.values())}"
        return
    for inside in get_args(of):
        yield from _described(inside, seen)
