"""Trader detail: the text beside its session and two curves, time to fill and payoff."""

from __future__ import annotations

from textual.app import ComposeResult

from engine.commands import Ask, Command
from engine.snapshot import LookKind, TraderDetail
from tui.layout import TWO_COLUMNS, Plan, Rect
from tui.pane_numbers import TRADERS
from tui.screens.page import Page
from tui.text.lines import Line
from tui.viewmodel import day, detail, looked, trader_words
from tui.viewmodel.frame import Box, framed
from tui.viewmodel.view import View
from tui.widgets.curve import Curve, points_of

ROOMY = 30
"""Rows from which the session is beside the curves even where the text is not."""

PLOT_EVERY_BEATS = 4
"""The curves are drawn once a second: a plot costs more than all lines together."""


class DetailScreen(Page):
    """Everything about one trader."""

    place = "detail"

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key
        self._curves = False
        self._beats = 0
        self._drawn: tuple[object, ...] = ()

    def left(self) -> None:
        """Nobody looks at the trader any more: the engine need not make its details."""
        self.desk.state.show_detail("")
        self.desk.bridge.submit(Command(Ask.WATCH, ""))

    def in_front_again(self) -> None:
        """Keys are about this trader again, where another one's detail was over it."""
        if self.desk.state.detail != self.key:
            self.desk.state.show_detail(self.key)
            self.desk.state.selection(TRADERS).select(self.key)
            self.desk.bridge.submit(Command(Ask.WATCH, self.key))

    def bodies(self) -> tuple[str, ...]:
        """The text, and its session beside it."""
        return (self.body_id, "session")

    def compose(self) -> ComposeResult:
        """The text, and a plot for each curve."""
        from tui.widgets.plot import CurvePlot

        yield from super().compose()
        for name in ("fills", "payoff"):
            yield CurvePlot(ascii_only=self.desk.ascii_only, id=name)

    def shape(self, view: View) -> tuple[object, ...]:
        """Zoom shows the curves alone on a narrow terminal."""
        self._curves = view.state.zoomed
        return (*super().shape(view), self._curves)

    def plan(self, width: int, height: int, banner: int) -> Plan:
        """Text at the left and curves at the right, or one of the two."""
        whole = super().plan(width, height, banner)
        place = whole.places.get(self.body_id)
        if place is None:
            return whole
        left = 0 if self._curves else width * 11 // 20 if width >= TWO_COLUMNS else width
        if left:
            whole.places[self.body_id] = place._replace(width=left)
        else:
            del whole.places[self.body_id]
        if left < width:
            y, height = place.y, place.height
            if left or height >= ROOMY:
                session = height * 2 // 5
                whole.places["session"] = Rect(left, y, width - left, session)
                y, height = y + session, height - session
            half = height // 2
            whole.places["fills"] = Rect(left, y, width - left, half)
            whole.places["payoff"] = Rect(left, y + half, width - left, height - half)
        return whole

    def hint(self, view: View) -> str:
        """The keys that are not in the footer of every screen."""
        stops = "p pause  r resume  " if view.answers else ""
        return f"+ curves  _ text  {stops}Esc back"

    def heading(self, view: View) -> str:
        """The chain."""
        result = next((t for t in view.snapshot.traders if t.key == self.key), None)
        if result is None:
            return "TRADER gone"
        parts = (f"TRADER {trader_words.chain_name(result)}", looked.as_of(view, LookKind.TRADER))
        return "  ".join(part for part in parts if part)

    def content(self, view: View, width: int) -> list[Line]:
        """State, cycle, gates, rates, opportunity, attempts."""
        result = next((t for t in view.snapshot.traders if t.key == self.key), None)
        if result is None:
            return [(("this trader is no longer in the desk", "dim"),)]
        lines = detail.lines(result, view.snapshot.detail, view, width)
        if "session" in self._placed.plan.places:
            return lines
        return [*lines, (), (("SESSION", "title"),), *day.trader_strips(result, view, width)]

    def body(self, name: str, view: View, width: int, height: int) -> list[Line]:
        """The text, or the trader's session."""
        if name != "session":
            return super().body(name, view, width, height)
        box = Box(width, height, True, False)
        result = next((t for t in view.snapshot.traders if t.key == self.key), None)
        lines: list[Line] = []
        if result is not None:
            lines = day.trader_lines(result, view, box.inner_width - 2, box.inner_height)
        shown: list[Line] = [((" ", "text"), *line) for line in lines]
        keys = self.desk.keymap
        foot = f"{keys.first('earlier')} {keys.first('later')} time"
        return framed(view, box, "SESSION", shown, "", foot)

    def paint(self) -> None:
        """Draw the text; the curves when they changed, at most once a second."""
        super().paint()
        self._beats += 1
        result = self.desk.view().snapshot.detail if self.is_mounted else None
        if (
            result is None
            or result.key != self.key
            or (self._drawn and self._beats % PLOT_EVERY_BEATS)
        ):
            return
        drawn = (result.fill_curve, result.payoff, result.underlying, self.desk.desk_theme.name)
        if drawn != self._drawn and "fills" in self._placed.plan.places and self.query("#payoff"):
            self._drawn = drawn
            self._plot("fills", _fill_curve(result))
            self._plot("payoff", _payoff(result))

    def _plot(self, name: str, curve: Curve) -> None:
        from tui.widgets.plot import CurvePlot

        self.query_one(f"#{name}", CurvePlot).show(curve, self.desk.desk_theme.colours)


def _fill_curve(result: TraderDetail) -> Curve:
    seconds, shares = result.fill_curve
    points = points_of(seconds, [100 * share for share in shares])
    points = points if len(points) > 1 else []  # the first one is where all begin
    title = "time to fill: % of attempts filled by then"
    return Curve(title, points, "seconds", fills="its first filled debit brings it")


def _payoff(result: TraderDetail) -> Curve:
    title = "payoff at expiration, $ a pair after fees"
    points = points_of(*result.payoff)
    fills = "a pair that its quotes allow brings it"
    return Curve(title, points, "underlying", zero=True, spot=result.underlying, fills=fills)
