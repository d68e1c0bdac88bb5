"""The settings with which a desk began, for every later start of its account's gateway.

A guard, a kill and the desk itself start the gateway hours after the desk did. What the settings
file says by then may be a mistake, another mode or another account; they use what was valid when
the desk began. The file is its owner's alone, is replaced in one step, has no keys and no account's
number but its fingerprint, and is read back only where it says exactly what a gateway needs.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from engine.config import ConfigError, DeskConfig, read_text
from engine.config.broker import fingerprint_of
from engine.gateway.place import account_folder
from engine.run_folder.errors import JournalError
from engine.run_folder.lock import holder
from engine.run_folder.paths import mode_folder, run_stem, write_private

FILE: Final = "settings.json"

NEEDED: Final[dict[str, Any]] = {
    "mode": True,
    "account": True,
    "state_dir": True,
    "broker": True,
    "fees": True,
    "limits": {"max_clock_skew_s"},
}
"""The settings that a gateway reads."""

_MOST_BYTES: Final = 400_000
_OTHERS: Final = 0o077


def keep(config: DeskConfig) -> Path:
    """Keep what the configured account's gateway needs of the settings; the file.

    Those of a desk that runs stay: another one on the account is refused, whatever its settings.

    Args:
        config: with which a desk begins.

    Raises:
        ConfigError: it cannot be written.
        JournalError: the account's folder cannot be used.
    """
    root = mode_folder(config.state_dir, config.mode)
    state_dir = root.parent.absolute()
    number = config.broker.account_number
    broker = config.broker.changed(account_number=fingerprint_of(number) if number else "")
    config = config.changed(state_dir=state_dir, broker=broker)
    path = account_folder(config) / FILE
    if path.exists() and holder(root / "runs" / run_stem(config.account)) is not None:
        return path
    try:
        write_private(path, json.dumps(_plain(config), indent=1) + "\n")
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}") from None
    return path


def read_kept(path: Path) -> DeskConfig:
    """The settings in a file of `keep`; all that a gateway does not need are the defaults.

    In the place of the account's number is its fingerprint (`which_account.account_number`).

    Raises:
        ConfigError: it cannot be read, others may write or read it, it is not what `keep` writes,
            or it is of another account than the folder's.
    """
    try:
        facts = path.stat()
        if facts.st_uid != os.getuid() or facts.st_mode & _OTHERS:
            raise ConfigError(f"{path} is not its owner's alone; start the desk again")
        told = json.loads(read_text(path, _MOST_BYTES))
        config = DeskConfig.model_validate_json(json.dumps(told), strict=True)
        sound = _plain(config) == told and account_folder(config) == path.parent.absolute()
    except JournalError:  # of the folder that it names: a state folder that was moved
        raise _damaged(path) from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}") from None
    except (ValidationError, ValueError, RecursionError) as error:
        if isinstance(error, ConfigError):
            raise
        raise _damaged(path) from None
    if not sound:
        raise _damaged(path)
    return config


def _plain(config: DeskConfig) -> dict[str, Any]:
    return config.model_dump(mode="json", include=NEEDED)


def _damaged(path: Path) -> ConfigError:
    return ConfigError(
        f"{path} is not what a desk of this version keeps for its gateway; start the desk again"
    )
