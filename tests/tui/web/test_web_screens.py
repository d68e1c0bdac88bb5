"""The page of an observed desk: who gets it, what it can ask for, and how a real browser shows it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from engine.commands import Ask, Command, Ticket, TicketState
from engine.config import DeskConfig
from engine.snapshot import EngineSnapshot, ObserverView
from tests.support import sample_snapshots as desks
from tests.support.chromium import Browser, chromium
from tui.actions.allowed import is_allowed
from tui.actions.registry import ACTIONS
from tui.web.server import LONGEST_MESSAGE, MOST_A_SECOND, MOST_VISITORS, WebScreens
from tui.web.visitor import VisitorApp, size_of


class SharedDesk:
    """An observed desk of which a test makes the snapshots; it keeps what it was asked."""

    def __init__(self) -> None:
        self.now = replace(desks.troubled(), observer=ObserverView())
        self.asked: list[Command] = []
        self.settings: dict[str, Any] = DeskConfig().for_the_journal()
        self.stops = self.gone = 0
        self.left = threading.Event()

    def snapshot(self) -> EngineSnapshot:
        return self.now

    def age_s(self) -> float:
        return 0.3

    def submit(self, command: Command) -> Ticket:
        self.asked.append(command)
        return Ticket("", command.ask, command.target, TicketState.REFUSED)

    def drain_events(self) -> tuple[()]:
        return ()

    def looker(self) -> OneMore:
        return OneMore(self)

    def stop(self, drain: bool = True) -> str:
        self.stops += 1
        return "observed no more"


class OneMore:
    """One more who looks at it."""

    def __init__(self, desk: SharedDesk) -> None:
        self._desk = desk

    def submit(self, command: Command) -> Ticket:
        return self._desk.submit(command)

    def seen(self, snapshot: EngineSnapshot) -> EngineSnapshot:
        return snapshot

    def stop(self) -> None:
        self._desk.gone += 1
        self._desk.left.set()


def screens_of(desk: SharedDesk) -> WebScreens:
    return WebScreens(
        lambda: VisitorApp(desk, DeskConfig(), environment={}), "the-token", lambda: "word"
    )


@asynccontextmanager
async def served(desk: SharedDesk | None = None) -> AsyncIterator[tuple[WebScreens, str]]:
    screens = screens_of(desk or SharedDesk())
    address = await screens.open()
    try:
        yield screens, address
    finally:
        await screens.close()


def origin_of(address: str) -> str:
    return "http://" + urlsplit(address).netloc


def opened(address: str, **given: Any) -> connect:
    given.setdefault("origin", origin_of(address))
    return connect("ws" + address.removeprefix("http") + "screen", compression=None, **given)


async def asked(address: str, path: str, *headers: str) -> tuple[str, str]:
    """What a plain request gets: the first line of the answer, and all of it."""
    place = urlsplit(address)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    lines = [f"GET {path} HTTP/1.1", *(headers or (f"Host: {place.netloc}",)), "", ""]
    writer.write("\r\n".join(lines).encode())
    text = (await asyncio.wait_for(reader.read(), 30)).decode()
    writer.close()
    return text.partition("\r\n")[0], text


async def until(
    page: ClientConnection, met: Callable[[str], bool], rows: dict[int, str] | None = None
) -> str:
    """Put the rows together as the page does, until they are as wanted."""
    rows = {} if rows is None else rows
    while True:
        message = json.loads(await asyncio.wait_for(page.recv(), 60))
        for number in [number for number in rows if number >= message.get("height", 1000)]:
            del rows[number]
        for number, runs in message.get("rows", ()):
            rows[number] = "".join(run[0] for run in runs)
        text = "\n".join(rows[number] for number in sorted(rows))
        if met(text):
            return text


# ---------------------------------------------------------------------- who gets it


async def test_the_page_is_for_its_address_alone_and_runs_nothing_but_its_own() -> None:
    async with served() as (_, address):
        path = urlsplit(address).path
        first, page = await asked(address, path)
        assert first == "HTTP/1.1 200 OK" and '<script nonce="word">' in page
        assert "default-src 'none'; script-src 'nonce-word'" in page and "no-referrer" in page
        assert "https:" not in page and "the-token" not in page  # nothing is fetched from anywhere
        for wrong in (
            "/",
            "/screen",
            "/the-toke/",
            "/the-token",
            path + "x",
            path + "../",
            path + "?a=1",
        ):
            assert (await asked(address, wrong))[0] == "HTTP/1.1 404 Not Found", wrong


async def test_a_host_that_somebody_pointed_here_is_refused_even_with_the_token() -> None:
    async with served() as (_, address):
        path, port = urlsplit(address).path, urlsplit(address).port
        for hosts in (
            [f"Host: attacker.example:{port}"], ["Host: 127.0.0.1"], [f"Host: 127.0.0.1:{port}.attacker.example"],
            [f"Host: 127.0.0.1:{port}", f"Host: attacker.example:{port}"], ["X: y"],
        ):  # fmt: skip
            first, text = await asked(address, path, *hosts)
            assert not first.startswith("HTTP/1.1 200") and "script" not in text, hosts
        assert (await asked(address, path, f"Host: localhost:{port}"))[0] == "HTTP/1.1 200 OK"


@pytest.mark.parametrize(
    "origin", [None, "http://attacker.example", "null", "https://127.0.0.1", "http://127.0.0.1:1"]
)
async def test_a_page_from_elsewhere_opens_no_screen(origin: str | None) -> None:
    async with served() as (screens, address):
        with pytest.raises(InvalidStatus) as refused:
            await opened(address, origin=origin)
        assert refused.value.response.status_code == 403 and screens.visitors == 0


async def test_without_the_token_no_screen_is_opened() -> None:
    async with served() as (_, address):
        wrong = address.replace("the-token", "the-tokem")
        with pytest.raises(InvalidStatus) as refused:
            await opened(wrong)
        assert refused.value.response.status_code == 404


async def test_it_listens_on_the_loopback_address_alone() -> None:
    async with served() as (screens, _):
        assert screens._server is not None
        assert [each.getsockname()[0] for each in screens._server.sockets] == ["127.0.0.1"]


async def test_so_many_visitors_and_no_more() -> None:
    async with served() as (screens, address):
        pages = [await opened(address) for _ in range(MOST_VISITORS)]
        one_more = await opened(address)
        with pytest.raises(ConnectionClosed) as full:
            await one_more.recv()
        assert full.value.rcvd is not None and "close a page" in full.value.rcvd.reason
        for page in pages:
            await page.close()
        while screens.visitors:
            await asyncio.sleep(0)


# ---------------------------------------------------------------------- what can be asked


async def test_a_visitor_looks_around_and_can_do_nothing_to_the_desk_or_to_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    desk = SharedDesk()
    async with served(desk) as (screens, address), opened(address) as page:
        await page.send(json.dumps({"size": [120, 40]}))
        text = await until(page, lambda text: "1 TRADERS" in text)
        assert text.startswith(" OBSERVE SIM ") and text.count("\n") == 39 and "KILL" not in text
        await page.send(json.dumps({"key": "ctrl+k"}))
        await until(page, lambda text: "nothing was killed" in text)
        for key in ("H", "p", "w", "Y", "x", "E", "r"):
            await page.send(json.dumps({"character": key}))
        await page.send(json.dumps({"character": "?"}))
        await until(page, lambda text: "HELP" in text)
        await page.send(json.dumps({"size": [80, 24]}))
        await until(page, lambda text: text.count("\n") == 23 or "HELP" in text)
        await page.send(json.dumps({"character": "q"}))
        with pytest.raises(ConnectionClosed) as left:
            await until(page, lambda text: False)
        assert left.value.rcvd is not None and left.value.rcvd.code == 1000
        assert screens.visitors == 0 or screens.visitors == 1
    assert {each.ask.value for each in desk.asked} <= {"watch", "drain"} and not desk.stops
    assert not [
        each for each in tmp_path.iterdir() if each.suffix in (".svg", ".txt", ".csv", ".json")
    ]


def at(text: str, words: str) -> list[int]:
    """Column and row of words on the screen."""
    lines = text.split("\n")
    row = next(number for number, line in enumerate(lines) if words in line)
    return [lines[row].index(words), row]


async def test_what_a_visitor_looks_at_goes_with_him() -> None:
    desk = SharedDesk()
    async with served(desk) as (_, address):
        async with opened(address) as page:
            await page.send('{"size": [120, 40]}')
            await until(page, lambda text: "1 TRADERS" in text)
            await page.send('{"key": "enter"}')
            await until(page, lambda text: "TRADER " in text)
            assert desk.asked[-1].ask is Ask.WATCH and desk.gone == 0
        assert await asyncio.to_thread(desk.left.wait, 60)
    assert desk.gone == 1 and desk.stops == 0


async def test_clicks_and_the_wheel_look_around_as_in_a_terminal() -> None:
    desk = SharedDesk()
    desk.now = replace(desks.many(60), observer=ObserverView())
    async with served(desk) as (_, address), opened(address) as page:
        rows: dict[int, str] = {}

        async def shows(met: Callable[[str], bool]) -> str:
            text = await until(page, met, rows)
            return text

        await page.send(json.dumps({"size": [120, 40]}))
        text = await shows(lambda text: "1 TRADERS" in text and "? Help" in text)
        await page.send(json.dumps({"click": at(text, "? Help")}))
        text = await shows(lambda text: "HELP 1 of 2" in text)
        await page.send(json.dumps({"key": "escape"}))
        text = await shows(lambda text: "1 TRADERS" in text and "HELP" not in text)
        before = text
        await page.send(json.dumps({"wheel": ["down", 4, 6]}))
        text = await shows(lambda text: text.split("\n")[3:20] != before.split("\n")[3:20])
        await page.send(json.dumps({"click": [400, 90]}))  # outside: the bound is the screen's
        await page.send(json.dumps({"click": [110, 39]}))
        await page.send(json.dumps({"size": [100, 30]}))
        await shows(lambda text: text.count("\n") == 29)
    assert {each.ask.value for each in desk.asked} <= {"watch"} and not desk.stops


async def test_no_click_anywhere_does_more_than_look() -> None:
    desk = SharedDesk()
    app = VisitorApp(desk, DeskConfig(), environment={})
    async with app.run_test(size=(80, 24)) as pilot:
        for place in ("", "i", "l", "b", "c", "h", "?"):
            if place:
                await pilot.press("question_mark" if place == "?" else place)
            for y in (*range(0, 20, 6), 22, 23):
                for x in range(0, 80, 11):
                    assert app.take({"click": [x, y]}) and app.take({"wheel": ["down", x, y]})
            await pilot.pause()
            if app.screen_stack[1:]:
                await pilot.press("escape")
    assert {each.ask.value for each in desk.asked} <= {"watch"} and not desk.stops


def test_nothing_that_writes_a_file_is_offered_to_a_page() -> None:
    desk = SharedDesk()
    app = VisitorApp(desk, DeskConfig(), environment={})
    writes = {"write", "take", "save-csv", "save-json", "export"}
    assert not [a.id for a in ACTIONS if a.id in writes and is_allowed(a, app.view())]


HOSTILE: tuple[Any, ...] = (
    None, [], {}, "x", 7, {"key": "ctrl+k; rm"}, {"key": "f99"}, {"key": 1}, {"character": "ab"}, {"character": "\x1b"},
    {"character": ""}, {"size": [1]}, {"size": ["a", "b"]}, {"size": [80, 24.5]}, {"ask": "kill"}, {"click": []},
    {"click": [1]}, {"click": ["1", "2"]}, {"click": [-1, 0]}, {"click": [10**9, 0]}, {"click": [0, 10**4]}, {"click": [1.5, 2]},
    {"click": [1, 2, 3]}, {"click": "ab"}, {"wheel": ["left", 1, 1]}, {"wheel": ["up"]}, {"wheel": ["up", 1]}, {"wheel": [1, 1]},
)  # fmt: skip


def test_what_is_no_key_and_no_size_is_not_taken() -> None:
    app = VisitorApp(SharedDesk(), DeskConfig(), environment={})
    assert not [said for said in HOSTILE if app.take(said)]


@pytest.mark.parametrize("key", ["f1", "shift+f12", "ctrl+left", "ctrl+shift+up", "shift+tab"])
def test_every_key_that_a_page_tells_is_one(key: str) -> None:
    app = VisitorApp(SharedDesk(), DeskConfig(), environment={})
    assert app.take({"key": key})


@pytest.mark.parametrize(
    "said", ['{"ask":"kill"}', "[" * 200, "x" * (LONGEST_MESSAGE + 1)], ids=["ask", "deep", "long"]
)
async def test_a_page_that_says_anything_else_is_closed(said: str) -> None:
    async with served() as (_, address), opened(address) as page:
        await page.send(json.dumps({"size": [80, 24]}))
        await page.send(said)
        with pytest.raises(ConnectionClosed):
            await until(page, lambda text: False)


async def test_a_page_that_floods_is_closed() -> None:
    async with served() as (_, address), opened(address) as page:
        await page.send(json.dumps({"size": [80, 24]}))
        with pytest.raises(ConnectionClosed):
            for _ in range(3 * MOST_A_SECOND):
                await page.send(json.dumps({"key": "down"}))
            await until(page, lambda text: False)


def test_a_size_is_kept_within_bounds() -> None:
    assert size_of({"size": [0, 10**9]}) == (20, 100) and size_of({"size": [10**9, -1]}) == (300, 5)
    assert size_of({"size": [80, 24.5]}) is None and size_of(None) is None


# ---------------------------------------------------------------------- a real browser


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    if chromium() is None:
        pytest.skip("there is no chromium on this machine")
    opened = Browser(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def page() -> Iterator[tuple[SharedDesk, str, Callable[[], None]]]:
    """A served desk on a thread of its own, its address, and what ends it."""
    desk, loop = SharedDesk(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    screens = screens_of(desk)
    address = asyncio.run_coroutine_threadsafe(screens.open(), loop).result(30)

    def end() -> None:
        if loop.is_running():
            asyncio.run_coroutine_threadsafe(screens.close(), loop).result(30)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(30)

    yield desk, address, end
    end()
    loop.close()


def test_a_browser_shows_the_screens_takes_keys_and_marks_a_page_that_nobody_serves(
    browser: Browser, page: tuple[SharedDesk, str, Callable[[], None]], tmp_path: Path
) -> None:
    desk, address, end = page
    browser.open(address)
    text = browser.until("OBSERVE SIM", "1 TRADERS", "0.3s old, read-only")
    assert "KILL" not in text
    assert browser.run("document.title") == "OBSERVE SIM - legdesk"
    wide, high = browser.run(
        "(() => { const b = document.getElementById('screen').getBoundingClientRect();"
        " return [innerWidth - Math.max(...[...document.querySelectorAll('#screen span')]"
        ".map(s => s.getBoundingClientRect().right)), innerHeight - b.bottom]; })()"
    )
    assert 0 <= wide < 12 and 0 <= high < 18  # the screens fill the window, and nothing is cut
    browser.press("?")
    browser.until("HELP 1 of 2")
    browser.press("Escape", code=27)
    browser.until("1 TRADERS")
    browser.click("? Help")
    browser.until("HELP 1 of 2")
    browser.press("Escape", code=27)
    browser.press("k", control=True)
    browser.until("nothing was killed")
    hostile = "<img src=x onerror=document.title='owned'>"
    desk.now = replace(desk.now, version=desk.now.version + 1, notices=(hostile, *desk.now.notices))
    browser.until("<img src=x")
    assert browser.run("document.images.length") == 0
    browser.picture(tmp_path / "page.png")
    assert (tmp_path / "page.png").stat().st_size > 20_000
    end()
    shown = "!document.getElementById('gone').hidden && document.body.className"
    for _ in range(600):
        if browser.run(shown) == "stale":
            break
        browser.run("new Promise(then => setTimeout(then, 100))")
    assert browser.run("document.getElementById('gone').textContent").startswith("NOT LIVE for ")
    browser.picture(tmp_path / "gone.png")
    assert not [each for each in desk.asked if each.ask.value != "watch"]
