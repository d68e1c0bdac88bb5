"""Recommendation review: the list, and the selected one with its evidence."""

from __future__ import annotations

from engine.snapshot import RecommendationView
from tui.actions.action import approvable
from tui.pane_numbers import RECOMMENDATIONS
from tui.screens.listed import ListedScreen
from tui.text import formats
from tui.text.lines import Line
from tui.viewmodel import nothing, recommendations, trials
from tui.viewmodel.frame import Box
from tui.viewmodel.panes import recommendations_pane
from tui.viewmodel.view import View


def chosen(view: View) -> RecommendationView | None:
    """The recommendation under the cursor."""
    key = view.state.selected(RECOMMENDATIONS)
    return next((r for r in view.snapshot.recommendations if r.id == key), None)


class ReviewScreen(ListedScreen):
    """Approve, reject, put aside, undo."""

    place = "review"
    pane = RECOMMENDATIONS

    def paint(self) -> None:
        """Draw, and begin to arm the approval of what is now shown."""
        super().paint()
        if self.is_mounted and self.desk.screen is self:
            self.desk.arming.show(f"approve:{self.desk.state.selected(RECOMMENDATIONS)}")

    def list_lines(self, view: View, box: Box) -> list[Line]:
        """All recommendations."""
        tries = "y try  " if approvable(view) else ""
        return recommendations_pane(view, box, f"{tries}n no  z aside  u undo  X stop  E explore")

    def chosen_title(self, view: View) -> str:
        """Id and kind."""
        selected = chosen(view)
        return (
            f"{formats.clean(selected.id, 6)} {formats.clean(selected.kind, 12)}"
            if selected
            else "RECOMMENDATION"
        )

    def chosen_lines(self, view: View, width: int, height: int) -> list[Line]:
        """The evidence."""
        selected = chosen(view)
        if selected is None:
            none = nothing.lines(nothing.sentence(view, "chosen"), width, height)
            return [*none, *trials.ledger(view, width)]
        text = recommendations.in_full(selected, view, width)
        return [*text, *trials.ledger(view, width)]
