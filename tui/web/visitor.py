"""One visitor's screens: the observer's app without a terminal, its rows as runs of text."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol

from rich.color import Color, ColorType
from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.keys import _character_to_key

from engine.commands import Command, Ticket
from engine.config import DeskConfig, NotifySettings
from engine.snapshot import EngineSnapshot, EventLine
from tui.observing import ObservedPort, ObserverApp
from tui.theme.contrast import blend
from tui.viewmodel.header import badge

LEAST: Final = (20, 5)
MOST: Final = (300, 100)
"""Columns and rows that a page may have, at least and at most."""

WIDEST: Final = 10_000
"""Columns or rows of a window that anybody has: beside the screens a click does nothing."""

_KEY: Final = re.compile(r"(ctrl\+)?(shift\+)?([a-z]{1,9}|f1?[0-9])")

Run = tuple[str, int, str, str, bool, bool]
"""Text, cells, colour, ground, whether it is bold, and underlined; colours as #rrggbb."""

_DIM: Final = 0.6
"""How far the colour of dim text is from its ground, of what it is else."""


class Looker(Protocol):
    """One who looks at an observed desk, at things of his own."""

    def submit(self, command: Command) -> Ticket:
        """Look at what a request to watch names; any other is refused."""
        ...

    def seen(self, snapshot: EngineSnapshot) -> EngineSnapshot:
        """A snapshot with what is looked at."""
        ...

    def stop(self) -> None:
        """Look no more."""
        ...


class SharedPort(ObservedPort, Protocol):
    """An observed desk that several look at."""

    def looker(self) -> Looker:
        """One more who looks at it."""
        ...


class Visited:
    """An observed desk as one visitor has it: many share it, and none of them ends it.

    Args:
        desk: the shared one.
    """

    def __init__(self, desk: SharedPort) -> None:
        self._desk = desk
        self._looker = desk.looker()
        self._shown: tuple[EngineSnapshot, EngineSnapshot] | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """What the desk trades by."""
        return self._desk.settings

    def age_s(self) -> float:
        """Real seconds since the desk made what is shown."""
        return self._desk.age_s()

    def snapshot(self) -> EngineSnapshot:
        """The latest snapshot, for a reader elsewhere: nothing is written for it here."""
        latest = self._desk.snapshot()
        if self._shown is None or self._shown[0] is not latest:
            assert latest.observer is not None
            elsewhere = replace(latest.observer, elsewhere=True)
            self._shown = (latest, replace(latest, observer=elsewhere))
        return self._looker.seen(self._shown[1])

    def submit(self, command: Command) -> Ticket:
        """A look of this visitor; anything else is refused."""
        return self._looker.submit(command)

    def drain_events(self) -> Sequence[EventLine]:
        """Nothing that the snapshots do not show."""
        return ()

    def stop(self, drain: bool = True) -> str:
        """The visitor leaves; the others look on."""
        self._looker.stop()
        return "left"


