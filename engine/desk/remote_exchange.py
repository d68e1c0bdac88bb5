"""What a desk is made of whose exchange runs in another process, and the guard it starts."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict
from pathlib import Path

from engine.brokers.remote.connection import join
from engine.config import ConfigError
from engine.config.broker import tail_of
from engine.desk.gateway_keeper import GatewayKeeper
from engine.guard.place import BrokerPlace
from engine.guard.starting import GuardProcess
from engine.market.clock import SystemClock
from engine.orders.ids import prefix_of, start_of
from engine.run_folder.kill_latch import KillLatch
from engine.run_folder.paths import RunPlaces, write_private
from engine.runtime.context import DeskContext
from engine.runtime.pace import RealPace
from engine.runtime.restart.reconcile import Reconciliation


class RemoteParts:
    """Broker, market and time of an exchange in another process; a guard watches this one.

    Args:
        places: the run's files; its id names the account.
        installation: with which the ids of this installation's orders begin.
        socket: the exchange's.
        mode: the desk's; the exchange's must be the same.
        resumed: whether the run goes on; a new simulated one needs an account that nobody has used.
        gateway: command that starts the account's gateway, where it dies under this desk, and for
            the guard; empty for none.
        number: of the account; the gateway's must end as it does. "" for any.

    Raises:
        LinkError: no exchange answers.
        ConfigError: its mode is another, or the account is not what the run needs.
    """

    def __init__(
        self,
        places: RunPlaces,
        installation: str,
        socket: Path,
        mode: str,
        *,
        resumed: bool,
        number: str = "",
        gateway: tuple[str, ...] = (),
    ) -> None:
        socket = socket.expanduser().absolute()
        self.installation = installation
        self.prefix = prefix_of(mode, installation)
        self._places = places
        self._reconciliation: Reconciliation | None = None
        place = BrokerPlace(socket, places.run, self.prefix, gateway)
        self.guard = GuardProcess(places.folder, place)
        try:
            account = join(socket, places.run)
        except BaseException:
            self.guard.dismiss()
            raise
        self.broker, self.market = account.broker, account.market
        self.clock = account.facts.clock
        self.pace = RealPace(self.clock, self.clock.speed)
        self.start = "" if mode == "SIM" else start_of(self.clock.epoch_s())
        refusal = ""
        if account.facts.mode != mode:
            refusal = f"the exchange at {socket} is {account.facts.mode}, the desk {mode}"
        elif number and tail_of(number) != account.facts.account_tail:
            refusal = (
                f"the account's number ends with {tail_of(number)}, that of the gateway with "
                f"{account.facts.account_tail}"
            )
        elif mode == "SIM" and account.known and not resumed:
            refusal = (
                f"the exchange at {socket} has an account {places.run} already; go on with "
                f"--resume {places.run}, or use an exchange of its own"
            )
        elif mode == "SIM" and resumed and not account.known:
            refusal = (
                f"the exchange at {socket} knows no account {places.run}: the run was on another "
                "one, or that one was started anew and its orders and positions are gone"
            )
        self._keeper: GatewayKeeper | None = None
        if refusal:
            self.close()
            raise ConfigError(refusal)
        if gateway:
            latch = KillLatch(places.folder)
            self._keeper = GatewayKeeper(
                self.broker, socket.parent, gateway, SystemClock(), lambda: _stage_of(latch)
            )
            self._keeper.begin()

    def book_missed(self, context: DeskContext) -> None:
        """Book what the account went through while nobody ran the desk."""
        context.session.update(context.now().epoch_s)
        self._reconciliation = Reconciliation(context, self.broker, self.prefix, _pause)
        self._reconciliation.book()

    def reconcile(self, context: DeskContext) -> None:
        """Find out what became of every open order, and leave the result in the run's folder.

        After `book_missed`, when the desk has its traders.

        Raises:
            OSError: the disk's own.
        """
        assert self._reconciliation is not None
        result = self._reconciliation.end_orders()
        path = self._places.folder / "reconciled.json"
        fields = {"at_s": round(context.moment.epoch_s, 3), "found": str(result), **asdict(result)}
        write_private(path, json.dumps(fields) + "\n")

    def let_go(self) -> None:
        """The desk has ended: its gateway is not started again, and no guard is needed."""
        self._keep_no_more()
        self.guard.dismiss()

    def disconnect(self) -> None:
        """Close the connection; what works is left to the guard."""
        self._keep_no_more()
        self.broker.link.close()

    def close(self) -> None:
        """Let go of exchange and guard."""
        self.disconnect()
        self.guard.dismiss()

    def _keep_no_more(self) -> None:
        if self._keeper is not None:
            self._keeper.end()


def _stage_of(latch: KillLatch) -> int:
    latched = latch.read()
    return 0 if latched is None else latched.stage


def _pause(seconds: float) -> None:
    threading.Event().wait(seconds)
