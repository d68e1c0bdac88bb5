"""A desk's settings: their sections, and how they are read."""

from engine.config.calibration import LEAST_ATTEMPTS, Calibration
from engine.config.fills import FillModelParameters, ModelName
from engine.config.loading import (
    ENV_PREFIX,
    load_config,
    parse_toml,
    read_calibration,
    read_toml,
    refusal_of,
    refuse_simulated_chains,
)
from engine.config.names import path_of, root_of
from engine.config.real_money import REAL_MONEY, UNCONFIRMED, real_money_refusals
from engine.config.regular_files import read_text
from engine.config.section import ConfigError, Section
from engine.config.sections import (
    DeskConfig,
    ExplorationSettings,
    FillRatePause,
    LadderParameters,
    RiskLimits,
    SimulationSettings,
    SizingParameters,
    SpreadRules,
    TimingParameters,
)

__all__ = [
    "ENV_PREFIX",
    "LEAST_ATTEMPTS",
    "REAL_MONEY",
    "UNCONFIRMED",
    "Calibration",
    "ConfigError",
    "DeskConfig",
    "ExplorationSettings",
    "FillModelParameters",
    "FillRatePause",
    "LadderParameters",
    "ModelName",
    "RiskLimits",
    "Section",
    "SimulationSettings",
    "SizingParameters",
    "SpreadRules",
    "TimingParameters",
    "load_config",
    "parse_toml",
    "path_of",
    "read_calibration",
    "read_text",
    "read_toml",
    "real_money_refusals",
    "refusal_of",
    "refuse_simulated_chains",
    "root_of",
]
