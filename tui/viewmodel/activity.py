"""EVENTS and SESSION: what happened, and what the day adds up to."""

from __future__ import annotations

from collections.abc import Sequence

from engine.commands import Ticket, TicketState
from engine.snapshot import Concentration, EngineSnapshot, EventLine, Totals
from tui.lists.declared import DeskList
from tui.lists.whole import key_of
from tui.pane_numbers import EVENTS
from tui.text import formats
from tui.text.columns import Cell, Column
from tui.text.lines import Line, Span, fit, width_of, wrapped
from tui.viewmodel.phase import pair
from tui.viewmodel.trader_words import chain_name
from tui.viewmodel.view import View

_SOURCES = {"op": "operator", "eng": "engine"}


def newest(snapshot: EngineSnapshot) -> EventLine | None:
    """The newest event, None where nothing has happened."""
    return max(snapshot.events, key=lambda e: (e.at_s, e.number), default=None)


def _source(view: View) -> Sequence[EventLine]:
    snapshot, state = view.snapshot, view.state
    return state.once(
        "events", snapshot, None, lambda: state.wholes.rows("events", snapshot.events)
    )


def since(view: View) -> str:
    """From when on a whole list of events is, where the desk remembers no earlier ones; or "".

    Of those before it has the operator's alone, and says how many.
    """
    state = view.state
    if "events" not in state.wholes.wanted or state.wholes.missing("events"):
        return ""
    rows = _source(view)
    return state.once("first event", rows, None, lambda: _since(rows))


def _since(rows: Sequence[EventLine]) -> str:
    """From which event on no line lacks, and what is before."""
    newest_first = sorted(rows, key=lambda event: -event.number)
    unbroken = [
        event
        for at, event in enumerate(newest_first)
        if event.number == newest_first[0].number - at
    ]
    if not unbroken or unbroken[-1].number <= 1:
        return ""
    first, earlier = unbroken[-1], len(rows) - len(unbroken)
    before = f", {earlier:,} of the operator before" if earlier else ""
    return f"since {formats.clock(first.at_s)}{before}"


def last(snapshot: EngineSnapshot) -> list[EventLine]:
    """The events that the snapshot has, the newest first."""
    return sorted(snapshot.events, key=lambda e: (-e.at_s, -e.number))


def _lead(event: EventLine, width: int) -> Line:
    source = _SOURCES.get(event.source, formats.clean(event.source, 8))
    return (
        (f"{formats.clock(event.at_s, 3 if width >= FINE_FROM else 0)} ", "dim"),
        (f"{source:<8} ", "label" if event.source == "eng" else "title"),
    )


def _said(event: EventLine, view: View) -> Cell:
    return formats.displayed(event.text), "value"


def _source_of(event: EventLine) -> str:
    return _SOURCES.get(event.source, formats.clean(event.source, 8))


FINE_FROM = 100
"""Cells from which an event's time has milliseconds."""

LIST = DeskList(
    name="events",
    title="events",
    pane=EVENTS,
    source=_source,
    key=key_of,
    text=lambda e: f"{formats.clock(e.at_s)} {_source_of(e)} {formats.displayed(e.text)}",
    columns=(
        Column("TIME", 8, lambda e, v: (formats.clock(e.at_s), "dim"), is_text=True,
               sort=lambda e: e.at_s, value=lambda e: e.at_s, unit="epoch s"),
        Column("MS", 4, lambda e, v: (f".{round(e.at_s * 1000) % 1000:03d}", "dim"), priority=1,
               wide_from=FINE_FROM),
        Column("FROM", 8, lambda e, v: (_source_of(e), "label" if e.source == "eng" else "title"),
               is_text=True, sort=_source_of, value=_source_of),
        Column("WHAT", 20, _said, is_text=True, grows=True, sort=lambda e: e.text,
               value=lambda e: e.text),
    ),
    native="newest first",
    order=lambda view, rows: [(-e.at_s, -e.number) for e in rows],
)  # fmt: skip


def event_line(event: EventLine, view: View, width: int) -> Line:
    """One event in one row."""
    text = (formats.displayed(event.text), "value")
    return fit((*_lead(event, width), text), width, view.glyphs.more)


def event_lines(event: EventLine, width: int) -> list[Line]:
    """One event in as many rows as its words need."""
    lead = _lead(event, width)
    used = width_of(lead)
    rows = wrapped(formats.displayed(event.text), width - used, "value")
    return [(*lead, *rows[0]), *(((" " * used, "text"), *row) for row in rows[1:])]


def ticket_span(ticket: Ticket) -> Span:
    """A request and how far it has come."""
    style = {TicketState.REFUSED: "p2", TicketState.CONFIRMED: "value"}.get(ticket.state, "title")
    target = "" if ticket.target == "*" else f"{formats.displayed(ticket.target, 24)} "
    message = formats.displayed(ticket.text, 160)
    if message.startswith(formats.displayed(ticket.target)):
        target = ""  # the message begins with it, in full
    text = f"{ticket.ask.value} {target.replace('symbol:', 'all ')}{ticket.state.value}"
    return (f"{text}: {message}" if message else text), style


