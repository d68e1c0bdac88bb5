"""One chain's contracts and money at stake, as the desk's exposure keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.risk.worst_case import HeldLine


@dataclass(slots=True, eq=False)
class ChainExposure:
    """One chain: contracts and money at stake.

    Attributes:
        legged, legged_c: filled debit contracts without their credit, and their cost before fees.
        working, working_c: contracts of debits that may still execute (UNKNOWN ones included), and
            their cost before fees.
        hung, marks: cycles legged for more than five seconds, and the open units' values.
        cash_c: money received minus paid for them, after fees.
        shares: of the underlying, left by early assignment.
    """

    multiplier: int
    legged: int = 0
    working: int = 0
    legged_c: int = 0
    working_c: int = 0
    hung: set[int] = field(default_factory=set)
    marks: dict[int, int] = field(default_factory=dict)
    cash_c: int = 0
    shares: int = 0
    _calls: dict[float, int] = field(default_factory=dict)
    _puts: dict[float, int] = field(default_factory=dict)
    _line: tuple[int, HeldLine] | None = None

    @property
    def imbalance(self) -> int:
        """Contracts unhedged if every working debit fills."""
        return self.legged + self.working

    @property
    def held(self) -> dict[tuple[str, float], int]:
        """Every contract by (right, strike), signed; the caller's own."""
        calls = {("C", strike): held for strike, held in self._calls.items()}
        return calls | {("P", strike): held for strike, held in self._puts.items()}

    def hold(self, leg: tuple[str, float], contracts: int) -> None:
        """Add contracts of a leg (right C or P, strike); negative to remove some."""
        self._line = None
        right, strike = leg
        of_right = self._calls if right == "C" else self._puts
        held = of_right.get(strike, 0) + contracts
        if held:
            of_right[strike] = held
        else:
            of_right.pop(strike, None)

    def work(self, contracts: int, money_c: int) -> None:
        """So many debit contracts more may still execute, for so much money."""
        self.working += contracts
        self.working_c += money_c

    def leg(self, contracts: int, money_c: int) -> None:
        """So many debit contracts more are without their credit, for so much money."""
        self.legged += contracts
        self.legged_c += money_c

    def pay(self, cash_c: int) -> None:
        """The chain received so much money; negative where it paid."""
        self.cash_c += cash_c

    def settle(self, leg: tuple[str, float], contracts: int, cash_c: int, shares: int) -> None:
        """Contracts expired: what they brought stays with the chain."""
        self.hold(leg, -contracts)
        self.cash_c += cash_c
        self.shares += shares

    def trade_shares(self, shares: int, price_c: int) -> None:
        """Shares were bought, or sold where negative, at so many cents each."""
        self.shares += shares
        self.cash_c -= shares * price_c

    def line(self) -> HeldLine:
        """The value of contracts and shares over the price of the underlying."""
        known = self._line
        if known is None or known[0] != self.shares:
            line = HeldLine(self.held, self.multiplier, self.shares)
            known = self._line = self.shares, line
        return known[1]
