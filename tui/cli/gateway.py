"""A real broker's account: log in and out, and its gateway."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

import click

from tui.cli.errors import OK, PROBLEM, complain, logged
from tui.cli.options import FILE, changed, config_file_of, configuration, place_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.config import DeskConfig

BROKERS: Final = ("alpaca",)
UNNAMED: Final = "SIM-01"
"""The account's name where the settings give none; a real one is called `main` then."""

broker_argument = click.argument("broker", type=click.Choice(BROKERS))


def mode_options(command: click.decorators.FC) -> click.decorators.FC:
    """--paper and --live."""
    live = click.option("--live", is_flag=True, help="The account of real money.")
    return click.option("--paper", is_flag=True, help="The broker's paper account.")(live(command))


def on_account(
    config: DeskConfig, broker: str | None, *, paper: bool, live: bool = False
) -> DeskConfig:
    """The configuration with the account that options name.

    Raises:
        click.UsageError: both modes, or LIVE that the file does not say.
    """
    if paper and live:
        raise click.UsageError("--paper and --live are two accounts; name one")
    if live and config.mode != "LIVE":
        raise click.UsageError(
            'LIVE is taken from the settings file alone; write mode = "LIVE" there'
        )
    if paper:
        config = changed(config, mode="PAPER")
    if broker is not None:
        config = changed(config, broker=changed(config.broker, name=broker))
    if config.broker.name in BROKERS and config.account == UNNAMED:
        config = changed(config, account="main")
    return config


@click.command()
@broker_argument
@mode_options
@click.option("--cancel-only", is_flag=True, help="Take no order; end once nothing works.")
@click.option("--again", is_flag=True, hidden=True, help="In place of one that died.")
@click.option("--kept", type=FILE, hidden=True, help="Settings with which a desk began.")
@click.option("--stop", is_flag=True, help="End the gateway that runs for the account.")
@click.option("--accept-odd", metavar="ID", help="Go on after an execution that it cannot read.")
@place_options
def gateway(
    broker: str,
    paper: bool,
    live: bool,
    cancel_only: bool,
    again: bool,
    kept: Path | None,
    stop: bool,
    accept_odd: str | None,
    config_file: Path | None,
    state_dir: Path | None,
) -> int:
    """Hold a broker's account for desks, until SIGTERM or ^C.

    `legdesk run` starts it by itself. It lives on when a desk dies, and
    cancels what works once no desk has been connected for eight seconds.
    """
    from engine.gateway.odd_fills import accept
    from engine.gateway.place import account_folder
    from engine.gateway.process import stop as stop_process
    from engine.gateway.refusals import refuse_mode
    from engine.gateway.starting import open_gateway

    def read() -> tuple[DeskConfig, str]:
        given = configuration(config_file, state_dir)
        named = config_file_of(config_file)
        told = "the defaults" if named is None else str(named)
        return on_account(given, broker, paper=paper, live=live), told

    if kept is None:
        config, used = read()
    else:
        config, used = _of_a_desk(kept, read, cancel_only=cancel_only)
        if (config.broker.name, config.mode) != (broker, "LIVE" if live else "PAPER"):
            raise click.UsageError(f"{kept} is of another account than the options name")
    refuse_mode(config)
    if stop:
        process = stop_process(account_folder(config))
        if process is None:
            complain("no gateway runs for the account")
            return PROBLEM
        click.echo(f"process {process} was asked to end")
        return OK
    if accept_odd is not None:
        with logged(config):
            click.echo(f"accepted: execution {accept(account_folder(config), accept_odd)}")
            click.echo("debits go on within seconds, unless another one waits")
        return OK
    with logged(config):
        opened = open_gateway(config, cancel_only=cancel_only, again=again)

        def end(number: int, frame: FrameType | None) -> None:
            opened.stop(None if cancel_only else number)

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, end)
        click.echo(opened.path)
        click.echo(f"settings: {used}")
        opened.serve()
    return OK


