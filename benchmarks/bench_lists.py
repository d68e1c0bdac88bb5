"""A list of 10,000 rows: what a key, a sort, a filter and a page of new rows cost, in pairs.

    python benchmarks/bench_lists.py [rows]

Each figure is taken beside its baseline in turn, so that a busy machine slows both: the same key in
a list of 100 rows. A key that moves the cursor may not cost more in a long list than the search of
a key among its keys; what arranges the list anew is paid once a snapshot or choice.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine.snapshot import ListPage  # noqa: E402
from tests.support.held_positions import held, positions, with_positions  # noqa: E402
from tui.lists.declared import arranged, found  # noqa: E402
from tui.pane_numbers import PAIRS  # noqa: E402
from tui.state import ScreenState  # noqa: E402
from tui.text.glyphs import UNICODE  # noqa: E402
from tui.viewmodel.frame import Box  # noqa: E402
from tui.viewmodel.pairs import LIST, pairs_pane  # noqa: E402
from tui.viewmodel.view import View  # noqa: E402

ROUNDS = 60
PAGE = 300
BOX = Box(120, 40, True, True)


class Screen:
    """The positions screen of a desk that holds so many pairs."""

    def __init__(self, rows: int) -> None:
        self.rows = tuple(held(n, floor_c=n % 977, kind=f"kind {n % 7}") for n in range(rows))
        few = replace(positions(pairs=self.rows[:200]), more=max(0, rows - 200))
        self.snapshot = replace(with_positions(), positions=few)
        self.state = ScreenState(pane=PAIRS)
        self.state.wholes.look_at("pairs")
        for serial, start in enumerate(range(0, rows, PAGE), 1):
            self.take(serial, start)
        self.serial = rows
        self.paint()

    @property
    def view(self) -> View:
        return View(self.snapshot, self.state, UNICODE)

    def take(self, serial: int, start: int, changed: bool = False) -> None:
        """A page comes in; with other prices where it has changed."""
        page = self.rows[start : start + PAGE]
        if changed:
            page = tuple(replace(row, liquidation_c=serial) for row in page)
        self.state.wholes.take((ListPage(serial, "pairs", "", start, len(self.rows), 0.0, page),))

    def paint(self) -> None:
        assert self.snapshot.positions is not None
        pairs_pane(self.snapshot.positions, self.view, BOX)

    def key(self) -> None:
        """A key that moves the cursor, and its paint."""
        self.state.move(1)
        self.paint()

    def beat(self) -> None:
        """A new snapshot with a page in which every price is another one, and its paint."""
        self.serial += 1
        self.snapshot = replace(self.snapshot, version=self.serial)
        self.take(self.serial, PAGE * (self.serial % max(1, len(self.rows) // PAGE)), True)
        self.paint()

    def sort(self) -> None:
        """A key that sorts by another column, and its paint."""
        choices = LIST.choices(self.view)
        names = ["floor", "strikes", "kind"]
        choices.sort_by(names[(names.index(choices.sort) + 1) % 3 if choices.sort in names else 0])
        self.paint()

    def filter(self) -> None:
        """A letter in the filter, and its paint."""
        choices = LIST.choices(self.view)
        choices.filter_by("" if choices.filter else "kind 3")
        self.paint()

    def find(self) -> None:
        """A letter in the search, and its paint."""
        choices = LIST.choices(self.view)
        choices.find_words("kind 4" if choices.find == "kind 3" else "kind 3")
        found(LIST, self.view)
        self.paint()
        choices.find_words("")


def took_ms(act: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - began)


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    long, short = Screen(rows), Screen(100)
    assert len(arranged(LIST, long.view).rows) == rows
    print(f"{'ms':<28} {'100 rows':>9} {f'{rows:,} rows':>12} {'most':>7}  ratio")
    for name in ("key", "beat", "sort", "filter", "find"):
        few, many = [], []
        for _ in range(ROUNDS):  # in turn: what slows one slows the other
            few.append(took_ms(getattr(short, name)))
            many.append(took_ms(getattr(long, name)))
        many.sort()
        base, median = statistics.median(few), statistics.median(many)
        print(f"{name:<28} {base:>9.2f} {median:>12.2f} {many[-1]:>7.2f}  {median / base:.1f}")


if __name__ == "__main__":
    main()
