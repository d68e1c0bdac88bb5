"""Act on a running desk from another shell: halt, pause, resume, ack, approve; see also kill."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from tui.cli.completion import alarm_names, recommendation_names, targets, trial_names
from tui.cli.errors import OK, PROBLEM, USAGE, complain
from tui.cli.modes import folders, in_words, where_options

if TYPE_CHECKING:
    from engine.runs.control import RunningDesk

NO_ANSWER: Final = 3
"""The desk, or its exchange, did not say in time what became of it."""

EVERY: Final = "*"
WAITS_S: Final = 5.0

Command = TypeVar("Command", bound=Callable[..., Any])


def desk_options(command: Command) -> Command:
    """--run, --mode and the places: which of the desks of a state folder."""
    named = click.option("--run", "run", metavar="RUN", help="The desk of this run.")
    return named(where_options(command))


@click.command()
@desk_options
def halt(**where: Any) -> int:
    """No new debit in any running desk; completing orders go on. `legdesk resume` lifts it."""
    return _each(where, {"ask": "halt", "key": "legdesk halt"})


@click.command()
@click.argument("target", nargs=-1, shell_complete=targets)
@desk_options
def pause(target: tuple[str, ...], **where: Any) -> int:
    """No new debit for TARGET: a trader ("SPY 2026-12-04"), a symbol (SPY), or all without it."""
    request = {"ask": "pause", "target": _target(target), "key": "legdesk pause"}
    return _each(where, request)


@click.command()
@click.argument("target", nargs=-1, shell_complete=targets)
@click.option("--word", metavar="RESUME", help="Lift a kill: the word RESUME, typed.")
@desk_options
def resume(
    target: tuple[str, ...],
    word: str | None,
    **where: Any,
) -> int:
    """Resume TARGET (as for pause), or all of a desk and its halt; with --word, lift its kill.

    Lifting a kill needs a clean comparison with the broker, and leaves every trader paused.
    """
    request = {"ask": "resume", "target": _target(target), "key": "legdesk resume"}
    if word is not None:
        if target:
            raise click.UsageError("a kill is lifted for the whole desk; leave TARGET out")
        request = {"ask": "resume-after-kill", "word": word, "key": "legdesk resume --word"}
    return _one(where, request)


@click.command()
@click.argument("alarm", required=False, shell_complete=alarm_names)
@click.option("--all", "every", is_flag=True, help="All of P2 and P3.")
@desk_options
def ack(
    alarm: str | None,
    every: bool,
    **where: Any,
) -> int:
    """Acknowledge ALARM, by the name that `legdesk status` shows."""
    if every == bool(alarm):
        raise click.UsageError("name one alarm, or give --all")
    request = {"ask": "ack", "target": alarm or "p2+p3", "key": "legdesk ack"}
    return _one(where, request)


@click.command()
@click.argument("recommendation", shell_complete=recommendation_names)
@click.option("--word", metavar="ACCEPT", help="Apply without a trial: the word ACCEPT, typed.")
@click.option("--reason", default="", help="Apply without a trial: why.")
@desk_options
def approve(
    recommendation: str,
    word: str | None,
    reason: str,
    **where: Any,
) -> int:
    """Start a trial of RECOMMENDATION, by the name that `legdesk status` shows.

    With --word ACCEPT and a --reason it is applied without one, and called UNPROVEN.
    """
    request = {
        "ask": "approve",
        "target": recommendation,
        "word": word or "",
        "reason": reason,
        "key": "legdesk approve",
    }
    return _one(where, request)


@click.command()
@click.argument("what", nargs=-1, required=True)
@desk_options
def trial(what: tuple[str, ...], **where: Any) -> int:
    """Try WHAT: a lever, its value, and a trader or * for all, such as `cancel_ms 3000 SPY
    2026-12-04`.

    Levers: size, cancel_ms, buy_location, sell_location, minimum_floor, objective, delay, hours,
    pause, placebo. By a coin the value is in force by turns, until its difference is told.
    """
    request = {"ask": "trial", "word": " ".join(" ".join(what).split()), "key": "legdesk trial"}
    return _one(where, request)


@click.command("stop-trial")
@click.argument("name", shell_complete=trial_names)
@desk_options
def stop_trial(name: str, **where: Any) -> int:
    """End trial NAME, such as T3, before its verdict; the former values are in force at once."""
    request = {"ask": "stop-trial", "target": name, "key": "legdesk stop-trial"}
    return _one(where, request)


@click.command()
@click.argument("chain", nargs=-1, shell_complete=targets)
@click.option("--word", metavar="EXTERNAL", required=True, help="The word EXTERNAL, typed.")
@desk_options
def external(
    chain: tuple[str, ...],
    word: str,
    **where: Any,
) -> int:
    """Leave alone what differs of CHAIN ("SPY 2026-12-04"), or of all: it is not the desk's.

    Confirms what an account held before, and what of it has changed since.
    """
    request = {
        "ask": "take-external",
        "target": " ".join(" ".join(chain).split()) or EVERY,
        "word": word,
        "key": "legdesk external",
    }
    return _one(where, request)


CONTROLS: Final = (halt, pause, resume, ack, approve, trial, stop_trial, external)


# ---------------------------------------------------------------------- which desk


def folders_of(where: dict[str, Any]) -> tuple[Path, ...]:
    """The folders of the modes that a command's options mean."""
    return folders(where["config_file"], where["state_dir"], where["mode"])


