"""The request to trade away what exercise or assignment left of an underlying's shares."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from engine.brokers.protocol import NotSentError, ShareBroker
from engine.commands import NO_SHARES_ORDER, Command
from engine.orders.soundness import cleaned
from engine.runtime.context import DeskContext
from engine.runtime.requests.errors import RefusedError
from engine.runtime.requests.later import Later, Made
from engine.runtime.requests.typed_words import CLOSE_WORD, typed_word
from engine.runtime.share_closes import ShareCloses

TRADED_WITHIN_S: Final = 30.0
"""Seconds that a broker gets to trade shares away before it may be asked again."""


class SharesAway:
    """Has the broker trade all shares of a root away at the market, once.

    A broker that may take its time is asked beside the scheduler's thread, as for orders.

    Args:
        context: the desk's shared parts.
        shares: knows what is on its way and what works.
    """

    def __init__(self, context: DeskContext, shares: ShareCloses) -> None:
        self._context, self._shares = context, shares
        self._sent: dict[str, tuple[float, int]] = {}

    def ask(self, command: Command) -> str | Later:
        """Check the request and send it.

        Raises:
            RefusedError: there are none, they were sent already, or nothing may be sent.
        """
        context = self._context
        symbol, now_s, broker = command.target, context.moment.now_s, context.broker
        held = context.state.contracts.shares().get(symbol, 0)
        if not held:
            raise RefusedError(f"no shares of {symbol} are held")
        if context.flags.frozen:
            raise RefusedError(NO_SHARES_ORDER)
        if not isinstance(broker, ShareBroker):
            raise RefusedError(f"this broker takes no orders for shares; trade {symbol} away there")
        if typed_word(command) != CLOSE_WORD:
            raise RefusedError(
                f"type the word {CLOSE_WORD} to trade {held:+d} {symbol} shares away"
            )
        asked_s, many = self._sent.get(symbol, (-TRADED_WITHIN_S, 0))
        untraded = many * held > 0 and abs(held) >= abs(many)
        if untraded and now_s - asked_s < TRADED_WITHIN_S:
            left_s = round(asked_s + TRADED_WITHIN_S - now_s)
            raise RefusedError(
                "they were sent to be traded away already; ask again in "
                f"{left_s} s if they still stand"
            )
        self._sent[symbol] = now_s, held
        call = partial(broker.close_shares, symbol, context.moment.epoch_s)
        if context.lanes is None or not context.broker.blocking:
            return self._told(symbol, held, _outcome(call))
        return Later(partial(self._begin, symbol, held, broker))

    def _begin(
        self, symbol: str, held: int, broker: ShareBroker, told: Callable[[Made], None]
    ) -> None:
        """Ask in a thread of the lane of completing orders, for it ends a risk as they do."""
        context, lanes = self._context, self._context.lanes
        outcomes: list[Exception | None] = []
        why = ["no call to the broker returned in time"]
        self._shares.on_its_way(symbol)

        def begin() -> Callable[[], None] | None:
            if context.flags.frozen:
                why[0] = NO_SHARES_ORDER
                return None
            call = partial(broker.close_shares, symbol, context.now().epoch_s)
            return lambda: outcomes.append(_outcome(call))

        def ended() -> None:
            self._shares.arrived(symbol)
            outcome = outcomes[0] if outcomes else NotSentError(why[0])
            told(partial(self._told, symbol, held, outcome))

        assert lanes is not None
        lanes.completing.submit(begin, failed=lambda error: None, give_up=lambda: None, ended=ended)

    def _told(self, symbol: str, held: int, outcome: Exception | None) -> str:
        """What became of a request, for the operator.

        Raises:
            RefusedError: nothing was sent, or that is not known.
        """
        if isinstance(outcome, NotSentError):
            self._sent.pop(symbol, None)
            raise RefusedError(f"nothing was sent: {cleaned(outcome)}")
        self._shares.look_soon()
        if isinstance(outcome, ConnectionError):
            raise RefusedError(
                f"it is not known whether they were sent ({cleaned(outcome)}); look at the broker, "
                f"and ask again in {TRADED_WITHIN_S:.0f} s if they still stand"
            )
        if outcome is not None:
            raise outcome
        return f"{held:+d} {symbol} shares: sent to be traded away at the market"


def _outcome(call: Callable[[], None]) -> Exception | None:
    try:
        call()
    except Exception as error:
        return error
    return None
