"""Which full screen a name of the registry opens; each loads when it is wanted first."""

from __future__ import annotations

from tui.screens.base import DeskScreen


def screen_of(place: str, subject: str = "") -> DeskScreen:
    """The screen of that name.

    Args:
        place: as the registry of actions calls it.
        subject: the trader of a detail, or the screen that help was asked on.

    Raises:
        KeyError: no screen of that name is opened by an action.
    """
    match place:
        case "detail":
            from tui.screens.detail import DetailScreen

            return DetailScreen(subject)
        case "review":
            from tui.screens.review import ReviewScreen

            return ReviewScreen()
        case "hung":
            from tui.screens.units import UnitsScreen

            return UnitsScreen()
        case "positions":
            from tui.screens.positions import PositionsScreen

            return PositionsScreen()
        case "help":
            from tui.screens.pages import HelpScreen

            return HelpScreen(subject)
        case _:
            from tui.screens.pages import PAGES

            return PAGES[place]()
