"""The kill drill: many working orders, the kill key twice, and how long until nothing works."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.brokers.remote.broker import RemoteBroker
from engine.brokers.remote.link import LinkError
from engine.commands import Ask, Command
from engine.config import DeskConfig, SimulationSettings
from engine.desk.opening import Desk, DeskPlan, open_desk
from engine.exchange.process import SETTINGS_FILE
from engine.market.clock import Clock, SystemClock

MOST_ORDERS: Final = 200
ALLOWED_S: Final = 5.0
"""Real seconds in which the broker must confirm the state of every order after the press."""

GATHERED_WITHIN_S: Final = 90.0
PRESSES_APART_S: Final = 0.6
"""More than the silence after which a press of the kill key counts as a new one."""

_ROOTS: Final = ("SPY", "QQQ", "IWM", "AAPL", "MSFT", "NVDA", "AMZN", "META", "GOOGL", "TSLA")
GIVES_UP_S: Final = 30.0
AGREES_WITHIN_S: Final = 10.0
"""Real seconds after which a difference between book and exchange is one."""
_LOOK_S: Final = 0.01


class DrillError(RuntimeError):
    """The drill could not be run; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Drilled:
    """What the drill measured.

    Args:
        orders: that worked at the exchange when the key was pressed the second time.
        zero_s: real seconds from that press until none did; None where some still do.
        survivors: those.
        parked: legged units left to the operator.
        difference: between book and exchange, "" where they agree.
    """

    orders: int
    zero_s: float | None
    survivors: tuple[str, ...]
    parked: int
    difference: str

    @property
    def passed(self) -> bool:
        """Whether nothing worked in the time allowed and the books agree."""
        return self.zero_s is not None and self.zero_s <= ALLOWED_S and not self.difference


def drill(
    press: Callable[[], int | None],
    *,
    orders: int = 50,
    own_exchange: bool = False,
    seed: int = 46,
    gives_up_s: float = GIVES_UP_S,
    clock: Clock | None = None,
) -> Drilled:
    """Run a drill on a run of its own, which is gone afterwards.

    Args:
        press: presses the kill key; the stage it asks for, None where it counts as a repeat.
        orders: that must work before the key is pressed.
        own_exchange: with the exchange in a process of its own.
        seed: of the simulated day.
        gives_up_s: real seconds after the second press at which orders that work are survivors.
        clock: real time.

    Raises:
        DrillError: too few orders worked in time, or a press did not count.
    """
    clock = clock or SystemClock()
    with tempfile.TemporaryDirectory(prefix="legdesk-drill-") as name:
        folder = Path(name)
        config = _config(orders, seed)
        with _exchange(folder, config, own_exchange) as socket:
            desk = open_desk(config, DeskPlan(exchange=socket, run_dir=folder / "state"))
            desk.start()
            try:
                return _held(desk, press, orders, gives_up_s, clock)
            finally:
                desk.stop(drain=False)


def _held(
    desk: Desk,
    press: Callable[[], int | None],
    orders: int,
    gives_up_s: float,
    clock: Clock,
) -> Drilled:
    until_s = clock.now_s() + GATHERED_WITHIN_S
    while (working := len(_told(desk, lambda: _at_the_exchange(desk), clock))) < orders:
        if clock.now_s() > until_s:
            raise DrillError(
                f"only {working} orders worked after {GATHERED_WITHIN_S:g} s; ask for "
                "fewer with --orders"
            )
        _pause(_LOOK_S * 5)
    _press(desk, press)
    _pause(PRESSES_APART_S)
    working = len(_told(desk, lambda: _at_the_exchange(desk), clock))
    began_s = clock.now_s()
    _press(desk, press)
    left = _working(desk, clock)
    while left and clock.now_s() - began_s < gives_up_s:
        _pause(_LOOK_S)
        left = _working(desk, clock)
    zero_s = None if left else clock.now_s() - began_s
    units = desk.executor.call(
        lambda: sum(len(trader.credits.units) for trader in desk.executor.traders.values())
    )
    return Drilled(working, zero_s, left, units, _difference(desk, clock))


