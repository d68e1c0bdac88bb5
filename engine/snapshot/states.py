"""What a trader, and what the desk as a whole, is doing."""

from __future__ import annotations

from enum import StrEnum


class TraderState(StrEnum):
    """What a trader is doing, in three letters."""

    RUN = "RUN"
    WORKING = "WRK"
    HEDGING = "HDG"
    PAUSED = "PAU"
    HELD = "HLD"
    BLOCKED = "BLK"
    STALE = "STL"
    FAULT = "FLT"
    OFF = "OFF"
    KILLED = "KIL"


class EngineState(StrEnum):
    """What the desk as a whole is doing."""

    STARTING = "STARTING"
    WARMING = "WARMING"
    RUN = "RUN"
    HALTED = "HALTED"
    EXIT_ONLY = "EXIT-ONLY"
    KILLING = "KILLING"
    KILLED = "KILLED"
    DRAINING = "DRAINING"
    ENDED = "ENDED"
