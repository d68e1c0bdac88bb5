"""What is asked before something is done: words, reasons, ways to end, filters, themes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from engine.commands import Ask, Command
from engine.snapshot import AlarmView, EngineState
from tui.actions.action import share_alarms
from tui.actions.requests import (
    NOTHING_ASIDE,
    SHELVE_MINUTES,
    SNOOZE_MINUTES,
    alarms_together,
    chosen_recommendation,
)
from tui.pane_numbers import ALARMS, RECOMMENDATIONS
from tui.shown import Shown
from tui.text.formats import clean, displayed, plural
from tui.viewmodel import ending
from tui.viewmodel.trials import LEVERS

RESUME_WORD = "RESUME"
ACCEPT_WORD = "ACCEPT"
EXTERNAL_WORD = "EXTERNAL"
"""The words that are typed, exactly as they are written."""

MOST_CODES = 12
"""Alarms that a question names."""

MOST_ROWS = 8
"""Rows of a baseline that a dialog of 24 lines shows."""


def theme(desk: Shown) -> None:
    """Choose a theme and see it at once."""
    from tui.screens.themes import ThemePicker

    before = desk.desk_theme.name

    def chosen(name: str | None) -> None:
        desk.use_theme(before)
        if name is not None and name != before:
            desk.choose_setting("theme", name)
            desk.say(f"theme {name}: {desk.desk_theme.description}")

    desk.ask(ThemePicker(sorted(desk.themes.themes), before), chosen)


def approve_weak(desk: Shown) -> None:
    """Apply without a trial, with a typed word and a reason."""
    recommendation = desk.recommendation()
    if recommendation is None or not chosen_recommendation(desk.view().snapshot, recommendation.id):
        desk.say("nothing to approve here")
        return

    def typed(text: str | None) -> None:
        word, _, reason = (text or "").strip().partition(" ")
        if word != ACCEPT_WORD or not reason.strip():
            desk.say(f"not applied: type {ACCEPT_WORD} and a reason")
            return
        desk.bridge.submit(
            Command(Ask.APPROVE, recommendation.id, reason=reason.strip(), args={"word": word})
        )

    _ask(
        desk,
        f"{recommendation.id} is {recommendation.verdict}: no trial has proved it",
        f"type {ACCEPT_WORD} and your reason to apply it all the same",
        then=typed,
    )


def try_something(desk: Shown) -> None:
    """Start a trial of a lever that is typed."""

    def typed(text: str | None) -> None:
        if text and text.strip():
            desk.bridge.submit(Command(Ask.TRIAL, key="palette", args={"word": text.strip()}))

    _ask(
        desk,
        "What is tried",
        "lever, value, and a trader or *: cancel_ms 3000 SPY 2026-12-04",
        f"levers: {', '.join(LEVERS)}",
        then=typed,
    )


def reject(desk: Shown) -> None:
    """Reject a recommendation with a reason."""
    recommendation = desk.recommendation()
    if recommendation is None or not chosen_recommendation(desk.view().snapshot, recommendation.id):
        desk.say("nothing to reject here")
        return

    def typed(reason: str | None) -> None:
        if reason is None:
            return
        if not reason.strip():
            desk.say("not rejected: a reason is wanted")
            return
        key = desk.keymap.first("reject")
        desk.bridge.submit(Command(Ask.REJECT, recommendation.id, key=key, reason=reason.strip()))

    _ask(desk, f"Reject {recommendation.id}", "your reason", then=typed)


def aside(desk: Shown) -> None:
    """Snooze a recommendation, shelve an alarm (not P1, with a reason)."""
    key = desk.keymap.first("aside")
    if desk.state.pane == ALARMS:
        chosen = desk.state.selected(ALARMS)
        alarm = next((a for a in desk.view().snapshot.alarms if a.id == chosen), None)
        together, called = alarms_together(desk.view())
        if not together and alarm is not None:
            together = [alarm]
        targets = [a for a in together if a.priority > 1]
        if not targets:
            desk.say("P1 cannot be shelved" if together else "no alarm is selected")
            return

        def typed(reason: str | None) -> None:
            if reason and reason.strip():
                args = {"minutes": SHELVE_MINUTES}
                desk.bridge.submit_all(
                    [
                        Command(Ask.SHELVE, each.id, key=key, reason=reason.strip(), args=args)
                        for each in targets
                    ]
                )

        what = targets[0].code if len(targets) == 1 else f"{len(targets)} {called}"
        stay = len(together) - len(targets)
        left = [f"{stay} of P1 {'stays' if stay == 1 else 'stay'}"] if stay else []
        question = f"Shelve {what} for {SHELVE_MINUTES} min"
        _ask(desk, question, *_codes(targets), *left, "your reason", then=typed)
        return
    recommendation = desk.recommendation() if desk.state.pane == RECOMMENDATIONS else None
    if recommendation is None or recommendation.state != "ready":
        desk.say(NOTHING_ASIDE)
        return
    args = {"minutes": SNOOZE_MINUTES}
    desk.bridge.submit(Command(Ask.SNOOZE, recommendation.id, key=key, args=args))


def _codes(alarms: Sequence[AlarmView]) -> list[str]:
    """Which they are, where they are several."""
    if len(alarms) == 1:
        return []
    named = [clean(a.code, 20) for a in alarms[:MOST_CODES]]
    more = [f"and {len(alarms) - MOST_CODES} more"] if len(alarms) > MOST_CODES else []
    return [", ".join([*named, *more])]


def arm(desk: Shown, wanted: list[Command]) -> None:
    """Arm live trading with the end of the account's number, typed by hand, and resume."""
    from tui.screens.arming import ArmDialog

    def typed(word: str | None) -> None:
        if not word or not word.strip():
            desk.say("not armed: nothing was typed")
            return
        typed_in = {"word": word.strip()}
        desk.bridge.submit_all(
            [replace(command, args=command.args | typed_in) for command in wanted]
        )

    desk.ask(ArmDialog(desk.arming.now_s), typed)


