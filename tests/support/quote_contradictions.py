"""Which contracts others contradict, by looking at every pair of strikes: slow and independent."""

import itertools
from collections.abc import Iterable

Quote = tuple[float, float, float]
"""Strike, bid and ask of one contract, per share."""


def left_out(quotes: Iterable[Quote], right: str) -> set[float]:
    """Strikes of one right that are left out: the one in most contradictions, else all of them."""
    sound = [q for q in quotes if 0 <= q[1] <= q[2] and 0 < q[2] < 1e12]
    against: dict[float, set[float]] = {}
    for one, other in itertools.combinations(sound, 2):
        if _contradict(one, other, right):
            against.setdefault(one[0], set()).add(other[0])
            against.setdefault(other[0], set()).add(one[0])
    gone: set[float] = set()
    while any(against.values()):
        group = {next(strike for strike, others in against.items() if others)}
        while (wider := group.union(*(against[strike] for strike in group))) != group:
            group = wider
        most = max(len(against[strike]) for strike in group)
        worst = {strike for strike in group if len(against[strike]) == most}
        leave = worst if len(worst) == 1 else group
        gone |= leave
        against = {k: others - leave for k, others in against.items() if k not in leave}
    return gone


def _contradict(one: Quote, other: Quote, right: str) -> bool:
    """Whether the market of the vertical lies wholly below 0 or wholly above its width."""
    lower, higher = sorted((one, other))
    dear, cheap = (lower, higher) if right == "call" else (higher, lower)
    width = higher[0] - lower[0]
    bid, ask = dear[1] - cheap[2], dear[2] - cheap[1]
    return ask < -1e-6 or bid > width + 1e-6
