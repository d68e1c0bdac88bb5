"""Event streams that a desk could have written, drawn by Hypothesis or told from a seed."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from hypothesis import strategies as st

from engine.orders import events as ev
from engine.state.desk import DeskState

OPEN_MS = 1_732_285_800_000  # 2024-11-22 09:30 in New York
OUTCOMES = (
    "timeout", "rejected", "complete", "partial", "hung", "late", "late after reject",
    "scratched", "parked", "unknown", "duplicate", "correction",
)  # fmt: skip


class Story:
    """Tells what happens to a few traders, one attempt after the other.

    Events come out as the desk journals them; `executed` remembers every contract that really
    changed hands, so that a test can add them up by itself.
    """

    credit = (195.0, 190.0)
    """Strikes that a credit buys and sells; these sell the very debit back, so nothing is held."""

    def __init__(self, traders: int = 3, start_ms: int = OPEN_MS) -> None:
        self.at_ms = start_ms
        self.keys = [f"SYM{number} 2024-12-20" for number in range(traders)]
        self.cycles = dict.fromkeys(self.keys, 0)
        self.executions = 0
        self.events: list[ev.Event] = [
            ev.SessionStarted(
                start_ms, "SIM", "SIM-01", "r1", "synthetic", "assumed", 7, "2024-11-22", {}
            )
        ]
        for number, key in enumerate(self.keys):
            self.add(
                ev.TraderAdded(
                    start_ms, key, f"SYM{number}", "2024-12-20", 100, "american", "physical", 2
                )
            )

    def add(self, event: ev.Event) -> None:
        self.events.append(event)

    def later(self, ms: int) -> int:
        self.at_ms += ms
        return self.at_ms

    def order(self, key: str, part: str, quantity: int, price_c: int, attempt: int = 1) -> str:
        cycle = self.cycles[key]
        name = f"S1-{self.keys.index(key)}-{cycle}{part}{attempt}"
        buy, sell = {"D": (190.0, 195.0), "C": self.credit}.get(part, (195.0, 190.0))
        self.add(
            ev.OrderIntended(
                self.later(1), key, name, cycle, part, attempt, "C", buy, sell, quantity, price_c,
                1.40, 1.63, 0.12, 4.0 + cycle % 9, "" if part == "D" else "H0",
            )
        )  # fmt: skip
        if part == "D":
            self.add(
                ev.PairChosen(
                    self.at_ms, key, name, cycle, "MORNING", 600 + cycle % 60, quantity, 2500,
                    0.35, 0.65, "credit", 0.0, 3.0, 15.0, 40.0 + cycle % 7, 0.12, -0.03, 0.7,
                    "", None, None, "",
                )
            )  # fmt: skip
        self.add(ev.OrderSent(self.later(1), key, name))
        return name

    def works(self, key: str, name: str) -> None:
        self.add(ev.OrderWorking(self.later(20), key, name, f"B{name}"))

    def fill(
        self, key: str, name: str, quantity: int, price_c: int, late: bool = False
    ) -> ev.Executed:
        self.executions += 1
        event = ev.Executed(
            self.later(300), key, name, f"E{self.executions}", quantity, price_c,
            136 * abs(quantity), late,
        )  # fmt: skip
        self.add(event)
        return event

    def end(self, key: str, name: str, status: str, reason: str = "") -> None:
        self.add(ev.OrderEnded(self.later(5), key, name, status, reason))

    def attempt(self, key: str, name: str, ordered: int, filled: int, result: str) -> None:
        cycle = self.cycles[key]
        self.add(
            ev.AttemptEnded(
                self.later(1), key, cycle, name, ordered, filled, result, 9 + cycle % 7,
                4.0 + cycle % 9, 300 if filled else None,
            )
        )  # fmt: skip

    def watched(self, key: str, name: str) -> None:
        """Half a minute after it was cancelled."""
        cycle = self.cycles[key]
        crossed_ms = 9_000 if cycle % 3 else None
        self.add(
            ev.GhostWatched(
                self.later(5), key, cycle, name, 2500, 0.35, 2500, 2, 7_000, crossed_ms, 0.4
            )
        )

    def marked(self, key: str, name: str) -> None:
        """Five minutes after it filled."""
        late_ms: list[int | None] = [None, 700, 4_000, None]
        prices: list[float | None] = [None, 140.0, 150.0, None]
        self.add(
            ev.FillMarked(
                self.later(5), key, self.cycles[key], name, 152.0, 151.5, late_ms, prices, prices,
                [None] * 4, [None] * 4,
            )
        )  # fmt: skip

    def cycle_over(self, key: str, outcome: str, contracts: int, net_c: int, s: float) -> None:
        label = "LOCK*" if net_c > 0 else "RISK -$40"
        self.add(
            ev.CycleEnded(
                self.later(1), key, self.cycles[key], outcome, contracts, net_c, 272 * contracts,
                net_c - 272 * contracts, label, "butterfly", s,
            )
        )  # fmt: skip

    def sell(self, key: str, part: str, quantity: int, price_c: int, attempt: int = 1) -> None:
        name = self.order(key, part, quantity, price_c, attempt)
        self.works(key, name)
        self.fill(key, name, quantity, price_c)
        self.end(key, name, "filled")

    def play(self, key: str, outcome: str, quantity: int, debit_c: int, credit_c: int) -> None:
        """One attempt of a trader with everything that follows from it."""
        self.cycles[key] += 1
        self.later(3000)
        name = self.order(key, "D", quantity, debit_c)
        if outcome == "unknown":
            self.add(ev.OrderUnknown(self.later(2000), key, name, "no reply"))
        if outcome in ("rejected", "late after reject"):
            self.end(key, name, "rejected", "off tick")
            self.attempt(key, name, quantity, 0, "REJECTED")
            if outcome == "rejected":
                return
        else:
            self.works(key, name)
        if outcome in ("timeout", "late"):
            self.add(ev.CancelSent(self.later(2500), key, name, "timeout"))
            self.end(key, name, "canceled")
            self.attempt(key, name, quantity, 0, "TIMEOUT")
            if outcome == "timeout":
                self.watched(key, name)
                return
        filled = 1 if outcome == "partial" else quantity
        late = outcome.startswith("late")
        first = self.fill(key, name, filled, debit_c, late)
        if outcome == "duplicate":
            self.add(first)
        if not late:
            if filled < quantity:
                self.add(ev.CancelSent(self.later(1), key, name, "rest"))
            self.end(key, name, "filled" if filled == quantity else "canceled")
            result = "FILLED" if filled == quantity else "PARTIAL"
            self.attempt(key, name, quantity, filled, result)
        if outcome == "correction":
            self.fill(key, name, -1, debit_c, True)
            filled -= 1
        net_c = (credit_c - debit_c) * 100 * filled
        if outcome == "parked":
            self.add(ev.LadderMoved(self.later(900_000), key, self.cycles[key], "H7", debit_c + 4))
            self.cycle_over(key, "PARKED", filled, -debit_c * 100 * filled, 900.0)
        elif outcome == "scratched":
            self.add(ev.LadderMoved(self.later(60_000), key, self.cycles[key], "H6", debit_c))
            self.sell(key, "U", filled, debit_c - 2)
            self.cycle_over(key, "SCRATCHED", filled, -200 * filled, 61.0)
        elif filled:
            if outcome == "hung":
                self.later(30_000)
            self.sell(key, "C", filled, credit_c)
            if outcome == "hung":
                self.marked(key, name)
            self.cycle_over(key, "COMPLETE", filled, net_c, 30.9 if outcome == "hung" else 0.9)


class HeldStory(Story):
    """As a `Story`; its credits sell another vertical, so completed pairs are held: butterflies."""

    credit = (200.0, 195.0)

    def complete_in_parts(
        self,
        key: str,
        quantity: int,
        debit_c: int,
        credit_c: int,
        further: tuple[float, float] | None,
    ) -> None:
        """Two contracts or more, one sold by its credit; the others by a further one, or back."""
        self.cycles[key] += 1
        name = self.order(key, "D", quantity, debit_c)
        self.works(key, name)
        self.fill(key, name, quantity, debit_c)
        self.end(key, name, "filled")
        self.attempt(key, name, quantity, quantity, "FILLED")
        self.sell(key, "C", 1, credit_c)
        if further is None:
            self.sell(key, "U", quantity - 1, credit_c)
        else:
            self.credit, first = further, self.credit
            self.sell(key, "C", quantity - 1, credit_c, attempt=2)
            self.credit = first
        net_c = (credit_c - debit_c) * 100 * quantity
        self.cycle_over(key, "COMPLETE" if further else "SCRATCHED", quantity, net_c, 40.0)


@st.composite
def stories(draw: st.DrawFn, most: int = 25) -> Story:
    """A short day of up to three traders."""
    story = Story()
    for _ in range(draw(st.integers(0, most))):
        story.play(
            draw(st.sampled_from(story.keys)),
            draw(st.sampled_from(OUTCOMES)),
            draw(st.integers(1, 4)),
            draw(st.integers(100, 200)),
            draw(st.integers(100, 220)),
        )
    return story


def day(seed: int, attempts: int, traders: int = 3) -> Story:
    """A longer day, the same for the same seed."""
    chance = Random(seed)
    story = Story(traders)
    for _ in range(attempts):
        story.play(
            chance.choice(story.keys),
            chance.choices(OUTCOMES, [60, 2, 25, 3, 4, 2, 1, 1, 0.2, 1, 1, 0.2])[0],
            chance.randint(1, 4),
            chance.randint(100, 200),
            chance.randint(120, 220),
        )
    return story


def folded(events: Iterable[ev.Event]) -> DeskState:
    """The state after these events."""
    state = DeskState()
    for event in events:
        state.apply(event)
    return state
