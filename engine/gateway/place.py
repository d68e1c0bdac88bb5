"""Where a gateway keeps its account: one folder below the mode's, with the socket in it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from engine.config import ConfigError, DeskConfig
from engine.config.regular_files import read_bytes
from engine.run_folder.paths import private_folder, run_stem, state_root, write_private

SOCKET: Final = "socket"
ACCOUNT: Final = "account"
"""A file with the last characters of the number of the account whose books the folder keeps."""

RAW: Final = "raw"
"""Name of the folder in the mode's with a broker's answers, word by word."""

_MOST_BYTES: Final = 1_000_000

LONGEST_SOCKET_PATH: Final = 100
"""Bytes; the operating systems allow a few more."""


class OtherAccountError(ConfigError):
    """The keys are of another account than the one whose books a folder has."""


def account_folder(config: DeskConfig, state_dir: Path | None = None) -> Path:
    """The owner-only folder of the configured account at its broker.

    Args:
        config: mode, broker and account.
        state_dir: in place of the configured one.

    Raises:
        ConfigError: the path is too long for a socket.
        JournalError: the folder cannot be used.
    """
    root = state_root(state_dir or config.state_dir, config.mode).absolute()
    folder = root / "gateway" / f"{config.broker.name}-{run_stem(config.account)}"
    if len(str(folder / SOCKET).encode()) > LONGEST_SOCKET_PATH:
        raise ConfigError(f"{folder} is too long a path for a socket; set a shorter state_dir")
    return private_folder(folder)


def raw_folder(config: DeskConfig) -> Path:
    """Where the answers of the configured account's broker are kept, word by word.

    Raises:
        JournalError: the mode's folder cannot be used.
    """
    root = state_root(config.state_dir, config.mode)
    return root / RAW / f"{config.broker.name}-{run_stem(config.account)}"


def gateway_command(config: DeskConfig) -> str:
    """The command of the configured account's gateway, as a person types it."""
    return f"legdesk gateway {config.broker.name} --{config.mode.lower()}"


def keep_account(folder: Path, tail: str) -> None:
    """Keep whose books an account's folder has; orders of one account are none of another's.

    Args:
        folder: the account's.
        tail: the last characters of its number at the broker.

    Raises:
        OtherAccountError: the folder has those of another account.
        ConfigError: the file cannot be used, or has no account in it.
    """
    path = folder / ACCOUNT
    try:
        kept = ""
        if path.exists():
            kept = read_bytes(path, _MOST_BYTES).decode("utf-8", "replace").strip()
        if not kept:
            write_private(path, f"{tail}\n")
    except OSError as error:
        raise ConfigError(f"{path} cannot be used: {error.strerror or error}") from None
    if not kept or kept == tail:
        return
    plain = kept.isascii() and kept.isalnum() and kept == kept.upper()
    if not plain or len(kept) != len(tail):
        raise ConfigError(f"{path} is damaged: it names no account; write {tail} into it")
    raise OtherAccountError(
        f"the keys are of account …{tail}, and {folder} keeps orders and executions of "
        f"…{kept}; log in with the keys of that one, or set account to another name"
    )