def _reservation(totals: Totals) -> Line:
    """What an order must promise before it goes out, while the day's orders are scarce."""
    least_c = totals.reservation_c
    if least_c is None:
        return pair("an order", ("evenly", "value"), ("  until learned", "dim"))
    least = formats.money(least_c, signed=False)
    return pair("an order", (f"{least} $", "value"), (" at least", "dim"))


def by_trader_and_symbol(view: View) -> tuple[Concentration, Concentration]:
    """How the session's guaranteed dollars are spread; looked at once a snapshot."""
    s, memo = view.snapshot, view.state.memo
    results = memo.each("results", s.traders, None, lambda t: (t.key, t.symbol, t.result_c))
    return memo.once("concentration", results, None, lambda: (s.by_trader(), s.by_symbol()))


def _concentration(view: View) -> list[Line]:
    """Whose the gains are, and what the desk ties up for a guaranteed dollar."""
    s = view.snapshot
    by_trader, by_symbol = by_trader_and_symbol(view)
    best = next((t for t in s.traders if t.key == by_trader.best), None)
    tied = s.totals.tied
    return [
        _best("best", "" if best is None else chain_name(best), by_trader),
        pair("$-days/$", (formats.dollar_days(tied.dollar_days), "value"), _pairs(tied.pairs)),
        _best("symbol", formats.clean(by_symbol.best, 8), by_symbol),
    ]


def _best(label: str, name: str, spread: Concentration) -> Line:
    """The greatest part in the gains, and how many equal ones are as concentrated."""
    if spread.share is None or spread.effective is None:
        return pair(label, ("-", "value"))
    lost = f", {spread.losing:,} lose" if spread.losing else ""
    return pair(
        label,
        (f"{name} {formats.part(spread.share)}", "value"),
        (f" like {spread.effective:,.1f}", "dim"),
        (f" of {spread.gaining:,}{lost}", "dim"),
    )


def _thin(few: int) -> Line:
    """Behind a figure that rests on so few; 0 where there are enough, or none."""
    return ((" THIN", "p3"),) if few else ()


def _pairs(count: int) -> Span:
    return ("  1 pair" if count == 1 else f"  {count:,} pairs"), "dim"


def session_lines(view: View, width: int) -> list[Line]:
    """What the day adds up to so far."""
    t: Totals = view.snapshot.totals
    budget = f" of {t.order_budget:,}" if view.budgeted else "  no budget here"
    lines: list[Line] = [
        pair("floor", (formats.money(t.floor_c), "title"), ("  at expiration", "dim")),
        pair(
            "open",
            (formats.count(t.unhedged), "title" if t.unhedged else "value"),
            (f"  at worst {formats.worst(t.open_worst_c, in_cents=True)}", "value"),
        ),
        pair("to close", (formats.money(t.liquidation_c), "value"), ("  natural prices", "dim")),
        pair(
            "cash",
            (formats.money(t.net_premium_c), "dim"),
            (f"  fees {formats.money(t.fees_c, signed=False)}", "dim"),
        ),
        pair(
            "debits",
            (formats.ratio(t.fills, t.attempts), "value"),
            (f"  {formats.percent(t.fills, t.attempts)} %", "title"),
            *_thin(t.thin and t.attempts),
            (" filled", "dim"),
        ),
        pair(
            "cycles",
            (formats.ratio(t.completions, t.filled_cycles), "value"),
            (f"  {formats.percent(t.completions, t.filled_cycles)} %", "title"),
            *_thin(t.few_cycles and t.filled_cycles),
            (" closed", "dim"),
        ),
        pair(
            "hung",
            (f"{t.hung:,} now", "title" if t.hung else "value"),
            (f" {t.scratched:,} scratched", "value"),
            (f" {t.parked:,} parked", "value"),
        ),
        pair(
            "hedge",
            (f"p50 {formats.duration(t.hedge_p50_s)}", "value"),
            (f"  worst {formats.duration(t.worst_hang_s)}", "dim"),
        ),
        *_concentration(view),
        pair(
            "per hung",
            (f"{formats.money(t.dollars_per_hung_c)} $", "value"),
            (" after fees", "dim"),
        ),
        pair("orders", (formats.count(t.orders_today), "value"), (budget, "dim")),
        *([_reservation(t)] if view.budgeted else []),
        pair(
            "faults",
            (f"reject {t.rejects:,}", "value"),
            (f" late {t.late_fills:,}", "value"),
            (f" double {t.duplicates:,}", "value"),
        ),
    ]
    # What does not fit goes as a whole: half a figure would be a lie.
    return [_fitting(line, width) for line in lines]


def _fitting(line: Line, width: int) -> Line:
    """A line without the last parts that have no room; its name stays."""
    while width_of(line) > width and len(line) > 1:
        line = line[:-1]
    return line
