"""What an operator may ask about positions: take over the broker's, trade shares away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from engine.book.contracts import ContractDifference
from engine.brokers.callbacks.broker import CallbackBroker
from engine.brokers.protocol import (
    ContractPosition,
    NotSentError,
    ShareBroker,
)
from engine.commands import Ask, Command
from engine.market.legs import strike_text
from engine.orders import events as ev
from engine.orders.soundness import cleaned
from engine.runtime.context import DeskContext
from engine.runtime.core import Core
from engine.runtime.requests.errors import RefusedError
from engine.runtime.requests.external import take_external
from engine.runtime.requests.typed_words import ACCEPT_WORD, CLOSE_WORD, FLAT_WORD, typed_word
from engine.runtime.underlying_price import price_for_person
from engine.runtime.watch.books import DIFFERENCES
from engine.runtime.watch.broken_units import end_closed, leave_broken

TRADED_WITHIN_S: Final = 30.0
"""Seconds that a broker gets to trade shares away before it may be asked again."""

Sent = dict[str, tuple[float, int]]
"""When shares of a root were last sent to be traded away, in engine seconds, and how many."""


def position_requests(core: Core) -> Mapping[Ask, Callable[[Command], str]]:
    """The calls that carry such requests out, each raising RefusedError where it cannot."""

    def accept(command: Command) -> str:
        return _accept(core, command)

    sent: Sent = {}

    def close(command: Command) -> str:
        return _close_shares(core.context, command, sent)

    def external(command: Command) -> str:
        return take_external(core, command)

    return {
        Ask.ACCEPT_POSITIONS: accept,
        Ask.TAKE_EXTERNAL: external,
        Ask.CLOSE_SHARES: close,
    }


def _accept(core: Core, command: Command) -> str:
    """Take the broker's positions over into the book, where a chain is blocked by a difference."""
    context = core.context
    if isinstance(context.broker, CallbackBroker):
        return _confirm(core, command)
    chosen = context.flags.unreconciled
    if command.target != "*":
        chosen = chosen & {command.target}
    if not chosen:
        raise RefusedError(f"{command.target} does not differ from the broker; nothing to accept")
    busy = sorted(
        record.intent.trader
        for record in context.state.orders.live.values()
        if record.intent.trader in chosen
    )
    if busy:
        raise RefusedError(
            f"orders of {busy[0]} still work; pause it and wait until they end, or kill twice "
            "where a credit rests"
        )
    try:
        positions, shares = core.books.held()
    except Exception as error:
        raise RefusedError(f"the broker cannot be asked: {error}; try again") from None
    if positions is None or shares is None:
        raise RefusedError("the broker does not tell what is held; there is nothing to accept")
    word = FLAT_WORD if not positions else ACCEPT_WORD
    if typed_word(command) != word:
        empty = "the broker's answer is empty: " if not positions else ""
        raise RefusedError(f"{empty}type the word {word} to take the broker's positions over")
    # Everything is worked out before anything is written: what is refused changes nothing.
    changes: list[ev.Event] = [
        _adjusted(context, row) for row in _differences(context, chosen, positions)
    ]
    theirs = context.state.contracts.shares_without_external(
        {row.symbol: row.quantity for row in shares}
    )
    for symbol in sorted({key.split(" ")[0] for key in chosen}):
        changes += _shares_taken(context, symbol, theirs)
    for change in changes:
        context.emit(change)
    core.settlements.forget(chosen)
    end_closed(context, chosen)
    leave_broken(context, core.acting, chosen)
    core.books.compare()
    core.books.compare()  # a difference counts as gone only where the next look says so too
    core.positions.look()
    return f"{len(changes)} positions taken over from the broker"


def _confirm(core: Core, command: Command) -> str:
    """Take the operator's word that the book is right, where no broker tells what is held."""
    target = command.target
    places = [where for code in DIFFERENCES for where in core.context.alarms.places(code)]
    if not any(target in ("*", where.partition("/")[0]) for where in places):
        raise RefusedError(f"no alarm says that {target} differs; nothing to accept")
    if typed_word(command) != ACCEPT_WORD:
        raise RefusedError(
            f"this broker tells no positions: look at them there, and type the word {ACCEPT_WORD} "
            "if the book is right"
        )
    return f"the book stands as it is: {core.books.confirm(target)} alarms cleared"


def _differences(
    context: DeskContext, chosen: frozenset[str], positions: tuple[ContractPosition, ...]
) -> list[ContractDifference]:
    book = context.state.contracts
    return [
        row
        for row in book.difference(book.without_external(positions))
        if f"{row.key.symbol} {row.key.expiration}" in chosen
    ]


def _adjusted(context: DeskContext, row: ContractDifference) -> ev.BookAdjusted:
    symbol, expiration, right, strike = row.key
    trader = f"{symbol} {expiration}"
    if trader not in context.state.traders:
        raise RefusedError(
            f"{trader} is not a chain of this desk; "
            f"close {strike_text(strike)}{right} at the broker"
        )
    return ev.BookAdjusted(context.moment.at_ms, trader, right, strike, row.book, row.broker)


def _shares_taken(
    context: DeskContext, symbol: str, theirs: dict[str, int]
) -> list[ev.SharesTraded]:
    """Take shares over at the underlying's last price: what was really paid nobody tells."""
    change = theirs.get(symbol, 0) - context.state.contracts.shares().get(symbol, 0)
    if not change:
        return []
    price = price_for_person(context, symbol)
    if price is None:
        raise RefusedError(f"the price of {symbol} is unknown; try again when it is quoted")
    price_c = round(price * 100)
    at_ms = context.moment.at_ms
    name = f"ACCEPTED.{symbol}.{at_ms}"
    return [ev.SharesTraded(at_ms, symbol, name, change, price_c, -change * price_c)]


def _close_shares(context: DeskContext, command: Command, sent: Sent) -> str:
    """Have the broker trade every share of a root away at the market, once."""
    symbol, now_s = command.target, context.moment.now_s
    held = context.state.contracts.shares().get(symbol, 0)
    if not held:
        raise RefusedError(f"no shares of {symbol} are held")
    if context.flags.frozen:
        raise RefusedError("kill: nothing may be sent; lift it first, or trade them at the broker")
    if not isinstance(context.broker, ShareBroker):
        raise RefusedError(f"this broker takes no orders for shares; trade {symbol} away there")
    if typed_word(command) != CLOSE_WORD:
        raise RefusedError(f"type the word {CLOSE_WORD} to trade {held:+d} {symbol} shares away")
    asked_s, many = sent.get(symbol, (-TRADED_WITHIN_S, 0))
    untraded = many * held > 0 and abs(held) >= abs(many)
    if untraded and now_s - asked_s < TRADED_WITHIN_S:
        left_s = round(asked_s + TRADED_WITHIN_S - now_s)
        raise RefusedError(
            f"they were sent to be traded away already; ask again in {left_s} s if they still stand"
        )
    sent[symbol] = now_s, held
    try:
        context.broker.close_shares(symbol, context.moment.epoch_s)
    except NotSentError as error:
        del sent[symbol]
        raise RefusedError(f"nothing was sent: {cleaned(error)}") from None
    except ConnectionError as error:
        raise RefusedError(
            f"it is not known whether they were sent ({cleaned(error)}); look at the broker, and "
            f"ask again in {TRADED_WITHIN_S:.0f} s if they still stand"
        ) from None
    return f"{held:+d} {symbol} shares: sent to be traded away at the market"
