"""Every benchmark can be loaded as it is started; none is run here."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

BENCHMARKS = sorted((Path(__file__).resolve().parent.parent.parent / "benchmarks").glob("*.py"))


def test_a_key_is_painted_where_the_cursor_is_in_another_row_and_nowhere_else() -> None:
    cursor = runpy.run_path(str(BENCHMARKS[0].with_name("bench_keys.py")), run_name="l")["Cursor"]()
    sign = "▸".encode()
    cursor.read(b"\x1b[5;2H" + sign + b" RUN SPY\x1b[6;2H  RUN QQQ")
    assert cursor.row == 5
    cursor.read(b"\x1b[9;90H" + sign + b" elsewhere\x1b[12;1H a beat's paint")
    assert cursor.row == 5
    for piece in (b"\x1b[5;2H  RUN SPY\x1b[6", b";2H", sign[:1], sign[1:]):
        cursor.read(piece)
    assert cursor.row == 6


@pytest.mark.parametrize("benchmark", BENCHMARKS, ids=lambda path: path.stem)
def test_a_benchmark_finds_what_it_imports(
    benchmark: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    assert "main" in runpy.run_path(str(benchmark), run_name="loaded")
