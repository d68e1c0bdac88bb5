"""Numbers of the panes and lists of every screen, which cursors and choices go by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PANES = 8
"""Panes of the main screen, numbered from 1."""

TRADERS, PHASE, BALANCES, RECOMMENDATIONS, ORDERS, ALARMS, SESSION, EVENTS = range(1, PANES + 1)
"""Numbers of the panes of the main screen."""

TEXT = 22
"""Number of the pane that holds the text of a list's chosen row."""

PAGE = 20
"""Number of the pane of a screen that is one text."""

PAIRS, CONTRACTS, UNITS, SETTINGS = 31, 32, 33, 34
"""Numbers of the lists that other screens have."""

FIGURES, TIME = 41, 42
"""Numbers of the session's figures, and of the cursor in its time."""

LIST_NAMES: Final[Mapping[int, str]] = {
    TRADERS: "traders",
    BALANCES: "chains",
    RECOMMENDATIONS: "recommendations",
    ORDERS: "orders",
    ALARMS: "alarms",
    EVENTS: "events",
    PAIRS: "pairs",
    CONTRACTS: "contracts",
    UNITS: "units",
    SETTINGS: "settings",
}
"""Names of the lists, which choices go by, by their panes."""

SCROLLED = (PAGE, TEXT)
"""Panes of text: how far one was scrolled belongs to its screen, and a screen opens at its top."""
