"""The configuration on the screen: its file, its rows, and what its dialogs say."""

from __future__ import annotations

from tui.app import DeskApp
from tui.widgets.lines_widget import LinesWidget

FILE = '# mine\ntheme = "dark-grey"\n\n[limits]\nmax_contracts = 10  # enough\n'


def go_to(app: DeskApp, key: str) -> None:
    app.state.go_to(app.state.pane, key)
    app.repaint()


def said(app: DeskApp) -> str:
    """What the dialog in front says, its rows as one text."""
    lines = app.screen.query_one("#question", LinesWidget).lines
    rows = ["".join(text for text, _ in line).strip() for line in lines]
    return " ".join(row for row in rows if row)
