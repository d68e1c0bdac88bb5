"""The collector's rounds: what Python keeps comes back, and what closed screens leave is freed."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import pytest
from textual.strip import Strip
from textual.widget import Widget

from tests.support import sample_snapshots as desks
from tui.collector_rounds import SHORT_ROUND_EVERY_S

ROUNDS = """
import gc, sys, weakref
from tui.collector_rounds import LONGEST_OPEN, WHOLE_ROUND_EVERY, CollectorRounds

class Cycle:
    def __init__(self):
        self.own = self

def dead(*cycles):
    return " ".join(str(each() is None) for each in cycles)

gc.disable()  # what it does by itself is not what is looked at
rounds = CollectorRounds()
rounds.take(False)
many = [tuple(range(number, number + 15)) for number in range(2_000)]
del many
before = sys.getallocatedblocks()
rounds.take(False)
print(before - sys.getallocatedblocks())

screen = Cycle()
seen = weakref.ref(screen)
for _ in range(LONGEST_OPEN):
    rounds.take(True)
del screen
rounds.closed()
rounds.take(False)
print(dead(seen), gc.get_freeze_count() > 1_000)

screen, other = Cycle(), Cycle()
seen = weakref.ref(screen)
rounds.take(True)
del screen
rounds.closed()
rounds.take(True)  # another one is in front
print(dead(seen), gc.get_freeze_count() > 1_000)
rounds.take(False)

screen = Cycle()
seen, left = weakref.ref(screen), weakref.ref(other)
for _ in range(LONGEST_OPEN + 1):
    rounds.take(True)
del screen, other
rounds.closed()
rounds.take(False)
print(dead(seen, left))
for _ in range(WHOLE_ROUND_EVERY - 2 * LONGEST_OPEN - 9):
    rounds.take(False)
print(dead(seen, left))
rounds.take(False)
print(dead(seen, left))
"""


def test_rounds_give_back_what_python_keeps_and_what_a_closed_screen_leaves():
    done = subprocess.run(
        [sys.executable, "-c", ROUNDS],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    freed, *told = done.stdout.splitlines()
    assert int(freed) > 1_900
    assert told == ["True True", "True True", "False False", "False False", "True True"]


async def test_the_collectors_rounds_begin_with_the_first_paint(open_app, monkeypatch):
    begun: list[tuple[float, str]] = []
    app, _ = open_app(desks.normal())
    async with app.run_test(size=(120, 40)):
        monkeypatch.setattr(type(app), "is_headless", property(lambda self: False))
        monkeypatch.setattr("tui.app.keep_what_stays", lambda: None)
        monkeypatch.setattr(
            app, "set_interval", lambda each_s, call: begun.append((each_s, call.__name__))
        )
        app.on_ready()
        monkeypatch.undo()
    assert begun == [(SHORT_ROUND_EVERY_S, "_collect")]


@pytest.mark.parametrize("key", ["enter", "D", "l", "c", "i", "b", "h", "question_mark", "colon"])
async def test_a_closed_screen_leaves_no_widget_and_no_line(open_app, monkeypatch, key):
    app, _ = open_app(desks.normal())
    async with app.run_test(size=(120, 40)) as pilot:
        monkeypatch.setattr("tui.collector_rounds.gc.freeze", lambda: None)

        async def left() -> tuple[int, int]:
            for _ in range(6):
                await pilot.press(key)
                await pilot.pause()
                await pilot.press("escape")
                await pilot.pause()
            assert len(app.screen_stack) == 1
            app._collect()
            living = gc.get_objects()
            strips = sum(isinstance(each, Strip) for each in living)
            gone = sum(isinstance(each, Widget) and not each.is_attached for each in living)
            return strips, gone

        before, _ = await left()
        after, gone = await left()
    # A dialog or two that were closed last are still known; twelve details would have left 24 plots.
    assert gone <= 18
    # Six screens would have left 240 lines and more; the main one draws some anew now and then.
    assert after - before < 150
