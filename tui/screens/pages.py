"""The screens that list or explain: help, blotter, log, report, configuration."""

from __future__ import annotations

from engine.snapshot import LookKind
from tui.layout import THREE_COLUMNS, Plan, Rect
from tui.lists.declared import arranged, passing
from tui.pane_numbers import ALARMS, EVENTS, FIGURES, ORDERS, SETTINGS
from tui.screens.base import DeskScreen
from tui.screens.listed import ListedScreen
from tui.screens.page import Page
from tui.text import formats
from tui.text.lines import Line
from tui.viewmodel import (
    activity,
    alarms,
    connection,
    day,
    glossary,
    looked,
    nothing,
    orders,
    pages,
    report,
    settings,
)
from tui.viewmodel.frame import Box, framed
from tui.viewmodel.panes import alarms_pane, events_pane, orders_pane
from tui.viewmodel.view import View


class HelpScreen(Page):
    """The keys that work where help was asked; on its second page what the screens' words mean."""

    place = "help"

    def __init__(self, asked_from: str) -> None:
        super().__init__()
        self._asked_from = asked_from

    def heading(self, view: View) -> str:
        """Which page it is."""
        return "HELP 2 of 2: WORDS" if view.state.page else "HELP 1 of 2: KEYS"

    def hint(self, view: View) -> str:
        """What the other page holds."""
        other = "keys" if view.state.page else "what the words mean"
        keys = self.desk.keymap
        return f"{keys.first('filter')} filter  {keys.first('next-pane')} {other}  Esc back"

    def content(self, view: View, width: int) -> list[Line]:
        """Keys by group, or words by group."""
        return self.filtered(view, width, "")

    def filtered(self, view: View, width: int, words: str) -> list[Line]:
        """Those that pass: the words of an action are looked for in its label, too."""
        passes = passing(words)
        if view.state.page:
            return glossary.lines(width, passes)
        return pages.help_lines(view, self.desk.keymap, self._asked_from, passes)


class ReportScreen(Page):
    """The session so far."""

    place = "report"
    title_text = "SESSION REPORT"

    def hint(self, view: View) -> str:
        """The way to the plots, and to a file."""
        keys = self.desk.keymap
        return f"{keys.first('next-pane')} over its time  {keys.first('export')} export  Esc back"

    def content(self, view: View, width: int) -> list[Line]:
        """The report."""
        return report.lines(view, width)


class DayScreen(DeskScreen):
    """The session over its time."""

    place = "day"
    pane = FIGURES

    def body(self, name: str, view: View, width: int, height: int) -> list[Line]:
        """Plots of every figure, or of one under strips of all."""
        box = Box(width, height, True, True)
        lines = day.session_lines(view, box.inner_width - 2, box.inner_height)
        shown: list[Line] = [((" ", "text"), *line) for line in lines]
        keys = self.desk.keymap
        moves = f"{keys.first('earlier')} {keys.first('later')} time"
        room = box.inner_width - 2, box.inner_height
        if room[0] < day.GRID_WIDTH or room[1] < day.GRID_HEIGHT:
            moves = f"{keys.first('down')} {keys.first('above')} figure  {moves}"
        foot = f"{moves}  {keys.first('next-pane')} report  Esc back"
        date = view.snapshot.session_date.isoformat()
        return framed(view, box, "SESSION OVER ITS TIME", shown, date, foot)


class ConfigScreen(ListedScreen):
    """The configuration in force, and one setting in full."""

    place = "config"
    pane = SETTINGS
    least_rows = 12
    side_by_side = THREE_COLUMNS

    def left(self) -> None:
        """The next time it opens at its top."""
        self.desk.state.forget_cursor(SETTINGS)

    def list_lines(self, view: View, box: Box) -> list[Line]:
        """Every setting."""
        return settings.settings_pane(view, box)

    def chosen_title(self, view: View) -> str:
        """The setting's name."""
        setting = settings.chosen(view)
        return "SETTING" if setting is None else formats.clean(setting.key, 60)

    def chosen_lines(self, view: View, width: int, height: int) -> list[Line]:
        """The setting without cutting anything."""
        setting = settings.chosen(view)
        if setting is None:
            return nothing.lines(nothing.sentence(view, "chosen"), width, height)
        return settings.setting_lines(setting, width)


