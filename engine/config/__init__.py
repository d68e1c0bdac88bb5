"""A desk's settings: their sections, and how they are read."""

from engine.config.loading import ENV_PREFIX, load_config
from engine.config.sections import (
    Above,
    ConfigError,
    Count,
    DeskConfig,
    Dollars,
    FillRatePause,
    LadderParameters,
    Multiplier,
    Rate,
    RiskLimits,
    Seconds,
    Section,
    SimulationSettings,
    SizingParameters,
    SpreadRules,
    TimingParameters,
    Written,
)

__all__ = [
    "ENV_PREFIX",
    "Above",
    "ConfigError",
    "Count",
    "DeskConfig",
    "Dollars",
    "FillRatePause",
    "LadderParameters",
    "Multiplier",
    "Rate",
    "RiskLimits",
    "Seconds",
    "Section",
    "SimulationSettings",
    "SizingParameters",
    "SpreadRules",
    "TimingParameters",
    "Written",
    "load_config",
]
