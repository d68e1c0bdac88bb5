"""Check what the desk needs, one line each: ok, warn or fail, and what to do."""

from __future__ import annotations

import os
import re
import shutil
import stat
import sys
from collections.abc import Iterator
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import click

from tui.cli.doctor_terminal import Check, terminal_checks
from tui.cli.errors import OK, PROBLEM
from tui.cli.options import config_file_of, config_folder, configuration, place_options
from tui.cli.real_money import refusals_of
from tui.text.formats import clean

if TYPE_CHECKING:
    from engine.config import DeskConfig

NEEDS: Final = (
    "click",
    "numpy",
    "platformdirs",
    "pyarrow",
    "pydantic",
    "rich",
    "textual",
    "textual-plotext",
    "tzdata",
)
PYTHONS: Final = ((3, 11), (3, 14))
"""The first version that works and the first that was not tried."""

CALENDAR_WARN_DAYS: Final = 90
LEAST_FREE_BYTES: Final = 500 * 2**20
_CHECKOUT: Final = Path(__file__).resolve().parents[2]


@click.command()
@place_options
def doctor(config_file: Path | None, state_dir: Path | None) -> int:
    """Check configuration, terminal, packages, calendar and folders.

    One line each: ok, warn or fail, and what to do. Exit code 1 where one fails. The terminal
    itself is asked for its colours, characters, clipboard, mouse and delays.
    """
    failed = False
    for check in _checks(config_file, state_dir):
        failed = failed or check.verdict == "fail"
        click.echo(f"{check.verdict:<4}  {check.what:<13}  {check.text}")
    return PROBLEM if failed else OK


def _checks(config_file: Path | None, state_dir: Path | None) -> Iterator[Check]:
    yield _python()
    yield from _packages()
    config = None
    try:
        from engine.config import ConfigError

        config = configuration(config_file, state_dir)
    except ImportError as error:
        yield Check("fail", "configuration", f"cannot be read: {error}; install the packages")
        return
    except ConfigError as error:
        yield from (Check("fail", "configuration", line) for line in str(error).splitlines())
    else:
        source = config_file_of(config_file)
        yield Check("ok", "configuration", f"{source or 'the defaults'}, mode {config.mode}")
        yield from _fill_model(config)
        yield from _broker(config)
        yield from _theme_and_keys(config)
        yield from _notifications(config)
        yield from _folder(config)
    yield from terminal_checks(os.environ)
    yield from _calendar()


def _notifications(config: DeskConfig) -> Iterator[Check]:
    """What happens when an alarm of P1 rises; a program that is not there is not found out then."""
    from tui.notify.command import is_missing

    asked = config.notify
    if asked.command and is_missing(asked.command):
        name = clean(asked.command[0], 60)
        yield Check("warn", "notify", f"there is no program {name}; put notify.command right")
    elif asked.asked_for:
        ways = [*([asked.terminal] if asked.terminal != "off" else []), *asked.command[:1]]
        yield Check("ok", "notify", f"an alarm of P1 is told by {clean(' and '.join(ways), 90)}")


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    if PYTHONS[0] <= sys.version_info[:2] < PYTHONS[1]:
        return Check("ok", "python", version)
    return Check("fail", "python", f"{version}; use 3.11, 3.12 or 3.13")


def pinned_versions(text: str) -> dict[str, str]:
    """The versions in a requirements file with exact pins, by name."""
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;\\]+)", text, re.MULTILINE))


def _packages() -> Iterator[Check]:
    lock = _CHECKOUT / ".ci" / "requirements.txt"
    pins = pinned_versions(lock.read_text(encoding="utf-8")) if lock.is_file() else {}
    good = []
    for name in NEEDS:
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield Check("fail", "package", f"{name} is missing; install legdesk again")
            continue
        wanted = pins.get(name, installed)
        if installed == wanted:
            good.append(f"{name} {installed}")
        else:
            yield Check("warn", "package", f"{name} {installed}, tried with {wanted}; run ./start")
    if "pyarrow" in {each.split()[0] for each in good}:
        try:
            import pyarrow  # noqa: F401
        except ImportError as error:
            yield Check("fail", "package", f"pyarrow cannot load: {error}; install it again")
    if good:
        against = "as pinned" if pins else "installed"
        yield Check("ok", "packages", f"{', '.join(good)}: {against}")


def _broker(config: DeskConfig) -> Iterator[Check]:
    """What a real broker's account needs; that of a paper account where the settings name none."""
    from engine.config import UNCONFIRMED
    from tui.cli.gateway import BROKERS, on_account

    named = on_account(config, None, paper=False).broker.name in BROKERS
    yield from _extra(needed=named)
    if named:
        config = on_account(config, None, paper=False)
        yield from (Check("fail", "real money", reason) for reason in refusals_of(config))
        if config.mode == "LIVE":
            yield Check("warn", "real money", UNCONFIRMED)
        yield _keys(config)
        return
    if config.broker.name:
        return
    found = _keys(on_account(config, BROKERS[0], paper=True))
    if found.verdict == "ok":
        yield Check("ok", "broker", f"none in the settings; there is {found.text}")


