"""A run as the checker reads it: journal, exchange's books and wire, arranged by order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

Row = Mapping[str, Any]

ON_ITS_WAY_MS: Final = 60_000
"""An execution this recent may be in flight to a desk that did not end in order."""

_EXECUTION: Final = (
    "execution", "order", "at_s", "symbol", "expiration", "quantity", "price_c", "pays",
    "multiplier", "legs", "fees_c",
)  # fmt: skip

_SETTLEMENT: Final = (
    "after", "what", "settlement", "at_s", "symbol", "expiration", "right", "strike", "quantity",
    "price_c", "cash_c", "shares", "multiplier",
)  # fmt: skip


_ALARMS: Final = ("AlarmRaised", "AlarmJoined", "AlarmRestated", "AlarmLeft", "AlarmCleared")


class CheckError(ValueError):
    """The input is not a journal, ledger or wire log; the sentence names the row."""


def executions_of(account: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The executions of an exchange's ledger file (exchange.jsonl), as rows.

    A row has execution, order, at_s, symbol, expiration, quantity, price_c, pays, multiplier,
    legs (right, strike, signed contracts, cents per share) and fees_c.

    Raises:
        CheckError: the content is not a ledger.
    """
    try:
        return [dict(zip(_EXECUTION, row, strict=True)) for row in account["executions"]]
    except (KeyError, TypeError, ValueError) as error:
        raise CheckError(f"the exchange's ledger cannot be read: {error!r}") from None


