"""RECOMMENDATIONS: what the engine proposes, as rows of the pane and one in full."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.snapshot import EngineSnapshot, RecommendationView
from tui.lists.declared import DeskList, greatest
from tui.pane_numbers import RECOMMENDATIONS
from tui.text import formats
from tui.text.columns import Column
from tui.text.lines import Line, Span, spread, width_of, wrapped
from tui.viewmodel import trials
from tui.viewmodel.phase import figure, pair, rate_lines
from tui.viewmodel.view import View

SEPARATED = "SEPARATED"
PROMISING = "PROMISING"
STRONG = (SEPARATED, PROMISING)
"""Verdicts for which one key starts a trial."""

IN_FORCE = ("applied", "kept", "carried")
"""States in which the value is in force for good; undo takes it back."""

_ORDER = {"ready": 0, "trial": 0, "applied": 1, "kept": 1, "carried": 1, "snoozed": 2}

DECIDED = 3
"""Most decided or expired recommendations, the newest first, listed under those that matter."""

INDENT = 5
"""Cells before the lines under a recommendation's first."""

_UNITS = (("_ms", "ms"), ("_seconds", "s"), ("_s", "s"), ("contracts", "lots"))

_STATES = {"snoozed": "PUT ASIDE"}
"""States that a key has another word for."""

_WEAK = {
    "NOT SEPARATED": "no gain worth having is shown: keep collecting",
    "THIN": "too few quarter hours to say anything",
    "CENSORED": "the cancel timer hides what would have filled later",
    "CONFOUNDED": "something else changed with it",
}


def expired(r: RecommendationView, now_s: float) -> bool:
    """Whether its time to be answered is over, even if the engine has not said so yet."""
    return r.state == "ready" and r.expires_s is not None and r.expires_s <= now_s


def rows(snapshot: EngineSnapshot, all_decided: bool = False) -> list[RecommendationView]:
    """Those that wait for an answer, the promising first, then the applied, then a few decided.

    Args:
        all_decided: whether all that are decided are wanted, and not a few.
    """

    def rank(r: RecommendationView) -> tuple[object, ...]:
        state = 4 if expired(r, snapshot.now_s) else _ORDER.get(r.state, 3)
        weak = r.verdict not in STRONG and r.state != "trial"
        return state, state == 0 and weak, -r.made_s, r.id

    ordered = sorted(snapshot.recommendations, key=rank)
    decided = [r for r in ordered if r.state not in _ORDER or expired(r, snapshot.now_s)]
    hidden = {r.id for r in decided[DECIDED:]} if not all_decided else set()
    return [r for r in ordered if r.id not in hidden]


def whom(r: RecommendationView) -> str:
    """The trader it is for."""
    return "all traders" if r.trader == "*" else formats.displayed(r.trader, 24)


def _source(view: View) -> Sequence[RecommendationView]:
    """Those that matter; where there is a screen for them, all."""
    snapshot, state = view.snapshot, view.state

    def look() -> Sequence[RecommendationView]:
        return rows(snapshot, all_decided=state.alone)

    return state.once("recommendations", snapshot, state.alone, look)


def _kind(r: RecommendationView) -> str:
    return r.kind


LIST = DeskList(
    name="recommendations",
    title="recommendations",
    pane=RECOMMENDATIONS,
    source=_source,
    key=lambda r: r.id,
    text=lambda r: formats.displayed(
        f"{r.id} {r.kind} {whom(r)} {r.setting} {r.verdict} {_STATES.get(r.state, r.state)}"
    ),
    columns=(
        Column("ID", 6, lambda r, v: r.id, sort=lambda r: -r.made_s, value=lambda r: r.id),
        Column("KIND", 8, lambda r, v: r.kind, sort=_kind, value=_kind),
        Column("TRADER", 20, lambda r, v: whom(r), sort=whom, value=lambda r: r.trader),
        Column("SETTING", 20, lambda r, v: r.setting, sort=lambda r: r.setting,
               value=lambda r: r.setting),
        Column("BEFORE", 8, lambda r, v: _value(r, r.before), value=lambda r: str(r.before)),
        Column("AFTER", 8, lambda r, v: _value(r, r.after), value=lambda r: str(r.after)),
        Column("VERDICT", 16, lambda r, v: r.verdict, sort=lambda r: r.verdict,
               value=lambda r: r.verdict),
        Column("STATE", 8, lambda r, v: r.state, sort=lambda r: r.state, value=lambda r: r.state),
        Column("EFFECT", 8, lambda r, v: str(r.effect), sort=lambda r: greatest(r.effect),
               value=lambda r: r.effect),
        Column("LOW", 8, lambda r, v: str(r.effect_low), value=lambda r: r.effect_low),
        Column("HIGH", 8, lambda r, v: str(r.effect_high), value=lambda r: r.effect_high),
        Column("UNIT", 20, lambda r, v: r.unit, value=lambda r: r.unit),
        Column("MADE", 8, lambda r, v: formats.clock(r.made_s), sort=lambda r: -r.made_s,
               value=lambda r: r.made_s, unit="epoch s"),
        Column("OUTCOME", 20, lambda r, v: r.outcome, value=lambda r: r.outcome),
    ),
    native="what waits",
)  # fmt: skip


