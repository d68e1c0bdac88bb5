"""What a value behind a word means: an order, a time of the day, a speed, something to try."""

from __future__ import annotations

import math

from engine.commands import MOMENT_HOW, Ask, Command, moment_typed
from tui.actions import dispatch
from tui.commands.effects import of_requests
from tui.commands.meant import KEY, Kind, Meaning
from tui.commands.preview import preview
from tui.commands.words import Around, Word
from tui.shown import Shown
from tui.text.formats import displayed
from tui.viewmodel import orders
from tui.viewmodel.trials import LEVERS


def of_order(around: Around, word: Word, rest: str) -> Meaning:
    """Cancel the order that a name means, as the screen or the engine writes it."""
    refused = preview(around.view, word.action, around.place)
    if around.view.snapshot.read_only or around.view.ended:
        return Meaning(Kind.REFUSED, refused.text)
    every = orders.LIST.source(around.view)
    wanted = rest.lower()
    named = [o for o in every if wanted in (o.id.lower(), orders.tail(o.id).lower())]
    if len(named) != 1:
        which = "more than one order is" if named else "there is no order"
        return Meaning(Kind.UNKNOWN, f"{which} {displayed(rest, 40)!r}; Tab shows those that work")
    if named[0].status not in orders.OPEN:
        name = orders.tail(named[0].id)
        return Meaning(Kind.REFUSED, f"order {name} is {named[0].status}: nothing to cancel")
    request = Command(Ask.CANCEL_ORDER, named[0].id, key=KEY)
    told = of_requests(around.view, [request])
    if told.refused:
        return Meaning(Kind.REFUSED, told.text)
    return Meaning(Kind.DOES, told.text, requests=(request,))


def of_trial(around: Around, word: Word, rest: str) -> Meaning:
    """Start a trial of what is typed, once it has been confirmed by another key."""
    refused = preview(around.view, word.action, around.place)
    if refused.refused:
        return Meaning(Kind.REFUSED, refused.text)
    lever, _, behind = rest.partition(" ")
    if lever not in LEVERS:
        told = f"{displayed(lever, 40)!r} is nothing to try; there are {', '.join(LEVERS)}"
        return Meaning(Kind.UNKNOWN, told)
    if LEVERS[lever] and not behind.strip():
        told = f"try {lever}: {LEVERS[lever]}, then a trader or * for all"
        return Meaning(Kind.UNFINISHED, told)
    request = Command(Ask.TRIAL, key=KEY, args={"word": rest})
    told = f"starts a trial: {displayed(rest, 80)}"
    return Meaning(Kind.DOES, told, requests=(request,), asks_first=True)


def of_time(around: Around, word: Word, rest: str) -> Meaning:
    """Go to a time of the day that is shown, or of another date."""
    refused = preview(around.view, word.action, around.place)
    if refused.refused:
        return Meaning(Kind.REFUSED, refused.text)
    try:
        moment_typed(rest)
    except ValueError:
        told = f"{displayed(rest, 40)!r} is not a time of the day; {MOMENT_HOW}"
        return Meaning(Kind.UNKNOWN, told)
    wanted = Command(Ask.GO, rest, key=KEY)
    return Meaning(Kind.DOES, f"goes to {rest}", does=lambda desk: dispatch.request(desk, [wanted]))


def of_speed(around: Around, word: Word, rest: str) -> Meaning:
    """Have simulated time go so many times as fast as real time."""
    refused = preview(around.view, "hold-time", around.place)
    if refused.refused:
        return Meaning(Kind.REFUSED, refused.text)
    if not rest:
        now = around.view.snapshot.speed
        return Meaning(Kind.UNFINISHED, f"speed: {word.takes}; now ×{now:g}, Tab shows which")
    try:
        speed = float(rest.lower().lstrip("×").rstrip("x"))
    except ValueError:
        speed = math.nan
    if not 0 < speed < math.inf:
        return Meaning(Kind.UNKNOWN, f"{displayed(rest, 40)!r} is not a speed; {word.takes}")
    wanted = Command(Ask.SET_SPEED, key=KEY, args={"speed": speed})

    def hurry(desk: Shown) -> None:
        dispatch.request(desk, [wanted])

    return Meaning(Kind.DOES, f"simulated time goes ×{speed:g}", does=hurry)
