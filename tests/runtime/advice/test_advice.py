"""Recommendations of a running desk: from its own attempts to approval, effect and undo."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from pathlib import Path

import pytest

from engine.commands import Ask, TicketState
from engine.config import SizingParameters, SpreadRules
from engine.learning.attempt_results import attempt_results
from engine.learning.estimators import Z95
from engine.orders import events as ev
from engine.pricing.rules import Objective
from engine.runtime.advice.events import EXPIRES_AFTER_S, proposal_of
from engine.runtime.requests.settings import read
from tests.support.attempt_rows import teach_size
from tests.support.desks import settings, simulated
from tests.support.operator_steps import Operated

CONFIRMED, REFUSED = TicketState.CONFIRMED, TicketState.REFUSED
SIZING = SizingParameters(target_fill_rate=0.70)
"""A size that grows no further than one step: two sizes are enough to be compared."""
SEED = 8  # 900 s: one CENSORED cancel time


def traded(seconds: float, objective: Objective = "floor", **plan: object) -> Operated:
    config = settings(SEED).changed(sizing=SIZING, spreads=SpreadRules(objective=objective))
    desk = Operated(simulated(config, until=time(15, 55), **plan))
    desk.run(seconds)
    return desk


def taught(quarters: int = 9) -> Operated:
    """A desk of a quarter of an hour that has seen two lots earn twice what one does."""
    desk = traded(901)
    teach_size(desk, quarters)
    return desk


@pytest.fixture
def young() -> Operated:
    """A desk of a quarter of an hour, whose one recommendation is weak."""
    return traded(901)


@pytest.fixture
def grown() -> Operated:
    """A desk with promising recommendations, for all and for one."""
    return taught()


@pytest.fixture(scope="module")
def refusing() -> Operated:
    """Such a desk for requests that change nothing."""
    return taught()


def ready(desk: Operated, kind: str, trader: str = "*") -> str:
    """The id of the recommendation of a kind for a trader; "one" is any single trader."""
    for name, proposal in desk.executor.advice.ready.items():
        wanted = proposal.trader != "*" if trader == "one" else proposal.trader == trader
        if proposal.kind == kind and wanted:
            return name
    raise AssertionError(f"no {kind} for {trader} among {desk.executor.advice.ready}")


def values(desk: Operated, setting: str) -> dict[str, object]:
    return {key: read(trader, setting) for key, trader in desk.context.traders.items()}


def shown(desk: Operated) -> dict[str, str]:
    return {row.id: row.state for row in desk.snapshot().recommendations}


def outcomes(desk: Operated, name: str) -> list[str]:
    rows = desk.of(ev.RecommendationSettled)
    return [row.outcome for row in rows if row.recommendation == name]


# ---------------------------------------------------------------- appearing


def test_a_recommendation_rests_on_what_attempts_came_to(refusing):
    name = ready(refusing, "SIZE")
    row = next(r for r in refusing.snapshot().recommendations if r.id == name)
    arms = refusing.executor.advice.tallies.evidence.answers().arms("contracts")
    assert [(arm.label, arm.k, arm.n) for arm in row.arms] == [
        (f"size {size}", arms[size].fills, arms[size].attempts) for size in (1, 2)
    ]
    assert [arm.dollars_per_hour for arm in row.arms] == pytest.approx(
        [arms[size].per_hour for size in (1, 2)], abs=0.01
    )
    assert row.verdict == "PROMISING"
    assert (row.before, row.after) == (1, 2)
    assert row.effect_low > 0 and row.unit == "$ a trader-hour"
    assert row.revert_rule and row.evidence and row.bounds


def test_a_card_says_at_once_that_a_trial_in_the_way_has_ended(grown):
    name = ready(grown, "SIZE")

    def refusal() -> str:
        row = next(r for r in grown.snapshot().recommendations if r.id == name)
        return "" if row.needs is None else row.needs.refusal

    asked = grown.ask(Ask.TRIAL, word="delay 4-9")
    assert asked.state is CONFIRMED, asked.text
    assert "T1 runs" in refusal()
    grown.ask(Ask.STOP_TRIAL, "T1")
    assert "T1 runs" not in refusal()


def test_the_desk_gathers_every_attempt_that_its_journal_tells_of(young):
    rows = attempt_results(young.events)
    total = young.executor.advice.tallies.evidence.answers().total()
    assert total.attempts == len(rows) > 50
    assert total.dollars == pytest.approx(sum(row.dollars for row in rows))
    assert total.fills == sum(row.filled > 0 for row in rows)


def test_a_later_cancel_rests_on_what_the_market_did_after_the_present_one(young):
    found = young.executor.advice.ready[ready(young, "CANCEL")]
    ghosts = young.executor.context.state.post_trade.ghosts.of_desk(found.before)
    assert found.after > found.before and ghosts is not None
    (told,) = [text for text in found.evidence if "debits watched after their cancel" in text]
    assert 20 < int(told.split()[1]) <= ghosts.watched


def test_a_trial_is_as_long_as_the_evidence_lets_it_be(grown):
    """By floor this seed's verdict takes 19 sessions, which a key may start; by credit it takes more."""
    poor = traded(901, "credit")
    weak = poor.ask(Ask.APPROVE, ready(poor, "CANCEL"))
    assert weak.state is REFUSED and "a verdict takes" in weak.text
    name = ready(grown, "SIZE")
    ticket = grown.ask(Ask.APPROVE, name)
    assert ticket.state is CONFIRMED, ticket.text
    assert name in grown.executor.advice.in_trial
    assert set(values(grown, "optimal_contracts").values()) == {1}