def ready(rows: Iterable[RecommendationView], now_s: float) -> int:
    """Number of these recommendations that wait for an answer at an epoch second."""
    return sum(r.state == "ready" and not expired(r, now_s) for r in rows)


def change(r: RecommendationView, view: View, between: str = " ") -> str:
    """The proposed change, such as "3 → 2 lots".

    Args:
        between: what is on both sides of the arrow.
    """
    unit = next((f" {unit}" for ending, unit in _UNITS if r.setting.endswith(ending)), "")
    arrow = f"{between}{view.glyphs.becomes}{between}"
    return f"{_value(r, r.before)}{arrow}{_value(r, r.after)}{unit}"


def _value(r: RecommendationView, value: object) -> str:
    """A value in words: whether a trader trades or rests, a count with its thousands."""
    if isinstance(value, bool):
        return "rests" if value else "trades"
    return f"{value:,}" if isinstance(value, int) else formats.clean(value, 24)


def effect(r: RecommendationView, room: int = 999) -> str:
    """The expected effect with its interval in its unit, in shorter words where room is scarce."""
    unit = formats.clean(r.unit, 24)
    if r.effect is None:
        return f"effect ? {unit}"
    shown, bounds = f"{r.effect:+,.2f} ", ["?"]
    if r.effect_low is not None and r.effect_high is not None:
        bounds = [_bound(r.effect_low), _bound(r.effect_high)]
    interval = f" [{_apart(bounds).join(bounds)}]"
    if len(shown + unit + interval) > room:
        unit = unit.replace(formats.TRADER_HOUR, formats.TRH)
    if len(shown + unit + interval) > room:
        plain = [bound.replace(",", "") for bound in bounds]
        shown, interval = shown.replace(",", ""), f" [{','.join(plain)}]"
    return shown + unit + interval


def _apart(bounds: Sequence[str]) -> str:
    """What divides the ends of an interval; a comma alone would read as one of thousands."""
    return ", " if any("," in bound for bound in bounds) else ","


def _bound(value: float) -> str:
    """An end of the interval; one just off zero is not shown as zero, which would contradict."""
    return f"{value:+,.2f}" if value == 0 or abs(value) >= 0.005 else f"{value:+.1g}"


def verdict(r: RecommendationView, now_s: float) -> Span:
    """The verdict, or what became of the recommendation."""
    if expired(r, now_s):
        return "EXPIRED", "dim"
    if r.state != "ready":
        return _STATES.get(r.state, formats.clean(r.state, 12).upper()), "dim"
    return formats.clean(r.verdict, 16), "title" if r.verdict == PROMISING else "value"


def _heads(r: RecommendationView, view: View, width: int, style: str, bold: str) -> list[Line]:
    """What would change for whom: on one line, or the change on a line of its own."""
    first: Line = (
        (f"{formats.clean(r.id, 6):<3} {formats.clean(r.kind, 14):<6} ", style),
        (whom(r), style),
    )
    for between in (" ", ""):
        last: Line = (("  ", "text"), (change(r, view, between), bold))
        if width_of(first) + width_of(last) <= width:
            return [(*first, *last)]
    rest = wrapped(change(r, view), width - INDENT, bold)
    return [first, *(((" " * INDENT, "text"), *line) for line in rest)]