def _press(desk: Desk, press: Callable[[], int | None]) -> None:
    stage = press()
    if stage is None:
        raise DrillError("a press of the kill key counted as a repeat")
    desk.submit(Command(Ask.KILL, who="drill", key="kill", args={"stage": stage}))


def _working(desk: Desk, clock: Clock) -> tuple[str, ...]:
    """Orders that may still execute, by the exchange's record or by the desk's."""

    def ask() -> set[str]:
        return _at_the_exchange(desk) | desk.executor.context.state.orders.live.keys()

    return tuple(sorted(_told(desk, ask, clock)))


def _told(desk: Desk, ask: Callable[[], set[str]], clock: Clock) -> set[str]:
    """Ask in the engine's thread; an exchange that is slow to answer is asked again.

    Raises:
        LinkError: it has told nothing for GIVES_UP_S.
    """
    until_s = clock.now_s() + GIVES_UP_S
    while True:
        try:
            return desk.executor.call(ask)
        except LinkError:
            if clock.now_s() >= until_s:
                raise
            _pause(_LOOK_S)


def _difference(desk: Desk, clock: Clock) -> str:
    """How book and exchange differ, asked in the engine's thread; "" where they agree.

    Executions may still be on their way to the book, and a busy exchange may be late with its
    answer: what is found counts once it has lasted for AGREES_WITHIN_S.
    """
    until_s = clock.now_s() + AGREES_WITHIN_S
    while (found := desk.executor.call(desk.books_agree)) and clock.now_s() < until_s:
        _pause(_LOOK_S * 5)
    return found


def _at_the_exchange(desk: Desk) -> set[str]:
    """Orders that may still execute, by the exchange's record; in the engine's thread."""
    exchange = desk.exchange
    if isinstance(exchange, RemoteBroker):
        return {order.client_order_id for order in exchange.open_orders()}
    return {name for name, _ in exchange.live_orders()}


def _config(orders: int, seed: int) -> DeskConfig:
    """Traders enough, each with a debit that rests long and rarely fills."""
    plain = DeskConfig()
    rests_long = {
        "cancel_after_seconds": 60.0,
        "min_delay_between_attempts": 0.0,
        "max_delay_between_attempts": 0.5,
        "open_auction_delay_multiplier": 1.0,
    }
    rarely_fills = {
        "buy_location": 0.05,
        "sell_location": 0.95,
        "rule": "any",
        "min_payoff_floor": -1000.0,
    }
    out_of_the_way = {
        "order_hard_cap_s": 60.0,
        "max_debit_usd_desk": 1e9,
        "max_debit_usd_chain": 1e9,
        "max_imbalance_desk": 10_000,
        "max_hung_desk": 10_000,
        "day_loss_exit_only_usd": 1e9,
        "day_loss_halt_usd": 1e9,
        "orders_per_minute": 100_000,
        "min_net_edge": -100.0,
    }
    return plain.model_copy(
        update={
            "simulation": SimulationSettings(
                seed=seed, symbols=_ROOTS, expirations_per_symbol=-(-orders // len(_ROOTS))
            ),
            "timing": plain.timing.model_copy(update=rests_long),
            "spreads": plain.spreads.model_copy(update=rarely_fills),
            "limits": plain.limits.model_copy(update=out_of_the_way),
        }
    )


@contextmanager
def _exchange(folder: Path, config: DeskConfig, own: bool) -> Iterator[Path | None]:
    """The socket of an exchange in another process for as long as the drill lasts, or none."""
    if not own:
        yield None
        return
    place = folder / "x"
    place.mkdir(mode=0o700)
    (place / SETTINGS_FILE).write_text(config.simulation.model_dump_json(), encoding="utf-8")
    process = subprocess.Popen([sys.executable, "-m", "engine.exchange.process", str(place)])
    try:
        for _ in range(500):
            if (place / "socket").exists():
                break
            if process.poll() is not None:
                raise DrillError("the exchange's process ended at once; try `legdesk exchange`")
            _pause(0.02)
        else:
            raise LinkError("the exchange did not start in 10 s")
        yield place / "socket"
    finally:
        process.terminate()
        process.wait(10.0)


def _pause(seconds: float) -> None:
    threading.Event().wait(seconds)
