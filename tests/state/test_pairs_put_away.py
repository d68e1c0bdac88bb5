"""Whichever pairs are put away, and whenever: every figure, list and order is the same."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.book.contract_keys import ContractKey
from engine.book.flat_pairs import FlatPairs
from engine.book.held_pair import HeldPair
from engine.book.pairs import FOREIGN
from engine.book.put_away import PairsPutAway
from engine.orders import events as ev
from engine.orders.settlements import SettlementKind
from engine.state.desk import DeskState
from engine.state.totals import plain_values
from tests.support.hand_written_runs import HeldStory

PRICE_C = 19_700
CREDITS = ((200.0, 195.0), (205.0, 200.0), (195.0, 190.0))
"""Butterflies, condors, and the debit sold back, of which nothing is left."""

NUMBERS = st.integers(0, 10_000)
Key = tuple[str, int]


def own(held: list[HeldPair]) -> list[Key]:
    """The pairs of our orders; foreign contracts may go and come in one event."""
    return [(pair.trader, pair.cycle) for pair in held if pair.cycle != FOREIGN]


class Refusing(PairsPutAway):
    """Puts away by chance.

    Args:
        odds: of one pair at one moment.
    """

    def __init__(self, odds: float) -> None:
        super().__init__()
        self._odds, self._chance = odds, Random(5)

    def put(self, pair: HeldPair) -> bool:
        return self._chance.random() < self._odds and super().put(pair)


class Unpacked(FlatPairs):
    """Has each flat pair as it was kept."""

    __slots__ = ("_pairs",)

    def __init__(self) -> None:
        self._pairs: dict[Key, HeldPair] = {}

    def find(self, trader: str, cycle: int) -> HeldPair | None:
        return self._pairs.get((trader, cycle))

    def every(self) -> list[HeldPair]:
        return [*self._pairs.values()]

    def keep(self, pair: HeldPair) -> None:
        self._pairs[pair.trader, pair.cycle] = pair

    def forget(self, trader: str, cycle: int) -> None:
        self._pairs.pop((trader, cycle), None)


class Desks(RuleBasedStateMachine):
    """The same events to a desk as it is, one that puts away by chance, and one that never does.

    The last packs no flat pair either.
    """

    @initialize()
    def start(self) -> None:
        self.story = HeldStory(2)
        self.always, self.sometimes, self.never = DeskState(), DeskState(), DeskState()
        self.sometimes.positions.pairs._away = Refusing(0.5)
        self.never.positions.pairs._away = Refusing(0.0)
        self.never.positions.pairs._flat = Unpacked()
        self.order: list[Key] = []
        self.ended: list[ev.Settled] = []
        self.told = self.names = 0
        self.tell()

    def tell(self, *events: ev.Event) -> None:
        """Apply what the story has more, and these."""
        self.story.events += events
        for event in self.story.events[self.told :]:
            for desk in (self.always, self.sometimes, self.never):
                desk.apply(event)
            held = own(self.never.positions.pairs.held())
            stays = [key for key in self.order if key in held]
            self.order = stays + [key for key in held if key not in stays]
        self.told = len(self.story.events)

    def name(self) -> str:
        self.names += 1
        return f"X{self.names}"

    def pair(self, number: int) -> HeldPair | None:
        held = self.never.positions.pairs.held()
        return held[number % len(held)] if held else None

    @rule(
        number=NUMBERS,
        outcome=st.sampled_from(
            ["complete"] * 5 + ["late", "partial", "scratched", "parked", "correction", "hung"]
        ),
        quantity=st.integers(1, 3),
        debit_c=st.integers(100, 400),
        credit_c=st.integers(100, 400),
        credit=st.sampled_from(CREDITS),
    )
    def attempt(
        self,
        number: int,
        outcome: str,
        quantity: int,
        debit_c: int,
        credit_c: int,
        credit: tuple[float, float],
    ) -> None:
        self.story.credit = credit
        if outcome in ("partial", "correction"):
            quantity = max(quantity, 2)
        self.story.play(self.story.keys[number % 2], outcome, quantity, debit_c, credit_c)
        self.tell()

    @rule(
        number=NUMBERS,
        quantity=st.integers(2, 4),
        debit_c=st.integers(100, 400),
        credit_c=st.integers(100, 400),
        credits=st.tuples(st.sampled_from(CREDITS), st.sampled_from((None, *CREDITS))),
    )
    def attempt_in_parts(
        self,
        number: int,
        quantity: int,
        debit_c: int,
        credit_c: int,
        credits: tuple[tuple[float, float], tuple[float, float] | None],
    ) -> None:
        """What no row holds: two credits, or one and the rest sold back."""
        self.story.credit, further = credits
        key = self.story.keys[number % 2]
        self.story.complete_in_parts(key, quantity, debit_c, credit_c, further)
        self.tell()

    @rule(number=NUMBERS, quantity=st.sampled_from([-2, -1, 1]), part=st.sampled_from("DCU"))
    def execution_after_the_end(self, number: int, quantity: int, part: str) -> None:
        """A correction, or contracts that come late: of an order with room for them."""
        key = self.story.keys[number % 2]
        cycle = 1 + number % max(1, self.story.cycles[key])
        name = f"S1-{number % 2}-{cycle}{part}1"
        if name in self.always.orders.known:
            self.story.fill(key, name, quantity, 150, True)
            self.tell()

    @rule(number=NUMBERS, more_c=st.integers(-100, 100))
    def charge(self, number: int, more_c: int) -> None:
        pair = self.pair(number)
        if pair is not None and pair.cycle:
            at_ms = self.story.later(1)
            order = f"S1-{self.story.keys.index(pair.trader)}-{pair.cycle}D1"
            event = ev.FeeCorrected(
                at_ms, pair.trader, order, pair.cycle, "E1", 136, max(0, 136 + more_c)
            )
            self.tell(event)

    @rule(number=NUMBERS, floor_c=st.integers(-50_000, 50_000), parked=st.booleans())
    def end_again(self, number: int, floor_c: int, parked: bool) -> None:
        pair = self.pair(number)
        if pair is not None and pair.cycle:
            outcome = "PARKED" if parked else "COMPLETE"
            label = "RISK" if floor_c < 0 else "LOCK*"
            event = ev.CycleEnded(
                self.story.later(1), pair.trader, pair.cycle, outcome, 1, floor_c + 272, 272,
                floor_c, label, "butterfly", 1.0,
            )  # fmt: skip
            self.tell(event)

    @rule(number=NUMBERS, quantity=st.integers(1, 4), assigned=st.booleans())
    def contracts_end(self, number: int, quantity: int, assigned: bool) -> None:
        held = sorted(self.never.contracts.contracts().items())
        if held:
            key, count = held[number % len(held)]
            self.settle(key, min(quantity, abs(count)) * (1 if count > 0 else -1), assigned)

    def settle(self, key: ContractKey, quantity: int, assigned: bool) -> None:
        shares = quantity * 100 if assigned else 0
        cash_c = -shares * round(key.strike * 100) if assigned else quantity * 900
        kind = SettlementKind.ASSIGNED if assigned else SettlementKind.CASH
        event = ev.Settled(
            self.story.later(1), f"{key.symbol} {key.expiration}", self.name(), kind, key.right,
            key.strike, quantity, PRICE_C, cash_c, shares,
        )  # fmt: skip
        self.ended.append(event)
        self.tell(event)

    @precondition(lambda self: self.ended)
    @rule(number=NUMBERS)
    def settlement_is_taken_back(self, number: int) -> None:
        event = self.ended.pop(number % len(self.ended))
        back = event._replace(
            at_ms=self.story.later(1), settlement=self.name(), kind=SettlementKind.TAKEN_BACK,
            quantity=-event.quantity, cash_c=-event.cash_c, shares=-event.shares,
        )  # fmt: skip
        self.tell(back)

    @rule(number=NUMBERS, change=st.integers(-3, 3), strike=st.sampled_from([190.0, 195.0, 200.0]))
    def adjust(self, number: int, change: int, strike: float) -> None:
        trader = self.story.keys[number % 2]
        before = self.never.contracts.held(
            ContractKey(f"SYM{number % 2}", "2024-12-20", "C", strike)
        )
        if change:
            event = ev.BookAdjusted(
                self.story.later(1), trader, "C", strike, before, before + change
            )
            self.tell(event)

    @rule(number=NUMBERS, hundreds=st.sampled_from([-2, -1, 1, 2]), price_c=st.integers(1, 30_000))
    def trade_shares(self, number: int, hundreds: int, price_c: int) -> None:
        symbol, shares = f"SYM{number % 2}", hundreds * 100
        self.tell(
            ev.SharesTraded(
                self.story.later(1), symbol, self.name(), shares, price_c, -shares * price_c
            )
        )

    @rule(number=NUMBERS)
    def pair_settles(self, number: int) -> None:
        over = [pair for pair in self.never.positions.pairs.held() if not pair.legs]
        if over:
            self.tell(self.end_of(over[number % len(over)]))

    def end_of(self, pair: HeldPair) -> ev.PairSettled:
        return ev.PairSettled(
            self.story.later(1), pair.trader, pair.cycle, pair.contracts_of("debit"), pair.unhedged,
            PRICE_C, pair.cash_c, pair.worth_c(PRICE_C), pair.fees_c, pair.result_c(PRICE_C), None,
        )  # fmt: skip

    @rule(number=NUMBERS)
    def chain_expires(self, number: int) -> None:
        trader = self.story.keys[number % 2]
        for key, quantity in sorted(self.never.contracts.contracts().items()):
            if f"{key.symbol} {key.expiration}" == trader:
                self.settle(key, quantity, False)
        for pair in self.never.positions.pairs.of_chain(trader):
            self.tell(self.end_of(pair))
        assert not any(
            desk.positions.pairs.of_chain(trader)
            for desk in (self.always, self.sometimes, self.never)
        )

    @invariant()
    def nothing_tells_them_apart(self) -> None:
        never = self.never.positions.pairs
        held = {(pair.trader, pair.cycle) for pair in never.held()}
        for desk in (self.always, self.sometimes):
            assert plain_values(desk) == plain_values(self.never)
            pairs = desk.positions.pairs
            assert pairs.held() == never.held()
            assert [[*p.legs] for p in pairs.held()] == [[*p.legs] for p in never.held()]
            assert pairs.flat() == never.flat()
            assert (len(pairs), pairs.chains()) == (len(never), never.chains())
            assert +pairs.holders() == +never.holders()
            assert pairs.with_shares() == never.with_shares()
            for trader in self.story.keys:
                assert pairs.of_chain(trader) == never.of_chain(trader)
                for cycle in range(self.story.cycles[trader] + 2):
                    assert pairs.find(trader, cycle) == never.find(trader, cycle)
                    assert pairs.holds(trader, cycle) == ((trader, cycle) in held)
            labels = {(p.trader, p.cycle, p.label) for p in pairs.held()}
            out = {(p.trader, p.cycle, p.label) for p in pairs.out()}
            assert labels == out | {*pairs.labels_put_away()}
            assert len(labels) == len(out) + pairs.number_put_away()

    @invariant()
    def pages_are_in_the_order_in_which_pairs_came_to_be_held(self) -> None:
        for desk in (self.always, self.sometimes, self.never):
            pairs = desk.positions.pairs
            held = pairs.held()
            assert own(held) == self.order
            shown = [pair for pair in held if not pair.flat]
            for rows in (1, 2, 5):
                places = pairs.places()
                assert len(places) == len(shown)
                starts = range(0, len(shown) + 1, rows)
                pages = [pairs.at(places[start : start + rows]) for start in starts]
                assert [pair for page in pages for pair in page] == shown

    @invariant()
    def pairs_add_up_to_the_account(self) -> None:
        legs: Counter[ContractKey] = Counter()
        shares: Counter[str] = Counter()
        state = self.always
        for pair in state.positions.pairs.held():
            symbol, expiration = pair.trader.split(" ")
            shares[symbol] += pair.shares
            for (right, strike), quantity in pair.legs.items():
                legs[ContractKey(symbol, expiration, right, strike)] += quantity
        for symbol, (carried, _) in state.positions.carried.items():
            shares[symbol] += carried
        assert {key: n for key, n in legs.items() if n} == state.contracts.contracts()
        assert {key: n for key, n in shares.items() if n} == state.contracts.shares()

    def teardown(self) -> None:
        assert not any(True for _ in self.never.positions.pairs.labels_put_away())


def test_a_settlement_taken_back_leaves_pairs_alone_that_lack_nothing() -> None:
    desks = Desks()
    desks.start()
    for _ in range(2):
        desks.chain_expires(1)
        desks.attempt(1, "complete", 1, 100, 100, (200.0, 195.0))
    desks.end_again(0, 0, False)
    desks.settlement_is_taken_back(0)
    desks.nothing_tells_them_apart()


DesksTest = Desks.TestCase
DesksTest.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
