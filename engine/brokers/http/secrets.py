"""A broker's keys: in the keyring, else in an owner-only file, else in the environment.

Only a gateway reads them. An entry names broker, mode and account, so PAPER never reads the keys
of LIVE. What is read is a `SecretStr`: it prints as asterisks wherever it is shown by mistake.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from pydantic import SecretStr

from engine.config.regular_files import read_text
from engine.run_folder.paths import write_private

SERVICE: Final = "legdesk"
FILE: Final = "secrets.toml"
FIELDS: Final = ("key", "secret", "token")
VARIABLE: Final = "LEGDESK_BROKER__"

_MOST_BYTES: Final = 64 * 2**10
_LONGEST: Final = 4_096


class SecretsError(Exception):
    """Keys cannot be read or stored; the text says what to do, and holds none of them."""


class Keyring(Protocol):
    """The part of the package keyring that is used."""

    def get_password(self, service_name: str, username: str) -> str | None:
        """The stored text."""
        ...

    def set_password(self, service_name: str, username: str, password: str) -> None:
        """Store a text."""
        ...

    def delete_password(self, service_name: str, username: str) -> None:
        """Forget a text."""
        ...


class Entry(NamedTuple):
    """Whose keys: `alpaca/paper/main`."""

    broker: str
    mode: str
    account: str

    @property
    def name(self) -> str:
        """As the keyring and the file name it."""
        return f"{self.broker}/{self.mode.lower()}/{self.account}"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a broker gave its customer, by name, and where it was found; shows none of it."""

    values: Mapping[str, SecretStr] = field(repr=False)
    source: str

    def secret(self, name: str) -> str:
        """The secret of that name, plain.

        Raises:
            SecretsError: there is none.
        """
        if name not in self.values:
            raise SecretsError(f"the keys in {self.source} lack `{name}`; log in again")
        return self.values[name].get_secret_value()

    def plain(self) -> tuple[str, ...]:
        """Every secret, for a `Redactor`."""
        return tuple(value.get_secret_value() for value in self.values.values())


def system_keyring() -> Keyring | None:
    """The machine's keyring; None where package or backend is missing, or it is switched off."""
    try:
        import keyring
        from keyring.backends.fail import Keyring as NoKeyring
        from keyring.backends.null import Keyring as SwitchedOff
    except ImportError:
        return None
    try:
        return None if isinstance(keyring.get_keyring(), NoKeyring | SwitchedOff) else keyring
    except Exception:  # a backend that cannot start is no keyring
        return None


def read_credentials(
    entry: Entry, folder: Path, environment: Mapping[str, str], keyring: Keyring | None
) -> Credentials | None:
    """The keys of an account; None where there are none.

    Args:
        entry: whose.
        folder: of the mode, in which the file is.
        environment: of the process.
        keyring: the machine's.

    Raises:
        SecretsError: what is there cannot be used.
    """
    stored = None if keyring is None else _from_keyring(entry, keyring)
    if stored is not None:
        return Credentials(_checked(stored, "the keyring"), "the keyring")
    path = folder / FILE
    if path.exists():
        told = _from_file(path)
        rows = told.get(entry.name)
        if rows is None and _lacks_quotes(entry, told):
            raise SecretsError(
                f"{path} names the account without quotes; write [{json.dumps(entry.name)}], in "
                "quotes"
            )
        if rows is not None:
            return Credentials(_checked(rows, str(path)), str(path))
    found = {
        name: environment[VARIABLE + name.upper()]
        for name in FIELDS
        if environment.get(VARIABLE + name.upper())
    }
    return Credentials(_checked(found, "the environment"), "the environment") if found else None


def entered(values: Mapping[str, str]) -> Credentials:
    """Keys that somebody entered.

    Raises:
        SecretsError: they cannot be keys.
    """
    for name, value in values.items():
        if not value:
            raise SecretsError(f"no {name} was entered; the keys are kept as they were")
    return Credentials(_checked(values, "what was entered"), "what was entered")