def block(r: RecommendationView, view: View, width: int, detail: int) -> list[Line]:
    """One recommendation in as many lines as it needs, none of them cut.

    Args:
        detail: 0 for the change, its effect and the verdict; 1 with its arms; 2 with the evidence.
    """
    outcome = verdict(r, view.now_s)
    waits = r.state == "ready" and not expired(r, view.now_s)
    style = "value" if waits or r.state in (*IN_FORCE, "trial") else "dim"
    bold = "title" if waits else style
    name: Span = (f"{formats.clean(r.id, 6):<3} {formats.clean(r.kind, 14):<6} ", style)
    heads = _heads(r, view, width, style, bold)
    short: Line = (name, (f"{whom(r):<12}  ", style), (change(r, view, ""), bold))
    indent: Span = (" " * INDENT, "text")
    trial = trials.of(view, r.id)
    beside = width - INDENT - len(outcome[0]) - 2
    figures = effect(r, beside) if trial is None else trials.brief(trial)
    brief = effect(r, 0) if trial is None else figures
    lines: list[Line] = [*heads]
    if width_of(short) + len(brief) + len(outcome[0]) + 4 <= width:
        lines = [spread((*short, ("  ", "text"), (brief, "dim")), (outcome,), width)]
    elif len(figures) <= beside:
        lines.append(spread((indent, (figures, "dim")), (outcome,), width))
    else:
        lines += [(indent, *line) for line in wrapped(figures, width - INDENT, "dim")]
        lines.append((indent, outcome))
    if detail >= 1:
        for arm in r.arms:
            rate = f"{formats.percent(arm.k, arm.n)} % [{formats.interval(arm.low, arm.high)}]"
            text = f"{formats.clean(arm.label, 10):<7} {rate}  {formats.ratio(arm.k, arm.n)}"
            if figure(arm):
                text += (
                    f"  {figure(arm)} {'lots/att' if arm.dollars_per_hour is None else formats.TRH}"
                )
            lines += [(indent, *line) for line in wrapped(text, width - INDENT, "dim")]
    if detail >= 2:
        for text in r.evidence:
            if any(text.lower().startswith(f"{arm.label.lower()}:") for arm in r.arms):
                continue  # the arm has a line of its own
            evidence = wrapped(formats.displayed(text), width - INDENT, "dim", 2)
            lines += [(indent, *line) for line in evidence]
    return lines


def in_full(r: RecommendationView, view: View, width: int) -> list[Line]:
    """One recommendation in full: the change, its evidence, its verdict, how it is taken back."""
    outcome = verdict(r, view.now_s)
    expires = ""
    if r.state in ("ready", "snoozed") and r.expires_s is not None and not expired(r, view.now_s):
        expires = f"  expires in {formats.countdown(r.expires_s - view.now_s)}"
    lines: list[Line] = [
        pair("change", (formats.clean(r.setting, 40), "value"), (f"  {change(r, view)}", "title")),
        pair("trader", (whom(r), "value")),
        pair("bounds", (formats.clean(r.bounds, 60) or "-", "value")),
        pair("verdict", outcome),
    ]
    if r.state == "ready" and r.verdict in _WEAK:
        lines.append(pair("", (_WEAK[r.verdict], "dim")))
    trial = trials.of(view, r.id)
    if trial is None or not trial.end:  # what an ended trial promised stands with what came of it
        name = "effect" if trial is None else "promised"
        lines.append(pair(name, (effect(r).removeprefix("effect "), "title")))
    lines.append(pair("made", (formats.clock(r.made_s), "value"), (expires, "dim")))
    if trial is not None:
        lines += trials.in_full(trial, view, width)
    lines += [(), *rate_lines("EVIDENCE", r.arms, width, view)]
    for text in r.evidence:
        lines += wrapped(formats.displayed(text), width, "value", 2)
    lines += trials.card(r.needs, width)
    lines += [(), (("REVERT", "title"),)]
    lines += wrapped(formats.clean(r.revert_rule) or "-", width, "value")
    if r.outcome:
        lines += [
            (),
            (("OUTCOME", "title"),),
            *wrapped(formats.displayed(r.outcome), width, "value"),
        ]
    lines += [(), _answer(r, view)]
    return lines


def _answer(r: RecommendationView, view: View) -> Line:
    if expired(r, view.now_s):
        return (("expired: the engine makes a new one if the evidence holds", "dim"),)
    if not view.answers:
        return ()
    if r.state in IN_FORCE:
        return (("u", "key"), (" undo restores the former value", "key_text"))
    if r.state in ("snoozed", "rejected"):
        return (("u", "key"), (" take back: it waits for an answer again", "key_text"))
    if r.state == "trial":
        return (("X", "key"), (" ends the trial; the former value is back", "key_text"))
    if r.state != "ready":
        return ((f"{formats.clean(r.state, 12)}: nothing to answer", "dim"),)
    if r.verdict in STRONG:
        approve: Line = (("y", "key"), (" try it  ", "key_text"))
    else:
        approve = ((":", "key"), (" Try weak evidence  ", "key_text"))
    rest: Line = (("n", "key"), (" reject  ", "key_text"), ("z", "key"), (" aside", "key_text"))
    return (*approve, *rest)
