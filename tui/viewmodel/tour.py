"""The guided tour: what each step points at and says, with the values that the desk has now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from engine.snapshot import EngineState
from tui.actions.keymap import Keymap
from tui.layout import TWO_COLUMNS
from tui.pane_numbers import ALARMS, BALANCES, TRADERS
from tui.text import formats
from tui.text.lines import Line, wrapped
from tui.viewmodel import alarms, recommendations, trader_words
from tui.viewmodel.frame import Box, framed
from tui.viewmodel.view import View

TEXT_ROWS: Final = 4
"""Rows of words at 80 columns; a wider card needs one less, and has a lower side instead."""

_BEFORE: Final = (EngineState.STARTING, EngineState.WARMING)

OFFERED: Final = 0
"""The step before the first: whether somebody wants a tour."""


@dataclass(frozen=True, slots=True)
class Step:
    """One stop of the tour.

    Args:
        title: what it is about.
        place: the screen it shows, as the registry of actions calls it.
        pane: the pane of the main screen that the keys are in.
        points: whether that pane, or the screen's own, is what it is about.
        words: what it says; given the view and the keys in force.
    """

    title: str
    place: str
    pane: int
    words: Callable[[View, Keymap], str]
    points: bool = True


def _does(view: View, keymap: Keymap) -> str:
    totals, number = view.snapshot.totals, len(view.snapshot.traders)
    return (
        "Each row is a trader, which looks after one symbol and one expiration. It buys a debit "
        "spread, which costs money, and once that has filled it sells a credit spread against it, "
        f"for more. Here {formats.plural(number, 'trader')}: {totals.fills:,} debits have filled, "
        f"{totals.completions:,} have their credit."
    )


def _open(view: View, keymap: Keymap) -> str:
    units, unhedged = len(view.snapshot.units), view.snapshot.totals.unhedged
    now = f"{units:,} open with {formats.plural(unhedged, 'contract')}" if units else "none is open"
    return (
        "Debit contracts bought (DB) and credit contracts sold against them (CR), by chain. A "
        "debit without its credit is open, unhedged: that is where money can be lost. A ladder "
        f"of steps completes it. Now {now}; {keymap.first('hung')} lists them and the ways out."
    )


def _guaranteed(view: View, keymap: Keymap) -> str:
    floor = formats.whole(view.snapshot.totals.floor_c)
    return (
        f"{view.glyphs.asc} The second line of the screen begins with the floor, {floor} dollars "
        "now: what finished pairs pay at least when they expire, after fees, whatever the market "
        "does. Cash is no profit, it may be owed by then. What is unknown is ?, what is old has !."
    )


def _why(view: View, keymap: Keymap) -> str:
    key = view.state.selected(TRADERS)
    chosen = next((t for t in view.snapshot.traders if t.key == key), None)
    reason = "" if chosen is None else trader_words.why(chosen)
    name = "no trader" if chosen is None else trader_words.chain_name(chosen)
    says = f"{name}: {reason}" if reason else f"nothing keeps {name} from trading"
    return (
        "Why does a trader not trade? The line over the keys, at the foot of the screen, says it "
        f"of the row under the cursor ({formats.clean(says, 70)}). "
        f"{keymap.first('down')} {keymap.first('above')} move, {keymap.first('detail')} shows "
        f"every gate, {keymap.first('up')} comes back."
    )


def _pause(view: View, keymap: Keymap) -> str:
    key = view.state.selected(TRADERS)
    chosen = next((t for t in view.snapshot.traders if t.key == key), None)
    now = f", {trader_words.chain_name(chosen)} is {chosen.state.value} now" if chosen else ""
    return (
        f"{keymap.first('pause')} pauses the trader under the cursor{now}; "
        f"{keymap.first('resume')} resumes it. {keymap.first('pause-symbol')} "
        f"{keymap.first('resume-symbol')}: its symbol. {keymap.first('halt')} halts all entries. "
        "What is open is completed all the same. What lowers risk is one key, at once; what adds "
        "risk wants a second one."
    )


def _kill(view: View, keymap: Keymap) -> str:
    a, b, c = alarms.alarm_counts(view.snapshot)
    return (
        f"{keymap.first('kill')} on any screen: no new debit, until a typed word lifts that; "
        "pressed again it cancels every order. The tour never presses it. ALARMS has what wants "
        f"an answer, and says which: {a} of P1 (act now), {b} of P2, {c} of P3 now; "
        f"{keymap.first('ack')} says that you saw it."
    )


def _review(view: View, keymap: Keymap) -> str:
    ready = recommendations.ready(view.snapshot.recommendations, view.now_s)
    return (
        "The desk counts every attempt and says what would guarantee more: other sizes, hours or "
        f"times, with its evidence; {ready} ready now. {keymap.first('approve')} starts the trial "
        f"that proves one, {keymap.first('reject')} rejects it, THIN is too little to tell. "
        "Nothing is changed by itself."
    )


def _day(view: View, keymap: Keymap) -> str:
    sent = view.snapshot.totals.orders_today
    return (
        "The session over its time: floor, fill rate, unhedged dollars, day loss, orders "
        f"({sent:,} so far), alarms. {keymap.first('earlier')} {keymap.first('later')} read the "
        "values of any minute; letters under a plot mark phases, pauses, alarms and trials. "
        f"{keymap.first('day')} opens it."
    )


def _report(view: View, keymap: Keymap) -> str:
    return (
        "What the session came to, to take away: it is also written when the desk ends, and "
        f"{keymap.first('export')} writes it now. {keymap.first('report')} opens it. "
        f"{keymap.first('help')} lists the keys of any screen and, on its second page, every "
        f"word. {keymap.first('quit')} ends the desk. {keymap.first('tour')} ends the tour."
    )


STEPS: Final = (
    Step("WHAT THE DESK DOES", "main", TRADERS, _does),
    Step("DEBIT IN, CREDIT OUT", "main", BALANCES, _open),
    Step("WHAT IS GUARANTEED", "main", TRADERS, _guaranteed, points=False),
    Step("WHY IT DOES NOT TRADE", "main", TRADERS, _why),
    Step("PAUSE AND RESUME", "main", TRADERS, _pause),
    Step("STOP, AND ALARMS", "main", ALARMS, _kill),
    Step("WHAT THE DESK ADVISES", "review", TRADERS, _review),
    Step("THE DAY SO FAR", "day", TRADERS, _day),
    Step("THE REPORT, AND HELP", "report", TRADERS, _report),
)


def step_of(view: View) -> Step | None:
    """The step in front; None where there is no tour, or where it is only offered."""
    return STEPS[view.state.tour - 1] if view.state.tour else None


def rows(view: View, place: str, width: int) -> int:
    """Rows the card takes under the header; 0 where there is none.

    Args:
        view: never frozen.
        place: the screen in front, as the registry of actions calls it.
        width: columns of the terminal.
    """
    wanted = view.state.tour is not None and (view.state.tour != OFFERED or place == "main")
    if not wanted or place in ("small", "splash") or view.snapshot.state in _BEFORE:
        return 0
    return TEXT_ROWS + 1 + bool(_alarm(view, width))


def _alarm(view: View, width: int) -> Line:
    """The gravest alarm that wants an answer: no step of a tour may keep it out of sight."""
    waiting = [a for a in alarms.rows(view.snapshot) if a.state == "unacked" and a.priority < 3]
    return alarms.line(waiting[0], view, width) if waiting else ()


def card(view: View, keymap: Keymap, width: int, height: int) -> list[Line]:
    """The step in front, or the offer of a tour.

    Args:
        view: never frozen.
        keymap: the keys in force.
        width: columns of the terminal.
        height: rows of the card.
    """
    step, boxed = step_of(view), width >= TWO_COLUMNS
    on, leaves = keymap.first("tour"), keymap.first("up")
    if step is None:
        title, status = "NEW HERE?", f"{on} begin the tour  {leaves} not now"
        text = (
            "This is a simulated exchange inside the program: no account, no network, no money. "
            f"A tour of {len(STEPS)} steps shows what is on the screen, and presses nothing for "
            f"you. Later {on} begins it, or : tour; {keymap.first('help')} lists every key."
        )
    else:
        title = f"TOUR {view.state.tour} of {len(STEPS)}: {step.title}"
        further = "end" if view.state.tour == len(STEPS) else "next"
        status = f"{on} {further}  {keymap.first('tour-back')} back  {leaves} leave"
        text = step.words(view, keymap)
    box = Box(width, height, boxed, False)
    body: list[Line] = [
        ((" ", "text"), *line) for line in wrapped(text, box.inner_width - 2, "value")
    ]
    if alarm := _alarm(view, box.inner_width):
        room = box.inner_height - 1
        body = [*body[:room], *[()] * (room - len(body)), alarm]
    return framed(view, box, title, body, status)
