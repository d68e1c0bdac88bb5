"""What an earlier part of a run left: its events, their state, and what it still holds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from engine.book.balancer import PositionBalancer
from engine.brokers.execution import Execution
from engine.brokers.ledger import ExchangeLedger, LedgerError
from engine.brokers.ledger_file import Entry, read_ledger
from engine.config import ConfigError, DeskConfig
from engine.journal.missing import accept_loss, missing_events
from engine.journal.reading import read_events
from engine.orders import events as ev
from engine.run_folder.append_log import finish_batches
from engine.run_folder.errors import JournalError
from engine.run_folder.paths import RunPlaces
from engine.state.desk import DeskState

Chain = tuple[str, date]


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """An earlier part of a run.

    Args:
        events: its journal.
        state: what they come to.
        entries: the exchange's ledger.
        lost: which events its journal lacks; "" where it has all.
    """

    events: tuple[ev.Event, ...]
    state: DeskState
    entries: tuple[Entry, ...]
    lost: str = ""

    @property
    def session_date(self) -> date | None:
        """The last session it traded in; None where it never began one."""
        session = self.state.session
        return None if session is None else date.fromisoformat(session.session_date)

    def held(self) -> dict[Chain, frozenset[float]]:
        """Strikes of the chains that it holds contracts of, or has open units in."""
        strikes: dict[Chain, set[float]] = defaultdict(set)
        for pair in self.state.positions.pairs.held():
            totals = self.state.traders[pair.trader]
            strikes[totals.symbol, totals.expires].update(leg.strike for leg in pair.legs)
        for symbol, expiration, _, strike in self.state.contracts.contracts():
            strikes[symbol, date.fromisoformat(expiration)].add(strike)
        return {chain: frozenset(held) for chain, held in strikes.items()}

    def followed(self) -> set[Chain]:
        """The chains that it traded in its last session."""
        chains: set[Chain] = set()
        for event in reversed(self.events):
            if isinstance(event, ev.SessionStarted):
                break
            if isinstance(event, ev.TraderAdded):
                chains.add((event.symbol, date.fromisoformat(event.expiration)))
        return chains

    def fill(self, ledger: ExchangeLedger) -> None:
        """Book every entry in a new exchange's ledger.

        Raises:
            JournalError: the entries contradict each other.
        """
        try:
            for entry in self.entries:
                if isinstance(entry, Execution):
                    ledger.book(entry)
                else:
                    ledger.settle(entry, again=True)
        except LedgerError as error:
            raise JournalError(
                "foreign", f"the exchange's ledger: {error}; take it from a copy"
            ) from None


def read_earlier_run(config: DeskConfig, places: RunPlaces, *, accept_missing: bool) -> EarlierRun:
    """Read what a run left; its lock is held.

    Args:
        config: limits and ladder.
        places: the run's files.
        accept_missing: whether to go on where the journal lacks events that it had.

    Raises:
        JournalError: journal or ledger cannot be read, or events are missing.
        ConfigError: the run is of another account, or of one at another broker.
    """
    missing = missing_events(places)
    if missing is not None and not accept_missing:
        raise JournalError(
            "torn",
            f"{places.run}: {missing}; keep {places.folder}, restore the last good copy, or go on "
            f"without them: `legdesk run --resume {places.run} --accept-missing`",
        )
    rows = list(read_events(places.journal))
    state = DeskState(
        PositionBalancer(config.limits.max_imbalance_chain, config.ladder.force_balance_at_close)
    )
    state.apply_all(rows)
    if state.session is not None and state.session.account != config.account:
        raise ConfigError(
            f"{places.run} is of account {state.session.account}, the settings name "
            f"{config.account}; go on with "
            f'account = "{state.session.account}", or begin another run'
        )
    _refuse_other_broker(config, places, state)
    try:
        if missing is not None:
            accept_loss(places)
        for path in (places.ledger, places.wire):
            finish_batches(path, rows[-1][0] if rows else 0)
        entries = read_ledger(places.ledger)
    except ValueError as error:
        text = (
            f"{path} is not one of the exchange's files: {error}; move it away to go on without it"
        )
        raise JournalError("foreign", text) from None
    except LedgerError as error:
        raise JournalError("foreign", f"{error}; move it away to go on without it") from None
    except OSError as error:
        raise JournalError("denied", f"the exchange's files: {error}; check their folder") from None
    lost = "" if missing is None else str(missing)
    return EarlierRun(tuple(event for _, event in rows), state, entries, lost)


def _refuse_other_broker(config: DeskConfig, places: RunPlaces, state: DeskState) -> None:
    """Refuse to go on at one broker with the journal of an account at another.

    Raises:
        ConfigError: with both, and the remedy.
    """
    if config.mode == "SIM" or state.session is None:
        return
    before = state.session.settings.get("broker", {}).get("name", config.broker.name)
    if before != config.broker.name:
        raise ConfigError(
            f"{places.run} is the journal of an account at {before}, the settings name "
            f"{config.broker.name}; set account to a name of its own for each"
        )


def chains_to_follow(
    earlier: EarlierRun | None, day: date, listed: list[Chain], run: str
) -> list[Chain]:
    """The listed chains, and those that the run still holds something of.

    Args:
        earlier: what the run left; None for a new one.
        day: exchange date of the session.
        listed: chains that a new run would trade.
        run: its name, for the errors.

    Raises:
        ConfigError: the run has traded later than `day`, or in chains that cannot be followed.
    """
    if earlier is None or earlier.session_date is None:
        return listed
    if day < earlier.session_date:
        raise ConfigError(
            f"{run}: the run has traded {earlier.session_date} already; go on from that date"
        )
    held = {chain for chain in earlier.held() if chain[1] >= day}
    wanted = held
    if day == earlier.session_date:
        wanted = held | {chain for chain in earlier.followed() if chain[1] > day}
    roots = {symbol for symbol, _ in listed}
    missing = sorted(
        f"{symbol} {expiration}"
        for symbol, expiration in wanted
        if (symbol, expiration) not in listed
        and not ((symbol, expiration) in held and symbol in roots)
    )
    if missing:
        raise ConfigError(
            f"{run}: the run to go on with also trades {', '.join(missing[:5])}; configure the "
            "same symbols and expirations"
        )
    return listed + sorted(held.difference(listed))
