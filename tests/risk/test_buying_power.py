"""What orders may still use of the account: a whole pair is kept back before its debit leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from engine.orders import events as ev
from engine.risk.buying_power import KEPT_MS, LAG_MS, OLD_MS, BuyingPower, pair_need_c
from engine.risk.gates import Gate
from tests.support.trader_world import World

A, B = "SPY 2026-12-04", "QQQ 2026-12-04"
NEED_C = 50_000
DEBIT_C = 20_000


class Known(NamedTuple):
    intent: ev.OrderIntended
    executions: tuple[str, ...] = ()


def power(
    told_c: int | None = 100_000,
    at_ms: int = 0,
    recall: Callable[[str], Known | None] = lambda name: None,
) -> BuyingPower:
    """An account that has told, traded by two chains."""
    made = BuyingPower(recall)
    made.ask(needed=False)
    for trader in (A, B):
        made.apply(ev.TraderAdded(0, trader, "SPY", "2026-12-04", 100, "american", "physical", 1))
    made.tell(told_c, at_ms)
    return made


def intend(
    made: BuyingPower,
    trader: str = A,
    part: str = "D",
    at_ms: int = 1,
    contracts: int = 1,
    cycle: int = 1,
) -> str:
    """A debit of 2.00 that its trader has decided on, or a credit of 2.50 on a width of 5."""
    if part == "D":
        made.decide(trader, NEED_C, DEBIT_C)
    name, limit_c = f"{trader}-{part}-{at_ms}", 200 if part == "D" else 250
    made.apply(
        ev.OrderIntended(
            at_ms, trader, name, cycle, part, 1, "C", 580.0, 585.0, contracts, limit_c, 1.9, 2.1, 0.1,
            30.0, "",
        )
    )  # fmt: skip
    return name


def execute(
    made: BuyingPower, name: str, at_ms: int, contracts: int = 1, late: bool = False
) -> None:
    made.apply(ev.Executed(at_ms, A, name, f"{name}/{at_ms}", contracts, 200, 6, late))


def end(made: BuyingPower, name: str, at_ms: int) -> None:
    made.apply(ev.OrderEnded(at_ms, A, name, "canceled", ""))


def test_a_pair_can_take_the_credits_width_or_the_debit_if_that_is_more() -> None:
    assert pair_need_c(200, 500, 12, 100) == 50_012
    assert pair_need_c(600, 500, 12, 100) == 60_012


def test_two_traders_cannot_spend_the_same_dollars() -> None:
    made = power(told_c=80_000)
    assert not made.refuses(1, NEED_C, 0)
    intend(made, A)
    assert made.left_c(1) == 30_000 and made.refuses(1, NEED_C, 1)


def test_a_debit_that_ends_without_an_execution_gives_everything_back() -> None:
    made = power()
    end(made, intend(made), 3_000)
    assert made.reserved_c() == 0


def test_what_executed_late_is_kept_back_all_the_same() -> None:
    made = power()
    name = intend(made)
    end(made, name, 3_000)
    execute(made, name, 3_100, late=True)
    assert made.reserved_c() == NEED_C


def test_the_completion_stays_kept_back_until_an_answer_holds_it() -> None:
    made = power()
    execute(made, intend(made, contracts=2), 1_000, contracts=2)
    assert made.reserved_c() == 2 * NEED_C, "the broker has not told since"
    made.tell(60_000, 1_000 + LAG_MS + 1)
    assert made.reserved_c() == 2 * (NEED_C - DEBIT_C), "the debit is paid and told"
    credit = intend(made, part="C", at_ms=4_000, contracts=2)
    execute(made, credit, 5_000, contracts=2)
    assert made.reserved_c() == 2 * (NEED_C - DEBIT_C), "the broker has not told since"
    made.tell(10_000, 5_000 + LAG_MS + 1)
    assert made.reserved_c() == 0


def test_a_parked_unit_keeps_its_completion() -> None:
    made = power()
    execute(made, intend(made), 1_000)
    made.apply(ev.CycleEnded(9_000, A, 1, "PARKED", 1, -200, 12, 0, "", "", 8.0))
    made.tell(60_000, 60_000)
    assert made.reserved_c() == NEED_C - DEBIT_C


def test_what_was_told_long_ago_or_never_is_neither_nothing_nor_enough() -> None:
    for made in (power(told_c=None), power(told_c=10**9)):
        assert made.left_c(OLD_MS + 1) is None and made.fits(NEED_C, OLD_MS + 1) is None
        assert not made.refuses(1, NEED_C, OLD_MS + 1)
        made.ask(needed=True)
        assert made.refuses(1, NEED_C, OLD_MS + 1)


def test_an_account_that_the_broker_has_blocked_has_nothing_left() -> None:
    made = power()
    made.tell(10**9, 1, "trading is blocked")
    assert made.left_c(1) == 0 and made.refuses(1, NEED_C, 1)


def test_where_no_account_tells_of_its_money_nothing_is_refused_or_counted() -> None:
    made = BuyingPower()
    intend(made)
    assert not made.refuses(100, 10**9, 0) and made.reserved_c() == 0


def test_cycles_of_long_ago_are_forgotten() -> None:
    made = power()
    for minute in range(100):
        end(made, intend(made, at_ms=minute * 60_000 + 1, cycle=minute), minute * 60_000 + 2)
    assert len(made._orders) < 10


def test_a_trader_sends_as_many_contracts_as_the_account_has_power_for() -> None:
    world = World(contracts=3)
    name = world.debit()
    request = world.orders[name].request
    assert request.quantity == 3
    chosen = world.trader.debits.chooser.opportunity
    assert chosen is not None
    need_c = world.trader.debits.chooser._need_c(chosen)
    small = World(contracts=3, start=False)
    small.gate.power.ask(needed=True)
    small.gate.power.tell(2 * need_c, small.moment.at_ms)
    small.trader.plan_next(small.moment)
    small.step()
    assert small.orders[small.debit()].request.quantity == 2


def test_a_trader_says_that_the_account_has_too_little() -> None:
    world = World(start=False)
    world.gate.power.ask(needed=False)
    world.trader.plan_next(world.moment)
    world.step()
    for _ in range(12):
        world.gate.power.tell(100, world.moment.at_ms)
        world.run(5.0)
    assert not world.orders
    assert world.trader.blocked is Gate.BUYING_POWER


def test_a_unit_that_was_sold_back_gives_its_completion_back() -> None:
    made = power()
    name = intend(made)
    execute(made, name, 2_000)
    end(made, name, 2_100)
    made.apply(ev.CycleEnded(3_000, A, 1, "SCRATCHED", 1, -500, 12, -512, "", "", 1.0))
    made.tell(100_000, 3_000 + LAG_MS + 1)
    assert made.reserved_c() == 0


@pytest.mark.parametrize(("part", "contracts"), [("D", 1), ("C", -1)])
def test_what_executes_or_is_taken_back_long_after_keeps_its_completion_back(
    part: str, contracts: int
) -> None:
    """Two minutes after its end a cycle was forgotten: other chains used up what it needs."""
    known: dict[str, Known] = {}
    made = power(recall=known.get)
    kept = BuyingPower.apply

    def apply(event: ev.Event) -> None:
        if isinstance(event, ev.OrderIntended):
            known[event.order] = Known(event)
        kept(made, event)

    made.apply = apply  # type: ignore[method-assign]  # as the state, it hears every intent
    names = [intend(made), intend(made, part="C", at_ms=2)]
    if part == "C":
        for name in names:
            execute(made, name, 3)
    for name in names:
        end(made, name, 4)
    later_ms = 5 + KEPT_MS + LAG_MS
    end(made, intend(made, B, at_ms=later_ms), later_ms)
    made.tell(100_000, later_ms + 2 * LAG_MS)
    assert made.reserved_c() == 0
    execute(made, names[part == "C"], later_ms, contracts, late=True)
    made.tell(100_000, later_ms + 2 * LAG_MS)
    needed_c = 50_000 - DEBIT_C if part == "D" else 50_000 - 25_000
    assert made.reserved_c() == needed_c
    if part == "C":  # and of its debit too: nothing is left to complete
        execute(made, names[0], later_ms + 3, -1, late=True)
    else:
        execute(made, intend(made, part="C", at_ms=later_ms + 3), later_ms + 4)
    made.tell(100_000, later_ms + 3 * LAG_MS)
    assert made.reserved_c() == 0


def test_a_debit_that_is_taken_back_frees_nothing_of_another_unit() -> None:
    made = power()
    names = [intend(made), intend(made, part="C", at_ms=2)]
    for name in names:
        execute(made, name, 3)
        end(made, name, 4)
    execute(made, names[0], 5, -1, late=True)
    made.tell(100_000, 5 + 2 * LAG_MS)
    assert made.reserved_c() == 0
