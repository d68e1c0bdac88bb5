"""Where a run's broker can be reached from another process, as an owner-only file of the run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.config.regular_files import read_text
from engine.run_folder.paths import write_private

FILE: Final = "broker.json"
MOST_BYTES: Final = 10_000


@dataclass(frozen=True, slots=True)
class BrokerPlace:
    """A broker that another process can connect to with what this file says.

    Args:
        socket: the exchange's.
        account: whose orders.
        prefix: with which each of our client order ids begins.
        gateway: command that starts the account's gateway; empty where there is none.
    """

    socket: Path
    account: str
    prefix: str
    gateway: tuple[str, ...] = ()

    def write(self, run_folder: Path) -> None:
        """Leave it in a run's folder.

        Raises:
            OSError: the disk's own.
        """
        fields = {
            "socket": str(self.socket),
            "account": self.account,
            "prefix": self.prefix,
            "gateway": list(self.gateway),
        }
        write_private(run_folder / FILE, json.dumps(fields) + "\n")


def read_place(run_folder: Path) -> BrokerPlace | None:
    """The broker of a run; None where it lived in the desk's own process."""
    try:
        fields = json.loads(read_text(run_folder / FILE, MOST_BYTES))
        gateway = tuple(str(word) for word in fields.get("gateway", ()))
        return BrokerPlace(
            Path(fields["socket"]), str(fields["account"]), str(fields["prefix"]), gateway
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
