"""Run a desk: with a screen, or without one and a report at the end."""

from __future__ import annotations

import math
import os
import signal
import sys
import threading
import time as clock
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import click

from tui.cli.errors import (
    CRASHED,
    DIFFERS,
    OK,
    PROBLEM,
    SIGNALLED,
    CrashError,
    complain,
    forget_output,
    logged,
    refuse_without_terminal,
)
from tui.cli.first_answers import FirstAnswers
from tui.cli.options import FASTEST_SHOWN, Outputs
from tui.cli.report_output import (
    opened_for_writing,
    report_for_terminal,
    report_json,
    require_folder,
    summary_for_terminal,
)
from tui.cli.stored_runs import goes_on, says_what_is_missing

if TYPE_CHECKING:
    from types import FrameType

    from engine.config import DeskConfig
    from engine.desk.opening import Desk, DeskPlan
    from engine.runs.arming import Armed
    from engine.runs.stored import SessionReport

ENDINGS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AGREES: Final = "book == broker"
_EXCHANGE: Final = ZoneInfo("America/New_York")
_LOOK_S: Final = 0.1


def run_desk(config: DeskConfig, plan: DeskPlan, outputs: Outputs) -> int:
    """Open the desk, run it to its end, leave report and export, and say how the books compare.

    Returns:
        The exit code.

    Raises:
        CrashError: an error of the program's own, logged.
    """
    if not outputs.headless:
        require_terminal()
    for path in (outputs.report_file, outputs.export):
        require_folder(path)
    with logged(config) as died:
        before = _died_before(config, plan)
        if outputs.headless:
            if before:
                complain(before)
            return _headless(config, plan, outputs, died)
        return _on_screen(config, plan, outputs, died, before)


def is_first_start(config: DeskConfig) -> bool:
    """Whether the simulated exchange is to be traded, and no run of any mode has been kept yet."""
    from engine.runs.modes import mode_folders, newest_runs

    return config.mode == "SIM" and not newest_runs(mode_folders(config))


def _died_before(config: DeskConfig, plan: DeskPlan) -> str:
    """What to say where the latest run was left by a desk that died, and another begins; or ""."""
    from engine.runs.errors import JournalError
    from engine.runs.finding import find_run, mode_folder, run_state

    if plan.resume is not None or config.mode != "SIM":
        return ""  # an account's desk goes on by itself
    root = mode_folder(config)
    if plan.run_dir is not None:
        root = plan.run_dir.expanduser() / root.name
    try:
        latest = find_run(root)
        state = run_state(latest)
    except JournalError:
        return ""  # there was none, or it is gone
    if state == "damaged":
        return f"the last run: {says_what_is_missing(latest.run)}"
    return f"the last desk died; {goes_on(latest.run)}" if state == "died" else ""


def require_terminal() -> None:
    """Refuse where nobody could see the screen or press its keys.

    Raises:
        click.UsageError: input, output or standard error is not a terminal.
    """
    refuse_without_terminal("run in one, or use `legdesk run --headless`")


def _prepare(config: DeskConfig) -> None:
    """Set what Textual reads, and refuse real money where the environment could press keys.

    Raises:
        click.UsageError: mode LIVE, and a variable of Textual is set.
    """
    from tui.lifecycle import EnvironmentRefusedError, prepare

    try:
        prepare(config.mode, os.environ)
    except EnvironmentRefusedError as error:
        raise click.UsageError(str(error)) from None


# ---------------------------------------------------------------------- with a screen


