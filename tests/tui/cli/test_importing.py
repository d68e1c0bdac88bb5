"""`legdesk import` and `legdesk replay FILE` as an operator meets them, mistakes included."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import vendor_files as vendor
from tests.support.vendor_files import put, quotes
from tui.cli.main import main

Legdesk = Callable[..., tuple[int, str, str]]


@pytest.fixture
def legdesk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Legdesk:
    """Run the command line in this process, with homes of its own: code, output, errors."""
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "LEGDESK_STATE_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "home"))

    def run(*arguments: object) -> tuple[int, str, str]:
        code = main([str(each) for each in arguments])
        written = capsys.readouterr()
        return code, written.out, written.err

    return run


def test_a_vendors_file_becomes_a_session_and_the_next_command_is_told(
    legdesk: Legdesk, tmp_path: Path
) -> None:
    file = put(tmp_path, "spy_quotes.txt", vendor.optionsdx(quotes(3)))
    code, out, err = legdesk("import", file, "--to", tmp_path / "spy")
    assert code == 0
    assert "legdesk: the files are OptionsDX" in err
    assert "9 rows read, OptionsDX" in out
    assert "3 of 3 bars lie in trading hours" in out
    assert out.endswith(f"now: legdesk replay {tmp_path / 'spy'}\n")
    assert json.loads((tmp_path / "spy" / "session.json").read_text())["rows"] == 18
    code, out, err = legdesk("replay", tmp_path / "spy", "--headless")
    assert (code, out.splitlines()[-1]) == (0, "book == broker")
    assert "legdesk: 3 of 3 bars lie in trading hours" in err
    assert "3 of 3 bars lie in trading hours" in " ".join(out.split()), "and so does the report"


def test_a_file_is_replayed_directly_and_found_in_the_cache_again(
    legdesk: Legdesk, tmp_path: Path
) -> None:
    file = put(tmp_path, "a.csv", vendor.theta_v3(quotes(3)))
    code, out, err = legdesk("replay", file, "--headless", "--implied-underlying")
    assert (code, out.splitlines()[-1]) == (0, "book == broker")
    assert f"{file} is replayed as the session in {tmp_path / 'home'}" in err
    assert "underlying of XYZ implied by put-call parity, not recorded" in err
    assert "implied by put-call parity, not recorded" in " ".join(out.split())
    code, _, err = legdesk("replay", file, "--headless")
    assert code == 0
    assert "the files are" not in err
    assert "no price of the underlying of XYZ is recorded" in err


def test_a_file_that_needs_options_says_so_when_it_is_replayed(
    legdesk: Legdesk, tmp_path: Path
) -> None:
    file = put(tmp_path, "eod.txt", vendor.optionsdx(quotes(1)))
    code, _, err = legdesk("replay", file, "--headless")
    assert code == 2
    assert "does not name the option root; say it, such as --symbol SPY" in err
    assert f"`legdesk import auto {file} --to DIR` has options for how they are written" in err


def test_guess_prints_a_map_that_imports_the_file(legdesk: Legdesk, tmp_path: Path) -> None:
    file = put(tmp_path, "a.csv", vendor.ours(quotes(2)))
    code, out, err = legdesk("import", "csv", file, "--guess")
    assert code == 0
    assert "columns: ts, symbol" in err
    columns = put(tmp_path, "map.toml", out)
    code, out, _ = legdesk("import", "csv", file, "--columns", columns, "--to", tmp_path / "to")
    assert code == 0
    assert f"{tmp_path / 'to'}: 12 rows, XYZ" in out


def test_strikes_in_another_unit_are_noticed(legdesk: Legdesk, tmp_path: Path) -> None:
    file = put(
        tmp_path,
        "xyz.csv",
        vendor.optionsdx([q._replace(strike=q.strike * 1030) for q in quotes(2)]),
    )
    _, out, _ = legdesk("import", file, "--to", tmp_path / "to")
    assert (
        "the strikes are about 1,000 times the underlying's price: are they in another unit?" in out
    )


MISTAKES = [
    (["FILE"], "say where the session goes: --to DIR"),
    (["cboe"], "name the files after cboe"),
    (["cbo", "FILE", "--to", "x"], "there is no format 'cbo'; there are auto, optionsdx, cboe"),
    (["cboe", "FILE", "--to", "x", "--columns", "y"], "--columns is of csv, not of cboe"),
    (["FILE", "--to", "x", "--days", "soon"], "'soon' names no days; write 2026-11-20 or"),
    (["FILE", "--to", "x", "--strikes", "90"], "'90' is no range of strikes; write LOW:HIGH"),
    (["FILE", "--to", "x", "--hours", "16:00-09:30"], "names no hours; write 09:30-16:00"),
    (["FILE", "--to", "x", "--bar", "x"], "'x' is no bar; write 1min, 30s or 1h"),
    (["FILE", "--to", "x", "--at", "noon"], "'noon' is no time of quotes; write 15:45 or"),
    (["FILE", "--to", "x", "--symbol", "A,B"], "'A,B' is more than one symbol; name one"),
    (["FILE", "--to", "x", "--symbols", "a b"], "is not an option root"),
    (["FILE", "--to", "x", "--contract", "XYZ"], "'XYZ' names no contract; write root, date, right"),
    (["FILE", "--to", "x", "--underlying", "none.csv"], "none.csv: is missing; check the name"),
    (["FILE", "--to", "x", "--at", "15:45"], "has times of its own; leave out --at"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "sentence"), MISTAKES, ids=[row[1] for row in MISTAKES])
def test_every_mistake_gets_a_sentence(
    arguments: list[str],
    sentence: str,
    legdesk: Legdesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    file = put(tmp_path, "a.csv", vendor.theta_v3(quotes(1)))
    code, out, err = legdesk(
        "import", *(str(file) if each == "FILE" else each for each in arguments)
    )
    assert (code, out) == (2, "")
    assert sentence in err
    assert "Traceback" not in err


def test_quotes_of_the_close_are_told_apart_from_wrong_times(
    legdesk: Legdesk, tmp_path: Path
) -> None:
    closing = [q._replace(ends=q.ends.replace(hour=16, minute=0)) for q in quotes(1)]
    file = put(tmp_path, "a.csv", vendor.theta_v3(closing))
    _, out, _ = legdesk("import", file, "--to", tmp_path / "to")
    assert "there are bars of the close alone; get the day's intraday quotes" in out
    assert "now: " not in out
    code, _, err = legdesk("replay", tmp_path / "to", "--headless")
    assert code == 2 and "choose another session, or get the day's intraday quotes" in err


def test_a_file_that_is_not_there_is_said_not_to_be_there(legdesk: Legdesk, tmp_path: Path) -> None:
    code, _, err = legdesk("replay", tmp_path / "no.csv", "--headless")
    assert code == 2
    assert f"{tmp_path / 'no.csv'}: is not there; name a session's folder" in err


def test_quotes_outside_trading_hours_are_not_replayed(legdesk: Legdesk, tmp_path: Path) -> None:
    evening = [q._replace(ends=q.ends.replace(hour=18)) for q in quotes(3)]
    file = put(tmp_path, "a.csv", vendor.theta_v3(evening))
    _, out, _ = legdesk("import", file, "--to", tmp_path / "to")
    assert "replay refuses it: there is no bar in trading hours" in out
    assert out.splitlines()[-1] == "nothing can be replayed of it"
    code, out, err = legdesk("replay", tmp_path / "to", "--headless")
    assert (code, out) == (2, "")
    assert "0 of 3 bars lie in trading hours: the first bar ends 18:31 ET, the last 18:33 ET" in err
    assert not (tmp_path / "home" / "sim").exists(), "no run is left"
