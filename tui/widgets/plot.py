"""The plot widget: a curve in the desk's colours, its points in ASCII where that is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import RenderResult
from textual.color import Color
from textual_plotext import PlotextPlot

from tui.text.ticks import limits, round_ticks, tick_label
from tui.widgets.curve import Curve, crossings, in_sight, legend

COLUMNS_PER_TICK = 12
ROWS_PER_TICK = 3

ASKED = "asked of the engine, not here yet"
"""Over a plot before its curve has come."""


class CurvePlot(PlotextPlot):
    """Shows one curve.

    Args:
        ascii_only: whether nothing but ASCII may be drawn.
    """

    def __init__(self, *, ascii_only: bool, id: str) -> None:
        super().__init__(id=id)
        self._ascii_only = ascii_only
        self._curve: Curve | None = None
        self._colours: Mapping[str, str] = {}

    def on_unmount(self) -> None:
        """Be forgotten by the app: its signal would keep each plot that was ever shown."""
        self.app.theme_changed_signal.unsubscribe(self)

    def show(self, curve: Curve, colours: Mapping[str, str]) -> None:
        """Draw this curve from now on.

        Args:
            curve: what to draw; without points the title says that there is nothing yet.
            colours: the theme's, by name.
        """
        self._curve, self._colours = curve, colours
        self.refresh()

    def render(self) -> RenderResult:
        """The curve at the size that the widget has now."""
        if self._curve is not None:
            self._draw(self._curve)
        else:
            self.plt.clear_figure()
            self.plt.title(ASKED)
        return super().render()

    def _draw(self, curve: Curve) -> None:
        plt = self.plt
        plt.clear_figure()
        points = curve.points
        plt.title(curve.title if points else f"{curve.title}: nothing yet")
        spot, even = ("|", "o") if self._ascii_only else ("│", "●")
        if not points:
            plt.xlabel(curve.fills or curve.x)
            return
        xs, ys = [x for x, _ in points], [y for _, y in points]
        self._scales(curve, xs, ys)
        if curve.zero:
            self._draw_zero(*limits(xs))
        if curve.spot is not None and in_sight(curve):
            plt.vline(curve.spot, self._rgb("dim"))
        marker = "dot" if self._ascii_only else "braille"
        plt.plot(xs, ys, marker=marker, color=self._rgb("text"))
        if curve.zero and (evens := crossings(points)):
            plt.scatter(evens, [0.0] * len(evens), marker=even, color=self._rgb("accent"))
        plt.xlabel(legend(curve, spot, even, self.size.width - 4))

    def _draw_zero(self, first: float, last: float) -> None:
        """The line at zero as fine as the curve: what is a little above it is not drawn below."""
        colour = self._rgb("border")
        if self._ascii_only:
            self.plt.hline(0, colour)
        else:
            self.plt.plot([first, last], [0.0, 0.0], marker="braille", color=colour)

    def _scales(self, curve: Curve, xs: list[float], ys: list[float]) -> None:
        """Round ticks, as many as there is room for, and zero among those of a payoff."""
        low, high = limits([*ys, 0.0] if curve.zero else ys)
        first, last = limits(xs)
        down = round_ticks(low, high, max(2, (self.size.height - 4) // ROWS_PER_TICK))
        along = round_ticks(first, last, max(2, self.size.width // COLUMNS_PER_TICK))
        self.plt.ylim(low, high)
        self.plt.xlim(first, last)
        self.plt.yticks(down, [tick_label(tick, down) for tick in down])
        self.plt.xticks(along, [tick_label(tick, along) for tick in along])

    def _rgb(self, name: str) -> tuple[int, int, int]:
        return Color.parse(self._colours[name]).rgb
