"""Batches of events as text: a JSON array of kinds beside an array of their fields, and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple, cast

from pydantic_core import PydanticSerializationError, from_json, to_json

from engine.orders.events import DURABLE, EVENT_TYPES, Event
from engine.run_folder.errors import JournalError


class Shape(NamedTuple):
    """One kind of event: its name, its number of fields, whether a commit may not wait for
    company, whether it holds values that are checked as soon as it is appended.
    """

    name: str
    arity: int
    urgent: bool
    loose: bool


def _shape(name: str, kind: type[Event]) -> Shape:
    loose = any("Any" in str(declared) for declared in kind.__annotations__.values())
    return Shape(name, len(kind._fields), name in DURABLE, loose)


SHAPES: Final[dict[type, Shape]] = {kind: _shape(name, kind) for name, kind in EVENT_TYPES.items()}
_DECODE: Final = {
    name: (kind, SHAPES[kind].arity, tuple(kind._field_defaults.values()))
    for name, kind in EVENT_TYPES.items()
}
"""By name: the kind, its number of fields, and what its last fields are where they are missing."""


def check(event: Event) -> None:
    """Refuse an event that cannot be written.

    Raises:
        JournalError: "unwritable", where a field is not JSON.
    """
    try:
        to_json(event)
    except (PydanticSerializationError, ValueError) as error:
        raise JournalError(
            "unwritable",
            f"{type(event).__name__} cannot be journaled ({error}); "
            "its fields must be numbers, text, booleans, null, lists or objects of those",
        ) from None


def encode(events: Sequence[Event]) -> bytes:
    """The batch as JSON: [kinds, fields]; a number that is not finite is null, as JSON has none.

    Raises:
        JournalError: "unwritable", naming the first event that is not JSON.
    """
    try:
        # Plain tuples are known at once, named ones only after every other type was tried.
        return to_json(
            ([type(event).__name__ for event in events], [*map(tuple, events)]),
            inf_nan_mode="null",
        )
    except (PydanticSerializationError, ValueError):
        for event in events:
            check(event)
        raise


def decode(first: int, last: int, body: bytes) -> Iterator[tuple[int, Event]]:
    """The events of a batch with their sequence numbers `first` to `last`.

    An earlier version wrote fewer fields of some kinds: the ones added since have their defaults.

    Raises:
        JournalError: "unknown" for a kind this version does not have, "torn" for anything but
            what `encode` made. Both name the row.
    """
    try:
        kinds, rows = from_json(body)
        seqs = range(first, last + 1)
        if not len(kinds) == len(rows) == len(seqs):
            raise ValueError(f"{len(kinds)} kinds, {len(rows)} rows")
    except (ValueError, TypeError) as error:
        raise JournalError(
            "torn",
            f"rows {first} to {last} are not readable ({error}); restore the journal from a copy, "
            "the rows before them are good",
        ) from None
    known = _DECODE
    make = cast(Any, tuple.__new__)
    for seq, name, fields in zip(seqs, kinds, rows, strict=True):
        shape = known.get(name)
        if shape is None:
            raise JournalError(
                "unknown",
                f"row {seq} is a {name!r}, which this version does not know; "
                "read the journal with the version that wrote it, or a later one",
            )
        if len(fields) != shape[1]:
            missing = shape[1] - len(fields)
            if 0 < missing <= len(shape[2]):
                yield seq, make(shape[0], (*fields, *shape[2][-missing:]))
                continue
            raise JournalError(
                "torn",
                f"row {seq} ({name}) has {len(fields)} fields instead of {shape[1]}; "
                "restore the journal from a copy, the rows before it are good",
            )
        yield seq, make(shape[0], fields)
