"""Runs of several days, whose cycles and late executions go over from one to the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import pytest

from engine.orders import events as ev
from engine.report.records import SessionReport
from engine.report.session import session_reports
from engine.report.span import span_report
from engine.report.span_text import span_text
from engine.report.text import report_text
from tests.support.hand_written_runs import HeldStory
from tests.support.sessions import began, open_ms

DAYS = ("2024-11-18", "2024-11-19", "2024-11-20", "2024-11-21")
OUTCOMES = (
    "complete", "hung", "timeout", "scratched", "parked", "partial", "late", "rejected",
    "late after reject", "duplicate", "correction", "unknown",
)  # fmt: skip


@dataclass
class Days:
    """A run told by chance: what is parked ends later, what was missed executes later."""

    chance: Random
    story: HeldStory
    parked: list[ev.CycleEnded] = field(default_factory=list)
    missed: list[ev.OrderIntended] = field(default_factory=list)

    def attempt(self) -> None:
        story, chance = self.story, self.chance
        key, outcome = chance.choice(story.keys), chance.choice(OUTCOMES)
        story.play(key, outcome, chance.randint(1, 3), 150, chance.choice((140, 160, 170)))
        last = story.events[-1]
        if outcome == "parked":
            assert isinstance(last, ev.CycleEnded)
            self.parked.append(last)
        elif outcome == "timeout":
            sent = [e for e in story.events if isinstance(e, ev.OrderIntended)]
            self.missed.append(sent[-1])

    def end_parked(self) -> None:
        """A unit that is open is completed or sold back, or parked at another close."""
        before = self.parked.pop(self.chance.randrange(len(self.parked)))
        outcome = self.chance.choice(("COMPLETE", "SCRATCHED", "PARKED"))
        if outcome == "PARKED":
            self.parked.append(before)
        else:
            part, price_c = ("C", 160) if outcome == "COMPLETE" else ("U", 120)
            self.sell(before.trader, before.cycle, part, before.contracts, price_c)
        ended = before._replace(at_ms=self.story.later(1), outcome=outcome, hedge_s=100.0)
        self.story.add(ended._replace(floor_c=self.chance.randint(-5000, 5000)))

    def execute_missed(self) -> None:
        """A debit that had timed out has executed after all."""
        order = self.missed.pop(self.chance.randrange(len(self.missed)))
        story, key = self.story, order.trader
        story.fill(key, order.order, 1, 150, True)
        if self.chance.random() < 0.5:
            self.sell(key, order.cycle, "C", 1, 160)
            now, story.cycles[key] = story.cycles[key], order.cycle
            story.cycle_over(key, "COMPLETE", 1, 1000, 9.0)
            story.cycles[key] = now

    def sell(self, key: str, cycle: int, part: str, contracts: int, price_c: int) -> None:
        story = self.story
        now, story.cycles[key] = story.cycles[key], cycle
        story.sell(key, part, contracts, price_c, 50 + self.chance.randint(0, 900))
        story.cycles[key] = now


def told(seed: int) -> HeldStory:
    chance = Random(seed)
    days = Days(chance, HeldStory(chance.randint(1, 3), open_ms(DAYS[0])))
    story = days.story
    story.events[0] = began(DAYS[0])
    for number, day in enumerate(DAYS):
        if number:
            story.at_ms = open_ms(day)
            story.add(began(day, fill_model=chance.choice(("assumed", "assumed", "crossing"))))
        for _ in range(chance.randint(0, 6)):
            days.attempt()
            if days.parked and chance.random() < 0.4:
                days.end_parked()
            if days.missed and chance.random() < 0.3:
                days.execute_missed()
            if chance.random() < 0.1:
                story.add(ev.SessionEnded(story.later(1), "stopped"))
                story.add(began(day, at_ms=story.later(1000)))
    return story


def adds_up(report: SessionReport) -> None:
    cycles, rows = report.cycles, report.traders
    assert cycles.completion.k <= cycles.completion.n == cycles.filled
    assert sum(row.completions for row in rows) == cycles.completion.k
    assert sum(row.filled_cycles for row in rows) == cycles.filled
    assert sum(row.result_c for row in rows) == report.money.result_c
    assert sum(count for _, count in report.course.hedges) == cycles.completion.k
    assert cycles.hung_before <= cycles.hung <= cycles.filled
    for rates in (report.sizes, report.hours, report.delays):
        assert sum(rate.k for rate in rates) == report.attempts.k
        assert sum(rate.n for rate in rates) == report.attempts.n


@pytest.mark.parametrize("seed", range(40))
def test_every_session_of_a_run_has_a_report_that_adds_up_and_a_range_counts_cycles_once(
    seed: int,
) -> None:
    reports = [report for report, _ in session_reports(enumerate(told(seed).events, 1))]
    assert [report.header.session_date for report in reports] == list(DAYS)
    for report in reports:
        assert report_text(report)
        adds_up(report)
    found = span_report(DAYS[0], DAYS[-1], reports)
    assert span_text(found)
    for block in found.blocks:
        assert 0 <= block.total.completions <= block.total.filled_cycles
        assert 0 <= block.total.hung <= block.total.filled_cycles
