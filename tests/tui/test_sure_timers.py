"""A timer of a single call comes though the machine is taken away before its task begins."""

import asyncio
from itertools import count

import pytest
from textual.app import App

from tui.app import DeskApp
from tui.screens.prompt import Dialog
from tui.sure_timers import SureTimers


class Plain(App[None]):
    """As Textual has it."""


class Sure(SureTimers, App[None]):
    """With timers that come."""


@pytest.mark.parametrize("kind", [Plain, Sure])
async def test_a_timer_whose_time_is_over_before_it_begins_calls(kind, monkeypatch):
    app = kind()
    async with app.run_test() as pilot:
        called = asyncio.Event()
        seconds = count()
        monkeypatch.setattr("textual.timer._time.get_time", lambda: float(next(seconds)))
        timer = app.set_timer(0.001, called.set)
        await asyncio.wait([timer._task])
        monkeypatch.undo()
        await pilot.pause()
        assert called.is_set() is (kind is Sure), "Textual leaves it out"


def test_the_desk_and_its_dialogs_have_such_timers():
    assert issubclass(DeskApp, SureTimers) and issubclass(Dialog, SureTimers)
