"""Settings of the terminal's screen: how it is laid out, whether it rings, how often it looks."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from engine.config.section import Section

SCREEN: Final = "screen."
"""How the key of such a setting begins."""

MOST_REFRESH_S: Final = 1.0
"""Stale is marked within a second."""


class ScreenSettings(Section):
    """How the screen is laid out at its first start, whether a P1 rings, how often it looks.

    refresh_s: seconds between two looks at the desk.
    """

    layout: Literal["balanced", "traders", "orders", "learning"] = "balanced"
    bell: bool = True
    refresh_s: Annotated[float, Field(ge=0.1, le=MOST_REFRESH_S, allow_inf_nan=False)] = 0.25
