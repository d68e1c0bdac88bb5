"""Signed contracts and cash from executions, which the broker's must equal to the cent.

One writer; readers take copies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from engine.book.contract_keys import ContractKey, contract_key
from engine.market.legs import strike_text
from engine.market.quotes.symbols import bare_root
from engine.orders.types import Effect


class HeldContract(Protocol):
    """A broker's position in one contract; quantity is signed, long positive."""

    @property
    def symbol(self) -> str:
        """Option root."""
        ...

    @property
    def expiration(self) -> date:
        """Exchange date of expiration."""
        ...

    @property
    def right(self) -> str:
        """Call or put, in any of the usual spellings."""
        ...

    @property
    def strike(self) -> float:
        """Strike per share."""
        ...

    @property
    def quantity(self) -> int:
        """Signed contracts."""
        ...


@dataclass(frozen=True, slots=True)
class ContractDifference:
    """A contract on which book and broker disagree; quantities are signed contracts."""

    key: ContractKey
    book: int
    broker: int

    @property
    def text(self) -> str:
        """One readable sentence."""
        symbol, expiration, right, strike = self.key
        return (
            f"{symbol} {expiration} {strike_text(strike)}{right}: book {self.book:+d}, "
            f"broker {self.broker:+d}, difference {self.broker - self.book:+d}"
        )


class ChainHeld:
    """Contracts held of one expiration of a root.

    Attributes:
        quantities: signed contracts by contract, none of them zero; only the book changes it.
        external: the same of what is external.
        changes: how often a quantity changed.
    """

    __slots__ = ("changes", "external", "quantities")

    def __init__(self) -> None:
        self.quantities: dict[ContractKey, int] = {}
        self.external: dict[ContractKey, int] = {}
        self.changes = 0


def effect(held: int, quantity: int) -> Effect:
    """What buying or selling contracts does to a position of the same contract.

    Args:
        held: signed contracts in the account.
        quantity: signed contracts traded, bought positive.

    Returns:
        "open", "close", or "mixed" where a part closes and the rest opens.
    """
    if held * quantity >= 0:
        return "open"
    return "close" if abs(quantity) <= abs(held) else "mixed"


def with_one_effect(held: int, quantity: int) -> int:
    """How many contracts of a trade close, or else open: no broker has a word for both at once.

    Args:
        held: signed contracts in the account.
        quantity: signed contracts to trade, bought positive.

    Returns:
        At most so many contracts, a positive number; what is beyond them is traded after.
    """
    return min(abs(held), abs(quantity)) if held * quantity < 0 else abs(quantity)


