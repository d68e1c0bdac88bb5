"""Look at desks without running one: status, runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import click

from tui.cli.errors import OK, PROBLEM, complain, printable
from tui.cli.modes import folders, in_words, where_options
from tui.text.formats import LIMITLESS

OLD_AFTER_S: Final = 5.0
"""A running desk writes its status once a second."""

_EXCHANGE: Final = ZoneInfo("America/New_York")


@click.command()
@where_options
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(
    config_file: Path | None, state_dir: Path | None, mode: str | None, as_json: bool
) -> int:
    """The state of the running desk, from what it writes once a second.

    Of several modes that of a desk that runs, real money first, else the one written last. Says how
    old that is, and that it is old after 5 s or when the run has ended. Exit code 1 where no desk
    has run.
    """
    looked_at = folders(config_file, state_dir, mode)
    found = sorted(_found(looked_at), key=lambda each: (each.old, each.age_s if each.old else 0.0))
    if not found:
        complain(f"no desk has run in {in_words(looked_at)}; `legdesk` starts one")
        return PROBLEM
    shown, *others = found
    others = [each for each in others if not (each.ended or each.died)]
    if as_json:
        click.echo(json.dumps({**shown.json(), "also": [each.json() for each in others]}, indent=1))
        return OK
    click.echo("\n".join([*_status_lines(shown.status), _age_line(shown)]))
    for each in others:
        name = printable(str(each.status.get("mode")))
        click.echo(f"also {_head(each.status)}; {_age_line(each)}; `legdesk status --mode {name}`")
    return OK


@dataclass(frozen=True, slots=True)
class _Found:
    """A status as it is now.

    Args:
        status: what the desk wrote.
        age_s: seconds since then.
        ended, died: what became of the desk.
    """

    status: dict[str, Any]
    age_s: float
    ended: bool
    died: bool

    @property
    def old(self) -> bool:
        """Whether no desk that works has written it."""
        return self.ended or self.died or self.age_s > OLD_AFTER_S

    def json(self) -> dict[str, Any]:
        """What the desk wrote, and how old it is."""
        aged = {"age_s": round(self.age_s, 1), "old": self.old}
        return {**self.status, **aged, "ended": self.ended, "died": self.died}


def _found(looked_at: tuple[Path, ...]) -> Iterator[_Found]:
    """The statuses that there are, that of real money first.

    Raises:
        JournalError: one cannot be read, and there is no other.
    """
    from engine.runs.errors import JournalError
    from engine.runs.status import read_status, status_age_s

    unread: list[JournalError] = []
    none = True
    for root in looked_at:
        try:
            latest = read_status(root)
        except JournalError as error:
            unread.append(error)
            continue
        if latest is not None:
            none = False
            age_s = status_age_s(latest)
            ended = latest.get("state") == "ENDED"
            died = not ended and _has_died(root, str(latest.get("run", "")))
            yield _Found(latest, age_s, ended, died)
    if unread and none:
        raise unread[0]
    for each in unread:
        complain(str(each))


def _has_died(root: Path, run: str) -> bool:
    """Whether the desk of a run is gone without having ended."""
    from engine.runs.errors import JournalError
    from engine.runs.finding import existing_run, run_state

    try:
        return run_state(existing_run(root, run)) in ("died", "damaged")
    except JournalError:
        return False  # the run is kept elsewhere, or not any more


def _age_line(found: _Found) -> str:
    """How much what was read is worth now."""
    ago = f"written {age_words(found.age_s)} ago"
    if found.ended:
        return f"OLD: the run has ended; {ago}"
    if found.died:
        run, mode = (printable(str(found.status.get(key))) for key in ("run", "mode"))
        return f"OLD: its desk died, nothing trades; {ago}; {goes_on(run, mode)}"
    if found.old:
        return f"OLD: {ago} by a desk that writes every second; it has died or hangs"
    return ago


def goes_on(run: str, mode: str = "SIM") -> str:
    """What to do about a run whose desk died."""
    if mode != "SIM":
        return "start it again as before: an account's desk goes on by itself"
    if run.startswith("replay-"):
        return "replay its session again"
    where = "--exchange SOCKET " if run.startswith("exchange-") else ""
    return f"go on with `legdesk run {where}--resume {run}`"


def says_what_is_missing(run: str) -> str:
    """What to do about a run whose journal lacks events."""
    return f"events are missing; `legdesk journal verify {run}` says which"


def _suspect(debits: Any) -> str:
    """Debits that stale or mispriced quotes would explain, where there are any."""
    return f", {debits} on quotes stale or mispriced" if isinstance(debits, int) and debits else ""


def _head(status: dict[str, Any]) -> str:
    """Mode, account, state and time of a desk."""
    at = datetime.fromtimestamp(float(status.get("now_s", 0.0)), _EXCHANGE)
    return (
        f"{status.get('mode')} {status.get('account')}  {status.get('state')}  "
        f"{at:%Y-%m-%d %H:%M:%S} {status.get('phase')}"
    )


def _status_lines(status: dict[str, Any]) -> Iterator[str]:
    def figure(key: str) -> str:
        value = status.get(key)
        if value is None:
            return "?"
        return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"

    alarms = status.get("alarms") or {}
    unlimited = status.get("open_worst_usd", 0) is None
    worst = LIMITLESS if unlimited else figure("open_worst_usd")
    yield _head(status)
    yield f"run          {status.get('run')}"
    yield f"source       {status.get('source')}, fill model {status.get('fill_model')}"
    yield (
        f"attempts     {figure('attempts')}, filled {figure('fills')}, completed "
        f"{figure('completions')} of {figure('filled_cycles')}"
        f"{_suspect(status.get('stale_or_mispriced'))}"
    )
    yield (
        f"floor        {figure('floor_usd')} USD at filled prices after fees, at expiration; "
        f"closing everything now {figure('liquidation_usd')}"
    )
    yield (
        f"open         {figure('unhedged')} unhedged, at worst {worst}, "
        f"{figure('working')} working, "
        f"{figure('unknown')} unknown, imbalance {figure('imbalance')}"
    )
    yield (
        f"cash         {figure('net_premium_usd')} USD of premium (matched "
        f"{figure('matched_usd')}, open {figure('open_usd')}), fees {figure('fees_usd')}"
    )
    yield f"dollars      {_dollars(status)}"
    aside = f", {status['shelved']} shelved" if status.get("shelved") else ""
    yield f"alarms       P1 {alarms.get('p1')}, P2 {alarms.get('p2')}, P3 {alarms.get('p3')}{aside}"
    if guard := status.get("guard"):
        yield f"guard        {printable(guard)}"
    for each in status.get("standing") or ():
        more = f" and {each['places'] - 1} more" if each.get("places", 1) > 1 else ""
        text = f"{each['code']} {each['where']}{more}: {each['what']} ({each['state']})"
        yield f"  P{each['priority']} {each['alarm']:<5} {printable(text)[:140]}"
    for each in status.get("recommendations") or ():
        text = f"{each['kind']} for {each['trader']}, {each['verdict']}"
        yield f"     {each['recommendation']:<5} {printable(text)}"
    for each in status.get("trials") or ():
        if not each["end"]:
            low, high = each["low"], each["high"]
            so_far = "" if low is None else f", {low:+,.2f} to {high:+,.2f} $ a trader-hour"
            text = f"tries {each['setting']} {each['after']} on {each['trader']}"
            yield f"     {each['trial']:<5} {printable(text)}, {each['pairs']:,} pairs{so_far}"
    for notice in status.get("notices") or ():
        yield f"notice       {printable(notice)}"


def _dollars(status: dict[str, Any]) -> str:
    """What the session guarantees for its orders and time, whose it is, and what it ties up."""

    def told(value: Any, form: str) -> str:
        return "-" if value is None else format(value, form)

    parts = [
        f"{told(status.get('result_an_order_usd'), '+,.2f')} an order",
        f"{told(status.get('result_a_trader_hour_usd'), '+,.2f')} a trader-hour"
        f"{' (THIN)' if status.get('thin') else ''}",
    ]
    for kind in ("trader", "symbol"):
        spread = (status.get("concentration") or {}).get(f"by_{kind}") or {}
        share = spread.get("best_share")
        best = "-" if share is None else f"{printable(spread.get('best'))} {share:.0%}"
        parts.append(f"best {kind} {best}")
    capital = status.get("capital") or {}
    days = told(capital.get("dollar_days_a_floor_dollar"), ",.0f")
    return ", ".join([*parts, f"{days} $-days a floor $"])


def age_words(age_s: float) -> str:
    """A duration in its largest sensible unit."""
    for unit, seconds in (("days", 86_400.0), ("h", 3_600.0), ("min", 60.0)):
        if age_s >= 2 * seconds:
            return f"{age_s / seconds:.0f} {unit}"
    return f"{age_s:.1f} s"


@click.command()
@where_options
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def runs(config_file: Path | None, state_dir: Path | None, mode: str | None, as_json: bool) -> int:
    """The runs there are, the oldest first; * marks the latest of each mode."""
    from engine.runs.finding import NOTHING_KEPT, list_runs
    from engine.runs.modes import mode_of

    looked_at = folders(config_file, state_dir, mode)
    rows = [row for root in looked_at for row in list_runs(root)]
    rows.sort(key=lambda row: (row.changed_s, row.run))
    if as_json:
        click.echo(
            json.dumps(
                [
                    {
                        "run": row.run,
                        "mode": mode_of(row.folder),
                        "folder": str(row.folder),
                        "journal_bytes": row.journal_bytes,
                        "changed_s": round(row.changed_s, 3),
                        "latest": row.latest,
                        "state": row.state,
                        "ended_by": row.ended_by,
                    }
                    for row in rows
                ],
                indent=1,
            )
        )
        return OK
    if not rows:
        complain(f"no run in {in_words(looked_at)}; `legdesk run` makes one")
    several = len({mode_of(row.folder) for row in rows}) > 1
    width = max((len(row.run) for row in rows), default=0)
    for row in rows:
        at = datetime.fromtimestamp(row.changed_s)
        mark = "*" if row.latest else " "
        kib = row.journal_bytes / 1024
        state: str = row.state
        if row.state == "died":
            state = f"died; {goes_on(row.run, mode_of(row.folder))}"
        if row.state == "differs":
            state = f"ended with a difference; `legdesk report {row.run}` says which"
        if row.state == "empty":
            state = NOTHING_KEPT
        if row.state == "damaged":
            state = f"damaged; {says_what_is_missing(row.run)}"
        if row.state == "ended" and row.ended_by:
            state = f"ended by {row.ended_by}"
        name = f"{mode_of(row.folder):<5} " if several else ""
        click.echo(
            f"{mark} {name}{row.run:<{width}}  {at:%Y-%m-%d %H:%M}  {kib:>10,.0f} KiB  {state}"
        )
    return OK
