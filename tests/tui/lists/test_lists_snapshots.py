"""Pictures of lists: narrowed, searched, sorted and marked; columns and what is taken away."""

from __future__ import annotations

import pytest

from tests.support.every_list import everything
from tui.actions.registry import ACTIONS

SIZES = [(80, 24), (120, 40), (200, 60)]

PICTURES: dict[str, tuple[str, ...]] = {
    "traders": ("slash", *"24", "enter", "F", *"spy", "enter", "s", "space", "j", "space"),
    "orders": ("b", "F", *"fil", "enter", "s", "S", "space", "space"),
}


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40", "200x60"])
def test_a_list_looks_as_it_did(snap_compare, open_app, name, size):
    app, _ = open_app(everything())
    assert snap_compare(app, terminal_size=size, press=[*PICTURES[name]])


def test_the_events_look_as_they_did(snap_compare, open_app):
    app, _ = open_app(everything())
    assert snap_compare(app, terminal_size=(120, 40), press=["l", "v", "F", *"pha", "enter"])


@pytest.fixture
def few_keys(monkeypatch):
    """The keys of a few actions: their number on the screen stays, however many there will be."""
    monkeypatch.setattr("tui.viewmodel.settings.ACTIONS", ACTIONS[:3])


def test_the_configuration_looks_as_it_did(snap_compare, open_app, few_keys):
    app, _ = open_app(everything())
    assert snap_compare(app, terminal_size=(80, 24), press=["c", "slash", *"limi", "enter", "j"])


@pytest.mark.parametrize("name", ["columns", "take", "several"])
def test_a_question_about_a_list_looks_as_it_did(snap_compare, open_app, name):
    keys = {
        "columns": ("b", "V", "j", "space", "J"),
        "take": ("b", "space", "space", "Y"),
        "several": ("space", "space", "r"),
    }
    app, _ = open_app(everything())
    assert snap_compare(app, terminal_size=(80, 24), press=[*keys[name]])


CHANGED = ("c", "F", *"max_contracts", "enter", ")")
"""To the limit of an order's contracts."""


@pytest.mark.parametrize("name", ["wrong", "seen", "themes"])
@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40", "200x60"])
def test_changing_a_setting_looks_as_it_did(snap_compare, open_app, few_keys, name, size):
    keys = {
        "wrong": (*CHANGED, "enter", *"none"),
        "seen": (*CHANGED, "enter", "4", "enter"),
        "themes": ("T", "j"),
    }
    app, _ = open_app(everything())
    assert snap_compare(app, terminal_size=size, press=[*keys[name]])
