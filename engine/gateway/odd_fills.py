"""Executions that cannot be read: debits wait until a person has looked each one up.

Such a row may be one of our executions that no book has. So it is kept over restarts, and one that
a person has accepted (`legdesk gateway BROKER --accept-odd ID`) is asked about no more. A row of
neither an option nor one of our orders, such as a bond's, is told and passed over.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from engine.brokers.following.replay import OddFill
from engine.config import ConfigError
from engine.config.regular_files import read_text
from engine.gateway.account import BrokerOrders
from engine.gateway.books import Notice
from engine.gateway.journal import UNREADABLE
from engine.run_folder.paths import write_private

FILE: Final = "odd_executions.json"
ACCEPTED: Final = "accepted_executions.json"
"""Names that a person has accepted; written by the command, read by the gateway."""

KIND: Final = "EXECUTION_ODD"
PASSED: Final = "EXECUTION_PASSED"
_NAMES_KEPT: Final = 1000
_TAIL: Final = 8
_LEAST_TAIL: Final = 4
_MOST_BYTES: Final = 400_000


class OddFills:
    """The executions of an account that wait for a person; used from any thread.

    Args:
        folder: of the account.
        orders: whose debits wait meanwhile.
        hold: an alarm that stands while its sentence is not empty.
        notice: tells the operator.
        command: of the account's gateway, as a person types it.
    """

    def __init__(
        self, folder: Path, orders: BrokerOrders, hold: Notice, notice: Notice, command: str
    ) -> None:
        self._folder, self._orders = folder, orders
        self._hold, self._notice, self._command = hold, notice, command
        self._lock = threading.Lock()
        self._waiting, self._passed = self._stored()
        self.hear_answers()

    def take(self, rows: Iterable[OddFill], *, told: bool) -> bool:
        """Take rows of a reading; whether they are kept, so that it needs no second one.

        Args:
            rows: those that are not in the broker's form, new ones and old ones.
            told: whether they are the desk's affair; those of before its first reading are not.
        """
        with self._lock:
            new = False
            ours = self._orders.ours
            for row in rows:
                if row.name in self._waiting or row.name in self._passed:
                    continue
                new = True
                is_ours = row.broker_id in ours
                if is_ours:
                    self._orders.ask_about(row.broker_id, replaces=False)
                if told and (row.is_option or is_ours):
                    self._waiting[row.name] = row.wrong
                else:
                    self._passed[row.name] = None
                    if told:
                        self._notice(PASSED, f"{row.words()}; it is of no option and passed over")
            self._close()
            return not new or self._store()

    def hear_answers(self) -> None:
        """Take what a person has accepted; debits go on once nothing waits."""
        with self._lock:
            if self._waiting:
                accepted = self._names(self._folder / ACCEPTED)
                found = [name for name in self._waiting if name in accepted]
                for name in found:
                    del self._waiting[name]
                    self._passed[name] = None
                if found:
                    self._store()
            self._close()

    def _close(self) -> None:
        text = _sentence(self._waiting, self._command)
        self._orders.close_debits(text)
        self._hold(KIND, text)

    def _names(self, path: Path) -> list[str]:
        try:
            return _read(path)
        except FileNotFoundError:
            return []
        except (OSError, *UNREADABLE) as error:
            self._notice("JOURNAL", f"{path} cannot be read ({str(error)[:60]})")
            return []

    def _stored(self) -> tuple[dict[str, str], dict[str, None]]:
        path = self._folder / FILE
        try:
            waiting, passed = waiting_of(path)
        except FileNotFoundError:
            return {}, {}
        except (OSError, *UNREADABLE) as error:
            self._notice("JOURNAL", f"{path} cannot be read ({str(error)[:60]})")
            return {FILE: "what waited for a person cannot be read"}, {}
        return waiting, dict.fromkeys(passed)

    def _store(self) -> bool:
        path = self._folder / FILE
        row = {"waiting": self._waiting, "passed": [*self._passed][-_NAMES_KEPT:]}
        try:
            write_private(path, json.dumps(row) + "\n")
        except OSError as error:
            self._notice("JOURNAL", f"{path} cannot be written: {error.strerror or error}")
            return False
        return True


def waiting_of(path: Path) -> tuple[dict[str, str], list[str]]:
    """What waits for a person, name and what is wrong with it; and the names that do no more.

    Raises:
        OSError, ValueError, KeyError, TypeError, AttributeError: the file cannot be read.
    """
    row: Any = json.loads(read_text(path, _MOST_BYTES))
    waiting = {str(name): str(wrong) for name, wrong in row["waiting"].items()}
    return waiting, [str(name) for name in row["passed"]]


def accept(folder: Path, ending: str) -> str:
    """Accept an execution that waits, having seen it at the broker; what it was.

    Args:
        folder: of the account.
        ending: the name of the execution, or the last characters of it.

    Raises:
        ConfigError: none waits with such a name, or several do.
    """
    try:
        waiting, _ = waiting_of(folder / FILE)
    except FileNotFoundError:
        waiting = {}
    except (OSError, *UNREADABLE) as error:
        waiting = {FILE: f"it cannot be read ({str(error)[:60]})"}
    short = len(ending) < _LEAST_TAIL
    found = [n for n in waiting if n == ending or (n.endswith(ending) and not short)]
    if not found:
        names = ", ".join(f"…{name[-_TAIL:]}" for name in waiting) or "none"
        raise ConfigError(
            f"no execution …{ending[:64]} waits for an answer; those that do: {names}"
        )
    if len(found) > 1:
        raise ConfigError(f"{len(found)} executions end so; name more of its characters")
    path = folder / ACCEPTED
    try:
        accepted = _read(path) if path.exists() else []
        write_private(path, json.dumps([*accepted, found[0]][-_NAMES_KEPT:]) + "\n")
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(f"{path} cannot be used: {error}") from None
    return f"{found[0]}: {waiting[found[0]]}"


def _read(path: Path) -> list[str]:
    return [str(name) for name in json.loads(read_text(path, _MOST_BYTES))]


def _sentence(waiting: dict[str, str], command: str) -> str:
    """Why no debit is sent, and what to do; "" where nothing waits."""
    if not waiting:
        return ""
    name, wrong = next(iter(waiting.items()))
    tail, more = name[-_TAIL:], f", 1 of {len(waiting)}" if len(waiting) > 1 else ""
    return (
        f"execution …{tail} cannot be read ({wrong[:50]}{more}): see it at the broker, then "
        f"`{command} --accept-odd {tail}`"
    )
