"""Themes on a screen: each is drawn in its own colours, and the switch is live."""

import asyncio
from pathlib import Path

import pytest
from rich.text import Text
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.widgets import Footer, Input, Static

from tui.theme.contrast import chroma
from tui.theme.loading import DEFAULT_THEME, load_themes
from tui.theme.theme import COLOUR_KEYS, DARK_GREY, THEME_VARIABLE_DEFAULTS, to_textual

SHIPPED = load_themes().themes
NAMES = sorted(SHIPPED)

Row = list[tuple[str, str]]


def row(*parts: str) -> Row:
    """One line of a pane from "style|text" parts."""
    return [(style, text) for style, _, text in (part.partition("|") for part in parts)]


SAMPLE_ROWS: dict[str, list[Row]] = {
    "head": [
        row(
            "sim| SIM ", "text| ", "paper| PAPER ", "text| ", "live| LIVE ",
            "label|  embedded/SIM-01  ", "value|MORNING 10:42:17 ET  ", "label|MIDDAY in ",
            "value|47:43  ", "label|ENGINE ", "value|RUN 7/9",
        )
    ],
    "traders": [
        row("header|  ST  SYM  EXPIRY  DTE SZ FIL%     K/N NET    PREM  AGE"),
        row("cursor|> ", "state_attention|HLD ", "text|TSLA 17JAN25  56  1  9.1    2/22   0  0.3"),
        row("text|  ", "state_attention|STL ", "text|QQQ  20DEC24  28  2 31.0  ", "stale|7.2!"),
        row("text|  ", "state_fault|FLT ", "text|SPY  20DEC24  28  2 38.1 103/270  +2  0.2"),
        row("mark|* ", "text|WRK AAPL 20DEC24  28  2 48.5   32/66   0  +31.00  0.3"),
        row("text|  ", "state_off|PAU ", "dim|MSFT 17JAN25  56  2 42.1   24/57   0  +12.50"),
        row("text|  ", "state_calm|RUN ", "match|AAPL", "text| 17JAN25  56  1 45.2   28/62"),
    ],
    "health": [
        row("label|phase   ", "value|MORNING  delay x1.0  entries OPEN"),
        row("label|quotes  ", "value|oldest ", "stale|7.2s!", "value| QQQ 20DEC24  limit 5"),
        row("label|broker  ", "value|rtt 38  p99 91 ms  hb 0.4 s"),
        row("label|fills   ", "spark|▁▂▃▅▄▆▇▅▃▂▁▂▄▆█▇▅▃"),
        row("label|journal ", "value|seq 18442  fsync p99 8 ms"),
        row("label|recon   ", "value|10:42:05 MATCH 9/9 chains"),
        row("label|rss     ", "unknown|?"),
    ],
    "balances": [
        row("header|SYM  EXPIRY   DEBIT CREDIT  NET  -5   0   +5   MATCHED$"),
        row("text|SPY  20DEC24   104   102   +2       ", "bar_axis|│", "bar_plus|██  ", "text|+6.90"),
        row("text|QQQ  20DEC24    10     9   -3    ", "bar_minus|███", "bar_axis|│", "text|+2.00"),
        row("text|AAPL 20DEC24    32    32    0       ", "bar_axis|│", "text|    +31.00"),
    ],
    "alarms": [
        row("p1|! P1 U", "p1_text| UNHEDGED  SPY 20DEC24 34 s", "text|: loss open; see h"),
        row("p2|! P2 U", "text| QUOTES STALE QQQ 20DEC24 7.2 s: check feed"),
        row("p3|  P3 A", "text| REJECT MSFT off-tick price 1.713"),
        row("key| a ", "key_text|ack  ", "key_kill|^K", "key_text| halt entries"),
    ],
}  # fmt: skip


