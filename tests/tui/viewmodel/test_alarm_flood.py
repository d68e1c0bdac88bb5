"""A flood of alarms: one row a cause, and none that must be answered now is in one."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from engine.commands import Ask
from engine.runtime.alarm_kinds import KINDS
from engine.snapshot import AlarmView, EngineSnapshot
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.screen_text import texts
from tui.pane_numbers import TRADERS
from tui.viewmodel import alarm_flood, alarms

OUTAGE = (
    "LINK_DOWN", "ORDER_UNKNOWN", "UNHEDGED", "UNDECIDED", "STALE", "NOT_QUOTED", "FEED_OLD",
    "BROKER_ERROR", "CALLS_HANG", "NOT_COMPARED", "RATE_LOW", "GARBLED", "TOLD_TWICE", "REJECT",
    "STOOD_STILL", "STALE_OR_MISPRICED", "STREAM_DOWN", "BROKER_ANSWER",
)  # fmt: skip
"""What a broker that is gone for minutes raises at its worst."""


def alarm(number: int, code: str, keys: tuple[str, ...] = ("desk",), **changes: str) -> AlarmView:
    kind = KINDS[code]
    what = kind.what.replace("{}", "12 s")
    return views.alarm(
        number,
        kind.priority,
        id=f"A{number:02d}",
        code=code,
        where=keys[0],
        what=what,
        consequence=kind.consequence,
        response=kind.response,
        places=tuple((key, f"{what} {n}") for n, key in enumerate(keys)),
        **changes,
    )


def outage(traders: int) -> EngineSnapshot:
    """A desk of so many traders whose broker is gone: every alarm holds at each of them."""
    base = desks.many(traders)
    keys = tuple(t.key for t in base.traders)
    of_desk = ("LINK_DOWN", "CALLS_HANG", "RATE_LOW", "FEED_OLD", "STOOD_STILL", "STREAM_DOWN")
    found = tuple(
        alarm(n, code, ("desk",) if code in of_desk else keys) for n, code in enumerate(OUTAGE, 1)
    )
    return replace(base, alarms=found)


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(KINDS)), st.sampled_from(["unacked", "acked"])),
        max_size=40,
        unique_by=lambda each: each[0],
    )
)
def test_rows_of_a_flood_hide_no_alarm_and_none_that_wants_an_answer_now(chosen):
    every = [alarm(n, code, state=state) for n, (code, state) in enumerate(chosen)]
    ordered = alarms.rows(replace(desks.normal(), alarms=tuple(every)))
    shown, groups = alarm_flood.rows(ordered), alarm_flood.folded(ordered)
    told = [a.id for row in shown for a in groups.get(row.id, (row,))]
    assert sorted(told) == sorted(a.id for a in every)
    if len(every) <= alarm_flood.FLOOD:
        assert shown == ordered
    urgent = [a for a in ordered if a.priority == 1 and a.state == "unacked"]
    assert [a for a in shown if a in urgent] == urgent
    assert not any(a in urgent for group in groups.values() for a in group)
    assert len(shown) - len(urgent) <= max(alarm_flood.FLOOD, len(alarm_flood.CAUSES) + 1)
    for group in groups.values():
        assert len({alarm_flood.cause_of(a) for a in group}) == 1
        assert [a.id for a in group] == [a.id for a in ordered if a in group]


def test_every_code_of_the_causes_is_an_alarm_and_is_in_one_cause():
    named = [code for codes in alarm_flood.CAUSES.values() for code in codes]
    assert set(named) <= set(KINDS)
    assert len(named) == len(set(named))


async def test_rubric_10_a_broker_outage_at_1000_traders_takes_ten_rows_at_most_and_enter_opens_them(
    open_app,
):
    snapshot = outage(1_000)
    app, desk = open_app(snapshot)
    async with app.run_test(size=(120, 40)) as pilot:
        keys = app.state.keys[6]
        assert len(keys) <= 10
        title = texts(app, "alarms")[0]
        assert "6 ALARMS 18" in title and "FLOOD 18 active" in title
        await pilot.press("6", "plus")
        rows = [row for row in texts(app, "alarms") if " alarms of " in row]
        quotes = next(row for row in rows if "alarms of quotes" in row)
        assert "4 alarms of quotes: first STALE 1,000 places" in quotes
        assert "NOT_QUOTED 1,000" in quotes
        p1 = [a for a in snapshot.alarms if a.priority == 1]
        assert [a.id for a in p1] == sorted(keys[: len(p1)])

        groups = alarms.standing_for(app.view())
        head = next(key for key in groups if alarm_flood.cause_of(groups[key][0]) == "quotes")
        while app.state.selected(6) != head:
            await pilot.press("j")
        assert "a Ack 4" in " ".join(texts(app, "footer"))
        await pilot.press("a")
        assert {c.ask for c in desk.asked} == {Ask.ACKNOWLEDGE}
        quoted = alarms.standing_for(app.view())[app.state.selected(6)]
        assert [c.target for c in desk.asked] == [a.id for a in quoted]

        # The log lists them all; there Enter shows the traders of the one, and Esc all again.
        await pilot.press("enter")
        assert app.place == "log"
        assert len(app.state.keys[6]) == 18
        assert app.state.selected(6) == quoted[0].id
        await pilot.press("enter")
        assert app.place == "main" and app.state.pane == TRADERS
        assert f"of {quoted[0].id} STALE" in texts(app, "traders")[0]
        assert len(app.state.keys[TRADERS]) == 1_000
        await pilot.press("underscore", "escape")
        assert "of A" not in texts(app, "traders")[0]


async def test_z_on_a_row_of_a_flood_shelves_all_of_it_but_p1_and_says_so_before(open_app):
    found = outage(20)
    known = tuple(
        replace(a, state="acked") if a.code == "ORDER_UNKNOWN" else a for a in found.alarms
    )
    app, desk = open_app(replace(found, alarms=known))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("6", "plus")
        groups = alarms.standing_for(app.view())
        head, group = next(
            (key, group)
            for key, group in groups.items()
            if alarm_flood.cause_of(group[0]) == "the connection"
        )
        less = [a for a in group if a.priority > 1]
        assert len(group) - len(less) == 1, "a P1 that is answered is in the row"
        app.state.selection(6).select(head)
        app.repaint()
        assert f"z Put aside {len(less)}" in " ".join(texts(app, "footer"))
        await pilot.press("z")
        asked = "".join(text for line in app.screen.lines() for text, _ in line)
        assert f"Shelve {len(less)} alarms of the connection for 30 min" in asked
        assert less[0].code in asked and "1 of P1 stays" in asked
        assert desk.asked == []
        await pilot.press(*"vendor", "enter")
        assert {c.ask for c in desk.asked} == {Ask.SHELVE}
        assert [c.target for c in desk.asked] == [a.id for a in less]
        assert {(c.reason, c.args["minutes"]) for c in desk.asked} == {("vendor", 30)}


async def test_an_alarm_of_some_traders_narrows_the_main_screen_to_them(open_app):
    base = desks.normal()
    keys = tuple(t.key for t in base.traders if t.symbol in ("SPY", "QQQ"))
    app, desk = open_app(replace(base, alarms=(alarm(7, "STALE", tuple(f"{k}/3" for k in keys)),)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("l", "slash", *"spy", "enter", "enter")
        assert app.place == "main"
        assert sorted(app.state.keys[TRADERS]) == sorted(keys)
        assert "4 of 9" in texts(app, "traders")[0]
        await pilot.press("O", "escape")
        assert len([key for key in app.state.keys[TRADERS] if "group" not in key]) == 9
        assert desk.asked == []
