"""Snapshots in which every list has rows, for tests of all lists alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.snapshot import EngineSnapshot
from tests.support import sample_snapshots as desks
from tests.support.held_positions import held, positions
from tui.app import DeskApp
from tui.lists.declared import DeskList
from tui.viewmodel.lists import LISTS

WAYS: dict[str, tuple[str, ...]] = {
    "traders": (),
    "chains": ("3",),
    "recommendations": ("e",),
    "orders": ("b",),
    "alarms": ("l",),
    "events": ("l", "v"),
    "pairs": ("i",),
    "contracts": ("i", "v"),
    "units": ("h",),
    "settings": ("c",),
}
"""The keys that lead to each list."""

BODIES: dict[str, str] = {
    "traders": "traders",
    "chains": "balances",
    "recommendations": "list",
    "orders": "list",
    "alarms": "list",
    "events": "list",
    "pairs": "held",
    "contracts": "held",
    "units": "list",
    "settings": "list",
}
"""The widget that draws each list there."""

BY_NAME: dict[str, DeskList[Any]] = {each.name: each for each in LISTS}


def everything() -> EngineSnapshot:
    """A desk of which every list has at least two rows."""
    units = desks.open_units().units
    return replace(desks.troubled(), units=units, positions=positions())


def shown_keys(app: DeskApp, name: str) -> list[str]:
    return app.state.keys.get(BY_NAME[name].pane, [])


HOSTILE = (
    "[bold red]x[/]",
    "\x1b[31mred\x1b[0m",
    "\x1b]52;c;aGFoYQ==\x07",
    "\u202egnp.exe",
    "=HYPERLINK(1)",
    "+1\r\n=2,3",
    "@SUM(A1)",
    "x" * 10_000,
    '日本 e\u0301 "quoted", comma\ttab',
)


def hostile(text: str) -> EngineSnapshot:
    """Every text of every row is this one."""
    base = everything()
    assert base.positions is not None
    pair = held(19, kind=text, warnings=(text,), fills=(text,), label=text, debit=text)
    contract = replace(base.positions.contracts[0], symbol=text, warnings=(text,), right=text)
    return replace(
        base,
        traders=(replace(base.traders[0], symbol=text, gate=text, gate_text=text, trial=text),),
        balances=(replace(base.balances[0], symbol=text, label=text),),
        orders=(
            replace(
                base.orders[0], symbol=text, legs=text, text=text, stage=text, broker_id=text,
                broker_state=text,
            ),
        ),
        alarms=(
            replace(
                base.alarms[0], code=text, consequence=text, response=text, places=((text, text),)
            ),
        ),
        events=(replace(base.events[0], text=text, source=text),),
        recommendations=(
            replace(
                base.recommendations[0], kind=text, trader=text, setting=text, unit=text,
                before=text, after=text, verdict=text, outcome=text,
            ),
        ),
        units=(replace(base.units[0], symbol=text, stage=text, choice=text, legs=text),),
        positions=replace(base.positions, pairs=(pair,), contracts=(contract,)),
    )  # fmt: skip