class VisitorApp(ObserverApp):
    """The screens of one visitor.

    Args:
        desk: the observed one, shared.
        own: theme and keys.
        options: of DeskApp.

    Attributes:
        drawn: set whenever something was drawn.
    """

    def __init__(self, desk: SharedPort, own: DeskConfig, **options: Any) -> None:
        self._visited = Visited(desk)
        super().__init__(self._visited, own, **options)
        self.drawn = asyncio.Event()
        self._sent: list[list[Run]] = []

    def _display(self, screen: Any, renderable: Any) -> None:
        """Textual would write to a terminal here."""
        self.drawn.set()

    def copy_to_clipboard(self, text: str) -> None:
        """There is no terminal to hand a text to."""

    def bell(self) -> None:
        """Nor one that could ring."""

    def look_no_more(self) -> None:
        """The visitor has gone, and what was looked at for him."""
        self._visited.stop()

    def notifications(self) -> NotifySettings:
        """None: there is no terminal."""
        return NotifySettings()

    # ------------------------------------------------------------------ what the visitor does

    def take(self, message: Any) -> bool:
        """Do what a page asked for: a key, a character, a size, a click, a turn of the wheel.

        A click does what it does in a terminal: on these screens it can look and nothing else.

        Returns:
            False where it is none of these.
        """
        match message:
            case {"key": str(key)} if _KEY.fullmatch(key):
                character = " " if key == "space" else "\r" if key == "enter" else None
                self.post_message(events.Key(key, character))
            case {"character": str(text)} if len(text) == 1 and text.isprintable():
                self.post_message(events.Key(_character_to_key(text), text))
            case {"size": _} if size := size_of(message):
                self._resize(Size(*size))
            case {"click": _} if cell := cell_of(message["click"]):
                self._mouse(cell, events.MouseDown, events.MouseUp)
            case {"wheel": [("up" | "down") as way, *at]} if cell := cell_of(at):
                self._mouse(cell, events.MouseScrollUp if way == "up" else events.MouseScrollDown)
            case _:
                return False
        return True

    def _mouse(self, cell: tuple[int, int], *kinds: type[events.MouseEvent]) -> None:
        """Do with the mouse what the page's visitor did; beside the screens it does nothing."""
        x, y = cell
        if x < self.size.width and y < self.size.height:
            for kind in kinds:
                self.post_message(kind(None, x, y, 0, 0, 1, False, False, False, x, y))

    def _resize(self, size: Size) -> None:
        if self._driver is not None:
            self._driver._size = size
        self.post_message(events.Resize(size, size))

    # ------------------------------------------------------------------ what the visitor sees

    def changes(self) -> dict[str, Any]:
        """The rows that differ from those handed out before, as a message to the page."""
        with self._context():
            update = self.screen._compositor.render_update(
                full=True, screen_stack=self._background_screens
            )
            strips = getattr(update, "strips", ())
            rows = [_runs(segment for strip in line for segment in strip) for line in strips]
        before = self._sent if len(self._sent) == len(rows) else [None] * len(rows)
        changed = [[n, row] for n, row in enumerate(rows) if row != before[n]]
        self._sent = rows
        title = f"{badge(self.live_view())[0].strip()} - legdesk"
        return {"height": len(rows), "rows": changed, "title": title}


def size_of(message: Any) -> tuple[int, int] | None:
    """Columns and rows that a page asks for, within bounds; None where it asks for no size."""
    match message:
        case {"size": [int(width), int(height)]}:
            return min(max(width, LEAST[0]), MOST[0]), min(max(height, LEAST[1]), MOST[1])
        case _:
            return None


def cell_of(place: Any) -> tuple[int, int] | None:
    """Column and row that a page points at; None where it points at none."""
    match place:
        case [int(x), int(y)] if 0 <= x < WIDEST and 0 <= y < WIDEST:
            return x, y
        case _:
            return None


def _runs(segments: Iterable[Segment]) -> list[Run]:
    """A row as runs of one look each."""
    runs: list[Run] = []
    for segment in segments:
        if segment.control or not segment.text:
            continue
        style = segment.style
        colour = _hex(None if style is None else style.color, "#c8ccd0")
        ground = _hex(None if style is None else style.bgcolor, "#101418")
        if style is not None and style.reverse:
            colour, ground = ground, colour
        if style is not None and style.dim:
            colour = blend(ground, colour, _DIM)
        bold, line = (False, False) if style is None else (bool(style.bold), bool(style.underline))
        look = colour, ground, bold, line
        if runs and runs[-1][2:] == look:
            text, cells = runs[-1][:2]
            runs[-1] = (text + segment.text, cells + segment.cell_length, *look)
        else:
            runs.append((segment.text, segment.cell_length, *look))
    return runs


def _hex(colour: Color | None, otherwise: str) -> str:
    if colour is None or colour.type is ColorType.DEFAULT:
        return otherwise
    return colour.get_truecolor().hex