def baseline(desk: Shown) -> None:
    """Show what an account held before, and have it confirmed as external with a typed word."""

    def typed(word: str | None) -> None:
        if word is None or not word.strip():
            desk.say("not confirmed: nothing is traded; : Accept positions asks again")
            return
        args = {"word": word.strip()}
        desk.bridge.submit(Command(Ask.TAKE_EXTERNAL, "*", key="dialog", args=args))

    held = desk.live_view().snapshot.connection.baseline.split("; ")
    rows = [displayed(row, 60) for row in held[:MOST_ROWS]]
    if len(held) > MOST_ROWS:
        rows.append(f"and {len(held) - MOST_ROWS} more")
    _ask(
        desk,
        "The account holds what this desk did not trade",
        "",
        *rows,
        "",
        f"type {EXTERNAL_WORD}: not the desk's, it is left alone and never traded",
        "Esc  nothing is traded until it is confirmed",
        then=typed,
    )


def resume_after_kill(desk: Shown) -> None:
    """Lift the kill latch with a typed word."""

    def typed(word: str | None) -> None:
        if word is None:
            return
        command = Command(Ask.RESUME_AFTER_KILL, reason="operator", args={"word": word.strip()})
        desk.bridge.submit(command)

    _ask(
        desk,
        "Resume after kill",
        f"type {RESUME_WORD} to lift the kill; every trader stays paused until Resume all",
        then=typed,
    )


