"""What made a figure: figures of different venues, modes or fill models never meet."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from engine.orders.events import SessionStarted

_SEED: Final = re.compile(r", seed \d+$")
_RECORDED: Final = "recorded session "


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where orders went and how they were filled.

    Args:
        mode, account: as the desk was configured.
        venue: the source of quotes and fills, without the seed or the name of a recording.
        fill_model: with every parameter that is not the documented one; "" for a broker's fills.
    """

    mode: str
    account: str
    venue: str
    fill_model: str

    @property
    def text(self) -> str:
        """All of it in words."""
        return f"[{self.mode}] {self.account}, {self.venue or 'no source'}, {self.fills}"

    @property
    def fills(self) -> str:
        """How orders were filled, in words that go beside a figure."""
        return f"fill model {self.fill_model}" if self.fill_model else "fills as reported"


def provenance_of(start: SessionStarted) -> Provenance:
    """What makes the figures of a session."""
    source = _SEED.sub("", start.source)
    venue = "recorded sessions" if source.startswith(_RECORDED) else source
    return Provenance(start.mode, start.account, venue, start.fill_model)


def provenances(begun: Iterable[SessionStarted]) -> tuple[Provenance, ...]:
    """Every one under which a process of a session ran, in their order; more than one is a mix."""
    return tuple(dict.fromkeys(map(provenance_of, begun)))
