"""The executions of an account: the last as they were booked, those before them packed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from operator import eq
from typing import Final, NamedTuple, overload

from engine.brokers.block_store import MEMORY, BlockStore
from engine.brokers.execution import Execution, LegFill
from engine.brokers.packed_columns import ROWS_A_BLOCK, Block, Columns, PackedColumns

UNPACKED: Final = 256
"""At least so many of the last stay as they are: those are asked for, and corrected."""

_FIELDS: Final = len(Execution._fields)
_ID: Final = Execution._fields.index("execution_id")
_ORDER: Final = Execution._fields.index("client_order_id")
_LEGS: Final = Execution._fields.index("legs")


class Executions(Sequence[Execution]):
    """Executions as they were at one moment, oldest first, unpacked when they are looked at.

    Equal to every sequence of equal executions.
    """

    __slots__ = ("_blocks", "_count", "_last")

    def __init__(self, blocks: tuple[Block, ...], last: tuple[Execution, ...]) -> None:
        self._blocks, self._last = blocks, last
        self._count = sum(block.rows for block in blocks) + len(last)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Execution]:
        for block in self._blocks:
            yield from _executions_of(block.columns())
        yield from self._last

    def __reversed__(self) -> Iterator[Execution]:
        yield from reversed(self._last)
        for block in reversed(self._blocks):
            yield from reversed(_executions_of(block.columns()))

    @overload
    def __getitem__(self, at: int) -> Execution: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Execution, ...]: ...
    def __getitem__(self, at: int | slice) -> Execution | tuple[Execution, ...]:
        which = range(self._count)[at]
        if isinstance(which, int):
            return self._between(which, which + 1)[0]
        if which.step == 1:
            return self._between(which.start, which.stop)
        return tuple(self)[at]

    def _between(self, start: int, stop: int) -> tuple[Execution, ...]:
        """Those from number `start` to before `stop`; blocks beside them stay packed."""
        found: list[Execution] = []
        first = 0
        for block in self._blocks:
            if first < stop and start < first + block.rows:
                executions = _executions_of(block.columns())
                found += executions[max(0, start - first) : stop - first]
            first += block.rows
        if first < stop:
            found += self._last[max(0, start - first) : stop - first]
        return tuple(found)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(map(eq, self, other))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(tuple(self))


class _Place(NamedTuple):
    """Where a packed execution is: the number of its block, its own in that, and all of them."""

    block: int
    at: int
    executions: list[Execution]


class BookedExecutions:
    """Executions by id, in the order in which they were booked.

    Args:
        store: keeps those that are packed.
    """

    __slots__ = ("_packed", "_parts", "_read", "_taken_back")

    def __init__(self, store: BlockStore = MEMORY) -> None:
        self._packed = PackedColumns(_ORDER, store)
        self._taken_back: set[str] = set()
        # Replaced together: a reader in another thread has no execution twice, and misses none.
        self._parts: tuple[tuple[Block, ...], dict[str, Execution]] = ((), {})
        # The block in which one was found last: who asks for one often goes on to the next.
        self._read: tuple[Block | None, list[Execution]] = (None, [])

    def __contains__(self, execution_id: str) -> bool:
        """Whether one of that id was ever added, taken back since or not."""
        return (
            execution_id in self._parts[1]
            or execution_id in self._taken_back
            or self._place(execution_id) is not None
        )

    def __len__(self) -> int:
        blocks, last = self._parts
        return sum(block.rows for block in blocks) + len(last)

    def all(self) -> Executions:
        """Every execution, oldest first, as they are now."""
        blocks, last = self._parts
        return Executions(blocks, tuple(last.values()))

    def of_order(self, client_order_id: str) -> list[Execution]:
        """The executions of an order, oldest first."""
        blocks, last = self._parts
        found: list[Execution] = []
        for number in self._packed.blocks_of_group(client_order_id):
            if number < len(blocks):
                found += _executions_of(blocks[number].columns())
        found += last.values()
        return [each for each in found if each.client_order_id == client_order_id]

    def find(self, execution_id: str) -> Execution | None:
        """The execution of that id; None where there is none."""
        execution = self._parts[1].get(execution_id)
        if execution is not None:
            return execution
        place = self._place(execution_id)
        return None if place is None else place.executions[place.at]

    def _place(self, execution_id: str) -> _Place | None:
        """Where a packed execution is; None where there is none of that id."""
        for number in self._packed.blocks_of(execution_id):
            block = self._packed.blocks[number]
            read, executions = self._read
            if read is not block:
                columns = block.columns()
                if not columns or execution_id not in columns[_ID]:
                    continue
                executions = _executions_of(columns)
            for at, execution in enumerate(executions):
                if execution.execution_id == execution_id:
                    self._read = block, executions
                    return _Place(number, at, executions)
        return None

    def add(self, execution: Execution) -> None:
        """Add an execution whose id is new; the oldest are packed where they are many."""
        last = self._parts[1]
        last[execution.execution_id] = execution
        if len(last) >= UNPACKED + ROWS_A_BLOCK:
            self._packed.add(_columns_of(islice(last.values(), ROWS_A_BLOCK)))
            self._parts = self._packed.blocks, dict(islice(last.items(), ROWS_A_BLOCK, None))

    def replace(self, execution: Execution) -> None:
        """Put an execution in the place of the one with its id."""
        last, name = self._parts[1], execution.execution_id
        if name in last:
            last[name] = execution
        elif place := self._place(name):
            self._repack(place, [execution])

    def take_back(self, execution_id: str) -> int:
        """Take an execution out, and return how many are before it.

        Raises:
            KeyError: there is none of that id.
        """
        blocks, last = self._parts
        if execution_id in last:
            before = sum(block.rows for block in blocks) + list(last).index(execution_id)
            del last[execution_id]
        elif place := self._place(execution_id):
            before = sum(block.rows for block in blocks[: place.block]) + place.at
            self._repack(place, [])
        else:
            raise KeyError(execution_id)
        self._taken_back.add(execution_id)
        return before

    def _repack(self, place: _Place, executions: list[Execution]) -> None:
        """Put executions in the place of one."""
        before, after = place.executions[: place.at], place.executions[place.at + 1 :]
        left = before + executions + after
        self._packed.replace(place.block, _columns_of(left))
        self._parts = self._packed.blocks, self._parts[1]
        self._read = self._packed.blocks[place.block], left


def _columns_of(executions: Iterable[Execution]) -> Columns:
    """A column for each field, the legs as their number, and one for each field of a leg."""
    columns: Columns = list(zip(*executions, strict=True))
    if columns:
        legs = columns[_LEGS]
        columns[_LEGS] = list(map(len, legs))
        columns += zip(*chain.from_iterable(legs), strict=True)
    return columns


def _executions_of(columns: Columns) -> list[Execution]:
    """The executions that these are the columns of."""
    if not columns:
        return []
    legs = map(LegFill._make, zip(*columns[_FIELDS:], strict=True))
    fields = columns[:_FIELDS]
    fields[_LEGS] = [tuple(islice(legs, count)) for count in columns[_LEGS]]
    return list(map(Execution._make, zip(*fields, strict=True)))
