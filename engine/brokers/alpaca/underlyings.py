"""Alpaca's symbols of underlyings: a class of shares has a dot, the root of its options none."""

from __future__ import annotations

from typing import Final

from engine.market.ticks import canonical_root, underlying_of

_CLASSES: Final = {
    "BFB": "BF.B",
    "BRKB": "BRK.B",
    "HEIA": "HEI.A",
    "LENB": "LEN.B",
    "MOGA": "MOG.A",
}
"""Classes of shares that have options, by the OCC's root; a root alone does not tell its class."""


def alpaca_underlying(root: str) -> str:
    """Alpaca's symbol of what a root's options are on: SPX for SPXW, BRK.B for BRKB.

    Args:
        root: of the options, as the OCC has it.
    """
    return _CLASSES.get(canonical_root(root), underlying_of(root))
