"""A key that nobody typed is no key: pastes without an end and sequences that came in pieces."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.keyboard.strokes import (
    BROKEN_S,
    ESCAPE_S,
    PASTE_S,
    SSH_ESCAPE_S,
    Kind,
    Stroke,
    Strokes,
    escape_delay,
)

KILL = "\x0b"
SEQUENCES = ("\x1b[A", "\x1b[H", "\x1bOP", "\x1b[1;5A", "\x1b[24~", "\x1b[<35;10;10M", "\x1b[[A")
PASTE = "\x1b[200~"
PASTED = "\x1b[201~"


class Line:
    """A terminal's line: pieces that come apart by so many seconds, read when they come."""

    def __init__(self) -> None:
        self.strokes = Strokes()
        self.now = 100.0
        self.found: list[Stroke] = []

    def wait(self, seconds: float) -> None:
        end = self.now + seconds
        while (patience := max(0.001, min(0.1, self.strokes.waits_s(self.now)))) < end - self.now:
            self.now += patience
            self.found += self.strokes.tick(self.now)
        self.now = max(end, self.now)

    def send(self, *pieces: str, apart: float = 0.25) -> Line:
        for number, piece in enumerate(pieces):
            if number:
                self.wait(apart)
            self.found += self.strokes.feed(piece, self.now)
        return self

    def typed(self) -> str:
        return "".join(s.text for s in self.found if s.kind is Kind.CHARACTER)

    def kinds(self) -> list[Kind]:
        return [stroke.kind for stroke in self.found]


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_a_sequence_that_came_at_once_is_one_key(sequence: str) -> None:
    assert Line().send(sequence).found == [Stroke(Kind.SEQUENCE, sequence)]


@pytest.mark.parametrize("sequence", SEQUENCES)
@given(st.data())
def test_a_sequence_in_pieces_presses_nothing_but_esc(sequence: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(sequence) - 1), min_size=1)))
    pieces = [sequence[a:b] for a, b in pairwise([0, *cuts, len(sequence)])]
    line = Line().send(*pieces, apart=data.draw(st.floats(0.0, 0.9)))
    assert line.typed() == ""
    line.wait(2.0)
    assert line.send("p").typed() == "p"


def test_esc_by_itself_is_told_after_its_delay_and_a_key_after_it_is_that_key() -> None:
    line = Line().send("\x1b")
    line.wait(ESCAPE_S + 0.01)
    assert line.kinds() == [Kind.ESCAPE]
    assert line.send("p", "O", "[").typed() == "pO["


def test_what_follows_a_lone_esc_by_more_than_a_second_is_a_key() -> None:
    assert Line().send("\x1b", "O", apart=BROKEN_S + 0.2).typed() == "O"


def test_a_broken_sequence_without_an_end_takes_no_key_typed_later() -> None:
    line = Line().send("\x1b", "[")
    line.wait(BROKEN_S + 0.01)
    assert line.send("H").typed() == "H"


@pytest.mark.parametrize("before", ["\x1b", "\x1b[", "\x1b[1;", "\x1bO", "\x1bP", "\x1b]11;"])
@pytest.mark.parametrize("apart", [0.0, 0.3])
def test_kill_is_kill_in_the_midst_of_any_sequence(before: str, apart: float) -> None:
    assert KILL in Line().send(before, KILL, apart=apart).typed()


def test_an_answer_in_words_that_a_terminal_gives_late_is_no_key() -> None:
    line = Line().send("\x1b]11;rgb:0000/HpP\a", "\x1bP1$r0 q\x1b\\", "q")
    assert line.typed() == "q"


def test_a_sequence_that_no_terminal_sends_is_handed_on_whole() -> None:
    assert Line().send("\x1b[99z", "q").typed() == "q"


def test_a_paste_is_one_stroke_and_none_of_its_letters_is_a_key() -> None:
    line = Line().send(f"{PASTE}Hp", "A", f"q{PASTED}j", apart=0.4)
    assert line.found == [Stroke(Kind.PASTE, "HpAq"), Stroke(Kind.CHARACTER, "j")]


@given(
    st.sampled_from(["words", "", "Hp\x1b[31m", "\x1b", "x\x1b[20", "\x1b["]), st.floats(0.5, 3.0)
)
def test_a_paste_without_an_end_has_ended_after_silence_and_kill_kills(
    words: str, pause: float
) -> None:
    line = Line().send(PASTE + words)
    line.wait(pause)
    assert line.send(KILL).typed() == KILL