def _of_a_desk(
    kept: Path, read: Callable[[], tuple[DeskConfig, str]], *, cancel_only: bool
) -> tuple[DeskConfig, str]:
    """The settings with which a desk began, and where they are.

    Args:
        kept: the file that it left.
        read: reads those of now.
        cancel_only: whether those of now do where the file does not: what only cancels is needed.

    Raises:
        ConfigError: the file cannot be used.
    """
    from engine.config import ConfigError
    from engine.gateway.kept_settings import read_kept

    try:
        return read_kept(kept), f"those with which the desk began ({kept})"
    except ConfigError as error:
        if not cancel_only:
            raise
        complain(f"{error}; the settings of now are used")
        return read()


@click.command()
@broker_argument
@mode_options
@place_options
def login(
    broker: str, paper: bool, live: bool, config_file: Path | None, state_dir: Path | None
) -> int:
    """Ask for an account's keys, try them, and keep them for its gateway.

    They go to the keyring, else to a file that is the owner's alone. Nothing is echoed; from a
    pipe the key is the first line and the secret the second.
    """
    from engine.gateway.extra import refuse_without_packages
    from engine.gateway.login import log_in
    from engine.gateway.refusals import refuse_mode

    config = on_account(configuration(config_file, state_dir), broker, paper=paper, live=live)
    refuse_mode(config)
    refuse_without_packages(broker)
    with logged(config):
        key, secret = _asked(f"{broker} {config.mode.lower()} key"), _asked("secret")
        for sentence in log_in(config, key, secret).sentences():
            click.echo(sentence)
    return OK


@click.command()
@broker_argument
@mode_options
@place_options
def logout(
    broker: str, paper: bool, live: bool, config_file: Path | None, state_dir: Path | None
) -> int:
    """Forget an account's keys; a gateway that runs keeps them until it ends."""
    from engine.gateway.login import log_out

    config = on_account(configuration(config_file, state_dir), broker, paper=paper, live=live)
    if config.mode == "SIM":
        raise click.UsageError("say whose keys: --paper, or --live")
    with logged(config):
        places = log_out(config)
    if not places:
        complain(f"there were no keys of {broker} {config.mode.lower()} {config.account}")
        return PROBLEM
    for place in places:
        click.echo(f"forgotten in {place}")
    return OK


def _asked(what: str) -> str:
    """What somebody types, without an echo; from a pipe the next line."""
    if sys.stdin.isatty():
        answer: str = click.prompt(what, hide_input=True)
        return answer.strip()
    return sys.stdin.readline().strip()


def command_of(config: DeskConfig, kept: Path, config_file: Path | None) -> list[str]:
    """The command that starts the configured account's gateway in a process of its own.

    Args:
        config: of the desk.
        kept: the file with the settings that it uses, whatever is written elsewhere by then.
        config_file: where the settings are, for one that cancels and cannot use that file.
    """
    command = [sys.executable, "-m", "tui", "gateway", config.broker.name]
    command += [f"--{config.mode.lower()}", "--kept", str(kept)]
    chosen = config_file_of(config_file)
    if chosen is not None:
        command += ["--config", str(chosen.absolute())]
    if config.state_dir is not None:
        command += ["--state-dir", str(config.state_dir.expanduser().absolute())]
    return command


def start_where_missing(config: DeskConfig, config_file: Path | None) -> tuple[str, ...]:
    """See to it that the gateway of a configured account runs; the command that starts it.

    What it needs of the settings is kept for it and for the starts after it.

    Raises:
        ConfigError: it cannot be started, with what it said; or the settings are not an account's.
    """
    from engine.config import refuse_simulated_chains, refuse_stock_symbols
    from engine.gateway.kept_settings import keep
    from engine.gateway.place import account_folder
    from engine.gateway.process import awaited, start
    from engine.gateway.refusals import refuse_mode, refuse_real_money
    from engine.market.clock import SystemClock

    refuse_mode(config)
    refuse_real_money(config)
    refuse_simulated_chains(config)
    refuse_stock_symbols(config)
    folder, command = account_folder(config), command_of(config, keep(config), config_file)
    clock = SystemClock()
    if not awaited(folder, clock, complain):
        process = start(folder, command, clock)
        complain(f"gateway of {config.broker.name} started, process {process}")
    return tuple(command)
