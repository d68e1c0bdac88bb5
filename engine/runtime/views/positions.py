"""What the positions screen shows: built while it is open, rows kept between snapshots."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from engine.book.contract_keys import contract_key
from engine.book.held_pair import HeldPair, Vertical
from engine.book.pairs import FOREIGN
from engine.market.legs import strike_text
from engine.pricing.early_exercise import short_leg
from engine.runtime.views.contract_rows import ContractRows
from engine.runtime.views.held_quotes import Quote
from engine.runtime.views.holdings import Holdings
from engine.runtime.views.pair_search import PairSearch, kind_of, shown_label, strikes_of
from engine.runtime.views.pair_warnings import PairWarnings
from engine.runtime.views.search import Search
from engine.snapshot import (
    ContractView,
    HeldLegView,
    PairView,
    PayoffView,
    PositionsView,
    SharesView,
)
from engine.state.trader_totals import TraderTotals

SHOWN: Final = 200
"""Pairs shown, those that want attention first; of contracts all, where they are not more.

What is more comes page by page, for forming it four times a second would cost the desk its time.
"""

CALM_EVERY: Final = 240
"""Looks after which calm pairs are sorted anew where there are more than SORTED."""

SORTED: Final = 4_096
"""Calm pairs that are sorted at every look."""

_WATCH: Final = "positions"
_POINTS: Final = 81


Attention = tuple[bool, bool, float, bool, date, str, int]
"""What a pair is sorted by."""


def watches(watched: str) -> bool:
    """Whether the positions are looked at; behind a colon is the key of the chosen pair."""
    return watched.partition(":")[0] == _WATCH


def attention(pair: HeldPair, expires: date) -> Attention:
    """What can cost money soonest comes first: shares, then open units by age, then foreign ones.

    Args:
        expires: the date of its chain.
    """
    calm = _calm(pair.label, expires, pair.trader, pair.cycle)
    if not (pair.shares or pair.unhedged or pair.cycle == FOREIGN):
        return calm
    return False, not pair.shares, pair.opened_ms if pair.unhedged else math.inf, *calm[3:]


def _calm(label: str, expires: date, trader: str, cycle: int) -> Attention:
    """The place of a pair without shares of which nothing is open."""
    return True, True, math.inf, not label.startswith("RISK"), expires, trader, -cycle


class PositionsBuilder:
    """Makes PositionsViews.

    Args:
        holdings: whose positions are shown.
        calm_every: looks after which many calm pairs are sorted anew.
    """

    def __init__(self, holdings: Holdings, calm_every: int = CALM_EVERY) -> None:
        self._holdings = holdings
        self._known: dict[tuple[str, int], tuple[tuple[object, ...], PairView]] = {}
        self._quotes = holdings.quotes
        self._looked = False
        self._calm_first: list[tuple[Any, ...]] = []
        self._looks = 0
        self._calm_every = calm_every
        self._places: list[int] = []
        self._contracts = ContractRows(holdings)
        self._warnings = PairWarnings(holdings)

    def rest(self) -> None:
        """Nobody looks: what was kept for the next snapshot is let go."""
        self._known, self._calm_first, self._places, self._looks = {}, [], [], 0
        self._contracts.rest()

    def view(self, watched: str) -> PositionsView:
        """Everything held at this moment.

        Args:
            watched: "positions", or "positions:KEY" for the payoff of a pair as well.
        """
        positions = self._holdings.state.positions
        self._quotes.forget()
        self._looked = True
        shown, total = self._first()
        wanted = watched.partition(":")[2]
        chosen = next((pair for pair in shown if _key(pair) == wanted), None)
        if chosen is None and wanted:
            chosen = self._named(wanted)
            shown += [chosen] if chosen is not None else []
        if chosen is None and shown:
            chosen = shown[0]
        rows = tuple(self._pair(pair) for pair in shown)
        if len(self._known) > total + SHOWN:
            pairs = positions.pairs
            self._known = {key: row for key, row in self._known.items() if pairs.holds(*key)}
        underlying = None if chosen is None else self._quotes.price(self._tally(chosen).symbol)
        contracts = self._holdings.state.contracts.number()
        few = contracts <= SHOWN
        return PositionsView(
            pairs=rows,
            more=total - len(rows),
            contracts=self._contracts.page(0, SHOWN)[0] if few else (),
            shares=tuple(self._shares()),
            external=self._holdings.external(),
            settled=positions.settled,
            realised_c=positions.realised_c,
            shares_realised_c=positions.shares_c,
            chosen="" if chosen is None else _key(chosen),
            curve=((), ()) if chosen is None else _curve(chosen, underlying),
            underlying=underlying,
            more_contracts=0 if few else contracts,
        )

    def payoff(self, key: str) -> PayoffView | None:
        """A pair with its payoff, at the quotes of now; None where nothing of it is held.

        Args:
            key: of the pair's row.
        """
        pair = self._named(key)
        if pair is None:
            return None
        self._quotes.forget()
        underlying = self._quotes.price(self._tally(pair).symbol)
        return PayoffView(self._pair(pair), _curve(pair, underlying), underlying)

    def page(self, start: int, rows: int) -> tuple[tuple[PairView, ...], int]:
        """So many rows of all pairs held, and how many there are; at the quotes of the view before.

        Args:
            start: pairs before the first one, as they came to be.
        """
        self._look_at_quotes()
        pairs = self._holdings.state.positions.pairs
        if not start:
            self._places = pairs.places()
        found = pairs.at(self._places[start : start + rows])
        return tuple(self._pair(pair) for pair in found), len(self._places)

    def contract_page(self, start: int, rows: int) -> tuple[tuple[ContractView, ...], int]:
        """So many rows of all contracts held, and how many there are; quotes as `page` has them."""
        self._look_at_quotes()
        return self._contracts.page(start, rows)

    def searches(
        self, begin: Callable[[], None] = lambda: None
    ) -> Mapping[str, Callable[[str], Search]]:
        """What begins to look for words, as `searched` makes them, in pairs and in contracts.

        What comes to be held while one looks, the next one finds.

        Args:
            begin: called before each page.
        """

        def quotes() -> None:
            begin()
            self._look_at_quotes()

        def pairs(words: str) -> Search:
            looking = PairSearch(self._holdings, tuple(words.split()), self._pair)
            return Search(looking.steps(), looking.number(), quotes)

        def contracts(words: str) -> Search:
            steps = self._contracts.steps(tuple(words.split()))
            return Search(steps, self._holdings.state.contracts.number(), quotes)

        return {"pairs": pairs, "contracts": contracts}

    def _look_at_quotes(self) -> None:
        if not self._looked:
            self._quotes.forget()
        self._looked = False

    def _first(self) -> tuple[list[HeldPair], int]:
        """The SHOWN pairs that want attention first, and of how many."""
        state = self._holdings.state
        pairs, traders = state.positions.pairs, state.traders
        found = [
            (*attention(pair, traders[pair.trader].expires), (pair.trader, pair.cycle))
            for pair in pairs.out()
            if not pair.flat
        ]
        total = len(found) + pairs.number_put_away()
        if not self._looks % (self._calm_every if pairs.number_put_away() > SORTED else 1):
            calm = (
                (*_calm(label, traders[trader].expires, trader, cycle), (trader, cycle))
                for trader, cycle, label in pairs.labels_put_away()
            )
            self._calm_first = heapq.nsmallest(SHOWN, calm)
        self._looks += 1
        every = {each[-1]: each for each in (*self._calm_first, *found)}  # a pair may have opened
        first = heapq.nsmallest(SHOWN, every.values())
        known = (pairs.find(*names) for *_, names in first)
        return [pair for pair in known if pair is not None and not pair.flat], total

    def _named(self, key: str) -> HeldPair | None:
        """The pair of a row's key, if something of it is held."""
        trader, _, cycle = key.rpartition("/")
        pairs = self._holdings.state.positions.pairs
        pair = pairs.find(trader, int(cycle)) if cycle.isdecimal() else None
        return pair if pair is not None and _key(pair) == key and not pair.flat else None

    def _tally(self, pair: HeldPair) -> TraderTotals:
        return self._holdings.state.traders[pair.trader]

    def _days(self, expires: date) -> int:
        return (expires - self._holdings.today).days

    def _pair(self, pair: HeldPair) -> PairView:
        """The pair's row: what only executions change is kept until they do."""
        key = pair.trader, pair.cycle
        price = self._quotes.price(self._tally(pair).symbol)
        legs = tuple(self._leg(pair.trader, leg, n, price) for leg, n in sorted(pair.legs.items()))
        liquidation_c = _liquidation_c(legs, pair, price)
        stale = any(self._quote_of(pair, leg.right, leg.strike)[2] for leg in legs)
        changing = (legs, liquidation_c, stale, self._warnings.of(pair))
        own = (pair.verticals, pair.cash_c, pair.fees_c, pair.outcome, pair.shares)
        sign = (self._holdings.today, own, pair.label, changing)
        known = self._known.get(key)
        if known is None or known[0] != sign:
            known = self._known[key] = sign, self._row(pair, *changing)
        return known[1]

    def _row(
        self,
        pair: HeldPair,
        legs: tuple[HeldLegView, ...],
        liquidation_c: int | None,
        stale: bool,
        warnings: tuple[str, ...],
    ) -> PairView:
        totals = self._tally(pair)
        floor_c = pair.floor_c()
        debits = [each for each in pair.traded() if each.kind == "debit"]
        credits = [each for each in pair.traded() if each.kind == "credit"]
        return PairView(
            key=_key(pair),
            trader=pair.trader,
            cycle=pair.cycle,
            symbol=totals.symbol,
            expiration=totals.expires,
            dte=self._days(totals.expires),
            kind=kind_of(pair),
            right=pair.right,
            debit=strikes_of(pair, "debit"),
            credit=strikes_of(pair, "credit"),
            contracts=sum(each.contracts for each in debits),
            sold=sum(each.contracts for each in credits),
            debit_c=_average_c(debits, pair.multiplier),
            credit_c=_average_c(credits, pair.multiplier),
            net_c=pair.cash_c,
            fees_c=pair.fees_c,
            floor_c=floor_c,
            label=shown_label(pair, floor_c, totals),
            liquidation_c=liquidation_c,
            stale=stale,
            shares=pair.shares,
            warnings=warnings,
            legs=legs,
            fills=tuple(_fill(each, pair) for each in pair.traded()),
            opened_s=pair.opened_ms / 1000,
        )

    def _shares(self) -> Iterator[SharesView]:
        holdings = self._holdings
        for symbol, quantity in sorted(holdings.state.contracts.shares().items()):
            carried, cost_c = holdings.state.positions.carried.get(symbol, (0, 0))
            price = self._quotes.price(symbol)
            yield SharesView(
                symbol,
                quantity,
                cost_c if carried == quantity else None,
                None if price is None else round(price * 100) * quantity,
            )

    # ------------------------------------------------------------------ quotes

    def _leg(
        self, trader: str, leg: tuple[str, float], quantity: int, underlying: float | None
    ) -> HeldLegView:
        right, strike = leg
        totals = self._holdings.state.traders[trader]
        bid, ask, _ = self._quotes.of(contract_key(totals.symbol, totals.expiration, right, strike))
        short = None
        if quantity < 0 and underlying is not None and totals.style == "american":
            short = short_leg("call" if right == "C" else "put", strike, bid, ask, underlying)
        return HeldLegView(quantity, right, strike, bid, ask, *(short or ()))

    def _quote_of(self, pair: HeldPair, right: str, strike: float) -> Quote:
        totals = self._tally(pair)
        return self._quotes.of(contract_key(totals.symbol, totals.expiration, right, strike))


