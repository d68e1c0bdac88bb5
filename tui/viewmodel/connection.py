"""The broker's connection: a checklist of what must be in order before an account is traded."""

from __future__ import annotations

from typing import Final, NamedTuple

from engine.snapshot import ConnectionView
from tui.text import formats
from tui.text.lines import Line, Span, wrapped
from tui.viewmodel.view import View

SPREADS_LEVEL: Final = 3
"""The level of option trading from which brokers take spreads."""

NEAR_S: Final = 0.3
FAR_S: Final = 1.0
"""The broker's time off by so much is worth a look, or too far for real money."""

OLD_S: Final = 30.0
"""Seconds after which what an account was worth is marked as old."""

FEW: Final = 0.15
_LONGEST_TROUBLE: Final = 400
"""Characters of an alarm of the gateway: its kind, its place and its sentence."""

_NOBODY: Final = "nobody tells it now"
_NAME: Final = 12
_STYLES: Final = {"ok": "value", "warn": "p2", "fail": "p1", "?": "unknown"}


class Check(NamedTuple):
    """One point: its name, ok, warn, fail or ? for what nobody tells, what is, and what to do."""

    name: str
    verdict: str
    text: str
    remedy: str = ""


def checks(view: View) -> list[Check]:
    """Every point, in the order in which a first connection meets them."""
    c, live = view.snapshot.connection, view.snapshot.mode.upper() == "LIVE"
    points = [
        _link(c, view.now_s),
        *_events(c),
        _keys(c),
        _account(c, view.snapshot.mode),
        _level(c),
        _feed(c, live),
        _clock(c),
        _positions(c, view),
        _baseline(c),
        _fees(c),
        _calls(c),
        _power(c, live, view.now_s),
    ]
    if live:
        points.append(_arming(c))
    return points


def is_known(c: ConnectionView) -> bool:
    """Whether the gateway has told its links, and the broker its account."""
    return c.told and c.orders_up is not None and c.power_s is not None


def failing(view: View) -> list[Check]:
    """Points that fail, but for those that ask for an answer by themselves."""
    return [each for each in checks(view) if each.verdict == "fail" and each.name != "baseline"]


def _link(c: ConnectionView, now_s: float) -> Check:
    if not c.connected:
        return Check("link", "fail", "the broker's process does not answer", "start it again")
    if c.gone:
        text = f"nobody answers for the account: {formats.clean(c.gone, 100)}"
        return Check("link", "fail", text, "stop the gateway, then start it again")
    if c.orders_up is False and not _keys_refused(c):  # the keys' own line says that
        return Check("link", "fail", *_cut("orders", c.orders_why, c.orders_s or c.heard_s, now_s))
    if c.data_up is False and c.feed_quality != "refused":  # and the feed's own that
        return Check("link", "warn", *_cut("quotes", c.data_why, c.data_s or c.heard_s, now_s))
    if c.heard_s is None:
        return Check("link", "?", "nothing heard yet")
    return Check("link", "ok", f"heard {_ago(c.heard_s, now_s)}")


def _cut(what: str, why: str, well_s: float | None, now_s: float) -> tuple[str, str]:
    """That orders or quotes do not get through, and what to do about the reason that is told."""
    text = f"no {what} get through"
    if why:
        text += f": {formats.clean(why, 100)}"
    if well_s is not None:
        text += f"; they did {_ago(well_s, now_s)}"
    answers = why.startswith("it answers")
    return text, "wait; see the broker's status page" if answers else "check the network"


def _ago(at_s: float, now_s: float) -> str:
    return f"{formats.duration(max(0.0, now_s - at_s))} ago"


def _events(c: ConnectionView) -> list[Check]:
    """The stream of order events; nothing where the broker has none."""
    if c.events_up is None:
        return []
    if c.events_up:
        return [Check("events", "ok", "executions are told as they happen")]
    why = f": {formats.clean(c.events_why, 100)}" if c.events_why else ""
    text = f"no order events for {formats.duration(c.events_down_s)}{why}; orders are asked for"
    return [Check("events", "warn", text, "end what else listens to the account")]


def _keys_refused(c: ConnectionView) -> bool:
    return any(each.startswith("KEYS_REFUSED") for each in c.troubles)


def _keys(c: ConnectionView) -> Check:
    if _keys_refused(c):
        remedy = "legdesk login with new ones; the gateway takes them by itself"
        return Check("keys", "fail", "the broker takes them no more", remedy)
    if not c.orders_up:
        return Check("keys", "?", "the broker does not answer")
    if c.token_s is not None:
        return Check("keys", "ok", f"good for {formats.duration(c.token_s)}")
    return Check("keys", "ok", "the broker takes them")


