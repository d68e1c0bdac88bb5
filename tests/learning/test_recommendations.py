"""Recommendations: what is proposed, how honestly it is called, and what takes it back."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from engine.learning.estimators import look_z
from engine.learning.metrics import OptimizationMetrics
from engine.learning.proposals import REVERT_RULE, DeskSettings, LiveSettings, Proposal
from engine.learning.recommendations import Recommender
from engine.learning.survival import cancel_effect
from engine.learning.verdicts import Verdict

NOW_S = 1_700_000_000.0


def record(
    metrics: OptimizationMetrics,
    contracts: int,
    fills: int,
    misses: int,
    hour: int = 10,
    fill_ms: Callable[[int], float] | None = None,
    waited_ms: float | None = None,
) -> None:
    """Spread the fills evenly among the attempts, so that no look sees only one kind."""
    n = fills + misses
    for i in range(n):
        filled = (i + 1) * fills // n > i * fills // n
        metrics.record_attempt(
            contracts,
            hour,
            "medium",
            filled,
            (fill_ms(i) if fill_ms else None) if filled else None,
            waited_ms=None if filled else waited_ms,
        )


def only(metrics: OptimizationMetrics, kind: str, **live: Any) -> Any:
    proposals = Recommender(metrics).consider(NOW_S, DeskSettings(LiveSettings(**live)))
    return next((p for p in proposals if p.kind == kind), None)


def test_without_attempts_nothing_is_recommended():
    assert Recommender(OptimizationMetrics()).consider(NOW_S, DeskSettings()) == []


def test_a_better_size_with_much_evidence_in_the_same_hours_is_separated():
    metrics = OptimizationMetrics()
    for hour in (10, 11):
        record(metrics, 1, 100, 100, hour)
        record(metrics, 2, 90, 110, hour)
    proposal = only(metrics, "SIZE")
    assert (proposal.before, proposal.after, proposal.setting) == (1, 2, "optimal_contracts")
    assert proposal.verdict is Verdict.SEPARATED
    assert proposal.effect == pytest.approx(0.4)
    assert proposal.effect_low < 0.4 < proposal.effect_high
    assert proposal.key == "SIZE:*:1->2"
    assert [(arm.label, arm.k, arm.n) for arm in proposal.arms] == [
        ("size 1", 200, 400),
        ("size 2", 180, 400),
    ]
    assert any("hour by hour" in sentence for sentence in proposal.evidence)
    assert proposal.revert_rule == REVERT_RULE


def test_a_size_with_few_attempts_is_called_thin_in_words():
    metrics = OptimizationMetrics()
    record(metrics, 1, 50, 50)
    record(metrics, 2, 20, 20)
    proposal = only(metrics, "SIZE")
    assert proposal.verdict is Verdict.THIN
    assert any("Thin evidence: the smaller group has 40 of 50" in s for s in proposal.evidence)


def test_sizes_with_fewer_than_ten_attempts_are_not_compared():
    metrics = OptimizationMetrics()
    record(metrics, 1, 50, 50)
    record(metrics, 2, 9, 0)
    assert only(metrics, "SIZE") is None


def test_sizes_that_hardly_differ_are_not_separated():
    metrics = OptimizationMetrics()
    record(metrics, 1, 50, 50)
    record(metrics, 2, 27, 73)
    assert only(metrics, "SIZE").verdict is Verdict.NOT_SEPARATED


def test_a_size_tried_only_in_a_better_hour_is_confounded():
    metrics = OptimizationMetrics()
    record(metrics, 1, 40, 160, hour=9)
    record(metrics, 2, 100, 100, hour=10)
    proposal = only(metrics, "SIZE")
    assert proposal.verdict is Verdict.CONFOUNDED
    assert any("never met" in sentence for sentence in proposal.evidence)


def test_a_size_that_wins_only_because_of_its_hours_is_confounded():
    metrics = OptimizationMetrics()
    record(metrics, 1, 18, 342, hour=9)
    record(metrics, 1, 36, 4, hour=10)
    record(metrics, 2, 1, 39, hour=9)
    record(metrics, 2, 162, 198, hour=10)
    assert only(metrics, "SIZE").verdict is Verdict.CONFOUNDED


def test_a_size_tried_on_better_chains_is_confounded_for_the_desk():
    desk, good, bad = (OptimizationMetrics() for _ in range(3))
    for own, size, fills, misses in ((bad, 1, 40, 160), (good, 2, 150, 50)):
        record(own, size, fills, misses)
        record(desk, size, fills, misses)
    alone = Recommender(desk).consider(NOW_S, DeskSettings())
    assert next(p for p in alone if p.kind == "SIZE").verdict is Verdict.SEPARATED
    known = Recommender(desk, {"A": bad, "B": good}).consider(NOW_S, DeskSettings())
    assert next(p for p in known if p.kind == "SIZE").verdict is Verdict.CONFOUNDED


def test_the_best_size_in_use_or_out_of_bounds_is_not_recommended():
    metrics = OptimizationMetrics()
    record(metrics, 1, 50, 50)
    record(metrics, 2, 50, 50)
    assert only(metrics, "SIZE", contracts=2) is None
    assert only(metrics, "SIZE", max_contracts=1) is None


def test_profits_are_shown_beside_the_lots():
    metrics = OptimizationMetrics()
    record(metrics, 1, 50, 50)
    record(metrics, 2, 50, 50)
    metrics.record_profit(1, 2.10)
    metrics.record_profit(2, -0.40)
    evidence = " ".join(only(metrics, "SIZE").evidence)
    assert "size 1 +2.10 $ a cycle (n=1), size 2 -0.40 $ a cycle (n=1)" in evidence


def test_an_hour_far_below_the_floor_and_the_others_is_dropped_and_untried_hours_stay():
    metrics = OptimizationMetrics()
    for _ in range(20):
        for hour in (9, 10, 11, 12):
            record(metrics, 1, 1 if hour == 12 else 10, 19 if hour == 12 else 10, hour)
    proposal = only(metrics, "HOURS")
    assert proposal.after == (9, 10, 11, 13, 14, 15)
    assert proposal.verdict is Verdict.SEPARATED
    assert proposal.effect == pytest.approx(0.45)


def test_the_worst_of_seven_hours_needs_seven_times_the_evidence_of_one():
    """The hour was picked out of seven, so that its error is a seventh of the whole."""

    def judged(fills: int) -> tuple[Proposal, float]:
        metrics = OptimizationMetrics()
        for _ in range(2):
            record(metrics, 1, 50, 50, hour=10)
            record(metrics, 1, fills, 100 - fills, hour=11)
        look = metrics.hour_look(11)
        assert look is not None
        return only(metrics, "HOURS", min_fill_rate=0.45), look.separation(1).low

    seen = set()
    for fills in range(15, 40):
        proposal, alone = judged(fills)
        assert "7 comparisons" in " ".join(proposal.evidence)
        seen.add((proposal.verdict is Verdict.SEPARATED, alone > 0))
    assert (False, True) in seen, "an hour that would be dropped if it had been the only one"
    assert (True, True) in seen


def test_an_hour_with_few_attempts_is_dropped_only_as_thin_evidence():
    metrics = OptimizationMetrics()
    record(metrics, 1, 100, 100, hour=10)
    record(metrics, 1, 1, 9, hour=11)
    assert only(metrics, "HOURS").verdict is Verdict.THIN


def test_hours_are_never_all_dropped():
    metrics = OptimizationMetrics()
    record(metrics, 1, 1, 99, hour=10)
    assert only(metrics, "HOURS", hours=(10,)) is None


def test_a_percentile_at_the_cancel_time_is_censored():
    metrics = OptimizationMetrics()
    record(metrics, 1, 200, 200, fill_ms=lambda i: 1500 + i * 5 % 1000, waited_ms=2500)
    proposal = only(metrics, "CANCEL")
    assert proposal.verdict is Verdict.CENSORED
    assert proposal.after == 3000
    assert proposal.effect is None


def test_waiting_longer_than_anyone_watched_is_censored():
    metrics = OptimizationMetrics()
    record(metrics, 1, 200, 200, fill_ms=lambda i: i * 6 % 2200, waited_ms=2500)
    proposal = only(metrics, "CANCEL")
    assert proposal.after > 2500
    assert proposal.verdict is Verdict.CENSORED


def test_orders_that_fill_at_once_or_never_should_be_cancelled_earlier():
    metrics = OptimizationMetrics()
    record(metrics, 1, 800, 800, fill_ms=lambda i: 100 + i % 200, waited_ms=5000)
    proposal = only(metrics, "CANCEL", cancel_ms=5000)
    assert (proposal.before, proposal.after) == (5000, 800)
    assert proposal.verdict is Verdict.SEPARATED
    assert proposal.effect_low > 0
    assert proposal.unit == "fills/h a trader"


def test_an_earlier_cancel_that_would_lose_fills_is_not_separated():
    metrics = OptimizationMetrics()
    times = [100] * 97 + [4900] * 3
    record(metrics, 1, 800, 0, fill_ms=lambda i: times[i % 100])
    proposal = only(metrics, "CANCEL", cancel_ms=5000)
    assert proposal.after == 600
    assert proposal.effect < 0
    assert proposal.verdict is Verdict.NOT_SEPARATED


@pytest.mark.parametrize(("fills", "verdict"), [(40, "NOT SEPARATED"), (80, "SEPARATED")])
def test_a_cancel_time_is_one_of_many_and_needs_the_evidence_of_all(fills: int, verdict: str):
    metrics = OptimizationMetrics()
    record(metrics, 1, fills, 200 - fills, fill_ms=lambda i: 100 + i % 100, waited_ms=5000)
    proposal = only(metrics, "CANCEL", cancel_ms=5000)
    assert proposal.verdict == verdict
    look = metrics.time_look()
    assert look is not None
    one = cancel_effect(look[1], 5000, proposal.after, LiveSettings().mean_delay_s, look_z(3))
    assert one is not None
    assert one.per_hour.low > 0, "chosen from one time it would be SEPARATED at either count"


def test_a_look_counts_for_a_cancel_time_from_fifty_timed_attempts_on():
    metrics = OptimizationMetrics()
    record(metrics, 1, 30, 15, fill_ms=lambda i: 100 + i, waited_ms=5000)
    record(metrics, 1, 0, 5)
    proposal = only(metrics, "CANCEL", cancel_ms=5000)
    assert proposal.verdict is Verdict.THIN
    assert "no look has been reached" in proposal.evidence[-1]


def test_ten_fills_are_needed_for_a_cancel_time():
    metrics = OptimizationMetrics()
    record(metrics, 1, 9, 60, fill_ms=lambda i: 100 + i, waited_ms=5000)
    assert only(metrics, "CANCEL", cancel_ms=5000) is None
    record(metrics, 1, 1, 0, fill_ms=lambda i: 100 + i)
    assert only(metrics, "CANCEL", cancel_ms=5000) is not None


def test_few_timed_attempts_are_thin():
    metrics = OptimizationMetrics()
    record(metrics, 1, 20, 10, fill_ms=lambda i: 100 + i, waited_ms=2500)
    assert only(metrics, "CANCEL").verdict is Verdict.THIN


def test_attempts_whose_waits_were_not_timed_leave_a_cancel_time_censored():
    metrics = OptimizationMetrics()
    record(metrics, 1, 100, 100, fill_ms=lambda i: 100 + i % 200)
    proposal = only(metrics, "CANCEL", cancel_ms=5000)
    assert proposal.verdict is Verdict.CENSORED
    assert proposal.effect is None
    assert any("100 of 200 attempts" in sentence for sentence in proposal.evidence)


def test_attempts_cancelled_before_the_present_limit_leave_it_censored():
    metrics = OptimizationMetrics()
    record(metrics, 1, 100, 100, fill_ms=lambda i: 100 + i % 200, waited_ms=2500)
    assert only(metrics, "CANCEL", cancel_ms=5000).verdict is Verdict.CENSORED


def test_a_proposal_asked_for_again_carries_the_time_of_asking():
    desk = OptimizationMetrics()
    traders = {name: OptimizationMetrics() for name in ("A", "B")}
    for metrics in (desk, *traders.values()):
        record(metrics, 1, 100, 100)
        record(metrics, 2, 100, 100)
    recommender = Recommender(desk, traders)
    recommender.consider(NOW_S, DeskSettings())
    again = recommender.consider(NOW_S + 4000, DeskSettings())
    assert [p.made_s for p in again] == [NOW_S + 4000] * 3


def test_a_single_traders_proposals_come_after_the_desks_and_thin_ones_last():
    desk = OptimizationMetrics()
    traders = {name: OptimizationMetrics() for name in ("B", "A", "C")}
    for name, metrics in traders.items():
        share = 20 if name == "C" else 200
        for own in (desk, metrics):
            record(own, 1, share // 2, share // 2)
            record(own, 2, share // 2, share // 2)
    found = Recommender(desk, traders).consider(NOW_S, DeskSettings())
    assert [(p.kind, p.trader) for p in found] == [
        ("SIZE", "*"),
        ("SIZE", "A"),
        ("SIZE", "B"),
        ("SIZE", "C"),
    ]
    assert found[-1].verdict is Verdict.THIN
    assert len(Recommender(desk, traders, most=2).consider(NOW_S, DeskSettings())) == 2


def test_a_traders_own_settings_decide_what_is_a_change():
    desk = OptimizationMetrics()
    traders = {name: OptimizationMetrics() for name in ("A", "B")}
    for metrics in (desk, *traders.values()):
        record(metrics, 1, 100, 100)
        record(metrics, 2, 100, 100)
    settings = DeskSettings(traders={"A": LiveSettings(contracts=2)})
    recommender = Recommender(desk, traders)
    assert [p.trader for p in recommender.consider(NOW_S, settings)] == ["*", "B"]
    changed = DeskSettings(traders={"B": LiveSettings(contracts=2)})
    assert [p.trader for p in recommender.consider(NOW_S, changed)] == ["*", "A"]


def test_one_trader_alone_is_the_desk_and_the_thin_ones_nearest_to_enough_are_shown():
    desk = OptimizationMetrics()
    traders = {name: OptimizationMetrics() for name in ("A", "B", "C")}
    for attempts, metrics in zip((10, 14, 12), traders.values(), strict=True):
        record(metrics, 1, attempts // 2, attempts // 2)
        record(metrics, 2, attempts // 2, attempts // 2)
    found = Recommender(desk, traders).consider(NOW_S, DeskSettings())
    assert [p.trader for p in found] == ["B", "C"]
    assert Recommender(desk, {"A": traders["A"]}).consider(NOW_S, DeskSettings()) == []


def test_hours_that_are_not_allowed_are_not_among_the_kept():
    metrics = OptimizationMetrics()
    record(metrics, 1, 5, 95, hour=10)
    record(metrics, 1, 60, 40, hour=11)
    record(metrics, 1, 100, 0, hour=14)
    proposal = only(metrics, "HOURS", hours=(10, 11))
    assert proposal.after == (11,)
    assert any(sentence.startswith("Kept: 60 of 100") for sentence in proposal.evidence)


def test_several_hours_are_as_sure_as_the_weakest_and_four_attempts_drop_none():
    metrics = OptimizationMetrics()
    record(metrics, 1, 10, 190, hour=10)
    record(metrics, 1, 0, 4, hour=11)
    record(metrics, 1, 120, 80, hour=12)
    proposal = only(metrics, "HOURS", hours=(10, 11, 12))
    assert (proposal.after, proposal.verdict) == ((11, 12), Verdict.SEPARATED)
    record(metrics, 1, 0, 1, hour=11)
    proposal = only(metrics, "HOURS", hours=(10, 11, 12))
    assert (proposal.after, proposal.verdict) == ((12,), Verdict.THIN)


def test_an_hour_in_which_only_large_sizes_were_tried_is_confounded():
    metrics = OptimizationMetrics()
    record(metrics, 5, 20, 180, hour=10)
    record(metrics, 5, 20, 180, hour=11)
    record(metrics, 1, 240, 160, hour=11)
    assert only(metrics, "HOURS", hours=(10, 11)).verdict is Verdict.CONFOUNDED


def test_sizes_that_met_since_the_last_look_are_confounded_no_longer():
    desk = OptimizationMetrics()
    traders = {name: OptimizationMetrics() for name in ("A", "B")}
    recommender = Recommender(desk, traders)

    def try_out(trader: str, size: int, fills: int) -> None:
        for metrics in (desk, traders[trader]):
            record(metrics, size, fills, 200 - fills)

    def verdict() -> Verdict:
        found = recommender.consider(NOW_S, DeskSettings())
        return next(p.verdict for p in found if (p.trader, p.kind) == ("*", "SIZE"))

    try_out("A", 1, 80)
    try_out("B", 2, 120)
    assert verdict() is Verdict.CONFOUNDED
    try_out("A", 2, 120)
    try_out("B", 1, 80)
    assert verdict() is Verdict.SEPARATED


def test_a_size_chosen_from_four_is_one_of_six_comparisons():
    metrics = OptimizationMetrics()
    for size in (1, 2, 3, 4):
        record(metrics, size, 40, 20)
    assert any("6 comparisons" in sentence for sentence in only(metrics, "SIZE").evidence)


def test_the_same_tallies_give_the_same_proposals():
    def run() -> list[Proposal]:
        metrics = OptimizationMetrics()
        chance = random.Random(5)
        for _ in range(2000):
            size = chance.randint(1, 4)
            filled = chance.random() < 0.5 / size + 0.1
            time_ms = chance.randrange(2000) if filled else None
            metrics.record_attempt(
                size, chance.randint(9, 15), "short", filled, time_ms, waited_ms=2500
            )
        return Recommender(metrics).consider(NOW_S, DeskSettings())

    assert run() == run()
    assert run()


def test_peeking_after_every_attempt_rarely_separates_what_is_equal():
    """The whole road: real tallies, every size equal in lots, one look at the list an attempt."""
    chance = random.Random(11)
    wrong = 0
    runs = 60
    for _ in range(runs):
        metrics = OptimizationMetrics()
        separated = False
        for _ in range(260):
            size = chance.choice((1, 2))
            metrics.record_attempt(
                size, chance.randint(9, 15), "short", chance.random() < 0.6 / size
            )
            proposal = only(metrics, "SIZE")
            separated |= proposal is not None and proposal.verdict is Verdict.SEPARATED
        wrong += separated
    assert wrong / runs <= 0.05
