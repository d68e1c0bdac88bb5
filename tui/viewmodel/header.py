"""The two lines that are always there: what the desk is, and the figures that matter."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from engine.snapshot import (
    AlarmView,
    EngineSnapshot,
    EngineState,
    Totals,
    TraderState,
)
from tui.text import bars, formats
from tui.text.lines import Line, Span, fit, join, spread, text_of, width_of
from tui.viewmodel import connection
from tui.viewmodel.scarce_room import MORE, Figure, fitted, needed, placed, total
from tui.viewmodel.view import ENGINE_STYLES, MODE_STYLES, View

CASH = "Cash "

_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3})")

_SHORTER = ((True, True, True), (False, True, True), (False, False, True), (False, False, False))
"""Limits that are not near, cash, and commas in money: what goes first where room is scarce."""


def badge(view: View) -> Span:
    """The mode as text on its own ground; also the first word of every dialog."""
    mode = formats.clean(view.snapshot.mode, 5).upper()
    past = " PAST" if view.snapshot.past else ""
    observe = "" if view.snapshot.observer is None else "OBSERVE "
    return f" {observe}{mode}{past} ", MODE_STYLES.get(mode, "live")


def account(snapshot: EngineSnapshot, room: int) -> str:
    """Broker and account; only the account's tail where there is little room.

    Of an account at a broker in another process never more than its tail.
    """
    tail = formats.clean(snapshot.connection.tail, 8)
    if snapshot.connection.told and tail and snapshot.mode.upper() != "SIM":
        named = f"{formats.clean(snapshot.broker, 24)} …{tail}"
        return named if len(named) <= room else f"…{tail}"
    name = formats.clean(snapshot.account, 32)
    full = f"{formats.clean(snapshot.broker, 24)}/{name}" if snapshot.broker else name
    return full if len(full) <= room else name if len(name) <= room else "…" + name[1 - room :]


def active_alarms(snapshot: EngineSnapshot) -> list[AlarmView]:
    """Alarms that are neither cleared nor shelved, the gravest and oldest first."""
    active = [a for a in snapshot.alarms if a.state in ("unacked", "acked")]
    return sorted(active, key=lambda a: (a.priority, a.raised_s))


def alarm_counts(snapshot: EngineSnapshot) -> tuple[int, int, int]:
    """Active alarms of priority 1, 2 and 3."""
    active = active_alarms(snapshot)
    return tuple(sum(a.priority == p for a in active) for p in (1, 2, 3))  # type: ignore[return-value]


def _phase(view: View, wide: bool) -> Line:
    phase, opens_s = view.snapshot.phase, view.opens_s
    until_s = phase.ends_s if wide or opens_s is None else opens_s
    left = formats.countdown(max(0.0, until_s - view.now_s))
    name = formats.clean(phase.name, 13)
    parts: list[Span] = [
        (name, "title"),
        (f" {formats.clock(view.now_s)} ET", "value"),
    ]
    if phase.next_name and not view.ended:
        following = formats.clean(phase.next_name, 13)
        if wide:
            parts.append((f"  {following} in {left}", "dim"))
        elif not view.snapshot.time_paused:
            parts.append((f" {view.glyphs.arrow}{left}", "dim"))
    if wide and opens_s is not None:
        parts.append((f"  opens {formats.day_and_minute(opens_s)}", "value"))
    elif wide and phase.closes_s is not None:
        early = " early" if phase.early else ""
        parts.append((f"  close {formats.minute(phase.closes_s)}{early}", "dim"))
    if view.snapshot.time_paused:
        parts.append((" TIME PAUSED", "title"))
    elif (
        view.snapshot.can_pace
        and not view.ended
        and (view.snapshot.reached is not None or view.snapshot.speed not in (1.0, float("inf")))
    ):
        parts.append((f" {formats.times(view.snapshot.speed, view.snapshot.reached)}", "dim"))
    return tuple(parts)


def _engine(view: View, wide: bool) -> Line:
    snapshot = view.snapshot
    memo = view.state.memo
    named = memo.each("states", snapshot.traders, None, lambda t: t.state.value)
    states = memo.once("states counted", named, None, lambda: Counter(named))
    active = (TraderState.RUN, TraderState.WORKING, TraderState.HEDGING)
    running = sum(states[state.value] for state in active)
    style = ENGINE_STYLES.get(snapshot.state, "title")
    least = "≥" if states[TraderState.UNKNOWN.value] else ""
    of = " of " if wide else "/"
    counts = f" {least}{running:,}{of}{len(snapshot.traders):,}"
    line: Line = ((snapshot.state.value, style), (counts, "dim"))
    if wide:
        line = (("engine ", "label"), *line)
        for state, word in ((TraderState.PAUSED, "paused"), (TraderState.HELD, "held")):
            number = states[state.value]
            if number:
                line = (*line, (f"  {word} {number:,}", "dim"))
    if snapshot.connection.unarmed:
        line = (*line, (" UNARMED", "p2"))
    if view.lost:
        line = (*line, (f" LOST {formats.duration(view.state.silent_s)}", "p1"))
    elif view.silent:
        line = (*line, (f" SILENT {formats.duration(view.state.silent_s)}", "p1"))
    if view.state.frozen:
        line = (*line, (" DISPLAY FROZEN", "p2"))
    return line


def _alarms(view: View, wide: bool) -> Line:
    one, two, three = alarm_counts(view.snapshot)
    if not wide:
        style = "p1" if one else "p2" if two else "p3" if three else "dim"
        return (("ALM ", "label"), (f"{one}/{two}/{three}", style))
    figures = ((one, "P1", "p1"), (two, "P2", "p2"), (three, "P3", "p3"))
    line: list[Span] = [("alarms", "label")]
    for number, word, style in figures:
        line += [("  ", "dim"), (f"{word} {number:,}", style if number else "dim")]
    return tuple(line)


def first(view: View, width: int) -> Line:
    """Mode, account, phase, engine and alarms."""
    wide, between = width >= 120, ("  │  " if width >= 120 else " │ ", "border")
    if view.glyphs.axis != "│":
        between = (between[0].replace("│", view.glyphs.axis), "border")
    name: Line = ((account(view.snapshot, 40 if width >= 160 else 18 if wide else 9), "value"),)
    model = formats.model(view.snapshot.fill_model)
    if model and width >= 160:
        name = (*name, (f"  fills {model}", "dim"))
    rest = [_phase(view, width >= 140), _engine(view, width >= 160), _alarms(view, wide)]
    for worth, full in ((_capital(view), True), ((), True), ((), False)):
        fed: Line = (*name, *worth, *_feed(view, full or wide))
        line: Line = (badge(view), (" ", "text"), *join([fed, *rest], between))
        if width_of(line) <= width:
            break
    recon = _reconciled(view)
    if width_of(line) + width_of(recon) + len(between[0]) <= width and width >= 160:
        line = (*line, between, *recon)
    if width_of(line) > width:
        parts = [fed, _phase(view, False), _engine(view, False), _alarms(view, False)]
        line = (badge(view), (" ", "text"), *join(parts, (" ", "text")))
    line = _with_progress(view, line, width)
    if view.snapshot.mode.upper() == "LIVE" and not view.snapshot.past:
        kept = ("p1", "p2", "p3")
        line = tuple((text, style if style in kept else "live") for text, style in line)
        return (*line, (" " * max(0, width - width_of(line)), "live"))
    return fit(line, width)


def _capital(view: View) -> Line:
    """What the account is worth, beside its number."""
    c = view.snapshot.connection
    if not c.told or view.snapshot.mode.upper() == "SIM":
        return ()
    return (" ", "dim"), connection.capital(c, view.now_s)


def _feed(view: View, wide: bool) -> Line:
    """Where an account's quotes come from; a mark alone where there is little room."""
    c = view.snapshot.connection
    if not c.told or view.snapshot.mode.upper() == "SIM":
        return ()
    text, style = connection.feed_span(c)
    if wide:
        return ((f" {text}", style),)
    return () if c.feed_quality == "live" else (("!", style),)


