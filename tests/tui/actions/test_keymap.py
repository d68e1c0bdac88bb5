"""Keys from the configuration are checked: kill can move, not vanish."""

from __future__ import annotations

import pytest

from tui.actions.keymap import KeymapError, build, shown
from tui.actions.registry import ACTIONS


def test_the_default_keys_are_valid_and_every_action_is_bound_or_in_the_palette():
    keymap = build()
    bound = {binding.id for binding in keymap.bindings()}
    assert bound == {action.id for action in ACTIONS if action.keys}


def test_kill_works_before_every_text_field():
    priorities = {b.key: b.priority for b in build({"kill": "f9,ctrl+k"}).bindings()}
    assert priorities["f9"] and priorities["ctrl+k"]
    assert not priorities["p"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kill": ""}, "can move, not vanish"),
        ({"kill": "k"}, "no text field takes"),
        ({"kill": "p"}, "both"),
        ({"quit-anywhere": ""}, "must keep a key"),
        ({"up": " "}, "must keep a key"),
        ({"killl": "f9"}, "nearest: kill"),
        ({"halt": "ctrl+z"}, "belongs to the terminal"),
        ({"halt": "alt+h"}, "belongs to the terminal"),
        ({"halt": "ctrl+kk"}, "is not a key"),
        ({"halt": "p"}, "both halt and pause"),
        ({"halt": "?"}, "both halt and help"),
        ({"halt": "ctrl+k"}, "both kill and halt"),
    ],
)
def test_bad_keys_are_refused_with_what_to_do(changes, words):
    with pytest.raises(KeymapError, match=words):
        build(changes)


def test_all_problems_are_told_at_once():
    with pytest.raises(KeymapError) as found:
        build({"kill": "", "nonsense": "x", "halt": "f10"})
    assert len(found.value.problems) == 3


def test_signs_may_be_written_as_they_are():
    keymap = build({"filter": "%", "zoom": "~,+"})
    assert keymap.keys["filter"] == ("percent_sign",)
    assert keymap.every("zoom") == "~ +"
    assert keymap.first("filter") == "%"
    assert build({"help": "?"}).keys["help"] == ("question_mark",)


def test_keys_are_shown_as_operators_write_them():
    assert [shown(k) for k in ("ctrl+k", "f12", "slash", "enter", "P")] == [
        "^K",
        "F12",
        "/",
        "Enter",
        "P",
    ]
