"""From an action's name to what is done: a request, a move on the screen, or another screen."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.commands import Ask, Command
from tui.commands import COMMANDS, SHELVE_MINUTES, SNOOZE_MINUTES, chosen_recommendation, kill
from tui.navigation import MOVES
from tui.viewmodel import recommendations, report
from tui.viewmodel.panes import ALARMS, ORDERS, RECOMMENDATIONS, TRADERS

if TYPE_CHECKING:
    from tui.app import DeskApp
    from tui.screens.desk_screen import DeskScreen

RESUME_WORD = "RESUME"
APPROVE_WORD = "APPROVE"


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


def _help(app: DeskApp) -> None:
    from tui.screens.pages import HelpScreen

    if app.place != "help":
        app.open_screen(HelpScreen(app.place), over=True)


def _detail(app: DeskApp) -> None:
    """Open what the selected row is about."""
    pane = app.state.pane
    if pane == RECOMMENDATIONS:
        _review(app)
    elif pane == ORDERS:
        _open("BlotterScreen")(app)
    elif pane == ALARMS:
        _open("LogScreen")(app)
    else:
        from tui.commands import trader_key
        from tui.screens.detail import DetailScreen

        key = trader_key(app.view())
        if not key:
            app.say("no trader is selected")
            return
        app.state.selection(TRADERS).key = key
        app.bridge.submit(Command(Ask.WATCH, key, key=app.keymap.first("detail")))
        app.open_screen(DetailScreen(key))


def _filter(app: DeskApp) -> None:
    from tui.screens.prompt import Prompt

    def keep(words: str | None) -> None:
        if words is not None:
            app.state.filter = words.strip()
            app.look()

    prompt = Prompt(
        "Filter TRADERS",
        "words in state, symbol, expiry or gate; !words keeps the others",
        start=app.state.filter,
    )
    app.push_screen(prompt, keep)


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


def _approve_weak(app: DeskApp) -> None:
    found = app.recommendation()
    if found is None or not chosen_recommendation(app.view().snapshot, found.id):
        app.say("nothing to approve here")
        return

    def typed(words: str | None) -> None:
        word, _, reason = (words or "").strip().partition(" ")
        if word != APPROVE_WORD or not reason.strip():
            app.say(f"not approved: type {APPROVE_WORD} and a reason")
            return
        app.bridge.submit(
            Command(Ask.APPROVE, found.id, reason=reason.strip(), args={"word": word})
        )

    _ask(
        app,
        f"{found.id} is {found.verdict}",
        f"type {APPROVE_WORD} and your reason to approve it all the same",
        then=typed,
    )


def _reject(app: DeskApp) -> None:
    found = app.recommendation()
    if found is None or not chosen_recommendation(app.view().snapshot, found.id):
        app.say("nothing to reject here")
        return

    def typed(reason: str | None) -> None:
        if reason is None:
            return
        if not reason.strip():
            app.say("not rejected: a reason is wanted")
            return
        key = app.keymap.first("reject")
        app.bridge.submit(Command(Ask.REJECT, found.id, key=key, reason=reason.strip()))

    _ask(app, f"Reject {found.id}", "your reason", then=typed)


def _aside(app: DeskApp) -> None:
    """Snooze a recommendation, shelve an alarm (not P1, with a reason)."""
    key = app.keymap.first("aside")
    if app.state.pane == ALARMS:
        chosen = app.state.selected(ALARMS)
        alarm = next((a for a in app.view().snapshot.alarms if a.id == chosen), None)
        if alarm is None or alarm.priority == 1:
            app.say("no alarm is selected" if alarm is None else "P1 cannot be shelved")
            return

        def typed(reason: str | None) -> None:
            if reason and reason.strip():
                args = {"minutes": SHELVE_MINUTES}
                command = Command(Ask.SHELVE, chosen, key=key, reason=reason.strip(), args=args)
                app.bridge.submit(command)

        _ask(app, f"Shelve {alarm.code} for {SHELVE_MINUTES} min", "your reason", then=typed)
        return
    found = app.recommendation()
    if found is None or found.state != "ready":
        app.say("select a recommendation (pane 4) or an alarm (pane 6) to put aside")
        return
    args = {"minutes": SNOOZE_MINUTES}
    app.bridge.submit(Command(Ask.SNOOZE, found.id, key=key, args=args))


def _resume_after_kill(app: DeskApp) -> None:
    def typed(word: str | None) -> None:
        if word is None:
            return
        command = Command(Ask.RESUME_AFTER_KILL, reason="operator", args={"word": word.strip()})
        app.bridge.submit(command)

    _ask(app, "Resume after kill", f"type {RESUME_WORD} to let entries begin again", then=typed)


def _ask(app: DeskApp, question: str, *words: str, then: Callable[[str | None], None]) -> None:
    from tui.screens.prompt import Prompt

    app.push_screen(Prompt(question, *words), then)


def _quit(app: DeskApp) -> None:
    from tui.screens.prompt import QuitDialog

    def chosen(way: str | None) -> None:
        if way is not None:
            app.leave(way == "drain")

    if not isinstance(app.screen, QuitDialog):
        app.push_screen(QuitDialog(), chosen)


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


def _theme(app: DeskApp) -> None:
    names = sorted(app.themes.themes)
    following = names[(names.index(app.desk_theme.name) + 1) % len(names)]
    app.use_theme(following)
    app.say(f"theme {following}: {app.desk_theme.description}")


_OTHERS: dict[str, Callable[[DeskApp], None]] = {
    "kill": _kill,
    "up": _up,
    "detail": _detail,
    "review": _review,
    "help": _help,
    "filter": _filter,
    "approve": _approve,
    "approve-weak": _approve_weak,
    "reject": _reject,
    "aside": _aside,
    "resume-after-kill": _resume_after_kill,
    "quit": _quit,
    "quit-anywhere": _quit,
    "write": _write,
    "export": _export,
    "theme": _theme,
    "hung": _open("HungScreen"),
    "blotter": _open("BlotterScreen"),
    "report": _open("ReportScreen"),
    "config": _open("ConfigScreen"),
    "log": _open("LogScreen"),
    "palette": lambda app: app.action_command_palette(),
}
