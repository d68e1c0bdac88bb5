"""One trader in full: its cycle, every gate, fill rates, parameters, opportunity, attempts."""

from __future__ import annotations

from engine.snapshot import Tied, TraderDetail, TraderView
from tui.text import formats
from tui.text.lines import Line, wrapped
from tui.viewmodel import activity, nothing, trader_words
from tui.viewmodel.activity import event_lines
from tui.viewmodel.held import time_left
from tui.viewmodel.phase import pair, rate_lines
from tui.viewmodel.view import STATE_STYLES, View


def lines(trader: TraderView, detail: TraderDetail | None, view: View, width: int) -> list[Line]:
    """Everything that is text; the curves are drawn beside it."""
    known = detail if detail is not None and detail.key == trader.key else None
    rows = [*_summary(trader, view), *_trial(trader), *dollars(trader, known, view), ()]
    if known is None or detail is None:
        return [*rows, *nothing.lines(nothing.sentence(view, "detail"), width, 4)]
    rows += [
        *_cycle(detail, width),
        (),
        *_gates(detail, width),
        (),
        *_opportunity(detail, width),
        (),
    ]
    rows += [*rate_lines("FILL RATE BY SIZE", detail.sizes, width, view), ()]
    rows += [*rate_lines("FILL RATE BY HOUR", detail.hours, width, view), ()]
    rows += [*rate_lines("FILL RATE BY DELAY", detail.delays, width, view), ()]
    if detail.expected:
        rows.append((("EXPECTED", "title"), ("  of its next attempts, 95 %", "label")))
        rows += [*wrapped(formats.displayed(detail.expected), width, "value", 2), ()]
    if detail.afterwards:
        rows.append((("AFTERWARDS", "title"), ("  at quotes that came anyway", "label")))
        for text in detail.afterwards:
            rows += wrapped(formats.displayed(text), width, "value", 2)
        rows.append(())
    rows += [(("PARAMETERS", "title"),)]
    name = max((len(key) for key, _ in detail.parameters), default=0)
    rows += [
        ((f"{formats.clean(key, 40):<{name + 2}}", "label"), (formats.clean(value, 80), "value"))
        for key, value in detail.parameters
    ]
    rows += [(), (("ATTEMPTS", "title"),)]
    for text in detail.attempts:
        rows += wrapped(formats.displayed(text), width, "value", 2)
    if not detail.attempts:
        rows.append(_NOTHING)
    rows += [(), (("EVENTS", "title"),)]
    rows += [line for event in detail.events for line in event_lines(event, width)] or [_NOTHING]
    return rows


def _trial(t: TraderView) -> list[Line]:
    """The arm of its next attempt, where a trial decides it."""
    return [pair("trial", (f"{formats.clean(t.trial, 24)} is next", "title"))] if t.trial else []


_NOTHING: Line = (("none yet", "dim"),)


def _summary(t: TraderView, view: View) -> list[Line]:
    hung = "" if t.hung_s is None else formats.duration(view.now_s - t.hung_s)
    reason = formats.displayed(t.gate_text or t.gate)
    quoted = None if t.quoted_s is None else view.now_s - t.quoted_s
    return [
        pair(
            "state",
            (t.state.value, STATE_STYLES[t.state]),
            (f"  {reason}" if reason else "  trades", "value"),
        ),
        pair(
            "next",
            (trader_words.coming(t, view), "value"),
            (f"  last {t.last_result or '-'}", "dim"),
            (f"  quotes {formats.duration(quoted)}{'!' if t.stale else ''}", "dim"),
            (f"  suspect {t.suspect:,}" if t.suspect else "", "value"),
        ),
        pair(
            "debits",
            (f"{formats.percent(t.fills, t.attempts)} %", "title"),
            (f"  {formats.ratio(t.fills, t.attempts)}", "value"),
            (f"  95 % [{formats.interval(t.low, t.high)}]", "dim"),
            (f"  p50 {formats.duration(t.fill_p50_s)}", "dim"),
        ),
        pair(
            "credits",
            (f"{formats.percent(t.completions, t.filled_cycles)} %", "title"),
            (f"  {formats.ratio(t.completions, t.filled_cycles)}", "value"),
            (f"  p50 {formats.duration(t.hedge_p50_s)}", "dim"),
        ),
        pair(
            "balance",
            (f"net {formats.signed(t.net_contracts)}", "title" if t.net_contracts else "value"),
            (f"  floor {formats.money(t.floor_c)}", "title"),
            (f"  open {formats.money(t.open_c, signed=False)}", "value"),
        ),
        pair(
            "cash",
            (formats.money(t.matched_c - t.open_c), "dim"),
            (f"  fees {formats.money(t.fees_c, signed=False)}", "dim"),
        ),
        *([pair("legged", (hung, "title"), (f"  stage {t.stage}", "value"))] if hung else []),
    ]


