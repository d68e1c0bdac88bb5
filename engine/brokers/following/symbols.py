"""The one codec of OCC symbols: a contract as brokers write it, and back."""

from __future__ import annotations

import re
from datetime import date
from typing import Final, NamedTuple

from engine.market.legs import SpreadLeg
from engine.market.quotes.symbols import bare_root, contract_named

_ROOT: Final = re.compile(r"[A-Z][A-Z0-9]{0,5}")
_MOST_THOUSANDTHS: Final = 99_999_999
_ROOT_CHARACTERS: Final = 6


class Contract(NamedTuple):
    """One listed option.

    Args:
        root: of the symbol, without what sources write differently (`BRKB`, `SPXW`).
        expiration: exchange date.
        right: "call" or "put".
        strike: per share, in whole thousandths.
    """

    root: str
    expiration: date
    right: str
    strike: float


def contract_of(root: str, leg: SpreadLeg, expiration: date) -> Contract:
    """The contract of an order's leg.

    Args:
        root: of the order's chain.
        leg: of the order.
        expiration: of the order; the leg's own may be a datetime.
    """
    return Contract(bare_root(root), expiration, leg.option_type, round(leg.strike * 1000) / 1000)


def occ_symbol(contract: Contract, *, padded: bool = False) -> str:
    """A contract as the OCC writes it: `AAPL270115C00150000`, padded `AAPL  270115C00150000`.

    Raises:
        ValueError: the OCC has no name for it.
    """
    root, expiration, right, strike = contract
    thousandths = round(strike * 1000)
    if (
        not _ROOT.fullmatch(root)
        or right not in ("call", "put")
        or not 2000 <= expiration.year <= 2099
        or not 0 < thousandths <= _MOST_THOUSANDTHS
        or abs(strike * 1000 - thousandths) > 1e-6
    ):
        raise ValueError(f"{root} {expiration} {right} {strike} has no OCC symbol")
    if padded:
        root = root.ljust(_ROOT_CHARACTERS)
    return f"{root}{expiration:%y%m%d}{'C' if right == 'call' else 'P'}{thousandths:08d}"


def is_occ_symbol(text: str) -> bool:
    """Whether a text is the OCC symbol of an option."""
    try:
        contract_from_occ(text)
    except ValueError:
        return False
    return True


def contract_from_occ(text: str) -> Contract:
    """The contract that an OCC symbol names, with or without blanks after the root.

    Raises:
        ValueError: it is not an OCC symbol.
    """
    named = contract_named(text)
    if named is not None:
        right = "put" if named.right else "call"
        contract = Contract(named.root, named.expiration, right, named.strike)
        if _ROOT.fullmatch(named.root) and text.replace(" ", "") == occ_symbol(contract):
            return contract
    raise ValueError(f"{str(text)[:40]!r} is not an OCC symbol")
