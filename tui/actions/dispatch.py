"""From an action's name to what is done: a request, a move on the screen, or another screen."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.commands import Ask, Command
from tui.actions import questions
from tui.actions.navigation import MOVES
from tui.actions.requests import COMMANDS, chosen_recommendation, kill
from tui.viewmodel import recommendations, report, units
from tui.viewmodel.panes import ALARMS, ORDERS, RECOMMENDATIONS, TRADERS

if TYPE_CHECKING:
    from tui.app import DeskApp
    from tui.screens.base import DeskScreen


def perform(app: DeskApp, name: str) -> None:
    """Do the action of that name."""
    if name in COMMANDS:
        asked = COMMANDS[name](app.view(), app.keymap.first(name))
        if isinstance(asked, str):
            app.say(asked)
            return
        for command in asked:
            app.bridge.submit(command)
    elif name in MOVES:
        MOVES[name](app.state)
    else:
        _OTHERS[name](app)


def _kill(app: DeskApp) -> None:
    app.state.frozen = False
    stage = app.kill_key.press()
    if stage is not None:
        app.bridge.submit(kill(stage, app.keymap.first("kill")))
    while len(app.screen_stack) > 1 and app.screen.is_modal:
        app.pop_screen()
    app.arming.clear()


def _up(app: DeskApp) -> None:
    if len(app.screen_stack) > 1:
        app.close_screen()
    elif app.state.zoomed:
        app.state.zoomed = False
    elif app.state.filter:
        app.state.filter = ""
    else:
        app.state.pane = TRADERS


def _open(name: str) -> Callable[[DeskApp], None]:
    def open_page(app: DeskApp) -> None:
        from tui.screens import pages

        screen: DeskScreen = getattr(pages, name)()
        app.open_screen(screen)

    return open_page


def _review(app: DeskApp) -> None:
    from tui.screens.review import ReviewScreen

    app.open_screen(ReviewScreen())


def _positions(app: DeskApp) -> None:
    from tui.screens.positions import PositionsScreen

    app.open_screen(PositionsScreen())


def _help(app: DeskApp) -> None:
    from tui.screens.pages import HelpScreen

    if app.place != "help":
        app.open_screen(HelpScreen(app.place), over=True)


def _detail(app: DeskApp) -> None:
    """Open what the selected row is about."""
    pane = app.state.pane
    if pane == ORDERS and app.state.selected(ORDERS):
        key = app.keymap.first("detail")
        app.bridge.submit(Command(Ask.WATCH, f"order:{app.state.selected(ORDERS)}", key=key))
    if app.place == "blotter":
        return
    if pane == RECOMMENDATIONS:
        _review(app)
    elif pane == ORDERS:
        _open("BlotterScreen")(app)
    elif pane == ALARMS:
        _open("LogScreen")(app)
    else:
        from tui.actions.requests import trader_key
        from tui.screens.detail import DetailScreen

        key = trader_key(app.view())
        if not key:
            app.say("no trader is selected")
            return
        app.state.selection(TRADERS).key = key
        app.bridge.submit(Command(Ask.WATCH, key, key=app.keymap.first("detail")))
        app.open_screen(DetailScreen(key))
        app.state.detail = key


def _approve(app: DeskApp) -> None:
    found = app.recommendation()
    if found is None or not chosen_recommendation(app.view().snapshot, found.id):
        app.say("nothing to approve here")
    elif found.verdict != recommendations.SEPARATED:
        app.say(f"{found.verdict}: one key is not enough; : Approve weak evidence")
    elif not app.arming.armed(f"approve:{found.id}"):
        app.say("not yet armed: look first, then press again")
    else:
        app.bridge.submit(Command(Ask.APPROVE, found.id, key=app.keymap.first("approve")))


def _choose(way: int) -> Callable[[DeskApp], None]:
    def choose(app: DeskApp) -> None:
        unit = units.chosen_unit(app.view())
        if unit is not None:
            app.state.unit_choice = (unit.key, way)

    return choose


def _confirm(app: DeskApp) -> None:
    view = app.view()
    unit, way = units.chosen_unit(view), units.chosen_way(view)
    if unit is None or way is None:
        app.say("nothing is chosen: 1 to 4 first")
    elif unit.refusals[way]:
        app.say(f"not now: {unit.refusals[way]}")
    elif not app.arming.armed(units.arming_name(view)):
        app.say("not yet armed: look first, then press again")
    else:
        app.bridge.submit(
            Command(
                units.CHOICES[way][0],
                unit.key,
                key=app.keymap.first("confirm"),
                args={"stage": unit.stage},
            )
        )
        app.state.unit_choice = None


def _hung(app: DeskApp) -> None:
    from tui.screens.units import HungScreen

    app.open_screen(HungScreen())


def _write(app: DeskApp) -> None:
    name = f"screen-{app.view().snapshot.version}.svg"
    try:
        path = app.save_screenshot(name, str(app.export_dir()))
    except OSError as error:
        app.say(f"screen not written: {error.strerror}; check the run's directory")
    else:
        app.say(f"screen written: {path}")


def _export(app: DeskApp) -> None:
    folder = app.export_dir()
    data = report.as_data(app.view().snapshot)
    try:
        (folder / "report.txt").write_text(report.as_text(app.view()), encoding="utf-8")
        (folder / "report.json").write_text(json.dumps(data, indent=1), encoding="utf-8")
    except OSError as error:
        app.say(f"report not written: {error.strerror}; check the run's directory")
    else:
        app.say(f"report.txt and report.json written in {folder}")


_OTHERS: dict[str, Callable[[DeskApp], None]] = {
    "kill": _kill,
    "up": _up,
    "detail": _detail,
    "review": _review,
    "positions": _positions,
    "accept-positions": questions.accept_positions,
    "close-shares": questions.close_shares,
    "help": _help,
    "filter": questions.filter,
    "approve": _approve,
    "approve-weak": questions.approve_weak,
    "reject": questions.reject,
    "aside": questions.aside,
    "resume-after-kill": questions.resume_after_kill,
    "quit": questions.quit,
    "quit-anywhere": questions.quit,
    "write": _write,
    "export": _export,
    "theme": questions.theme,
    "hung": _hung,
    **{f"choice-{n}": _choose(n - 1) for n in range(1, 5)},
    "confirm": _confirm,
    "blotter": _open("BlotterScreen"),
    "report": _open("ReportScreen"),
    "config": _open("ConfigScreen"),
    "log": _open("LogScreen"),
    "palette": lambda app: app.action_command_palette(),
}
