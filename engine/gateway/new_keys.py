"""New keys for a gateway that runs: read where they are kept, once the broker refuses its own.

They are used once the broker has told, with them, the number of the account that the gateway holds:
keys of another account would send its orders there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.brokers.dialect import DialectError
from engine.brokers.http.call import Answer
from engine.brokers.http.secrets import Credentials, SecretsError
from engine.config import ConfigError
from engine.gateway.alpaca import AlpacaConnection
from engine.gateway.books import Notice
from engine.market.clock import Clock

READ_EVERY_S: Final = 30.0
"""Seconds between two readings of the stored keys, while those in use are refused."""

KIND: Final = "KEYS_UNUSABLE"


class NewKeys:
    """Takes keys that a person has stored while the gateway runs; in one thread.

    Args:
        connection: of the account.
        number: of the account.
        stored: reads the keys where they are kept.
        hold: an alarm that stands while its sentence is not empty.
        clock: real time.
    """

    def __init__(
        self,
        connection: AlpacaConnection,
        number: str,
        stored: Callable[[], Credentials],
        hold: Notice,
        clock: Clock,
    ) -> None:
        self._connection, self._number = connection, number
        self._stored, self._hold, self._clock = stored, hold, clock
        self._read_s = clock.now_s() - READ_EVERY_S

    def look(self) -> None:
        """Read the stored keys where those in use are refused, now and then."""
        if not self._connection.orders.refused:
            self._hold(KIND, "")
        elif self._clock.now_s() - self._read_s >= READ_EVERY_S:
            self._read_s = self._clock.now_s()
            self._hold(KIND, self._take())

    def _take(self) -> str:
        """Try the stored keys and use them; why not, "" where there are no others or they are."""
        try:
            keys = self._stored()
        except (ConfigError, SecretsError) as error:
            return f"the stored keys cannot be read: {error}"
        if not self._connection.differs(keys):
            return ""
        answer = self._connection.account_with(keys)
        if not isinstance(answer, Answer) or answer.status >= 500:
            return ""  # asked again
        if answer.status in (401, 403):
            return f"those in {keys.source} are refused, too ({answer.status}): log in again"
        try:
            number = self._connection.dialect.account_number(answer.body)
        except DialectError:
            return ""  # asked again
        if number != self._connection.redactor.inside(self._number):  # as answers tell it here
            return f"those in {keys.source} are of another account: log in to the right one"
        self._connection.use(keys)
        return ""