def _account(c: ConnectionView, mode: str) -> Check:
    text = f"{formats.clean(mode, 5)} …{formats.clean(c.tail, 8)}"
    if c.blocked:
        blocked = formats.clean("; ".join(c.blocked), 60)
        return Check("account", "fail", f"{text}: {blocked}", "ask the broker why")
    return Check("account", "ok" if c.tail else "?", text)


def _level(c: ConnectionView) -> Check:
    if c.level is None:
        return Check("level", "?", "the broker does not tell the level of options")
    if c.level < SPREADS_LEVEL:
        text = f"level {c.level} takes no spreads"
        return Check("level", "fail", text, f"ask the broker for level {SPREADS_LEVEL}")
    return Check("level", "ok", f"level {c.level}")


def _feed(c: ConnectionView, live: bool) -> Check:
    feed, quality = formats.clean(c.feed, 20), formats.clean(c.feed_quality, 12)
    text = feed if feed == quality else f"{feed}, {quality}"
    if c.gone:
        return Check("feed", "?", f"{text}, as it was told before")
    if c.feed_quality == "live":
        return Check("feed", "ok", text)
    if c.feed_quality == "refused":
        return Check(
            "feed", "fail", text, "get the broker's plan for it; see that the keys are good"
        )
    if live:
        return Check("feed", "fail", text, "subscribe to a live feed, set broker.feed")
    return Check("feed", "warn", text, "fills and prices here are not those of real money")


def _clock(c: ConnectionView) -> Check:
    if c.clock_ahead_s is None:
        return Check("clock", "?", _NOBODY if c.gone else "the broker has not told its time")
    text = f"the broker's {c.clock_ahead_s:+.1f} s from ours"
    if abs(c.clock_ahead_s) > FAR_S:
        remedy = "mend the host's time, then restart gateway and desk"
        return Check("clock", "fail", text, remedy)
    if abs(c.clock_ahead_s) > NEAR_S:
        return Check("clock", "warn", text, "have the host's time kept by NTP")
    return Check("clock", "ok", text)


def _positions(c: ConnectionView, view: View) -> Check:
    if c.difference and not c.baseline:
        text = f"differ: {formats.clean(c.difference, 80)}"
        return Check("positions", "fail", text, ": Accept positions")
    if c.compared_s is None:
        return Check("positions", "?", "not compared yet")
    if c.unsure:
        text = f"differed once, and may be on its way: {formats.clean(c.unsure, 80)}"
        return Check("positions", "warn", text, "wait some seconds: it is looked at again")
    ago = formats.duration(max(0.0, view.now_s - c.compared_s))
    alarms = view.snapshot.alarms
    if any(each.code == "NOT_COMPARED" and each.state != "cleared" for each in alarms):
        text = f"not compared now; they agreed {ago} ago"
        return Check("positions", "warn", text, "see NOT_COMPARED among the alarms")
    return Check("positions", "ok", f"book and broker agree, {ago} ago")


def _baseline(c: ConnectionView) -> Check:
    if c.baseline:
        text = f"found, not confirmed: {formats.clean(c.baseline, 120)}"
        return Check("baseline", "fail", text, ": Accept positions, then EXTERNAL")
    return Check("baseline", "ok", "nothing waits to be confirmed")


def _fees(c: ConnectionView) -> Check:
    if c.fees_differ:
        return Check(
            "fees", "warn", formats.clean(c.fees_differ, 100), "set [fees] to the broker's"
        )
    return Check("fees", "ok", "as the settings have them, as far as the broker has told")


def _calls(c: ConnectionView) -> Check:
    if c.calls_left is None or not c.calls_limit:
        return Check("calls", "?", _NOBODY if c.gone else "the broker tells no limit of calls")
    low = c.calls_left < FEW * c.calls_limit
    text = f"{c.calls_left:,}/{c.calls_limit:,} left this minute"
    return Check("calls", "warn" if low else "ok", text, "pause chains" if low else "")


def _power(c: ConnectionView, live: bool, now_s: float) -> Check:
    if c.left_c is None:
        verdict = "fail" if live else "warn"
        return Check(
            "power", verdict, "the broker does not tell the buying power", "wait, or ask it"
        )
    left = f"{formats.whole(c.left_c).lstrip('+')} $ left"
    if is_old(c, now_s):
        told = "" if c.power_s is None else f" {_ago(c.power_s, now_s)}"
        return Check("power", "warn", f"{left}, as it was told{told}", "see the link")
    if c.next_c is None:
        return Check("power", "ok", left)
    text = f"{left}, the next pair takes {formats.whole(c.next_c).lstrip('+')} $"
    if is_short(c):
        return Check("power", "warn", text, "wait, or free money")
    return Check("power", "ok", text)


