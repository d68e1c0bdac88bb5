"""A desk some way into its session, with a course to look at."""

from __future__ import annotations

from dataclasses import replace

from engine.snapshot import (
    DayMark,
    DaySample,
    DayView,
    EngineSnapshot,
    TraderDayView,
    TraderSample,
)
from tests.support import sample_views as views
from tests.support.sample_snapshots import normal

OPEN_S = views.at(9, 30)


def ms(hour: int, minute: int = 0) -> int:
    return round(views.at(hour, minute) * 1000)


def samples(minutes: int = 73) -> tuple[DaySample, ...]:
    return tuple(
        DaySample(
            round(OPEN_S * 1000) + 60_000 * n,
            floor_c=n * n * 12 - 4_000 * (n > 40),
            attempts=10 * n,
            fills=3 * n + n % 7 if n else 0,
            unhedged=n % 4,
            open_c=15_500 * (n % 4),
            loss_c=4_000 * (n > 40),
            orders=16 * n,
            p1=int(44 <= n < 47),
            p2=int(n > 60),
            p3=0,
        )
        for n in range(minutes)
    )


MARKS = (
    DayMark(ms(9, 30), "start", "began"),
    DayMark(ms(9, 30), "phase", "OPEN_AUCTION"),
    DayMark(ms(9, 45), "phase", "MORNING"),
    DayMark(ms(9, 52), "pause", "pause SPY 2024-12-20"),
    DayMark(ms(10, 5), "trial", "T1 tries cancel_ms"),
    DayMark(ms(10, 14), "alarm", "P1 UNHEDGED SPY 2024-12-20/4", 1, 2),
    DayMark(ms(10, 20), "kill", "kill"),
    DayMark(ms(10, 31), "approval", "R2 applied"),
)


def over_its_day(minutes: int = 73) -> EngineSnapshot:
    """A calm desk at 10:42 with every minute since the open, and each kind of mark."""
    return replace(normal(), day=DayView(samples(minutes), MARKS, samples(minutes)[-1].loss_c))


def with_detail(found: EngineSnapshot) -> EngineSnapshot:
    """The same with the detail of its first trader and that trader's own course."""
    row = found.traders[0]
    course = tuple(
        TraderSample(s.at_ms, s.floor_c // 9, s.attempts // 9, s.fills // 9, s.unhedged % 2, 0, 4)
        for s in samples()[::5]
    )
    marks = (DayMark(ms(9, 52), "pause", "pause"), DayMark(ms(10, 2), "hold", "held: few fills"))
    detail = replace(views.detail_of(row), day=TraderDayView(course, marks))
    return replace(found, detail=detail)
