"""The other full screens as lines: help, log, configuration, one order's history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from engine.snapshot import LookKind, OrderView
from tui.actions.action import Action, Risk
from tui.actions.allowed import words_of, working
from tui.actions.keymap import Keymap
from tui.actions.registry import GROUPS
from tui.lists.declared import passing
from tui.text import formats
from tui.text.lines import Line, Span, text_of, wrapped
from tui.viewmodel import activity, looked, nothing, orders
from tui.viewmodel.phase import pair
from tui.viewmodel.view import View

_RISK = {Risk.REDUCES: "at once", Risk.ADDS: "armed 0.4 s"}


def help_lines(
    view: View, keymap: Keymap, place: str, passes: Callable[[str], bool] = lambda text: True
) -> list[Line]:
    """Exactly the keys that work on the screen the help was asked on.

    Args:
        passes: whether the line of an action, in capitals, is shown.
    """
    result: list[Line] = []
    actions = working(view, place)
    for group in GROUPS:
        members = [a for a in actions if a.group == group and passes(_of(a, view, keymap))]
        if not members:
            continue
        result += [((group.upper(), "title"),)]
        for action in members:
            keys = keymap.among(action, actions) or ": only"
            result.append(
                (
                    (f"  {keys:<12}", "key"),
                    (words_of(action, view), "value"),
                    (f"  {_RISK.get(action.risk, '')}", "dim"),
                )
            )
        result.append(())
    return result


def _of(action: Action, view: View, keymap: Keymap) -> str:
    """What a filter of the help looks at."""
    return f"{keymap.every(action.id)} {action.label} {words_of(action, view)}".upper()


def with_words(lines: Sequence[Line], words: str) -> list[Line]:
    """The sentences of a text that have these words, under their headings.

    A sentence is a line with the indented ones that follow; a heading that has the words is there
    with all that is under it.
    """
    passes = passing(words)
    result: list[Line] = []
    for part in _parts(lines):
        heading = [line for line in part if line[0][1] in _HEADINGS]
        rest = part[len(heading) :]
        if heading and passes(_capitals(heading)):
            found = rest
        else:
            found = [line for each in _sentences(rest) if passes(_capitals(each)) for line in each]
        if found:
            result += [*heading, *found, ()]
    return result[:-1]


_HEADINGS: Final = ("title", "header")
"""Styles that a heading begins in, and the heads of a table."""


def _parts(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """The parts of a text, which empty lines separate."""
    part: list[Line] = []
    for line in lines:
        if text_of(line).strip():
            part.append(line)
        elif part:
            yield part
            part = []
    if part:
        yield part


def _sentences(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """A line each, with the indented ones that go on with it."""
    sentence: list[Line] = []
    for line in lines:
        if sentence and not text_of(line).startswith("  "):
            yield sentence
            sentence = []
        sentence.append(line)
    if sentence:
        yield sentence


def _capitals(lines: Iterable[Line]) -> str:
    return " ".join(" ".join(text_of(line) for line in lines).upper().split())


def log_lines(view: View, width: int) -> list[Line]:
    """The last events, the newest first; all of them are the other list of the log."""
    events = activity.last(view.snapshot)
    result = [line for event in events for line in activity.event_lines(event, width)]
    return result or nothing.lines(nothing.sentence(view, "events"), width, 3)


def ticket_lines(view: View) -> list[Line]:
    """Requests and how far each has come, the newest first."""
    tickets = sorted(view.snapshot.tickets, key=lambda t: -t.at_s)
    return [
        ((f"{formats.clock(t.at_s)} {formats.clean(t.id, 8):<6} ", "dim"), activity.ticket_span(t))
        for t in tickets[:40]
    ]


def _effects(o: OrderView) -> tuple[Span, ...]:
    """Whether the legs open or close contracts of the account, as brokers ask for it."""
    bought, sold = o.effects
    if not (bought and sold):
        return ()
    return ((f"  buy to {formats.clean(bought, 8)}, sell to {formats.clean(sold, 8)}", "value"),)


def _at_broker(o: OrderView) -> tuple[Span, ...]:
    """The broker's own name for the order, under which it is found there, and its word for it."""
    if not o.broker_id:
        return ()
    word = f", {formats.clean(o.broker_state, 40)} there" if o.broker_state else ""
    return ((f"  broker's {formats.clean(o.broker_id, 64)}{word}", "value"),)


