"""The pictures of many screens in one file, and the recording: what they hold is what was shown."""

from __future__ import annotations

from xml.etree import ElementTree

import pyte

from tests.support.ci_scripts import load
from tests.support.screen_pictures import Picture

STYLE = "bold #c8ccd0 on #b3261e"
PICTURE = Picture(
    (" LIVE  <5 & ⣀⣤", "", "│ spot 591.20"),
    (((STYLE, 6), ("#7d8790", 14)), (("none", 20),), (("#c8ccd0", 1), ("none", 19))),
)
SVG = "{http://www.w3.org/2000/svg}"


def test_a_sheet_is_one_svg_with_each_picture_and_its_name() -> None:
    sheet = load("svg_of_cells").sheet({"Main": PICTURE, "A <trader>": PICTURE}, 2, "All")
    root = ElementTree.fromstring(sheet)
    texts = ["".join(each.itertext()).rstrip() for each in root.iter(f"{SVG}text")]
    shown = [row for row in PICTURE.rows if row]
    assert texts == ["Main", *shown, "A <trader>", *shown]
    grounds = {each.get("fill") for each in root.iter(f"{SVG}rect")}
    assert "#b3261e" in grounds and "href" not in sheet


def test_what_a_recording_sends_shows_the_picture_in_a_terminal() -> None:
    recording = load("make_recording")
    width, height = recording.SIZE
    rows = (*PICTURE.rows, *[""] * (height - 3))
    whole = Picture(
        rows,
        tuple((*runs, ("none", width - 20)) for runs in PICTURE.styles)
        + ((("none", width),),) * (height - 3),
    )
    screen = pyte.Screen(width, height)
    stream = pyte.Stream(screen)
    stream.feed(recording.sequences(whole, None))
    assert [row.rstrip() for row in screen.display] == [*rows]
    assert screen.buffer[0][1].bold and screen.buffer[0][1].bg == "b3261e"
    assert recording.sequences(whole, whole) == ""
    moved = Picture((rows[0], "held", *rows[2:]), whole.styles)
    stream.feed(recording.sequences(moved, whole))
    assert screen.display[1].rstrip() == "held"
