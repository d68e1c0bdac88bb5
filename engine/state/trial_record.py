"""One trial as the desk's events tell it: who got which arm, what it came to, where it stands."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from engine.learning.attempt_results import AttemptResult
from engine.learning.harm import Conduct
from engine.learning.trials.assignment import Assignment, Cycle, Design, KeptSlots, keep
from engine.learning.trials.ends import Course, TrialBlock
from engine.learning.trials.plan import TrialPlan
from engine.orders import events as ev
from engine.risk.day_loss import lost_c

EVERY: Final = "*"
"""The trader of a trial that changes a setting of all."""

BEFORE: Final = "before"
AFTER: Final = "after"


class NextSession(NamedTuple):
    """What the trial's traders made in the first session after a trial was kept."""

    session: int
    dollars: float
    seconds: float
    attempts: int


@dataclass(slots=True)
class _Half:
    """A block so far: attempts that went out, and those whose dollars are known."""

    sent: int = 0
    known: int = 0
    dollars: float = 0.0
    seconds: float = 0.0
    over: bool = False

    @property
    def complete(self) -> bool:
        return self.over and self.known == self.sent


class _Pair:
    """Both blocks of a pair; `compared` are they as the course compared them last."""

    def __init__(self) -> None:
        self.before, self.after = _Half(), _Half()
        self.compared: tuple[TrialBlock, TrialBlock] | None = None

    @property
    def has_open_dollars(self) -> bool:
        return any(half.known < half.sent for half in (self.before, self.after))

    def half(self, after: bool) -> _Half:
        return self.after if after else self.before

    @property
    def complete(self) -> bool:
        return self.before.complete and self.after.complete


def arm_name(trial: str, after: bool) -> str:
    """What the attempts of an arm are journaled under."""
    return f"{trial} {AFTER if after else BEFORE}"


def plan_of(started: ev.TrialStarted) -> TrialPlan:
    """The plan that a trial's row holds."""
    return TrialPlan(**started.plan)