def _reconciled(view: View) -> Line:
    health = view.snapshot.health
    if health.difference:
        return (("recon ", "label"), ("DIFFERENCE", "p1"))
    if health.compared_s is None:
        return (("recon ", "label"), (formats.UNKNOWN, "unknown"))
    if health.unsure:
        return (("recon ", "label"), ("LOOKS AGAIN", "title"))
    since = formats.duration(view.now_s - health.compared_s)
    return (("recon ", "label"), (f"MATCH {since}", "dim"))


def _with_progress(view: View, line: Line, width: int) -> Line:
    progress = view.snapshot.progress
    room = width - width_of(line)
    if progress is None:
        return line
    if room < 15:
        return spread(line, ((f"{100 * progress:3.0f}% ", "label"),), width)
    bar = bars.share(progress, min(24, room - 14), view.glyphs) if room >= 24 else ()
    word = "warm-up" if view.snapshot.state is EngineState.WARMING else "replay"
    return spread(line, ((f"{word} ", "label"), *bar, (f" {100 * progress:3.0f}% ", "dim")), width)


def second(view: View, width: int) -> Line:
    """Money, exposure, work, limits, ages: as many as fit, what rings before what does not."""
    long = width >= 150
    blanks = "   " if width >= 200 else "  "
    worth = _capital(view)
    if worth and worth[-1][0] in text_of(first(view, width)):
        worth = ()
    parts = _figures(view, long, worth[-1:])
    if total([part for part in parts if part.yields < MORE], blanks) > width:
        blanks = " "
    for limits, cash, commas in _SHORTER:
        parts = _figures(view, long, worth[-1:], limits, commas)
        if not cash:
            parts = [part for part in parts if part.line[0][0] != CASH]
        if total(needed(parts), blanks) <= width:
            break
    return fit(fitted(parts, blanks, width), width)


