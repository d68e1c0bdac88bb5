"""After the close the screen says when trading opens next, at every width."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from engine.market.calendar import xnys
from engine.market.phases import phase_at
from engine.snapshot import EngineSnapshot, EngineState
from tests.support import sample_snapshots as desks
from tests.support.screen_text import texts, whole

FRIDAY_EVENING = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
"""17:30 in New York; the exchange opens again on Monday at 9:30, 64 hours later."""

PRE_MARKET = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)


def closed(at: datetime) -> EngineSnapshot:
    now = phase_at(at, xnys())
    shown = desks.normal(now_s=at.timestamp(), orders=(), session_date=now.session_date)
    phase = replace(
        shown.phase,
        name=now.phase.value,
        reason=now.reason,
        starts_s=now.starts_s,
        ends_s=now.ends_s,
        next_name=now.next_phase.value if now.next_phase else "",
        next_open_s=now.next_open_s,
        opens_s=now.opens_s,
        closes_s=now.closes_s,
        multiplier=None,
        entries_open=False,
        last_debit_s=None,
    )
    return replace(shown, phase=phase)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_next_session_is_told_where_trading_is_closed(open_app, size):
    app, _ = open_app(closed(FRIDAY_EVENING))
    async with app.run_test(size=size) as pilot:
        header = texts(app, "header")[0]
        assert "AFTER_HOURS" in header
        if size[0] >= 140:
            assert "opens Mon 23NOV26 09:30" in header and "close 16:00" not in header
        else:
            assert "→64:00:00" in header
        await pilot.press("2", "plus")
        health = " ".join(texts(app, "phase"))
        assert "opens    Mon 23NOV26 09:30 in 64:00:00" in health
        assert "AFTER_HOURS  after the close" in health
        await pilot.press("5")
        told = " ".join(whole(app).split())
        assert "trading opens Mon 23NOV26 09:30 ET, in 64:00:00" in told


async def test_a_countdown_to_the_open_is_told_once_in_the_morning_before_it(open_app):
    app, _ = open_app(closed(PRE_MARKET))
    async with app.run_test(size=(200, 60)):
        shown = whole(app)
        assert "OPEN_AUCTION in 1:30:00" in shown and "opens" not in texts(app, "header")[0]


async def test_what_has_ended_opens_no_more(open_app):
    app, _ = open_app(replace(closed(FRIDAY_EVENING), state=EngineState.ENDED))
    async with app.run_test(size=(200, 60)):
        assert "opens Mon" not in whole(app)
