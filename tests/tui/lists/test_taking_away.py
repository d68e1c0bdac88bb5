"""What is taken away: complete, in the chosen order, and never anybody else's control sequence."""

from __future__ import annotations

import base64
import csv
import io
import json
import os
import re
import unicodedata
from dataclasses import replace

import pytest

from engine.config import DeskConfig
from engine.snapshot import EventLine, ListPage
from tests.support.every_list import BY_NAME, HOSTILE, WAYS, everything, hostile
from tests.support.screen_text import texts
from tui.lists.declared import arranged
from tui.lists.export import (
    MOST_CHARACTERS,
    as_csv,
    as_json,
    cells_of,
    exported_columns,
    harmless,
    row_text,
)
from tui.state import ScreenState
from tui.text.glyphs import UNICODE
from tui.viewmodel.trader_words import next_s
from tui.viewmodel.view import View


def seen(snapshot=None) -> View:
    return View(snapshot or everything(), ScreenState(reading=False), UNICODE, DeskConfig())


def parsed(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize("name", BY_NAME)
def test_csv_and_json_hold_every_listed_row_with_units(name):
    view, declared = seen(), BY_NAME[name]
    shown = arranged(declared, view)
    head, *rows = parsed(as_csv(declared, view))
    assert len(rows) == len(shown.rows)
    assert {len(row) for row in rows} == {len(head)}
    data = json.loads(as_json(declared, view))
    assert [row["key"] for row in data["rows"]] == list(shown.keys)
    assert data["rows_in_all"] == shown.total
    for column in exported_columns(declared, view):
        assert (f"{column.called} [{column.unit}]" if column.unit else column.called) in head
        assert data["units"].get(column.called, "") == column.unit
        assert all(column.called in row for row in data["rows"])


def test_an_unlimited_loss_is_taken_away_as_one_and_not_as_what_nobody_knows():
    snapshot = everything()
    first = replace(snapshot.traders[0], open_worst_c=None)
    view = seen(replace(snapshot, traders=(first, *snapshot.traders[1:])))
    declared = BY_NAME["traders"]
    rows = {row["key"]: row for row in json.loads(as_json(declared, view))["rows"]}
    assert rows[first.key]["worst"] == "-inf"
    assert all(
        isinstance(row["worst"], (int, float)) for key, row in rows.items() if key != first.key
    )


def test_filter_sort_columns_and_marks_decide_what_is_taken():
    view, orders = seen(), BY_NAME["orders"]
    choices = orders.choices(view)
    choices.sort_by("limit")
    choices.show_columns(("limit", "order"))
    head, *rows = parsed(as_csv(orders, view))
    assert head == ["limit [USD a share]", "order"]
    limits = [float(limit) for limit, _ in rows]
    assert limits == sorted(limits, reverse=True)
    two = {rows[0][1], rows[2][1]}
    for each in two:
        choices.mark(each)
    choices.filter_by(rows[2][1])
    assert {row[1] for row in parsed(as_csv(orders, view))[1:]} == two  # hidden marks count too
    choices.unmark_all()
    assert [row[1] for row in parsed(as_csv(orders, view))[1:]] == [rows[2][1]]


def test_money_is_dollars_and_what_is_unknown_is_empty_and_never_nought():
    view, traders = seen(), BY_NAME["traders"]
    data = json.loads(as_json(traders, view))
    rows = {row["key"]: row for row in data["rows"]}
    for trader in view.snapshot.traders:
        assert rows[trader.key]["floor"] == trader.floor_c / 100
        assert rows[trader.key]["next"] == next_s(trader)
        if not trader.attempts:
            assert rows[trader.key]["fill rate"] is None


def is_safe(text: str) -> bool:
    """Whether a terminal does nothing with it but show it: tabs and ends of line apart."""
    return all(
        character in "\t\n" or unicodedata.category(character) not in ("Cc", "Cf", "Co", "Cs")
        for character in text
    )


def is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", text) is not None


@pytest.mark.parametrize("text", HOSTILE, ids=[ascii(each)[:20] for each in HOSTILE])
def test_no_text_from_outside_leaves_as_more_than_text(text):
    view = seen(hostile(text))
    for declared in BY_NAME.values():
        table = as_csv(declared, view)
        assert is_safe(table)
        for row in parsed(table):
            for cell in row:
                assert is_number(cell) or cell in ("", "-") or cell[0] not in "=+-@\t\r", cell
                assert len(cell) <= MOST_CHARACTERS + 1
        assert as_json(declared, view).isascii()
        assert is_safe(json.dumps(json.loads(as_json(declared, view)), ensure_ascii=False))
        shown = arranged(declared, view)
        view.state.follow(declared.pane, shown.keys, 5)
        assert is_safe(row_text(declared, view)) and "\n" not in row_text(declared, view)
        assert all(is_safe(value) and "\n" not in value for _, value in cells_of(declared, view))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("=1", "'=1"), (" =1", "' =1"), ("-2+3", "'-2+3"), ("@x", "'@x"), ("-", "-"), ("a=1", "a=1")],
)
def test_text_that_would_be_a_formula_is_told_as_text_and_numbers_stay_numbers(text, wanted):
    assert harmless(text) == wanted
    assert harmless(-12.5) == -12.5
    assert harmless(None) == ""


