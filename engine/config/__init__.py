"""A desk's settings: their sections, and how they are read."""

from engine.config.loading import ENV_PREFIX, load_config, parse_toml, read_toml, refusal_of
from engine.config.names import path_of
from engine.config.regular_files import read_text
from engine.config.sections import (
    ConfigError,
    DeskConfig,
    FillRatePause,
    LadderParameters,
    RiskLimits,
    Section,
    SimulationSettings,
    SizingParameters,
    SpreadRules,
    TimingParameters,
)

__all__ = [
    "ENV_PREFIX",
    "ConfigError",
    "DeskConfig",
    "FillRatePause",
    "LadderParameters",
    "RiskLimits",
    "Section",
    "SimulationSettings",
    "SizingParameters",
    "SpreadRules",
    "TimingParameters",
    "load_config",
    "parse_toml",
    "path_of",
    "read_text",
    "read_toml",
    "refusal_of",
]
