"""From an action's name to what is done: a request, a move on the screen, or another screen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from engine.commands import Ask, Command
from tui.actions import drill_down, groups, listing, questions, settings, take_away, touring
from tui.actions.allowed import is_allowed, read_only
from tui.actions.registry import BY_ID
from tui.actions.requests import COMMANDS, chosen_recommendation
from tui.layout import LAYOUTS, columns_at
from tui.lists.selection import FAR
from tui.own_settings import BELL, LAYOUT
from tui.pane_numbers import ALARMS, CONTRACTS, EVENTS, ORDERS, PAIRS, PANES, TIME, TRADERS
from tui.shown import Shown
from tui.state import ScreenState
from tui.viewmodel import recommendations, report, units

PAGE: Final = 10
QUARTER: Final = 15
"""Minutes, which are samples of the session."""


def _move(step: int) -> Callable[[ScreenState], None]:
    return lambda state: state.move(step)


def _focus(pane: int) -> Callable[[ScreenState], None]:
    return lambda state: state.focus(pane)


OTHER_LIST: Final = {PAIRS: CONTRACTS, CONTRACTS: PAIRS, ALARMS: EVENTS, EVENTS: ALARMS}
"""The other list of a screen that has two of them."""

MOVES: dict[str, Callable[[ScreenState], None]] = {
    "down": _move(1),
    "above": _move(-1),
    "page-down": _move(PAGE),
    "page-up": _move(-PAGE),
    "first": _move(-FAR),
    "last": ScreenState.move_to_end,
    "earlier": lambda state: state.move_in(TIME, -1),
    "later": lambda state: state.move_in(TIME, 1),
    "far-earlier": lambda state: state.move_in(TIME, -QUARTER),
    "far-later": lambda state: state.move_in(TIME, QUARTER),
    "last-pane": lambda state: state.focus_next(-1),
    **{f"pane-{n}": _focus(n) for n in range(1, PANES + 1)},
    "open-only": lambda state: state.show_open_only(not state.open_only),
    "zoom": lambda state: state.zoom(True),
    "unzoom": lambda state: state.zoom(False),
    "contracts": lambda state: state.focus(OTHER_LIST.get(state.pane, state.pane)),
}
"""Actions that change what of a snapshot is shown, and nothing else: they need no newer one."""


def perform(desk: Shown, name: str) -> None:
    """Do the action of that name."""
    if not is_allowed(BY_ID[name], desk.live_view()):
        desk.say(read_only(name, desk.live_view()))
        return
    if name == "undo" and desk.place == "config":
        settings.undo(desk)
    elif name in COMMANDS:
        asked = COMMANDS[name](desk.view(), desk.keymap.first(name))
        if isinstance(asked, str):
            desk.say(asked)
            return
        request(desk, asked)
    elif name in MOVES:
        MOVES[name](desk.state)
    else:
        _OTHERS[name](desk)


OF_TIME: Final = frozenset(
    {Ask.GO, Ask.STEP, Ask.SET_SPEED, Ask.PAUSE_TIME, Ask.RESUME_TIME, Ask.WATCH}
)
"""What may be asked of the past of a run: it moves through time and trades nothing."""


def request(desk: Shown, wanted: list[Command], asked: bool = False) -> None:
    """Hand requests over; what opens entries may ask for more first.

    Args:
        asked: whether a second key has been pressed for them already.
    """
    resumes = any(command.ask is Ask.RESUME for command in wanted)
    shown = desk.live_view().snapshot
    trades = any(command.ask not in OF_TIME for command in wanted)
    if shown.observer is not None or (shown.past and trades):
        desk.say(read_only("", desk.live_view()))
    elif resumes and desk.live_view().snapshot.connection.unarmed:
        questions.arm(desk, wanted)
    elif resumes and len(wanted) > 1 and not asked:
        listing.resume_several(desk, wanted)
    else:
        desk.bridge.submit_all(wanted)


def _kill(desk: Shown) -> None:
    desk.state.freeze(False)
    desk.press_kill()
    desk.close_dialogs()
    desk.arming.clear()


def _up(desk: Shown) -> None:
    if touring.leave(desk):
        return
    if desk.place != "main" and listing.widen(desk):
        return
    if desk.close_screen():
        return
    if desk.state.zoomed:
        desk.state.zoom(False)
    elif not listing.widen(desk):
        desk.state.focus(TRADERS)


def _next_pane(desk: Shown) -> None:
    """The next pane or page; the session's report and its plots are two pages."""
    other = {"report": "day", "day": "report"}.get(desk.place)
    if other is not None:
        desk.open_screen(other)
    else:
        desk.state.focus_next(1)


def _open(place: str) -> Callable[[Shown], None]:
    return lambda desk: desk.open_screen(place)


def _open_at_top(place: str, *panes: int) -> Callable[[Shown], None]:
    """Open a screen whose lists the main screen has too, newest first.

    Unless keys move in such a list already its cursor is where it once was, far down by now.
    """

    def open_it(desk: Shown) -> None:
        for pane in panes:
            if pane != desk.state.pane:
                desk.state.forget_cursor(pane)
        desk.open_screen(place)

    return open_it


def _help(desk: Shown) -> None:
    if desk.place != "help":
        desk.open_screen("help", desk.place, over=True)


