"""What all full screens share: header, banner, status line and footer around a body."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from textual import events
from textual.app import ComposeResult
from textual.errors import NoWidget
from textual.geometry import Region, Size, Spacing
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.screen import Screen
from textual.widget import Widget

from tui.layout import SMALLEST, Plan, plan
from tui.lists.table import head_at
from tui.pane_numbers import TEXT
from tui.text.lines import Line
from tui.viewmodel import chrome, header, header_figures, tour
from tui.viewmodel.lists import TABLES, list_of
from tui.viewmodel.view import LATCHED, View
from tui.widgets.lines_widget import LinesWidget

if TYPE_CHECKING:
    from tui.shown import Shown

BANNER_ROWS = 2
_NO_OFFSET = Region(0, 0, 0, 0).offset
_NO_MARGIN = Spacing(0, 0, 0, 0)


class PlacedLayout(Layout):
    """Children by id at the places of `plan`; a child without a place is not drawn."""

    name = "placed"

    def __init__(self) -> None:
        self.plan = Plan()

    def follow(self, plan: Plan) -> None:
        """Place the children by another plan from now on."""
        self.plan = plan

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> ArrangeResult:
        """Place the children, as Textual asks."""
        places = self.plan.places
        return [
            WidgetPlacement(Region(*places[child.id]), _NO_OFFSET, _NO_MARGIN, child)
            for child in children
            if child.id in places
        ]


class DeskScreen(Screen[None], inherit_bindings=False):
    """A screen of the desk; `place` names it in the registry of actions."""

    place = "main"
    pane = 1
    reading: bool | None = None
    """What `ScreenState.reading` begins with here."""
    body_id = "body"
    list_id = ""
    """The widget that holds the list of this screen, "" where it has none."""
    AUTO_FOCUS = None
    BINDINGS = []

    def __init__(self) -> None:
        super().__init__()
        self._placed = PlacedLayout()
        self._shape: tuple[object, ...] = ()

    @property
    def desk(self) -> Shown:
        """The desk, as the app shows it."""
        return cast("Shown", self.app)

    @property
    def layout(self) -> PlacedLayout:
        """Children are where the plan puts them."""
        return self._placed

    def compose(self) -> ComposeResult:
        """Every place a plan may name."""
        for name in ("header", "banner", *self.bodies(), "status", "footer", "small"):
            yield self.desk.lines_widget(name)

    def bodies(self) -> tuple[str, ...]:
        """Names of the widgets between banner and status line."""
        return (self.body_id,)

    def plan(self, width: int, height: int, banner: int) -> Plan:
        """Where everything goes."""
        return plan(width, height, banner, self.body_id)

    @abstractmethod
    def body(self, name: str, view: View, width: int, height: int) -> list[Line]:
        """The lines of one widget of the body."""

    def place_now(self, view: View) -> str:
        """The name under which actions are looked up: a small terminal has its own."""
        width, height = self.size
        return "small" if width < SMALLEST[0] or height < SMALLEST[1] else self.place

    def whole_lists(self, view: View) -> str:
        """Which lists the engine is asked for page by page while this is in front; "" for none."""
        return ""

    def ahead(self, view: View) -> Iterator[None]:
        """Draw what `paint` will show of a snapshot that is not on the screen yet, in pieces."""
        return iter(())

    def left(self) -> None:
        """The operator goes back, or on to another screen."""

    def in_front_again(self) -> None:
        """The screen that was over this one is closed, before any other key is done."""

    def on_mount(self) -> None:
        """Draw at once."""
        self.paint()

    def on_resize(self) -> None:
        """Draw for the new size."""
        self.paint()

    def on_screen_resume(self) -> None:
        """Draw what has changed while another screen was in front."""
        self.paint()

    def on_click(self, event: events.Click) -> None:
        """A click on a key of the footer is that key; one on a list chooses a row or sorts.

        A click that was made before the one before it had opened something is for nobody.
        """
        if not self.is_active:
            return
        name = event.widget.id if event.widget is not None else None
        if name == "footer":
            self._press(event.x, event.y)
        elif name and name == self.list_id:
            self.desk.state.stop_reading()
            self.choose_in_list(event.x, event.y)
            self.desk.look()
        elif name == "chosen" and self.reading is not None:
            self.desk.state.read_on()
            self.desk.look()

    def _press(self, x: int, y: int) -> None:
        view, place = self.desk.view(), self._placed.plan.places["footer"]
        here = self.place_now(view)
        keymap = self.desk.keymap
        name = chrome.footer_at(view, keymap, here, place.width, place.height, x, y)
        if name:
            self.desk.click(name)

    def choose_in_list(self, x: int, y: int) -> None:
        """Choose the row of a framed table at a cell, or sort by the column whose head is there."""
        view = self.desk.view()
        declared = list_of(view)
        lines = self.query_one(f"#{self.list_id}", LinesWidget).lines
        if declared not in TABLES or not 0 < y < len(lines) - 1:
            return
        headed = any(style == "header" for _, style in lines[1])
        if headed and y == 1:
            inner = self._placed.plan.places[self.list_id].width - 2
            declared.choices(view).click(head_at(declared, view, inner, x - 1))
            return
        selection = view.state.selection(declared.pane)
        keys = view.state.keys.get(declared.pane, [])  # none where a sentence is in their place
        index = selection.top + y - (2 if headed else 1)
        if index < len(keys):
            view.state.go_to(declared.pane, keys[index])

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel scrolls what is under it."""
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel scrolls what is under it."""
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, step: int) -> None:
        try:
            widget, _ = self.get_widget_at(*event.screen_offset)
        except NoWidget:
            return
        if widget.id:
            self.wheel(widget.id, step)
            self.desk.repaint()

    def wheel(self, name: str, step: int) -> None:
        """Scroll the widget of that name by a step of the wheel."""
        state = self.desk.state
        if name == "chosen" and self.reading is not None:
            state.move_in(TEXT, step)
        elif name in (self.list_id, self.body_id):
            state.move_in(state.pane, step)
            state.selection(state.pane).moved(state.now_s)

    def banner_rows(self, view: View) -> int:
        """Rows of the banner of a kill or a lost desk, else of the tour; 0 for nothing to say."""
        live = self.desk.live_view()
        if live.snapshot.past:
            return 0  # the header says what state it was in
        if live.lost or self._stops(live):
            return BANNER_ROWS
        return tour.rows(live, self.place_now(live), self.size.width)

    def _stops(self, live: View) -> bool:
        """Whether the kill key has been pressed, and not been lifted."""
        return live.snapshot.state in LATCHED or bool(self.desk.kill_key.stage)

    def shape(self, view: View) -> tuple[object, ...]:
        """What the plan depends on; another value means another layout."""
        return (*self.size, self.banner_rows(view))

    def paint(self) -> None:
        """Draw the newest view; only rows that changed reach the terminal."""
        width, height = self.size
        if not self.is_mounted or not width or not height or not self.desk.is_front(self):
            return
        view = self.desk.view()
        shape = self.shape(view)
        if shape != self._shape:
            self._shape = shape
            self._placed.follow(self.plan(width, height, self.banner_rows(view)))
            for widget in self.query_children(Widget):
                widget.display = widget.id in self._placed.plan.places
                if widget.display:
                    # Asked of the children: a screen alone takes its old arrangement from a cache.
                    widget.refresh(layout=True)
        # A beat may come while the screen is taken down: what is gone is not drawn.
        widgets = {widget.id: widget for widget in self.query_children(LinesWidget)}
        for name, rect in self._placed.plan.places.items():
            if name in widgets:
                widgets[name].show(self._lines(name, view, rect.width, rect.height))

    def _lines(self, name: str, view: View, width: int, height: int) -> list[Line]:
        desk = self.desk
        live = desk.live_view()
        match name:
            case "header":
                return [header.first(live, width), header_figures.second(live, width)]
            case "small":
                return header.too_small(live, width, height)
            case "banner" if live.lost:
                return chrome.lost(live, width)
            case "banner" if not self._stops(live):
                return tour.card(live, desk.keymap, width, height)
            case "banner":
                return chrome.banner(live, desk.kill_key.stage, desk.keymap, width)
            case "status":
                newest = desk.bridge.newest(live.snapshot)
                return [chrome.status(view, newest, width, self.place in ("main", "detail"))]
            case "footer":
                return chrome.footer(view, desk.keymap, self.place_now(view), width, height)
            case _:
                return self.body(name, view, width, height)
