"""Write docs/screenshots/all-screens.svg and layouts.svg: every screen of the demo in one picture.

.venv/bin/python .ci/make_contact_sheet.py        after a change of the screen
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / ".ci")]

from make_screenshots import (  # noqa: E402
    DRAWN_S,
    FOLDER,
    HOURS_LATER,
    paused_when,
    warmed_up,
)
from svg_of_cells import sheet  # noqa: E402

from engine.commands import Ask, Command  # noqa: E402
from engine.config import DeskConfig  # noqa: E402
from engine.config.bounds import FASTEST  # noqa: E402
from engine.desk.opening import Desk  # noqa: E402
from tests.support.screen_pictures import Picture, picture_of  # noqa: E402
from tui.lifecycle import prepare  # noqa: E402

SIZE = (120, 40)
SCREENS: dict[str, tuple[str, ...]] = {
    "Main": (),
    "A trader": ("enter",),
    "The session over its time (D)": ("D", "left"),
    "Positions (i)": ("i",),
    "Open units (h)": ("h",),
    "Orders (b)": ("b",),
    "Recommendations (e)": ("e",),
    "Alarms and events (l)": ("l",),
    "Session report (t)": ("t",),
    "Configuration (c)": ("c", "F", *"max_contracts", "enter", "right_parenthesis"),
    "Commands (^P)": ("ctrl+p",),
    "Help (?)": ("question_mark",),
}
LAYOUTS: dict[str, tuple[str, ...]] = {
    "balanced": (),
    "traders": ("L",),
    "orders": ("L", "L"),
    "learning": ("L", "L", "L"),
}


async def taken(desk: Desk, keys: tuple[str, ...]) -> tuple[Picture, str]:
    """What the terminal shows after these keys, and the layout of the main screen."""
    from tui.app import DeskApp
    from tui.bridge import Bridge

    app = DeskApp(Bridge(desk), DeskConfig(), environment={"LANG": "C.UTF-8"})
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause(DRAWN_S)
        app.state.say("")
        app.repaint()
        await pilot.pause()
        return picture_of(app), app.state.arrangement.layout


def write(name: str, picture: str) -> None:
    """Write a file and say how large it is."""
    path = FOLDER / name
    path.write_text(picture, encoding="utf-8")
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1000:.0f} kB")


def main() -> None:
    """Take every picture of one desk in its afternoon."""
    prepare("SIM", os.environ)
    desk = warmed_up(DeskConfig())
    until_s = desk.snapshot().now_s + 3_600 * HOURS_LATER
    desk.submit(Command(Ask.SET_SPEED, args={"speed": FASTEST}))
    paused_when(desk, lambda now: now.now_s >= until_s)
    screens = {name: asyncio.run(taken(desk, keys))[0] for name, keys in SCREENS.items()}
    write("all-screens.svg", sheet(screens, 3, "Every screen of Legdesk"))
    layouts = {}
    for name, keys in LAYOUTS.items():
        picture, layout = asyncio.run(taken(desk, keys))
        if layout != name:
            raise SystemExit(f"{keys} lead to the layout {layout}, not {name}")
        layouts[f"Layout {name}"] = picture
    write("layouts.svg", sheet(layouts, 2, "The layouts of the main screen"))
    print(desk.stop(drain=False))


if __name__ == "__main__":
    main()
