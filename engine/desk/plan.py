"""What to open: which session, at what speed, kept where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from pathlib import Path

from engine.exchange.faults.faulty_exchange import FaultPlan
from engine.orders.events import Event
from engine.state.carried import Carried


@dataclass(frozen=True, slots=True)
class DeskPlan:
    """What to open.

    Args:
        replay: folder of a recorded session; None for the simulated exchange.
        speed: virtual seconds a real second; math.inf for as fast as possible.
        warm_up: whether a simulated session runs flat out until `simulation.warm_up_until`.
        until: exchange time of day at which to end; None for the close.
        record: folder to record the session's quotes to.
        run_dir: where to keep the run; None for a new folder below the state directory.
        in_memory: keep nothing on disk.
        pool_threads: threads for blocking calls.
        min_days: chains with fewer days to expiration get no trader.
        accept_missing: whether to go on with a run whose journal lacks events, with an alarm.
        expirations: at most so many of a recorded session's expirations, the nearest first.
        start: exchange time of day at which a simulated session begins; None for the open.
        faults: what goes wrong at the simulated exchange; None for nothing.
        wire: what goes wrong between a broker's gateway and the simulated exchange, both in this
            process and in virtual time; None for no gateway.
        resume: id of an earlier simulated run to go on with, paused; None begins a new one.
        exchange: socket of a simulated exchange in another process, traded on in its time; None
            for one inside this process.
        gateway: command that starts the account's gateway, for the guard; empty for none.
        desk_seed: seed of the desk's own draws, such as its delays; None for the simulation's.
        carried: what the run before learned by trials, for a desk in memory; on disk it is looked
            for.
        fresh: whether a new run on disk begins without what the run before it learned.
        needs_hours: whether a recorded session without a bar in trading hours is refused.
        implied_underlying: where a recorded session has no price of the underlying, take the
            forward that put-call parity implies.
        observe: with `in_memory`: told every event; the journal then keeps none.
    """

    replay: Path | None = None
    speed: float = 1.0
    warm_up: bool = False
    until: time | None = None
    record: Path | None = None
    run_dir: Path | None = None
    in_memory: bool = False
    pool_threads: int = 4
    min_days: int | None = None
    resume: str | None = None
    accept_missing: bool = False
    expirations: int | None = None
    start: time | None = None
    faults: FaultPlan | None = None
    wire: FaultPlan | None = None
    exchange: Path | None = None
    gateway: tuple[str, ...] = ()
    desk_seed: int | None = None
    carried: Carried | None = None
    fresh: bool = False
    needs_hours: bool = False
    implied_underlying: bool = False
    observe: Callable[[Event], None] | None = None

    @property
    def calm_s(self) -> float | None:
        """Epoch second from which no planned fault strikes; None where none is planned."""
        planned = self.faults or self.wire
        return None if planned is None else planned.calm_s
