"""Whatever single row is lost, doubled or changed, the checker says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.recorded_run import KeptRun

EXAMPLES = settings(max_examples=40)
ANY_ROW = st.integers(min_value=0, max_value=10**6)


@EXAMPLES
@given(at=ANY_ROW)
def test_an_execution_that_the_exchange_forgot_is_caught(short_run: KeptRun, at: int) -> None:
    run = short_run.copy()
    del run.executions[at % len(run.executions)]
    assert run.numbers() >= {3, 4, 6}


@EXAMPLES
@given(at=ANY_ROW)
def test_an_execution_that_the_journal_lost_is_caught(short_run: KeptRun, at: int) -> None:
    run = short_run.copy()
    rows = run.rows("Executed")
    lost = rows[at % len(rows)]
    run.remove(lambda row: row is lost)
    assert run.numbers() >= {3, 4, 6}


@EXAMPLES
@given(at=ANY_ROW)
def test_an_execution_that_came_twice_is_caught(short_run: KeptRun, at: int) -> None:
    run = short_run.copy()
    rows = run.rows("Executed")
    row = rows[at % len(rows)]
    run.add(dict(row), after=row)
    assert 3 in run.numbers()


@EXAMPLES
@given(at=ANY_ROW)
def test_a_second_submit_of_any_order_is_caught(short_run: KeptRun, at: int) -> None:
    run = short_run.copy()
    rows = run.calls("submit")
    run.wire.append(dict(rows[at % len(rows)]))
    assert 2 in run.numbers()


@EXAMPLES
@given(at=ANY_ROW)
def test_an_order_without_its_intent_is_caught(short_run: KeptRun, at: int) -> None:
    run = short_run.copy()
    rows = run.rows("OrderIntended")
    lost = rows[at % len(rows)]
    run.remove(lambda row: row is lost)
    assert 1 in run.numbers()


@EXAMPLES
@given(at=ANY_ROW)
def test_a_row_of_the_journal_that_is_missing_is_caught(short_run: KeptRun, at: int) -> None:
    run = short_run.copy()
    del run.journal[at % (len(run.journal) - 1)]
    assert 5 in run.numbers()


@EXAMPLES
@given(at=ANY_ROW, more=st.sampled_from([-100, -1, 1, 50]))
def test_a_price_that_moved_by_any_number_of_cents_is_caught(
    short_run: KeptRun, at: int, more: int
) -> None:
    run = short_run.copy()
    row = run.executions[at % len(run.executions)]
    row["price_c"] += more
    assert run.numbers() >= {3, 6}


def test_the_checker_loads_nothing_of_the_engine(project_root: Path) -> None:
    code = (
        "import sys, engine.checker as c; c.check([], [], [], settled=True);"
        "print(*sorted(n for n in sys.modules if n.split('.')[0] in "
        "('engine', 'tui', 'numpy', 'pydantic', 'pydantic_core')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project_root, capture_output=True, text=True, check=True
    )
    loaded = done.stdout.split()
    assert loaded[0] == "engine"
    assert all(name.startswith("engine.checker") for name in loaded[1:])
