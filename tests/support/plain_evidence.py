"""Evidence as a list of attempts, and its questions as loops over them: slow, and plain to read."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

from engine.learning.attempt_results import AttemptResult, AttemptSettings
from engine.learning.evidence.cells import width_class

Cell = tuple[tuple[int, int], Hashable, list[AttemptResult]]
Sums = list[float]

MULTIPLIER = 10


def value(settings: AttemptSettings, lever: str) -> Any:
    """The value of a lever."""
    if lever == "delay":
        return settings.delay_low_s, settings.delay_high_s
    return getattr(settings, lever)


def others(settings: AttemptSettings, lever: str) -> AttemptSettings:
    """The settings with the lever's own made equal."""
    if lever == "delay":
        return settings._replace(delay_low_s=0.0, delay_high_s=0.0)
    return AttemptSettings(**settings._asdict() | {lever: 0})


def promised(row: AttemptResult) -> float:
    """Dollars of floor that a fill promised; 0 where nothing filled."""
    return row.floor * row.settings.contracts * MULTIPLIER if row.filled else 0.0


def figures(rows: Iterable[AttemptResult]) -> Sums:
    """Attempts, dollars and seconds."""
    rows = list(rows)
    return [float(len(rows)), sum(row.dollars for row in rows), sum(row.seconds for row in rows)]


def conduct(rows: Iterable[AttemptResult]) -> tuple[float, ...]:
    """Attempts, units, completed, hung, and dollars lost."""
    rows = list(rows)
    return (
        len(rows),
        sum(row.outcome != "" for row in rows),
        sum(row.outcome == "COMPLETE" for row in rows),
        sum(row.hung for row in rows),
        sum(max(0.0, -row.dollars) for row in rows),
    )


def arm(rows: Iterable[AttemptResult]) -> tuple[Any, ...]:
    """An arm's attempts, fills, lots, dollars, seconds and conduct."""
    rows = list(rows)
    n, dollars, seconds = figures(rows)
    fills = sum(row.filled > 0 for row in rows)
    return n, fills, sum(row.filled for row in rows), dollars, seconds, conduct(rows)


def grouped(pairs: Iterable[tuple[Any, Sums]]) -> dict[Any, Sums]:
    """Sums by name, in the order in which names first come."""
    found: dict[Any, Sums] = {}
    for name, sums in pairs:
        before = found.get(name)
        found[name] = sums if before is None else [a + b for a, b in zip(before, sums, strict=True)]
    return found


def numbered(names: Iterable[Hashable]) -> list[int]:
    """Numbers of names from 0, in the order in which they first come."""
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(name, len(numbers)) for name in names]


