"""The keys of a gateway's account: where they are, and that they are of the configured one."""

from __future__ import annotations

import os
from collections.abc import Mapping

from engine.brokers.dialect import DialectError
from engine.brokers.http.call import Answer
from engine.brokers.http.secrets import (
    Credentials,
    Entry,
    Keyring,
    SecretsError,
    read_credentials,
    system_keyring,
)
from engine.config import ConfigError, DeskConfig
from engine.config.broker import fingerprint_of, tail_of
from engine.config.real_money import is_paper_number
from engine.gateway.alpaca import AlpacaConnection
from engine.gateway.new_keys import READ_EVERY_S
from engine.run_folder.paths import mode_folder


def entry_of(config: DeskConfig) -> Entry:
    """Whose keys the settings mean."""
    return Entry(config.broker.name, config.mode, config.account)


def keys_of(
    config: DeskConfig, environment: Mapping[str, str], keyring: Keyring | None
) -> Credentials:
    """The keys of the configured account.

    Raises:
        ConfigError: there are none.
        SecretsError: what is there cannot be used.
    """
    entry, root = entry_of(config), mode_folder(config.state_dir, config.mode)
    keys = read_credentials(entry, root, environment, keyring)
    if keys is None:
        raise ConfigError(
            f"there are no keys of {entry.name}: `legdesk login {entry.broker} "
            f"--{entry.mode.lower()}` asks for them and keeps them"
        )
    return keys


def stored_keys(config: DeskConfig) -> str:
    """Where the keys of the configured account are.

    Raises:
        ConfigError: there are none, or they cannot be used.
    """
    try:
        return keys_of(config, os.environ, system_keyring()).source
    except SecretsError as error:
        raise ConfigError(str(error)) from None


def account_number(config: DeskConfig, connection: AlpacaConnection) -> str:
    """The account's number, asked for with its keys.

    Raises:
        ConfigError: the broker refuses the keys, or it is another account than configured.
    """
    answer = connection.orders.send(connection.dialect.account())
    if not isinstance(answer, Answer):
        raise ConfigError(
            f"{config.broker.name} does not answer ({answer.text or answer.failure.value}); check "
            "the network and try again"
        )
    if answer.status in (401, 403):
        raise ConfigError(_refused_keys(config, answer.status, connection.key_mode))
    try:
        number = connection.dialect.account_number(answer.body)
    except DialectError as error:
        raise ConfigError(
            f"{config.broker.name} answered {answer.status} and no account ({error}); try again"
        ) from None
    if config.mode == "LIVE" and is_paper_number(config.broker.name, number):
        raise ConfigError(
            f"the keys are of the paper account …{tail_of(number)}, and the mode is LIVE; log in "
            "with those of the live account"
        )
    wanted = config.broker.account_number
    if wanted and wanted not in (number, fingerprint_of(number)):
        raise ConfigError(
            f"the keys are of account …{tail_of(number)}, broker.account_number names "
            f"…{tail_of(wanted)}; put one of them right"
        )
    return number


def _refused_keys(config: DeskConfig, status: int, key_mode: str) -> str:
    """That the broker does not accept keys, and whose they seem to be."""
    name, mode = config.broker.name, config.mode
    said = f"{name} does not accept the keys for {mode} ({status})"
    login = f"`legdesk login {name} --{mode.lower()}`"
    if key_mode not in ("", mode):
        return f"{said}: by its first letters the key is one for {key_mode}; {login} takes others"
    return f"{said}; make new ones there, then {login}"


def new_keys_text(config: DeskConfig) -> str:
    """What to do where the broker takes the keys no more while the gateway runs."""
    name, mode = config.broker.name, f"--{config.mode.lower()}"
    return (
        f"{name} takes the keys no more: `legdesk login {name} {mode}` with new ones; the gateway "
        f"takes those within {READ_EVERY_S:.0f} s"
    )
