"""The account of a broker that a desk trades, and what the broker charges."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from engine.config.bounds import DEFAULT_EXPIRATIONS, MOST_EXPIRATIONS, refuse_too_many
from engine.config.names import DEFAULT_ROOTS, Roots, by_root, shown
from engine.config.section import Section

MOST_CONTRACTS: Final = 1_000
MOST_FEE_C: Final = 10_000
DEFAULT: Final = "default"
"""The name of the fees of roots that have none of their own."""

_LONGEST_NUMBER: Final = 32
_PROXY: Final = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?")
_SHOWN: Final = 4


def tail_of(number: str) -> str:
    """What may be shown of an account's number: its last four characters."""
    return number[-_SHOWN:]


def fingerprint_of(number: str) -> str:
    """What stands for an account's number in a file that is not the settings': it names none."""
    return hashlib.sha256(number.encode()).hexdigest()[:_LONGEST_NUMBER]


def _number(text: str) -> str:
    if len(text) > _LONGEST_NUMBER or not (text == "" or (text.isascii() and text.isalnum())):
        raise ValueError(
            f"{shown(tail_of(text))} does not end an account's number: letters and digits, at most "
            f"{_LONGEST_NUMBER} of them"
        )
    return text


def _proxy(text: str) -> str:
    if text and not _PROXY.fullmatch(text):
        raise ValueError("that is no proxy; write http://host:port, without a name and a password")
    return text


class BrokerSettings(Section):
    """Whose account it is; the desk reaches it through a gateway, a process of its own.

    name: the broker; "simulated" is `legdesk exchange` in mode PAPER.
    account_number: of the account, which must be the one that the gateway holds; "" for any.
        Mode LIVE needs it.
    first_day_contracts: most contracts of an order in mode LIVE until 20 attempts ended well,
        five of them with a pair.
    feed: of quotes: "opra", which exchanges quote, or "indicative", which is modified.
    max_calls_per_min: of the broker's limit; the rest is kept for cancels and completing orders.
    symbols, expirations_per_symbol: whose chains are traded, and how many of the nearest
        expirations of each; `legdesk exchange` has those of its simulation.
    proxy: `http://host:port` through which a real broker is called; "" for none. That of the
        environment is never used.
    keep_raw: whether a real broker's answers are kept word by word for replays, without keys.
    """

    name: Literal["", "simulated", "alpaca"] = ""
    feed: Literal["opra", "indicative"] = "indicative"
    max_calls_per_min: Annotated[int, Field(ge=10, le=1_000)] = 160
    keep_raw: bool = True
    proxy: Annotated[str, AfterValidator(_proxy)] = ""
    account_number: Annotated[str, AfterValidator(_number)] = ""
    first_day_contracts: Annotated[int, Field(ge=1, le=MOST_CONTRACTS)] = 1
    symbols: Roots = DEFAULT_ROOTS
    expirations_per_symbol: Annotated[int, Field(ge=1, le=MOST_EXPIRATIONS)] = DEFAULT_EXPIRATIONS

    @model_validator(mode="after")
    def _few_enough(self) -> Self:
        refuse_too_many(self.symbols, self.expirations_per_symbol)
        return self


class LegFeeSettings(Section):
    """What one contract of one leg costs, in cents."""

    commission_c: Annotated[int, Field(ge=0, le=MOST_FEE_C)] = 65
    exchange_c: Annotated[int, Field(ge=0, le=MOST_FEE_C)] = 3


def _fees(value: Any) -> Any:
    """Fees by option root in capitals, those of all other roots as "default"."""
    if not isinstance(value, dict):
        return value
    roots = {name: each for name, each in value.items() if name != DEFAULT}
    named = by_root(roots)
    return {DEFAULT: value[DEFAULT], **named} if DEFAULT in value else named


Fees = Annotated[dict[str, LegFeeSettings], Field(max_length=2_000), BeforeValidator(_fees)]
