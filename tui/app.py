"""The app: it holds the view, beats four times a second, and turns keys into actions."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from textual import events
from textual.timer import Timer

from engine.commands import Ask, Command
from engine.config import DeskConfig, NotifySettings, SettingsFile
from engine.snapshot import EngineSnapshot, EngineState, RecommendationView
from tui.actions import dispatch, listing
from tui.actions.allowed import is_allowed, makes_sense
from tui.actions.by_itself import ByItself
from tui.actions.kill_key import KillKey
from tui.actions.registry import BY_ID, TYPED
from tui.actions.requests import kill
from tui.bridge import Bridge
from tui.collector_rounds import keep_what_stays
from tui.commands.meaning import carry_out
from tui.commands.meant import Meaning
from tui.commands.preview import preview
from tui.commands.twice import Twice
from tui.drawn_ahead import DrawnAhead
from tui.kept_theme import KeptTheme
from tui.lifecycle import describe
from tui.notify.notifier import Notifier
from tui.notify.ringing import Ringing
from tui.output import AsciiFilter, Copied
from tui.pane_numbers import RECOMMENDATIONS
from tui.screens.main import MainScreen
from tui.settings_in_force import SettingsInForce
from tui.text.glyphs import ASCII, choose_glyphs
from tui.theme.loading import ThemeSet
from tui.viewmodel.view import LATCHED, View
from tui.widgets.lines_widget import LinesWidget


class DeskApp(Copied, SettingsInForce, inherit_bindings=False):
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
        super().__init__(
            bridge,
            config or DeskConfig(),
            themes,
            variables,
            monotonic,
            lists_file,
            settings_file,
            kept_theme,
        )
        bridge.heed(self.urgent_ahead)
        self.terminal = variables.get("TERM", "")
        self.glyphs = choose_glyphs(variables, ascii_only)
        if self.ascii_only:
            self._filters.append(AsciiFilter())
        self._monotonic = monotonic
        self.kill_key = KillKey(monotonic)
        self._read_s = read_s
        self._beat = beat
        self._beating: Timer | None = None
        self._drawn_ahead = DrawnAhead()
        self._pulled: EngineSnapshot | None = None
        self._notifier = Notifier(self.notifications(), self._to_terminal, variables, monotonic)
        self._leave_behind = leave_behind
        self.ended = threading.Event()
        self._snapshot = self._newest = bridge.snapshot()
        self._ringing = Ringing(self._sound, self._notifier)
        self._leaving = ""
        self._twice = Twice(self, monotonic)
        self._by_itself = ByItself(self, monotonic)

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
        self.state.timer.came(self._monotonic(), self.config.screen.refresh_s)
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
