"""Days as brokers told them, kept by gateways, come to what they must come to.

Each folder of `tests/data/raw_days` has the files of one (`docs/alpaca.md`, "When you report a
fault") and `expected.json`, in the form of `outcome_of`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.brokers.alpaca.recorded_day import RecordedDay, replay_day
from engine.gateway.raw_files import read_raw

DAYS = sorted((Path(__file__).parent.parent / "data" / "raw_days").iterdir())


def outcome_of(day: RecordedDay) -> dict[str, Any]:
    """What a day came to: what became of each call, what an engine would have heard, what is odd."""
    return {
        "outcomes": day.outcomes,
        "reports": [
            f"{r.client_order_id} {r.kind} {r.quantity} {r.price_c}".strip() for r in day.reports
        ],
        "odd": day.odd,
        "unsent": sorted(day.unsent),
    }


@pytest.mark.parametrize("folder", DAYS, ids=lambda folder: folder.name)
def test_a_day_comes_to_what_it_must(folder: Path) -> None:
    expected = json.loads((folder / "expected.json").read_text())
    assert outcome_of(replay_day(read_raw(folder))) == expected
