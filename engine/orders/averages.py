"""Totals of several contracts as executions in whole cents: an average need not be one."""

from __future__ import annotations


def split_total(total_c: int, contracts: int) -> tuple[tuple[int, int], ...]:
    """A total as at most two executions, (contracts, cents each), that add up to it exactly.

    What the lower price leaves over goes a cent each to as many contracts.

    Args:
        total_c: cents of all contracts together.
        contracts: 1 or more.
    """
    lower_c, dearer = divmod(total_c, contracts)
    parts = ((contracts - dearer, lower_c), (dearer, lower_c + 1))
    return tuple(part for part in parts if part[0])
