"""Arm a live desk that will run without a screen."""

from __future__ import annotations

import time
from pathlib import Path

import click

from tui.cli.errors import OK, USAGE, complain
from tui.cli.gateway import on_account
from tui.cli.options import NumberRange, configuration, place_options


@click.command()
@click.option(
    "--debit-limit",
    type=NumberRange(1.0, 10_000_000.0),
    required=True,
    metavar="USD",
    help="Dollars of debits that may be bought on this day.",
)
@place_options
def arm(debit_limit: float, config_file: Path | None, state_dir: Path | None) -> int:
    """Let the next `legdesk run --headless` in mode LIVE trade real money.

    Asks for the last characters of the account's number. What is armed is good for ten minutes and
    for one start.
    """
    from engine.config import REAL_MONEY
    from engine.runs.arming import arm as write
    from engine.runs.arming import tail_to_type

    config = on_account(configuration(config_file, state_dir), None, paper=False)
    tail = tail_to_type(config)
    complain(REAL_MONEY)
    typed = click.prompt(
        f"Real money, account {config.account}. Its last characters", prompt_suffix=": "
    )
    if typed.strip() != tail:
        complain("that does not end the number of this account; nothing is armed")
        return USAGE
    try:
        path = write(config, debit_limit, time.time())
    except OSError as error:
        complain(f"{error.filename or 'the file'} cannot be written: {error.strerror or error}")
        return USAGE
    click.echo(
        f"armed: {config.account} ...{tail}, debits of at most {debit_limit:,.2f} $ today; start "
        f"within ten minutes ({path})"
    )
    return OK