def _extra(*, needed: bool) -> Iterator[Check]:
    """A line for each package that is missing; none of them where none is there, nor needed."""
    from engine.gateway.extra import INSTALL, NEEDED, WANTED, missing

    names = (*NEEDED, *WANTED)
    lacking = missing(names)
    there = [f"{name} {metadata.version(name)}" for name in names if name not in lacking]
    if not needed and not there:
        yield Check("ok", "extra alpaca", f"not installed; an account there needs it: {INSTALL}")
        return
    for name in lacking:
        if name in NEEDED:
            text = f"{name} is missing, without which no broker is called: {INSTALL}"
            yield Check("fail" if needed else "warn", "package", text)
        else:
            text = f"{name} is missing; keys are kept in a file of your own: {INSTALL}"
            yield Check("warn", "package", text)
    if there:
        yield Check("ok", "extra alpaca", ", ".join(there))


def _keys(config: DeskConfig) -> Check:
    """Whether there are keys of the configured account, and where."""
    from engine.config import ConfigError
    from engine.gateway.keys import stored_keys
    from engine.gateway.refusals import refuse_mode

    try:
        refuse_mode(config)
        place = stored_keys(config)
    except ConfigError as error:
        return Check("warn", "broker", str(error))
    account = f"{config.broker.name} {config.mode.lower()} {config.account}"
    return Check("ok", "broker", f"{account}, keys from {place}, feed {config.broker.feed}")


def _fill_model(config: DeskConfig) -> Iterator[Check]:
    """How the embedded exchange fills, with every parameter that is not the documented one."""
    simulation = config.simulation
    changed = simulation.fills.changes(simulation.fill_model)
    told = [f"{name} = {value}" for name, value in changed.items()]
    if simulation.fill_model == "calibrated" and simulation.calibration is not None:
        told.insert(0, simulation.calibration.told)
    text = ", ".join(told) or "parameters as documented"
    yield Check("ok", "fill model", f"{simulation.fill_model}: {text}")


def _theme_and_keys(config: DeskConfig) -> Iterator[Check]:
    try:
        from tui.actions.keymap import KeymapError, build
        from tui.theme.loading import load_themes
    except ImportError as error:
        yield Check("fail", "themes", f"cannot be read: {error}; install the packages")
        return
    themes = load_themes(config_folder() / "themes")
    yield from (Check("warn", "themes", problem) for problem in themes.problems)
    names = ", ".join(themes.themes)
    if config.theme in themes.themes:
        yield Check("ok", "themes", f"{config.theme}; there are {names}")
    else:
        yield Check("fail", "themes", f"there is no theme {config.theme!r}; there are {names}")
    try:
        build(config.keys)
    except KeymapError as error:
        yield Check("fail", "keys", "; ".join(error.problems))
    else:
        changed = f"{len(config.keys)} changed" if config.keys else "as shipped"
        yield Check("ok", "keys", changed)


def _folder(config: DeskConfig) -> Iterator[Check]:
    """Rights and room of the state folder; of the nearest folder above where it is not there."""
    from engine.runs.finding import base_folder
    from engine.runs.machine import storage_problem

    folder = base_folder(config)
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir():
        yield Check("fail", "state folder", f"{there} is a file; set state_dir elsewhere")
        return
    if not os.access(there, os.R_OK | os.W_OK | os.X_OK):
        yield Check(
            "fail", "state folder", f"{there} cannot be written; set state_dir to one of your own"
        )
        return
    facts = there.stat()
    problem = storage_problem(there)
    if problem:
        yield Check("fail", "state folder", problem)
    elif there == folder and facts.st_uid != os.geteuid():
        yield Check(
            "fail", "state folder", f"{folder} belongs to someone else; set state_dir elsewhere"
        )
    elif there == folder and stat.S_IMODE(facts.st_mode) & 0o077:
        yield Check(
            "warn", "state folder", f"{folder} is open to others; the next run closes it (0700)"
        )
    else:
        yield Check(
            "ok", "state folder", f"{folder}{'' if there == folder else ', made by the first run'}"
        )
    yield from _last_run(config)
    free = shutil.disk_usage(there).free
    if free < LEAST_FREE_BYTES:
        yield Check("warn", "disk", f"{free / 2**20:,.0f} MiB free; a day's journal needs room")
    else:
        yield Check("ok", "disk", f"{free / 2**30:,.1f} GiB free")


def _last_run(config: DeskConfig) -> Iterator[Check]:
    """Whether the desk of the latest run ended as it should; nothing where there is no run."""
    from engine.runs.errors import JournalError
    from engine.runs.finding import run_state
    from engine.runs.modes import find_run_of, mode_folders, mode_of
    from tui.cli.stored_runs import goes_on, says_what_is_missing

    try:
        latest = find_run_of(mode_folders(config))
    except JournalError:
        return
    state = run_state(latest)
    if state == "died":
        then = goes_on(latest.run, mode_of(latest.folder))
        text = f"{latest.run}: its desk died before it ended; {then}"
        yield Check("warn", "last run", text)
    elif state == "damaged":
        yield Check("fail", "last run", f"{latest.run}: {says_what_is_missing(latest.run)}")
    elif state == "unreadable":
        text = f"{latest.run} cannot be read; `legdesk journal verify` says why"
        yield Check("fail", "last run", text)
    else:
        yield Check("ok", "last run", f"{latest.run}: {state}")


def _calendar() -> Iterator[Check]:
    from engine.runs.machine import calendars

    today = datetime.now(ZoneInfo("America/New_York")).date()
    for each in calendars(today):
        text = f"{each.name} to {each.last}, {each.days_left:,} days left"
        if each.days_left <= 0:
            yield Check("fail", "calendar", f"{each.name} ended {each.last}; update legdesk")
        elif each.days_left < CALENDAR_WARN_DAYS:
            yield Check("warn", "calendar", f"{text}; update legdesk before")
        else:
            yield Check("ok", "calendar", text)