class Money(NamedTuple):
    """The money of the desk, or with a filter of one symbol that symbol's.

    Args:
        symbol: whose it is, "" for the desk's.
        floor_c: what finished pairs pay at least, at filled prices, after fees, at expiration.
        unhedged, since_s: contracts without their credit, and since when there are any.
        worst_c: what open units come to at least; None for unlimited losses.
        cash_c: premium received minus paid, before fees: no profit.
    """

    symbol: str
    floor_c: int
    unhedged: int
    since_s: float | None
    worst_c: int | None
    cash_c: int


def money_of(view: View) -> Money:
    """The money that the header shows."""
    snapshot, t = view.snapshot, view.snapshot.totals
    symbol = view.state.choices("traders").filter.upper()
    return view.state.once("money", snapshot, symbol, lambda: _money(snapshot, t, symbol))


def _money(snapshot: EngineSnapshot, t: Totals, symbol: str) -> Money:
    chains = [b for b in snapshot.balances if b.symbol.upper() == symbol]
    if not chains:
        return Money("", t.floor_c, t.unhedged, t.unhedged_since_s, t.open_worst_c, t.net_premium_c)
    worst = [b.open_worst_c for b in chains if b.open_worst_c is not None]
    return Money(
        formats.clean(symbol, 8),
        sum(b.floor_c for b in chains),
        sum(max(0, b.net) for b in chains),
        min((b.unhedged_since_s for b in chains if b.unhedged_since_s is not None), default=None),
        sum(worst) if len(worst) == len(chains) else None,
        sum(b.matched_c - b.open_c for b in chains),
    )


def _figure(name: str, value: str, style: str = "value") -> Line:
    return ((f"{name} ", "label"), (value, style))


def _figures(
    view: View, long: bool, worth: Line = (), limits: bool = True, commas: bool = True
) -> list[Figure]:
    """The figures from left to right.

    Args:
        long: whether names are written out.
        worth: what the account is worth, where the first line had no room for it.
        limits: whether limits that are not near are shown; near ones always are.
        commas: whether thousands are told apart.
    """
    t, now_s = view.snapshot.totals, view.now_s
    m = money_of(view)
    exposed = "title" if m.unhedged or m.worst_c != 0 else "value"
    unhedged = formats.count(m.unhedged)
    if m.unhedged or m.worst_c != 0:  # contracts sold twice are no unhedged ones and can lose
        unhedged += f"{', at worst' if long else ''} {formats.worst(m.worst_c)}"
    if m.unhedged and m.since_s is not None and long:
        unhedged += f" {formats.duration(now_s - m.since_s)}"
    head = [
        _figure("Floor", formats.whole(m.floor_c), "title"),
        _figure("Unhedged" if long else "Unh", unhedged, exposed),
    ]
    always = [
        ((CASH, "dim"), (formats.whole(m.cash_c), "dim")),
        _figure("Working" if long else "Wrk", formats.count(t.working)),
        _figure(
            "Imbalance" if long else "Imb",
            *_of(t.imbalance, t.imbalance_limit, formats.count, limits),
        ),
        _figure("Day loss" if long else "Loss", *_day_loss(view, limits)),
        _orders(view, long, limits),
        _quotes(view, long),
    ]
    if t.unknown:
        always.insert(2, _figure("UNKNOWN", formats.count(t.unknown), "p1"))
    if m.symbol:
        head.insert(0, ((m.symbol, "title"),))
    more = [
        *connection.figures(view),
        _figure("$/Ord", _cents(t.result_an_order_c)),
        _figure(formats.TRH, _cents(t.result_a_trader_hour_c)),
        _figure("Broker", formats.milliseconds(view.snapshot.health.broker_p50_ms)),
        _figure("Fees", formats.money(t.fees_c, signed=False)),
        _figure("Hung", formats.count(t.hung), "title" if t.hung else "value"),
        _figure("Rate", f"{t.orders_last_minute:,}/{t.orders_per_minute:,} per min"),
    ]
    account = view.snapshot.connection
    if account.told and not connection.is_short(account):
        always.append(connection.power(account, now_s))
    if worth:
        always.append((("Worth ", "label"), *worth))
    if t.suspect:
        more.append(_figure("Suspect", formats.count(t.suspect)))
    if (late_ms := view.snapshot.health.late_p99_ms) is not None:
        more.append(_figure("Late", formats.milliseconds(late_ms)))
    if not commas:
        head, always = [list(map(_plain, lines)) for lines in (head, always)]
    return placed(head, always, more)