class TrialRecord:
    """A trial; only the state changes it.

    Attributes:
        started, ended: its rows; ended is None while it runs.
        venue: where its attempts are made, and what fills them.
        settings: of the session in which it began.
        plan: fixed when it began.
        assignment: which arm the next attempts get.
        course: what it came to so far.
        told: the last block whose end was told; -1 for none.
        given_up: blocks that were given up with their pairs.
        open_pairs: pairs that were over, and left out because dollars of them were open at the end
            of a run.
        interrupted: whether one was that no row tells of yet.
        next_session: of a kept one; None before.
    """

    def __init__(
        self, started: ev.TrialStarted, venue: str, settings: Mapping[str, Any] | None = None
    ) -> None:
        self.started = started
        self.venue = venue
        self.settings: Mapping[str, Any] = settings or {}
        self.ended: ev.TrialEnded | None = None
        self.plan = plan_of(started)
        design = Design(started.design)
        self.assignment = Assignment(
            design, started.seed, tuple(started.before), self.plan.block_attempts
        )
        self.course = Course(self.plan, started.loss_room)
        self.told = -1
        self.given_up = 0
        self.open_pairs = 0
        self.interrupted = False
        self.next_session: NextSession | None = None
        self._session = 0
        self._pairs: dict[int, _Pair] = {}
        self._compared: OrderedDict[int, _Pair] = OrderedDict()
        self._slots = KeptSlots()
        self._conduct: OrderedDict[Cycle, Conduct] = OrderedDict()

    @property
    def name(self) -> str:
        """Its name, "T1", "T2", ..."""
        return self.started.trial

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.ended is None

    @property
    def by_session(self) -> bool:
        """Whether its blocks are whole sessions."""
        return self.assignment.design is Design.SESSION

    @property
    def of_desk(self) -> bool:
        """Whether it concerns the whole desk, and runs alone.

        Pausing one chain is told by what all of them make of the orders it leaves to them.
        """
        return self.started.trader == EVERY or self.by_session

    @property
    def changed(self) -> tuple[str, ...]:
        """The traders whose setting the arm after changes."""
        trader = self.started.trader
        return tuple(self.started.before) if trader == EVERY else (trader,)

    def concerns(self, trader: str) -> bool:
        """Whether a trader's attempts are assigned."""
        return trader in self.started.before

    def arm(self, trader: str) -> str:
        """What the trader's next attempt is journaled under; "" where none is assigned."""
        place = self.assignment.place(trader) if self.running else None
        return "" if place is None else arm_name(self.name, place.after)

    def value(self, trader: str) -> Any:
        """The value of the lever for the trader's next attempt."""
        place = self.assignment.place(trader)
        after = place is not None and place.after and trader in self.changed
        return self.started.after if after else self.started.before[trader]

    @property
    def cost_usd(self) -> float:
        """What the arm after made less than the arm before would have in the same time."""
        before, after = self.course.before, self.course.after
        return before.hourly * after.seconds / 3600 - after.dollars

    # ------------------------------------------------------------------ what happens to it

    def chosen(self, trader: str, cycle: int, arm: str) -> None:
        """An attempt went out in an arm of this trial."""
        if not self.running or not self.concerns(trader):
            return
        block = self.assignment.block
        slot = self.assignment.went_out(trader)
        if arm != arm_name(self.name, slot.after):
            slot = slot._replace(counted=False)
        self._slots.put((trader, cycle), slot)
        if slot.counted:
            half = self._pair(slot.pair).half(slot.after)
            half.sent += 1
            half.over = half.over or self.assignment.design is Design.ATTEMPT
        if self.assignment.block != block:
            self._over(block)

    def rejected(self, trader: str, cycle: int) -> None:
        """An attempt never worked at the broker: it is none."""
        slot = self._slots.pop((trader, cycle))
        if slot is None or not slot.counted or slot.pair not in self._pairs:
            return
        if self.assignment.design is Design.ATTEMPT:
            del self._pairs[slot.pair]
        else:
            self._pairs[slot.pair].half(slot.after).sent -= 1
            self._compare(slot.pair)

    def counted(self, row: AttemptResult, sign: int) -> None:
        """The dollars of an attempt are known, or (sign -1) a row is taken back before another."""
        if not self.running:
            self._after_the_end(row, sign)
            return
        place = row.trader, row.cycle
        slot = self._slots.get(place)
        self._slots.known(place)
        if slot is None or not slot.counted:
            return
        pair = self._pairs.get(slot.pair) or self._compared.get(slot.pair)
        if pair is None:
            return
        half = pair.half(slot.after)
        half.dollars += sign * row.dollars
        if not self.by_session:
            half.seconds += sign * row.seconds
        half.known += sign
        self.course.behaved(slot.after, Conduct(attempts=1), sign)
        self._compare(slot.pair)

    def cycle_ended(self, event: ev.CycleEnded, hung: bool) -> None:
        """A cycle is over; one that was parked and completes later is counted anew."""
        place = event.trader, event.cycle
        slot = self._slots.get(place)
        if slot is None or not slot.counted or not self.running:
            return
        before = self._conduct.get(place)
        if before is not None:
            self.course.behaved(slot.after, before, -1)
        completed = event.outcome == "COMPLETE"
        lost = 0.0 if event.outcome == "PARKED" else -lost_c(event) / 100
        if event.outcome == "BUSTED":
            self._conduct.pop(place, None)
            return
        conduct = Conduct(units=1, completed=int(completed), hung=int(hung), lost=lost)
        keep(self._conduct, place, conduct)
        self.course.behaved(slot.after, conduct)

    def carried(self, event: ev.TrialCarried) -> None:
        """It goes on from where the run before left it, in a session that has begun."""
        self.course.go_on(event.course)
        self.assignment.go_on(event.block, event.used)
        self.given_up, self.told = event.given_up, event.block - 1
        self.open_pairs = event.open_pairs
        if event.half:
            after, sent, dollars, seconds = event.half
            half = self._pair(event.block // 2).half(bool(after))
            half.sent = half.known = round(sent)
            half.dollars, half.seconds, half.over = dollars, seconds, True
        self.assignment.session_began()

    def carry(self, at_ms: int) -> ev.TrialCarried:
        """Give up the pairs that have begun, and tell the rest to another run.

        A session that was traded whole is half a pair, and is kept unless dollars of it are open.

        Args:
            at_ms: epoch milliseconds of the row.
        """
        half, assignment = self._whole_session(), self.assignment
        whole = self.by_session and not assignment.open
        dropped = () if half else assignment.drop()
        still_open = sum(
            pair.has_open_dollars and (whole or number not in dropped)
            for number, pair in self._pairs.items()
        )
        self._drop(dropped)
        given_up = self.given_up + bool(dropped)
        return ev.TrialCarried(
            at_ms,
            self.name,
            assignment.block,
            assignment.used,
            given_up,
            self.course.values(),
            half,
            self.open_pairs + still_open,
        )

    def _whole_session(self) -> list[float]:
        """The first block of a pair of sessions, as TrialCarried has it; empty for none."""
        assignment = self.assignment
        if not self.by_session or assignment.open or not assignment.block % 2:
            return []
        pair = self._pair(assignment.block // 2)
        for after, half in ((0.0, pair.before), (1.0, pair.after)):
            if half.complete:
                return [after, half.sent, half.dollars, half.seconds]
        return []

    def shut(self, event: ev.TrialShut) -> None:
        """Loss room or budget kept an arm from ordering."""
        if self.running:
            self.course.closed(event.after, event.seconds)

    def session_began(self) -> None:
        """Another day begins."""
        if self.running:
            dropped = self.assignment.session_began()
            self.interrupted = bool(dropped)
            self._drop(dropped)

    def block_ended(self, event: ev.TrialBlockEnded) -> None:
        """A block is over, or given up with its pair."""
        self.told = max(self.told, event.block)
        self.given_up += not event.whole
        if not self.running:
            return
        if self.interrupted and not event.whole:
            self.interrupted = False
        elif not event.whole:
            self._drop(self.assignment.drop())
            self.told = max(self.told, self.assignment.block - 1)
        elif self.by_session:
            number, after = self._session_block()
            self._pair(number).half(after).seconds += event.seconds
            block = self.assignment.block
            self.assignment.session_over()
            self._over(block)

    def end(self, event: ev.TrialEnded, session: int) -> None:
        """It is over.

        Args:
            event: its row.
            session: ordinal of the exchange date.
        """
        self.ended = event
        self._session = session
        self._slots.clear()
        for kept in (self._pairs, self._compared, self._conduct):
            kept.clear()

    # ------------------------------------------------------------------ inside

    def _drop(self, pairs: tuple[int, ...]) -> None:
        for pair in pairs:
            self._pairs.pop(pair, None)

    def _session_block(self) -> tuple[int, bool]:
        place = self.assignment.places[next(iter(self.started.before))]
        return place.pair, place.after

    def _pair(self, number: int) -> _Pair:
        pair = self._pairs.get(number)
        if pair is None:
            pair = self._pairs[number] = _Pair()
        return pair

    def _over(self, block: int) -> None:
        """A block is over: no attempt of it goes out any more."""
        number = block // 2
        pair = self._pair(number)
        if block % 2 == 0:
            for half in (pair.before, pair.after):
                half.over = half.over or half.sent > 0 or half.seconds > 0
        else:
            pair.before.over = pair.after.over = True
        self._compare(number)

    def _compare(self, number: int) -> None:
        pair = self._pairs.get(number) or self._compared.get(number)
        if pair is None or not pair.complete:
            return
        before = TrialBlock(number, False, pair.before.dollars, pair.before.seconds)
        after = TrialBlock(number, True, pair.after.dollars, pair.after.seconds)
        if pair.compared is None:
            self._pairs.pop(number, None)
            pair.compared = before, after
            keep(self._compared, number, pair)
            self.course.complete(before, after)
            return
        for block, was in zip((before, after), pair.compared, strict=True):
            if block != was:
                self.course.revise(*pair.compared, block)
                changed = (pair.compared[0], block) if block.after else (block, pair.compared[1])
                pair.compared = changed

    def _after_the_end(self, row: AttemptResult, sign: int) -> None:
        """Count what the next session made of a value that was kept."""
        ended = self.ended
        if ended is None or ended.end != "KEPT" or not self.concerns(row.trader):
            return
        if row.session <= self._session:
            return
        so_far = self.next_session or NextSession(row.session, 0.0, 0.0, 0)
        if row.session == so_far.session:
            self.next_session = NextSession(
                so_far.session,
                so_far.dollars + sign * row.dollars,
                so_far.seconds + sign * row.seconds,
                so_far.attempts + sign,
            )