@pytest.mark.parametrize("key", [KILL, "\x1b[24~", "\x03"])
@pytest.mark.parametrize("apart", [0.0, 0.01, 0.2])
def test_a_key_pressed_again_and_again_ends_a_paste_without_an_end(key: str, apart: float) -> None:
    line = Line().send(PASTE + "some text", key, key, key, apart=apart)
    assert [stroke.text for stroke in line.found] == ["some text", key, key]
    assert line.send("p").typed()[-1] == "p"


@pytest.mark.parametrize(
    "pieces",
    [
        ("a", "a", "a"),
        ("\n", "\n"),
        (KILL, "a", KILL),
        (KILL + KILL,),
        ("\x1b[<35;10;10M", "\x1b[<35;10;10M"),
        (PASTE, PASTE),
    ],
)
def test_nothing_else_that_repeats_in_a_paste_is_a_key(pieces: tuple[str, ...]) -> None:
    line = Line().send(PASTE + "text", *pieces, PASTED, apart=0.01)
    assert line.kinds() == [Kind.PASTE]


def test_mouse_and_focus_reports_do_not_keep_a_paste_without_an_end_open() -> None:
    line = Line().send(f"{PASTE}words")
    for _ in range(12):
        line.wait(0.05)
        line.send("\x1b[<35;10;10M", "\x1b[I", apart=0.0)
    assert line.send(KILL).typed() == KILL


def test_a_reader_that_was_kept_waiting_takes_no_key_from_the_rest_of_a_paste() -> None:
    line = Line().send(f"{PASTE}{'H' * 4000}")
    line.now += 5.0  # nothing was read meanwhile, so nothing says that the terminal was silent
    line.send("H" * 500 + PASTED)
    assert line.typed() == ""
    assert line.found == [Stroke(Kind.PASTE, "H" * 4500)]


def test_a_reader_that_was_kept_waiting_finds_kill_all_the_same() -> None:
    line = Line().send(f"{PASTE}words")
    line.now += 5.0
    assert line.send(KILL).typed() == KILL


def test_the_rest_of_a_paste_that_stalled_is_no_key() -> None:
    line = Line().send(f"{PASTE}first")
    line.wait(2.0)
    line.send("Hpp", f"Ax{PASTED}", "j")
    assert line.typed() == "j"


@pytest.mark.parametrize("cut", range(1, len(PASTED)))
def test_an_end_of_a_paste_that_stalled_in_pieces_is_no_key(cut: int) -> None:
    line = Line().send(f"{PASTE}words{PASTED[:cut]}")
    line.wait(0.6)
    assert line.send(PASTED[cut:]).typed() == ""


def test_a_paste_whose_beginning_came_in_pieces_is_a_paste() -> None:
    line = Line().send("\x1b", f"{PASTE[1:]}Hp{PASTED}")
    assert line.typed() == ""
    assert Stroke(Kind.PASTE, "Hp") in line.found


@given(st.text(st.characters(exclude_characters="\x1b")))
def test_without_esc_every_character_is_a_key(text: str) -> None:
    assert Line().send(text).typed() == text


@given(st.lists(st.tuples(st.text("\x1b[O]P201~;Hp\x0b<Mm$", max_size=8), st.floats(0.0, 0.6))))
def test_after_anything_and_a_pause_kill_is_kill(noise: list[tuple[str, float]]) -> None:
    line = Line()
    for text, pause in noise:
        line.send(text)
        line.wait(pause)
    line.wait(1.5)
    line.found.clear()
    assert line.send(KILL).typed() == KILL


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, ESCAPE_S),
        ({"SSH_CONNECTION": "10.0.0.1 5 10.0.0.2 22"}, SSH_ESCAPE_S),
        ({"ESCDELAY": "250"}, 0.25),
        ({"ESCDELAY": "50", "SSH_CONNECTION": "x"}, 0.05),
        ({"ESCDELAY": "soon"}, ESCAPE_S),
        ({"ESCDELAY": "99999999999999"}, ESCAPE_S),
        ({"ESCDELAY": "0"}, ESCAPE_S),
    ],
)
def test_the_delay_of_esc_is_escdelay_or_goes_by_the_line(
    environment: dict[str, str], seconds: float
) -> None:
    assert escape_delay(environment) == seconds


def test_a_paste_ends_no_earlier_than_its_silence() -> None:
    line = Line().send(f"{PASTE}words")
    line.wait(PASTE_S - 0.01)
    assert line.found == []
