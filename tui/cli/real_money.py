"""What is said and refused before a desk that trades real money is opened."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tui.cli.errors import complain

if TYPE_CHECKING:
    from engine.config import DeskConfig


def refusals_of(config: DeskConfig) -> list[str]:
    """Every reason for which settings and environment trade no real money; none in other modes."""
    from engine.config import real_money_refusals
    from tui.lifecycle import environment_refusal

    foreign = environment_refusal(config.mode, os.environ)
    return [*real_money_refusals(config), *([foreign] if foreign else [])]


def before_real_money(config: DeskConfig, *, headless: bool) -> None:
    """Refuse with every reason at once, before anything is started; else say what nobody has shown.

    Args:
        config: the settings, in mode LIVE.
        headless: whether the desk has no screen, and so must have been armed.

    Raises:
        ConfigError: with a line for each reason.
    """
    from engine.config import REAL_MONEY, ConfigError
    from engine.runs.arming import NOT_ARMED, is_armed

    refusals = refusals_of(config)
    if headless and not is_armed(config):
        refusals.append(NOT_ARMED)
    if refusals:
        raise ConfigError("\n".join(refusals))
    complain(REAL_MONEY)
