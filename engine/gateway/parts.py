"""What follows one account at a broker, put together for a process and for a simulated one."""

from __future__ import annotations

from pathlib import Path

from engine.brokers.alpaca.market import closes_call, read_close
from engine.config import DeskConfig
from engine.gateway.account import BrokerOrders
from engine.gateway.alpaca import AlpacaConnection
from engine.gateway.books import AccountBooks
from engine.gateway.charges import Charges
from engine.gateway.closes import DayCloses
from engine.gateway.fills import FillReplay
from engine.gateway.hosted import HostedOrders
from engine.gateway.journal import GatewayJournal
from engine.gateway.odd_fills import OddFills
from engine.gateway.option_events import OptionEvents
from engine.gateway.settling import Settling
from engine.gateway.share_orders import ShareOrders
from engine.gateway.troubles import Troubles
from engine.market.clock import SessionClock, WaitingClock
from engine.market.fees import schedule_of
from engine.orders.types import OrderRequest


class AccountParts:
    """An account's orders, books, executions, settlements and fees, each told to the others.

    Args:
        config: whose fees are charged.
        folder: of the account.
        connection: to the broker.
        journal: of its orders.
        hosted: takes what the desk is told.
        troubles: takes what people are told.
        clock: on which turns are due.
        session: a desk's time.
        command: of the account's gateway, as a person types it.

    Attributes:
        orders, books, fills, ends, charges: the parts.
    """

    def __init__(
        self,
        config: DeskConfig,
        folder: Path,
        connection: AlpacaConnection,
        journal: GatewayJournal,
        hosted: HostedOrders,
        troubles: Troubles,
        clock: WaitingClock,
        session: SessionClock,
        command: str,
    ) -> None:
        fees, tell = schedule_of(config.fees), troubles.tell
        send, dialect = connection.orders.send, connection.dialect

        def fee_c(request: OrderRequest) -> int:
            return fees.vertical_fee_c(1, request.symbol)

        self._connection, self._journal, self._hosted = connection, journal, hosted
        self._clock, self._tell = clock, tell
        self.orders = BrokerOrders(dialect, send, journal, clock, fee_c, hosted.hear, tell)
        odd = OddFills(folder, self.orders, troubles.hold, tell, command)
        self.books = AccountBooks(dialect, send, session, tell)
        closes = DayCloses(closes_call, read_close, connection.data.send, clock, tell)
        settling = Settling(journal, closes.close_c, hosted.settled, clock, tell)
        self.fills = FillReplay(
            folder, dialect, send, self.orders, settling.closed, clock, tell, odd
        )
        self.ends = OptionEvents(folder, dialect, send, settling, tell)
        self.charges = Charges(dialect, send, journal, self.fills.others, hosted.charged, tell)

    def share_orders(self, folder: Path, prefix: str = "", *, durable: bool = True) -> ShareOrders:
        """The account's orders of shares.

        Args:
            folder: where they are kept.
            prefix: with which the ids of the installation's orders begin; "" where it is unknown.
            durable: whether a change waits for the disk.

        Raises:
            JournalError: what the folder keeps of them is damaged.
        """
        return ShareOrders(
            folder,
            self._connection.dialect,
            self._connection.orders.send,
            self._journal,
            self.books,
            self._hosted.settled,
            self._clock,
            self._tell,
            prefix,
            durable=durable,
        )

    def look_first(self) -> None:
        """Ask about every order without an end, and about what ended contracts otherwise.

        Where the latter is in vain, the account's thread reads again.
        """
        self.orders.looks.at_all()
        self.orders.looks.work()
        self.ends.read()
