"""The app: it holds the view, beats four times a second, and turns keys into actions."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from textual import events
from textual.await_complete import AwaitComplete
from textual.binding import BindingsMap
from textual.screen import ModalScreen, Screen
from textual.timer import Timer

from engine.commands import Ask, Command
from engine.config import DeskConfig, NotifySettings, SettingsFile, with_value
from engine.snapshot import EngineSnapshot, EngineState, RecommendationView
from tui import own_settings
from tui.actions import dispatch, listing
from tui.actions.by_itself import ByItself
from tui.actions.keymap import build
from tui.actions.kill_key import Arming, KillKey
from tui.actions.registry import BY_ID, TYPED, is_allowed, makes_sense
from tui.actions.requests import kill
from tui.bridge import Bridge
from tui.collector_rounds import SHORT_ROUND_EVERY_S, CollectorRounds, keep_what_stays
from tui.commands.meaning import carry_out
from tui.commands.meant import Meaning
from tui.commands.preview import preview
from tui.commands.twice import Twice
from tui.drawn_ahead import DrawnAhead
from tui.kept_theme import KeptTheme
from tui.keyboard.in_order import KeysInOrder
from tui.keyboard.strokes import escape_delay
from tui.lifecycle import describe
from tui.notify.notifier import Notifier
from tui.notify.ringing import Ringing
from tui.output import AsciiFilter, as_text, in_columns, without_web_fonts
from tui.own_files import OwnFiles
from tui.own_settings import LAYOUT
from tui.screens.base import DeskScreen
from tui.screens.main import MainScreen
from tui.screens.opening import screen_of
from tui.shown import LooksAgain
from tui.state import RECOMMENDATIONS, ScreenState
from tui.text.glyphs import ASCII, choose_glyphs
from tui.theme.loading import ThemeSet, load_themes
from tui.theme.theme import THEME_VARIABLE_DEFAULTS, DeskTheme, to_textual
from tui.viewmodel.settings import BORDERS, KEPT
from tui.viewmodel.view import LATCHED, View
from tui.widgets.lines_widget import LinesWidget

NO_CLIPBOARD = frozenset({"linux", "dumb"})
"""Terminals, as TERM names them, that are known to have no clipboard."""


class DeskApp(KeysInOrder, inherit_bindings=False):
    """The terminal of a desk.

    Args:
        bridge: the desk.
        config: theme, keys, state directory.
        environment: NO_COLOR, LEGDESK_ASCII and the locale; None reads the process's own.
        ascii_only: draw with ASCII alone.
        monotonic: seconds that never go back, for the kill key and arming.
        read_s: when a key was read from the terminal, in those seconds.
        beat: whether to look at the desk by itself; a test may prefer to ask.
        lists_file: where the choices of the lists are kept; None keeps none.
        settings_file: the person's file of settings; None where none is known.
        kept_theme: keeps the theme that is chosen on the screen; None keeps none.
        leave_behind: writes what was asked for and says the exit code, where the terminal keeps
            the process from its ordinary end.
    """

    TITLE = "legdesk"
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    BINDINGS = []
    CSS = """
    DeskScreen { background: $desk-ground; color: $desk-text; }
    LinesWidget { background: $desk-ground; color: $desk-text; }
    """

    def __init__(
        self,
        bridge: Bridge,
        config: DeskConfig | None = None,
        *,
        themes: ThemeSet | None = None,
        environment: Mapping[str, str] | None = None,
        ascii_only: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
        read_s: Callable[[events.Key], float] = lambda event: event.time,
        beat: bool = True,
        lists_file: Path | None = None,
        settings_file: SettingsFile | None = None,
        kept_theme: KeptTheme | None = None,
        leave_behind: Callable[[], int] = lambda: 0,
    ) -> None:
        variables = dict(os.environ if environment is None else environment)
        super().__init__(escape_delay(variables))
        self.bridge = bridge
        bridge.heed(self.urgent_ahead)
        self.config = config or DeskConfig()
        self.settings_file = settings_file
        self._kept_theme = kept_theme
        self.keymap = build(self.config.keys)
        self._bindings = BindingsMap(self.keymap.bindings())
        self.glyphs = choose_glyphs(variables, ascii_only)
        if self.ascii_only:
            self._filters.append(AsciiFilter())
        self._named = dict(settings_file.named) if settings_file is not None else {}
        if kept_theme is not None and kept_theme.configured != self.config.theme:
            self._named["theme"] = KEPT
        self._terminal = variables.get("TERM", "")
        self.state = ScreenState(now_s=monotonic())
        self.own_files = OwnFiles(lists_file, self.config.screen.layout)
        self.state.remember(self.own_files.lists)
        arrangement = self.own_files.arrangement
        if arrangement.layout != self.config.screen.layout:
            self.config = with_value(self.config, LAYOUT, arrangement.layout)
            self._named[LAYOUT] = KEPT
        self.state.arrange(arrangement)
        self.state.mute(not self.config.screen.bell)
        self._monotonic = monotonic
        self.kill_key = KillKey(monotonic)
        self._read_s = read_s
        self.arming = Arming(monotonic)
        self.themes = themes or load_themes()
        self._plain = bool(variables.get("NO_COLOR"))
        self.desk_theme = self._themed(self.config.theme)
        self._beat = beat
        self._beating: Timer | None = None
        self._drawn_ahead = DrawnAhead()
        self._collector_rounds = CollectorRounds()
        self._pulled: EngineSnapshot | None = None
        self._notifier = Notifier(self.notifications(), self._to_terminal, variables, monotonic)
        self._leave_behind = leave_behind
        self.ended = threading.Event()
        self._snapshot = self._newest = bridge.snapshot()
        self._ringing = Ringing(self._sound, self._notifier)
        self._leaving = ""
        self._twice = Twice(self, monotonic)
        self._own_changes = own_settings.ToldSettings(self.bridge.submit, monotonic)
        self._by_itself = ByItself(self, monotonic)
        for name in self.themes.themes:
            self.register_theme(to_textual(self.themes.named(name)))
        self.theme = self.desk_theme.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Literal defaults of the desk's own colours."""
        return THEME_VARIABLE_DEFAULTS

    def get_default_screen(self) -> MainScreen:
        """The main screen is the first one."""
        return MainScreen()

    def on_mount(self) -> None:
        """Begin to look at the desk."""
        self._look_every(self.config.screen.refresh_s)
        for problem in (*self.themes.problems, *self.own_files.problems)[:1]:
            self.say(problem)

    def _look_every(self, refresh_s: float) -> None:
        """Look at the desk that often from now on."""
        if self._beating is not None:
            self._beating.stop()
        if self._beat:
            self._beating = self.set_interval(refresh_s, self._on_beat)

    async def _on_beat(self) -> None:
        """Look at the desk; panes are drawn one by one before, with room for a key between."""
        self.state.beaten(self._monotonic(), self.config.screen.refresh_s)
        before, ahead, front = self._newest, self.bridge.snapshot(), self._front()
        if ahead is not before and front is not None and not self.state.frozen:
            self.state.heard(self.bridge.silent_s(), self._monotonic())

            def wanted() -> bool:
                return self._newest is before and self.is_front(front) and not self._exit

            await self._drawn_ahead.draw(front, self._view_of(ahead), wanted)
        # A key may have looked meanwhile: what it has drawn is newer.
        if not self._exit:
            self._pulled = ahead if self._newest is before else None
            self.look()

    def on_ready(self) -> None:
        """The first paint is out."""
        if not self.is_headless:
            keep_what_stays()
            self.set_interval(SHORT_ROUND_EVERY_S, self._collect)

    def pop_screen(self) -> AwaitComplete:
        """Close the screen in front."""
        self._collector_rounds.closed()
        return super().pop_screen()

    def _collect(self) -> None:
        self._collector_rounds.take(len(self.screen_stack) > 1)

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        """The screen as SVG that asks nothing from the network when it is opened.

        Args:
            title: over the screen.
            simplify: for comparisons of one picture with another: runs of one style are one text,
                whose columns only some viewers keep.
        """
        svg = super().export_screenshot(title=title, simplify=simplify)
        return without_web_fonts(svg) if simplify else in_columns(svg)

    def screen_text(self) -> str:
        """The screen in front as text, a line a row."""
        stack = self._background_screens
        drawn = self.screen._compositor.render_update(full=True, screen_stack=stack)
        return as_text(drawn, *self.size)

    def copy(self, text: str) -> bool:
        """Hand a text to the terminal's clipboard, in an OSC 52 sequence.

        Args:
            text: printable; in base64 no character of it can end the sequence.
        """
        if self._terminal in NO_CLIPBOARD:
            return False
        self.copy_to_clipboard(text)
        return True

    def view(self) -> View:
        """The snapshot on the screen with the operator's choices."""
        return self._view_of(self._snapshot)

    def _view_of(self, snapshot: EngineSnapshot) -> View:
        return View(snapshot, self.state, self.glyphs, self.config, self._named)

    def live_view(self) -> View:
        """As `view`, but never frozen: what header and banner show."""
        return self._view_of(self._newest)

    def look(self) -> None:
        """Pull the newest snapshot, unless a beat has, and draw what changed."""
        if name := self._twice.waited():
            self._do(name)
            return
        pulled, self._pulled = self._pulled, None
        before, self._newest = self._newest, pulled or self.bridge.snapshot()
        if self._newest.now_s < before.now_s:
            self.state.wholes.forget()
        warm = before.state is EngineState.WARMING and self._newest.state is not before.state
        if warm and not self.is_headless:
            keep_what_stays()  # the warm-up has made thousands of objects that stay
        self.state.heard(self.bridge.silent_s(), self._monotonic())
        if not self.listens:
            self.all_read()
        self.kill_key.see(self._newest.state in LATCHED)
        if not self.state.frozen:
            self._snapshot = self._newest
            self.state.wholes.take(self._newest.pages)
        self._ask_for_whole_lists()
        self.own_files.keep(self.state)
        if self._newest.ending is not None and self.state.message == self._leaving:
            self.state.say("")  # from here on the status line says what is waited for
        if self.state.has_been_said and self.state.message != self._leaving:
            self.state.say("")
        self._own_changes.tell()
        self._ringing.look(self._newest, self.state.bell)
        if failed := self._notifier.look():
            self.say(failed)
        self._by_itself.look(self.live_view(), self.screen)
        if self.bridge.has_ended:
            self.own_files.keep(self.state, wait=True)
            self.exit(self.bridge.last_words)
            return
        self.repaint()

    def _ask_for_whole_lists(self) -> None:
        """Have the engine hand over, page by page, what the screen in front lists.

        After the end nobody makes snapshots by himself: each request brings one page.
        """
        front = self._front()
        if front is None:
            return
        wholes = self.state.wholes
        other = wholes.look_at(front.whole_lists(self.view()))
        ended = self._newest.state is EngineState.ENDED
        if other or (wholes.wanted and ended and not wholes.complete):
            self.bridge.submit(Command(Ask.WATCH, f"list:{wholes.wanted}"))

    def repaint(self) -> None:
        """Draw the screen in front; a dialog leaves the screen behind it as it is."""
        front = self._front()
        if front is not None:
            front.paint()
        for screen in self.screen_stack[-1:]:
            if isinstance(screen, LooksAgain):
                screen.look_again()

    def is_front(self, screen: Screen[None]) -> bool:
        """Whether this is the full screen in front, under any dialog."""
        return self._front() is screen

    def _front(self) -> DeskScreen | None:
        stack = reversed(self.screen_stack)
        return next((screen for screen in stack if isinstance(screen, DeskScreen)), None)

    @property
    def place(self) -> str:
        """The screen in front, as the registry of actions calls it; "" for a dialog."""
        screen = self.screen
        return screen.place_now(self.view()) if isinstance(screen, DeskScreen) else ""

    @property
    def ascii_only(self) -> bool:
        """Whether nothing but ASCII may be drawn."""
        return self.glyphs is ASCII

    def lines_widget(self, name: str) -> LinesWidget:
        """A widget of the desk in its theme."""
        return LinesWidget(lambda: self.desk_theme, ascii_only=self.ascii_only, id=name)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key works only where its action does."""
        if action != "do" or not parameters:
            return True
        wanted = BY_ID[str(parameters[0])]
        if wanted.everywhere:
            return True
        if not is_allowed(wanted, self.view()):
            return self.place in wanted.places  # it says why not
        return makes_sense(wanted, self.view(), self.place)

    def dead_key(self, key: str) -> None:
        """A key does nothing here: it says why, and takes what is typed where a person types on."""
        place, named = self.place, [n for n, keys in self.keymap.keys.items() if key in keys]
        for name in named:
            if name in TYPED and place:
                listing.type_for_nothing(self, BY_ID[name])
            elif place in BY_ID[name].places:
                self.say(preview(self.view(), name, place).text)

    def is_urgent(self, key: str) -> bool:
        """The kill key waits for nothing."""
        return key in self.keymap.keys["kill"]

    def urgent_key(self, event: events.Key) -> None:
        """Whether the kill key only repeats is told by when it was read, not by when it is done."""
        self.kill_key.read(self._read_s(event))

    def urgent_read(self, event: events.Key) -> None:
        """Hand over what the kill key asks for, whatever the screen is busy with."""
        if is_allowed(BY_ID["kill"], self.live_view()):
            self._ask_to_kill(self.kill_key.press(self._read_s(event)))

    def all_read(self) -> None:
        """The second press of the kill key has turned out to be one: no repeat has followed it."""
        self._ask_to_kill(self.kill_key.waited())

    def press_kill(self) -> None:
        """The kill key, its name in the footer or in the palette was pressed."""
        if not self.done_when_read:
            self._ask_to_kill(self.kill_key.press())

    def _ask_to_kill(self, stage: int | None) -> None:
        if stage is not None:
            self.bridge.submit(kill(stage, self.keymap.first("kill")))

    def action_do(self, name: str) -> None:
        """Perform an action of the registry and draw at once.

        A move of the cursor is drawn over the snapshot that is on the screen: of 1,000 traders a
        new one takes four times as long to draw, and comes with the next beat anyway.
        """
        if self._twice.is_done(name):
            self._do(name)

    def _do(self, name: str) -> None:
        self.state.say("")
        self._drawn_ahead.key()
        self.state.heard(self.bridge.silent_s(), self._monotonic())
        dispatch.perform(self, name)
        if name in dispatch.MOVES and self._beating is not None:
            self._ask_for_whole_lists()
            self.repaint()
        else:
            self.look()

    def say(self, sentence: str) -> None:
        """Show a sentence on the status line until a key does something."""
        self.state.say(sentence)
        self.repaint()

    def use_theme(self, name: str) -> None:
        """Change the theme; every line is drawn anew."""
        self.desk_theme = self._themed(name)
        self.theme = self.desk_theme.name
        self.repaint()

    def choose_setting(self, key: str, value: Any) -> None:
        """Have a setting of the screen be another from now on; what it was can be taken back."""
        before = own_settings.text_of(self.config, key)
        self._set(key, value)
        self.state.choose_setting(key, before)

    def take_back(self, key: str) -> None:
        """Take back the last change of a setting of the screen."""
        if key == BORDERS:
            before = self.state.arrangement.moved
            self.state.arrangement.move_back(self.state.take_back(key))
            self._changed(key, before, self.state.arrangement.moved)
            self.repaint()
            return
        self._set(key, own_settings.value_from(self.config, key, self.state.take_back(key)))

    def borders_moved(self, before: str) -> None:
        """Borders of panes were moved: where they were can be taken back, as a setting can."""
        after = self.state.arrangement.moved
        if after != before:
            self.state.choose_setting(BORDERS, before)
            self._changed(BORDERS, before, after)

    def _changed(self, key: str, before: str, after: str) -> None:
        """Tell the journal, once it rests."""
        if own_settings.is_journaled(self._newest):
            self._own_changes.changed(key, before, after)

    def journal_setting(self, key: str, before: str, after: str, where: str) -> None:
        """Tell the journal what was written into the settings file."""
        if own_settings.is_journaled(self._newest) and before != after:
            self.bridge.submit(own_settings.for_the_journal(key, before, after, where))

    def _set(self, key: str, value: Any) -> None:
        before = own_settings.text_of(self.config, key)
        self.config = with_value(self.config, key, value)
        screen = self.config.screen
        match key:
            case "theme":
                self.use_theme(self.config.theme)
                if self._kept_theme is not None and (
                    failed := self._kept_theme.keep(self.config.theme)
                ):
                    self.say(failed)
            case own_settings.LAYOUT:
                self.state.arrangement.use(screen.layout)
            case own_settings.BELL:
                self.state.mute(not screen.bell)
            case own_settings.REFRESH:
                self._look_every(screen.refresh_s)
            case _:
                self.keymap = build(self.config.keys)
                self._bindings = BindingsMap(self.keymap.bindings())
                self.refresh_bindings()
        self._changed(key, before, own_settings.text_of(self.config, key))
        self.repaint()

    def open_screen(self, place: str, subject: str = "", over: bool = False) -> None:
        """Show a full screen: over the main screen, or over the one in front.

        Args:
            place: its name in the registry of actions.
            subject: what it is about, where it is about one thing.
            over: whether the screen in front stays underneath, so that Esc comes back to it.
        """
        if isinstance(self.screen, DeskScreen) and self.screen.place == place:
            return
        if not over:
            self.close_screen()
        screen = screen_of(place, subject)
        self.state.cover(screen.pane, screen.reading)
        self.push_screen(screen)

    def close_screen(self) -> bool:
        """Back to the screen underneath, with the keys where they were; False where none is."""
        if len(self.screen_stack) == 1:
            return False
        screen = self.screen
        if isinstance(screen, DeskScreen):
            screen.left()
            self.state.uncover()
        self.arming.clear()
        self.pop_screen()
        return True

    def ask(self, dialog: ModalScreen[str | None], then: Callable[[str | None], None]) -> None:
        """Open a dialog and hand its answer to `then`; None where it was left without one."""
        self.push_screen(dialog, then)

    def close_dialogs(self) -> None:
        """Close every dialog, unanswered."""
        while len(self.screen_stack) > 1 and self.screen.is_modal:
            self.pop_screen()

    def open_palette(self) -> None:
        """Open the command palette."""
        from tui.screens.palette import Palette

        if not self.screen.is_modal:
            palette = Palette(self.place)
            self.push_screen(palette, lambda _: self._carry_out(palette.meant))

    def open_command_line(self) -> None:
        """Open the line to type a command in."""
        from tui.screens.command_line import CommandLine

        if not self.screen.is_modal:
            line = CommandLine(self.place, self.own_files.history)
            self.push_screen(line, lambda _: self._carry_out(line.meant))

    def _carry_out(self, meant: Meaning | None) -> None:
        if meant is not None:
            carry_out(self, meant)

    def click(self, action: str) -> None:
        """A click on the name of an action does what its key does; what adds risk takes two."""
        self._twice.click(action)

    def move_border(self, beside: bool, by: int) -> bool:
        """Make the pane that keys move in larger; False where it cannot be."""
        front = self._front()
        return isinstance(front, MainScreen) and front.move_border(beside, by)

    def recommendation(self) -> RecommendationView | None:
        """The recommendation under the cursor."""
        chosen = self.state.selected(RECOMMENDATIONS)
        return next((r for r in self._snapshot.recommendations if r.id == chosen), None)

    def leave(self, drain: bool) -> None:
        """End the desk off the screen's thread; the app ends when the desk has."""
        self._own_changes.tell(at_once=True)
        how = "completing orders get up to 20 s" if drain else "every engine order is cancelled"
        self.bridge.stop(drain, reason=f"quit: {how}")
        self._leaving = f"ending: {how}; the screen ends when book and broker are compared"
        self.say(self._leaving)

    def export_dir(self) -> Path:
        """Where screens and reports are written: the run's directory, else the current one."""
        return Path(self._snapshot.run_dir) if self._snapshot.run_dir else Path.cwd()

    def _themed(self, name: str) -> DeskTheme:
        theme = self.themes.named(name)
        return theme.without_colour() if self._plain else theme

    def notifications(self) -> NotifySettings:
        """How a person who does not look is told of a P1."""
        return self.config.notify

    def _sound(self) -> None:
        self.bell()

    def _to_terminal(self, sequence: str) -> None:
        if self._driver is not None:
            self._driver.write(sequence)

    def on_unmount(self) -> None:
        """Whatever a notification has started ends with the screen."""
        self._notifier.close()

    def leave_behind(self) -> int:
        """Leave what was asked for where the terminal keeps the process from its ordinary end."""
        self._notifier.close()
        return self._leave_behind()

    def _handle_exception(self, error: Exception) -> None:
        """Leave with the kind of the error and where it happened, never with local values."""
        self._return_code = 1
        self.panic(describe(error))
        self._exception = error
        self._exception_event.set()
