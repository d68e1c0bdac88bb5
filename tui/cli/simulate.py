"""Rehearsals: `simulate`, seeded sessions held against every invariant, and the kill `drill`."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tui.cli.errors import OK, PROBLEM, complain
from tui.cli.options import SOCKET
from tui.text.formats import clean

if TYPE_CHECKING:
    from engine.simulation.seeds import Rehearsal, SeedResult

_RANGE: Final = re.compile(r"(\d{1,18})(?:\.\.(\d{1,18}))?")
MOST_SEED: Final = 2**63 - 1
_MOST_SEEDS: Final = 100_000
_SHOWN: Final = 20
"""Seeds whose violations are printed in full."""

_LONGEST: Final = 300


def _seeds(ctx: click.Context, param: click.Parameter, value: str) -> range:
    match = _RANGE.fullmatch(value.strip())
    if match is None:
        raise click.BadParameter(f"{value!r} is not a range of seeds; write 1..20, or 7 for one")
    first, last = int(match[1]), int(match[2] or match[1])
    if not 0 <= last - first < _MOST_SEEDS:
        raise click.BadParameter(
            f"{value!r}: the first seed comes first, and there are at most {_MOST_SEEDS:,}"
        )
    return range(first, last + 1)


@click.command()
@click.option(
    "--seeds",
    default="1..20",
    show_default=True,
    callback=_seeds,
    metavar="A..B",
    help="Seeds to run, both ends included.",
)
@click.option(
    "--faults",
    "profile",
    default="mixed",
    show_default=True,
    metavar="PROFILE",
    help="One of none, acks, fills, cancels, feed, connection, storm, everything, or mixed: "
    "each in turn. With --gateway one of none, calls, rates, stream, deaths, "
    "everything, or mixed.",
)
@click.option(
    "--traders", type=click.IntRange(1, 200), default=3, show_default=True, help="Chains traded."
)
@click.option(
    "--minutes",
    type=click.IntRange(5, 390),
    default=30,
    show_default=True,
    help="The session's last so many minutes, the close included.",
)
@click.option(
    "--session",
    type=SOCKET,
    metavar="DIRECTORY",
    help="Trade the quotes of this recorded session, the whole of it.",
)
@click.option("--whole-session", is_flag=True, help="From the open to the close.")
@click.option(
    "--gateway",
    is_flag=True,
    help="With a broker's gateway between desk and exchange; its wire fails.",
)
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes.")
def simulate(
    seeds: range,
    profile: str,
    traders: int,
    minutes: int,
    session: Path | None,
    whole_session: bool,
    gateway: bool,
    jobs: int,
) -> int:
    """Trade seeded sessions against an exchange that fails, and check each to the cent.

    Faults strike by chance at first, then stop; at the close every order must be final. A
    checker that shares no code with the engine holds journal, exchange and wire against every
    invariant. Exit code 1 where one does not hold; the command that runs such a seed again is
    printed.

    With --gateway orders leave through the code that trades an account at Alpaca, over a wire in
    virtual time; gateway and exchange are checked against each other, too.
    """
    from engine.simulation.seeds import Rehearsal
    from engine.simulation.seeds import simulate as run

    rehearsal = Rehearsal(profile, traders, None if whole_session else minutes, session, gateway)
    with _progress(len(seeds)) as report:
        results = run(seeds, rehearsal, min(jobs, len(seeds)), report)
    for line in summary_lines(results, rehearsal):
        click.echo(line)
    return PROBLEM if any(result.violations for result in results) else OK


@contextmanager
def _progress(count: int) -> Iterator[Callable[[SeedResult], None]]:
    """On standard error: violations as soon as they are known, and on a terminal the progress."""
    done = failed = 0
    wipe = "\r\x1b[K" if sys.stderr.isatty() else ""

    def report(result: SeedResult) -> None:
        nonlocal done, failed
        done, failed = done + 1, failed + bool(result.violations)
        if result.violations:
            text = f"seed {result.seed}: {clean(result.violations[0], _LONGEST)}"
            click.echo(wipe + text, err=True)
        if wipe:
            text = f"{done:,} of {count:,} seeds, {failed:,} with violations"
            click.echo(wipe + text, nl=False, err=True)

    try:
        yield report
    finally:
        if wipe:
            click.echo(wipe, nl=False, err=True)


def summary_lines(results: Sequence[SeedResult], rehearsal: Rehearsal) -> Iterator[str]:
    """What the seeds came to: violations with the way to see them again, faults, totals.

    Args:
        results: one a seed.
        rehearsal: what each was.
    """
    from engine.simulation.seeds import faults_of

    failed = [result for result in results if result.violations]
    for result in failed[:_SHOWN]:
        yield f"seed {result.seed} ({result.profile}): {len(result.violations)} violations"
        for text in result.violations:
            yield f"  {clean(text, _LONGEST)}"
        yield f"  again: {rehearsal.command(result.seed)}"
    if len(failed) > _SHOWN:
        others = ", ".join(str(result.seed) for result in failed[_SHOWN:])
        yield f"seeds with violations besides: {others}"
    faults = faults_of(results)
    for fault, count in sorted(faults.items()):
        yield f"{count:>10,}  {fault}"
    attempts = sum(result.attempts for result in results)
    fills = sum(result.fills for result in results)
    executions = sum(result.executions for result in results)
    parked = sum(result.parked for result in results)
    struck = sum(faults.values())
    yield (
        f"{len(results):,} seeds, {attempts:,} attempts, {fills:,} fills, "
        f"{executions:,} executions, {struck:,} faults of {len(faults)} kinds, "
        f"{parked:,} units parked"
    )
    yield f"{len(failed):,} seeds with violations" if failed else "no violation"


@click.command()
@click.option(
    "--orders",
    type=click.IntRange(1, 200),
    default=50,
    help="Orders that must work before the key is pressed; 50 without it.",
)
@click.option("--exchange", is_flag=True, help="With the exchange in a process of its own.")
@click.option(
    "--seed", type=click.IntRange(0, MOST_SEED), default=46, help="Seed of the simulated day."
)
def drill(orders: int, exchange: bool, seed: int) -> int:
    """Hold a kill drill: many working orders, the kill key twice, and a stopwatch.

    A desk of its own on a simulated exchange, gone afterwards. Exit code 0 where nothing worked at
    the exchange within 5 s of the second press and book and exchange agree.
    """
    from engine.simulation.kill_drill import ALLOWED_S, DrillError
    from engine.simulation.kill_drill import drill as hold
    from tui.actions.kill_key import REPEATS_S, KillKey

    place = "in a process of its own" if exchange else "inside the desk's process"
    click.echo(f"gathering {orders} working orders on an exchange {place} ...", err=True)
    key = KillKey(time.monotonic)

    def press() -> int | None:
        stage = key.press()
        if stage is None:
            time.sleep(REPEATS_S)
            stage = key.waited()
        return stage

    try:
        result = hold(press, orders=orders, own_exchange=exchange, seed=seed)
    except DrillError as error:
        complain(str(error))
        return PROBLEM
    if result.zero_s is None:
        complain(f"{len(result.survivors)} of {result.orders} orders still work")
        return PROBLEM
    books = f"book != broker: {result.difference}" if result.difference else "book == broker"
    click.echo(
        f"{result.orders} orders working; {result.zero_s:.3f} s from the second press to none; "
        f"{result.parked} legged units parked; {books}"
    )
    if not result.passed:
        complain(f"more than {ALLOWED_S:g} s, or the books differ: the drill failed")
        return PROBLEM
    return OK
