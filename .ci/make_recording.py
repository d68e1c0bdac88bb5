"""Write docs/screenshots/desk.cast and desk.svg: half a minute at the demo's desk.

    .venv/bin/python .ci/make_recording.py        after a change of the screen

The desk runs as `legdesk run` in a pty with the demo's seed, and the keys of `STEPS` are pressed.
The first file is an asciicast of version 2, for players such as asciinema's: rows that changed,
four times a second. The second one has a picture after each step, as a moving SVG for a page.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from itertools import groupby
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / ".ci")]

from svg_of_cells import Classes, document, group, size_of  # noqa: E402

from tests.support.command_line import Home  # noqa: E402
from tests.support.screen_pictures import Picture  # noqa: E402
from tests.support.terminal import Terminal  # noqa: E402

FOLDER = ROOT / "docs" / "screenshots"
SIZE = (100, 30)
STEPS: tuple[tuple[bytes, float, str], ...] = (
    (b"\x1b", 3.0, "the desk after its warm-up; no tour now"),
    (b"j", 1.0, "the next trader: why it does not trade is on the status line"),
    (b"\r", 3.0, "that trader in full"),
    (b"\x1b", 1.0, "back"),
    (b"D", 3.0, "the session over its time"),
    (b"i", 2.5, "every pair that is held"),
    (b"b", 2.5, "every order"),
    (b"\x1b", 0.8, "back"),
    (b"e", 3.0, "what the desk recommends, with its evidence"),
    (b"\x1b", 0.8, "back"),
    (b":", 0.8, "a command by words"),
    (b"pause SPY", 2.0, "what it would do, before it does it"),
    (b"\r", 2.0, "done"),
    (b"h", 2.5, "open units and the ways out"),
    (b"\x1b", 0.8, "back"),
    (b"\x0b", 3.0, "kill: no debit from now on"),
)
"""Keys, seconds that follow, and what they show."""

MOMENT_S = 0.25
"""What is drawn within so many seconds is one event of the recording."""

_ATTRIBUTES = {"bold": "1", "underline": "4", "reverse": "7"}


def told(character: Any) -> str:
    """The style of a cell of the emulated terminal, as pictures have it."""
    colours = [f"#{each}" if len(each) == 6 else "" for each in (character.fg, character.bg)]
    words = [name for name in ("bold", "underline") if getattr(character, name, False)]
    words += ["underline"] if character.underscore else []
    words += ["reverse"] if character.reverse else []
    words += [colours[0]] if colours[0] else []
    words += [f"on {colours[1]}"] if colours[1] else []
    return " ".join(words) or "none"


def picture_of(desk: Terminal) -> Picture:
    """What the emulated terminal shows."""
    width, height = SIZE
    rows, styles = [], []
    for y in range(height):
        cells = [desk.screen.buffer[y][x] for x in range(width)]
        rows.append("".join(cell.data or " " for cell in cells).rstrip())
        runs = groupby(told(cell) for cell in cells)
        styles.append(tuple((name, len(list(run))) for name, run in runs))
    return Picture(tuple(rows), tuple(styles))


def sequences(picture: Picture, before: Picture | None) -> str:
    """What a terminal is sent to show a picture: the rows that are not as before."""
    sent = "" if before is not None else "\x1b[2J\x1b[?25l"
    for y, (row, runs) in enumerate(zip(picture.rows, picture.styles, strict=True)):
        if before is not None and (row, runs) == (before.rows[y], before.styles[y]):
            continue
        text, at = row.ljust(SIZE[0]), 0
        sent += f"\x1b[{y + 1};1H"
        for style, number in runs:
            sent += f"\x1b[{_sgr(style)}m{text[at : at + number]}"
            at += number
    return sent + "\x1b[0m" if sent else ""


def _sgr(style: str) -> str:
    codes, ground = ["0"], False
    for word in style.split():
        if word.startswith("#"):
            parts = (str(int(word[n : n + 2], 16)) for n in (1, 3, 5))
            codes += ["48" if ground else "38", "2", *parts]
        elif word in _ATTRIBUTES:
            codes.append(_ATTRIBUTES[word])
        ground = word == "on"
    return ";".join(codes)


def moving(shown: list[tuple[Picture, float]]) -> str:
    """Pictures one after another, each for so many seconds, round and round."""
    whole_s = sum(seconds for _, seconds in shown)
    width, height = size_of(shown[0][0])
    classes, made, css, at_s = Classes(), [], "", 0.0
    for number, (picture, seconds) in enumerate(shown):
        begin, end = (100 * each / whole_s for each in (at_s, at_s + seconds))
        css += (
            f"@keyframes k{number}{{0%,{begin:.2f}%{{visibility:hidden}}"
            f"{begin + 0.01:.2f}%,{end:.2f}%{{visibility:visible}}"
            f"{min(end + 0.01, 100):.2f}%,100%{{visibility:hidden}}}}"
            f".k{number}{{visibility:hidden;animation:k{number} {whole_s:.1f}s step-end infinite}}"
        )
        made.append(f'<g class="k{number}">{group(picture, classes)}</g>')
        at_s += seconds
    css += ".k0{animation-delay:0s}" + classes.css()
    return document(width, height, css, "".join(made), "Half a minute at Legdesk")


def main() -> None:
    """Run the desk, press the keys, write both files."""
    shown: list[tuple[Picture, float]] = []
    cast: list[list[Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        desk = Terminal(Home(Path(folder)), "run", "--seed", "46", size=SIZE)
        try:
            desk.until("TRADERS", "RUN")
            began, before = time.monotonic(), picture_of(desk)
            cast.append([0.0, "o", sequences(before, None)])
            for keys, seconds, _ in STEPS:
                desk.press(keys)
                end = time.monotonic() + seconds
                while (left := end - time.monotonic()) > 0:
                    desk.follow(min(left, MOMENT_S))
                    now = picture_of(desk)
                    if drawn := sequences(now, before):
                        cast.append([round(time.monotonic() - began, 2), "o", drawn])
                    before = now
                shown.append((picture_of(desk), seconds))
        finally:
            desk.close()
    head = {"version": 2, "width": SIZE[0], "height": SIZE[1], "title": "Legdesk"}
    lines = [json.dumps(each, ensure_ascii=False) for each in (head, *cast)]
    for name, text in (("desk.cast", "\n".join(lines) + "\n"), ("desk.svg", moving(shown))):
        path = FOLDER / name
        path.write_text(text, encoding="utf-8")
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