def _approve(desk: Shown) -> None:
    chosen = desk.recommendation()
    if chosen is None or not chosen_recommendation(desk.view().snapshot, chosen.id):
        desk.say("nothing to approve here")
    elif chosen.verdict not in recommendations.STRONG:
        desk.say(f"{chosen.verdict}: one key is not enough; : Try weak evidence")
    elif not desk.arming.armed(f"approve:{chosen.id}"):
        desk.say("not yet armed: look first, then press again")
    else:
        desk.bridge.submit(Command(Ask.APPROVE, chosen.id, key=desk.keymap.first("approve")))


def _try_weak(desk: Shown) -> None:
    chosen = desk.recommendation()
    if chosen is None or not chosen_recommendation(desk.view().snapshot, chosen.id):
        desk.say("nothing to try here")
    else:
        desk.bridge.submit(Command(Ask.APPROVE, chosen.id, key="palette"))


def _choose(choice: int) -> Callable[[Shown], None]:
    def choose(desk: Shown) -> None:
        unit = units.chosen_unit(desk.view())
        if unit is not None:
            desk.state.choose(unit.key, choice)

    return choose


def _confirm(desk: Shown) -> None:
    view = desk.view()
    unit, choice = units.chosen_unit(view), units.chosen_index(view)
    if unit is None or choice is None:
        desk.say("nothing is chosen: 1 to 4 first")
    elif unit.refusals[choice]:
        desk.say(f"not now: {unit.refusals[choice]}")
    elif not desk.arming.armed(units.arming_name(view)):
        desk.say("not yet armed: look first, then press again")
    else:
        desk.bridge.submit(
            Command(
                units.CHOICES[choice][0],
                unit.key,
                key=desk.keymap.first("confirm"),
                args={"stage": unit.stage},
            )
        )
        desk.state.forget_choice()


def _write(desk: Shown) -> None:
    name = f"screen-{desk.view().snapshot.version}"
    text = desk.screen_text()
    try:
        path = desk.save_screenshot(f"{name}.svg", str(desk.export_dir()))
    except OSError as error:
        desk.say(f"screen not written: {error.strerror}; check the run's directory")
    else:
        if take_away.write(desk, f"{name}.txt", text):
            desk.say(f"{name}.svg, {name}.txt written in {take_away.briefly(Path(path).parent)}")


def _export(desk: Shown) -> None:
    """Write the report under a name of its own: that of the run's end is the desk's."""
    name = f"report-{desk.view().snapshot.version}"
    data = json.dumps(report.as_data(desk.view().snapshot), indent=1)
    texts = {f"{name}.txt": report.as_text(desk.view()), f"{name}.json": data}
    if all(take_away.write(desk, file, text) for file, text in texts.items()):
        desk.say(f"{name}.txt, {name}.json written in {take_away.briefly(desk.export_dir())}")


COLUMNS: Final = 2
"""Columns by which a key makes a pane wider."""


def _next_layout(desk: Shown) -> None:
    layout = desk.state.arrangement.next_one
    desk.choose_setting(LAYOUT, layout)
    desk.say(f"layout {layout}: {LAYOUTS[layout]}")


def _mute(desk: Shown) -> None:
    desk.choose_setting(BELL, not desk.state.bell)
    desk.say(f"bell {'on' if desk.state.bell else 'off'}")


def _border(beside: bool, by: int) -> Callable[[Shown], None]:
    def move(desk: Shown) -> None:
        if not desk.move_border(beside, by):
            way = "wider or narrower" if beside else "taller or shorter"
            desk.say(f"this pane cannot be made {way} here")

    return move


def _put_back(desk: Shown) -> None:
    before = desk.state.arrangement.moved
    desk.state.arrangement.put_back(columns_at(desk.screen.size.width))
    desk.borders_moved(before)


_OTHERS: dict[str, Callable[[Shown], None]] = {
    "kill": _kill,
    "up": _up,
    "freeze": lambda desk: desk.state.freeze(not desk.state.frozen),
    "detail": drill_down.enter,
    "review": _open("review"),
    "positions": _open("positions"),
    "accept-positions": questions.accept_positions,
    "close-shares": questions.close_shares,
    "help": _help,
    **listing.ACTIONS,
    **groups.ACTIONS,
    **take_away.ACTIONS,
    "tour": touring.go_on,
    "tour-back": touring.go_back,
    "approve": _approve,
    "try-weak": _try_weak,
    "approve-weak": questions.approve_weak,
    "try": questions.try_something,
    "reject": questions.reject,
    "aside": questions.aside,
    "resume-after-kill": questions.resume_after_kill,
    "quit": questions.quit,
    "quit-anywhere": questions.quit,
    "write": _write,
    "export": _export,
    "theme": questions.theme,
    "hung": _open("hung"),
    **{f"choice-{n}": _choose(n - 1) for n in range(1, 5)},
    "confirm": _confirm,
    "blotter": _open_at_top("blotter", ORDERS),
    "report": _open("report"),
    "day": _open("day"),
    "next-pane": _next_pane,
    "config": _open("config"),
    "connection": _open("connection"),
    "edit": settings.edit,
    "log": _open_at_top("log", ALARMS, EVENTS),
    "go-to": questions.go_to,
    "palette": lambda desk: desk.open_palette(),
    "command": lambda desk: desk.open_command_line(),
    "layout": _next_layout,
    "mute": _mute,
    "wider": _border(True, COLUMNS),
    "narrower": _border(True, -COLUMNS),
    "taller": _border(False, 1),
    "shorter": _border(False, -1),
    "put-back": _put_back,
}