class DeskSample(App[None]):
    """A miniature of the main screen that uses every colour a theme has."""

    CSS = """
    Screen { background: $desk-ground; color: $desk-text; }
    #head { height: 1; }
    Horizontal { height: auto; }
    .pane { background: $desk-panel; border: round $desk-border; border-title-color: $desk-text;
            border-subtitle-color: $desk-dim; padding: 0 1; width: 1fr; height: auto; }
    .pane.-focus { border: round $desk-border-focus; border-title-color: $desk-accent;
                   border-title-style: bold; }
    #live { color: $desk-live-fg; background: $desk-live-bg; }
    #p1 { color: $desk-p1-fg; background: $desk-p1; text-style: bold; }
    Input { background: $desk-panel; }
    """
    BINDINGS = [("p", "x", "Pause"), ("r", "x", "Resume"), ("h", "x", "Hung legs")]

    def __init__(self, name: str = DEFAULT_THEME, *, colour: bool = True) -> None:
        super().__init__()
        self.desk_themes = (
            SHIPPED if colour else {n: t.without_colour() for n, t in SHIPPED.items()}
        )
        for theme in self.desk_themes.values():
            self.register_theme(to_textual(theme))
        self.theme = name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Literal defaults, so that stock themes work with the desk's style sheet."""
        return THEME_VARIABLE_DEFAULTS

    def compose(self) -> ComposeResult:
        """Lay out a header, two rows of panes, an input and the footer."""
        yield Static(id="head")
        traders = Static(id="traders", classes="pane -focus")
        traders.border_title = "TRADERS 6"
        traders.border_subtitle = "sort:attention  filter:none"
        health = Static(id="health", classes="pane")
        health.border_title = "PHASE / HEALTH"
        with Horizontal():
            yield traders
            yield health
        balances = Static(id="balances", classes="pane")
        balances.border_title = "CHAIN BALANCES"
        alarms = Static(id="alarms", classes="pane")
        alarms.border_title = "ALARMS 3 unacked"
        with Horizontal():
            yield balances
            yield alarms
        yield Static(" LIVE header and dialog bar", id="live")
        yield Static(" KILL LATCHED: no entries until resumed", id="p1")
        yield Input("filter: AAPL 20DEC24", id="filter")
        yield Footer()

    def on_mount(self) -> None:
        """Paint the panes, and again when the theme changes."""
        self.theme_changed_signal.subscribe(self, lambda _: self.paint())
        self.paint()

    def paint(self) -> None:
        """Draw every pane with the styles of the current theme."""
        for pane, rows in SAMPLE_ROWS.items():
            self.query_one(f"#{pane}", Static).update(self.drawn(rows))

    def drawn(self, rows: list[Row]) -> Text:
        """Rows of (style name, text); a row that starts with "cursor" is the cursor row."""
        theme = self.desk_themes.get(self.theme, DARK_GREY)
        lines = []
        for line in rows:
            cursor = line[0][0] == "cursor"
            lines.append(
                Text.assemble(*((text, theme.style(n, cursor=cursor)) for n, text in line))
            )
        return Text("\n").join(lines)


def screenshot(app: DeskSample, *, then: str | None = None) -> str:
    """The sample screen as SVG, after a switch to the theme `then` if one is given."""

    async def run() -> str:
        async with app.run_test(size=(126, 26)) as pilot:
            app.query_one(Input).cursor_blink = False
            if then is not None:
                app.theme = then
            await pilot.pause()
            await pilot.pause()
            return app.export_screenshot()

    return asyncio.run(run())


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLORTERM", "truecolor")


@pytest.mark.parametrize("name", NAMES)
def test_a_screen_is_drawn_in_the_colours_of_its_theme(name: str, tmp_path: Path) -> None:
    svg = screenshot(DeskSample(name))
    (tmp_path / f"{name}.svg").write_text(svg, encoding="utf-8")
    for key in COLOUR_KEYS:
        assert SHIPPED[name].colours[key] in svg.lower(), key


@pytest.mark.parametrize("name", NAMES)
def test_a_calm_textual_screen_has_no_hue_from_stock_widgets(name: str) -> None:
    allowed = {SHIPPED[name].colours[key] for key in COLOUR_KEYS}
    stock = to_textual(SHIPPED[name]).to_color_system().generate()
    for variable in ("block-cursor-background", "scrollbar", "footer-key-foreground", "link-color"):
        assert stock[variable] in allowed


def test_the_theme_switches_live() -> None:
    switched = screenshot(DeskSample("dark-grey"), then="light").lower()
    assert SHIPPED["light"].colours["ground"] in switched
    assert DARK_GREY.colours["ground"] not in switched
    assert DARK_GREY.colours["p2"] not in switched


def test_a_stock_textual_theme_still_draws_with_the_default_variables() -> None:
    assert DARK_GREY.colours["panel"] in screenshot(DeskSample(), then="nord").lower()


def test_a_screen_under_no_color_has_greys_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    svg = screenshot(DeskSample("dark-grey", colour=False))
    (tmp_path / "no-color.svg").write_text(svg, encoding="utf-8")
    drawn = {word[:7] for word in svg.lower().split('"') if word.startswith("#") and len(word) == 7}
    window_buttons = {"#ff5f57", "#febc2e", "#28c840"}
    assert drawn - window_buttons
    assert all(chroma(colour) < 2 for colour in drawn - window_buttons)


async def test_the_picker_describes_every_theme_of_the_desk_in_full(open_app):
    app, _ = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("T")
        told: list[str] = []
        for _ in app.themes.themes:
            shown = app.screen.query_one("#themes").lines
            told += ["".join(text for text, _ in line) for line in shown]
            await pilot.press("j")
        for name, theme in app.themes.themes.items():
            assert any(name in row and theme.description in row for row in told), name


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_card_of_a_theme_has_its_plot_and_the_chosen_theme_in_view(open_app, size):
    app, _ = open_app()
    async with app.run_test(size=size) as pilot:
        await pilot.press("T")
        for _ in range(3):
            await pilot.press("j")
            rows = app.screen_text().splitlines()
            assert any("+50│" in row for row in rows) and any("09:30" in row for row in rows)
            chosen = next(row for row in rows if "▸" in row and app.theme in row)
            assert app.themes.themes[app.theme].description in chosen
            number = sorted(app.themes.themes).index(app.theme) + 1
            place = f"{number} of {len(app.themes.themes)}"
            assert any(place in row for row in rows) is (size == (80, 24))
        await pilot.resize_terminal(80, 24)
        assert any("+50│" in row for row in app.screen_text().splitlines())
