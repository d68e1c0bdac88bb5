"""Read back what a screen shows."""

from __future__ import annotations

from tui.app import DeskApp
from tui.screens.base import DeskScreen
from tui.widgets.lines_widget import LinesWidget


def front(app: DeskApp) -> DeskScreen:
    return next(s for s in reversed(app.screen_stack) if isinstance(s, DeskScreen))


def texts(app: DeskApp, widget: str) -> list[str]:
    found = front(app).query_one(f"#{widget}", LinesWidget)
    return ["".join(text for text, _ in line) for line in found.lines]


def styles(app: DeskApp) -> set[str]:
    screen = front(app)
    names: set[str] = set()
    for name in screen._placed.plan.places:
        for line in screen.query_one(f"#{name}", LinesWidget).lines:
            names |= {style.partition("@")[0] for text, style in line if text.strip()}
    return names


def whole(app: DeskApp) -> str:
    """The terminal as text, row by row."""
    screen = front(app)
    width, height = screen.size
    grid = [[" "] * width for _ in range(height)]
    for name, rect in screen._placed.plan.places.items():
        for y, text in enumerate(texts(app, name)):
            grid[rect.y + y][rect.x : rect.x + rect.width] = list(text)
    return "\n".join("".join(row) for row in grid)