def order_lines(o: OrderView, view: View) -> list[Line]:
    """One order: what was asked, what the broker said, when."""
    limit = orders.limit(o)
    paid = f"  at {formats.price(o.fill_c)}" if o.filled else ""
    market = "?" if o.bid is None or o.ask is None else f"{o.bid:.2f}/{o.ask:.2f}"
    working = "-" if o.working_s is None else formats.clock(o.working_s, 3)
    ended = "-" if o.ended_s is None else formats.clock(o.ended_s, 3)
    status = orders.status(o, view.now_s)
    return [
        pair("order", (formats.clean(o.id, 64), "title"), *_at_broker(o)),
        pair(
            "trader",
            (formats.displayed(o.trader, 40) or "-", "value"),
        ),
        pair("legs", (orders.legs(o, 40), "value"), *_effects(o)),
        pair("limit", (limit, "value"), (f"  market when sent {market}", "dim")),
        pair("filled", (f"{o.filled}/{o.quantity}", "value"), (paid, "value")),
        pair("status", (str(status[0]), str(status[1]))),
        pair("stage", (formats.clean(o.stage, 20) or "-", "value")),
        pair(
            "times",
            (f"sent {formats.clock(o.sent_s, 3)}  working {working}  ended {ended}", "value"),
        ),
        pair("note", (formats.clean(o.text) or "-", "value")),
    ]


def order_page(o: OrderView, view: View, width: int, height: int) -> list[Line]:
    """One order and its story; where both do not fit, the end of the story has the room."""
    facts, story = order_lines(o, view), story_lines(o, view, width)
    if len(facts) + 1 + len(story) <= height or len(story) == 1:
        return [*facts, (), *story]
    kept = facts[2:5]  # legs, limit, filled
    room = max(2, height - len(kept))
    if len(story) > room:
        earlier = ((f"{len(story) - room + 1} lines before", "dim"),)
        story = [story[0], earlier, *story[len(story) - room + 2 :]]
    return [*kept, *story]


def story_lines(o: OrderView, view: View, width: int) -> list[Line]:
    """Every event of the order that was asked for, with our state and the broker's after each."""
    story = view.snapshot.story
    if story is None or story.id != o.id:
        asked = looked.look_at(view, LookKind.ORDER)
        if asked is not None and asked.look.name == o.id:
            told = looked.coming(view, LookKind.ORDER, "the events of this order")
            return wrapped(told, width, "dim")
        return [(("Enter shows every event of this order", "label"),)]
    result: list[Line] = [
        (("TIME         EVENT        OURS      BROKER       WORDS", "header"),),
    ]
    for each in story.lines:
        start: Line = (
            (f"{formats.clock(each.at_s, 3)} ", "dim"),
            (f"{formats.clean(each.what, 12):<12} ", "title"),
            (f"{formats.clean(each.local, 9):<9} ", "value"),
            (f"{formats.clean(each.broker, 12):<12} ", "value"),
        )
        text = wrapped(formats.clean(each.text, 120), max(16, width - 49), "dim")
        result.append((*start, *text[0]))
        result += [((" " * 49, "text"), *line) for line in text[1:]]
    if story.left_out:
        events = formats.plural(story.left_out, "more event")
        message = f"reading the journal for {events}"
        if story.trouble:
            message = f"{events} cannot be shown: {formats.clean(story.trouble)}"
        result += wrapped(message, width, "dim")
    return result
