"""Marks after fills: means over what is known, and what is unknown counted apart."""

from __future__ import annotations

from engine.learning.markouts import AFTER_MS, WITHIN_MS, Markouts, moved_after_fills
from engine.orders.events import FillMarked


def marked(
    trader: str, mids: list[float | None], sent_c: float | None = 250.0, paid_c: float = 235.0
) -> FillMarked:
    late: list[int | None] = [None if mid is None else 100 for mid in mids]
    pairs: list[float | None] = [None, None, None if mids[2] is None else -40.0, None]
    return FillMarked(0, trader, 1, "S-1", paid_c, sent_c, late, mids, mids, pairs, pairs)


def test_means_are_over_known_marks_alone() -> None:
    markouts = Markouts()
    markouts.add(marked("A", [None, 240.0, 230.0, 200.0]))
    markouts.add(marked("A", [None, None, 260.0, 240.0]))
    markouts.add(marked("B", [None, 260.0, 250.0, None], sent_c=None))
    second, fifth, thirtieth, minutes = markouts.of("A")
    assert (second.known, second.unknown) == (0, 2)
    assert (fifth.known, fifth.unknown, fifth.moved_c, fifth.gained_c) == (1, 1, -10.0, 5.0)
    assert (thirtieth.moved, thirtieth.moved_c, thirtieth.pairs, thirtieth.pair_c) == (
        2, -10.0, 2, -80.0,
    )  # fmt: skip
    assert (minutes.moved_c, minutes.late_ms) == (-60.0, 200)
    desk = markouts.of_desk()
    assert (desk[1].known, desk[1].moved) == (2, 1), "without a market when sent nothing moved"
    assert moved_after_fills(desk) == (
        "after a fill the middle of the debit's market had moved: 1 s unknown, "
        "5 s -10.0c (n=1, thin), 30 s -5.0c (n=2, thin), 5 min -30.0c (n=2, thin)"
    )
    assert markouts.of("C") == ()
    assert moved_after_fills(markouts.of("C")) == ""


def test_fifty_marks_are_no_longer_thin_and_no_mark_may_be_as_late_as_the_next() -> None:
    markouts = Markouts()
    for _ in range(50):
        markouts.add(marked("A", [250.0] * 4))
    assert "thin" not in moved_after_fills(markouts.of("A"))
    for at, within, following in zip(AFTER_MS, WITHIN_MS, AFTER_MS[1:], strict=False):
        assert at + within < following
