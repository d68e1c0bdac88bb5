"""Each point of the terminal has its line, ok or with what to do; nothing unknown is called ok."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from dataclasses import replace

import pytest

from tests.support.answering_terminal import answers_to
from tests.support.command_line import Home
from tui.cli.doctor_terminal import Check, Tmux, checks, tmux_around
from tui.terminal.answers import SAMPLES, Answers, questions, understood
from tui.terminal.asking import SILENT, STOPPED

GOOD = replace(understood(answers_to(questions())), took_s=0.004)
SILENCE = Answers(problem=SILENT)
TRUE_COLOUR = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}


def said(
    answers: Answers = GOOD,
    size: tuple[int, int] = (80, 24),
    tmux: Tmux | None = None,
    **environment: str,
) -> dict[str, Check]:
    return {c.what: c for c in checks({**TRUE_COLOUR, **environment}, answers, size, tmux)}


def test_a_good_terminal_is_ok_in_every_point() -> None:
    found = said()
    assert [c.verdict for c in found.values()] == ["ok"] * 8, found
    assert found["terminal"].text == "Good Terminal 1.2, TERM xterm-256color"
    assert found["colour"].text == "16 million, shown exactly"
    assert found["escape"].text == "told from other keys after 100 ms; answers take 4 ms"


def test_a_silent_terminal_has_what_its_variables_promise_and_no_more() -> None:
    found = said(SILENCE)
    assert found["terminal"].verdict == "warn" and SILENT in found["terminal"].text
    assert "not known" in found["characters"].text
    for what in ("clipboard", "mouse", "paste"):
        assert found[what].verdict == "warn" and "does not say" in found[what].text
    assert said(Answers(problem=STOPPED))["terminal"].verdict == "fail"


@pytest.mark.parametrize(
    ("what", "words", "found"),
    [
        ("colour", "export COLORTERM=truecolor", lambda: said(COLORTERM="")),
        ("colour", "unset COLORTERM", lambda: said(replace(GOOD, exact_colour=False))),
        ("colour", "16 by TERM (xterm)", lambda: said(SILENCE, TERM="xterm", COLORTERM="")),
        ("colour", "TERM is dumb", lambda: said(TERM="dumb")),
        ("characters", "signs are not", lambda: said(wide_signs())),
        ("characters", "UTF-8 locale", lambda: said(LANG="C")),
        ("clipboard", "set-clipboard on", lambda: said(tmux=Tmux("3.3a", "external", "10"))),
        ("clipboard", "screen hands none on", lambda: said(STY="1.pts")),
        ("clipboard", "none in this terminal", lambda: said(TERM="linux")),
        ("mouse", "none in SGR form", lambda: said(replace(GOOD, modes={1006: False}))),
        ("paste", "not marked", lambda: said(replace(GOOD, modes={2004: False}))),
        ("escape", "ESCDELAY is no number", lambda: said(ESCDELAY="soon")),
        ("escape", "export ESCDELAY=800", lambda: said(replace(GOOD, apart_s=0.2))),
        ("escape", "escape-time 10", lambda: said(tmux=Tmux("3.3a", "on", "500"))),
        ("size", "enlarge it", lambda: said(replace(GOOD, size=None), size=(79, 24))),
        ("size", "stty columns 80", lambda: said(size=(0, 0))),
        ("size", "the terminal 80x24", lambda: said(size=(80, 25))),
    ],
)
def test_what_is_not_as_it_should_be_says_what_to_do(what, words, found) -> None:
    check = found()[what]
    assert check.verdict == "warn" and words in check.text


def wide_signs() -> Answers:
    wide = understood(answers_to(questions(), wide=True))
    assert wide.widths["signs"] > len(SAMPLES["signs"])
    return wide


def test_places_are_told_and_a_line_over_ssh_waits_longer() -> None:
    found = said(SSH_CONNECTION="a b", TMUX="/tmp/t", tmux=Tmux("3.3a", "on", "10"))
    assert "over ssh, in tmux" in found["terminal"].text
    assert "500 ms" in found["escape"].text and found["escape"].verdict == "ok"
    assert said(NO_COLOR="1")["colour"].verdict == "ok"


def test_tmux_is_asked_how_it_is_set_and_may_be_gone() -> None:
    def answers(command, **how):
        assert how["timeout"] > 0
        return subprocess.CompletedProcess(command, 0, "3.3a|external|500\n")

    def missing(command, **how):
        raise FileNotFoundError("tmux")

    assert tmux_around({}, missing) is None
    assert tmux_around({"TMUX": "x"}, answers) == Tmux("3.3a", "external", "500")
    assert tmux_around({"TMUX": "x"}, missing) == Tmux()


def test_the_command_asks_the_terminal_that_it_runs_in(tmp_path) -> None:
    environment = Home(tmp_path).environment(COLORTERM="truecolor")
    pid, master = pty.fork()
    if pid == 0:
        os.execve(sys.executable, [sys.executable, "-m", "tui", "doctor"], environment)
    seen, answered = b"", 0
    try:
        while True:
            seen += os.read(master, 4096)
            if seen[answered:].endswith(b"\x1b[c"):
                os.write(master, answers_to(seen[answered:], size=(0, 0)))
                answered = len(seen)
    except OSError:
        pass  # it has ended
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    os.close(master)
    text = seen.rpartition(b"\x1b[K")[2].decode()
    assert "ok    terminal       Good Terminal 1.2, TERM xterm-256color" in text
    assert "ok    mouse          tells its place (SGR)" in text
