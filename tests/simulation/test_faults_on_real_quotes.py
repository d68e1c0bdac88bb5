"""Faults over recorded quotes: what real chains look like must not make a fault cost money."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.simulation.seeds import Rehearsal, run_seed

SESSIONS = ("twx_20140605_min", "es_20200106_min", "spxw_20210106_min", "spx_20110103_07_eod")
SHORT = SESSIONS[2:]
"""Sessions of few quotes. Faults of the connection strike the long ones too, among all the others."""


@pytest.mark.parametrize(
    ("seed", "profile", "name"),
    [
        pytest.param(1, "everything", SESSIONS[0], marks=pytest.mark.whole),
        *((1, "everything", name) for name in SESSIONS[1:]),
        *((4, "connection", name) for name in SHORT),
    ],
)
def test_no_invariant_breaks_on_recorded_quotes(
    name: str, seed: int, profile: str, shared_data: Path
) -> None:
    told = run_seed(seed, Rehearsal(profile, 2, None, shared_data / "sessions" / name))
    assert told.violations == ()
    assert sum(told.faults.values()) > 50


def test_the_command_of_a_recorded_rehearsal_names_the_folder(tmp_path: Path) -> None:
    rehearsal = Rehearsal("mixed", 2, 30, tmp_path)
    assert rehearsal.command(3).endswith(f"--faults feed --traders 2 --session {tmp_path}")
    assert "--minutes 30" in replace(rehearsal, session=None).command(3)