def _arming(c: ConnectionView) -> Check:
    if c.unarmed:
        return Check("arming", "warn", "not armed: nothing is bought", "r, then the account's end")
    if c.first_contracts is None:
        return Check("arming", "ok", "armed")
    text = f"armed; orders of {c.first_contracts} until {c.first_of} have ended well, "
    text += f"{c.first_pairs_of} with a pair; {c.first_well} have, {c.first_pairs} with one"
    return Check("arming", "ok", text)


def lines(view: View, width: int) -> list[Line]:
    """The checklist; where nothing tells of a connection, why."""
    if not view.snapshot.connection.told:
        text = "this desk's broker is in its own process: there is no connection to look at"
        return [*wrapped(text, width, "dim")]
    result: list[Line] = []
    for check in checks(view):
        head: tuple[Span, ...] = (
            (f"{check.name:<{_NAME}}", "label"),
            (f"{check.verdict:<6}", _STYLES[check.verdict]),
        )
        told = wrapped(check.text, max(20, width - _NAME - 6), "value")
        result.append((*head, *told[0]))
        result += [((" " * (_NAME + 6), "text"), *line) for line in told[1:]]
        if check.remedy and check.verdict != "ok":
            todo = wrapped(check.remedy, max(20, width - _NAME - 6), "title")
            result += [((" " * (_NAME + 6), "text"), *line) for line in todo]
    troubles = view.snapshot.connection.troubles
    if troubles:
        result += [(), (("THE GATEWAY SAYS", "title"),)]
        for text in troubles:
            result += wrapped(formats.clean(text, _LONGEST_TROUBLE), width, "p2")
    return result


# ---------------------------------------------------------------------- in the header


def feed_span(c: ConnectionView) -> Span:
    """The feed in the alarm colour unless it is live, with its quality where there is room."""
    if c.feed_quality == "live":
        return formats.clean(c.feed, 12), "dim"
    quality = formats.clean(c.feed_quality, 12)
    feed = formats.clean(c.feed, 12)
    return (f"{feed}!" if quality in ("", feed) else f"{feed} {quality}!"), "p2"


def capital(c: ConnectionView, now_s: float) -> Span:
    """What the account is worth, as its broker told it; marked where that is old."""
    if c.equity_c is None:
        return f"${formats.UNKNOWN}", "unknown"
    worth = f"${formats.whole(c.equity_c).lstrip('+')}"
    return (f"{worth}!", "stale") if is_old(c, now_s) else (worth, "dim")


def power(c: ConnectionView, now_s: float) -> Line:
    """The buying power that is left for another pair, marked where that is old.

    It rings where the next one takes more.
    """
    if c.left_c is None:
        return ("Power ", "label"), (formats.UNKNOWN, "unknown")
    left, old = formats.whole(c.left_c).lstrip("+"), is_old(c, now_s)
    style = "p2" if is_short(c) else "stale" if old else "value"
    return ("Power ", "label"), (f"{left}!" if old else left, style)


def is_up(c: ConnectionView) -> bool:
    """Whether orders get through to the broker, as far as anybody tells."""
    return c.connected and not c.gone and c.orders_up is not False


def is_old(c: ConnectionView, now_s: float) -> bool:
    """Whether what the account was worth may not be so any more: no answer of now tells it."""
    return not is_up(c) or c.power_s is None or now_s - c.power_s > OLD_S


def is_short(c: ConnectionView) -> bool:
    """Whether the next pair takes more buying power than is left."""
    return c.left_c is not None and c.next_c is not None and c.next_c > c.left_c


def figures(view: View) -> list[Line]:
    """More figures of the connection for the header, the gravest first; none where nothing tells.

    The buying power is one of those that are always there, and here where it rings.
    """
    c = view.snapshot.connection
    if not c.told:
        return []
    result: list[Line] = []
    up = is_up(c)
    heard_s = None if c.heard_s is None else max(0.0, view.now_s - c.heard_s)
    link = formats.duration(heard_s) if up else "DOWN"
    result.append((("Link ", "label"), (link, "dim" if up else "p1")))
    if is_short(c):
        result.append(power(c, view.now_s))
    if c.calls_left is not None and c.calls_limit:
        low = c.calls_left < FEW * c.calls_limit
        text = f"{c.calls_left:,}/{c.calls_limit:,}"
        result.append((("Calls ", "label"), (text, "p2" if low else "dim")))
    if c.clock_ahead_s is not None and abs(c.clock_ahead_s) > NEAR_S:
        style = "p2" if abs(c.clock_ahead_s) > FAR_S else "value"
        result.append((("Clock ", "label"), (f"{c.clock_ahead_s:+.1f}s", style)))
    if c.next_c is not None:
        result.append((("Next ", "label"), (formats.whole(c.next_c).lstrip("+"), "dim")))
    return result
