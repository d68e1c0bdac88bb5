"""What put-call parity says of an underlying's price."""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.market.chain import CALL, PUT, OptionChain

_STRIKES: Final = 3


def implied_forward(chain: OptionChain) -> float | None:
    """The forward price that put-call parity implies; nobody quoted it: label it so.

    The median of strike + call mid - put mid over the three strikes where the two mids are nearest
    to each other (there discounting and early exercise matter least). None unless some strike has
    both rights quoted on both sides and uncrossed.

    Args:
        chain: of one expiration.
    """
    quoted = np.all((chain.bid > 0) & (chain.ask >= chain.bid), axis=0)
    if not quoted.any():
        return None
    mid = (chain.bid[:, quoted] + chain.ask[:, quoted]) / 2
    apart = mid[CALL] - mid[PUT]
    nearest = np.argsort(np.abs(apart), kind="stable")[:_STRIKES]
    return float(np.median(chain.strikes[quoted][nearest] + apart[nearest]))
