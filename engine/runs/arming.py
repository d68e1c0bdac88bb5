"""Arms a live desk without a screen: an owner-only file, good for ten minutes, used once."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from engine.config import ConfigError, DeskConfig, real_money_refusals
from engine.config.broker import tail_of
from engine.run_folder.paths import private_folder, write_private
from engine.runs.finding import mode_folder

FILE: Final = "armed.json"
VALID_S: Final = 600.0
MOST_BYTES: Final = 10_000

NOT_ARMED: Final = (
    "mode LIVE without a screen must be armed first: run `legdesk arm`, then start within ten "
    "minutes"
)


@dataclass(frozen=True, slots=True)
class Armed:
    """What somebody armed.

    Args:
        account: the account's name in the settings.
        tail: the last characters of its number.
        debit_limit_usd: dollars of debits that may be bought on the day.
        at_s: epoch second of it.
    """

    account: str
    tail: str
    debit_limit_usd: float
    at_s: float


def tail_to_type(config: DeskConfig) -> str:
    """The characters that somebody types to arm the account of the settings.

    Raises:
        ConfigError: the settings are not of a live account, with every reason.
    """
    if config.mode != "LIVE":
        raise ConfigError(f'mode is {config.mode}; only mode = "LIVE" in the file is armed')
    if refusals := real_money_refusals(config):
        raise ConfigError("\n".join(refusals))
    return tail_of(config.broker.account_number)


def arm(config: DeskConfig, debit_limit_usd: float, now_s: float) -> Path:
    """Arm the account of the settings for the next headless start; returns the file.

    Args:
        config: the settings, in mode LIVE.
        debit_limit_usd: dollars of debits that may be bought on the day.
        now_s: epoch seconds.

    Raises:
        ConfigError: the settings are not of a live account.
        OSError: the disk's own.
    """
    return give_back(config, Armed(config.account, tail_to_type(config), debit_limit_usd, now_s))


def give_back(config: DeskConfig, armed: Armed) -> Path:
    """Leave what was armed for another start, as long as it is good; returns the file.

    Args:
        config: the settings.
        armed: as it was taken by a start that opened no desk.

    Raises:
        OSError: the disk's own.
    """
    path = private_folder(mode_folder(config)) / FILE
    write_private(path, json.dumps(asdict(armed)) + "\n")
    return path


def is_armed(config: DeskConfig) -> bool:
    """Whether somebody armed an account of this mode; what it is worth shows when it is taken.

    Args:
        config: the settings.
    """
    return (mode_folder(config) / FILE).exists()


def take_armed(config: DeskConfig, now_s: float) -> Armed:
    """What was armed for the account of the settings; it is used up by this, whatever it says.

    Args:
        config: the settings, in mode LIVE.
        now_s: epoch seconds.

    Raises:
        ConfigError: nothing is armed, or not this account, not just now, or not by its owner alone.
    """
    tail, path = tail_to_type(config), mode_folder(config) / FILE
    fields = _taken(path)
    try:
        armed = Armed(
            str(fields["account"]),
            str(fields["tail"]),
            float(fields["debit_limit_usd"]),
            float(fields["at_s"]),
        )
    except (LookupError, TypeError, ValueError):
        raise ConfigError(f"{path} is not what `legdesk arm` writes; arm again") from None
    if (armed.account, armed.tail) != (config.account, tail):
        raise ConfigError(f"another account was armed, {armed.account} …{armed.tail}; arm again")
    if not 0 <= now_s - armed.at_s <= VALID_S:
        raise ConfigError("what was armed is good for ten minutes; arm again")
    return armed


def _taken(path: Path) -> dict[str, Any]:
    """The file's fields; the file is gone before anything is believed of it.

    Raises:
        ConfigError: there is none, or others could have written it.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        raise ConfigError(NOT_ARMED) from None
    with os.fdopen(handle, "rb") as file:
        facts = os.fstat(file.fileno())
        text = file.read(MOST_BYTES)
    try:
        path.unlink()
    except OSError as error:
        raise ConfigError(f"{path} cannot be removed: {error.strerror or error}") from None
    if facts.st_uid != os.getuid() or stat.S_IMODE(facts.st_mode) & 0o077:
        raise ConfigError(f"{path} could be read or written by others; arm again")
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        fields = None
    return fields if isinstance(fields, dict) else {}
