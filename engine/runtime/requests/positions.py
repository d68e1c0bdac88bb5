"""What an operator may ask about positions: take over the broker's, trade shares away."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from engine.book.contracts import ContractDifference
from engine.brokers.callbacks.broker import CallbackBroker
from engine.brokers.protocol import ContractPosition
from engine.commands import Ask, Command
from engine.market.legs import strike_text
from engine.orders import events as ev
from engine.runtime.context import DeskContext
from engine.runtime.core import Core
from engine.runtime.requests.errors import RefusedError
from engine.runtime.requests.external import refuse_unread, take_external
from engine.runtime.requests.later import Later
from engine.runtime.requests.shares_away import SharesAway
from engine.runtime.requests.typed_words import ACCEPT_WORD, FLAT_WORD, typed_word
from engine.runtime.underlying_price import price_for_person
from engine.runtime.watch.books import DIFFERENCES
from engine.runtime.watch.broken_units import end_closed, leave_broken


def position_requests(core: Core) -> Mapping[Ask, Callable[[Command], str | Later]]:
    """The calls that carry such requests out, each raising RefusedError where it cannot."""

    def accept(command: Command) -> str:
        return _accept(core, command)

    def external(command: Command) -> str:
        return take_external(core, command)

    return {
        Ask.ACCEPT_POSITIONS: accept,
        Ask.TAKE_EXTERNAL: external,
        Ask.CLOSE_SHARES: SharesAway(core.context, core.shares).ask,
    }


def _accept(core: Core, command: Command) -> str:
    """Take the broker's positions over into the book, where a chain is blocked by a difference."""
    context = core.context
    if isinstance(context.broker, CallbackBroker):
        return _confirm(core, command)
    lacking = context.flags.lacking
    chosen = context.flags.unreconciled | lacking
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
    refuse_unread(core, chosen)
    try:
        positions, shares = core.broker_books.held()
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
    lost = context.flags.lost
    kept = [
        ev.LackAccepted(context.moment.at_ms, key, order, list(names))
        for key in sorted(lacking & chosen)
        for order, names in sorted(lost[key].items())
    ]
    for change in (*changes, *kept):
        context.emit(change)
    context.flags.lack({key: names for key, names in lost.items() if key not in chosen})
    for key in sorted(lacking & chosen):
        context.alarms.clear(context.moment.at_ms, "LEDGER_LACKS", key)
    _legs_taken_over(core, {each.trader for each in changes if isinstance(each, ev.BookAdjusted)})
    core.settlements.forget(chosen)
    end_closed(context, chosen)
    leave_broken(context, core.acting, chosen)
    core.books.compare()
    core.books.compare()  # a difference counts as gone only where the next look says so too
    core.positions.look()
    return f"{len(changes)} positions taken over from the broker{_kept_words(kept)}"


def _legs_taken_over(core: Core, chains: set[str]) -> None:
    """Have traders wait for no leg whose contracts have been taken over."""
    for key in sorted(core.context.traders.keys() & chains):
        trader = core.context.traders[key]
        with core.acting(trader):
            trader.lone_legs.taken_over(trader.find)
            for unit in trader.credits.units.values():
                unit.leg_reported.clear()  # it is in the book: nothing of it counts as sold
            trader.credits.look_now(core.context.moment)


def _kept_words(kept: Sequence[ev.LackAccepted]) -> str:
    count = sum(len(each.executions) for each in kept)
    if not count:
        return ""
    named = "1 execution" if count == 1 else f"{count} executions"
    return f"; {named} that its record lacks {'stays' if count == 1 else 'stay'} booked"


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
