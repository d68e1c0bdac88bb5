"""A terminal is asked in bounded time and left as it was: one that answers, is silent, slow, hostile."""

from __future__ import annotations

import os
import select
import signal
import termios
from collections.abc import Callable

import pytest

from tests.support.answering_terminal import KIND, answers_to, terminal
from tui.terminal import asking
from tui.terminal.answers import MOUSE, PASTE, SAMPLES, apart_s, understood
from tui.terminal.asking import GONE, SILENT, STOPPED, ask

LONG_S = 60.0
"""Nothing here waits for so long, however busy the machine is."""

SHORT_S = 0.05


def nothing_is_left(descriptor: int) -> bool:
    return not select.select([descriptor], [], [], 0)[0]


def once(*replies: bytes) -> Callable[[int, bytes], None]:
    """Answers in turn, one to each question about its kind, however the questions arrive."""
    left = list(replies)

    def answer(master: int, asked: bytes) -> None:
        while left and asked.count(b"\x1b[c") > len(replies) - len(left):
            os.write(master, left.pop(0))

    return answer


def by_the_book(master: int, asked: bytes) -> None:
    """Answers the latest questions once the last of them has arrived."""
    if asked.endswith(b"\x1b[c"):
        before = asked[: -len(b"\x1b[c")].rpartition(b"\x1b[c")
        os.write(master, answers_to(before[2] + b"\x1b[c"))


def test_a_terminal_that_answers_is_understood_and_left_as_it_was() -> None:
    with terminal(by_the_book) as (slave, _):
        before = termios.tcgetattr(slave)
        answers = ask(slave, slave, patience_s=LONG_S)
        assert termios.tcgetattr(slave) == before
        assert nothing_is_left(slave)
    assert (answers.problem, answers.name) == ("", "Good Terminal 1.2")
    assert answers.widths == {name: len(text) for name, text in SAMPLES.items()}
    assert answers.modes == {MOUSE: True, PASTE: True}
    assert answers.exact_colour is answers.clipboard is True
    assert answers.size == (80, 24) and answers.took_s is not None


def test_a_silent_terminal_hears_one_question_and_what_comes_late_no_shell_reads() -> None:
    heard: list[bytes] = []

    def late(master: int, asked: bytes) -> None:
        heard.append(asked)
        if b"\x1b[K" in asked:  # it has been given up
            os.write(master, KIND)

    with terminal(late) as (slave, _):
        before = termios.tcgetattr(slave)
        answers = ask(slave, slave, patience_s=SHORT_S, quiet_s=LONG_S)
        assert termios.tcgetattr(slave) == before
        assert nothing_is_left(slave)
    assert answers.problem == SILENT and answers.took_s is None
    assert heard[-1] == b"\x1b[c\x1b[0m\r\x1b[K"


def test_answers_cut_in_pieces_are_put_together() -> None:
    pieces = 0

    def in_pieces(master: int, asked: bytes) -> None:
        nonlocal pieces
        if asked.endswith(b"\x1b[c"):
            for byte in answers_to(asked[3:] or asked):
                os.write(master, bytes([byte]))
                pieces += 1

    with terminal(in_pieces) as (slave, _):
        answers = ask(slave, slave, patience_s=LONG_S)
    assert answers.modes == {MOUSE: True, PASTE: True} and pieces > 100


@pytest.mark.parametrize(
    "noise",
    [
        b"\x1b]52;c;cm0gLXJmIH4=\x07\x1b[2J" * 30,
        b"\x1bP>|" + b"\x1b[31mred\x07" * 9 + b"\x1b\\",
        b"\x1b[" + b"9" * 9000 + b"R",
        b"\x1b[3;99999R" * 60,
        b"\x1b[?" + b";".join([b"1"] * 900) + b"c",
        bytes(range(256)) * 8,
        b"\x1b[?1006;9$y\x1b[?99999;1$y\x1b[8;0;0t",
    ],
    ids=["osc", "markup", "digits", "places", "attributes", "bytes", "modes"],
)
def test_a_hostile_answer_is_bounded_and_prints_nothing(noise: bytes) -> None:
    answers = understood(noise + KIND)
    assert answers.name == "" or (answers.name.isascii() and answers.name.isprintable())
    assert answers.widths == {} and not answers.modes.get(MOUSE)
    assert answers.exact_colour is None
    with terminal(once(noise + KIND, noise + KIND)) as (slave, _):
        before = termios.tcgetattr(slave)
        assert ask(slave, slave, patience_s=LONG_S, quiet_s=SHORT_S).problem == ""
        assert termios.tcgetattr(slave) == before


def test_a_terminal_that_never_stops_talking_is_not_listened_to_for_ever() -> None:
    def flood(master: int, asked: bytes) -> None:
        left = 2 * asking.MOST_BYTES + 8192
        while left and select.select([], [master], [], LONG_S)[1]:
            left -= os.write(master, b"A" * min(512, left))
            if termios.tcgetattr(slave)[3] & termios.ECHO:
                return  # it has been given back

    with terminal(flood) as (slave, _):
        answers = ask(slave, slave, patience_s=LONG_S, quiet_s=SHORT_S)
    assert answers.problem == SILENT


def test_a_terminal_that_takes_no_output_and_one_that_is_gone() -> None:
    with terminal(lambda master, asked: None) as (slave, _):
        before = termios.tcgetattr(slave)
        termios.tcflow(slave, termios.TCOOFF)
        assert ask(slave, slave, patience_s=SHORT_S).problem == STOPPED
        assert termios.tcgetattr(slave) == before
    with terminal(lambda master, asked: os.close(master)) as (slave, _):
        assert ask(slave, slave, patience_s=LONG_S).problem == GONE


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_the_process_once_the_terminal_is_as_it_was(number: signal.Signals) -> None:
    seen: list[bool] = []

    def ends(master: int, asked: bytes) -> None:
        if asked == b"\x1b[c":
            os.kill(os.getpid(), number)

    with terminal(ends) as (slave, _):
        before = termios.tcgetattr(slave)
        handler = signal.signal(number, lambda *_: seen.append(termios.tcgetattr(slave) == before))
        try:
            ask(slave, slave, patience_s=LONG_S, quiet_s=SHORT_S)
        finally:
            signal.signal(number, handler)
    assert seen == [True]


def test_time_between_pieces_counts_only_inside_an_answer() -> None:
    pieces = [(1.0, b"\x1b[?6"), (1.3, b"5c"), (9.0, b"\x1bP>|x"), (9.2, b"\x1b"), (9.25, b"\\")]
    assert apart_s(pieces) == pytest.approx(0.3)
    assert apart_s([(1.0, b"\x1b[?65c"), (5.0, b"\x1b[?1c")]) == 0.0
