"""What the operator has chosen on the screen: selection, marks, filter, sort; no trading state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tui.arrangement import Arrangement
from tui.lists.choices import ListChoices
from tui.lists.memo import Memo
from tui.lists.selection import FAR, Selection
from tui.lists.whole import WholeLists
from tui.measured_times import TimerLag, WarmUpPace
from tui.pane_numbers import LIST_NAMES, PAGE, PANES, PHASE, SCROLLED, SESSION, TEXT, TRADERS

Made = TypeVar("Made")

HANDS_OFF_S = 10.0
"""Real seconds after the last move of the cursor, after which a list shows its top again."""

SAID_FOR_S = 60.0
"""Real seconds after which a sentence leaves the status line by itself: it may hold no longer."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the keys were on a screen that another one covers."""

    pane: int
    zoomed: bool
    reading: bool | None
    words: str
    scrolled: dict[int, Selection]


@dataclass(slots=True)
class ScreenState:
    """The screen's own state; losing it changes no trade.

    Args:
        pane: number of the pane that keys move in.
        zoomed: whether that pane has the whole body.
        unit_choice: an open unit's key and which of its choices is selected, before it is
            confirmed.
        open_only: whether only orders that may still execute are listed.
        reading: whether keys scroll the selected row's text; None on a screen without such a text.
        page: which of its two pages a text shows that has two: 0 or 1.
        page_words: words that every shown line of the text in front contains; "" for all lines.
        detail: key of the trader whose detail is in front, "" elsewhere.
        frozen: whether the display is frozen (trading is not).
        bell: whether new P1 alarms ring.
        silent_s: real seconds since the engine made its last snapshot.
        now_s: real seconds that never go back, as of the last look at the desk.
        chosen: former values of settings that were chosen on the screen, by key, the last one last.
        message: the sentence on the status line, "" for none.
        lists: what is chosen for each list, by its name.
        texts: what filter and search look at, by list and row.
        timer: how late the screen's own timer is.
        warm_up: how fast a warm-up goes.
        memo: what was made from snapshots.
        arrangement: the layout of the main screen, and which borders were moved.
        wholes: lists that are longer than what a snapshot has of them.
        tour: which step of the tour is in front, from 1; 0 while it is only offered, else None.
        pointing: whether that step is about the pane that the keys are in.
        keys: the keys of each pane's rows, as they were drawn last.
        selections: the cursor of each pane.
        wheeled: when the wheel scrolled a pane last that keys do not move in, in seconds.
    """

    pane: int = TRADERS
    zoomed: bool = False
    unit_choice: tuple[str, int] | None = None
    open_only: bool = False
    reading: bool | None = None
    page: int = 0
    page_words: str = ""
    detail: str = ""
    frozen: bool = False
    bell: bool = True
    silent_s: float = 0.0
    now_s: float = 0.0
    message: str = ""
    chosen: dict[str, list[str]] = field(default_factory=dict)
    lists: dict[str, ListChoices] = field(default_factory=dict)
    texts: dict[str, dict[str, tuple[object, str]]] = field(default_factory=dict)
    timer: TimerLag = field(default_factory=TimerLag)
    warm_up: WarmUpPace = field(default_factory=WarmUpPace)
    memo: Memo = field(default_factory=Memo)
    arrangement: Arrangement = field(default_factory=Arrangement)
    wholes: WholeLists = field(default_factory=WholeLists)
    tour: int | None = None
    pointing: bool = False
    keys: dict[int, list[str]] = field(default_factory=dict)
    selections: dict[int, Selection] = field(default_factory=dict)
    wheeled: dict[int, float] = field(default_factory=dict)
    _said_s: float = 0.0
    _covered: list[_Place] = field(default_factory=list)

    def once(self, name: str, source: object, choice: object, make: Callable[[], Made]) -> Made:
        """The result of `make`, made again only for another `source` object or another `choice`."""
        return self.memo.once(name, source, choice, make)

    # ------------------------------------------------------------------ rows and cursors

    def selection(self, pane: int) -> Selection:
        """The cursor of a pane."""
        return self.selections.setdefault(pane, Selection())

    def selected(self, pane: int) -> str:
        """The selected key of a pane, "" where it has no rows."""
        return self.selection(pane).key if self.keys.get(pane) else ""

    def follow(
        self, pane: int, keys: list[str], height: int, lead: bool = False, free: bool = False
    ) -> int:
        """Take the rows a pane has now; return the place of the cursor, as `Selection.follow`."""
        self.keys[pane] = keys
        selection = self.selection(pane)
        name = LIST_NAMES.get(pane)
        words = self.choices(name).filter if name else ""
        at = selection.follow(keys, height, lead and not selection.to_end, free, words)
        if selection.to_end:
            selection.moved(self.now_s)
            selection.go_on(not self.wholes.complete)
        return at

    def leads(self, pane: int, focused: bool) -> bool:
        """Whether a list that sorts itself shows its top: unless a person is busy in it."""
        moved_s = self.selection(pane).moved_s
        return not focused or moved_s is None or self.now_s - moved_s >= HANDS_OFF_S

    def scroll(self, pane: int, lines: int, height: int) -> int:
        """The first of a text's `lines` to show in `height` rows, as far as the keys scrolled."""
        return self.follow(pane, [str(n) for n in range(max(1, lines - height + 1))], 1)

    def move(self, step: int) -> None:
        """Move the cursor of the pane in focus, or scroll the text that is being read."""
        pane = TEXT if self.reading else self.pane
        selection = self.selection(pane)
        selection.move(self.keys.get(pane, []), step)
        selection.moved(self.now_s)

    def move_to_end(self) -> None:
        """Go to the last row, or line, and on to the last one of those that still come."""
        self.move(FAR)
        if not self.reading and not self.wholes.complete:
            self.selection(self.pane).go_on(True)
            self.say("more rows are coming: the cursor goes on to the last one")

    def move_in(self, pane: int, step: int) -> None:
        """Move the cursor of a pane that need not be the one in focus."""
        self.selection(pane).move(self.keys.get(pane, []), step)

    def wheel(self, pane: int, step: int) -> None:
        """Scroll a pane that keys do not move in, for as long as hands are on it.

        What is selected there stays so: keys that act go by it.
        """
        if pane in (PHASE, SESSION):
            self.move_in(pane, step)
        else:
            selection = self.selection(pane)
            selection.scroll_to(max(0, selection.top + step))
        self.wheeled[pane] = self.now_s

    def is_wheeled(self, pane: int, focused: bool) -> bool:
        """Whether a pane shows where the wheel has put it."""
        at_s = self.wheeled.get(pane)
        return not focused and at_s is not None and self.now_s - at_s < HANDS_OFF_S

    def forget_cursor(self, pane: int) -> None:
        """Begin at the top of a pane again."""
        self.selections.pop(pane, None)

    # ------------------------------------------------------------------ panes and screens

    def focus(self, pane: int) -> None:
        """Let keys move in that pane."""
        self.pane = pane

    def focus_next(self, step: int) -> None:
        """Focus the pane `step` further; on a screen with a text, change between list and text.

        A text of two pages shows the other one.
        """
        if self.pane == PAGE:
            self.page = 1 - self.page
            self.forget_cursor(PAGE)
        elif self.reading is None:
            self.focus((self.pane - 1 + step) % PANES + 1)
        else:
            # A text that fits has nothing to scroll.
            self.reading = not self.reading and len(self.keys.get(TEXT, [])) > 1

    def read_on(self) -> None:
        """Let keys scroll the chosen row's text, where there is more of it than is in view."""
        self.reading = len(self.keys.get(TEXT, [])) > 1

    def stop_reading(self) -> None:
        """Let keys move in the list again."""
        self.reading = False

    def zoom(self, zoomed: bool) -> None:
        """Give the pane in focus the whole body, or show all panes."""
        self.zoomed = zoomed

    def cover(self, pane: int, reading: bool | None) -> None:
        """Another screen is opened over the one in front, with the keys in `pane`."""
        scrolled = {n: self.selections.pop(n) for n in SCROLLED if n in self.selections}
        before = _Place(self.pane, self.zoomed, self.reading, self.page_words, scrolled)
        self._covered.append(before)
        self.pane, self.zoomed, self.reading, self.page = pane, False, reading, 0
        self.page_words = ""

    def uncover(self) -> None:
        """The screen in front is closed: the keys are where they were before."""
        before = self._covered.pop()
        self.pane, self.zoomed, self.reading = before.pane, before.zoomed, before.reading
        self.page_words = before.words
        for number in SCROLLED:
            self.selections.pop(number, None)
        self.selections.update(before.scrolled)

    def tour_at(self, step: int | None, pointing: bool = False) -> None:
        """Show that step of the tour; 0 offers it, None is its end."""
        self.tour, self.pointing = step, pointing

    def show_detail(self, trader: str) -> None:
        """The detail of a trader is in front; "" for none."""
        self.detail = trader

    # ------------------------------------------------------------------ what is listed, and how

    def choices(self, name: str) -> ListChoices:
        """What is chosen for the list of that name."""
        return self.lists.setdefault(name, ListChoices())

    def remember(self, lists: dict[str, ListChoices]) -> None:
        """Go on with what was chosen for each list before."""
        self.lists = lists

    def arrange(self, arrangement: Arrangement) -> None:
        """Go on with the panes as they were arranged before."""
        self.arrangement = arrangement

    def filter_page(self, words: str) -> None:
        """Show only the lines of the text in front that contain these words; "" shows all."""
        self.page_words = words.strip()

    def show_open_only(self, open_only: bool) -> None:
        """List only orders that may still execute, or all."""
        self.open_only = open_only

    def mark(self, name: str, pane: int) -> None:
        """Mark the row under the cursor of a list, or unmark it, and go on to the next.

        Args:
            name: of the list.
            pane: number of its pane.
        """
        if key := self.selected(pane):
            self.choices(name).mark(key)
            self.selection(pane).move(self.keys.get(pane, []), 1)
            self.selection(pane).moved(self.now_s)

    def go_to(self, pane: int, key: str) -> None:
        """Put the cursor of a pane on the row of that key, as a person would move it."""
        self.selection(pane).select(key)
        self.selection(pane).moved(self.now_s)

    @property
    def alone(self) -> bool:
        """Whether a list has a screen of its own in front, with its chosen row in full."""
        return self.reading is not None

    # ------------------------------------------------------------------ choices and messages

    def choose(self, unit: str, choice: int) -> None:
        """Select one of a unit's choices; nothing is done before it is confirmed."""
        self.unit_choice = (unit, choice)

    def forget_choice(self) -> None:
        """No choice is selected for any unit."""
        self.unit_choice = None

    def freeze(self, frozen: bool) -> None:
        """Freeze the display, or let it follow the engine again."""
        self.frozen = frozen

    def mute(self, muted: bool) -> None:
        """Let new P1 alarms ring no more, or again."""
        self.bell = not muted

    def heard(self, silent_s: float, now_s: float = 0.0) -> None:
        """At `now_s` the engine's last snapshot is `silent_s` real seconds old."""
        self.silent_s, self.now_s = silent_s, now_s

    def choose_setting(self, key: str, before: str) -> None:
        """A setting of the screen is another one now; `before` is what an undo brings back."""
        self.chosen.setdefault(key, []).append(before)

    def take_back(self, key: str) -> str:
        """What the last change of a setting of the screen replaced; it is forgotten."""
        before = self.chosen[key].pop()
        if not self.chosen[key]:
            del self.chosen[key]
        return before

    def say(self, message: str) -> None:
        """Put a sentence on the status line; "" takes it away."""
        self.message = message
        self._said_s = self.now_s

    @property
    def has_been_said(self) -> bool:
        """Whether the sentence on the status line has been there for long enough."""
        return self.now_s - self._said_s > SAID_FOR_S
