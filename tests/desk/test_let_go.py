"""A desk that a test leaves as it is holds nothing open once the test has ended."""

from __future__ import annotations

import gc
import warnings
from pathlib import Path

from tests.support.desks import places_of, simulated
from tests.support.open_journals import let_go
from tests.support.operator_steps import Operated


def test_a_desk_that_nobody_stops_lets_go_of_its_files_sockets_and_run(tmp_path: Path) -> None:
    gc.collect()
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always", ResourceWarning)
        with let_go():
            desk = Operated(run_dir=tmp_path)
            desk.run(30.0)
            status = places_of(desk.desk).folder / "status.json"
            written = status.exists()
            run = places_of(desk.desk).run
        assert status.exists() is written, "nothing is written as it goes"
        with let_go():
            assert simulated(run_dir=tmp_path, resume=run).places is not None, "its lock is free"
        del desk
        gc.collect()
    assert [str(each.message) for each in found if each.category is ResourceWarning] == []
