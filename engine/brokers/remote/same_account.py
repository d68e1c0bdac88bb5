"""The other process as long as it has the account that this desk began on."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from engine.brokers.remote.facts import SessionFacts, facts_of
from engine.brokers.remote.frames import WireError
from engine.brokers.remote.link import ANSWER_WITHIN_S, Asking, LinkError


class SameAccount:
    """Asks for one account; whoever answers after a reconnect may have another.

    Args:
        link: connected.
        facts: what was said of the session at the begin.
    """

    def __init__(self, link: Asking, facts: SessionFacts) -> None:
        self._link = link
        self._account = facts.mode, facts.account_tail
        self._there, self._told = facts, link.told

    def facts(self) -> SessionFacts:
        """The facts of the latest hello that could be read; its clock is that of who answers now.

        The desk's own time goes on as it began. After a gateway's restart the two may differ.
        """
        told = self._link.told
        if told is not self._told:
            with suppress(WireError):  # those of before hold
                self._there = facts_of(told)
            self._told = told
        return self._there

    def refusal(self) -> str:
        """Why nothing is asked of who answers; "" where it has the account of the begin."""
        there = self.facts()
        if (there.mode, there.account_tail) == self._account:
            return ""
        return (
            f"the gateway holds account …{there.account_tail} ({there.mode}) now, this desk began "
            f"on …{self._account[1]} ({self._account[0]}): log in with the keys of before and "
            "restart the gateway, or stop the desk"
        )

    def ask(self, op: str, within_s: float = ANSWER_WITHIN_S, **arguments: Any) -> Any:
        """Ask the other process.

        Raises:
            LinkError: it has another account, or did not answer.
        """
        if refusal := self.refusal():
            raise LinkError(refusal)
        return self._link.ask(op, within_s, **arguments)
