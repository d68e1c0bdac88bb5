"""open_desk: which session and which run are opened; the run's lock is held first."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from engine.brokers.remote.connection import look
from engine.config import ConfigError, DeskConfig
from engine.desk.assembly import desk_of
from engine.desk.beginning import Opening
from engine.desk.day import DeskDay, replayed_day, simulated_day, simulated_run
from engine.desk.earlier_run import EarlierRun, read_earlier_run
from engine.desk.live import live_session, refuse_plan
from engine.desk.output import LockedRun
from engine.desk.plan import DeskPlan
from engine.desk.running import Desk
from engine.exchange.session import simulated_hours
from engine.run_folder.errors import JournalError
from engine.run_folder.lock import StateLock
from engine.run_folder.paths import existing_run, free_run_id, new_run, state_root

__all__ = ["Desk", "DeskPlan", "open_desk", "refuse_plan"]


def open_desk(config: DeskConfig, plan: DeskPlan | None = None) -> Desk:
    """Open a desk: simulated, replayed, or on an account that a gateway holds.

    Args:
        config: the settings; in modes PAPER and LIVE an account is traded.
        plan: what to open.

    Raises:
        ConfigError: a mode without a gateway, a date without a session, a bad time of day.
        SessionFileError: the recorded session cannot be read.
        JournalError: the run's folder cannot be used.
        LinkError: the exchange in another process does not answer, or refuses.
    """
    plan = plan or DeskPlan()
    if config.mode != "SIM":
        live = live_session(config, plan)
        return _open(live.config, live.plan, live.run, live.day)
    if plan.replay is not None:
        recorded = replayed_day(config, plan, plan.replay)
        return _open(config, plan, recorded.run, lambda earlier: recorded)
    if plan.exchange is not None:
        facts = look(plan.exchange)
        if facts.simulation is not None:
            config = config.model_copy(update={"simulation": facts.simulation})
    settings = config.simulation
    hours = simulated_hours(settings)
    run = simulated_run(settings, hours, plan)
    return _open(config, plan, run, lambda earlier: simulated_day(settings, hours, plan, earlier))


def _open(
    config: DeskConfig, plan: DeskPlan, run: str, day_of: Callable[[EarlierRun | None], DeskDay]
) -> Desk:
    """Open a run in memory, a new one on disk, or one that goes on; its lock is held first."""
    if plan.in_memory:
        return desk_of(_opening_of(config, plan, day_of, None))
    root = state_root(plan.run_dir or config.state_dir, config.mode)
    try:
        return _open_on_disk(config, plan, run, day_of, root)
    except ConnectionError:
        raise  # of an exchange, not of the disk
    except OSError as error:
        raise JournalError(
            "denied",
            f"{error.filename or root} cannot be written: {error.strerror or error}; free the "
            "disk, or set state_dir to a folder of your own",
        ) from None


def _open_on_disk(
    config: DeskConfig,
    plan: DeskPlan,
    run: str,
    day_of: Callable[[EarlierRun | None], DeskDay],
    root: Path,
) -> Desk:
    if plan.resume is None:
        day_of(None)  # what cannot be opened leaves no folder
        places = new_run(root, free_run_id(root, run))
    else:
        places = existing_run(root, plan.resume)
    lock = StateLock(places.folder)
    try:
        return desk_of(_opening_of(config, plan, day_of, LockedRun(root, places, lock)))
    except BaseException:
        if plan.resume is None:
            shutil.rmtree(places.folder, ignore_errors=True)
        lock.release()
        raise


def _opening_of(
    config: DeskConfig,
    plan: DeskPlan,
    day_of: Callable[[EarlierRun | None], DeskDay],
    run: LockedRun | None,
) -> Opening:
    goes_on = plan.resume is not None and run is not None
    earlier: EarlierRun | None = None
    if goes_on and run is not None:
        earlier = read_earlier_run(config, run.places, accept_missing=plan.accept_missing)
    day = day_of(earlier)
    if not day.chains:
        raise ConfigError(f"{day.source}: no expiration has enough days left to trade")
    if config.mode == "SIM":
        limits = config.limits.scaled(len(day.chains))
        config = config.model_copy(update={"limits": limits})
    config = config.model_copy(deep=True)
    return Opening(config, plan, day, earlier, run)
