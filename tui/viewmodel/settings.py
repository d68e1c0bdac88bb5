"""CONFIGURATION: each setting with its value in force, default, source, bounds and meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic.fields import FieldInfo

from engine.config import (
    BY_HAND,
    DOLLARS,
    MEANINGS,
    SCREEN,
    TIGHTENED_LIVE,
    DeskConfig,
    kind_of_field,
    may_be_unset,
    settings_in,
    whole_cents,
)
from engine.snapshot import LimitView
from tui.actions.registry import ACTIONS
from tui.lists.declared import DeskList, arranged
from tui.lists.table import said, table
from tui.pane_numbers import SETTINGS
from tui.text import formats
from tui.text.columns import Cell, Column
from tui.text.lines import Line, wrapped
from tui.viewmodel.frame import Box, framed
from tui.viewmodel.view import View

MOST = 200
"""Longest value that is shown, in characters."""

MANY = 1e12
"""From here on a bound is told with three digits and its power of ten."""

LIMITS: Final = "limits."
KEYS: Final = "keys."
"""How the keys of the limits and of the keyboard's actions begin."""

TRIED: Final = frozenset(
    {
        "timing.cancel_after_seconds", "timing.min_delay_between_attempts",
        "timing.max_delay_between_attempts", "sizing.current_contracts", "spreads.buy_location",
        "spreads.sell_location", "spreads.min_payoff_floor", "spreads.objective",
    }
)  # fmt: skip
"""Levers of traders: a trial or an approval changes them while the desk runs, no edit does."""

OPTION: Final = "option"
"""Who says what neither file nor variable does: an option of the command line."""

RUN: Final = "run"
"""Who says it in the past of a run."""

KEPT: Final = "kept"
"""Who says what was chosen on the screen at an earlier start."""

NOW, TRIAL, START, HAND, MOVED = "now", "trial", "start", "hand", "moved"
"""When a setting changes: at once, by a trial, at the next start, in the file by hand; or as panes
are moved."""

BORDERS: Final = f"{SCREEN}borders"
"""In the list, where borders of panes were moved, and in the journal: no file has it."""

KINDS: Final[Mapping[str, str]] = {
    "whole": "a whole number",
    "number": "a number",
    "words": "words",
    "time": "a time of day, such as 10:15",
    "date": "a date, such as 2026-05-11",
    "yes-no": "yes or no",
    "list": "several, with blanks between",
    "table": "a table",
}
"""What is typed, by kind; of a choice what can be chosen."""

