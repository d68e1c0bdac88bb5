"""What the command line says: help, versions, and one sentence for everything that is wrong."""

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import engine
from engine.arbitrage_executor import ArbitrageExecutor
from tests.support.command_line import SMALL, Home
from tui.cli.main import cli, main

COMMANDS = (
    "ack", "approve", "arm", "calibrate", "check", "completion", "doctor", "drill", "exchange", "external", "gateway", "halt", "import",
    "journal", "kill", "login", "logout", "observe", "pause", "replay", "report", "resume", "run", "runs", "simulate", "status",
    "stop-trial", "study", "trial", "watch",
)  # fmt: skip
JOURNAL = [("journal", name) for name in ("export", "show", "verify")]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    for name in list(os.environ):
        if name.startswith(("LEGDESK_", "XDG_", "TEXTUAL")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LEGDESK_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return Home(tmp_path)


def test_help_names_every_command() -> None:
    shown = CliRunner().invoke(cli, ["--help"])
    assert shown.exit_code == 0
    assert set(COMMANDS) == set(cli.commands)
    listed = shown.output.split("Commands:")[1]
    assert re.findall(r"^  ([\w-]+) ", listed, re.MULTILINE) == sorted(COMMANDS)


@pytest.mark.parametrize("command", [*((name,) for name in COMMANDS), *JOURNAL])
def test_every_command_has_help_and_explains_every_option(command: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(cli, [*command, "--help"], prog_name="legdesk", terminal_width=300)
    assert shown.exit_code == 0
    assert shown.output.startswith(f"Usage: legdesk {' '.join(command)}")
    chosen: click.Command = cli
    for name in command:
        assert isinstance(chosen, click.Group)
        chosen = chosen.commands[name]
    options = [each for each in chosen.params if isinstance(each, click.Option)]
    for option in options:
        assert option.help and option.help[0].isupper() and option.help.endswith("."), option.name


def test_the_version_is_the_projects(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"legdesk {engine.__version__}\n"


def bad_config(folder: Path, text: str) -> str:
    path = folder / "desk.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["dance"], "No such command 'dance'"),
        (["run", "--dance"], "No such option"),
        (["run", "--headless", "--until", "25:00"], "write HH:MM"),
        (["run", "--headless", "--until", "09:30"], "not after the open"),
        (["run", "--headless", "--speed", "501"], "a number from 0.01 to 500, or max"),
        (["run", "--headless", "--speed", "nan"], "a number from 0.01 to 500, or max"),
        (["run", "--headless", "--symbols", "A B"], "is not an option root"),
        (
            ["run", "--headless", "--fill-model", "kind"],
            "'assumed', 'assumed-width', 'calibrated', 'crossing'",
        ),
        (["run", "--headless", "--config", "none.toml"], "none.toml"),
        (["run", "--headless", "--report", "none/r.json"], "its folder does not exist"),
        (["run", "--json"], "--json needs --headless"),
        (["replay"], "Missing argument 'SESSION|RUN'"),
        (["replay", "none", "--headless"], "neither a recorded session nor a run none"),
        (["replay", "none", "--headless", "--quote-location", "1.5"], "0.0<=x<=1.0"),
        (["run", "--headless", "--resume", "none"], "there is no run none"),
        (["report", "none"], "there is no run none"),
        (["report", "none/here"], "there is no journal in none/here"),
        (["report"], "there is no run in"),
        (["journal", "export"], "there is no run in"),
        (["--seed", "3", "runs"], "options go after the command"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_the_operator_got_wrong_is_one_sentence_and_exit_code_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("legdesk: ") and err.count("\n") == 1
    assert said in err


@pytest.mark.parametrize("arguments", [[], ["run"], ["replay", "any"]])
def test_without_a_terminal_the_way_to_run_headless_is_shown(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert "`legdesk run --headless`" in capsys.readouterr().err


def test_every_wrong_setting_is_named_with_its_file(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    path = bad_config(home.folder, "[timing]\ncancel_after_seconds = 0\n[limits]\ndance = 1\n")
    assert main(["run", "--headless", "--config", path]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [path in line for line in lines] == [True, True]
    assert "timing.cancel_after_seconds" in lines[0] + lines[1]
    assert "limits.dance" in lines[0] + lines[1]


def test_a_live_desk_is_refused_for_want_of_a_broker_and_never_taken_from_the_environment(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = bad_config(home.folder, 'mode = "LIVE"\n')
    assert main(["run", "--headless", "--config", path]) == 2
    assert "LIVE needs a broker's gateway" in capsys.readouterr().err
    monkeypatch.setenv("LEGDESK_MODE", "LIVE")
    assert main(["run", "--headless"]) == 2
    assert "LIVE is taken from a file alone" in capsys.readouterr().err


def test_the_variables_that_are_no_settings_are_no_unknown_keys(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEGDESK_ASCII", "1")
    monkeypatch.setenv("LEGDESK_DATA", "anywhere")
    assert main(["runs"]) == 0
    assert "no run in" in capsys.readouterr().err


def test_status_without_a_desk_is_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 1
    out, err = capsys.readouterr()
    assert out == "" and "no desk has run" in err


def test_a_status_that_no_desk_wrote_is_refused(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    (home.state / "sim").mkdir(parents=True)
    (home.state / "sim" / "status.json").write_text("[1]")
    assert main(["status"]) == 2
    assert "is not a desk's status" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["--help"], ["run", "--help"], ["status"], ["runs"]], ids=" ".join
)
def test_help_and_status_load_no_heavy_library(arguments: list[str], home: Home) -> None:
    code = (
        "import sys; from tui.cli.main import main\n"
        f"main({arguments!r})\n"
        "print('HEAVY', sorted({'numpy', 'pandas', 'pyarrow', 'rich', 'sqlite3', 'textual'}"
        " & {n.partition('.')[0] for n in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=home.environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.splitlines()[-1] == "HEAVY []", done.stderr


def test_what_the_screen_needs_loads_neither_pandas_nor_pyarrow(home: Home) -> None:
    code = (
        "import sys, tui.cli.screen\n"
        "from engine.config import load_config\n"
        "tui.cli.screen.open_desk(load_config())\n"
        "print(sorted({'pandas', 'pyarrow'} & {n.partition('.')[0] for n in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=home.environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout == "[]\n", done.stderr


def test_an_error_of_our_own_goes_to_the_log_and_shows_no_local_value(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        secret = "hunter2"
        raise RuntimeError("the sky fell" + secret[:0])

    monkeypatch.setattr("engine.desk.opening.open_desk", broken)
    assert main(["run", "--headless"]) == 70
    out, err = capsys.readouterr()
    log = home.state / "legdesk.log"
    assert out == "" and err.count("\n") == 1
    assert "RuntimeError: the sky fell" in err and str(log) in err
    written = log.read_text(encoding="utf-8")
    assert "Traceback" in written and "in broken" in written
    assert "secret = 'hunter2'" not in written
    assert log.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("speed", ["max", "100"])
def test_an_engine_that_dies_ends_the_run_with_a_sentence(
    speed: str, home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("no begin")

    monkeypatch.setattr(ArbitrageExecutor, "begin", broken)
    assert main(["run", "--headless", "--speed", speed, *SMALL]) == 70
    assert "RuntimeError: no begin" in capsys.readouterr().err.splitlines()[-1]