def test_each_traders_own_tally_counts_what_the_journal_tells_of_it(refusing):
    late = {event.order for event in refusing.of(ev.Executed) if event.late}
    ended = refusing.of(ev.AttemptEnded)
    for key, own in refusing.executor.advice.tallies.own.items():
        mine = [event for event in ended if event.trader == key]
        k = sum(event.filled > 0 or event.order in late for event in mine)
        assert (own.total().k, own.total().n) == (k, len(mine))


def test_a_recommendation_keeps_its_id_while_it_speaks_of_the_same_setting(young):
    name = ready(young, "CANCEL")
    young.run(600)
    assert ready(young, "CANCEL") == name
    assert [r.id for r in young.snapshot().recommendations if r.kind == "CANCEL"] == [name]


def test_one_that_still_holds_when_it_would_expire_is_brought_up_to_date(young):
    name = ready(young, "CANCEL")
    first = next(r for r in young.snapshot().recommendations if r.id == name)
    young.ask(Ask.HALT)  # what is known is enough, and time passes quickly
    while young.context.now().epoch_s < first.expires_s + 300:
        young.run(300)
    row = next(r for r in young.snapshot().recommendations if r.id == name)
    assert row.state == "ready"
    assert row.expires_s > young.context.now().epoch_s


def test_one_that_has_expired_is_not_approved(young):
    name = ready(young, "CANCEL")
    offered = young.executor.advice.ready
    offered[name] = replace(offered[name], made_s=offered[name].made_s - EXPIRES_AFTER_S)
    ticket = young.ask(Ask.APPROVE, name, "because", word="ACCEPT")
    assert ticket.state is REFUSED
    assert "expired" in ticket.text


# ---------------------------------------------------------------- approving


def test_what_is_applied_without_a_trial_holds_from_the_next_attempt_on_and_is_unproven(grown):
    name = ready(grown, "SIZE")
    grown.working_debit()
    out = {
        trader.key: trader.debits.live.order.request.quantity
        for trader in grown.context.traders.values()
        if trader.debits.live is not None
    }
    ticket = grown.ask(Ask.APPROVE, name, "enough seen", word="ACCEPT")
    assert ticket.state is CONFIRMED
    for key, quantity in out.items():
        assert grown.context.traders[key].debits.live.order.request.quantity == quantity
    assert set(values(grown, "optimal_contracts").values()) == {2}
    before = len(grown.sent)
    grown.run(60)
    debits = [r.quantity for _, r in grown.sent[before:] if r.pays]
    assert len(debits) > 5
    assert max(debits) == 2
    assert shown(grown)[name] == "applied"
    assert outcomes(grown, name) == ["applied"]
    row = next(e for e in grown.of(ev.OperatorActed) if e.action == "approve")
    assert (row.before, row.after, row.who) == ("ready", "applied", "ada")
    changes = [e for e in grown.of(ev.SettingChanged) if e.why == f"{name} approved"]
    assert {(e.before, e.after) for e in changes} == {(1, 2)}
    made = [e.verdict for e in grown.of(ev.Recommended) if e.recommendation == name]
    assert made[-1] == "UNPROVEN"
    again = grown.ask(Ask.APPROVE, name, "once more", word="ACCEPT")
    assert again.state is REFUSED


def test_a_trial_is_held_to_the_look_s_interval_as_one_of_95_percent(grown):
    """A look's interval has the error that the look may spend; a promise has 5 %."""
    name = ready(grown, "SIZE")
    proposal = grown.executor.advice.ready[name]
    assert abs(proposal.z - Z95) > 0.1
    trials = grown.context.state.trials
    rate = trials.yardstick(grown.context.traders).rate
    wider = Z95 / proposal.z
    low, high = (
        proposal.effect + wider * (end - proposal.effect)
        for end in (proposal.effect_low, proposal.effect_high)
    )
    held = trials.promised(proposal.effect, low, high, rate)
    assert grown.ask(Ask.APPROVE, name).state is CONFIRMED
    (started,) = grown.of(ev.TrialStarted)
    assert list(started.predicted.values()) == pytest.approx(held)
    (made,) = [e for e in grown.of(ev.Recommended) if e.recommendation == name][-1:]
    assert proposal_of(made).z == pytest.approx(proposal.z)


