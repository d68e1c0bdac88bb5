"""Trials: the card before one, its course while it runs, what came of it, and the ledger."""

from __future__ import annotations

from typing import Final

from engine.snapshot import AdviceLedger, TrialNeeds, TrialView
from tui.text import formats
from tui.text.lines import Line, wrapped
from tui.viewmodel.phase import pair
from tui.viewmodel.view import View

UNIT = formats.TRADER_HOUR
FIRST_PAIRS = 5
"""Pairs from which on a trial is looked at; harm ends it at any time."""

LEVERS: Final = {
    "size": "contracts",
    "cancel_ms": "milliseconds",
    "buy_location": "0 to 1",
    "sell_location": "0 to 1",
    "minimum_floor": "dollars a share",
    "objective": "floor or credit",
    "delay": "seconds, such as 3-12",
    "hours": "exchange hours, such as 10,11,12",
    "pause": "",
    "placebo": "",
}
"""What a person can try, and how its value is typed; "" where it has none."""

_MARGIN = 8
"""Cells of the number of pairs before a course's line."""


def of(view: View, recommendation: str) -> TrialView | None:
    """The latest trial of a recommendation; None where there was none."""
    found = (t for t in view.snapshot.trials if t.recommendation == recommendation)
    return next(found, None)


def running(view: View) -> list[TrialView]:
    """Those that have not ended."""
    return [t for t in view.snapshot.trials if not t.end]


def dollars(value: float | None) -> str:
    """An effect, with its sign; "?" where nothing is known."""
    return formats.UNKNOWN if value is None else f"{value:+,.2f}"


def interval(low: float | None, high: float | None) -> str:
    """An interval of effects."""
    return "[?]" if low is None or high is None else f"[{dollars(low)},{dollars(high)}]"


def brief(t: TrialView) -> str:
    """Where a trial stands, for one line of the list."""
    if t.end:
        return f"{t.id} {t.end}  {dollars(t.effect)} {interval(t.low, t.high)}"
    if t.waiting:
        return f"{t.id} begins with the next session"
    return f"{t.id} {t.pairs:,} pairs  {dollars(t.effect)} {interval(t.low, t.high)}"


def card(needs: TrialNeeds | None, width: int) -> list[Line]:
    """What a trial would take, before it is started."""
    if needs is None:
        return []
    lines: list[Line] = [(), (("TRIAL", "title"),)]
    if needs.attempts:
        sessions = f"{needs.sessions:,} session{'s' * (needs.sessions != 1)}"
        text = (
            f"about {needs.attempts:,} attempts, {sessions}, until four of five such trials have a "
            f"verdict, were the gain the smallest worth having: {needs.smallest:,.2f} {UNIT}"
        )
        lines += wrapped(text, width, "value")
    if needs.refusal:
        lines += wrapped(f"not now: {formats.displayed(needs.refusal)}", width, "title")
    return lines


def in_full(t: TrialView, view: View, width: int) -> list[Line]:
    """A trial's arms, difference, course and cost, and how it ends or has ended."""
    lines: list[Line] = [
        (),
        ((f"TRIAL {formats.clean(t.id, 6)}  ", "title"), (t.end or "running", "title")),
    ]
    lines += [(("in force ", "label"), *rest) for rest in _in_force(t, view, width - 9)]
    unit = {"attempt": "single attempts", "session": "whole sessions"}.get(t.design, "blocks")
    block = f", block {t.block:,}" if t.block and not t.end else ""
    lines.append(pair("by coin", (f"{unit}{block}", "value")))
    expected = "; a verdict was expected in about" if t.end else " of about"
    lines.append(pair("pairs", (f"{t.pairs:,}{expected} {t.pairs_needed:,}", "value")))
    if not t.end:
        when = f"harm at once, else from {FIRST_PAIRS} pairs on; by {t.most_pairs:,} at the latest"
        lines += _labelled("ends", when, width)
    effect = f"{dollars(t.effect)} {interval(t.low, t.high)} {UNIT}"
    lines += _labelled("measured", effect, width, "title")
    lines += _labelled(
        "arms",
        f"before {t.before_usd_hour:,.2f}, after {t.after_usd_hour:,.2f} {UNIT}; attempts "
        f"{t.attempts[0]:,} and {t.attempts[1]:,}, units {t.units[0]:,} and {t.units[1]:,}, hung "
        f"{t.hung[0]:,} and {t.hung[1]:,}",
        width,
    )
    so_far = "" if t.end else " so far"
    against = f"{so_far} against the arm before in the same time"
    cost = f"{abs(t.cost_usd):,.2f} $ {'lost' if t.cost_usd > 0 else 'earned'}{against}"
    lines += _labelled("cost", cost if t.cost_usd > 0 else f"none: {cost}", width)
    if t.points:
        head: Line = (("COURSE", "title"), (f"  {formats.TRH} by pairs", "label"))
        lines += [(), head, *course(t, view, width)]
    if t.end:
        lines += _outcome(t, width)
    return lines