def _on_screen(
    config: DeskConfig, plan: DeskPlan, outputs: Outputs, died: list[str], greeting: str
) -> int:
    _prepare(config)
    from tui.cli.screen import show
    from tui.viewmodel.tour import OFFERED

    plan = replace(plan, speed=min(plan.speed, FASTEST_SHOWN))

    keeping = _Keeping(outputs)

    def keep(desk: Desk) -> int:
        difference = keeping.keep(desk)[1]
        return CRASHED if died else _code(desk, difference)

    tour = 1 if outputs.tour else OFFERED if is_first_start(config) else None
    last, code, desk = show(config, plan, outputs, keep, greeting, tour)
    # The terminal may be gone; what was asked for is written all the same.
    report, difference = keeping.keep(desk)
    try:
        for sentence in died:
            complain(sentence)
        click.echo(f"run {_name(desk)}: `legdesk report` shows all of it", err=True)
        kept = str(desk.places.report_text) if desk.places is not None else ""
        for line in summary_for_terminal(report, kept):
            click.echo(line)
        click.echo(last or _last_line(difference))
    except OSError:
        forget_output(errors=True)
    if code or died:
        return CRASHED
    return _code(desk, difference)


# ---------------------------------------------------------------------- without one


def _headless(config: DeskConfig, plan: DeskPlan, outputs: Outputs, died: list[str]) -> int:
    from engine.desk.opening import open_desk

    _prepare(config)
    armed = _armed(config, plan)
    unarmed = False
    with _ending() as ending:
        try:
            desk = open_desk(config, plan)
        except Exception:
            _give_back(config, armed)
            raise
        ending.opened(desk)
        if desk.places is not None:
            click.echo(f"run {desk.places.run} in {desk.places.folder}", err=True)
        for remark in desk.remarks:
            click.echo(f"legdesk: {remark}", err=True)
        for sentence in desk.taken_over():
            click.echo(f"legdesk: {sentence}", err=True)
        with _progress_line(desk) as show:
            if ending.received:
                desk.stop()
            elif math.isinf(plan.speed) and desk.executor.pace.virtual:
                desk.run_to_end(lambda _: show())
            else:
                answers = FirstAnswers(desk, armed, accept_baseline=outputs.accept_baseline)
                _paced(desk, show, ending.received, died, answers)
                unarmed = bool(answers.given_up)
                if unarmed:
                    complain(f"it could not be armed, and ends: {answers.given_up}")
        if died:
            raise CrashError("; ".join(died))
        report, difference = _keep(desk, outputs)
        if outputs.as_json:
            click.echo(report_json(report))
        else:
            click.echo(report_for_terminal(report), nl=False)
        click.echo(_last_line(difference), err=outputs.as_json)
    code = _code(desk, difference)
    if unarmed and code == OK:
        return PROBLEM
    return SIGNALLED + ending.received[0] if ending.received and code != DIFFERS else code


def _armed(config: DeskConfig, plan: DeskPlan) -> Armed | None:
    """What was armed, in mode LIVE; it is used up, unless the plan cannot be opened anyway.

    Raises:
        ConfigError: nothing is, or the plan cannot be opened.
    """
    if config.mode != "LIVE":
        return None
    from engine.desk.opening import refuse_plan
    from engine.runs.arming import take_armed

    refuse_plan(config, plan)

    return take_armed(config, clock.time())


def _give_back(config: DeskConfig, armed: Armed | None) -> None:
    """Leave what was armed to the next start: no desk was opened with it."""
    from engine.runs.arming import give_back

    if armed is not None:
        with suppress(OSError):  # it is armed again by hand then
            give_back(config, armed)


def _paced(
    desk: Desk,
    show: Callable[[], None],
    received: list[int],
    died: list[str],
    answers: FirstAnswers,
) -> None:
    """Run in the engine's own thread until it ends, dies or is told to end."""
    desk.start()
    engine = next((each for each in threading.enumerate() if each.name == "engine"), None)
    while engine is not None and engine.is_alive() and not received and not died:
        engine.join(_LOOK_S)
        answers.look()
        if answers.given_up:
            break
        show()
    if not died:
        desk.stop()


