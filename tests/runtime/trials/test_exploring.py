"""Exploring: a seeded share of attempts, one neighbouring setting each, and nowhere else."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from engine.commands import Ask, Command, TicketState
from engine.config import DeskConfig
from engine.desk.opening import Desk
from engine.market.phases import TradingPhase
from engine.orders import events as ev
from engine.runtime.requests.settings import write
from engine.runtime.trials.exploring import DEFAULT_SHARE, Exploration, neighbours
from engine.state.trials import QUIET_S
from engine.trader.arms import OWN, AttemptValues
from engine.trader.trader import ExpirationTrader
from tests.support.desks import settings, simulated
from tests.support.trial_desk import TrialDesk

CYCLES = 400


def desk_of(share: float = 0.25, **spreads: Any) -> Desk:
    config = settings(symbols=("SPY",))
    config.exploration.share = share
    for name, value in spreads.items():
        setattr(config.spreads, name, value)
    desk = simulated(config)
    desk.executor.begin()
    return desk


def parts(desk: Desk) -> tuple[Exploration, ExpirationTrader]:
    return desk.executor.exploration, next(iter(desk.executor.context.traders.values()))


def draws(desk: Desk, cycles: int = CYCLES) -> list[AttemptValues]:
    """What one trader's next attempts draw."""
    exploration, trader = parts(desk)
    found = []
    for _ in range(cycles):
        values = exploration.values(trader.key)
        assert exploration.values(trader.key) is values
        found.append(values)
        trader.context.next_cycle()
        assert exploration.values(trader.key) is values, "it holds until the attempt went out"
        exploration._sent(sent(trader.key))
    return found


def sent(trader: str) -> ev.PairChosen:
    return ev.PairChosen(
        0, trader, "S", 1, "MORNING", 600, 1, 2500, 0.35, 0.65, "credit", 0.0, 3.0, 15.0, 40.0,
        0.1, None, None, "", None, None, "",
    )  # fmt: skip


def test_nothing_is_explored_unless_somebody_wants_it() -> None:
    assert set(draws(desk_of(share=0.0), 50)) == {OWN}
    assert DeskConfig().exploration.share == 0.0
    for share in (-0.01, 0.26, float("nan")):
        with pytest.raises(ValueError, match="share"):
            DeskConfig().exploration.changed(share=share)


def test_a_share_of_attempts_draws_one_setting_next_to_its_own() -> None:
    found = draws(desk_of())
    explored = [values for values in found if values.arm]
    assert 0.18 * CYCLES < len(explored) < 0.32 * CYCLES
    arms = Counter(values.arm for values in explored)
    assert set(arms) == {
        "X cancel_ms 2100", "X cancel_ms 3000", "X buy_at 0.3", "X buy_at 0.4", "X sell_at 0.6",
        "X sell_at 0.7", "X minimum_floor 0.05",
    }  # fmt: skip
    for values in explored:
        changed = [each for each in values[1:] if each is not None]
        assert len(changed) == 1, "one lever at a time"
        assert float(values.arm.split()[2]) == changed[0]


def test_the_same_seed_draws_the_same_after_a_restart() -> None:
    assert draws(desk_of(), 60) == draws(desk_of(), 60)


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("minimum_floor", 0.03, [0.08]),
        ("minimum_floor", 0.2, [0.15, 0.25]),
        ("minimum_floor", -0.1, [-0.05]),
        ("buy_location", 0.98, [0.93]),
        ("optimal_cancel_ms", 500, [600]),
        ("optimal_cancel_ms", 5000, [4200]),
    ],
)
def test_neighbours_stay_inside_bounds_and_never_risk_a_loss(
    setting: str, value: float, expected: list[float]
) -> None:
    desk = desk_of()
    _, trader = parts(desk)
    write(desk.executor.context, trader, setting, value, "test", undo=True)
    assert dict(neighbours(trader))[setting] == expected


def test_a_floor_is_not_explored_where_pairs_may_lose_anyway() -> None:
    _, trader = parts(desk_of(rule="any"))
    assert "minimum_floor" not in dict(neighbours(trader))


def test_neighbours_of_a_value_that_was_changed_are_drawn_anew() -> None:
    desk = desk_of()
    exploration, trader = parts(desk)
    while not exploration.values(trader.key).cancel_ms:
        trader.context.next_cycle()
        exploration._sent(sent(trader.key))
    write(desk.executor.context, trader, "optimal_cancel_ms", 1000, "test")
    assert exploration.values(trader.key).cancel_ms in (None, 800, 1200)


