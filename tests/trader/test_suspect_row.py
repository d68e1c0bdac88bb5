"""Best pairs with a floor at mid above zero, one after another: what a lasting row of them is."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from engine.market.session import Moment
from engine.orders.actions import Quotes
from engine.pricing.opportunity import TwoPartOpportunity
from engine.risk.gates import Gate
from engine.trader.blocked_contracts import BlockedContracts
from engine.trader.choosing import LONGEST_GAP_S, DebitSelector, SuspectRow
from engine.trader.context import TraderContext
from engine.trader.final_ends import FinalEnds
from engine.trader.gates import EntryGates
from engine.trader.order_life import LoneLegs
from engine.trader.unknown_prices import UnknownPrices
from tests.support.trader_parts import epoch, make_chain, make_context

START = epoch()


def pair(mid_floor: float | None) -> TwoPartOpportunity:
    """The best pair of a chain, moved so that its floor at mid is the given one."""
    context = make_context()
    best = selector(context).scan(make_chain(), 1)
    assert not isinstance(best, Gate)
    if mid_floor is None:
        long, short = best.debit_legs
        return replace(best, debit_legs=(replace(long, ask=0.0), short))
    assert best.mid_floor is not None
    moved = replace(best, floor=best.floor + mid_floor - best.mid_floor)
    assert moved.mid_floor is not None and abs(moved.mid_floor - mid_floor) < 1e-9
    return moved


def selector(context: TraderContext) -> DebitSelector:
    gates = EntryGates(context, {}, LoneLegs(context), FinalEnds(context), UnknownPrices(context))
    return DebitSelector(context, gates, BlockedContracts(context))


SEEN: dict[str, TwoPartOpportunity | Gate] = {
    "above": pair(0.02),
    "nothing": pair(0.0),
    "below": pair(-0.02),
    "unknown": pair(None),
    "no pair": Gate.NO_PAIR,
    "assignable": Gate.ASSIGNMENT,
    "no room": Gate.LOSS_ROOM,
}
steps = st.lists(
    st.tuples(st.sampled_from(["above"] * 8 + sorted(SEEN)), st.integers(0, 150)), max_size=40
)


@given(steps, st.integers(0, 300))
def test_a_row_spans_the_quotes_since_the_last_that_were_not_suspect(
    seen: list[tuple[str, int]], later_s: int
) -> None:
    row, at_s, times = SuspectRow(), 0.0, list[float]()
    for word, gap_s in seen:
        at_s += gap_s
        row.saw(SEEN[word], at_s)
        if word == "no room":
            continue  # it says nothing of the quotes
        if times and at_s - times[-1] > LONGEST_GAP_S:
            times = []
        times = [*times, at_s] if word == "above" else []
    now_s = at_s + later_s
    fresh = bool(times) and now_s - times[-1] <= LONGEST_GAP_S
    assert row.lasted_s(now_s) == (times[-1] - times[0] if fresh else 0.0)
    if times:
        assert row.floor == SEEN["above"].mid_floor  # type: ignore[union-attr]


def test_a_trader_follows_what_its_scans_choose() -> None:
    context = make_context(limits={"duplicate_within_s": 0.0})
    chooser, chain = selector(context), make_chain()
    at = int(chain.strikes.searchsorted(100.0))
    chain.bid[0, at], chain.ask[0, at] = chain.bid[0, at] + 0.6, chain.ask[0, at] + 0.6
    for now_s in (0.0, 40.0, 80.0):
        chain.confirmed_s = START + now_s
        chosen = chooser.choose(Quotes(chain, 100.0), Moment(now_s, START + now_s), 0, 0)
        assert not isinstance(chosen, Gate) and (chosen[0].mid_floor or 0.0) > 0
    assert chooser.suspects.lasted_s(START + 80.0) == 80.0
    chain = make_chain()
    chain.confirmed_s = START + 90.0
    chooser.choose(Quotes(chain, 100.0), Moment(90.0, START + 90.0), 0, 0)
    assert chooser.suspects.lasted_s(START + 90.0) == 0.0


def test_in_a_replay_a_row_outlasts_one_bar() -> None:
    context = make_context()
    assert selector(context).suspects.longest_gap_s == LONGEST_GAP_S
    context._bar_s = 3600.0
    assert selector(context).suspects.longest_gap_s == 3600.0
