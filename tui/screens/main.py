"""The main screen: every pane the terminal has room for."""

from __future__ import annotations

from collections.abc import Iterator

from textual import events
from textual.geometry import Offset, Region

from engine.snapshot import EngineSnapshot, EngineState
from tui.actions import groups
from tui.layout import Border, Plan, columns_at, plan
from tui.lists.table import head_at
from tui.screens.base import DeskScreen
from tui.text.lines import Line
from tui.viewmodel import orders
from tui.viewmodel.frame import Box
from tui.viewmodel.lists import list_of
from tui.viewmodel.panes import NAMES, PANES, Drawer, alarm_rows, besides_snapshot
from tui.viewmodel.splash import splash
from tui.viewmodel.view import View
from tui.widgets.lines_widget import LinesWidget

FIRST_ROW = 2
"""Row of a table's first row in its pane: under the frame and the head."""

HEADED = ("traders", "balances")
"""Tables whose columns have a head even without a frame."""

ROWS = ("traders", "balances", "orders")
"""Tables with one row a line, where a click selects what it hits."""

_BEFORE = (EngineState.STARTING, EngineState.WARMING)

_Drawn = tuple[EngineSnapshot, tuple[object, ...], list[Line]]
"""A pane's lines, with the snapshot and all else that they were drawn from."""


