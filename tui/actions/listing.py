"""What every list can do: filter, search, sort, columns, marks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from engine.commands import Command
from tui.actions.action import Action
from tui.actions.places import TEXTS
from tui.lists.declared import DeskList, arranged, chosen_group, found, group_of, listed, read_ahead
from tui.pane_numbers import CONTRACTS, PAIRS
from tui.shown import Shown
from tui.text.formats import displayed, plural
from tui.viewmodel.lists import BY_PANE, TABLES, list_of
from tui.viewmodel.view import View

ROWS_AHEAD = 400
"""Rows that are read at a time for a filter or a search: a few milliseconds."""


def filter_rows(desk: Shown) -> None:
    """Filter the list, or the text in front, while typing; Esc clears the filter."""
    from tui.screens.prompt import WordsPrompt

    if desk.place in TEXTS:
        _filter_text(desk)
        return
    declared = list_of(desk.view())
    choices = declared.choices(desk.view())

    def keep(text: str | None) -> None:
        choices.filter_by(text or "")
        desk.look()

    question = f"filter {declared.title}  !words exclude  Enter keeps  Esc clears"
    ahead = partial(_read_ahead, desk, declared)
    desk.ask(WordsPrompt(question, choices.filter_by, choices.filter, ahead), keep)


def _filter_text(desk: Shown) -> None:
    from tui.screens.prompt import WordsPrompt

    def keep(text: str | None) -> None:
        desk.state.filter_page(text or "")
        desk.look()

    question = "filter this text  !words exclude  Enter keeps  Esc clears"
    desk.ask(WordsPrompt(question, desk.state.filter_page, desk.state.page_words), keep)


def type_for_nothing(desk: Shown, action: Action) -> None:
    """Say that a key after which a person types does nothing here, and take what is typed."""
    from tui.screens.prompt import WordsPrompt

    question = f"{_NOT_HERE[action.id]}  Enter, Esc back"
    desk.ask(WordsPrompt(question, lambda text: None, ""), lambda text: None)


_NOT_HERE: Final = {
    "filter": "nothing to filter on this screen",
    "find": "no rows to go to on this screen",
    "command": "no commands on this screen",
}
"""What is said where a key after which a person types does nothing."""


def find(desk: Shown) -> None:
    """Search the list while typing; Esc goes back to where the cursor was."""
    from tui.screens.prompt import WordsPrompt

    declared = list_of(desk.view())
    choices = declared.choices(desk.view())
    before = desk.state.selected(declared.pane)

    def follow(text: str) -> None:
        choices.find_words(text)
        desk.state.go_to(declared.pane, before)
        _go(desk, 1, here=True)

    def keep(text: str | None) -> None:
        choices.find_words(text or "")
        if text is None:
            desk.state.go_to(declared.pane, before)
        elif choices.find and not found(declared, desk.view()):
            desk.say(f"no row has {displayed(choices.find, 40)}: another filter hides it, or none")
        desk.look()

    first, second = (_last_of(desk, name) for name in ("next-match", "match-before"))
    question = f"find in {declared.title}  Enter stays  {first} next  {second} before  Esc back"
    ahead = partial(_read_ahead, desk, declared)
    desk.ask(WordsPrompt(question, follow, choices.find, ahead), keep)


def _last_of(desk: Shown, name: str) -> str:
    """The key of an action that fingers know best: its last one, where no other action has it."""
    keys = desk.keymap.every(name).split()
    return desk.keymap.first(name) if desk.place == "review" or not keys else keys[-1]


def _read_ahead(desk: Shown, declared: DeskList[Any]) -> bool:
    """Read some more rows before the first letter comes; whether there are more."""
    return read_ahead(declared, desk.view(), ROWS_AHEAD)


def _next_match(desk: Shown) -> None:
    _go(desk, 1)


def _match_before(desk: Shown) -> None:
    _go(desk, -1)


def _go(desk: Shown, step: int, here: bool = False) -> None:
    """Put the cursor on the next row that the search goes to, round the end.

    Args:
        step: 1 forward, -1 backward.
        here: whether the row under the cursor counts.
    """
    view = desk.view()
    declared = list_of(view)
    if not declared.choices(view).find:
        if not here:
            desk.say(f"nothing is searched for: {desk.keymap.first('find')} first")
        return
    places, keys = found(declared, view), arranged(declared, view).keys
    here = here and chosen_group(declared, view) is None
    if not places:
        if not here:
            desk.say("no row has these words")
        return
    key = desk.state.selected(declared.pane)
    at = keys.index(key) if key in keys else _before_group(declared, view)
    if step > 0:
        ahead = [n for n in places if n > at or (here and n == at)]
        target = ahead[0] if ahead else places[0]
    else:
        ahead = [n for n in places if n < at]
        target = ahead[-1] if ahead else places[-1]
    if not ahead and not here:
        desk.say("round the end of the list")
    if keys[target] not in listed(declared, view).keys:
        group = group_of(declared, view, keys[target])
        declared.choices(view).open([group.name] if group is not None else [])
    desk.state.go_to(declared.pane, keys[target])


def _before_group(declared: DeskList[Any], view: View) -> float:
    """The place just before the first row of the group under the cursor; 0 where none is there."""
    group, keys = chosen_group(declared, view), arranged(declared, view).keys
    if group is None or not group.below:
        return 0
    return keys.index(declared.key(group.below[0])) - 0.5


def _sort(desk: Shown) -> None:
    """The next order: the list's own, then each column."""
    declared = list_of(desk.view())
    choices = declared.choices(desk.view())
    names = ["", *declared.sorts]
    at = names.index(choices.sort) if choices.sort in names else 0
    choices.sort_by(names[(at + 1) % len(names)], choices.inverted)