@pytest.mark.parametrize("closing", ["halt", "close_entries", "kill", "close"])
def test_nothing_is_explored_as_the_desk_closes(closing: str) -> None:
    desk = desk_of()
    exploration, trader = parts(desk)
    context = desk.executor.context
    while not exploration.values(trader.key).arm:
        trader.context.next_cycle()
        exploration._sent(sent(trader.key))
    match closing:
        case "halt":
            context.flags.halt()
        case "close_entries":
            context.flags.close_entries()
        case "kill":
            context.flags.kill(1)
        case "close":
            closes_s = context.session.phase.closes_s
            assert closes_s is not None
            context.session.update(closes_s - 60.0)
            assert context.session.phase.phase is TradingPhase.CLOSE_AUCTION
    assert exploration.values(trader.key) is OWN


def test_a_trader_in_a_trial_or_at_rest_after_it_explores_nothing() -> None:
    desk = TrialDesk(warm=0)
    desk.attempts(lambda after: 10.0, 100)
    assert desk.ask(Ask.EXPLORE).state is TicketState.CONFIRMED
    tried, other = desk.keys
    started = desk.ask(Ask.TRIAL, word=f"size 2 {tried}")
    assert started.state is TicketState.CONFIRMED, started.text

    def arms(count: int = 80) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {key: set() for key in desk.keys}
        for _ in range(count):
            for key, trader in desk.traders.items():
                found[key].add(trader.context.values.arm[:2])
                trader.context.next_cycle()
                desk.attempt(key, None)
        return found

    found = arms()
    assert "T1" in found[tried]
    assert "X " not in found[tried], "neither in the trial nor at rest after it"
    assert found[other] == {"", "X "}
    desk.ask(Ask.STOP_TRIAL, "T1")
    assert arms() == {tried: {""}, other: {"", "X "}}
    desk.passes(QUIET_S)
    assert arms() == {tried: {"", "X "}, other: {"", "X "}}


def ask(desk: Desk, what: Ask, **args: Any) -> Any:
    return desk.executor.operator.handle(Command(what, key="E", args=args), "1")


def test_one_key_switches_it_on_and_off_and_the_journal_has_both() -> None:
    desk = desk_of(share=0.0)
    changed: list[ev.SettingChanged] = []
    desk.executor.context.subscribe(ev.SettingChanged, changed.append)
    explored = desk.executor.context.state.explored
    assert ask(desk, Ask.EXPLORE).state is TicketState.CONFIRMED
    assert explored.share == DEFAULT_SHARE
    assert any("exploring 10%" in each for each in desk.executor.publisher.build().notices)
    ask(desk, Ask.EXPLORE)
    assert explored.share == 0.0
    assert [(each.trader, each.before, each.after) for each in changed] == [
        ("*", 0.0, DEFAULT_SHARE),
        ("*", DEFAULT_SHARE, 0.0),
    ]


def test_an_explored_attempt_is_sent_and_journaled_with_what_it_drew() -> None:
    config = settings(symbols=("SPY",))
    config.exploration.share = 0.25
    desk = simulated(config)
    chosen: dict[str, ev.PairChosen] = {}
    ended: list[ev.AttemptEnded] = []
    desk.executor.context.subscribe(
        ev.PairChosen, lambda event: chosen.__setitem__(event.order, event)
    )
    desk.executor.context.subscribe(ev.AttemptEnded, ended.append)
    desk.run_to_end()
    explored = [each for each in chosen.values() if each.arm]
    assert 0.1 < len(explored) / len(chosen) < 0.4
    own = {"cancel_ms": 2500, "buy_at": 0.35, "sell_at": 0.65, "minimum_floor": 0.0}
    for each in chosen.values():
        made = {name: getattr(each, name) for name in own}
        if each.arm:
            _, lever, value = each.arm.split()
            assert made == own | {lever: float(value)}
        else:
            assert made == own
    waited = {
        chosen[each.order].cancel_ms: each.worked_ms for each in ended if each.result == "TIMEOUT"
    }
    assert len(waited) > 1
    assert list(waited) == list(waited.values())
    counted = desk.executor.context.state.explored
    assert counted.drawn.attempts == sum(chosen[a.order].arm != "" for a in ended)
    assert counted.others.attempts == sum(chosen[a.order].arm == "" for a in ended)


def test_a_trader_whose_trial_waits_for_the_next_session_explores_nothing_either() -> None:
    desk = TrialDesk(warm=0)
    desk.attempts(lambda after: 10.0, 100)
    desk.ask(Ask.EXPLORE)
    started = desk.ask(Ask.TRIAL, word=f"pause {desk.keys[0]}")
    assert started.state is TicketState.CONFIRMED, started.text
    (record,) = desk.running
    for _ in range(80):
        for key, trader in desk.traders.items():
            if record.concerns(key):
                assert trader.context.values is OWN
            trader.context.next_cycle()
            desk.attempt(key, None)
