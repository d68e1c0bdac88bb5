"""Act on a running desk from another shell: kill, halt, pause, resume, ack, approve."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from tui.cli.errors import OK, PROBLEM, USAGE, complain
from tui.cli.options import configuration, place_options

if TYPE_CHECKING:
    from engine.runs.control import RunningDesk, Taken

NO_ANSWER: Final = 3
"""The desk, or its exchange, did not say in time what became of it."""

EVERY: Final = "*"
WAITS_S: Final = 5.0

Command = TypeVar("Command", bound=Callable[..., Any])


def run_option(command: Command) -> Command:
    """--run, which chooses among the desks of a state folder."""
    return click.option("--run", "run", metavar="RUN", help="The desk of this run.")(command)


@click.command()
@click.option("--all", "cancel_all", is_flag=True, help="Cancel all our orders as well.")
@run_option
@place_options
def kill(
    cancel_all: bool, run: str | None, config_file: Path | None, state_dir: Path | None
) -> int:
    """Close entries of every running desk, latched; with --all cancel every order and verify.

    The same as the kill key. An engine that is silent for 2 s is latched from here, and its orders
    are cancelled over a connection of this command's own, where there is one.
    """
    from engine.runs.control import orphaned_runs

    root = _root(config_file, state_dir)
    stage = 2 if cancel_all else 1
    codes = [_kill(desk, stage) for desk in _desks(root, run)]
    for folder in orphaned_runs(root):
        if run in (None, folder.name):
            codes.append(_kill_orphan(folder, stage))
    return max(codes) if codes else _nobody(root)


def _kill(desk: RunningDesk, stage: int) -> int:
    from engine.runs.control import ask, kill_without_engine

    key = "legdesk kill --all" if stage == 2 else "legdesk kill"
    try:
        answer = ask(desk, {"ask": "kill", "stage": stage, "key": key}, withdraw=False)
    except OSError as error:
        answer = None
        complain(f"{desk.run}: the request cannot be written: {error.strerror or error}")
    if answer is not None:
        return _say(desk, answer.state, answer.text)
    complain(f"{desk.run}: the engine (process {desk.pid}) is silent")
    taken = kill_without_engine(desk.folder, stage)
    return _say_taken(desk.run, taken, f"process {desk.pid}")


def _kill_orphan(folder: Path, stage: int) -> int:
    from engine.runs.control import kill_without_engine

    complain(f"{folder.name}: no desk runs it any more, and orders of it were open")
    return _say_taken(folder.name, kill_without_engine(folder, stage), "its process")


def _say_taken(run: str, taken: Taken, process: str) -> int:
    if taken.latched:
        click.echo(f"{run}: latched; no debit goes out before the word RESUME")
    else:
        complain(f"{run}: NOT latched: its folder cannot be written; free the disk, kill again")
    code = _say_cancelled(run, taken, process)
    return code if taken.latched else NO_ANSWER


def _say_cancelled(run: str, taken: Taken, process: str) -> int:
    if taken.place is None:
        complain(
            f"{run}: its exchange is simulated inside {process} and hangs or ends with it; nobody "
            "else can cancel there. Ending that process ends its orders"
        )
        return NO_ANSWER
    cancelled = taken.cancelled
    if cancelled is None or cancelled.survivors is None:
        complain(f"{run}: the exchange at {taken.place.socket} cannot be reached; its orders work")
        return NO_ANSWER
    if cancelled.survivors:
        complain(f"{run}: still open: {', '.join(cancelled.survivors[:8])}")
        return NO_ANSWER
    click.echo(
        f"{run}: {len(cancelled.targets)} orders cancelled here; nothing works at the exchange"
    )
    return OK


@click.command()
@run_option
@place_options
def halt(run: str | None, config_file: Path | None, state_dir: Path | None) -> int:
    """No new debit in any running desk; completing orders go on. `legdesk resume` lifts it."""
    return _each(_root(config_file, state_dir), run, {"ask": "halt", "key": "legdesk halt"})


@click.command()
@click.argument("target", nargs=-1)
@run_option
@place_options
def pause(
    target: tuple[str, ...], run: str | None, config_file: Path | None, state_dir: Path | None
) -> int:
    """No new debit for TARGET: a trader ("SPY 2026-12-04"), a symbol (SPY), or all without it."""
    request = {"ask": "pause", "target": _target(target), "key": "legdesk pause"}
    return _each(_root(config_file, state_dir), run, request)


@click.command()
@click.argument("target", nargs=-1)
@click.option("--word", metavar="RESUME", help="Lift a kill: the word RESUME, typed.")
@run_option
@place_options
def resume(
    target: tuple[str, ...],
    word: str | None,
    run: str | None,
    config_file: Path | None,
    state_dir: Path | None,
) -> int:
    """Resume TARGET (as for pause), or all of a desk and its halt; with --word, lift its kill.

    Lifting a kill needs a clean comparison with the broker, and leaves every trader paused.
    """
    request = {"ask": "resume", "target": _target(target), "key": "legdesk resume"}
    if word is not None:
        if target:
            raise click.UsageError("a kill is lifted for the whole desk; leave TARGET out")
        request = {"ask": "resume-after-kill", "word": word, "key": "legdesk resume --word"}
    return _one(_root(config_file, state_dir), run, request)


@click.command()
@click.argument("alarm", required=False)
@click.option("--all", "every", is_flag=True, help="All of P2 and P3.")
@run_option
@place_options
def ack(
    alarm: str | None,
    every: bool,
    run: str | None,
    config_file: Path | None,
    state_dir: Path | None,
) -> int:
    """Acknowledge ALARM, by the name that `legdesk status` shows."""
    if every == bool(alarm):
        raise click.UsageError("name one alarm, or give --all")
    request = {"ask": "ack", "target": alarm or "p2+p3", "key": "legdesk ack"}
    return _one(_root(config_file, state_dir), run, request)


@click.command()
@click.argument("recommendation")
@click.option("--word", metavar="ACCEPT", help="Apply without a trial: the word ACCEPT, typed.")
@click.option("--reason", default="", help="Apply without a trial: why.")
@run_option
@place_options
def approve(
    recommendation: str,
    word: str | None,
    reason: str,
    run: str | None,
    config_file: Path | None,
    state_dir: Path | None,
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
    return _one(_root(config_file, state_dir), run, request)


@click.command()
@click.argument("what", nargs=-1, required=True)
@run_option
@place_options
def trial(
    what: tuple[str, ...], run: str | None, config_file: Path | None, state_dir: Path | None
) -> int:
    """Try WHAT: a lever, its value, and a trader or * for all, such as `cancel_ms 3000 SPY
    2026-12-04`.

    Levers: size, cancel_ms, buy_location, sell_location, minimum_floor, objective, delay, hours,
    pause, placebo. By a coin the value is in force by turns, until its difference is told.
    """
    request = {"ask": "trial", "word": " ".join(" ".join(what).split()), "key": "legdesk trial"}
    return _one(_root(config_file, state_dir), run, request)


@click.command("stop-trial")
@click.argument("name")
@run_option
@place_options
def stop_trial(name: str, run: str | None, config_file: Path | None, state_dir: Path | None) -> int:
    """End trial NAME, such as T3, before its verdict; the former values are in force at once."""
    request = {"ask": "stop-trial", "target": name, "key": "legdesk stop-trial"}
    return _one(_root(config_file, state_dir), run, request)


@click.command()
@click.argument("chain", nargs=-1)
@click.option("--word", metavar="EXTERNAL", required=True, help="The word EXTERNAL, typed.")
@run_option
@place_options
def external(
    chain: tuple[str, ...],
    word: str,
    run: str | None,
    config_file: Path | None,
    state_dir: Path | None,
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
    return _one(_root(config_file, state_dir), run, request)


CONTROLS: Final = (kill, halt, pause, resume, ack, approve, trial, stop_trial, external)


# ---------------------------------------------------------------------- which desk


def _root(config_file: Path | None, state_dir: Path | None) -> Path:
    from engine.runs.stored import mode_folder

    return mode_folder(configuration(config_file, state_dir))


def _desks(root: Path, run: str | None) -> tuple[RunningDesk, ...]:
    from engine.runs.control import running_desks

    return tuple(desk for desk in running_desks(root) if run in (None, desk.run))


def _nobody(root: Path) -> int:
    complain(f"no desk runs in {root}; `legdesk` starts one")
    return USAGE


def _target(arguments: tuple[str, ...]) -> str:
    """A trader's key as it is, one word as a symbol, nothing as all."""
    if not arguments:
        return EVERY
    text = " ".join(" ".join(arguments).split())
    return text if " " in text else f"symbol:{text.upper()}"


def _each(root: Path, run: str | None, request: dict[str, Any]) -> int:
    """Ask every desk: what is asked reduces risk."""
    desks = _desks(root, run)
    return max((_ask(desk, request) for desk in desks), default=None) or (
        OK if desks else _nobody(root)
    )


def _one(root: Path, run: str | None, request: dict[str, Any]) -> int:
    """Ask the one desk there is, or the one that is named: what is asked may add risk."""
    desks = _desks(root, run)
    if not desks:
        return _nobody(root)
    if len(desks) > 1:
        names = ", ".join(desk.run for desk in desks)
        raise click.UsageError(f"several desks run: {names}; choose one with --run")
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
    if state == "confirmed":
        click.echo(f"{desk.run}: {text}")
        return OK
    complain(f"{desk.run}: {text}")
    return PROBLEM if state == "refused" else NO_ANSWER
