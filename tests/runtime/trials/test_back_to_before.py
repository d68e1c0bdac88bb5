"""What is taken back, or has ended, leaves the former values: after restarts, and in any order."""

from __future__ import annotations

from engine.commands import Ask, TicketState
from engine.orders import events as ev
from engine.trader.arms import OWN
from tests.support.trial_desk import TrialDesk

CANCEL = "optimal_cancel_ms"


def twice_changed() -> tuple[TrialDesk, list[str]]:
    """A desk whose cancel time of 2500 ms a program set to 2000 and then to 1000."""
    desk = TrialDesk(warm=0)
    for cancel_ms in (2000, 1000):
        desk.executor.apply_optimization({CANCEL: cancel_ms})
    return desk, [row.recommendation for row in desk.of(ev.Recommended)]


def cancel_times(desk: TrialDesk) -> set[float]:
    return {value for (_, setting), value in desk.settings().items() if setting == CANCEL}


def undo(desk: TrialDesk, name: str) -> None:
    assert desk.ask(Ask.UNDO, name).state is TicketState.CONFIRMED


def test_two_restarts_do_not_make_the_settings_file_the_former_value() -> None:
    desk, (first, second) = twice_changed()
    desk.restart()
    desk.restart()
    assert cancel_times(desk) == {1000}
    undo(desk, second)
    assert cancel_times(desk) == {2000}
    undo(desk, first)
    assert cancel_times(desk) == {2500}


def test_an_earlier_change_that_is_undone_first_is_what_the_later_goes_back_over() -> None:
    desk, (first, second) = twice_changed()
    undo(desk, first)
    assert cancel_times(desk) == {1000}
    undo(desk, second)
    assert cancel_times(desk) == {2500}


def test_what_was_kept_goes_back_wherever_the_process_died_while_it_was_put_in_force() -> None:
    desk = TrialDesk()
    assert desk.ask(Ask.TRIAL, word="cancel_ms 3000").state is TicketState.CONFIRMED
    desk.attempts(lambda after: 5000.0 + 300 * (desk.cycle % 7) if after else 10.0, 40)
    [ended] = [at for at, row in enumerate(desk.log) if isinstance(row, ev.TrialEnded)]
    log, kinds = list(desk.log), [type(row) for row in desk.log[ended:]]
    settled = ended + kinds.index(ev.RecommendationSettled)
    assert kinds[: settled - ended].count(ev.SettingChanged) == 2
    for cut in range(ended, settled + 2):
        desk.log[:] = log[:cut]
        desk.restart()
        assert cancel_times(desk) == {3000}
        undo(desk, "R1")
        assert cancel_times(desk) == {2500}


def test_a_trial_that_ends_leaves_no_value_of_an_arm() -> None:
    desk = TrialDesk(warm=30)
    assert desk.ask(Ask.TRIAL, word="cancel_ms 3000 *").state is TicketState.CONFIRMED
    [trial] = desk.running
    desk.attempts(lambda after: None, 3)
    assert all(trader.context.values != OWN for trader in desk.traders.values())
    desk.ask(Ask.STOP_TRIAL, trial.name)
    assert all(trader.context.values == OWN for trader in desk.traders.values())
