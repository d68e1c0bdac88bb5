"""The limits in force: what the settings say, and tighter where an operator has tightened them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.config import DeskConfig, RiskLimits
from engine.config.tightening import TIGHTENED_LIVE
from engine.risk.gate import PreTradeGate
from engine.snapshot import LimitView
from engine.state.limits import TightenedLimits


def limit_views(
    limits: RiskLimits, changes: TightenedLimits, written: Mapping[str, Any]
) -> tuple[LimitView, ...]:
    """Every limit, as a screen shows it.

    Args:
        limits: in force.
        changes: what is tightened.
        written: what the settings say of those.
    """
    views = []
    for name in type(limits).model_fields:
        value, last = getattr(limits, name), changes.last(name)
        undo = None if last is None else last.before
        views.append(LimitView(name, value, written.get(name, value), undo, name in TIGHTENED_LIVE))
    return tuple(views)


class LiveLimits:
    """Has the limits of one desk follow what its journal tells of them.

    Args:
        config: the desk's own settings; its limits are the ones that are asked.
        gate: asked before every debit; its pace of orders is one of the limits.
        changes: what is tightened, as the state has it.
    """

    def __init__(self, config: DeskConfig, gate: PreTradeGate, changes: TightenedLimits) -> None:
        self._config = config
        self._gate = gate
        self._changes = changes
        self._written: dict[str, Any] = {}
        self._views: tuple[LimitView, ...] = ()

    def views(self) -> tuple[LimitView, ...]:
        """Every limit; the same tuple as long as nothing has changed."""
        views = limit_views(self._config.limits, self._changes, self._written)
        if views != self._views:
            self._views = views
        return self._views

    def follow(self, now_s: float) -> None:
        """Bring every limit to what is in force, at engine second `now_s`."""
        limits, wanted = self._config.limits, self._changes.in_force()
        for name in [name for name in self._written if name not in wanted]:
            limits.hold(name, self._written.pop(name))
        for name, value in wanted.items():
            self._written.setdefault(name, getattr(limits, name))
            limits.hold(name, value)
        self._gate.rate.pace(limits.orders_per_minute, now_s)

    def limit_chain_imbalance(self, contracts: int) -> None:
        """A program says how much imbalance a chain may have; what is tighter stays in force."""
        name = "max_imbalance_chain"
        if name in self._written:
            self._written[name] = contracts
            contracts = min(contracts, getattr(self._config.limits, name))
        self._config.limits.hold(name, contracts)

    def for_the_journal(self) -> dict[str, Any]:
        """The settings as they are written: what is tightened beside them has rows of its own."""
        settings = self._config.for_the_journal()
        return {**settings, "limits": {**settings["limits"], **self._written}}
