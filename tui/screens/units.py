"""Open units: choose what happens to one, and confirm it."""

from __future__ import annotations

from tui.pane_numbers import UNITS
from tui.screens.listed import ListedScreen
from tui.text import formats
from tui.text.lines import Line
from tui.viewmodel.frame import Box
from tui.viewmodel.units import arming_name, chosen_unit, unit_lines, units_pane
from tui.viewmodel.view import View


class UnitsScreen(ListedScreen):
    """The units over, or beside, the one under the cursor with its four choices."""

    place = "hung"
    pane = UNITS
    side_by_side = 200

    def paint(self) -> None:
        """Draw, and begin to arm the confirmation of what is now chosen."""
        super().paint()
        if not self.is_mounted or self.desk.screen is not self:
            return
        name = arming_name(self.desk.view())
        if name:
            self.desk.arming.show(name)
        else:
            self.desk.arming.clear()

    def left(self) -> None:
        """Forget what was chosen and not confirmed."""
        self.desk.state.forget_choice()

    def list_lines(self, view: View, box: Box) -> list[Line]:
        """All open units."""
        return units_pane(view, box)

    def chosen_title(self, view: View) -> str:
        """The unit's name."""
        unit = chosen_unit(view)
        return f"UNIT {formats.displayed(unit.key, 40)}" if unit else "UNIT"

    def chosen_lines(self, view: View, width: int, height: int) -> list[Line]:
        """The unit and its choices."""
        return unit_lines(view, width, height)
