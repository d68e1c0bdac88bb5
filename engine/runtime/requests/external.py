"""What of an account is not the desk's: the operator says so, and the desk leaves it alone."""

from __future__ import annotations

from collections.abc import Set

from engine.book.contract_keys import name_of
from engine.commands import Command
from engine.orders import events as ev
from engine.runtime.core import Core
from engine.runtime.requests.errors import RefusedError
from engine.runtime.requests.typed_words import EXTERNAL_WORD, typed_word


def refuse_unread(core: Core, chosen: Set[str]) -> None:
    """Refuse to take over what the broker does not tell.

    Args:
        core: the desk's.
        chosen: keys of the chains that are taken over.

    Raises:
        RefusedError: it does not say how many of a contract of theirs are held.
    """
    if unread := sorted(chosen & core.books.unread):
        raise RefusedError(
            f"the broker does not say how many contracts or shares of {', '.join(unread)} are "
            "held: look at its page; where others differ, too, name one of them"
        )


def take_external(core: Core, command: Command) -> str:
    """Call what differs external: held before the desk came, or traded by other hands.

    From then on the comparison leaves it out, no order is about such a contract, and a change of it
    is a difference again.

    Args:
        core: the desk's.
        command: its target a chain that differs, or "*"; args: the typed word.

    Returns:
        What was taken.

    Raises:
        RefusedError: nothing differs there, orders of it work, the broker does not say what is
            held, or the word was not typed.
    """
    context, books = core.context, core.books
    chosen = {key for key in books.rows if command.target in ("*", key)}
    if not chosen:
        raise RefusedError(f"{command.target} does not differ from the broker; nothing is external")
    refuse_unread(core, chosen)
    busy = sorted({r.intent.trader for r in context.state.orders.live.values()} & chosen)
    if busy:
        raise RefusedError(f"orders of {busy[0]} still work; pause it and wait until they end")
    if typed_word(command) != EXTERNAL_WORD:
        raise RefusedError(
            f"type the word {EXTERNAL_WORD} where what differs is not the desk's: it is left alone"
        )
    book = context.state.contracts
    try:
        positions, shares = core.broker_books.held()
    except Exception as error:
        raise RefusedError(f"the broker cannot be asked: {error}; try again") from None
    if positions is None or shares is None:
        raise RefusedError("the broker does not tell what is held; nothing can be told apart")
    contracts, by_root = book.external()
    for row in book.difference(book.without_external(positions)):
        if f"{row.key.symbol} {row.key.expiration}" in chosen:
            contracts[row.key] = contracts.get(row.key, 0) + row.broker - row.book
    rest = book.shares_without_external({row.symbol: row.quantity for row in shares})
    ours = book.shares()
    for symbol in {key.split(" ")[0] for key in chosen}:
        by_root[symbol] = by_root.get(symbol, 0) + rest.get(symbol, 0) - ours.get(symbol, 0)
    event = ev.BaselineTaken(
        context.moment.at_ms,
        {name_of(key): held for key, held in sorted(contracts.items()) if held},
        {symbol: held for symbol, held in sorted(by_root.items()) if held},
    )
    context.emit(event)
    books.compare()
    books.compare()  # a difference counts as gone only where the next look says so too
    core.positions.look()
    return f"external: {len(event.contracts)} contracts, shares of {len(event.shares)} roots"
