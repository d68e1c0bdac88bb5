"""The desk's permissions at each row: phase, kill, halt, pauses, holds, blocked chains."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from engine.checker.history import History, Row

OPEN_PHASES: Final = frozenset({"OPEN_AUCTION", "MORNING", "MIDDAY", "AFTERNOON", "CLOSE_AUCTION"})
CLOSING_ALARMS: Final = frozenset(
    {"DAY_LOSS", "DAY_LOSS_HALT", "REJECTS_HALT", "DESK_FAULT", "JOURNAL"}
)


def confirmed(row: Row, action: str) -> bool:
    """Whether a row says that an operator did this."""
    return bool(
        row["kind"] == "OperatorActed" and row["action"] == action and row["outcome"] == "confirmed"
    )


def names(target: str, trader: str) -> bool:
    """Whether an operator's target includes this trader."""
    return target in ("*", trader, f"symbol:{trader.partition(' ')[0]}")


@dataclass(slots=True)
class Permissions:
    """The desk's permissions, as a fold over the rows that change them.

    Attributes:
        phase: "" until a row of the session names it.
        paused: by trader, "operator" or "restart".
        held: by trader, the TraderHeld row.
        codes: the code of every alarm so far.
        shares: by alarm, the symbols whose shares are held.
    """

    history: History
    phase: str = ""
    killed: bool = False
    frozen: bool = False
    halted: bool = False
    draining: bool = False
    alarms: dict[str, str] = field(default_factory=dict)
    paused: dict[str, str] = field(default_factory=dict)
    held: dict[str, Row] = field(default_factory=dict)
    faulted: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    difference: str = ""
    codes: dict[str, str] = field(default_factory=dict)
    shares: dict[str, set[str]] = field(default_factory=dict)

    def apply(self, row: Row) -> None:
        """Apply one row."""
        kind = row["kind"]
        if kind == "OperatorActed":
            self._acted(row)
        elif kind == "SessionStarted":
            # A restart names the phase only if it changed, and ends halts.
            self.phase, self.halted, self.draining = "", False, False
        elif kind == "TraderAdded":
            if row["trader"] in self.known:
                self.paused[row["trader"]] = "restart"
            self.known.add(row["trader"])
        elif kind == "PhaseChanged":
            self.phase = row["phase"]
        elif kind == "TraderHeld":
            self.held[row["trader"]] = row
        elif kind == "TraderReleased":
            self.held.pop(row["trader"], None)
        elif kind == "TraderFaulted":
            self.faulted.add(row["trader"])
        elif kind.startswith("Alarm"):
            self._alarmed(row)
        elif kind == "BooksCompared":
            self.difference = row["difference"]

    def _alarmed(self, row: Row) -> None:
        """Alarms stand from their first place to their last; the places of shares matter alone."""
        kind, name = row["kind"], row["alarm"]
        if kind == "AlarmRaised":
            self.codes[name] = row["code"]
        if kind in ("AlarmRaised", "AlarmJoined"):
            self.alarms[name] = self.codes[name]
            if self.codes[name] == "SHARES":
                self.shares.setdefault(name, set()).add(row["where"])
        elif kind == "AlarmLeft":
            self.shares.get(name, set()).discard(row["where"])
        elif kind == "AlarmCleared":
            self.alarms.pop(name, None)
            self.shares.pop(name, None)

    def _acted(self, row: Row) -> None:
        target = row["target"]
        if confirmed(row, "pause"):
            for trader in self.known:
                if names(target, trader):
                    self.paused[trader] = "operator"
        elif confirmed(row, "resume"):
            for trader in self.known:
                if names(target, trader):
                    self._lift(trader)
            if target == "*" and "DAY_LOSS_HALT" not in self.alarms.values():
                self.halted = False
        elif confirmed(row, "halt"):
            self.halted = True
        elif confirmed(row, "drain"):
            self.draining = True
        elif confirmed(row, "kill"):
            self.killed = True
            self.frozen = self.frozen or "frozen" in row["after"].split(",")
        elif confirmed(row, "resume-after-kill"):
            self.killed = self.frozen = False
            if "DAY_LOSS_HALT" not in self.alarms.values():
                self.halted = False
            self.paused.update(dict.fromkeys(self.known, "operator"))

    def _lift(self, trader: str) -> None:
        self.paused.pop(trader, None)
        self.held.pop(trader, None)
        self.faulted.discard(trader)

    def against_debit(self, trader: str) -> list[str]:
        """The reasons why this trader may not intend a debit now; empty where it may."""
        reasons = []
        if self.phase and self.phase not in OPEN_PHASES:
            reasons.append(f"in phase {self.phase}")
        if self.killed:
            reasons.append("after a kill")
        if self.halted:
            reasons.append("while entries are halted")
        if self.draining:
            reasons.append("while the desk ends")
        closing = sorted(CLOSING_ALARMS & set(self.alarms.values()))
        if closing:
            reasons.append(f"while the alarm {closing[0]} stands")
        if trader in self.paused:
            reasons.append(f"while paused ({self.paused[trader]})")
        if trader in self.held:
            reasons.append(f"while held ({self.held[trader]['code']})")
        if trader in self.faulted:
            reasons.append("after its own code failed")
        if self.history.chain(trader)[0] in set().union(*self.shares.values()):
            reasons.append("while shares of its symbol are held")
        if f"{trader} " in self.difference:
            reasons.append("while its chain is blocked by a difference of the books")
        return reasons