class _Ending:
    """Signals that ask for the end: kept while the desk is opened, then handed to it.

    Attributes:
        received: the signals that came.
    """

    def __init__(self) -> None:
        self.received: list[int] = []
        self._desk: Desk | None = None

    def opened(self, desk: Desk) -> None:
        """The desk is open: what has come meanwhile ends it, and so does what comes."""
        self._desk = desk
        if self.received:
            self._ask(desk)

    def handle(self, number: int, frame: FrameType | None) -> None:
        """A signal has come; while the desk is opened a second one ends the process."""
        self.received.append(number)
        if self._desk is not None:
            if len(self.received) == 1:
                self._ask(self._desk)
        elif len(self.received) > 1:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    def _ask(self, desk: Desk) -> None:
        from engine.commands import Ask, Command

        name = signal.Signals(self.received[0]).name
        reason = f"{name} came to process {os.getpid()}"
        desk.submit(Command(Ask.DRAIN, who="signal", key=name, reason=reason))


@contextmanager
def _ending() -> Iterator[_Ending]:
    """Let signals end the run in order, also one that comes while it is opened.

    A signal that the parent has switched off (nohup) stays off.
    """
    ending, before = _Ending(), {}
    for number in ENDINGS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, ending.handle)
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress_line(desk: Desk) -> Iterator[Callable[[], None]]:
    """A line on standard error that follows the run, where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    shown_s = 0.0

    def show() -> None:
        nonlocal shown_s
        if clock.monotonic() - shown_s >= _LOOK_S:
            shown_s = clock.monotonic()
            click.echo(f"\r\x1b[K{progress_words(desk)}", nl=False, err=True)

    try:
        yield show
    finally:
        click.echo("\r\x1b[K", nl=False, err=True)


def progress_words(desk: Desk) -> str:
    """Exchange time, phase and what was done so far, in one short line."""
    snapshot = desk.snapshot()
    at = datetime.fromtimestamp(snapshot.now_s, _EXCHANGE)
    totals = snapshot.totals
    return (
        f"{at:%Y-%m-%d %H:%M} {snapshot.phase.name}  {totals.attempts:,} attempts  "
        f"{totals.fills:,} fills  {totals.completions:,} completed"
    )


# ---------------------------------------------------------------------- what is left


class _Keeping:
    """What a desk leaves behind, written once.

    The screen's end and the thread that ends a process whose terminal is gone may both come to it.
    """

    def __init__(self, outputs: Outputs) -> None:
        self._outputs = outputs
        self._one_at_a_time = threading.Lock()
        self._kept: tuple[SessionReport, str] | None = None

    def keep(self, desk: Desk) -> tuple[SessionReport, str]:
        """As `_keep` the first time; what that gave afterwards."""
        with self._one_at_a_time:
            if self._kept is None:
                self._kept = _keep(desk, self._outputs)
            return self._kept


def _keep(desk: Desk, outputs: Outputs) -> tuple[SessionReport, str]:
    """Write the report beside the journal and where asked; the difference it ended with, or ""."""
    from engine.runs.stored import journal_lines, keep_report

    report = desk.report()
    try:
        if desk.places is not None:
            keep_report(report, desk.places)
            if outputs.export is not None:
                with opened_for_writing(outputs.export) as file:
                    file.writelines(f"{line}\n" for line in journal_lines(desk.places))
        if outputs.report_file is not None:
            with opened_for_writing(outputs.report_file) as file:
                file.write(report_json(report) + "\n")
    except OSError as error:
        complain(f"{error.filename or 'a file'} cannot be written: {error.strerror or error}")
    if desk.journal_failure:
        complain(f"{desk.journal_failure}; what happened since then is not in it")
    return report, desk.how_it_ended()


def _code(desk: Desk, difference: str) -> int:
    """The exit code of a desk that came to its end."""
    if difference:
        return DIFFERS
    return PROBLEM if desk.journal_failure else OK


def _last_line(difference: str) -> str:
    return difference or AGREES


def _name(desk: Desk) -> str:
    return desk.places.run if desk.places is not None else desk.snapshot().run
