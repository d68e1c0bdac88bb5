"""A file larger than the memory that its import may take; `./check` leaves it out:

.venv/bin/pytest -m large
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.support.command_line import Home
from tests.support.vendor_files import EXPIRES, minute

pytestmark = pytest.mark.large

FILE_BYTES = 300_000_000
RESIDENT_MB = 300

_MINUTES = 390
_STRIKES = 300

_IMPORTED = """
import sys
from tui.cli.main import main
code = main(sys.argv[1:])
with open("/proc/self/status") as status:
    print(next(line for line in status if line.startswith("VmHWM:")).split()[1])
sys.exit(code)
"""
"""Imports as `legdesk` does, and prints the most memory that its process held, in KiB."""


def large_file(path: Path, size: int) -> int:
    """Write a file of Theta's layout, contract by contract, as its answers are; returns its rows.

    Args:
        path: of the file.
        size: bytes that it has at least.
    """
    rows = written = contract = 0
    with path.open("wb") as file:
        file.write(b"symbol,expiration,strike,right,timestamp,bid_size,bid,ask_size,ask\n")
        while written < size:
            expires: date = EXPIRES + timedelta(weeks=contract // (2 * _STRIKES))
            strike = 50.0 + contract // 2 % _STRIKES * 0.5
            head = f"XYZ,{expires},{strike:.3f},{'PUT' if contract % 2 else 'CALL'}"
            cents = 100 + contract % 50
            text = "".join(
                f"{head},{minute(n):%Y-%m-%dT%H:%M:%S}.000,{n % 9 + 1},{(cents + n % 7) / 100:.2f},"
                f"20,{(cents + n % 7 + 12) / 100:.2f}\n"
                for n in range(1, _MINUTES + 1)
            )
            written += file.write(text.encode())
            rows += _MINUTES
            contract += 1
    return rows


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc tells what was held")
def test_an_import_holds_less_than_its_file(tmp_path: Path) -> None:
    file = tmp_path / "quotes.csv"
    rows = large_file(file, FILE_BYTES)
    assert file.stat().st_size >= FILE_BYTES
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTED, "import", file, "--to", tmp_path / "session"],
        cwd=tmp_path,
        env=Home(tmp_path).environment(),
        capture_output=True,
        text=True,
        timeout=1_200,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "session" / "session.json").read_text())["rows"] == rows
    held_mb = int(done.stdout.split()[-1]) * 1024 / 1e6
    print(f"{file.stat().st_size / 1e6:.0f} MB, {rows:,} rows: {held_mb:.0f} MB held")
    assert held_mb < RESIDENT_MB
