"""POSITIONS: the pairs or the contracts held, the chosen one in full, and the account."""

from __future__ import annotations

from engine.snapshot import PositionsView
from tui.text import formats
from tui.text.lines import Line, wrapped
from tui.viewmodel.contracts import contract_lines, contracts_pane
from tui.viewmodel.frame import Box, framed
from tui.viewmodel.held import (
    CONTRACTS,
    held_positions,
    named_rows,
)
from tui.viewmodel.pairs import chosen_pair, pair_lines, pairs_pane
from tui.viewmodel.phase import pair
from tui.viewmodel.view import View


def list_pane(view: View, box: Box) -> list[Line]:
    """The pairs or the contracts, whichever list the keys are in."""
    held = held_positions(view)
    if held is None:
        return framed(view, box, "POSITIONS", [((" asking the engine for the positions", "dim"),)])
    return (
        contracts_pane(held, view, box)
        if view.state.pane == CONTRACTS
        else pairs_pane(held, view, box)
    )


def chosen_title(view: View) -> str:
    """What the lower part is about."""
    if view.state.pane == CONTRACTS:
        return "CONTRACT"
    p = chosen_pair(view)
    return "PAIR" if p is None else f"PAIR {formats.told(p.trader, 40)} cycle {p.cycle}"


def chosen_lines(view: View, width: int) -> list[Line]:
    """The chosen pair or contract in full, then what the account holds besides."""
    held = held_positions(view)
    if held is None:
        return []
    lines: list[Line] = []
    if view.state.pane == CONTRACTS:
        key = view.state.selected(CONTRACTS)
        contract = next((c for c in held.contracts if c.key == key), None)
        lines = contract_lines(contract, held) if contract else []
    else:
        p = chosen_pair(view)
        lines = pair_lines(p, view, width) if p else []
    return [*lines, *account_lines(held, view, width)]


def account_lines(held: PositionsView, view: View, width: int) -> list[Line]:
    """Shares, orders that are not ours, and how book and broker differ."""
    lines: list[Line] = []
    for s in held.shares:
        paid = "" if s.cost_c is None else f"  cost {formats.money(s.cost_c, signed=False)}"
        worth = "?" if s.value_c is None else formats.money(s.value_c)
        lines.append(
            pair(
                "shares",
                (f"{formats.clean(s.symbol, 8)} {s.quantity:+d}", "p1_text"),
                (f"  worth {worth}{paid}", "value"),
            )
        )
    if held.external:
        text = f"{len(held.external)} not ours, never touched: " + ", ".join(
            formats.clean(name, 40) for name in held.external[:6]
        )
        lines += named_rows("orders", wrapped(text, width - 9, "value"))
    if view.snapshot.health.difference:
        text = formats.told(view.snapshot.health.difference)
        lines += named_rows("differs", wrapped(text, width - 9, "p1_text"))
    return [(), *lines] if lines else []