class MainScreen(DeskScreen):
    """TRADERS and the panes around it."""

    place = "main"

    def __init__(self) -> None:
        super().__init__()
        self._beside: dict[str, _Drawn] = {}
        # What panes are drawn from: a key leaves those that it does not move in as they are.
        self._ahead: dict[str, _Drawn] = {}
        self._held: tuple[Border, Offset] | None = None
        self._moved = ""

    def bodies(self) -> tuple[str, ...]:
        """All panes, and the splash before them."""
        return (*PANES, "splash")

    def whole_lists(self, view: View) -> str:
        """All orders that work, where they are looked for and are more than a snapshot has."""
        return orders.whole_list(view)

    def place_now(self, view: View) -> str:
        """While the desk warms up only a few keys make sense."""
        result = super().place_now(view)
        return "splash" if result == "main" and view.snapshot.state in _BEFORE else result

    def shape(self, view: View) -> tuple[object, ...]:
        """A zoomed pane, or one there is no room for, takes the body alone."""
        state = view.state
        before = view.snapshot.state in _BEFORE
        wanted = alarm_rows(view, self.size.width)
        arranged = state.arrangement.stamp
        return (*super().shape(view), state.zoomed, state.pane, before, wanted, arranged)

    def plan(self, width: int, height: int, banner: int) -> Plan:
        """All panes; one alone when zoomed or when it would not be shown otherwise."""
        view = self.desk.view()
        if view.snapshot.state in _BEFORE:
            return plan(width, height, banner, "splash")
        name = NAMES[view.state.pane]
        arrangement = view.state.arrangement
        whole = plan(
            width,
            height,
            banner,
            alarms=alarm_rows(view, width),
            layout=arrangement.layout,
            shifts=arrangement.of(columns_at(width)),
        )
        if view.state.zoomed or ("small" not in whole.places and name not in whole.places):
            return plan(width, height, banner, name)
        return whole

    def move_border(self, beside: bool, by: int) -> bool:
        """Make the pane that keys move in larger; False where no border of it can be moved."""
        name, before = NAMES[self.desk.state.pane], self.desk.state.arrangement.moved
        touching = [
            border
            for border in self._placed.plan.borders
            if border.beside == beside and name in border.before | border.after
        ]
        for border in sorted(touching, key=lambda b: (len(b.before | b.after), name in b.after)):
            if self._shift(border, by if name in border.before else -by):
                self.desk.borders_moved(before)
                return True
        return False

    def _shift(self, border: Border, by: int) -> bool:
        shift = border.shifted(by)
        if shift == border.shift:
            return False
        columns = columns_at(self.size.width)
        self.desk.state.arrangement.move(columns, border.name, shift)
        return True

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A border that is taken hold of can be moved."""
        at = Offset(*event.screen_offset)
        held = [b for b in self._placed.plan.borders if Region(*b.place).contains_point(at)]
        self._held = (held[0], at) if held else None
        self._moved = ""

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """A border follows the pointer for as long as the button is down."""
        if self._held is None:
            return
        if not event.button:
            self._let_go()
            return
        border, start = self._held
        by = event.screen_offset - start
        now = next((b for b in self._placed.plan.borders if b.name == border.name), border)
        wanted = border.shift + (by.x if border.beside else by.y)
        before = self.desk.state.arrangement.moved
        if self._shift(now, wanted - now.shift):
            self._moved = self._moved or before
            self.desk.repaint()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """The border stays where it is."""
        self._let_go()

    def _let_go(self) -> None:
        """However far it was dragged, that is one change."""
        if self._held is not None and self._moved:
            self.desk.borders_moved(self._moved)
        self._held = None

    def on_click(self, event: events.Click) -> None:
        """A click moves the keys to a pane, and the cursor to a row of its table."""
        name = event.widget.id if event.widget is not None else None
        if name not in PANES or self._moved or not self.is_active:
            return
        state = self.desk.state
        state.focus(PANES[name][0])
        keys, selection = state.keys.get(state.pane, []), state.selection(state.pane)
        boxed = self._placed.plan.boxed
        if name in ROWS and event.y == FIRST_ROW - 1 and (boxed or name in HEADED):
            self._sort_by(name, event.x - (1 if boxed else 0))
        first = FIRST_ROW if boxed or name in HEADED else FIRST_ROW - 1
        index = selection.top + event.y - first
        if name in ROWS and event.y >= first and index < len(keys):
            selection.select(keys[index])
            selection.moved(state.now_s)
            groups.fold(self.desk, keys[index])
        self.desk.look()

    def _sort_by(self, name: str, x: int) -> None:
        """A click on a column's head sorts by it; another one inverts."""
        view, place = self.desk.view(), self._placed.plan.places[name]
        inner = place.width - (2 if self._placed.plan.boxed else 1)
        declared = list_of(view)
        declared.choices(view).click(head_at(declared, view, inner, x))

    def wheel(self, name: str, step: int) -> None:
        """The wheel moves the cursor of the pane in focus, and scrolls any other one."""
        state = self.desk.state
        number = PANES[name][0] if name in PANES else 0
        if number == state.pane:
            state.move(step)
        elif number:
            state.wheel(number, step)

    def body(self, name: str, view: View, width: int, height: int) -> list[Line]:
        """One pane."""
        if name == "splash":
            return splash(view, self.desk.keymap, width, height)
        number, draw = PANES[name]
        box = Box(width, height, self._placed.plan.boxed, focused=view.state.pane == number)
        made_from = box, view.glyphs, besides_snapshot(view, number)
        beside = None if box.focused else self._beside.get(name)
        for kept in (beside, self._ahead.pop(name, None)):
            if kept and kept[0] is view.snapshot and kept[1] == made_from:
                self._beside[name] = kept
                return kept[2]
        self._beside[name] = _drawn(draw, view, box, number)
        return self._beside[name][2]

    def ahead(self, view: View) -> Iterator[None]:
        """The panes, and the one that keys move in behind the others: a key may change it yet."""
        self._ahead.clear()
        widgets = {widget.id: widget for widget in self.query_children(LinesWidget)}
        places, focused = self._placed.plan.places, NAMES.get(view.state.pane)
        shown = (name for name in places if name in PANES)
        for name in sorted(shown, key=lambda name: name == focused):
            if view.state.wholes.wanted:
                return
            rect, (number, draw) = places[name], PANES[name]
            box = Box(rect.width, rect.height, self._placed.plan.boxed, view.state.pane == number)
            self._ahead[name] = _drawn(draw, view, box, number)
            if name in widgets:
                widgets[name].ahead(self._ahead[name][2])
            yield


def _drawn(draw: Drawer, view: View, box: Box, number: int) -> _Drawn:
    """A pane, with all that it was drawn from."""
    lines = draw(view, box)
    # Drawn lists know their rows and cursor, which is what the next look compares.
    return view.snapshot, (box, view.glyphs, besides_snapshot(view, number)), lines
