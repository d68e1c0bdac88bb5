"""The other full screens as lines: help, log, configuration, hung legs, one order's history."""

from __future__ import annotations

from engine.snapshot import OrderView, TraderView
from tui import formats
from tui.actions import GROUPS, Risk, working
from tui.columns import Cell, Column, choose, head, row
from tui.keymap import Keymap
from tui.lines import Line, Span
from tui.viewmodel import activity, orders
from tui.viewmodel.phase import pair
from tui.viewmodel.traders import chain_name
from tui.viewmodel.view import View

_RISK = {Risk.REDUCES: "at once", Risk.ADDS: "armed 0.4 s"}


def help_lines(view: View, keymap: Keymap, place: str) -> list[Line]:
    """Exactly the keys that work on the screen the help was asked on."""
    found: list[Line] = []
    actions = working(view, place)
    for group in GROUPS:
        members = [a for a in actions if a.group == group]
        if not members:
            continue
        found += [((group.upper(), "title"),)]
        for action in members:
            keys = keymap.every(action.id) or ": only"
            found.append(
                (
                    (f"  {keys:<12}", "key"),
                    (f"{action.words}", "value"),
                    (f"  {_RISK.get(action.risk, '')}", "dim"),
                )
            )
        found.append(())
    return found


def log_lines(view: View, width: int) -> list[Line]:
    """The events of the day, the newest first."""
    events = activity.events(view.snapshot)
    found = [line for event in events for line in activity.event_lines(event, width)]
    return found or [(("no event yet", "dim"),)]


def ticket_lines(view: View) -> list[Line]:
    """Requests and how far each has come, the newest first."""
    tickets = sorted(view.snapshot.tickets, key=lambda t: -t.at_s)
    return [
        ((f"{formats.clock(t.at_s)} {formats.clean(t.id, 8):<6} ", "dim"), activity.ticket_span(t))
        for t in tickets[:40]
    ]


def _age(t: TraderView, view: View) -> Cell:
    start = t.hung_s
    if start is None:
        start = next((b.unhedged_since_s for b in view.snapshot.balances if b.key == t.key), None)
    return formats.duration(None if start is None else view.now_s - start), "title"


def _doing(t: TraderView, view: View) -> Cell:
    return formats.told(t.gate_text or t.gate), "dim"


_HUNG: tuple[Column[TraderView, View], ...] = (
    Column("CHAIN", 14, lambda t, v: chain_name(t), words=True),
    Column("AGE", 6, _age),
    Column("STAGE", 6, lambda t, v: formats.clean(t.stage, 8) or "-", words=True),
    Column("NET", 4, lambda t, v: (formats.signed(t.net_contracts), "title")),
    Column("PAID OPEN$", 11, lambda t, v: formats.money(t.open_c, signed=False)),
    Column("MATCHED$", 11, lambda t, v: formats.money(t.matched_c)),
    Column("DOING", 30, _doing, words=True, priority=1, grows=True),
)

LADDER = (
    ("H0 H1", "to 5 s", "the planned credit, above debit and fees"),
    ("H2", "to 20 s", "a tick less at a time, still above debit and fees"),
    ("H3", "to 60 s", "look for a better credit; P1 alarm at 30 s"),
    ("H4", "to 5 min", "scratch allowed: the price paid"),
    ("H5", "to 15 min", "yours to decide; a credit rests at the price paid"),
    ("H6", "after", "sell the debit back, loss bounded"),
    ("H7", "", "parked: a resting credit, the chain blocked"),
)


def open_units(view: View) -> list[TraderView]:
    """Traders that hold an unhedged debit, the oldest first."""
    held = [t for t in view.snapshot.traders if t.net_contracts > 0 or t.hung_s is not None]
    return sorted(held, key=lambda t: (t.hung_s is None, t.hung_s or 0.0, t.key))


def hung_lines(view: View, width: int) -> list[Line]:
    """Every open unit, and what the ladder does with it."""
    units = open_units(view)
    found: list[Line] = [head(choose(_HUNG, width))]
    found += [row(choose(_HUNG, width), t, view) for t in units]
    if not units:
        found.append((("no open unit: every filled debit is completed", "dim"),))
    found += [(), (("THE LADDER", "title"), ("  from the debit's fill", "label"))]
    stages = {formats.clean(t.stage, 8) for t in units}
    for stage, until, words in LADDER:
        here = bool(stages & set(stage.split()))
        found.append(
            (
                (f"  {stage:<7}", "title" if here else "value"),
                (f"{until:<10}", "dim"),
                (words, "value" if here else "dim"),
            )
        )
    return found


def _effects(o: OrderView) -> tuple[Span, ...]:
    """Whether the legs open or close contracts of the account, as brokers ask for it."""
    bought, sold = o.effects
    if not (bought and sold):
        return ()
    return ((f"  buy to {formats.clean(bought, 8)}, sell to {formats.clean(sold, 8)}", "value"),)


def order_lines(o: OrderView, view: View) -> list[Line]:
    """One order: what was asked, what the broker said, when."""
    limit = formats.price(o.limit_c)
    paid = f"  at {formats.price(o.fill_c)}" if o.filled else ""
    market = "?" if o.bid is None or o.ask is None else f"{o.bid:.2f}/{o.ask:.2f}"
    working = "-" if o.working_s is None else formats.clock(o.working_s, 3)
    ended = "-" if o.ended_s is None else formats.clock(o.ended_s, 3)
    status = orders.status(o, view.now_s)
    return [
        pair("order", (formats.clean(o.id, 64), "title")),
        pair(
            "trader",
            (formats.told(o.trader, 40), "value"),
        ),
        pair("legs", (f"{o.quantity}x {formats.clean(o.legs, 40)}", "value"), *_effects(o)),
        pair("limit", (limit, "value"), (f"  market when sent {market}", "dim")),
        pair("filled", (f"{o.filled}/{o.quantity}", "value"), (paid, "value")),
        pair("status", (str(status[0]), str(status[1]))),
        pair("stage", (formats.clean(o.stage, 20) or "-", "value")),
        pair(
            "times",
            (f"sent {formats.clock(o.sent_s, 3)}  working {working}  ended {ended}", "value"),
        ),
        pair("note", (formats.clean(o.text) or "-", "value")),
    ]
