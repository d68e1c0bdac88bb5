"""Tab in a shell completes commands, options, runs, traders and alarms; a script installs it."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from tui.cli.completion import SHELLS, place_of
from tui.cli.main import cli

STATUS = {
    "written_s": 1.0,
    "traders": {"SPY 2026-12-04": {}, "SPY 2026-12-11": {}, "QQQ 2026-12-04": {}},
    "standing": [{"alarm": "A01"}, {"alarm": "A02"}],
    "recommendations": [{"recommendation": "R7"}],
    "trials": [{"trial": "T3"}],
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "SHELL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LEGDESK_STATE_DIR", str(tmp_path / "state"))
    sim = tmp_path / "state" / "sim"
    for run in ("20261120-a", "20261127-b"):
        (sim / "runs" / run).mkdir(parents=True)
        (sim / "runs" / run / "journal.db").touch()
    (sim / "status.json").write_text(json.dumps(STATUS))
    return tmp_path


def offered(*words: str) -> list[str]:
    *before, incomplete = words
    complete = ShellComplete(cli, {}, "legdesk", "_LEGDESK_COMPLETE")
    return [each.value for each in complete.get_completions(before, incomplete)]


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (("ki",), ["kill"]),
        (("run", "--theme", "mo"), ["mono"]),
        (("simulate", "--ga"), ["--gateway"]),
        (("report", ""), ["latest", "20261127-b", "20261120-a"]),
        (("journal", "export", "20261127"), ["20261127-b"]),
        (("pause", ""), ["SPY", "QQQ"]),
        (("pause", "SPY", "2026-12-1"), ["2026-12-11"]),
        (("ack", "A"), ["A01", "A02"]),
        (("approve", ""), ["R7"]),
        (("stop-trial", "T"), ["T3"]),
        (("login", "al"), ["alpaca"]),
    ],
)
def test_what_may_follow_is_offered(home: Path, words: tuple[str, ...], values: list[str]) -> None:
    assert offered(*words) == values


@pytest.mark.parametrize("text", ["", "[", "[1]", '{"written_s": 1, "traders": 3, "standing": 7}'])
def test_files_that_are_not_good_offer_nothing_and_say_nothing(
    home: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "state" / "sim" / "status.json").write_text(text)
    (home / ".config" / "legdesk").mkdir(parents=True)
    assert offered("pause", "") == offered("ack", "") == []
    (home / ".config" / "legdesk" / "config.toml").write_text("mode = 7")
    assert offered("report", "") == ["latest"]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_is_printed_or_put_where_its_shell_looks(home: Path, shell: str) -> None:
    printed = CliRunner().invoke(cli, ["completion", shell])
    assert printed.exit_code == 0 and f"_LEGDESK_COMPLETE={shell}_complete" in printed.output
    put = CliRunner().invoke(cli, ["completion", "--install"], env={"SHELL": f"/usr/bin/{shell}"})
    assert put.exit_code == 0
    assert place_of(shell).read_text() == printed.output
    assert place_of(shell).is_relative_to(home)
    begins = {"bash": home / ".bashrc", "zsh": home / ".zshrc"}.get(shell)
    assert (begins is not None) == (f"loaded from {begins}" in put.stderr)
    if begins is not None:
        written = begins.read_text()
        CliRunner().invoke(cli, ["completion", shell, "--install"])
        assert begins.read_text() == written and written.count("source") == 1


def test_what_a_shell_begins_with_is_kept_and_one_that_cannot_be_written_is_told(
    home: Path,
) -> None:
    (home / ".bashrc").write_text("alias ll='ls -l'")
    CliRunner().invoke(cli, ["completion", "bash", "--install"])
    assert (home / ".bashrc").read_text().startswith("alias ll='ls -l'\n\n# Tab completes")
    (home / ".zshrc").mkdir()
    refused = CliRunner().invoke(cli, ["completion", "zsh", "--install"])
    assert refused.exit_code == 2 and "add to it yourself" in refused.output
    assert "source " in refused.output


def installed_in(shell: str) -> tuple[str, dict[str, str]]:
    """The shell's program, once the script is where it looks, and an environment with `legdesk`."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not on this machine")
    put = CliRunner().invoke(cli, ["completion", shell, "--install"])
    assert put.exit_code == 0
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    return program, {**os.environ, "PATH": path, "TERM": "xterm"}


def test_fish_completes_by_it(home: Path) -> None:
    fish, environment = installed_in("fish")
    asked = 'complete -C "legdesk ki"; complete -C "legdesk pause SPY 2026-12-1"'
    run = subprocess.run([fish, "-c", asked], capture_output=True, text=True, env=environment)
    names = [line.partition("\t")[0] for line in run.stdout.splitlines() if line]
    assert names == ["kill", "2026-12-11"], run.stderr


def test_zsh_completes_by_it(home: Path) -> None:
    zsh, environment = installed_in("zsh")
    main, side = pty.openpty()
    with subprocess.Popen(
        [zsh, "-i"], stdin=side, stdout=side, stderr=side, env=environment, start_new_session=True
    ) as shell:
        os.close(side)
        os.write(main, b"legdesk ki\t")
        shown, until_s = b"", time.monotonic() + 60
        while b"legdesk kill" not in shown and time.monotonic() < until_s:
            if select.select([main], [], [], 1.0)[0]:
                shown += os.read(main, 65_536)
        shell.kill()
    os.close(main)
    assert b"legdesk kill" in shown


def test_bash_loads_it_by_itself(home: Path) -> None:
    bash, environment = installed_in("bash")
    run = subprocess.run(
        [bash, "-ic", "complete -p legdesk"], capture_output=True, text=True, env=environment
    )
    assert "-F _legdesk_completion legdesk" in run.stdout, run.stderr


def test_bash_completes_by_it(home: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not on this machine")
    printed = CliRunner().invoke(cli, ["completion", "bash"]).output
    (home / "bin").mkdir()
    (home / "bin" / "legdesk").write_text("#!/bin/sh\necho plain,kill\n")
    (home / "bin" / "legdesk").chmod(0o755)
    asked = f"{printed}\nCOMP_WORDS=(legdesk ki)\nCOMP_CWORD=1\n_legdesk_completion legdesk\n"
    run = subprocess.run(
        [bash, "-c", f'{asked}echo "${{COMPREPLY[@]}}"'],
        capture_output=True,
        text=True,
        env={"PATH": f"{home / 'bin'}:/usr/bin:/bin"},
    )
    assert run.stdout.strip() == "kill", run.stderr


def test_another_shell_and_a_folder_that_cannot_be_written_are_told(home: Path) -> None:
    other = CliRunner().invoke(cli, ["completion"], env={"SHELL": "/bin/tcsh"})
    assert other.exit_code == 2 and "name one of bash, zsh or fish" in other.output
    (home / ".local").write_text("a file")
    refused = CliRunner().invoke(cli, ["completion", "bash", "--install"])
    assert refused.exit_code == 2 and "`legdesk completion bash` prints it" in refused.output
