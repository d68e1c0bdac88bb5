"""On which screens an action works, by the names of screens."""

from __future__ import annotations

LISTS = frozenset({"main", "detail", "review", "hung", "blotter", "log", "help"})
LISTS |= {"report", "day", "config", "positions", "connection"}
EVERYWHERE = LISTS | {"small", "splash"}

TRADER = frozenset({"main", "detail"})
ORDERS = frozenset({"main", "blotter"})
UNDO = frozenset({"main", "review", "config"})
ASIDE = frozenset({"main", "review", "log"})
REVIEW = frozenset({"review"})
REPORT = frozenset({"report"})
POSITIONS = frozenset({"positions"})
HUNG = frozenset({"hung"})
DAY = frozenset({"day", "detail"})
LISTED = frozenset({"review", "hung", "blotter", "log", "config"})
FINDABLE = LISTED | {"main", "positions", "config"}
TEXTS = frozenset({"help", "detail", "report", "connection"})
"""Screens whose text is filtered, where others have a list."""
MARKABLE = FINDABLE - {"hung", "review", "config"}
ROWS = frozenset({"main", "blotter", "log", "review", "positions"})
TWO_LISTS = frozenset({"positions", "log"})
