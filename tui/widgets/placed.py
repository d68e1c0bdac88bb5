"""A layout that puts each child where a plan says."""

from __future__ import annotations

from textual.geometry import Region, Size, Spacing
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

from tui.layout import Plan


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


_NO_OFFSET = Region(0, 0, 0, 0).offset
_NO_MARGIN = Spacing(0, 0, 0, 0)
