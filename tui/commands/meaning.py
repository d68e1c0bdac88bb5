"""What a typed line means: what Enter would do with it, in a sentence, and nothing beyond that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from engine.commands import Ask, Command
from tui.actions import dispatch, drill_down
from tui.actions.kill_key import Arming
from tui.actions.registry import BY_ID
from tui.actions.requests import marked_traders
from tui.commands.effects import of_requests
from tui.commands.meant import KEY, Kind, Meaning
from tui.commands.preview import ASKED_FIRST, preview
from tui.commands.values import of_order, of_speed, of_time, of_trial
from tui.commands.words import (
    PLACES,
    Around,
    Word,
    completions,
    nearest,
    split,
)
from tui.layout import LAYOUTS
from tui.own_settings import LAYOUT
from tui.shown import Shown
from tui.text.formats import clean, displayed
from tui.viewmodel import trader_words
from tui.viewmodel.lists import list_of

NOTHING_CHOSEN: Final = ("no trader is selected", "no order is selected")
"""What a command without anything behind it is refused with where nothing is under the cursor."""


def meaning(around: Around, text: str) -> Meaning:
    """What a typed line means; any text has a meaning, and most mean nothing."""
    if not text.strip(": "):
        return Meaning(Kind.NOTHING, "")
    word, _, rest = split(text)
    if word is None:
        return _unknown(around, text)
    if rest and not (word.options(around) or word.free):
        told = f"{word.name} takes nothing behind it; {clean(rest, 40)!r} is too much"
        return Meaning(Kind.UNKNOWN, told)
    if not rest and word.action:
        meant = of_action(around, word.action)
        if meant.kind is Kind.REFUSED and word.takes and meant.text.startswith(NOTHING_CHOSEN):
            return replace(meant, text=f"{meant.text}; {word.name} takes {word.takes}")
        return meant
    return _MEANS[_family(word)](around, word, rest)


def _family(word: Word) -> str:
    return "pane" if word.name.startswith("pane ") else word.name


def _unknown(around: Around, text: str) -> Meaning:
    fitting = completions(around, text)
    if fitting:
        more = f" and {len(fitting) - 4} more" if len(fitting) > 4 else ""
        return Meaning(Kind.UNFINISHED, f"Tab: {', '.join(fitting[:4])}{more}")
    typed = displayed(text.strip(), 40)
    return Meaning(Kind.UNKNOWN, f"there is no command {typed!r}; nearest: {nearest(text)}")


def of_action(around: Around, name: str) -> Meaning:
    """What an action means that is chosen by its name."""
    told = preview(around.view, name, around.place, around.stage)
    if told.refused:
        return Meaning(Kind.REFUSED, told.text, name)
    several = name == "resume-symbol" and told.counted > 1
    return Meaning(Kind.DOES, told.text, action=name, asks_first=name in ASKED_FIRST or several)


def _requested(around: Around, requests: list[Command]) -> Meaning:
    told = of_requests(around.view, requests)
    if told.refused:
        return Meaning(Kind.REFUSED, told.text)
    resumes = requests[0].ask is Ask.RESUME
    return Meaning(
        Kind.DOES,
        told.text,
        requests=tuple(requests),
        asks_first=resumes and told.counted > 1,
    )


# ---------------------------------------------------------------------- traders


def target_of(around: Around, typed: str) -> str | None:
    """The target of a request that a typed name means; None where it means none.

    Args:
        typed: a symbol, a trader as the screen or the engine writes it, "all" or "*".
    """
    wanted = " ".join(typed.upper().split())
    if wanted in ("ALL", "*"):
        return "*"
    every = around.view.snapshot.traders
    for each in every:
        iso = f"{each.symbol} {each.expiration.isoformat()}"
        if wanted in (each.key.upper(), trader_words.chain_name(each).upper(), iso.upper()):
            return each.key
    symbol = next((t.symbol for t in every if t.symbol.upper() == wanted), None)
    return None if symbol is None else f"symbol:{symbol}"


def _no_trader(around: Around, word: Word, rest: str) -> Meaning:
    options = list(word.options(around))
    fitting = [each for each in options if each.lower().startswith(rest.lower())]
    if fitting:
        return Meaning(Kind.UNFINISHED, f"Tab: {', '.join(fitting[:4])}")
    return _no_such(word, rest, options)


def _no_such(word: Word, rest: str, options: list[str]) -> Meaning:
    import difflib

    near = difflib.get_close_matches(rest, options, 1, 0.0)
    hint = f"; nearest: {near[0]}" if near else ""
    what = word.takes.partition(",")[0]
    return Meaning(Kind.UNKNOWN, f"there is no {what} {displayed(rest, 40)!r}{hint}")


def _of_traders(around: Around, word: Word, rest: str) -> Meaning:
    ask = Ask.PAUSE if word.name == "pause" else Ask.RESUME
    refused = preview(around.view, word.name, "main")
    if (refused.refused and not around.view.snapshot.traders) or around.view.snapshot.read_only:
        return Meaning(Kind.REFUSED, refused.text)
    if rest.lower() == "marked":
        keys = marked_traders(around.view)
        if not keys:
            return Meaning(Kind.REFUSED, "no trader is marked")
        return _requested(around, [Command(ask, key, key=KEY) for key in keys])
    target = target_of(around, rest)
    if target is None:
        return _no_trader(around, word, rest)
    if around.view.ended:
        return Meaning(Kind.REFUSED, refused.text)
    return _requested(around, [Command(ask, target, key=KEY)])


def _detail(around: Around, word: Word, rest: str) -> Meaning:
    target = target_of(around, rest)
    if target is None or target == "*":
        return _no_trader(around, word, rest)
    if target.startswith("symbol:"):
        symbol = target.removeprefix("symbol:")
        keys = [t.key for t in around.view.snapshot.traders if t.symbol == symbol]
        if len(keys) > 1:
            return _no_trader(around, word, rest)
        target = keys[0]
    name = displayed(target, 40)
    return Meaning(
        Kind.DOES, f"shows {name} in full", does=lambda desk: drill_down.open_trader(desk, target)
    )


# ---------------------------------------------------------------------- what changes the screen


def _open(around: Around, word: Word, rest: str) -> Meaning:
    if not rest:
        return Meaning(Kind.UNFINISHED, f"{word.name}: {word.takes}, Tab shows which")
    if rest.lower() not in PLACES:
        return _no_trader(around, word, rest)
    return of_action(around, rest.lower())


def _main(around: Around, word: Word, rest: str) -> Meaning:
    return Meaning(Kind.DOES, "shows the main screen", does=_to_main)


def _to_main(desk: Shown) -> None:
    while desk.close_screen():
        pass


def _pane(around: Around, word: Word, rest: str) -> Meaning:
    number = int(word.name.rpartition(" ")[2])

    def go(desk: Shown) -> None:
        _to_main(desk)
        desk.state.focus(number)

    return Meaning(Kind.DOES, f"goes to pane {number} of the main screen", does=go)


def _theme(around: Around, word: Word, rest: str) -> Meaning:
    name = next((each for each in around.themes if each.lower() == rest.lower()), None)
    if name is None:
        return _no_trader(around, word, rest)
    told = f"puts theme {name} on, and keeps it"
    return Meaning(Kind.DOES, told, does=lambda desk: desk.choose_setting("theme", name))


def _layout(around: Around, word: Word, rest: str) -> Meaning:
    name = rest.lower()
    if name not in LAYOUTS:
        return _no_trader(around, word, rest)
    return Meaning(
        Kind.DOES, f"{name}: {LAYOUTS[name]}", does=lambda desk: desk.choose_setting(LAYOUT, name)
    )


def _sort(around: Around, word: Word, rest: str) -> Meaning:
    declared = list_of(around.view)
    options = [declared.native, *declared.sorts]
    order = next((each for each in options if each.lower() == rest.lower()), None)
    if order is None:
        return _no_trader(around, word, rest)
    wanted = "" if order == declared.native else order

    def sort(desk: Shown) -> None:
        declared.choices(desk.view()).sort_by(wanted)

    return Meaning(Kind.DOES, f"sorts {declared.title} by {order}", does=sort)


def _words_of(around: Around, word: Word, rest: str) -> Meaning:
    declared = list_of(around.view)
    if word.name == "filter":
        text = f"shows the {declared.title} that have {displayed(rest, 40)}"
        return Meaning(
            Kind.DOES,
            text,
            does=lambda desk: declared.choices(desk.view()).filter_by(rest),
            kept=False,
        )

    def find(desk: Shown) -> None:
        declared.choices(desk.view()).find_words(rest)
        dispatch.perform(desk, "next-match")

    text = f"goes to the next of the {declared.title} that has {displayed(rest, 40)}"
    return Meaning(Kind.DOES, text, does=find, kept=False)


_MEANS: Final[dict[str, Callable[[Around, Word, str], Meaning]]] = {
    "pause": _of_traders,
    "resume": _of_traders,
    "detail": _detail,
    "open": _open,
    "main": _main,
    "theme": _theme,
    "layout": _layout,
    "sort": _sort,
    "filter": _words_of,
    "find": _words_of,
    "pane": _pane,
    "cancel": of_order,
    "try": of_trial,
    "go to": of_time,
    "speed": of_speed,
}


# ---------------------------------------------------------------------- doing it


def carry_out(desk: Shown, meant: Meaning) -> None:
    """Do what a line means; what adds risk asks for a second key first."""
    if meant.kind is not Kind.DOES:
        desk.say(meant.text)
        return
    desk.state.say("")
    if not meant.asks_first:
        _do(desk, meant)
        return
    from tui.screens.prompt import SeveralDialog

    arming = Arming(desk.arming.now_s)
    arming.show(meant.text)

    def answered(answer: str | None) -> None:
        if answer is not None:
            _do(desk, meant)

    resumes = any(command.ask is Ask.RESUME for command in meant.requests)
    what = BY_ID[meant.action or ("resume" if resumes else "try")].label
    desk.ask(SeveralDialog(what, [meant.text], lambda: arming.armed(meant.text)), answered)


def _do(desk: Shown, meant: Meaning) -> None:
    if meant.action:
        dispatch.perform(desk, meant.action)
    elif meant.requests:
        dispatch.request(desk, list(meant.requests), asked=meant.asks_first)
    elif meant.does is not None:
        meant.does(desk)
    desk.look()