def dollars(t: TraderView, detail: TraderDetail | None, view: View) -> list[Line]:
    """What it guarantees for its orders, its time and the capital it ties, beside the desk's."""
    desk = view.snapshot.totals
    hourly_c = None if detail is None else detail.result_an_hour_c(t.result_c)
    hours = "" if detail is None else f"  {detail.trader_hours:.1f} h open"
    thin: Line = (("  THIN", "p3"),) if detail is not None and detail.thin else ()
    return [
        (
            *_beside("$/order", _cents(t.result_an_order_c), _cents(desk.result_an_order_c)),
            (f"  {t.orders:,} orders", "dim"),
            *thin,
        ),
        (
            *_beside(formats.TRH, _cents(hourly_c), _cents(desk.result_a_trader_hour_c)),
            (hours, "dim"),
        ),
        (
            *_beside("$-days/$", _days(t.tied), _days(desk.tied)),
            (f"  {t.tied.pairs:,} pairs", "dim"),
        ),
        _share_of_gains(t, view),
    ]


def _share_of_gains(t: TraderView, view: View) -> Line:
    """Its part in the gains of all traders, and the greatest; "-" where it gained nothing."""
    spread = activity.by_trader_and_symbol(view)[0]
    if spread.share is None or spread.effective is None:
        return pair("of gains", ("-", "title"))
    ours = "-" if t.result_c <= 0 else formats.part(t.result_c / spread.gains_c)
    best = next(row for row in view.snapshot.traders if row.key == spread.best)
    return pair(
        "of gains",
        (ours, "title"),
        (f"  best {trader_words.chain_name(best)} {formats.part(spread.share)}", "value"),
        (f"  like {spread.effective:,.1f} of {spread.gaining:,}", "dim"),
    )


def _beside(name: str, ours: str, desk: str) -> Line:
    return pair(name, (ours, "title"), (f"  desk {desk}", "value"))


def _cents(cents: float | None) -> str:
    return "-" if cents is None else formats.money(round(cents))


def _days(tied: Tied) -> str:
    """Dollars times days for each guaranteed dollar; "-" where no dollar is guaranteed."""
    return formats.dollar_days(tied.dollar_days)


def _cycle(detail: TraderDetail, width: int) -> list[Line]:
    stage = formats.clean(detail.stage, 12)
    cycle = wrapped(formats.displayed(detail.cycle) or "idle", width, "value", 2)
    if not detail.stage and detail.needed_c is None:
        return [(("CYCLE", "title"),), *cycle]
    needed = formats.price(detail.needed_c)
    needs: Line = (
        ("stage ", "label"),
        (stage or "-", "title"),
        ("  credit needed ", "label"),
        (needed, "title"),
    )
    return [(("CYCLE", "title"),), *cycle, needs]


def _gates(detail: TraderDetail, width: int) -> list[Line]:
    """What stops it, in the order asked; the gates that pass by name only."""
    rows: list[Line] = [(("GATES", "title"), ("  in the order they are asked", "label"))]
    if not detail.gates:
        return [*rows, (("not in the journal", "dim"),)]
    for code, passes, text in detail.gates:
        if not passes:
            stop = f"{formats.clean(code, 20)}: {formats.clean(text)}"
            rest = wrapped(stop, width - 6, "value")
            rows += [(("STOP  ", "p2"), *rest[0]), *((("      ", "text"), *r) for r in rest[1:])]
    passing = [formats.clean(code, 20) for code, passes, _ in detail.gates if passes]
    return [*rows, *wrapped("pass  " + " ".join(passing), width, "dim", 6)]


def _opportunity(detail: TraderDetail, width: int) -> list[Line]:
    rows: list[Line] = [
        (("BEST OPPORTUNITY", "title"),),
        *wrapped(formats.clean(detail.opportunity) or "none found", width, "value"),
    ]
    for leg in detail.opportunity_legs:
        market = "?" if leg.bid is None or leg.ask is None else f"{leg.bid:.2f}/{leg.ask:.2f}"
        word = "buy " if leg.quantity > 0 else "sell"
        rows.append(
            (
                (f"  {word} {abs(leg.quantity)}  ", "value"),
                (f"{formats.strike(leg.strike):>9}{formats.clean(leg.right, 1)}  ", "value"),
                (market, "dim"),
                (f"  {time_left(leg)}" if leg.inside else "", "value"),
            )
        )
    if detail.exclusions:
        text = ", ".join(f"{formats.clean(name, 40)} {n}" for name, n in detail.exclusions)
        rows += wrapped(f"left out: {text}".replace("_", " "), width, "dim", 10)
    return rows