def _desks(looked_at: tuple[Path, ...], run: str | None) -> tuple[RunningDesk, ...]:
    from engine.runs.control import running_desks

    desks: list[RunningDesk] = []
    for root in looked_at:
        try:
            desks += running_desks(root)
        except OSError as error:  # the desks of the other modes are asked
            complain(f"{root} cannot be read, and a desk may run there: {error.strerror or error}")
    return tuple(desk for desk in desks if run in (None, desk.run))


def nobody(looked_at: tuple[Path, ...]) -> int:
    """Say that no desk runs there; the exit code."""
    complain(f"no desk runs in {in_words(looked_at)}; `legdesk` starts one")
    return USAGE


def _target(arguments: tuple[str, ...]) -> str:
    """A trader's key as it is, one word as a symbol, nothing as all."""
    if not arguments:
        return EVERY
    text = " ".join(" ".join(arguments).split())
    return text if " " in text else f"symbol:{text.upper()}"


def _each(where: dict[str, Any], request: dict[str, Any]) -> int:
    """Ask every desk: what is asked reduces risk."""
    looked_at = folders_of(where)
    desks = _desks(looked_at, where["run"])
    return max((_ask(desk, request) for desk in desks), default=None) or (
        OK if desks else nobody(looked_at)
    )


def _one(where: dict[str, Any], request: dict[str, Any]) -> int:
    """Ask the one desk there is, or the one that is named: what is asked may add risk."""
    from engine.runs.modes import mode_of

    looked_at = folders_of(where)
    desks = _desks(looked_at, where["run"])
    if not desks:
        return nobody(looked_at)
    if len(desks) > 1:
        names = ", ".join(f"{mode_of(desk.folder)} {desk.run}" for desk in desks)
        raise click.UsageError(f"several desks run: {names}; choose one with --run or --mode")
    return _ask(desks[0], request)


def _ask(desk: RunningDesk, request: dict[str, Any]) -> int:
    from engine.runs.control import ask

    answer = ask(desk, request, within_s=WAITS_S)
    if answer is None:
        complain(
            f"{desk.run}: no answer in {WAITS_S:g} s from process {desk.pid}; `legdesk status` "
            "shows whether it hangs, `legdesk kill` does not wait for it"
        )
        return NO_ANSWER
    return _say(desk, answer.state, answer.text)


def _say(desk: RunningDesk, state: str, text: str) -> int:
    code = code_of(state)
    if code == OK:
        click.echo(f"{desk.run}: {text}")
    else:
        complain(f"{desk.run}: {text}")
    return code


def code_of(state: str) -> int:
    """The exit code of a desk's answer."""
    return OK if state == "confirmed" else PROBLEM if state == "refused" else NO_ANSWER