class ConnectionScreen(Page):
    """The broker's connection, point by point."""

    place = "connection"
    title_text = "CONNECTION"

    def content(self, view: View, width: int) -> list[Line]:
        """The checklist."""
        return connection.lines(view, width)


EVENT_ROWS = 6
"""Rows for the chosen event under the list of events: its words need few."""


class LogScreen(ListedScreen):
    """Alarms over requests and events; or all events, as wide as the terminal."""

    place = "log"
    pane = ALARMS

    def shape(self, view: View) -> tuple[object, ...]:
        """Each of the two lists has its own layout."""
        return (*super().shape(view), view.state.pane)

    def plan(self, width: int, height: int, banner: int) -> Plan:
        """Events over the chosen one at every width; alarms as other lists."""
        whole = super().plan(width, height, banner)
        if "small" in whole.places or self.desk.view().state.pane != EVENTS:
            return whole
        first, last = whole.places["list"], whole.places["chosen"]
        rows = last.y + last.height - first.y - EVENT_ROWS
        whole.places["list"] = Rect(0, first.y, width, rows)
        whole.places["chosen"] = Rect(0, first.y + rows, width, EVENT_ROWS)
        return whole

    def whole_lists(self, view: View) -> str:
        """All of the run that the engine remembers."""
        return "alarms,events"

    def list_lines(self, view: View, box: Box) -> list[Line]:
        """All alarms: active, shelved and cleared; or all events."""
        if view.state.pane == EVENTS:
            return events_pane(view, box, "Enter what it is about  v alarms")
        return alarms_pane(view, box, "Enter what it is about  v events")

    def chosen_title(self, view: View) -> str:
        """Requests and events."""
        return "EVENT" if view.state.pane == EVENTS else "ALARM, REQUESTS, EVENTS"

    def chosen_lines(self, view: View, width: int, height: int) -> list[Line]:
        """The selected alarm in full, requests, then what happened; or the selected event."""
        if view.state.pane == EVENTS:
            event = arranged(activity.LIST, view).row_of(view.state.selected(EVENTS))
            if event is None:
                return nothing.lines(nothing.sentence(view, "chosen"), width, height)
            return activity.event_lines(event, width)
        alarm = arranged(alarms.LIST, view).row_of(view.state.selected(ALARMS))
        result = [*alarms.in_full(alarm, width), ()] if alarm else []
        tickets = pages.ticket_lines(view)[:8]
        return [*result, *tickets, *([()] if tickets else []), *pages.log_lines(view, width)]


class BlotterScreen(ListedScreen):
    """All orders, and one in full."""

    place = "blotter"
    pane = ORDERS
    least_rows = 9
    side_by_side = THREE_COLUMNS

    def whole_lists(self, view: View) -> str:
        """All orders that the engine remembers, those that work, or those of one cycle."""
        return orders.whole_list(view)

    def left(self) -> None:
        """The next time the blotter has all orders again."""
        orders.LIST.choices(self.desk.view()).show_within("")

    def list_lines(self, view: View, box: Box) -> list[Line]:
        """Orders, the newest first."""
        return orders_pane(view, box, "Enter its events")

    def chosen_title(self, view: View) -> str:
        """The selected order's id."""
        order, story = view.state.selected(ORDERS), view.snapshot.story
        told = looked.as_of(view, LookKind.ORDER) if story and story.id == order else ""
        return f"ORDER {orders.tail(order)}{told and '  '}{told}"

    def chosen_lines(self, view: View, width: int, height: int) -> list[Line]:
        """The selected order in full."""
        result = arranged(orders.LIST, view).row_of(view.state.selected(ORDERS))
        if result is None:
            return nothing.lines(nothing.sentence(view, "chosen"), width, height)
        return pages.order_page(result, view, width, height)


PAGES: dict[str, type[DeskScreen]] = {
    screen.place: screen
    for screen in (
        ReportScreen,
        DayScreen,
        ConfigScreen,
        ConnectionScreen,
        LogScreen,
        BlotterScreen,
    )
}
"""Screens that need no subject, by the name the registry of actions has for them."""