def test_only_what_was_applied_to_all_reaches_a_chain_that_is_added_later(grown):
    one = ready(grown, "SIZE", "one")
    own = grown.executor.advice.ready[one].trader
    assert grown.ask(Ask.APPROVE, one, "this chain alone", word="ACCEPT").state is CONFIRMED
    wide = ready(grown, "CANCEL")
    cancel_ms = grown.executor.advice.ready[wide].after
    assert grown.ask(Ask.APPROVE, wide, "all of them", word="ACCEPT").state is CONFIRMED
    grown.executor.add_symbol("SPY", [date(2027, 1, 15)])
    added = next(key for key in values(grown, "optimal_contracts") if "2027-01-15" in key)
    assert values(grown, "optimal_contracts")[own] == 2
    assert values(grown, "optimal_contracts")[added] == 1
    assert values(grown, "optimal_cancel_ms")[added] == cancel_ms


@pytest.mark.parametrize(
    ("word", "reason"),
    [("ACCEPT", "  "), ("accept", "trust me"), ("Accept", "trust me"), ("yes", "trust me")],
)
def test_nothing_is_applied_without_a_trial_but_by_the_word_and_a_reason(refusing, word, reason):
    name = ready(refusing, "CANCEL")
    before = values(refusing, "optimal_cancel_ms")
    ticket = refusing.ask(Ask.APPROVE, name, reason, word=word)
    assert ticket.state is REFUSED
    assert "ACCEPT" in ticket.text
    assert values(refusing, "optimal_cancel_ms") == before
    assert shown(refusing)[name] == "ready"


def test_thin_evidence_is_applied_with_the_word_and_a_reason_which_its_row_keeps():
    desk = taught(quarters=4)
    name = ready(desk, "SIZE")
    assert desk.executor.advice.ready[name].verdict.value == "THIN"
    assert desk.ask(Ask.APPROVE, name, "seen before", word="ACCEPT").state is CONFIRMED
    assert desk.last_action().reason == "seen before"
    assert outcomes(desk, name) == ["applied"]


@pytest.mark.parametrize("trader", ["*", "one"])
def test_a_value_that_has_drifted_since_is_refused_with_both_values(refusing, monkeypatch, trader):
    name = ready(refusing, "SIZE", trader)
    for each in refusing.context.traders.values():
        monkeypatch.setattr(each.sizing, "current_contracts", 3)
    ticket = refusing.ask(Ask.APPROVE, name)
    assert ticket.state is REFUSED
    assert "live value is 3" in ticket.text
    assert "computed for 1" in ticket.text
    assert set(values(refusing, "optimal_contracts").values()) == {3}


def test_a_change_that_one_trader_may_not_make_is_made_by_none(refusing, monkeypatch):
    name = ready(refusing, "SIZE")
    last = list(refusing.context.traders.values())[-1]
    monkeypatch.setattr(last.sizing, "current_contracts", 1)
    monkeypatch.setattr(last.sizing, "max_contracts", 1)
    before = values(refusing, "optimal_contracts")
    for word in ("", "ACCEPT"):
        ticket = refusing.ask(Ask.APPROVE, name, "all the same", word=word)
        assert ticket.state is REFUSED
        assert "outside 1 to 1" in ticket.text
    assert values(refusing, "optimal_contracts") == before
    assert shown(refusing)[name] == "ready"


# ---------------------------------------------------------------- taking back


def test_rubric_14_an_undo_restores_each_traders_exact_former_value(young):
    odd, tiny, *_ = young.context.traders.values()
    odd.timing.cancel_after_seconds = 1.23456
    tiny.timing.cancel_after_seconds = 0.1  # below what an approval may set
    former = {k: t.timing.cancel_after_seconds for k, t in young.context.traders.items()}
    name = ready(young, "CANCEL")
    ticket = young.ask(Ask.APPROVE, name, "all alike", word="ACCEPT")
    assert ticket.state is REFUSED and "live value is 1234.56" in ticket.text
    young.executor.advice.approve(name, "all alike")
    applied = {t.timing.cancel_after_seconds for t in young.context.traders.values()}
    assert len(applied) == 1
    assert young.ask(Ask.UNDO, "*", "enough").state is CONFIRMED
    now = {k: t.timing.cancel_after_seconds for k, t in young.context.traders.items()}
    assert now == pytest.approx(former, rel=1e-12)
    assert outcomes(young, name) == ["applied", "undone"]
    assert young.last_action().before == "applied"
    assert young.ask(Ask.UNDO, name).state is REFUSED


