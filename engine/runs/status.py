"""What a running desk last wrote about itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from engine.config.regular_files import read_text
from engine.market.clock import SystemClock
from engine.run_folder.errors import JournalError

MOST_STATUS_BYTES: Final = 10_000_000
"""Of thousands of traders with their alarms; a status has a few thousand bytes."""


def read_status(root: Path) -> dict[str, Any] | None:
    """What the desk of a mode last wrote about itself; None where there never was one.

    Args:
        root: the folder of a mode.

    Raises:
        JournalError: "denied" or "foreign", where the file cannot be read or is not a status.
    """
    path = root / "status.json"
    try:
        status = json.loads(read_text(path, MOST_STATUS_BYTES))
        if isinstance(status, dict) and isinstance(status.get("written_s"), int | float):
            return status
    except FileNotFoundError:
        return None
    except OSError as error:
        raise JournalError(
            "denied", f"{path} cannot be read: {error.strerror or error}; check its owner"
        ) from None
    except (ValueError, RecursionError):
        pass
    raise JournalError("foreign", f"{path} is not a desk's status; remove it and start the desk")


def status_age_s(status: Mapping[str, Any]) -> float:
    """Seconds since a desk wrote its status, by the clock that it wrote its time by.

    Args:
        status: from `read_status`.
    """
    return max(0.0, SystemClock().epoch_s() - float(status["written_s"]))
