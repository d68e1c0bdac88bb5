"""A screen that nobody could see is refused in one sentence."""

from __future__ import annotations

import sys

import click
import pytest

from tui.cli.errors import refuse_without_terminal


@pytest.mark.parametrize(
    ("there", "told"),
    [
        ((True, True, True), ""),
        ((False, True, True), "there is no terminal to draw on; use the other one"),
        ((True, False, True), "there is no terminal to draw on; use the other one"),
        ((True, True, False), "the screen is drawn on standard error, which goes elsewhere"),
    ],
)
def test_the_screen_wants_all_three_streams_on_the_terminal(
    monkeypatch: pytest.MonkeyPatch, there: tuple[bool, bool, bool], told: str
) -> None:
    for name, is_there in zip(("stdin", "stdout", "stderr"), there, strict=True):
        monkeypatch.setattr(getattr(sys, name), "isatty", lambda is_there=is_there: is_there)
    if not told:
        refuse_without_terminal("use the other one")
        return
    with pytest.raises(click.UsageError) as refused:
        refuse_without_terminal("use the other one")
    assert refused.value.message.startswith(told)
