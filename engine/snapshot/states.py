"""The states of a trader and of the desk."""

from __future__ import annotations

from enum import StrEnum


class TraderState(StrEnum):
    """A trader's state, in three letters; `?` where a journal does not say what it waited for."""

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
    UNKNOWN = "?"


class EngineState(StrEnum):
    """The desk's state."""

    STARTING = "STARTING"
    WARMING = "WARMING"
    RUN = "RUN"
    HALTED = "HALTED"
    EXIT_ONLY = "EXIT-ONLY"
    KILLING = "KILLING"
    KILLED = "KILLED"
    DRAINING = "DRAINING"
    ENDED = "ENDED"
