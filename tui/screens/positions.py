"""Positions: pairs or contracts over the chosen one in full and its payoff at expiration."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult

from engine.commands import Ask, Command
from engine.snapshot import PairView
from tui.layout import TWO_COLUMNS, Plan, Rect
from tui.pane_numbers import CONTRACTS, PAIRS
from tui.screens.base import DeskScreen
from tui.text.lines import Line
from tui.viewmodel import looked, pairs, positions
from tui.viewmodel.frame import Box, framed
from tui.viewmodel.held import held_positions
from tui.viewmodel.view import View
from tui.widgets.curve import Curve, points_of
from tui.widgets.lines_widget import LinesWidget

PLOT_EVERY_BEATS = 4
"""A curve of the same contracts is drawn once a second: it costs more than all lines together."""


TEXT_ROWS = 24
"""Rows that the text and the payoff make use of; the list has what is more."""


class PositionsScreen(DeskScreen):
    """Everything held; the engine makes it only while this screen is looked at."""

    place = "positions"
    pane = PAIRS
    list_id = "held"

    def __init__(self) -> None:
        super().__init__()
        self._asked = ""
        self._beats = 0
        self._drawn: tuple[Any, ...] = ()

    def bodies(self) -> tuple[str, ...]:
        """The list and the chosen row."""
        return ("held", "chosen")

    def compose(self) -> ComposeResult:
        """The lists, and a plot for the payoff."""
        from tui.widgets.plot import CurvePlot

        yield from super().compose()
        yield CurvePlot(ascii_only=self.desk.ascii_only, id="payoff")

    def whole_lists(self, view: View) -> str:
        """All of the list that keys move in, where there is more than the snapshot has of it."""
        held = held_positions(view)
        if held is None:
            return ""
        if view.state.pane == CONTRACTS:
            return looked.asked_for(view, "contracts") if held.more_contracts else ""
        return looked.asked_for(view, "pairs") if held.more else ""

    def in_front_again(self) -> None:
        """Ask again: a screen that was over this one may have looked at something else."""
        self._asked = ""

    def left(self) -> None:
        """Nobody looks any more."""
        self.desk.bridge.submit(Command(Ask.WATCH, ""))

    def shape(self, view: View) -> tuple[object, ...]:
        """Zoom shows the payoff in place of the text on a narrow terminal."""
        return (*super().shape(view), view.state.zoomed, view.state.pane)

    def plan(self, width: int, height: int, banner: int) -> Plan:
        """The list above; below it the text, a pair's payoff, or both side by side."""
        state = self.desk.view().state
        whole = super().plan(width, height, banner)
        if "small" in whole.places:
            return whole
        place = whole.places.pop(self.body_id)
        upper = max(6, place.height * 2 // 5, place.height - TEXT_ROWS)
        whole.places["held"] = place._replace(height=upper)
        lower = Rect(0, place.y + upper, width, place.height - upper)
        left = width * 3 // 5 if width >= TWO_COLUMNS else width
        if state.pane == CONTRACTS:
            whole.places["chosen"] = lower
        elif state.zoomed:
            whole.places["payoff"] = lower
        elif left < width:
            whole.places["chosen"] = lower._replace(width=left)
            whole.places["payoff"] = lower._replace(x=left, width=width - left)
        else:
            whole.places["chosen"] = lower
        return whole

    def body(self, name: str, view: View, width: int, height: int) -> list[Line]:
        """The list, or what is chosen in it."""
        box = Box(width, height, True, name == "held")
        if name == "held":
            return positions.list_pane(view, box)
        lines = positions.chosen_lines(view, box.inner_width - 2, self._plotted_price(view))
        content: list[Line] = [((" ", "text"), *line) for line in lines]
        return framed(view, box, positions.chosen_title(view), content)

    def _plotted_price(self, view: View) -> float | None:
        """The price of the underlying in the payoff beside the text; None where there is none.

        The payoff is drawn less often than the text, and both are to tell one price.
        """
        pair = pairs.chosen_pair(view)
        drawn = self._drawn and self._drawn[0]
        beside = "payoff" in self._placed.plan.places and pair is not None
        return self._drawn[2] if beside and drawn == _holds(pair) else None

    def paint(self) -> None:
        """Draw; ask the engine for the payoff of another pair when the cursor has moved to it."""
        super().paint()
        if not self.is_mounted or not self.desk.is_front(self):
            return
        view = self.desk.view()
        wanted = f"positions:{view.state.selected(PAIRS)}"
        if wanted != self._asked:
            self._asked = wanted
            self.desk.bridge.submit(Command(Ask.WATCH, wanted))
        self._beats += 1
        self._plot(view)

    def _plot(self, view: View) -> None:
        from tui.widgets.plot import CurvePlot

        held = held_positions(view)
        shown = "payoff" in self._placed.plan.places and bool(self.query("#payoff"))
        if held is None or not shown:
            return
        theme = self.desk.desk_theme
        asked = view.state.selected(PAIRS) in ("", held.chosen)
        curve, underlying = (held.curve, held.underlying) if asked else (((), ()), None)
        pair = pairs.chosen_pair(view)
        holds = _holds(pair) if asked else None
        drawn = (holds, curve, underlying, theme.name)
        same = bool(self._drawn) and holds is not None and self._drawn[0] == holds
        if drawn == self._drawn or (same and self._beats % PLOT_EVERY_BEATS):
            return
        self._drawn = drawn
        title = "payoff at expiration, $ after fees"
        points, fills = points_of(*curve), "the pair that is chosen above brings it"
        shown_curve = Curve(title, points, "underlying", zero=True, spot=underlying, fills=fills)
        self.query_one("#payoff", CurvePlot).show(shown_curve, theme.colours)
        if "chosen" in self._placed.plan.places:
            place = self._placed.plan.places["chosen"]
            told = self.body("chosen", view, place.width, place.height)
            self.query_one("#chosen", LinesWidget).show(told)


def _holds(pair: PairView | None) -> tuple[object, ...] | None:
    """What the payoff of a pair is made of, beside prices; None for no pair."""
    return None if pair is None else (pair.key, pair.fills, pair.shares)