def _invert(desk: Shown) -> None:
    list_of(desk.view()).choices(desk.view()).invert_sort()


def _mark(desk: Shown) -> None:
    declared = list_of(desk.view())
    group = chosen_group(declared, desk.view())
    if group is None:
        desk.state.mark(declared.name, declared.pane)
    else:
        declared.choices(desk.view()).mark_all(declared.key(row) for row in group.rows)


def _unmark(desk: Shown) -> None:
    list_of(desk.view()).choices(desk.view()).unmark_all()


def columns(desk: Shown) -> None:
    """Choose which columns the list has, and in which order."""
    declared = list_of(desk.view())
    if declared not in TABLES:
        desk.say(f"the rows of {declared.title} are sentences: they have no columns to choose")
        return
    from tui.screens.columns import ColumnPicker

    choices = declared.choices(desk.view())
    before = choices.columns

    def chosen(answer: str | None) -> None:
        if answer is None:
            choices.show_columns(before)
        desk.look()

    desk.ask(ColumnPicker(declared), chosen)


def widen(desk: Shown) -> bool:
    """Take back what narrows the list, the last thing first; whether there was any.

    Orders of one cycle leave that to the way back, to the row from which `Enter` led to them.
    """
    view = desk.view()
    if desk.place in TEXTS and desk.state.page_words:
        desk.state.filter_page("")
        return True
    declared = list_of(view) if desk.place == "main" else BY_PANE.get(view.state.pane)
    if declared is None:
        return False
    choices = declared.choices(view)
    if choices.find:
        choices.find_words("")
    elif choices.filter:
        choices.filter_by("")
    elif choices.within and desk.place == "blotter":
        return False
    elif choices.within:
        choices.show_within("")
        if view.state.pane == PAIRS:
            view.state.focus(CONTRACTS)
    else:
        return False
    return True


def resume_several(desk: Shown, asked: list[Command]) -> None:
    """Ask before several traders are resumed: what adds risk takes a second key."""
    from tui.screens.prompt import SeveralDialog

    name = "resume:" + " ".join(command.target for command in asked)
    desk.arming.show(name)

    def answered(answer: str | None) -> None:
        if answer is not None:
            desk.bridge.submit_all(asked)

    question = f"Resume {plural(len(asked), 'marked trader')}"
    names = [displayed(command.target, 40) for command in asked]
    desk.ask(SeveralDialog(question, names, lambda: desk.arming.armed(name)), answered)


ACTIONS: dict[str, Callable[[Shown], None]] = {
    "filter": filter_rows,
    "find": find,
    "next-match": _next_match,
    "match-before": _match_before,
    "sort": _sort,
    "invert": _invert,
    "mark": _mark,
    "unmark": _unmark,
    "columns": columns,
}
"""What the keys of every list do."""