def _in_force(t: TrialView, view: View, width: int) -> list[Line]:
    proposed = view.snapshot.recommendations
    state = next((r.state for r in proposed if r.id == t.recommendation), "kept")
    if t.end == "KEPT" and state not in ("kept", "trial"):
        how = "it was taken back" if state == "undone" else "it was not put in force"
        return wrapped(f"the former value: {how}", width, "value")
    if t.end == "KEPT":
        return wrapped("the value after: it stays, until u takes it back", width, "value")
    if t.end:
        return wrapped("the former value", width, "value")
    if t.waiting:
        return wrapped("approved, not in force in this block", width, "title")
    after = [key for key, is_after in t.arms if is_after]
    if len(t.arms) == 1:
        unit = "its next attempt" if t.design == "attempt" else "this block"
        text = "the value after is next" if after else f"approved, not in force in {unit}"
    else:
        text = f"the value after is next on {len(after)} of {len(t.arms)} traders"
    return wrapped(text, width, "value")


def _labelled(name: str, text: str, width: int, style: str = "value") -> list[Line]:
    head = pair(name)
    room = len("".join(text for text, _ in head))
    first, *rest = wrapped(text, width - room, style)
    return [(*head, *first), *(((" " * room, "text"), *line) for line in rest)]


def course(t: TrialView, view: View, width: int) -> list[Line]:
    """How the interval narrowed: a line for each remembered number of pairs.

    Zero and the smallest gain worth having stand on one scale with every interval; what is not
    bounded yet reaches to its end.
    """
    known = [(p.low, p.high) for p in t.points if p.low is not None and p.high is not None]
    ends = [bound for low, high in known[-4:] for bound in (low, high)]
    values = [*ends, *(p.effect for p in t.points[-3:]), 0.0, t.smallest]
    least, most = min(values), max(values)
    cells = max(10, width - _MARGIN - 1)
    span = (most - least) or 1.0

    def at(value: float) -> int:
        return round(max(0.0, min(1.0, (value - least) / span)) * (cells - 1))

    glyphs = view.glyphs
    lines: list[Line] = []
    for point in t.points:
        low = 0 if point.low is None else at(point.low)
        high = cells - 1 if point.high is None else at(point.high)
        row = [" "] * cells
        for cell in range(low, high + 1):
            row[cell] = glyphs.track
        for value in (0.0, t.smallest):
            row[at(value)] = glyphs.axis
        row[at(point.effect)] = glyphs.here
        lines.append(((f"{point.pairs:>{_MARGIN - 1},} ", "label"), ("".join(row), "value")))
    marks = [" "] * cells
    marks[at(0.0)] = "0"
    label = f"{t.smallest:,.2f}"
    start = min(at(t.smallest), cells - len(label))
    if start > at(0.0) + 1:
        marks[start : start + len(label)] = label
    return [*lines, ((" " * _MARGIN, "label"), ("".join(marks), "label"))]


def _outcome(t: TrialView, width: int) -> list[Line]:
    lines: list[Line] = [(), (("WHAT CAME OF IT", "title"),)]
    for reason in t.reasons:
        lines += wrapped(formats.displayed(reason), width, "value")
    lines += _labelled("promised", "nothing" if t.predicted is None else _promise(t), width)
    shrunk = "" if t.shrunk is None else f", shrunk for having stopped {dollars(t.shrunk)}"
    lines += _labelled("measured", f"{dollars(t.effect)}{shrunk} {UNIT}", width)
    if t.end == "KEPT":
        held = "not traded yet" if t.next_usd_hour is None else f"{t.next_usd_hour:,.2f} {UNIT}"
        lines += _labelled("next day", held, width)
    return lines


def _promise(t: TrialView) -> str:
    return f"{dollars(t.predicted)} {interval(t.predicted_low, t.predicted_high)}"


def ledger(view: View, width: int) -> list[Line]:
    """What advice promised and what trials measured, and how good the promises were."""
    ended = [t for t in view.snapshot.trials if t.end]
    if not ended:
        return []
    lines: list[Line] = [(), (("LEDGER OF ADVICE", "title"), (f"  {formats.TRH}", "label"))]
    for t in ended:
        promised = "nothing promised" if t.predicted is None else f"promised {_promise(t)}"
        shrunk = "" if t.shrunk is None else f", shrunk {dollars(t.shrunk)}"
        measured = f"{dollars(t.effect)}{shrunk}"
        held = "" if t.next_usd_hour is None else f", next day {t.next_usd_hour:,.2f}"
        what = f"{t.id} {formats.clean(t.setting, 20)}: {t.end}"
        lines += wrapped(f"{what}, {promised}, measured {measured}{held}", width, "value", 2)
    return [*lines, *calibration(view.snapshot.ledger, width)]


def calibration(found: AdviceLedger, width: int) -> list[Line]:
    """How good the promises of advice were."""
    text = f"{found.kept} of {found.trials} trials kept. {found.told}"
    return wrapped(text.strip(), width, "dim")
