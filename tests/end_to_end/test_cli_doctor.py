"""The doctor: one line for each thing the desk needs, and an exit code."""

import errno
import fcntl
import io
import os
import sys
from pathlib import Path

import pytest

from tui.cli.doctor import NEEDS, pinned_versions
from tui.cli.main import main


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith(("LEGDESK_", "XDG_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LEGDESK_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


def lines_of(capsys: pytest.CaptureFixture[str]) -> dict[str, tuple[str, str]]:
    """What was said about each thing: verdict and words, the last of each."""
    found = {}
    for line in capsys.readouterr().out.splitlines():
        verdict, what, words = line[:4].strip(), line[6:19].strip(), line[21:]
        assert verdict in ("ok", "warn", "fail")
        found[what] = (verdict, words)
    return found


def test_a_sound_machine_passes_and_every_check_has_its_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["doctor"]) == 0
    found = lines_of(capsys)
    assert {"python", "packages", "configuration", "themes", "keys"} <= set(found)
    assert {"state folder", "disk", "terminal", "colour", "characters", "calendar"} <= set(found)
    assert found["fill model"][0] == "ok"
    assert found["fill model"][1].endswith(": parameters as documented")
    assert found["themes"][0] == "ok" and "mono" in found["themes"][1]
    assert "days left" in found["calendar"][1]
    assert all(name in found["packages"][1] for name in NEEDS)


def test_a_command_for_alarms_that_is_not_there_is_found_before_it_is_needed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "desk.toml"
    for command, said in (
        (sys.executable, ("ok", f"an alarm of P1 is told by osc9 and {sys.executable}"[:117])),
        (
            "/nowhere/notify",
            ("warn", "there is no program /nowhere/notify; put notify.command right"),
        ),
    ):
        path.write_text(f'[notify]\nterminal = "osc9"\ncommand = ["{command}", "x"]\n', "utf-8")
        assert main(["doctor", "--config", str(path)]) == 0
        assert lines_of(capsys)["notify"] == said
    assert main(["doctor"]) == 0
    assert "notify" not in lines_of(capsys)


def test_what_real_money_lacks_is_a_line_each_and_so_is_what_nobody_has_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
    for name in [name for name in os.environ if name.startswith("TEXTUAL")]:
        monkeypatch.delenv(name)
    path = tmp_path / "desk.toml"
    path.write_text('mode = "LIVE"\n[broker]\nname = "alpaca"\n', encoding="utf-8")
    monkeypatch.setenv("TEXTUAL_PRESS", "r")
    assert main(["doctor", "--config", str(path)]) == 1
    said = [line for line in capsys.readouterr().out.splitlines() if "real money" in line[:20]]
    assert [line[:4].strip() for line in said] == ["fail", "fail", "fail", "warn"]
    parts = ("broker.account_number", "broker.feed", "TEXTUAL_PRESS", "no release has yet")
    for line, part in zip(said, parts, strict=True):
        assert part in line


@pytest.mark.parametrize("named", [True, False])
def test_a_package_of_the_extra_that_is_missing_has_a_line_with_the_remedy(
    named: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
    path = tmp_path / "desk.toml"
    path.write_text(
        'mode = "PAPER"\n[broker]\nname = "alpaca"\n' if named else "", encoding="utf-8"
    )
    for name in ("keyring", "websockets"):
        monkeypatch.setitem(sys.modules, name, None)
    assert main(["doctor", "--config", str(path)]) == int(named)
    said = [line for line in capsys.readouterr().out.splitlines() if line[6:14] == "package "]
    assert [line[:4].strip() for line in said] == ["fail" if named else "warn", "warn"]
    for line, name in zip(said, ("websockets", "keyring"), strict=True):
        assert line[21:].startswith(f"{name} is missing")
        assert line.endswith("pip install 'legdesk[alpaca]'")


def test_where_nothing_of_the_extra_is_there_and_nobody_needs_it_one_line_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("httpx2", "keyring", "websockets"):
        monkeypatch.setitem(sys.modules, name, None)
    assert main(["doctor"]) == 0
    found = lines_of(capsys)
    assert found["extra alpaca"][0] == "ok" and "not installed" in found["extra alpaca"][1]
    assert "broker" not in found and "package" not in found


def test_keys_that_a_login_kept_are_told_before_the_settings_name_a_broker(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEGDESK_BROKER__KEY", "PKCANARY")
    monkeypatch.setenv("LEGDESK_BROKER__SECRET", "canary-secret")
    assert main(["doctor"]) == 0
    verdict, words = lines_of(capsys)["broker"]
    assert verdict == "ok" and "none in the settings; there is alpaca paper main" in words
    assert "canary" not in words.lower()


def test_a_login_without_the_packages_asks_for_no_key(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "websockets", None)
    monkeypatch.setattr("sys.stdin", io.StringIO("PKCANARY\n"))
    assert main(["login", "alpaca", "--paper"]) == 2
    assert "alpaca needs websockets: pip install 'legdesk[alpaca]'" in capsys.readouterr().err
    assert sys.stdin.readline() == "PKCANARY\n"


def test_parameters_of_the_fill_model_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "desk.toml"
    path.write_text(
        'simulation.fill_model = "assumed"\nsimulation.fills.credit_ease = 0.5\n', encoding="utf-8"
    )
    assert main(["doctor", "--config", str(path)]) == 0
    assert lines_of(capsys)["fill model"] == ("ok", "assumed: credit_ease = 0.5")


@pytest.mark.parametrize(
    ("text", "what", "words"),
    [
        ("danse = 1\n", "configuration", "danse"),
        ('theme = "plaid"\n', "themes", "no theme 'plaid'"),
        ('[keys]\nkill = ""\n', "keys", "kill must keep a key"),
    ],
    ids=["unknown key", "unknown theme", "no kill key"],
)
def test_a_configuration_that_cannot_be_used_fails(
    text: str, what: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "desk.toml"
    path.write_text(text, encoding="utf-8")
    assert main(["doctor", "--config", str(path)]) == 1
    verdict, said = lines_of(capsys)[what]
    assert verdict == "fail" and words in said


def test_a_state_folder_that_is_a_file_fails(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state.write_text("")
    assert main(["doctor"]) == 1
    assert lines_of(capsys)["state folder"][0] == "fail"


def test_a_state_folder_open_to_others_is_a_warning(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state.mkdir(mode=0o755)
    state.chmod(0o755)
    assert main(["doctor"]) == 0
    assert lines_of(capsys)["state folder"][0] == "warn"


def test_a_terminal_without_utf8_or_colour_is_a_warning(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert main(["doctor"]) == 0
    found = lines_of(capsys)
    assert found["colour"][0] == found["characters"][0] == "warn"


def test_pins_are_read_from_a_file_with_hashes_and_markers() -> None:
    text = "# a\nclick==8.1.0 \\\n    --hash=sha256:ab\nrich==15.0 ; python_version < '3.12'\n"
    assert pinned_versions(text) == {"click": "8.1.0", "rich": "15.0"}


def test_a_state_folder_that_cannot_lock_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise OSError(errno.ENOLCK, "no locks here")

    monkeypatch.setattr(fcntl, "flock", refuse)
    before = sorted(tmp_path.rglob("*"))
    assert main(["doctor"]) == 1
    verdict, words = lines_of(capsys)["state folder"]
    assert verdict == "fail" and "cannot lock files" in words
    assert sorted(tmp_path.rglob("*")) == before, "nothing is left of the trial"
