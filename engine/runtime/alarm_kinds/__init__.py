"""What the alarms of each code say: what, where, what follows, what to do."""

from __future__ import annotations

from typing import Final

from engine.runtime.alarm_kinds.of_desk import DESK_KINDS, OF_THE_DAY, AlarmKind
from engine.runtime.alarm_kinds.of_gateway import GATEWAY_KINDS, code_of

__all__ = ["GATEWAY_KINDS", "KINDS", "OF_THE_DAY", "AlarmKind", "code_of"]

KINDS: Final[dict[str, AlarmKind]] = DESK_KINDS | GATEWAY_KINDS