def accept_positions(desk: Shown) -> None:
    """Take the broker's positions over, or leave them alone as external: a word and the chain."""
    if desk.live_view().snapshot.connection.baseline:
        baseline(desk)
        return

    def typed(text: str | None) -> None:
        word, _, chain = (text or "").strip().partition(" ")
        if word:
            target = chain.strip().upper() or "*"
            ask = Ask.TAKE_EXTERNAL if word == EXTERNAL_WORD else Ask.ACCEPT_POSITIONS
            desk.bridge.submit(
                Command(ask, target, key="palette", reason="operator", args={"word": word})
            )

    snapshot = desk.live_view().snapshot
    difference = snapshot.health.difference
    codes = {a.code for a in snapshot.alarms if a.state in ("unacked", "acked")}
    if "BASELINE_CHANGED" in codes and "BOOK_DIFFERS" not in codes:
        _ask(
            desk,
            f"What is external has changed: {displayed(difference, 120)}",
            f"type {EXTERNAL_WORD} to take it as external as it is now; one chain: "
            f"{EXTERNAL_WORD} SPY 2026-12-04",
            "Esc  leave the chain blocked",
            then=typed,
        )
        return
    _ask(
        desk,
        f"Book and broker differ: {displayed(difference, 120)}",
        "type ACCEPT to book them, EXTERNAL where they are not the desk's; one chain: ACCEPT "
        "SPY 2026-12-04",
        then=typed,
    )


def close_shares(desk: Shown) -> None:
    """Trade shares away, with a typed word and their symbol."""

    def typed(text: str | None) -> None:
        word, _, symbol = (text or "").strip().partition(" ")
        if word and symbol.strip():
            command = Command(
                Ask.CLOSE_SHARES, symbol.strip().upper(), key="palette", args={"word": word}
            )
            desk.bridge.submit(command)
        elif word:
            desk.say("nothing sent: type CLOSE and the symbol")

    view = desk.live_view()
    held = view.snapshot.positions
    if held is None:
        told_by = share_alarms(view)
        places = [place for a in told_by for place in a.places]
        names = ", ".join(f"{where} {what.partition(' shares')[0]}" for where, what in places)
    else:
        names = ", ".join(f"{row.symbol} {row.quantity:+d}" for row in held.shares)
    owners = sum(bool(pair.shares) for pair in held.pairs) if held else 0
    if owners:
        names += f", needed by {plural(owners, 'pair')}"
    _ask(desk, f"Trade shares away: {clean(names, 100)}", "type CLOSE and the symbol", then=typed)


def go_to(desk: Shown) -> None:
    """Ask for a time of the day or of a date, and go there."""

    def typed(text: str | None) -> None:
        if text and text.strip():
            desk.bridge.submit(Command(Ask.GO, text.strip(), key=desk.keymap.first("go-to")))

    _ask(desk, "Go to which time?", "exchange time: 10:42, or 2026-11-23 10:42", then=typed)


def quit(desk: Shown) -> None:
    """Ask how to end, or go on; while the desk ends, whether to give up what it waits for.

    A live desk wants the way typed. A past or an observed desk is left at once: nothing ends
    with it.
    """
    if desk.live_view().snapshot.read_only:
        desk.leave(False)
        return
    from tui.screens.prompt import LiveQuitDialog, QuitDialog

    def chosen(way: str | None) -> None:
        word = (way or "").strip()
        if word in ("drain", "cancel"):
            desk.leave(word == "drain")
        elif way is not None:
            desk.say("not ended: type drain or cancel")

    if not isinstance(desk.screen, QuitDialog | LiveQuitDialog):
        snapshot = desk.live_view().snapshot
        gives = ""
        if snapshot.ending is not None or desk.bridge.stopping:
            gives = ending.gives_up(snapshot.ending)
        live = snapshot.mode.upper() == "LIVE"
        over = not gives and snapshot.state is EngineState.ENDED
        desk.ask((LiveQuitDialog if live else QuitDialog)(gives, over), chosen)


def _ask(desk: Shown, question: str, *text: str, then: Callable[[str | None], None]) -> None:
    from tui.screens.prompt import Prompt

    desk.ask(Prompt(question, *text), then)
