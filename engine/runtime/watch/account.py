"""Asks the broker now and then what the account may still use, beside the thread that decides."""

from __future__ import annotations

from typing import Final

from engine.brokers.protocol import AccountBroker, AccountState
from engine.brokers.remote.facts import TellingBroker
from engine.orders.soundness import cleaned
from engine.runtime.context import DeskContext

ACCOUNT_EVERY_S: Final = 5.0


class AccountWatch:
    """Keeps what the gate knows of the account's buying power.

    A broker whose process says that it tells no account is never asked.

    Args:
        context: the desk's shared parts.

    Attributes:
        state: the account as the broker last told it; None before the first answer.
    """

    def __init__(self, context: DeskContext) -> None:
        self._context = context
        self._asking = False
        self.state: AccountState | None = None
        self._broker()

    def _broker(self) -> AccountBroker | None:
        """The broker, where it tells of an account."""
        context, broker = self._context, self._context.broker
        if not hasattr(broker, "account"):
            return None  # quicker than the protocols
        tells = not isinstance(broker, TellingBroker) or broker.facts.caps.accounts
        if not (tells and isinstance(broker, AccountBroker)):
            return None
        context.gate.power.ask(needed=context.config.mode == "LIVE")
        return broker

    def look(self) -> None:
        """Ask, unless an answer is still awaited; no answer leaves what was told before."""
        context, broker = self._context, self._broker()
        if broker is None or self._asking:
            return
        if context.lanes is None:
            try:
                self._take(broker.account())
            except Exception:
                return  # what was told before grows old, and says so
            return
        answers: list[AccountState] = []
        self._asking = True

        def call() -> None:
            answers.append(broker.account())

        def ended() -> None:
            self._asking = False
            if answers:
                context.now()
                self._take(answers[0])

        context.lanes.queries.submit(lambda: call, failed=lambda error: None, ended=ended)

    def _take(self, state: AccountState) -> None:
        self.state = state
        blocked = "; ".join(cleaned(each, 80) for each in state.blocked)
        as_of_ms = round(state.as_of_s * 1000)
        self._context.gate.power.tell(state.buying_power_c, as_of_ms, blocked)
