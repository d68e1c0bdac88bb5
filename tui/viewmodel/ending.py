"""The end of a session in words: what it waits for, and what ending now gives up."""

from __future__ import annotations

from engine.snapshot import EndingView
from tui.text.formats import clean, plural

_DIFFERENCE = 60


def waits_for(ending: EndingView) -> str:
    """What an end under way waits for, and how much longer."""
    return f"ending: {_rest(ending)}; at most {ending.left_s:.0f} s more"


def gives_up(ending: EndingView | None) -> str:
    """What is lost where the operator ends it now."""
    if ending is None:
        return "what it still waits for is not known"
    if ending.ends is None:
        units = f"; {plural(ending.units, 'open unit')} parked and kept" if ending.units else ""
        return f"completing orders get no more time{units}"
    return (
        f"what is waited for is given up: {_rest(ending)}. What executes after this is in no "
        "book, and the run ends with a difference (exit code 4)"
    )


def _rest(ending: EndingView) -> str:
    parts = []
    if ending.ends is None:
        parts.append(f"{plural(ending.orders, 'order')} at work")
        if ending.units:
            parts.append(f"{plural(ending.units, 'unit')} to complete")
        return ", ".join(parts)
    if ending.orders:
        parts.append(f"{plural(ending.orders, 'order')} without an answer")
    if ending.ends:
        parts.append(f"{plural(ending.ends, 'ended order')} asked about again, may have filled")
    if ending.difference:
        parts.append(f"book and broker differ: {clean(ending.difference, _DIFFERENCE)}")
    return "; ".join(parts) or "book and broker are compared"
