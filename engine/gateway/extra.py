"""The packages with which a broker is called: an extra, which a desk without an account lacks."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from engine.config import ConfigError

NEEDED: Final = ("httpx2", "websockets")
"""Without these no broker is called."""

WANTED: Final = ("keyring",)
"""Without these keys are kept in a file."""

INSTALL: Final = "pip install 'legdesk[alpaca]'"
"""In the environment in which legdesk is (docs/alpaca.md)."""


def missing(names: tuple[str, ...] = NEEDED) -> tuple[str, ...]:
    """Those packages that are not installed."""
    return tuple(name for name in names if find_spec(name) is None)


def refuse_without_packages(broker: str) -> None:
    """Say which packages a broker's account needs and has not.

    Raises:
        ConfigError: with the remedy.
    """
    if lacking := missing():
        raise ConfigError(f"{broker} needs {' and '.join(lacking)}: {INSTALL}")
