"""The list of held pairs begins with what can cost money soonest."""

from __future__ import annotations

from datetime import date

from engine.book.held_pair import HeldPair, Vertical
from engine.book.pairs import FOREIGN
from engine.runtime.views.positions import attention

NEAR, FAR = date(2026, 11, 27), date(2026, 12, 11)


def pair(
    cycle: int, opened_ms: int, *, sold: int = 1, label: str = "", shares: int = 0
) -> HeldPair:
    verticals = (
        Vertical("debit", 590.0, 595.0, 1, 240),
        Vertical("credit", 600.0, 595.0, sold, 260 * sold),
    )
    return HeldPair(
        "SPY 2026-11-27", cycle, "C", 100, opened_ms,
        verticals=verticals, shares=shares, label=label,
    )  # fmt: skip


def test_shares_then_open_units_by_age_whatever_their_expiration_then_foreign_then_the_risky():
    rows = {
        "lock": (pair(1, 1_000, label="LOCK*"), NEAR),
        "risk": (pair(2, 2_000, label="RISK"), FAR),
        "foreign": (pair(FOREIGN, 0), NEAR),
        "young": (pair(3, 9_000, sold=0), NEAR),
        "old": (pair(4, 5_000, sold=0), FAR),
        "assigned": (pair(5, 9_500, shares=-100), FAR),
    }
    order = sorted(rows, key=lambda name: attention(*rows[name]))
    assert order == ["assigned", "old", "young", "foreign", "risk", "lock"]