class ContractBook:
    """Contracts and shares held, cash and fees of an account, from executions and settlements.

    What is external (`take_external`) was in the account before, or came to it by other hands: it
    is known and compared, and no part of what is booked here.

    `cash_c` is whole cents received minus paid before fees, `fees_c` whole cents of fees. Two books
    are equal when contracts, shares, cash and fees are.

    Attributes:
        unrecorded: executions that are booked here though the broker's record lacks them, as an
            operator has accepted, by their names: each as a book of its own.
    """

    __slots__ = (
        "_chains", "_external", "_external_shares", "_shares", "cash_c", "fees_c", "unrecorded",
    )  # fmt: skip
    __hash__ = None  # type: ignore[assignment]

    def __init__(self) -> None:
        self._chains: dict[tuple[str, str], ChainHeld] = {}
        self._shares: dict[str, int] = {}
        self._external: dict[ContractKey, int] = {}
        self._external_shares: dict[str, int] = {}
        self.cash_c = 0
        self.fees_c = 0
        self.unrecorded: dict[str, ContractBook] = {}

    def apply(
        self,
        buy: ContractKey,
        sell: ContractKey,
        quantity: int,
        pays: bool,
        price_c: int,
        fee_c: int,
        multiplier: int,
    ) -> None:
        """Book one execution of a vertical.

        Args:
            buy, sell: the leg bought and the leg sold.
            quantity: verticals; negative where a correction or bust takes some back.
            pays: whether we paid the price rather than received it.
            price_c: cents per share of the vertical, 0 or more.
            fee_c: cents of fees for the whole execution; negative where some are taken back.
            multiplier: dollars a contract per point.

        Raises:
            ValueError: quantity, price or multiplier make no sense.
        """
        if not quantity:
            raise ValueError("quantity is 0; an execution has contracts")
        if price_c < 0 or multiplier <= 0:
            raise ValueError(
                f"price_c {price_c} and multiplier {multiplier} must not be negative or zero"
            )
        self._add(buy, quantity)
        self._add(sell, -quantity)
        money_c = price_c * quantity * multiplier
        self.cash_c += -money_c if pays else money_c
        self.fees_c += fee_c

    def charge(self, fee_c: int) -> None:
        """Add fees in cents; negative where some are given back."""
        self.fees_c += fee_c

    def settle(self, key: ContractKey, quantity: int, cash_c: int, shares: int) -> None:
        """Book contracts that expired, were exercised or assigned.

        Args:
            key: the contract.
            quantity: contracts that ended, signed as held.
            cash_c: cents received; negative where paid.
            shares: of the root's underlying received; negative where delivered.

        Raises:
            ValueError: fewer contracts are held.
        """
        held = self.held(key)
        if not quantity or held * quantity < 0 or abs(quantity) > abs(held):
            raise ValueError(f"{quantity} contracts cannot end: the book holds {held} of {key}")
        self._add(key, -quantity)
        self.move_shares(key.symbol, shares, cash_c)

    def unsettle(self, key: ContractKey, quantity: int, cash_c: int, shares: int) -> None:
        """Book that contracts did not end after all; all figures are those of `settle`, negated."""
        self._add(key, -quantity)
        self.move_shares(key.symbol, shares, cash_c)

    def move_shares(self, symbol: str, shares: int, cash_c: int) -> None:
        """Book shares received (negative: delivered) and the cents received with them."""
        total = self._shares.get(symbol, 0) + shares
        if total:
            self._shares[symbol] = total
        else:
            self._shares.pop(symbol, None)
        self.cash_c += cash_c

    def adjust(self, key: ContractKey, quantity: int) -> None:
        """Set a contract to `quantity`, whatever was booked: an operator's correction."""
        self._add(key, quantity - self.held(key))

    def take_external(
        self, contracts: Mapping[ContractKey, int], shares: Mapping[str, int]
    ) -> None:
        """From here on just this is external: signed contracts, and signed shares by root."""
        before = self._external
        self._external = {key: held for key, held in contracts.items() if held}
        self._external_shares = {symbol: held for symbol, held in shares.items() if held}
        for key in before.keys() | self._external.keys():
            chain = self.chain(key.symbol, key.expiration)
            external = self._external.get(key, 0)
            if external:
                chain.external[key] = external
            else:
                chain.external.pop(key, None)
            chain.changes += 1

    def external(self) -> tuple[dict[ContractKey, int], dict[str, int]]:
        """Copies of the external contracts, and of the external shares by root."""
        return dict(self._external), dict(self._external_shares)

    def without_external(self, positions: Iterable[HeldContract]) -> dict[ContractKey, int]:
        """What of a broker's positions is not external; several rows of a contract are added up."""
        rest = {key: -held for key, held in self._external.items()}
        for row in positions:
            key = contract_key(row.symbol, row.expiration, row.right, row.strike)
            rest[key] = rest.get(key, 0) + row.quantity
        return {key: held for key, held in rest.items() if held}

    def shares_without_external(self, shares: Mapping[str, int]) -> dict[str, int]:
        """What of a broker's shares by root is not external.

        An earlier baseline may name a root as the broker does, such as BRK.B for BRKB.
        """
        told = {bare_root(symbol): symbol for symbol in shares}
        external: dict[str, int] = {}
        for symbol, held in self._external_shares.items():
            name = symbol if symbol in shares else told.get(bare_root(symbol), symbol)
            external[name] = external.get(name, 0) + held
        rest = {
            symbol: shares.get(symbol, 0) - external.get(symbol, 0)
            for symbol in shares.keys() | external.keys()
        }
        return {symbol: held for symbol, held in rest.items() if held}

    def shares(self) -> dict[str, int]:
        """A copy of the shares held by root, none of them zero."""
        return dict(self._shares)

    def held(self, key: ContractKey) -> int:
        """Signed contracts of one option."""
        chain = self._chains.get((key.symbol, key.expiration))
        return 0 if chain is None else chain.quantities.get(key, 0)

    def chain(self, symbol: str, expiration: str) -> ChainHeld:
        """Contracts held of one expiration (ISO date); always the same object."""
        chain = self._chains.get((symbol, expiration))
        if chain is None:
            chain = self._chains[symbol, expiration] = ChainHeld()
        return chain

    def number(self) -> int:
        """How many contracts are held."""
        return sum(len(chain.quantities) for chain in self._chains.values())

    def contracts(self) -> dict[ContractKey, int]:
        """Every contract held, chain by chain, none of them zero; the caller's own."""
        held: dict[ContractKey, int] = {}
        for chain in self._chains.values():
            held.update(chain.quantities)
        return held

    def difference(
        self, positions: Iterable[HeldContract] | Mapping[ContractKey, int]
    ) -> tuple[ContractDifference, ...]:
        """Every contract on which the book and a broker's positions disagree, in order.

        Args:
            positions: what the broker reports; several rows of one contract are added up.
        """
        theirs: dict[ContractKey, int] = {}
        if isinstance(positions, Mapping):
            theirs.update(positions)
        else:
            for row in positions:
                key = contract_key(row.symbol, row.expiration, row.right, row.strike)
                theirs[key] = theirs.get(key, 0) + row.quantity
        ours = self.contracts()
        if ours == theirs:
            return ()
        return tuple(
            ContractDifference(key, ours.get(key, 0), theirs.get(key, 0))
            for key in sorted(ours.keys() | theirs.keys())
            if ours.get(key, 0) != theirs.get(key, 0)
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ContractBook):
            return NotImplemented
        return (
            self.contracts() == other.contracts()
            and self._shares == other._shares
            and self.cash_c == other.cash_c
            and self.fees_c == other.fees_c
        )

    def __repr__(self) -> str:
        return (
            f"ContractBook({self.number()} contracts, cash_c={self.cash_c}, fees_c={self.fees_c})"
        )

    def _add(self, key: ContractKey, signed: int) -> None:
        chain = self.chain(key.symbol, key.expiration)
        total = chain.quantities.get(key, 0) + signed
        if total:
            chain.quantities[key] = total
        else:
            chain.quantities.pop(key, None)
        chain.changes += 1