class PlainEvidence:
    """Keeps every attempt in the cell of its block, stratum and settings.

    Args:
        sessions_kept: as many sessions are evidence.
    """

    def __init__(self, sessions_kept: int) -> None:
        self.blocks: dict[tuple[int, int], dict[Hashable, list[AttemptResult]]] = {}
        self.sessions: list[int] = []
        self.venue = ""
        self._sessions_kept = sessions_kept

    def observe(self, row: AttemptResult, sign: int) -> None:
        """Keep a row, or take one back that is kept."""
        key = row.session, row.minute // 15
        if sign > 0:
            self.at_venue(row.venue)
            if row.session not in self.sessions:
                self.sessions.append(row.session)
                for gone in self.sessions[: -self._sessions_kept]:
                    self.sessions.remove(gone)
                    self.blocks = {k: rows for k, rows in self.blocks.items() if k[0] != gone}
        cell = row.trader, row.phase, width_class(row.width_c), row.settings
        cells = self.blocks.setdefault(key, {})
        rows = cells.setdefault(cell, [])
        if sign > 0:
            rows.append(row)
            return
        rows.remove(row)
        if not rows:
            del cells[cell]

    def at_venue(self, venue: str) -> None:
        """Forget what was done elsewhere."""
        if venue != self.venue:
            self.blocks, self.sessions, self.venue = {}, [], venue

    def cells(self, trader: str | None = None) -> Iterator[Cell]:
        """Block, stratum and attempts of each cell, in the order in which they were begun."""
        for block, cells in self.blocks.items():
            for cell, rows in cells.items():
                if trader is None or rows[0].trader == trader:
                    yield block, cell[:3], rows  # type: ignore[index]

    def rows(self, trader: str | None = None) -> list[AttemptResult]:
        """The attempts."""
        return [row for _, _, rows in self.cells(trader) for row in rows]

    def arms(self, lever: str, trader: str | None) -> list[tuple[Any, tuple[Any, ...]]]:
        """The arms in their order."""
        values = dict.fromkeys(value(row.settings, lever) for row in self.rows(trader))
        return [
            (each, arm(r for r in self.rows(trader) if value(r.settings, lever) == each))
            for each in values
        ]

    def compared(
        self, lever: str, before: Any, after: Any, trader: str | None, budgeted: bool
    ) -> tuple[list[int], list[int], list[list[Sums]]]:
        """Codes of blocks and strata, and of each row the figures of both sides."""
        sides: dict[Any, list[list[AttemptResult]]] = {}
        blocks, strata = [], []
        for block, stratum, rows in self.cells(trader):
            settings = rows[0].settings
            if value(settings, lever) in (before, after):
                at = (block[0], rows[0].trader) if budgeted else block
                like = stratum, others(settings, lever)
                blocks.append(at)
                strata.append(like)
                both = sides.setdefault((at, like), [[], []])
                both[value(settings, lever) == after] += rows
        of_block = dict(zip(blocks, numbered(blocks), strict=True))
        of_stratum = dict(zip(strata, numbered(strata), strict=True))
        return (
            [of_block[at] for at, _ in sides],
            [of_stratum[like] for _, like in sides],
            [[figures(side) for side in both] for both in sides.values()],
        )

    def left_out(
        self, trader: str | None, by_session: bool, chosen: Callable[[AttemptResult], bool]
    ) -> list[Sums]:
        """Attempts and dollars of those chosen, seconds of all, by block."""
        return list(
            grouped(
                (
                    block[0] if by_session else block,
                    [*figures(filter(chosen, rows))[:2], figures(rows)[2]],
                )
                for block, _, rows in self.cells(trader)
            ).values()
        )

    def by_block(self, lever: str, wanted: Any, trader: str | None) -> list[Sums]:
        """Dollars and hours of a value."""
        return list(
            grouped(
                (block, [figures(rows)[1], figures(rows)[2] / 3600])
                for block, _, rows in self.cells(trader)
                if value(rows[0].settings, lever) == wanted
            ).values()
        )

    def others_gain(self, objective: str, trader: str | None) -> list[Sums]:
        """Attempts asked and dollars gained."""
        return list(
            grouped(
                (
                    block,
                    [
                        1.0,
                        (row.other_floor - row.floor) * row.settings.contracts * MULTIPLIER,
                    ],
                )
                for block, _, rows in self.cells(trader)
                for row in rows
                if row.other_floor is not None and row.settings.objective == objective
            ).values()
        )

    def promised(self, objective: str, trader: str | None) -> list[tuple[int, Sums]]:
        """The block's number, and fills, promised, made, squares and products, by group."""
        found = grouped(
            (
                (block, row.trader, row.settings),
                [
                    float(row.filled > 0),
                    promised(row),
                    row.dollars,
                    promised(row) ** 2,
                    promised(row) * row.dollars,
                ],
            )
            for block, _, rows in self.cells(trader)
            if rows[0].settings.objective == objective and any(row.filled for row in rows)
            for row in rows
        )
        blocks = numbered(block for block, _, _ in found)
        return list(zip(blocks, found.values(), strict=True))

    def hours(self, trader: str | None) -> list[tuple[tuple[int, int, int], Sums]]:
        """Session, hour and stratum, and attempts, dollars and seconds."""
        cells = list(self.cells(trader))
        strata = numbered((rows[0].trader, width_class(rows[0].width_c)) for _, _, rows in cells)
        return list(
            grouped(
                ((block[0], block[1] // 4, stratum), figures(rows))
                for (block, _, rows), stratum in zip(cells, strata, strict=True)
            ).items()
        )

    def fills_by_block(
        self, sessions: int, counted: Callable[[str, AttemptSettings], bool]
    ) -> dict[tuple[int, str], list[tuple[tuple[int, int], Sums]]]:
        """Attempts, fills and dollars of each chain's day by block."""
        days: dict[tuple[int, str], dict[tuple[int, int], Sums]] = {}
        for block, _, rows in self.cells():
            first = rows[0]
            if block[0] in self.sessions[-sessions:] and counted(first.trader, first.settings):
                day = days.setdefault((block[0], first.trader), {})
                n, fills, _, dollars, *_ = arm(rows)
                for at, amount in enumerate((n, fills, dollars)):
                    day.setdefault(block, [0.0, 0.0, 0.0])[at] += amount
        return {day: list(blocks.items()) for day, blocks in days.items()}

    def hour_conduct(self, hour: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Of the hour, and of all others."""
        rows = self.rows()
        return (
            conduct(row for row in rows if row.minute // 60 == hour),
            conduct(row for row in rows if row.minute // 60 != hour),
        )


def below(step: float) -> Callable[[AttemptResult], bool]:
    """Whether a row's floor is below."""
    return lambda row: row.floor < step


def at_hour(hour: int) -> Callable[[AttemptResult], bool]:
    """Whether a row is of an exchange hour."""
    return lambda row: row.minute // 60 == hour
