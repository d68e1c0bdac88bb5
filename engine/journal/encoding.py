"""Events as rows: a JSON array of the fields in their order, and back again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple, cast

from pydantic_core import PydanticSerializationError, from_json, to_json

from engine.journal.errors import JournalError
from engine.orders.events import EVENT_TYPES, Event


class Shape(NamedTuple):
    """How one kind of event is written; trader is the index of that field, -1 where absent."""

    name: str
    arity: int
    trader: int


def _shape(name: str, kind: type[Event]) -> Shape:
    fields = kind._fields
    return Shape(name, len(fields), fields.index("trader") if "trader" in fields else -1)


SHAPES: Final[dict[type, Shape]] = {kind: _shape(name, kind) for name, kind in EVENT_TYPES.items()}

Row = tuple[int, int, str, str, bytes]
"""seq, at_ms, kind, trader ("" where the event has none), body."""


def row_of(seq: int, event: Event) -> Row:
    """The event as a row.

    Raises:
        JournalError: "unwritable", where a field is not JSON (the caller's mistake).
    """
    try:
        name, _, trader = SHAPES[type(event)]
        owner = cast(str, event[trader]) if trader > 0 else ""
        return seq, event[0], name, owner, to_json(event)
    except (KeyError, PydanticSerializationError, ValueError) as error:
        raise JournalError(
            "unwritable",
            f"{type(event).__name__} cannot be journaled ({error}); "
            "its fields must be numbers, text, booleans, null, lists or objects of those",
        ) from None


def events_of(first: int, kinds: Sequence[str], bodies: Sequence[bytes]) -> Iterator[Event]:
    """The events of consecutive rows, the first of which has sequence number `first`.

    Raises:
        JournalError: "unknown" for a kind this version does not have, "torn" for a body that is
            not the JSON array that the kind asks for. Both name the row.
    """
    try:
        arrays = cast(list[list[Any]], from_json(b"[" + b",".join(bodies) + b"]"))
    except ValueError:
        arrays = [_array(first + place, body) for place, body in enumerate(bodies)]
    if len(arrays) != len(bodies):
        arrays = [_array(first + place, body) for place, body in enumerate(bodies)]
    types = EVENT_TYPES
    shapes = SHAPES
    make = tuple.__new__
    for place, (name, fields) in enumerate(zip(kinds, arrays, strict=True)):
        kind = types.get(name)
        if kind is None:
            raise JournalError(
                "unknown",
                f"row {first + place} is a {name!r}, which this version does not know; "
                "read the journal with the version that wrote it, or a later one",
            )
        if type(fields) is not list or len(fields) != shapes[kind].arity:
            raise JournalError(
                "torn",
                f"row {first + place} ({name}) does not have the {shapes[kind].arity} fields "
                "it should; restore the journal from a copy, the rows before it are good",
            )
        yield cast(Event, make(cast(Any, kind), fields))


def _array(seq: int, body: bytes) -> list[Any]:
    try:
        return cast(list[Any], from_json(body))
    except ValueError as error:
        raise JournalError(
            "torn",
            f"row {seq} is not readable ({error}); restore the journal from a copy, "
            "the rows before it are good",
        ) from None
