"""What only an account at Alpaca can show: each point, what is assumed of it, and what was seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from engine.brokers.http.outcome import BEHIND_S

POINTS: Final[Mapping[str, str]] = {
    "account": "the keys are those of a paper account that may trade spreads (option level 3)",
    "clock": "its time is ours within a second, and it is open when our calendar says so",
    "rate headers": "every answer says how many calls are left until when (x-ratelimit-…)",
    "feed": "`indicative` quotes are given; `opra` is given, or refused with 403 for want of a plan",
    "chain": "prices are whole cents, in steps that our table of ticks has; quotes are dated",
    "page tokens": "pages follow each other by their tokens without a row twice, and end",
    "new order": "an order of two legs is answered with its id, a working state and its legs",
    "look-ups": "the id brings the order with its legs; our id brings it, with or without them",
    "open orders": "the list has the order with both contracts",
    "used id (40010001)": "a used client_order_id is refused: 422 with code 40010001",
    "cancel": "a cancel is answered 2xx, and the order is told as canceled soon after",
    "answers behind": f"every way of asking knows of an order, and of its end, {BEHIND_S} s after it was "
    "acknowledged",
    "too late (42210000)": "a second cancel is refused: 422 with code 42210000",
    "events": "trade_updates names each change of an order within seconds",
    "legs on events": "events of such orders have both legs, with counts and prices once executed",
    "fills": "an order at the natural price executes soon, at its limit or better",
    "averages": "contracts times filled_avg_price of a leg is within half a cent of its executions",
    "execution ids": "an event's execution_id is, or ends, the id of an activity",
    "activities": "FILL activities name the order or a leg of it, and add up to its counts",
    "positions": "a short position is told with side short, and the account ends as it began",
    "held contracts (40310000)": "an order for contracts that another one holds is refused: 403, 40310000",
    "status words": "every status is one that is documented",
    "too many (429)": "429 comes with headers; whether it can follow an accepted order is not known",
    "assignments": "OPASN, OPEXC and OPEXP activities can be read",
    "fees": "FEE activities tell what orders cost, to the cent",
    "index options": "roots of SPX are SPX and SPXW, a contract is 100 times the index, prices are "
    "on our ticks",
    "a gateway's death": "what works is cancelled by the next gateway, and every execution booked once",
    "replay": "what was kept word by word comes to the same orders when it is taken again",
}
"""By name, in the order of the report."""


class Verdict(StrEnum):
    """What is known of a point now."""

    AS_ASSUMED = "settled, as assumed"
    OTHERWISE = "settled, OTHERWISE"
    OPEN = "open"


@dataclass(slots=True)
class Findings:
    """What was found of each point.

    Args:
        seen: of each point that was looked at: whether it was as assumed, and what was seen.
        why_open: of each point that could not be settled: why.
        notes: for the head of the report.
    """

    seen: dict[str, list[tuple[bool, str]]] = field(default_factory=dict)
    why_open: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def saw(self, point: str, text: str, *, assumed: bool = True) -> None:
        """Something was seen of a point."""
        self.seen.setdefault(point, []).append((assumed, text))

    def leave_open(self, point: str, why: str) -> None:
        """A point could not be settled; what was seen of it all the same stays."""
        self.why_open.setdefault(point, why)

    def verdict(self, point: str) -> tuple[Verdict, str]:
        """What is known of a point, with what was seen or why nothing was."""
        seen = self.seen.get(point, [])
        texts = "; ".join(text for _, text in seen)
        if not all(assumed for assumed, _ in seen):
            return Verdict.OTHERWISE, texts
        if point in self.why_open or not seen:
            why = self.why_open.get(point, "the run did not come so far")
            return Verdict.OPEN, f"{why}; seen: {texts}" if texts else why
        return Verdict.AS_ASSUMED, texts

    def otherwise(self) -> list[str]:
        """The points that are not as the code assumes."""
        return [name for name in POINTS if self.verdict(name)[0] is Verdict.OTHERWISE]

    def report(self) -> str:
        """The report, in Markdown, to be pasted."""
        verdicts = {name: self.verdict(name) for name in POINTS}
        counts = [f"{sum(v is each for v, _ in verdicts.values())} {each}" for each in Verdict]
        lines = ["# What Alpaca's paper account showed", "", *(f"- {note}" for note in self.notes)]
        lines += [f"- {', '.join(counts)}", "", "| point | assumed | verdict | seen, or why open |"]
        lines.append("| --- | --- | --- | --- |")
        for name, (verdict, text) in verdicts.items():
            shown = text.replace("|", "\\|").replace("\n", " ")
            lines.append(f"| {name} | {POINTS[name]} | {verdict} | {shown} |")
        return "\n".join(lines) + "\n"
