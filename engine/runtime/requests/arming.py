"""Arming live trading: real money moves only after its account was named by hand."""

from __future__ import annotations

from typing import Final

from engine.brokers.remote.facts import TellingBroker, feed_quality
from engine.commands import Command
from engine.orders import events as ev
from engine.runtime.context import DeskContext
from engine.runtime.requests.errors import RefusedError
from engine.runtime.requests.typed_words import typed_word
from engine.runtime.watch.books import BookComparison

MOST_DEBIT_USD: Final = 10_000_000


class Arming:
    """Refuses to resume a live desk before it is armed, which each process must be anew.

    Args:
        context: the desk's shared parts.
        books: must agree with the broker's.
    """

    def __init__(self, context: DeskContext, books: BookComparison) -> None:
        self._context = context
        self._books = books
        if context.config.mode == "LIVE":
            context.flags.disarm()
            context.gate.first.limit(context.config.broker.first_day_contracts)

    def disarm(self) -> None:
        """A live desk must be armed again."""
        if self._context.config.mode == "LIVE":
            self._context.flags.disarm()

    def arm(self, command: Command) -> str:
        """Arm, where the account's last characters were typed and everything is as it must be.

        Args:
            command: a request to resume; args: word, and debit_limit_usd where the day's debits
                are limited.

        Returns:
            What was armed.

        Raises:
            RefusedError: with what is missing.
        """
        context = self._context
        broker = context.broker
        if not isinstance(broker, TellingBroker):
            raise RefusedError("this broker names no account; live trading cannot be armed on it")
        tail = broker.facts.account_tail
        word = typed_word(command)
        if not word:
            raise RefusedError(
                "mode LIVE trades real money: type the last characters of the account to arm it"
            )
        if not tail or word != tail:
            raise RefusedError(
                f"{word[:8]!r} does not end the number of this account; nothing is armed"
            )
        if refusals := self._refusals(broker):
            raise RefusedError(f"not armed: {'; '.join(refusals)}")
        limit_c = _limit_c(command)
        context.gate.limit_day(limit_c)
        context.flags.arm()
        context.emit(ev.LiveArmed(context.moment.at_ms, tail, command.who, limit_c))
        return f"armed on …{tail}"

    def _refusals(self, broker: TellingBroker) -> list[str]:
        """Every reason for which nobody may trade real money now, and what to do about it."""
        flags, refusals = self._context.flags, []
        if flags.killed:
            refusals.append("kill is latched; lift it first")
        if flags.link_down or not broker.connected:
            why = flags.link_down or "not connected"
            return [*refusals, f"the broker cannot be reached: {why}"]  # the rest is not known
        health = None if broker.health is None else broker.health[0]
        if (quality := feed_quality(broker)) != "live":
            refusals.append(f"the feed is {quality}; subscribe to a live one")
        if health is not None and not health.data_up:
            why = health.data_why or "check the network and the feed"
            refusals.append(f"the quotes' connection is down: {why}")
        ahead_s = None if health is None else health.clock_ahead_s
        if ahead_s is None:
            refusals.append("the broker's time is not known yet; try again in some seconds")
        elif abs(ahead_s) > self._context.config.limits.max_clock_skew_s:
            refusals.append(
                f"the broker's time is {ahead_s:+.1f} s from ours; mend the host's time, then "
                "restart gateway and desk"
            )
        if flags.baseline:
            refusals.append("what the account held before is not confirmed (:Accept positions)")
        else:
            refusals += self._differences()
        return refusals

    def _differences(self) -> list[str]:
        """In what book and broker differ, compared now."""
        books = self._books
        books.compare()
        if self._context.alarms.is_raised("NOT_COMPARED", "desk"):
            return ["the broker's positions cannot be read; settle that first"]
        differing = books.suspects | self._context.flags.unreconciled
        if books.difference or differing:
            what = books.difference or ", ".join(sorted(differing))
            return [f"book and broker differ: {what}; settle that first"]
        if lacking := sorted(self._context.flags.lacking):
            what = ", ".join(lacking)
            return [f"the broker's record lacks executions of {what}; settle that first"]
        return []


def _limit_c(command: Command) -> int | None:
    """The day's limit of debits in cents.

    Raises:
        RefusedError: it is not a number of dollars.
    """
    given = command.args.get("debit_limit_usd")
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise RefusedError("the day's limit of debits is not a number of dollars")
    if not 0 < given <= MOST_DEBIT_USD:
        raise RefusedError(f"the day's limit of debits is above 0 and at most {MOST_DEBIT_USD:,} $")
    return round(given * 100)
