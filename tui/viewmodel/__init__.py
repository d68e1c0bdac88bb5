"""Pure: what a snapshot looks like as lines of text. One module a pane; nothing here draws."""

from tui.viewmodel.view import View

__all__ = ["View"]