async def test_hostile_text_is_drawn_as_text_in_every_list(open_app):
    app, _ = open_app(hostile("".join(HOSTILE)))
    async with app.run_test(size=(120, 40)) as pilot:
        for keys in WAYS.values():
            await pilot.press(*keys)
            for widget in app.screen._placed.plan.places:
                if widget not in ("payoff", "fills"):
                    for row in texts(app, widget):
                        assert is_safe(row) and "\n" not in row, row
            while app.place != "main":
                await pilot.press("escape")


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (("5", "Y"), "the newest alone; b blotter has all"),
        (("8", "Y"), "the newest alone; l log has all"),
        (("1", "Y"), ""),
        (("5", "space", "Y"), ""),
    ],
)
async def test_the_tail_of_a_list_is_not_taken_for_all_of_it(open_app, keys, told):
    app, _ = open_app(everything())
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.press(*keys)
        box = app.screen.query_one("#question")
        shown = " ".join(box.render_line(y).text for y in range(box.size.height))
        assert "Take away" in shown
        assert told in shown if told else "has all" not in shown


async def test_the_question_counts_the_rows_that_have_come_while_it_is_open(open_app):
    app, desk = open_app(everything())
    rows = tuple(EventLine(float(number), "eng", "x", number) for number in range(90, 0, -1))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("l", "v")
        for serial, number in enumerate((30, 60, 90), 1):
            page = ListPage(serial, "events", "", number - 30, 90, 0.0, rows[number - 30 : number])
            desk.now = replace(desk.now, version=desk.now.version + 1, pages=(page,))
            app.look()
            if serial == 1:
                await pilot.press("Y")
            box = app.screen.query_one("#question")
            told = " ".join(box.render_line(y).text for y in range(box.size.height))
            listed = len(arranged(BY_NAME["events"], app.view()).rows)
            assert f"C  {listed} rows as a CSV file" in told
            assert ("what has not come yet" in told) == (serial < 3)


async def sent_to_the_terminal(app, pilot, *keys: str) -> list[str]:
    """What the app's driver was given while these keys were pressed, beside the painting."""
    sent: list[str] = []
    driver = app._driver
    assert driver is not None
    write = driver.write

    def listen(data: str) -> None:
        sent.append(data)
        write(data)

    driver.write = listen
    try:
        await pilot.press(*keys)
    finally:
        driver.write = write
    return [each for each in sent if "\x1b]52" in each]


@pytest.mark.parametrize(
    ("keys", "what"), [(("r",), "row"), (("t",), "table"), (("c", "enter"), "cell")]
)
async def test_what_is_copied_goes_out_in_one_sequence_and_into_a_file(
    open_app, tmp_path, keys, what
):
    app, _ = open_app(hostile("".join(HOSTILE)))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("b")
        (sequence,) = await sent_to_the_terminal(app, pilot, "Y", *keys)
        found = re.fullmatch(r"\x1b\]52;c;([A-Za-z0-9+/]*={0,2})\a", sequence)
        assert found is not None
        text = base64.b64decode(found[1]).decode()
        assert is_safe(text) and text
        file = tmp_path / "copied.txt"
        assert file.read_text() == text
        assert os.stat(file).st_mode & 0o777 == 0o600
        status = texts(app, "status")[0]
        assert f"{what} sent to the clipboard; if the terminal has none: copied.txt" in status