def _plain(line: Line) -> Line:
    """A figure without the commas of its thousands, which are the first to give way."""
    return tuple((_THOUSANDS.sub("", text), style) for text, style in line)


def _cents(cents: float | None) -> str:
    return formats.money(None if cents is None else round(cents))


def _orders(view: View, long: bool, limits: bool) -> Line:
    """Orders of the day against their budget; a simulation only counts them.

    They are released over the session, so that most are gone every afternoon: attention where
    they run ahead of that, or are spent.
    """
    t = view.snapshot.totals
    name = "Orders" if long else "Ord"
    if view.budgeted:
        text, _ = _of(t.orders_today, t.order_budget, formats.count, limits)
        spent = t.orders_today >= t.order_budget
        return _figure(name, text, "p2" if t.orders_ahead or spent else "value")
    figure = _figure(name, formats.count(t.orders_today))
    return (*figure, (" no budget", "dim")) if long else figure


def _quotes(view: View, long: bool) -> Line:
    """The age of stale quotes; where none are, how long ago the idlest trader looked.

    Paused ones do not look.
    """
    if view.all_paused and not view.snapshot.past:
        return _figure("Look", "-", "dim")
    quoted_s = view.snapshot.totals.quoted_s
    if quoted_s is None:
        return _figure("Quote", formats.UNKNOWN, "unknown")
    traders = view.snapshot.traders
    oldest_s = view.state.once(
        "stale",
        traders,
        None,
        lambda: min(
            (
                t.quoted_s
                for t in traders
                if t.stale and t.quoted_s and t.state is not TraderState.PAUSED
            ),
            default=None,
        ),
    )
    if oldest_s is None and not view.outdated:
        name = "Oldest look" if long else "Look"
        return _figure(name, formats.duration(view.now_s - quoted_s), "dim")
    age_s = view.now_s - (quoted_s if oldest_s is None else oldest_s)
    return _figure("Quote", formats.duration(age_s) + "!", "stale")


def _of(value: int, limit: int, shown: Callable[[int], str], limits: bool) -> Span:
    """A value against its limit; attention from 80 % on, where the limit is always shown."""
    near = bool(limit) and value >= 0.8 * limit
    text = f"{shown(value)}/{shown(limit)}" if limit and (limits or near) else shown(value)
    return text, "p2" if near else "value"


def _day_loss(view: View, limits: bool) -> Span:
    """The day's loss of the limit that it meets next: no entries, then what is open sold back.

    The loss is rounded up, its limit down. Of a past it is at least what had ended then: what open
    units were worth, no journal has.
    """
    totals, limit = view.snapshot.totals, view.loss_limit
    loss_c = totals.day_loss_c
    least = "≥" if view.snapshot.past and totals.unhedged else ""
    if limit is None:
        return least + formats.dollars(loss_c), "value"
    text, style = _of(loss_c, limit.cents, formats.dollars, limits or limit.second)
    loss, stroke, _ = text.partition("/")
    told = f"{loss}/{limit.cents // 100:,}" if stroke else loss
    return least + told, "p2" if limit.second else style


def too_small(view: View, width: int, height: int) -> list[Line]:
    """What a terminal below 80x24 still shows: mode, alarms, exposure, and how to stop."""
    snapshot, totals = view.snapshot, view.snapshot.totals
    one, two, three = alarm_counts(snapshot)
    state: Line = ((snapshot.state.value, ENGINE_STYLES.get(snapshot.state, "title")),)
    if view.lost:
        state = (*state, (f" LOST {formats.duration(view.state.silent_s)}", "p1"))
    lines: list[Line] = [
        (badge(view), (f" {account(snapshot, max(4, width - 8))}", "value")),
        state,
        (
            ("P1 ", "label"),
            (str(one), "p1" if one else "value"),
            (f" P2 {two} P3 {three}", "label"),
        ),
        (
            ("Unhedged ", "label"),
            (formats.count(totals.unhedged), "title"),
            (f" {formats.worst(totals.open_worst_c)}", "value"),
        ),
        (("read-only", "key_text"),)
        if snapshot.read_only
        else (("^K", "key_kill"), (" KILL", "key_text")),
        (("too small: 80x24", "dim"),),
    ]
    return [fit(part, width) for part in lines[:height]]
