"""Write docs/screenshots/*.svg: the demo as `./start` shows it, warmed up, in several sizes.

.venv/bin/python .ci/make_screenshots.py        after a change of the screen
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine.commands import Ask, Command  # noqa: E402
from engine.config import DeskConfig  # noqa: E402
from engine.desk.opening import Desk, DeskPlan, open_desk  # noqa: E402
from engine.snapshot import EngineState  # noqa: E402
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
    ("help-120x40", (120, 40), ("question_mark",)),
)
"""File, size in columns and rows, keys pressed."""

DRAWN_S = 1.5
"""Curves are drawn once a second."""


def warmed_up() -> Desk:
    """The demo with its default seed, standing still where the warm-up ends."""
    desk = open_desk(DeskConfig(), DeskPlan(in_memory=True, warm_up=True))
    desk.start()
    while desk.snapshot().state in (EngineState.STARTING, EngineState.WARMING):
        time.sleep(0.05)
    desk.submit(Command(Ask.PAUSE_TIME))
    while not desk.snapshot().time_paused:
        time.sleep(0.01)
    return desk


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
    desk = warmed_up()
    for name, size, keys in SHOTS:
        path = FOLDER / f"{name}.svg"
        path.write_text(asyncio.run(shoot(desk, size, keys)), encoding="utf-8")
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1000:.0f} kB")
    print(desk.stop(drain=False))


if __name__ == "__main__":
    main()
