"""What the desk's trials teach together: how far effects scatter, and which of them count."""

from engine.orders import events as ev
from engine.state.trials import Trials

SMALL = [0.0, -1.0, 1.0, 1.0, 3.0, 6.0]
"""A finished trial that measured about nothing, as the ledger holds it."""


def ledger(finished: list[list[float]]) -> ev.TookOver:
    ended = len(finished)
    return ev.TookOver(0, "before", "2024-11-22", ended, ended, 0, {}, [], finished)


def test_a_desk_whose_first_trials_found_nothing_still_promises_something() -> None:
    trials = Trials()
    fresh = trials.promised(40.0, 20.0, 60.0, 100.0)
    trials.taken_over(ledger([SMALL] * 5))
    effect, low, high = trials.promised(40.0, 20.0, 60.0, 100.0)
    assert 0.9 * fresh[0] < effect < fresh[0]
    assert low < effect < high