@pytest.mark.parametrize("first", ["wide", "one"])
def test_changes_of_one_setting_are_undone_in_any_order(grown, first):
    wide, one = ready(grown, "SIZE"), ready(grown, "SIZE", "one")
    trader = grown.executor.advice.ready[one].trader
    former = values(grown, "optimal_contracts")
    grown.ask(Ask.APPROVE, one, "a", word="ACCEPT")
    grown.context.traders[trader].sizing.current_contracts = 1
    assert grown.ask(Ask.APPROVE, wide, "b", word="ACCEPT").state is CONFIRMED
    changed = values(grown, "optimal_contracts")
    order = (wide, one) if first == "wide" else (one, wide)
    assert grown.ask(Ask.UNDO, order[0]).state is CONFIRMED
    if first == "one":
        assert values(grown, "optimal_contracts") == changed, "the later one still stands"
    assert grown.ask(Ask.UNDO, order[1]).state is CONFIRMED
    assert values(grown, "optimal_contracts") == former
    assert [outcomes(grown, each) for each in order] == [["applied", "undone"]] * 2


# ---------------------------------------------------------------- saying no


def test_a_rejected_change_is_not_shown_again_however_its_value_moves(young):
    name = ready(young, "CANCEL")
    assert young.ask(Ask.REJECT, name, "not on this desk").state is CONFIRMED
    made = len(young.of(ev.Recommended))
    young.ask(Ask.HALT)  # what is known would make it again, and time passes quickly
    young.run(1300)
    later = [e for e in young.of(ev.Recommended)[made:] if e.kind == "CANCEL" and e.trader == "*"]
    assert later == []
    assert shown(young)[name] == "rejected"
    assert "it is rejected" in young.ask(Ask.APPROVE, name).text


def test_one_put_aside_comes_back_after_its_time(young):
    name = ready(young, "CANCEL")
    assert young.ask(Ask.SNOOZE, name, minutes=20).state is CONFIRMED
    young.ask(Ask.HALT)  # what is known makes it again, and time passes quickly
    young.run(1150)
    assert not any(
        p.kind == "CANCEL" and p.trader == "*" for p in young.executor.advice.ready.values()
    )
    young.run(400)
    assert ready(young, "CANCEL") != name


@pytest.mark.parametrize("minutes", [0, -5, "soon", float("nan"), 1e9])
def test_nonsensical_minutes_are_refused(refusing, minutes):
    name = ready(refusing, "CANCEL")
    assert refusing.ask(Ask.SNOOZE, name, minutes=minutes).state is REFUSED
    assert shown(refusing)[name] == "ready"


# ---------------------------------------------------------------- restart


def test_a_restart_keeps_what_was_applied_and_can_still_take_it_back(tmp_path: Path):
    desk = traded(901, run_dir=tmp_path)
    odd = next(iter(desk.context.traders.values()))
    odd.timing.cancel_after_seconds = 1.23456
    former = {k: t.timing.cancel_after_seconds for k, t in desk.context.traders.items()}
    name = ready(desk, "CANCEL")
    desk.executor.advice.approve(name, "a trial")
    desk.executor.apply_optimization({"optimal_hours": [14, 15]})
    by_program = next(reversed(desk.executor.advice.in_force.applied))
    applied = values(desk, "optimal_cancel_ms")
    sizes = values(desk, "optimal_contracts")
    desk.desk.stop()

    assert desk.desk.places is not None
    again = Operated(simulated(settings(SEED), run_dir=tmp_path, resume=desk.desk.places.run))
    assert values(again, "optimal_cancel_ms") == applied
    assert values(again, "optimal_contracts") == sizes
    assert set(map(str, values(again, "optimal_hours").values())) == {"[14, 15]"}
    assert again.ask(Ask.UNDO, by_program).state is CONFIRMED
    assert set(map(str, values(again, "optimal_hours").values())) == {"[]"}
    assert again.ask(Ask.UNDO, name).state is CONFIRMED
    now = {k: t.timing.cancel_after_seconds for k, t in again.context.traders.items()}
    assert now == pytest.approx(former, rel=1e-12)
    again.desk.stop()


def test_a_restart_forgets_no_rejection(tmp_path: Path):
    desk = traded(901, run_dir=tmp_path)
    desk.ask(Ask.REJECT, ready(desk, "CANCEL"), "not on this desk")
    desk.desk.stop()
    assert desk.desk.places is not None
    again = Operated(
        simulated(settings(SEED), run_dir=tmp_path, resume=desk.desk.places.run, until=time(15, 0))
    )
    again.run(1300)
    assert [e for e in again.of(ev.Recommended) if (e.kind, e.trader) == ("CANCEL", "*")] == []
    again.desk.stop()
