"""What keeps traders from debits is journaled as shares of the time in which the exchange trades."""

from __future__ import annotations

from engine.commands import Ask
from engine.orders import events as ev
from engine.runtime.watch.gate_looks import LOOK_S, LOOKS_A_ROW, OPEN
from tests.support.operator_steps import Operated


def rows(operated: Operated) -> list[ev.GatesLookedAt]:
    return [event for event in operated.events if isinstance(event, ev.GatesLookedAt)]


def test_every_trader_is_looked_at_while_the_exchange_trades_and_told_every_five_minutes() -> None:
    operated = Operated()
    traders = len(operated.context.traders)
    operated.run(LOOK_S * LOOKS_A_ROW + 1)
    (row,) = rows(operated)
    assert sum(row.looks.values()) == traders * LOOKS_A_ROW
    assert row.looks[OPEN] > 0
    operated.ask(Ask.HALT)
    operated.run(LOOK_S * LOOKS_A_ROW)
    halted = rows(operated)[1]
    assert halted.looks == {"HALTED": traders * LOOKS_A_ROW}
    operated.run(LOOK_S * 3)
    operated.executor.finish()
    last = rows(operated)[2]
    assert sum(last.looks.values()) == traders * 3, "what was not told yet is told at the end"
    looks = operated.context.state.notices.looks
    assert looks["HALTED"] == traders * (LOOKS_A_ROW + 3)
    assert sum(looks.values()) == traders * (2 * LOOKS_A_ROW + 3)