_SIGNS = (("ge", ">="), ("gt", ">"), ("le", "<="), ("lt", "<"))


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting as it is listed.

    Args:
        key: section and name, as the file has them.
        now: its value in force.
        default: its value where nobody sets it.
        bounds: what it may be.
        source: who says so: default, file, env, option, run, scaled, tightened, screen, kept.
        changes: NOW, TRIAL, START, HAND or MOVED.
        meaning: a sentence.
        kind, choices: what is typed, see `kind_of_field`.
        undo: what `u` brings back; "" for nothing.
        written: what the settings say of a limit that is tightened or scaled; "" elsewhere.
        unset: whether it may be nothing at all.
    """

    key: str
    now: str
    default: str
    bounds: str
    source: str = "default"
    changes: str = START
    meaning: str = ""
    kind: str = "words"
    choices: tuple[Any, ...] = ()
    undo: str = ""
    written: str = ""
    unset: bool = False

    @property
    def changed(self) -> bool:
        """Whether it is another than the default."""
        return self.now != self.default

    @property
    def typed(self) -> str:
        """What is typed for it."""
        if self.kind == "choice":
            return "one of " + ", ".join(str(each) or '""' for each in self.choices)
        return KINDS[self.kind]


def settings_of(
    config: DeskConfig,
    limits: Sequence[LimitView] = (),
    named: Mapping[str, str] | None = None,
    chosen: Mapping[str, Sequence[str]] | None = None,
    elsewhere: str = "option",
) -> tuple[Setting, ...]:
    """Every setting, section by section, then the keys of every action.

    Args:
        config: what the desk was started with, and what was chosen on the screen since.
        limits: those in force.
        named: what names a setting, by its key: "file", "kept", or a variable.
        chosen: former values of what was chosen on the screen, the last one last.
        elsewhere: who says what neither default nor file nor variable explains.
    """
    by, before = named or {}, chosen or {}
    in_force = {f"{LIMITS}{limit.name}": limit for limit in limits}
    rows = [
        _setting(key, value, field, in_force.get(key), by, before)
        for key, value, field in settings_in(config)
        if key != "keys"
    ]
    made = (*rows, *_keys(config, by, before))
    return tuple(replace(s, source=elsewhere) if s.source == OPTION else s for s in made)


def _setting(
    key: str,
    value: Any,
    field: FieldInfo,
    limit: LimitView | None,
    named: Mapping[str, str],
    chosen: Mapping[str, Sequence[str]],
) -> Setting:
    default = shown(field.get_default(call_default_factory=True), key)
    now = shown(value if limit is None else limit.value, key)
    kind, choices = kind_of_field(field.annotation, field.metadata)
    source = _source_of(key, shown(value, key), default, named)
    undo = written = ""
    if limit is not None and limit.undo is not None:
        source, undo, written = "tightened", shown(limit.undo, key), shown(limit.written, key)
    elif now != shown(value, key):
        source, written = "scaled", shown(value, key)
    if chosen.get(key):
        source, undo = "screen", chosen[key][-1]
    return Setting(
        key, now, default, _bounds(field), source, _changes(key), MEANINGS.get(key, ""), kind,
        choices, undo, written, may_be_unset(field.annotation),
    )  # fmt: skip


def _changes(key: str) -> str:
    if key in BY_HAND:
        return HAND
    if key in TRIED:
        return TRIAL
    live = key.startswith(LIMITS) and key.removeprefix(LIMITS) in TIGHTENED_LIVE
    return NOW if live or key == "theme" or key.startswith(SCREEN) else START


def _source_of(key: str, now: str, default: str, named: Mapping[str, str]) -> str:
    """Who says a setting; an option of the command line where nothing else explains it."""
    by = named.get(key, "")
    if by:
        return by if by in ("file", KEPT) else "env"
    return "default" if now == default else OPTION


def _keys(
    config: DeskConfig, named: Mapping[str, str], chosen: Mapping[str, Sequence[str]]
) -> Iterator[Setting]:
    """The keys of each action; one that has none is in the palette alone."""
    for action in ACTIONS:
        key = f"{KEYS}{action.id}"
        now, default = config.keys.get(action.id, action.keys) or "-", action.keys or "-"
        before = chosen.get(key)
        source = "screen" if before else _source_of(key, now, default, named)
        yield Setting(
            key, formats.clean(now, MOST), default, "", source, NOW,
            f"Keys of {action.label}: {action.words}.",
            undo=(before[-1] or default) if before else "",
        )  # fmt: skip


def _source(view: View) -> Sequence[Setting]:
    config, limits = view.config, view.snapshot.limits
    if config is None:
        return ()
    named, chosen = view.named, view.state.chosen
    elsewhere = RUN if view.snapshot.past else OPTION
    moved = view.state.arrangement.moved
    choice = limits, named, elsewhere, {key: tuple(v) for key, v in chosen.items()}, moved

    def look() -> tuple[Setting, ...]:
        made = settings_of(config, limits, named, chosen, elsewhere)
        return (*made, *_borders(moved, chosen.get(BORDERS, ())))

    return view.state.once("settings", config, choice, look)


def _borders(moved: str, before: Sequence[str]) -> Iterator[Setting]:
    """Where the borders of panes are, once one was moved."""
    if moved != "-" or before:
        yield Setting(
            BORDERS, moved, "-", "", "screen" if before else KEPT, MOVED,
            "How far borders of panes were moved, by layout and number of columns.",
            undo=before[-1] if before else "",
        )  # fmt: skip


CELLS = 8
"""Least cells of a value in the list."""

ELSEWHERE: Final = "see text"
"""In place of a longer one, which stands whole in the text of the chosen setting."""

_THOUSANDS = re.compile(r"(-?\d{4,})(\.\d+)?")


def brief(value: str) -> str:
    """A value as `shown` has it, with the thousands of a figure apart."""
    figure = _THOUSANDS.fullmatch(value)
    return f"{int(figure[1]):,}{figure[2] or ''}" if figure else value


def _name(s: Setting, view: View) -> Cell:
    return s.key, "value" if s.changed else "label"


def _now(s: Setting, view: View) -> Cell:
    return brief(s.now), "title" if s.changed else "value"


LIST = DeskList(
    name="settings",
    title="settings",
    pane=SETTINGS,
    source=_source,
    key=lambda s: s.key,
    text=lambda s: (
        f"{s.key} {s.now} {s.default} {s.bounds} {s.source} {s.changes} {s.meaning} "
        f"{'changed' if s.changed else ''}"
    ),
    columns=(
        Column("SETTING", 38, _name, is_text=True, sort=lambda s: s.key, value=lambda s: s.key),
        Column("IN FORCE", CELLS, _now, is_text=True, grows=True, instead=ELSEWHERE,
               sort=lambda s: (not s.changed, s.key), value=lambda s: s.now),
        Column("DEFAULT", CELLS, lambda s, v: (brief(s.default), "dim"), is_text=True, grows=True,
               instead=ELSEWHERE, value=lambda s: s.default),
        Column("FROM", 9, lambda s, v: (s.source, "value" if s.source != "default" else "dim"),
               is_text=True, sort=lambda s: (s.source == "default", s.source),
               value=lambda s: s.source),
        Column("CHANGES", 7, lambda s, v: (s.changes, "value" if s.changes == NOW else "dim"),
               is_text=True, sort=lambda s: (s.changes != NOW, s.changes),
               value=lambda s: s.changes),
        Column("BOUNDS", 16, lambda s, v: (s.bounds, "dim"), is_text=True, grows=True, priority=1,
               value=lambda s: s.bounds),
    ),
    native="as in the file",
)  # fmt: skip


def settings_pane(view: View, box: Box) -> list[Line]:
    """Every setting, a row each."""
    made = table(LIST, view, box, box.inner_height - 1)
    body = made.body
    if not made.shown.rows:
        body = [((" no setting passes the filter", "dim"),)]
    changed = sum(s.changed for s in _source(view))
    status = "  ".join((*said(LIST, view), f"{changed} changed"))
    title = f"CONFIGURATION IN FORCE {made.shown.total:,}"
    return framed(view, box, title, [made.head, *body], status, made.where)


def chosen(view: View) -> Setting | None:
    """The setting under the cursor."""
    return arranged(LIST, view).row_of(view.state.selected(SETTINGS))


def when(s: Setting) -> str:
    """When a change of it is in force, as a sentence."""
    if s.changes == HAND:
        return f"only by hand, in the settings file: {BY_HAND[s.key]}"
    if s.changes == TRIAL:
        return "by a trial or an approval while the desk runs; from the file at the next start"
    if s.changes == MOVED:
        return "at once, by the mouse or Ctrl and an arrow; :put back undoes all of it; journaled"
    if s.changes == START:
        return "at the next start, from the settings file"
    if s.key.startswith(LIMITS):
        return "at once where it gets tighter, journaled; looser at the next start, from the file"
    return "at once on this screen, journaled"


def setting_lines(s: Setting, width: int) -> list[Line]:
    """One setting without cutting anything."""
    result: list[Line] = []
    style = "title" if s.changed else "value"
    for name, text, look in (
        ("setting", s.key, "title"),
        ("means", s.meaning, "value"),
        ("in force", brief(s.now), style),
        ("changes", when(s), "value"),
        ("undo", f"brings {brief(s.undo)} back" if s.undo else "", "value"),
        ("default", brief(s.default), "dim"),
        ("written", brief(s.written), "value"),
        ("bounds", s.bounds or "-", "dim"),
        ("from", s.source, "dim"),
        ("typed", s.typed, "dim"),
    ):
        if not text:
            continue
        rows = wrapped(text, width - 10, look)
        result.append(((f"{name:<10}", "label"), *rows[0]))
        result += [((" " * 10, "text"), *row) for row in rows[1:]]
    note = "limits are never loosened here: change the file and start again"
    return [*result, (), *wrapped(note, width, "dim")]


def shown(value: Any, key: str = "") -> str:
    """A value as the list shows it, but for the thousands.

    Args:
        value: the setting's.
        key: its name; dollars are told in cents at most, rounded down.
    """
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{whole_cents(value) if DOLLARS in key else value:.12g}"
    if isinstance(value, dict):
        return " ".join(f"{name}:{shown(each)}" for name, each in value.items()) or "-"
    if isinstance(value, (tuple, list)):
        return " ".join(shown(each).replace(" ", ":") for each in value)
    return formats.clean(value, MOST) or "-"


def _bounds(field: FieldInfo) -> str:
    rules = [rule for item in field.metadata for rule in getattr(item, "metadata", [item])]
    return " ".join(
        f"{sign} {limit:,.{12 if abs(limit) < MANY else 3}g}"
        for rule in rules
        for name, sign in _SIGNS
        if (limit := getattr(rule, name, None)) is not None
    )
