"""Keys and mouse on groups of traders: what they fold, and what they ask of the engine."""

from __future__ import annotations

from engine.commands import Ask
from tests.support import sample_snapshots as desks
from tests.support.screen_text import texts
from tui.actions.kill_key import REPEATS_S
from tui.app import DeskApp
from tui.pane_numbers import TRADERS


def names(app: DeskApp) -> list[str]:
    return app.state.keys[TRADERS]


async def test_groups_open_and_close_by_key_and_mouse_and_the_cursor_stays_with_its_trader(
    open_app,
):
    app, desk = open_app(desks.normal())
    async with app.run_test(size=(80, 24)) as pilot:
        assert "Collapse" not in " ".join(texts(app, "footer"))
        app.state.go_to(TRADERS, "MSFT-250117")
        await pilot.press("O")
        assert "by:symbol" in texts(app, "traders")[0]
        assert app.state.selected(TRADERS) == "MSFT-250117"
        assert names(app)[0] == "group:AAPL" and len(names(app)) == 9 + 5

        await pilot.press("minus")
        assert app.state.selected(TRADERS) == "group:MSFT"
        assert len(names(app)) == 12
        await pilot.press("minus")
        assert names(app) == [f"group:{n}" for n in ("AAPL", "MSFT", "QQQ", "SPY", "TSLA")]
        assert app.state.selected(TRADERS) == "group:MSFT"
        await pilot.press("enter")
        assert app.place == "main"
        assert names(app)[1:4] == ["group:MSFT", "MSFT-241220", "MSFT-250117"]
        await pilot.press("enter", "equals_sign")
        assert len(names(app)) == 7
        await pilot.press("equals_sign")
        assert len(names(app)) == 14

        # A search opens the group that it leads into; the cursor's group is what it begins after.
        await pilot.press("minus", "minus", "F", *"tsla", "enter")
        assert app.state.selected(TRADERS) == "TSLA-250117"
        assert "find:tsla 1/1" in texts(app, "traders")[0]
        await pilot.press("escape", "g", "enter", "k")

        row = names(app).index("group:QQQ")
        await pilot.click("#traders", offset=(6, 2 + row))
        assert names(app)[row + 1 : row + 3] == ["QQQ-241220", "QQQ-250117"]
        assert app.state.selected(TRADERS) == "group:QQQ"

        await pilot.click("#traders", offset=(6, 2 + row + 1))  # a trader's own row folds nothing
        assert names(app)[row + 1 : row + 3] == ["QQQ-241220", "QQQ-250117"]
        assert app.state.selected(TRADERS) == "QQQ-241220"
        await pilot.press("k")

        # One trader of it becomes urgent: above all, counted in its group, and the cursor stays.
        desk.now = desks.troubled()
        app.look()
        shown = texts(app, "traders")
        assert shown[2].split()[:2] == ["HDG", "SPY"] and shown[3].split()[:2] == ["STL", "QQQ"]
        assert any(line.split()[:3] == ["+SPY", "2", "1!"] for line in shown)
        assert app.state.selected(TRADERS) == "group:QQQ"

        await pilot.press("O")
        assert app.state.selected(TRADERS) == "QQQ-241220"
        assert len(names(app)) == 9
        assert desk.asked == []


async def test_a_group_pauses_its_symbol_by_one_key_and_resumes_by_that_of_symbols_alone(
    open_app, clock
):
    app, desk = open_app(desks.paused())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("O", "g", "minus", "minus")
        while app.state.selected(TRADERS) != "group:MSFT":
            await pilot.press("j")
        footer = " ".join(texts(app, "footer"))
        assert "p Pause 2" in footer and "Enter Open group" in footer
        assert "r Resume" not in footer and "R Resume symbol" in footer
        assert "MSFT  2 traders: 1 PAU, 1 RUN" in texts(app, "status")[0]
        await pilot.press("p")
        assert [(c.ask, c.target) for c in desk.asked] == [(Ask.PAUSE, "symbol:MSFT")]
        await pilot.press("r")
        assert len(desk.asked) == 1
        assert "resume its symbol" in texts(app, "status")[0]
        await pilot.press("P", "R")
        assert "R again: resumes 2 traders of MSFT" in texts(app, "status")[0]
        clock.pass_by(0.5)
        await pilot.press("R")
        clock.pass_by(REPEATS_S)
        app.look()
        assert [(c.ask, c.target) for c in desk.asked[1:]] == [
            (Ask.PAUSE, "symbol:MSFT"),
            (Ask.RESUME, "symbol:MSFT"),
        ]
        await pilot.press("space")
        assert app.state.choices("traders").marks == {"MSFT-241220", "MSFT-250117"}
        assert "2 marked" in texts(app, "traders")[0]
        await pilot.press("space")
        assert not app.state.choices("traders").marks
        await pilot.press("Y", "r")
        assert "no row is selected" in texts(app, "status")[0]
