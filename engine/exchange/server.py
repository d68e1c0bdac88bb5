"""The server of the exchange's process: its timers, its accounts, and what a client may ask."""

from __future__ import annotations

import heapq
import math
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from engine.brokers.protocol import MarketData
from engine.brokers.remote.codec import chain_plain, order_of
from engine.brokers.remote.facts import Health, SessionFacts
from engine.brokers.remote.frames import whole
from engine.brokers.remote.host import Host, Message, RefusalError
from engine.config.broker import tail_of
from engine.exchange.matching.engine import MatchingEngine
from engine.exchange.remote_account import Account
from engine.market.clock import Clock, SystemClock
from engine.run_folder.paths import private_folder

LONGEST_WAIT_S: Final = 0.2
LEDGERS_EVERY_S: Final = 1.0
HEALTH_EVERY_S: Final = 1.0
"""Real seconds between two health messages."""

MOST_ACCOUNTS: Final = 256

MOST_NAMES: Final = 20_000
"""Orders whose states one request may ask for."""

_ACCOUNT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class ExchangeServer:
    """Serves accounts on a Unix socket; an account is opened when it is first named.

    Args:
        folder: owner-only; the socket, the record of orders and the ledgers go there.
        facts: of the session, its clock included: the exchange's time.
        market: the quotes.
        matching_of: makes an account's matching engine on this exchange's timer.
        warn: told what cannot be written, once until it can.
        real: real time.

    Attributes:
        unwritten: accounts whose ledger could not be written when that was last tried, with the
            reason. What they booked stays in memory, and is written as soon as that can be.
        health: what desks are told each second of the links, which a simulated exchange has none.
    """

    def __init__(
        self,
        folder: Path,
        facts: SessionFacts,
        market: MarketData,
        matching_of: Callable[[Callable[[float, Callable[[], None]], None]], MatchingEngine],
        warn: Callable[[str], None] = lambda text: None,
        real: Clock | None = None,
    ) -> None:
        self.folder = private_folder(folder)
        self.path = folder / "socket"
        self._stopping = False
        self._facts = facts
        self._clock = facts.clock
        self._market = market
        self._matching_of = matching_of
        self._accounts: dict[str, Account] = {}
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._ledgers_s = self._health_s = -math.inf
        self._warn = warn
        self._real = real or SystemClock()
        self.unwritten: dict[str, str] = {}
        self.health = Health(True, True, 0.0, clock_ahead_s=0.0)
        self._of_market: dict[str, Callable[[Message], Any]] = {
            "chain": self._chain,
            "underlying": self._underlying,
            "expirations": self._expirations,
        }
        self._of_account: dict[str, Callable[[Account, Message], Any]] = {
            "submit": self._submit,
            "cancel": self._cancel,
            "query": self._query,
            "open_orders": lambda account, message: account.open_orders(),
            "positions": lambda account, message: account.positions(),
            "shares": lambda account, message: account.shares(),
            "close_shares": self._close_shares,
            "account": lambda account, message: account.account(),
            "executions": lambda account, message: account.executions(whole(message["since"], 0)),
            "busted": lambda account, message: account.busted(whole(message["since"], 0)),
            "settlements": lambda account, message: account.settlements(whole(message["since"], 0)),
            "states": self._states,
        }
        self._host = Host(self.path, self, self._real)

    # ------------------------------------------------------------------ the loop

    def serve(self) -> None:
        """Serve until `stop`; then write the ledgers and close everything."""
        try:
            while not self._stopping:
                self._turn()
        finally:
            self._write_ledgers()
            self._host.close()

    def stop(self) -> None:
        """Let `serve` return soon; from a signal handler or another thread."""
        self._stopping = True

    def _turn(self) -> None:
        clock = self._clock
        due_s = self._heap[0][0] if self._heap else math.inf
        wait_s = min(LONGEST_WAIT_S, max(0.0, (due_s - clock.now_s()) / clock.speed))
        self._host.turn(wait_s)
        now_s = clock.now_s()
        while self._heap and self._heap[0][0] <= now_s:
            heapq.heappop(self._heap)[2]()
        if now_s - self._ledgers_s >= LEDGERS_EVERY_S * clock.speed:
            self._ledgers_s = now_s
            self._write_ledgers()
        real_s = self._real.now_s()
        if real_s - self._health_s >= HEALTH_EVERY_S:
            self._health_s = real_s
            self._host.tell_desks({"health": self.health.plain()})

    def timer(self, due_s: float, call: Callable[[], None]) -> None:
        """Call `call()` at the exchange's second `due_s`."""
        self._count += 1
        heapq.heappush(self._heap, (due_s, self._count, call))

    def _write_ledgers(self) -> None:
        for name, account in self._accounts.items():
            try:
                account.keep()
            except OSError as error:
                reason = error.strerror or str(error)
                if self.unwritten.get(name) != reason:
                    self.unwritten[name] = reason
                    self._warn(
                        f"{name}: its ledger cannot be written: {reason}; free the disk: what it "
                        "booked is kept and written then"
                    )
            else:
                self.unwritten.pop(name, None)

    # ------------------------------------------------------------------ the venue

    def facts(self, account: str) -> Message:
        """Facts of the session for whoever connects."""
        return replace(self._facts, account_tail=tail_of(account)).plain()

    def find(self, name: str) -> Account | None:
        """An account that is open.

        Raises:
            RefusalError: no account can have that name.
        """
        if not _ACCOUNT.fullmatch(name):
            raise RefusalError(f"{name[:64]!r} cannot name an account")
        return self._accounts.get(name)

    def open(self, name: str) -> Account:
        """Open an account for its first desk.

        Raises:
            RefusalError: there are too many, or a file has its name.
        """
        if len(self._accounts) >= MOST_ACCOUNTS:
            raise RefusalError(f"there are {MOST_ACCOUNTS} accounts already; start another")
        folder = self.folder / name
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise RefusalError(f"{name!r} cannot name an account: the exchange has a file of it")
        private_folder(folder)
        account = Account(name, self._matching_of(self.timer), folder, self._clock.now_s)
        self._accounts[name] = account
        return account

    def of_market(self, op: str) -> Callable[[Message], Any] | None:
        """What answers a request about quotes; None where `op` is none."""
        return self._of_market.get(op)

    def of_account(self, op: str) -> Callable[[Any, Message], Any] | None:
        """What answers a request of an account; None where `op` is none."""
        return self._of_account.get(op)

    # ------------------------------------------------------------------ requests

    def _submit(self, account: Account, message: Message) -> str:
        account.submit(order_of(message["order"]))
        return "taken"

    def _cancel(self, account: Account, message: Message) -> str:
        account.cancel(_name(message["order"]))
        return "taken"

    def _query(self, account: Account, message: Message) -> str:
        account.query(_name(message["order"]))
        return "taken"

    def _close_shares(self, account: Account, message: Message) -> str:
        symbol = message["symbol"]
        if not isinstance(symbol, str) or not 0 < len(symbol) <= 16:
            raise RefusalError("shares are named by their root")
        account.close_shares(symbol)
        return "taken"

    def _states(self, account: Account, message: Message) -> dict[str, str]:
        names = message["orders"]
        if not isinstance(names, list) or len(names) > MOST_NAMES:
            raise RefusalError(f"orders must be a list of at most {MOST_NAMES} names")
        return account.states([_name(each) for each in names])

    def _chain(self, message: Message) -> dict[str, Any] | None:
        expiration = date.fromisoformat(message["expiration"])
        chain = self._market.chain(str(message["symbol"]), expiration, self._clock.now_s())
        return None if chain is None else chain_plain(chain)

    def _underlying(self, message: Message) -> float | None:
        return self._market.underlying(str(message["symbol"]), self._clock.now_s())

    def _expirations(self, message: Message) -> list[str]:
        days = self._market.expirations(str(message["symbol"]), self._clock.now_s())
        return [day.isoformat() for day in days]


def _name(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 64 or not value.isprintable():
        raise RefusalError("an order is named by a short printable text")
    return value
