"""Watches how the desk is connected with its broker, as the broker's own process tells it.

A broker in this process, and one of callbacks, tells nothing of this kind: nothing is watched then.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engine.brokers.remote.facts import Health, TellingBroker, Trouble, feed_quality
from engine.runtime.alarm_kinds import GATEWAY_KINDS, code_of
from engine.runtime.context import DeskContext

SILENT_S: Final = 5.0
"""Real seconds without a health message, which comes each second, from which nobody is there."""

DOWN_S: Final = 3.0
"""Engine seconds that a connection is down before an alarm rings; debits stop at once."""

NOTHING_TOLD: Final = "it has not told yet how it is connected; try again in some seconds"
"""Why nothing is entered before the first health message."""

FEW_CALLS: Final = 0.15
"""Part of the broker's calls a minute below which an alarm says so."""

TOKEN_S: Final = 900.0
"""Seconds that a login is still good for from which an alarm says so."""


class ConnectionWatch:
    """Closes the gate where the broker cannot be reached or its feed is not live, and says why.

    Args:
        context: the desk's shared parts; its flags are set here.
    """

    def __init__(self, context: DeskContext) -> None:
        self._context = context
        self._tail: str | None = None
        self._began_s: float | None = None
        self._down_s: dict[str, float] = {}

    def look(self) -> None:
        """What the broker's process told last."""
        broker = self._context.broker
        # The first is quick, and no broker in this process passes it.
        if not hasattr(broker, "facts") or not isinstance(broker, TellingBroker):
            return
        self._feed(broker.facts.feed, feed_quality(broker))
        health = self._health(broker)
        gone = self._gone(broker, health)
        link = "" if health is None or health.orders_up else _down(health)
        data = "" if health is None or health.data_up else _data(health)
        if data and feed_quality(broker) == "refused":
            data = "the broker refuses its quotes"
        first = "" if broker.health is not None else NOTHING_TOLD
        self._context.flags.set_link(gone or link or first, gone)
        self._lasting("GATEWAY_GONE", gone)
        if not broker.connected and self._context.alarms.is_raised("GATEWAY_GONE", "desk"):
            self._context.alarms.say(self._context.moment.at_ms, "GATEWAY_GONE", "desk", gone)
        self._lasting(
            "LINK_DOWN", "" if gone else link, 1 if self._context.state.orders.live else 2
        )
        self._lasting("FEED_OLD", "" if gone or link else data)
        self._figures(health)

    def _feed(self, feed: str, quality: str) -> None:
        """Whether the feed is good enough for debits: real money wants live quotes."""
        context = self._context
        refused = context.config.mode == "LIVE" and quality != "live"
        context.flags.refuse_feed(f"{feed}, {quality}" if refused else "")
        self._say("FEED_NOT_LIVE", f"{feed} is {quality}" if refused else "")

    def _health(self, broker: TellingBroker) -> Health | None:
        """What was told last, unless that is too long ago."""
        if broker.health is None or self._silent_s(broker) > SILENT_S:
            return None
        return broker.health[0]

    def _silent_s(self, broker: TellingBroker) -> float:
        if self._began_s is None:
            self._began_s = self._context.moment.now_s
        told_s = self._began_s if broker.health is None else broker.health[1]
        return (self._context.moment.now_s - told_s) / broker.facts.clock.speed

    def _gone(self, broker: TellingBroker, health: Health | None) -> str:
        """Why nobody answers for the account; "" where somebody does."""
        facts, mode = broker.facts, self._context.config.mode
        if self._tail is None:
            self._tail = facts.account_tail
        if not broker.connected:
            return broker.why_gone or "not connected"
        if facts.mode != mode or facts.account_tail != self._tail:
            return f"it now holds {facts.mode} …{facts.account_tail}, not {mode} …{self._tail}"
        silent_s = self._silent_s(broker)
        return f"silent for {silent_s:.0f} s" if silent_s > SILENT_S else ""

    def _figures(self, health: Health | None) -> None:
        """Calls, clock, login and the alarms that stand at the gateway."""
        if health is None:
            self._context.flags.set_broker_clock(0.0)
            return
        left, limit, ahead_s = health.calls_left, health.calls_limit, health.clock_ahead_s
        low = left is not None and limit and left < FEW_CALLS * limit
        self._say("RATE_LOW", f"{left} of {limit}" if low else "")
        off_s = 0.0 if ahead_s is None else ahead_s
        self._context.flags.set_broker_clock(abs(off_s))
        differs = abs(off_s) > self._context.config.limits.max_clock_skew_s
        self._say("BROKER_CLOCK", f"{off_s:+.1f} s from the desk's" if differs else "")
        ends = health.token_s is not None and health.token_s < TOKEN_S
        self._say("TOKEN_ENDS", f"{(health.token_s or 0.0) / 60:.0f} min" if ends else "")
        self._at_gateway(health.troubles)

    def _at_gateway(self, troubles: Sequence[Trouble]) -> None:
        """The alarms that stand at the gateway, each under its own code."""
        told: dict[str, dict[str, str]] = {code: {} for code in GATEWAY_KINDS}
        for each in troubles:
            code = code_of(each.kind)
            text = each.text if code != "AT_BROKER" else f"{each.kind} {each.text}"
            of_kind = each.where.startswith(each.kind)  # "FOREIGN_FILL 2": it names no object
            number = each.where.removeprefix(each.kind)
            place = f"account{number}" if of_kind else each.where or "account"
            told[code][place] = text
        for code, places in told.items():
            self._context.alarms.follow(self._context.moment.at_ms, code, places)

    def _lasting(self, code: str, detail: str, priority: int | None = None) -> None:
        """Raise an alarm once its condition has lasted."""
        now_s = self._context.moment.now_s
        if not detail:
            self._down_s.pop(code, None)
        elif now_s - self._down_s.setdefault(code, now_s) < DOWN_S:
            return
        self._say(code, detail, priority)

    def _say(self, code: str, detail: str, priority: int | None = None) -> None:
        """Raise the alarm, or clear it where there is no detail; figures in it are the first."""
        context = self._context
        if detail:
            context.alarms.raise_(context.moment.at_ms, code, "desk", detail, priority)
        else:
            context.alarms.clear(context.moment.at_ms, code, "desk")


def _down(health: Health) -> str:
    """Why there is no connection for orders."""
    if any(each.kind == "KEYS_REFUSED" for each in health.troubles):
        return "it takes the keys no more"
    return _words(health.orders_why, health.orders_age_s, health)


def _data(health: Health) -> str:
    """Why no quotes come."""
    return _words(health.data_why, health.data_age_s, health)


def _words(why: str, age_s: float | None, health: Health) -> str:
    """What is wrong with a link, and since when; an older gateway tells one age for both."""
    if age_s is None:
        return f"last heard {health.heard_age_s:.0f} s ago"
    return f"{why or 'it is down'}; it was well {age_s:.0f} s ago"