def settlements_of(account: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Contracts and shares that ended without a trade, from an exchange's ledger file, as rows.

    A row has settlement (its id), what (expired, cash, exercised, assigned, shares), at_s, symbol,
    expiration, right, strike, quantity (signed contracts that ended), cash_c, shares and
    multiplier. Ledgers of earlier versions have none.

    Raises:
        CheckError: the content is not a ledger.
    """
    try:
        rows = account.get("settlements", ())
        return [dict(zip(_SETTLEMENT, row, strict=True)) for row in rows]
    except (AttributeError, TypeError, ValueError) as error:
        raise CheckError(f"the exchange's ledger cannot be read: {error!r}") from None


@dataclass(slots=True, eq=False)
class OrderStory:
    """One client order id: its rows in the journal and on the wire, oldest first."""

    name: str
    intents: list[Row] = field(default_factory=list)
    sent: list[Row] = field(default_factory=list)
    executed: list[Row] = field(default_factory=list)
    ended: list[Row] = field(default_factory=list)
    submits: list[Row] = field(default_factory=list)
    cancels: list[Row] = field(default_factory=list)
    booked: list[Row] = field(default_factory=list)
    more_fees_c: int = 0

    @property
    def intent(self) -> Row | None:
        """The journal's intent."""
        return self.intents[0] if self.intents else None

    @property
    def trader(self) -> str:
        """The trader it belongs to; "" where the journal does not know it."""
        return str(self.intents[0]["trader"]) if self.intents else ""


class History:
    """A run, read once.

    Args:
        journal: rows of the canonical export, oldest first.
        executions: see `executions_of`.
        wire: rows of the exchange's wire log, oldest first.
        complete: the session ended in order, so nothing can be in flight.
        settlements: see `settlements_of`.

    Attributes:
        orders: stories by client order id, in the order in which they appeared.
        traders: each trader's TraderAdded row.

    Raises:
        CheckError: a row lacks a field of its kind.
    """

    def __init__(
        self,
        journal: Iterable[Row],
        executions: Iterable[Row],
        wire: Iterable[Row],
        complete: bool,
        settlements: Iterable[Row] = (),
    ) -> None:
        self.complete = complete
        self.settlements = list(settlements)
        self.orders: dict[str, OrderStory] = {}
        self.traders: dict[str, Row] = {}
        self.journal = list(journal)
        self.executions = list(executions)
        self.wire = list(wire)
        for number, row in enumerate(self.journal, 1):
            self._file("journal", number, row, self._journaled)
        for number, row in enumerate(self.executions, 1):
            self._file("ledger", number, row, self._booked)
        for number, row in enumerate(self.wire, 1):
            self._file("wire", number, row, self._received)

    def _file(self, where: str, number: int, row: Row, put: Any) -> None:
        try:
            put(row)
        except (KeyError, TypeError, AttributeError) as error:
            raise CheckError(f"row {number} of the {where} is not one: {error!r}") from None

    def _journaled(self, row: Row) -> None:
        kind = row["kind"]
        row["seq"], row["at"]
        if kind == "TraderAdded":
            self.traders.setdefault(row["trader"], row)
        elif kind == "OrderIntended":
            self.story(row["order"]).intents.append(row)
        elif kind == "OrderSent":
            self.story(row["order"]).sent.append(row)
        elif kind == "Executed":
            self.story(row["order"]).executed.append(row)
        elif kind == "FeeCorrected":
            self.story(row["order"]).more_fees_c += row["fee_c"] - row["before_c"]
        elif kind == "OrderEnded":
            self.story(row["order"]).ended.append(row)

    def _booked(self, row: Row) -> None:
        row["execution"], row["quantity"], row["legs"]
        self.story(row["order"]).booked.append(row)

    def _received(self, row: Row) -> None:
        row["at_ms"]
        story = self.story(row["order"])
        if row["what"] == "submit":
            story.submits.append(row)
        elif row["what"] == "cancel":
            story.cancels.append(row)

    def story(self, name: str) -> OrderStory:
        """The story of an order; a new one where there was none."""
        story = self.orders.get(name)
        if story is None:
            story = self.orders[name] = OrderStory(name)
        return story

    def multiplier(self, trader: str) -> int:
        """Dollars a contract per point of a trader's chain."""
        added = self.traders.get(trader)
        return int(added["multiplier"]) if added is not None else 100

    def chain(self, trader: str) -> tuple[str, str]:
        """Symbol and expiration of a trader; from its name where no row added it."""
        added = self.traders.get(trader)
        if added is not None:
            return str(added["symbol"]), str(added["expiration"])
        symbol, _, expiration = trader.partition(" ")
        return symbol, expiration

    def of(self, *kinds: str) -> list[Row]:
        """The journal's rows of some kinds, in order."""
        at = sorted(place for kind in set(kinds) for place in self._places.get(kind, ()))
        return [self.journal[place] for place in at]

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        """Where the journal has rows of a kind."""
        kinds: dict[str, list[int]] = {}
        for place, row in enumerate(self.journal):
            kinds.setdefault(row["kind"], []).append(place)
        return kinds

    @cached_property
    def end_ms(self) -> int:
        """When the journal's last row was written; 0 for an empty one."""
        return int(self.journal[-1]["at"]) if self.journal else 0

    @cached_property
    def heard_ms(self) -> int:
        """When the exchange last received anything; its files hold nothing later."""
        return int(self.wire[-1]["at_ms"]) if self.wire else 0

    @cached_property
    def in_flight(self) -> frozenset[str]:
        """Orders on which journal and exchange may differ, because the run did not end in order.

        An execution may have been in flight to the desk, or be in the journal and not yet in the
        exchange's file, which is written later.
        """
        if self.complete:
            return frozenset()
        since_ms = self.end_ms - ON_ITS_WAY_MS
        return frozenset(
            name
            for name, story in self.orders.items()
            if any(row["at_s"] * 1000 >= since_ms for row in story.booked)
            or any(row["at"] > self.heard_ms for row in story.executed)
        )

    @cached_property
    def adjusted(self) -> frozenset[str]:
        """Chains and roots where an operator adopted the broker's positions, at no price."""
        return frozenset(
            [row["trader"] for row in self.of("BookAdjusted")]
            + [row["symbol"] for row in self.of("SharesTraded") if row["trade"][:9] == "ACCEPTED."]
        )

    @cached_property
    def unsure(self) -> frozenset[str]:
        """Settlements that only one side has, because the run did not end in order."""
        if self.complete:
            return frozenset()
        ours = {row["settlement"] for row in self.of("Settled")}
        ours |= {row["trade"] for row in self.of("SharesTraded")}
        return frozenset(ours ^ {row["settlement"] for row in self.settlements})

    @cached_property
    def raised(self) -> dict[tuple[str, str], Row]:
        """The AlarmRaised rows of the alarms active at the end, by alarm and place."""
        alarms: dict[tuple[str, str], Row] = {}
        first: dict[str, Row] = {}
        for row in self.of(*_ALARMS):
            name = row["alarm"]
            if row["kind"] == "AlarmRaised":
                first[name] = alarms[name, row["where"]] = row
            elif row["kind"] == "AlarmJoined":
                joined = {"where": row["where"], "what": row["what"]}
                alarms[name, row["where"]] = {**first[name], **joined}
            elif row["kind"] == "AlarmLeft":
                alarms.pop((name, row["where"]), None)
            else:
                alarms = {key: each for key, each in alarms.items() if key[0] != name}
                if row["kind"] == "AlarmRestated":
                    restated = {"where": row["where"], "what": row["what"]}
                    alarms[name, row["where"]] = {**first[name], **restated}
        return alarms

    def alarm_about(self, code: str, where: str) -> Row | None:
        """The active alarm of a code that names `where` in its place or its text."""
        for row in self.raised.values():
            if row["code"] == code and (where in row["where"] or where in row["what"]):
                return row
        return None
