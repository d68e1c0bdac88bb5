"""Write docs/screenshots/*.svg: the demo as `./start` shows it, warmed up, in several sizes.

.venv/bin/python .ci/make_screenshots.py        after a change of the screen
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine.commands import Ask, Command  # noqa: E402
from engine.config import DeskConfig  # noqa: E402
from engine.config.bounds import FASTEST  # noqa: E402
from engine.desk.opening import Desk, DeskPlan, open_desk  # noqa: E402
from engine.snapshot import EngineSnapshot, EngineState, RecommendationView  # noqa: E402
from tui.lifecycle import prepare  # noqa: E402

FOLDER = ROOT / "docs" / "screenshots"
SHOTS: tuple[tuple[str, tuple[int, int], tuple[str, ...]], ...] = (
    ("main-120x40", (120, 40), ()),
    ("main-200x60", (200, 60), ()),
    ("main-80x24", (80, 24), ()),
    ("detail-120x40", (120, 40), ("enter",)),
    ("review-120x40", (120, 40), ("e",)),
    ("units-120x40", (120, 40), ("h",)),
    ("positions-120x40", (120, 40), ("i",)),
    ("config-120x40", (120, 40), ("c", "F", *"max_contracts", "enter", ")")),
    ("themes-120x40", (120, 40), ("T", "j")),
    ("help-120x40", (120, 40), ("question_mark",)),
    ("tour-120x40", (120, 40), ("N", "N")),
)
"""File, size in columns and rows, keys pressed."""

DAY_SHOTS: tuple[tuple[str, tuple[int, int], tuple[str, ...]], ...] = (
    ("day-120x40", (120, 40), ("D", "left")),
    ("day-80x24", (80, 24), ("D", "j", "left")),
)
"""The same some hours later, when there is a session to look at."""

HOURS_LATER = 4.0

TRIAL_SHOTS: tuple[tuple[str, tuple[int, int]], ...] = (
    ("120x40", (120, 40)),
    ("200x60", (200, 60)),
    ("80x24", (80, 24)),
)
PAIRS_SHOWN = 60
"""Pairs of attempts after which a running trial has a difference to show."""

DRAWN_S = 1.5
"""Curves are drawn once a second."""


def warmed_up(config: DeskConfig) -> Desk:
    """The demo with its default seed, standing still where the warm-up ends."""
    desk = open_desk(config, DeskPlan(in_memory=True, warm_up=True))
    desk.start()
    while desk.snapshot().state in (EngineState.STARTING, EngineState.WARMING):
        time.sleep(0.05)
    desk.submit(Command(Ask.PAUSE_TIME))
    while not desk.snapshot().time_paused:
        time.sleep(0.01)
    return desk


def paused_when(desk: Desk, reached: Callable[[EngineSnapshot], bool]) -> EngineSnapshot:
    """The desk, standing still soon after its snapshot is as wanted."""
    desk.submit(Command(Ask.RESUME_TIME))
    while not reached(desk.snapshot()):
        if desk.snapshot().state is EngineState.ENDED:
            raise RuntimeError("the session ended before what was to be shown")
        time.sleep(0.05)
    desk.submit(Command(Ask.PAUSE_TIME))
    while not desk.snapshot().time_paused:
        time.sleep(0.01)
    return desk.snapshot()


def promising(snapshot: EngineSnapshot) -> RecommendationView | None:
    """What the desk advises about the choice of pairs; None before it does."""
    for each in snapshot.recommendations:
        if each.kind == "CHOICE" and each.verdict == "PROMISING" and each.state == "ready":
            return each
    return None


def shoot_day(folder: Path) -> None:
    """The demo in the afternoon, its session behind it."""
    desk = warmed_up(DeskConfig())
    until_s = desk.snapshot().now_s + 3_600 * HOURS_LATER
    desk.submit(Command(Ask.SET_SPEED, args={"speed": FASTEST}))
    paused_when(desk, lambda now: now.now_s >= until_s)
    for name, size, keys in DAY_SHOTS:
        path = folder / f"{name}.svg"
        path.write_text(asyncio.run(shoot(desk, size, keys)), encoding="utf-8")
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1000:.0f} kB")
    print(desk.stop(drain=False))


def shoot_trial(folder: Path) -> None:
    """A trial of the demo: pairs by payoff floor instead of by credit, running and ended."""
    config = DeskConfig.model_validate({"spreads": {"objective": "credit"}})
    desk = warmed_up(config)
    desk.submit(Command(Ask.SET_SPEED, args={"speed": FASTEST}))
    advised = promising(paused_when(desk, lambda now: promising(now) is not None))
    assert advised is not None
    desk.submit(Command(Ask.APPROVE, target=advised.id))
    desk.submit(Command(Ask.SET_SPEED, args={"speed": 60.0}))
    moments: tuple[tuple[str, Callable[[EngineSnapshot], bool]], ...] = (
        ("running", lambda now: bool(now.trials) and now.trials[0].pairs >= PAIRS_SHOWN),
        ("ended", lambda now: bool(now.trials) and now.trials[0].end != ""),
    )
    for moment, reached in moments:
        states = [each.state for each in paused_when(desk, reached).recommendations]
        above = states.count("ready") if moment == "ended" else 0
        keys = ("e", *["down"] * above)
        for size, columns_rows in TRIAL_SHOTS:
            path = folder / f"trial-{moment}-{size}.svg"
            path.write_text(asyncio.run(shoot(desk, columns_rows, keys)), encoding="utf-8")
            print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1000:.0f} kB")
    print(desk.stop(drain=False))


async def shoot(desk: Desk, size: tuple[int, int], keys: tuple[str, ...]) -> str:
    """One screen as SVG that needs no font from elsewhere."""
    from tui.app import DeskApp
    from tui.bridge import Bridge

    app = DeskApp(Bridge(desk), DeskConfig(), environment={"LANG": "C.UTF-8"})
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause(DRAWN_S)
        picture = app.export_screenshot(title="legdesk")
    return "\n".join(line.rstrip() for line in picture.splitlines()) + "\n"


def main() -> None:
    """Write every picture and say how large it is."""
    prepare("SIM", os.environ)
    FOLDER.mkdir(parents=True, exist_ok=True)
    desk = warmed_up(DeskConfig())
    for name, size, keys in SHOTS:
        path = FOLDER / f"{name}.svg"
        path.write_text(asyncio.run(shoot(desk, size, keys)), encoding="utf-8")
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1000:.0f} kB")
    print(desk.stop(drain=False))
    shoot_day(FOLDER)
    shoot_trial(FOLDER)


if __name__ == "__main__":
    main()