async def test_an_order_is_copied_with_its_events(open_app, tmp_path):
    app, _ = open_app(everything())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("b", "Y", "o")
        text = (tmp_path / "copied.txt").read_text()
        assert app.state.selected(5) in text and "limit" in text


async def test_a_terminal_without_a_clipboard_and_a_text_that_is_too_long_have_the_file(
    open_app, tmp_path
):
    app, _ = open_app(everything(), environment={"TERM": "linux"})
    async with app.run_test(size=(120, 40)) as pilot:
        assert await sent_to_the_terminal(app, pilot, "Y", "r") == []
        assert "this terminal has no clipboard: row is in copied.txt" in texts(app, "status")[0]
    from tui.actions import take_away

    app, _ = open_app(everything())
    async with app.run_test(size=(120, 40)) as pilot:
        take_away.copy(app, "x" * (take_away.MOST_COPIED + 1), "table")
        assert "too long for a clipboard" in texts(app, "status")[0]
        assert len((tmp_path / "copied.txt").read_text()) == take_away.MOST_COPIED + 1


async def test_a_list_is_written_as_csv_and_json_for_its_owner_alone(open_app, tmp_path):
    app, _ = open_app(everything())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i", "Y", "C")
        assert "rows, written in" in texts(app, "status")[0]
        await pilot.press("Y", "J")
        files = sorted(tmp_path.glob("pairs-*"))
        assert [file.suffix for file in files] == [".csv", ".json"]
        assert {os.stat(file).st_mode & 0o777 for file in files} == {0o600}
        rows = json.loads(files[1].read_text())["rows"]
        assert len(parsed(files[0].read_text())) == len(rows) + 1
        await pilot.press("Y", "enter", "space", "o", "escape")
        assert not app.screen.is_modal


async def test_a_folder_that_cannot_be_written_is_told(open_app, tmp_path):
    app, _ = open_app(everything())
    async with app.run_test(size=(120, 40)) as pilot:
        (tmp_path / "copied.txt").symlink_to(tmp_path / "elsewhere")
        await pilot.press("Y", "r")
        assert "copied.txt not written" in texts(app, "status")[0]
        assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_screen_is_written_as_text_row_by_row(open_app, tmp_path, size):
    app, _ = open_app(everything())
    async with app.run_test(size=size) as pilot:
        await pilot.press("w")
        rows = next(tmp_path.glob("screen-*.txt")).read_text().splitlines()
        assert len(rows) == size[1]
        assert max(map(len, rows)) <= size[0]
        for widget in ("header", "traders"):
            rect = app.screen._placed.plan.places[widget]
            for y, text in enumerate(texts(app, widget)):
                row = rows[rect.y + y].ljust(size[0])
                if rect.y + y != size[1] - 2:
                    assert row[rect.x : rect.x + rect.width].rstrip() == text.rstrip()
        assert is_safe("\n".join(rows))


async def test_the_widget_itself_lets_no_control_sequence_through(open_app):
    app, _ = open_app(everything())
    async with app.run_test(size=(80, 24)):
        line = (("\x1b]52;c;aGFoYQ==\x07 \u202eabc", "value"),)
        strip = app.lines_widget("any")._strip(line)
        assert strip.text == "?]52;c;aGFoYQ==? ?abc"


@pytest.mark.parametrize("chosen", [(), ("symbol", "interval", "fills")])
def test_the_interval_of_a_fill_rate_is_two_numbers_beside_the_fills(chosen):
    """As text, `5-13`, a spreadsheet takes it for the fifth of a month."""
    view, declared = seen(), BY_NAME["traders"]
    declared.choices(view).show_columns(chosen)
    head, *rows = parsed(as_csv(declared, view))
    low, high, fills = (
        head.index(name) for name in ("interval low [%]", "interval high [%]", "fills")
    )
    assert "interval [%]" not in head and "interval" not in head
    traders = arranged(declared, view).rows
    assert any(t.low is not None for t in traders)
    for row, trader in zip(rows, traders, strict=True):
        assert int(row[fills]) == trader.fills
        if trader.low is None:
            assert row[low] == row[high] == ""
        else:
            assert float(row[low]) == pytest.approx(100 * trader.low, abs=0.05)
            assert float(row[high]) == pytest.approx(100 * trader.high, abs=0.05)