def store_credentials(
    entry: Entry, values: Mapping[str, str], folder: Path, keyring: Keyring | None
) -> str:
    """Keep an account's keys in the keyring, else in the file; return where.

    Raises:
        SecretsError: neither takes them.
    """
    _checked(values, "what was entered")
    if keyring is not None:
        try:
            text = json.dumps(dict(values))
            keyring.set_password(SERVICE, entry.name, text)
            given_back = keyring.get_password(SERVICE, entry.name) == text
        except Exception as error:  # each backend raises what it likes
            raise SecretsError(
                f"the keyring takes nothing ({type(error).__name__}); unlock it, or go without one"
            ) from None
        if not given_back:
            raise SecretsError("the keyring takes keys and keeps none; mend it, or switch it off")
        return "the keyring"
    path = folder / FILE
    rows = _from_file(path) if path.exists() else {}
    _write(path, {**rows, entry.name: dict(values)})
    return str(path)


def forget_credentials(entry: Entry, folder: Path, keyring: Keyring | None) -> tuple[str, ...]:
    """Remove an account's keys from keyring and file; return from where.

    Raises:
        SecretsError: the keyring or the file cannot be changed.
    """
    forgotten = []
    if keyring is not None and _from_keyring(entry, keyring) is not None:
        try:
            keyring.delete_password(SERVICE, entry.name)
        except Exception as error:  # each backend raises what it likes
            raise SecretsError(f"the keyring forgets nothing ({type(error).__name__})") from None
        forgotten.append("the keyring")
    path = folder / FILE
    rows = _from_file(path) if path.exists() else {}
    if rows.pop(entry.name, None) is not None:
        _write(path, rows)
        forgotten.append(str(path))
    return tuple(forgotten)


def _from_keyring(entry: Entry, keyring: Keyring) -> Mapping[str, Any] | None:
    try:
        text = keyring.get_password(SERVICE, entry.name)
    except Exception as error:  # each backend raises what it likes
        raise SecretsError(
            f"the keyring cannot be read ({type(error).__name__}); unlock it and try again"
        ) from None
    if text is None:
        return None
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise SecretsError(f"the keyring's entry {entry.name} is not ours; log in again")
    return values


def _from_file(path: Path) -> dict[str, Any]:
    try:
        mode = os.stat(path).st_mode & 0o777
        if mode & 0o077:
            raise SecretsError(f"{path} can be read by others ({mode:o}); chmod 600 it first")
        rows = tomllib.loads(read_text(path, _MOST_BYTES))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not TOML"
        raise SecretsError(f"{path} cannot be used: {reason}") from None
    return rows


def _lacks_quotes(entry: Entry, rows: Any) -> bool:
    """Whether a file has the account as tables in tables, which TOML makes of a name without."""
    for part in entry.name.split("/"):
        rows = rows.get(part) if isinstance(rows, dict) else None
    return isinstance(rows, dict)


def _write(path: Path, rows: Mapping[str, Any]) -> None:
    """Write the file anew with all that it has.

    Raises:
        SecretsError: it cannot be written, or has what would not be the same then.
    """
    lines = []
    for name, values in rows.items():
        if not isinstance(values, dict) or not all(isinstance(v, str) for v in values.values()):
            raise SecretsError(f"{path} has more than keys of accounts; take that out first")
        lines.append(f"[{_quoted(name)}]\n")
        lines += [f"{_quoted(field)} = {_quoted(value)}\n" for field, value in values.items()]
    try:
        write_private(path, "".join(lines))
    except OSError as error:
        raise SecretsError(f"{path} cannot be written: {error.strerror or error}") from None


def _quoted(text: str) -> str:
    """A text as TOML has it, whose escapes JSON's are but for two."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _checked(values: Any, source: str) -> dict[str, SecretStr]:
    """The values as secrets, where each has a known name and can stand in a header."""
    sound = (
        isinstance(values, dict | Mapping)
        and values
        and all(
            name in FIELDS
            and isinstance(value, str)
            and 0 < len(value) <= _LONGEST
            and value.isascii()
            and value.isprintable()
            and " " not in value
            for name, value in values.items()
        )
    )
    if not sound:
        raise SecretsError(
            f"{source} must have key and secret, or token, as plain text without blanks, and "
            "nothing else"
        )
    return {name: SecretStr(value) for name, value in values.items()}
