"""Where Alpaca is: constants, so that no setting can send keys anywhere else."""

from __future__ import annotations

from typing import Final, NamedTuple


class Hosts(NamedTuple):
    """The addresses of one mode.

    Attributes:
        trading, data: of calls.
        stream: of trade updates.
    """

    trading: str
    data: str
    stream: str


_DATA: Final = "https://data.alpaca.markets"

HOSTS: Final = {
    "PAPER": Hosts(
        "https://paper-api.alpaca.markets", _DATA, "wss://paper-api.alpaca.markets/stream"
    ),
    "LIVE": Hosts("https://api.alpaca.markets", _DATA, "wss://api.alpaca.markets/stream"),
}


_KEY_MODES: Final = {"PK": "PAPER", "AK": "LIVE"}
"""How Alpaca begins the keys of its paper and live accounts; for sentences alone."""


def mode_of_key(key: str) -> str:
    """The mode that a key is for by its first letters; "" where they say nothing.

    Args:
        key: Alpaca's key id.
    """
    return _KEY_MODES.get(key[:2], "")


def headers_of(key: str, secret: str) -> dict[str, str]:
    """The headers that say whose call it is; they are shown and written nowhere."""
    return {"APCA-API-KEY-ID": key, "APCA-API-SECRET-KEY": secret, "User-Agent": "legdesk"}
