"""A desk's settings: their sections, and how they are read."""

from engine.config.calibration import LEAST_ATTEMPTS, Calibration
from engine.config.editing import (
    BY_HAND,
    Proposal,
    kind_of_field,
    may_be_unset,
    settings_in,
    typed_value,
    value_of,
    with_value,
)
from engine.config.fills import FillModelParameters, ModelName
from engine.config.loading import (
    ENV_PREFIX,
    load_config,
    parse_toml,
    read_calibration,
    read_toml,
    refusal_of,
    refuse_simulated_chains,
    refuse_stock_symbols,
)
from engine.config.meanings import MEANINGS
from engine.config.names import DOLLARS, number_text, path_of, root_of, whole_cents
from engine.config.notify import NotifySettings
from engine.config.real_money import REAL_MONEY, UNCONFIRMED, real_money_refusals
from engine.config.regular_files import read_text
from engine.config.screen import SCREEN, ScreenSettings
from engine.config.section import ConfigError, Section
from engine.config.sections import (
    NEVER_JOURNALED,
    OF_THE_PERSON,
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
from engine.config.settings_file import SettingsFile
from engine.config.tightening import TIGHTENED_LIVE, LimitError, loosens, tightened

__all__ = [
    "BY_HAND",
    "DOLLARS",
    "ENV_PREFIX",
    "LEAST_ATTEMPTS",
    "MEANINGS",
    "NEVER_JOURNALED",
    "OF_THE_PERSON",
    "REAL_MONEY",
    "SCREEN",
    "TIGHTENED_LIVE",
    "UNCONFIRMED",
    "Calibration",
    "ConfigError",
    "DeskConfig",
    "ExplorationSettings",
    "FillModelParameters",
    "FillRatePause",
    "LadderParameters",
    "LimitError",
    "ModelName",
    "NotifySettings",
    "Proposal",
    "RiskLimits",
    "ScreenSettings",
    "Section",
    "SettingsFile",
    "SimulationSettings",
    "SizingParameters",
    "SpreadRules",
    "TimingParameters",
    "kind_of_field",
    "load_config",
    "loosens",
    "may_be_unset",
    "number_text",
    "parse_toml",
    "path_of",
    "read_calibration",
    "read_text",
    "read_toml",
    "real_money_refusals",
    "refusal_of",
    "refuse_simulated_chains",
    "refuse_stock_symbols",
    "root_of",
    "settings_in",
    "tightened",
    "typed_value",
    "value_of",
    "whole_cents",
    "with_value",
]
