"""The kill drill on the command line."""

from __future__ import annotations

import time

import click

from tui.cli.errors import OK, PROBLEM, complain


@click.command()
@click.option(
    "--orders",
    type=click.IntRange(1, 200),
    default=50,
    help="Orders that must work before the key is pressed; 50 without it.",
)
@click.option("--exchange", is_flag=True, help="With the exchange in a process of its own.")
@click.option("--seed", type=click.IntRange(min=0), default=46, help="Seed of the simulated day.")
def drill(orders: int, exchange: bool, seed: int) -> int:
    """Hold a kill drill: many working orders, the kill key twice, and a stopwatch.

    A desk of its own on a simulated exchange, gone afterwards. Exit code 0 where nothing worked at
    the exchange within 5 s of the second press and book and exchange agree.
    """
    from engine.simulation.kill_drill import ALLOWED_S, DrillError
    from engine.simulation.kill_drill import drill as hold
    from tui.actions.kill_key import KillKey

    place = "in a process of its own" if exchange else "inside the desk's process"
    click.echo(f"gathering {orders} working orders on an exchange {place} ...", err=True)
    key = KillKey(time.monotonic)
    try:
        found = hold(key.press, orders=orders, own_exchange=exchange, seed=seed)
    except DrillError as error:
        complain(str(error))
        return PROBLEM
    if found.zero_s is None:
        complain(f"{len(found.survivors)} of {found.orders} orders still work")
        return PROBLEM
    books = f"book != broker: {found.difference}" if found.difference else "book == broker"
    click.echo(
        f"{found.orders} orders working; {found.zero_s:.3f} s from the second press to none; "
        f"{found.parked} legged units parked; {books}"
    )
    if not found.passed:
        complain(f"more than {ALLOWED_S:g} s, or the books differ: the drill failed")
        return PROBLEM
    return OK