def _key(pair: HeldPair) -> str:
    return f"{pair.trader}/{pair.cycle}"


def _average_c(verticals: list[Vertical], multiplier: int) -> int | None:
    contracts = sum(each.contracts for each in verticals)
    money_c = sum(each.money_c for each in verticals)
    return round(money_c / contracts / multiplier) if contracts else None


def _fill(vertical: Vertical, pair: HeldPair) -> str:
    price_c = vertical.money_c / vertical.contracts / pair.multiplier
    word = {"debit": "bought", "credit": "sold", "unwind": "sold back"}[vertical.kind]
    legs = f"+{strike_text(vertical.buy)}/-{strike_text(vertical.sell)}{pair.right}"
    return f"{word} {vertical.contracts} x {legs} at {price_c / 100:.2f}"


def _liquidation_c(
    legs: tuple[HeldLegView, ...], pair: HeldPair, underlying: float | None
) -> int | None:
    """Cents that selling what is long at the bid and buying what is short at the ask brings."""
    total = 0.0
    for leg in legs:
        price = leg.bid if leg.quantity > 0 else leg.ask
        if price is None:
            return None
        total += leg.quantity * price * pair.multiplier
    if pair.shares:
        if underlying is None:
            return None
        total += pair.shares * underlying
    return round(total * 100)


def _curve(pair: HeldPair, underlying: float | None) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Dollars of the pair at expiration after fees over prices around its strikes."""
    strikes = [leg.strike for leg in pair.legs]
    if not strikes:
        return (), ()
    low, high = min(strikes), max(strikes)
    margin = max(high - low, 1.0) * 0.6
    low, high = max(0.0, low - margin), high + margin
    if underlying is not None and low - margin < underlying < high + margin:
        low, high = min(low, underlying), max(high, underlying)
    step = (high - low) / (_POINTS - 1)
    prices = sorted({*strikes, *(low + step * point for point in range(_POINTS))})
    return tuple(prices), tuple(pair.result_c(round(price * 100)) / 100 for price in prices)
