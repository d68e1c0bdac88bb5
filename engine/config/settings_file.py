"""The person's file of settings: what it names, and a change of it, written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from engine.config.editing import Proposal, proposal
from engine.config.loading import ENV_PREFIX, MOST_BYTES, parse_toml
from engine.config.names import shown_path
from engine.config.regular_files import read_text
from engine.config.section import ConfigError

PRIVATE: Final = 0o600
"""Rights of a new file: it may name an account."""


class SettingsFile:
    """A file of settings, there or not yet.

    Args:
        path: of the file.
        environment: whose LEGDESK_ variables win over it; None reads the process's own.

    Attributes:
        named: what names each setting: "file", or the variable that does.
    """

    def __init__(self, path: Path, environment: Mapping[str, str] | None = None) -> None:
        self.path = path
        self._environment = dict(os.environ if environment is None else environment)
        self.named: dict[str, str] = {}
        with suppress(ValueError):  # what it has become since the start is told when it is edited
            self._name("", parse_toml(self._read() or ""))
        self._name_variables()

    def _name_variables(self) -> None:
        """Say which settings a variable names, whatever the file says of them."""
        for name in self._environment:
            if name.startswith(ENV_PREFIX):
                self.named[name.removeprefix(ENV_PREFIX).lower().replace("__", ".")] = name

    def _name(self, section: str, table: Mapping[str, Any]) -> None:
        for name, value in table.items():
            key = f"{section}.{name}".lstrip(".")
            self.named[key] = "file"
            if isinstance(value, Mapping):
                self._name(key, value)

    def proposal(self, key: str, value: Any) -> Proposal:
        """What the file would say with one setting changed; nothing is written.

        Args:
            key: dotted.
            value: None takes the setting out.

        Raises:
            ConfigError: a variable wins over the file, the file cannot be read, or it would not be
                a configuration.
        """
        by = self.named.get(key, "file")
        if by != "file":
            raise ConfigError(f"the variable {by} wins over the file: unset it first")
        return proposal(self.path, self._read(), self._environment, key, value)

    def write(self, wanted: Proposal) -> None:
        """Put a proposal in the file's place, as long as it says what it said before.

        Raises:
            ConfigError: it says something else by now, or cannot be written; it is as it was.
        """
        target = Path(os.path.realpath(self.path))
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            rights = target.stat().st_mode & 0o777 if target.exists() else PRIVATE
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
            with os.fdopen(os.open(draft, flags, rights), "w", encoding="utf-8", newline="") as out:
                out.write(wanted.after)
                out.flush()
                os.fchmod(out.fileno(), rights)
                os.fsync(out.fileno())
            if self._read() != wanted.before:
                raise ConfigError(
                    f"{shown_path(self.path)} has changed meanwhile and was left as it is: look "
                    "again"
                )
            draft.replace(target)
            _sync(target.parent)
        except OSError as error:
            raise ConfigError(
                f"{shown_path(self.path)} cannot be written: {error.strerror or error}"
            ) from None
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
        self.named.clear()
        self._name("", parse_toml(wanted.after))
        self._name_variables()

    def _read(self) -> str | None:
        """What the file says; None where there is none.

        Raises:
            ConfigError: it cannot be read.
        """
        try:
            return read_text(self.path, MOST_BYTES)
        except FileNotFoundError:
            if self.path.is_symlink():
                raise ConfigError(f"{shown_path(self.path)} is a link that leads nowhere") from None
            return None
        except UnicodeDecodeError:
            raise ConfigError(f"{shown_path(self.path)} is not UTF-8") from None
        except OSError as error:
            raise ConfigError(
                f"{shown_path(self.path)} cannot be read: {error.strerror or error}"
            ) from None


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
