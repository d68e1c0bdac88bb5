"""Breaks the engine on purpose, one bug at a time, and says what noticed.

    .venv/bin/python .ci/check_mutations.py [--only NAME ...] [--tests-only] [--write]

Each bug is one replaced piece of source in a copy of the project. Against it run a few seeds of
`legdesk simulate` with every fault, whose checker shares no code with the engine, and the tests
named here. A bug that neither notices is a hole in the proof and makes the exit code 1. `--write`
puts what was run into the table of docs/mutations.md and leaves its other rows as they are.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("engine", "tui", "themes", "tests", "pyproject.toml", "README.md")
SEEDS = "1..10"
MEMORY_BYTES = 3 << 30
NOT_ASKED = "not asked"
HEAD = """# What notices a bug

Bugs put in on purpose, one at a time, by `.ci/check_mutations.py`: each replaces a piece of the
engine's source in a copy. *Simulation* is `legdesk simulate` over {seeds} with every fault, judged by
the checker that imports nothing of the engine; *tests* are the unit and simulation tests of the part.
A bug of which the simulation was not asked says so.

| bug | simulation | tests |
| --- | --- | --- |
"""


@dataclass(frozen=True)
class Mutation:
    """One bug: `old` stands once in `file` and becomes `new`; `tests` are about that part."""

    name: str
    file: str
    old: str
    new: str
    tests: str


MUTATIONS = (
    Mutation(
        "borrow: let a chain lend to itself",
        "engine/learning/borrowing/fill_rates.py",
        "by_symbol.get(symbol, nothing) - told.get(chain, nothing)",
        "by_symbol.get(symbol, nothing)",
        "tests/learning/test_borrowing.py",
    ),
    Mutation(
        "borrow: count every attempt of a spell",
        "engine/learning/borrowing/spells.py",
        "effective += block.attempts / (1 + (block.attempts - 1) * self.alike)",
        "effective += block.attempts",
        "tests/learning/test_borrowing.py",
    ),
    Mutation(
        "borrow: lend what one spell taught once for each chain",
        "engine/learning/borrowing/spells.py",
        "once = 2 * self.common - 1",
        "once = 1.0",
        "tests/learning/test_borrowing.py",
    ),
    Mutation(
        "borrow: take all distances of dollars for none",
        "engine/learning/borrowing/fill_dollars.py",
        "symbols_apart**2 * same + apart**2 * np.eye(len(chains))",
        "0.0 * same",
        "tests/learning/test_borrowing.py",
    ),
    Mutation(
        "borrow: from attempts with other settings",
        "engine/runtime/advice/fill_estimates.py",
        "return fills == live[trader] if trader in live else fills in of_any",
        "return bool(live and of_any and fills)",
        "tests/runtime/advice/test_fill_estimates.py",
    ),
    Mutation(
        "borrow: promise with the chain's own fills alone",
        "engine/runtime/advice/fill_estimates.py",
        "return chance_to_fill(fills, attempts) if found is None else found.rate",
        "return chance_to_fill(fills, attempts)",
        "tests/runtime/advice/test_fill_estimates.py",
    ),
    Mutation(
        "advice: set the smallest gain by the first attempts",
        "engine/learning/proposing/recommender.py",
        "if self._evidence.blocks < FIRST_PAIRS:",
        "if self._evidence.blocks < 1:",
        "tests/learning/test_proposing.py",
    ),
    Mutation(
        "explore: size a trader by what was explored",
        "engine/trader/debits.py",
        "if result is not OrderResult.CANCELLED and not attempt.explored:",
        "if result is not OrderResult.CANCELLED:",
        "tests/trader/test_arms.py",
    ),
    Mutation(
        "go on with an earlier run's evidence under other fills, untold",
        "engine/state/desk.py",
        "changed = before is not None and venue_of(before) != venue_of(event)",
        "changed = False",
        "tests/executor/test_goes_on.py",
    ),
    Mutation(
        "go on with an earlier run without a row of its own",
        "engine/runtime/watch/session_days.py",
        "goes_on = before is not None and context.state.starts == self._starts",
        "goes_on = False",
        "tests/executor/test_goes_on.py",
    ),
    Mutation(
        "wire: take books of a minute ago for those of now",
        "engine/brokers/remote/broker.py",
        "        if age_s > OLDEST_S:\n",
        "        if age_s > 60.0:\n",
        "tests/brokers/test_host.py",
    ),
    Mutation(
        "wire: look an order up that surely never left",
        "engine/brokers/remote/broker.py",
        "            if error.code in (NOT_SENT, REFUSED):\n",
        "            if error.code in (REFUSED,):\n",
        "tests/brokers/test_host.py",
    ),
    Mutation(
        "wire: serve a peer of another version",
        "engine/brokers/remote/host.py",
        "        if spoken != VERSION:\n",
        "        if spoken is None:\n",
        "tests/brokers/test_host.py",
    ),
    Mutation(
        "wire: let cancels wait behind orders that hang",
        "engine/brokers/remote/host.py",
        'CANCELS if op == "cancel" else CALLS',
        "CALLS",
        "tests/brokers/test_host.py",
    ),
    Mutation(
        "let a row of suspect pairs outlast one that is not",
        "engine/trader/choosing.py",
        "        if floor is None or floor <= _ROUNDED:\n            self.since_s = None\n            return\n",
        "        if floor is None or floor <= _ROUNDED:\n            return\n",
        "tests/trader/test_suspect_row.py",
    ),
    Mutation(
        "alarm for a suspect pair that is seen once",
        "engine/runtime/watch/quotes.py",
        "row.lasted_s(epoch_s)) >= SUSPECT_S:",
        "row.lasted_s(epoch_s)) >= 0.0:",
        "tests/runtime/watch/test_quotes.py",
    ),
    Mutation(
        "leave chains that nobody looks at in the alarm of suspect quotes",
        "engine/trader/choosing.py",
        "if self.since_s is None or now_s - self.last_s > self.longest_gap_s:",
        "if self.since_s is None:",
        "tests/trader/test_suspect_row.py tests/runtime/watch/test_quotes.py",
    ),
    Mutation(
        "count every pair whose middle is known as suspect",
        "engine/state/attempts.py",
        "if event.mid_floor is not None and event.mid_floor > 0:",
        "if event.mid_floor is not None:",
        "tests/report/test_report.py",
    ),
    Mutation(
        "sell what may be exercised early",
        "engine/trader/blocked_contracts.py",
        "return unsold_too(self.of_other_pairs(chain), self._assignable(chain))",
        "return self.of_other_pairs(chain)",
        "tests/trader/test_assignment.py",
    ),
    Mutation(
        "price what may be exercised early as if it could be sold",
        "engine/pricing/leg_prices.py",
        "            sold = sold | assignable\n",
        "            pass\n",
        "tests/pricing/test_scan.py tests/pricing/test_early_exercise.py",
    ),
    Mutation(
        "let the width of a market pass for time value",
        "engine/pricing/early_exercise.py",
        "chain.bid[row, part] * (0.5 + share) + chain.ask[row, part] * (0.5 - share)",
        "chain.bid[row, part] * 0.5 + chain.ask[row, part] * 0.5",
        "tests/pricing/test_early_exercise.py",
    ),
    Mutation(
        "refuse European contracts for early exercise",
        "engine/pricing/early_exercise.py",
        'if chain.style != "american" or not',
        "if not",
        "tests/pricing/test_early_exercise.py tests/trader/test_assignment.py",
    ),
    Mutation(
        "change an open unit to a credit that may be assigned",
        "engine/trader/blocked_contracts.py",
        "assignable = self._assignable(chain) if own.planned else None",
        "assignable = None",
        "tests/trader/test_assignment.py",
    ),
    Mutation(
        "refuse in a simulation what only a live account may lose by",
        "engine/config/sections.py",
        'return self.profile == "live" if self.refuse_assignable is None else',
        "return True if self.refuse_assignable is None else",
        "tests/trader/test_assignment.py",
    ),
    Mutation(
        "ghosts: take a market above the limit for one at it",
        "engine/runtime/watch/watched_debits.py",
        "if ask_c <= intent.limit_c + _SLACK_C:",
        "if ask_c <= intent.limit_c + 1 + _SLACK_C:",
        "tests/runtime/watch/test_post_trade.py",
    ),
    Mutation(
        "ghosts: tell the effect of a later cancel that nobody looked at",
        "engine/learning/ghosts.py",
        "    if more is None:\n        return LongerCancel(",
        "    if False:\n        return LongerCancel(",
        "tests/learning/test_ghosts.py tests/learning/test_proposing.py",
    ),
    Mutation(
        "ghosts: judge a later cancel by its lower bound",
        "engine/learning/proposing/earlier_cancel.py",
        "finding = Finding(False, _contrast(gap, 0, attempts), ())",
        "finding, hidden = Finding(gap.low > 0, _contrast(gap, 0, attempts), ()), ()",
        "tests/learning/test_proposing.py",
    ),
    Mutation(
        "explore: go on in a trial",
        "engine/runtime/trials/exploring.py",
        "            or context.state.trials.of(trader) is not None\n",
        "",
        "tests/runtime/trials/test_exploring.py",
    ),
    Mutation(
        "explore: go on at rest after a trial",
        "engine/runtime/trials/exploring.py",
        "            or self._trials.quiet_until_s(trader) > context.moment.epoch_s\n",
        "",
        "tests/runtime/trials/test_exploring.py",
    ),
    Mutation(
        "explore: go on in the closing auction",
        "engine/runtime/trials/exploring.py",
        "            or context.session.phase.phase is TradingPhase.CLOSE_AUCTION\n",
        "",
        "tests/runtime/trials/test_exploring.py",
    ),
    Mutation(
        "explore: take a minimum floor below zero",
        "engine/runtime/trials/exploring.py",
        "[each for each in floors if each >= min(floor, 0.0)]",
        "list(floors)",
        "tests/runtime/trials/test_exploring.py",
    ),
    Mutation(
        "explore: draw another value before the attempt went out",
        "engine/runtime/trials/exploring.py",
        "        if drawn_values is None:\n",
        "        if True:\n",
        "tests/runtime/trials/test_exploring.py",
    ),
    Mutation(
        "explore: keep a neighbour of a value that is no longer in force",
        "engine/runtime/trials/exploring.py",
        "            self._next.pop(event.trader, None)\n\n    def _draw",
        "            pass\n\n    def _draw",
        "tests/runtime/trials/test_exploring.py",
    ),
    Mutation(
        "explore: count a trial's attempts among the others",
        "engine/state/explored.py",
        "        elif not row.arm:\n",
        "        else:\n",
        "tests/state/test_explored.py",
    ),
    Mutation(
        "explore: forget over a restart what an operator switched",
        "engine/state/explored.py",
        "if (venue, event.session_date) != (self._venue, self._date):",
        "if True:",
        "tests/state/test_explored.py",
    ),
    Mutation(
        "ghosts: leave them out of advice",
        "engine/runtime/advice/live.py",
        "        ghosts=context.state.post_trade.ghosts,\n",
        "",
        "tests/runtime/advice",
    ),
    Mutation(
        "ghosts: count what was seen before the cancel",
        "engine/runtime/watch/watched_debits.py",
        "if not ended_ms or at_ms <= ended_ms:",
        "if not ended_ms:",
        "tests/runtime/watch/test_post_trade.py",
    ),
    Mutation(
        "ghosts: go on watching a debit that executed late",
        "engine/runtime/watch/post_trade.py",
        "watched.ghosts = [each for each in watched.ghosts if each.record is not record]",
        "watched.ghosts = list(watched.ghosts)",
        "tests/runtime/watch/test_post_trade.py",
    ),
    Mutation(
        "marks: take quotes that came too late",
        "engine/runtime/watch/watched_debits.py",
        "since_ms > AFTER_MS[self._next] + WITHIN_MS[self._next]",
        "since_ms > AFTER_MS[self._next] + 10 * WITHIN_MS[self._next]",
        "tests/runtime/watch/test_post_trade.py",
    ),
    Mutation(
        "marks: count an unknown mark as no move",
        "engine/learning/markouts.py",
        "                mark.unknown += 1\n                continue\n",
        "                mark.moved += 1\n                continue\n",
        "tests/learning/test_markouts.py",
    ),
    Mutation(
        "ghosts: take a time at which nobody looked for one without crossings",
        "engine/learning/ghosts.py",
        "or not attempts or not ghosts.seen_by(after_ms):",
        "or not attempts or not ghosts.watched:",
        "tests/learning/test_ghosts.py",
    ),
    Mutation(
        "ghosts: count those that nobody looked at as crossing like the others",
        "engine/learning/ghosts.py",
        "crossed, watched = ghosts.crossed_by(after_ms), ghosts.watched",
        "crossed, watched = ghosts.crossed_by(after_ms), ghosts.seen_by(after_ms)",
        "tests/learning/test_ghosts.py",
    ),
    Mutation(
        "locations: leave a late execution out",
        "engine/state/post_trade.py",
        "            tally.filled_late()",
        "            pass",
        "tests/state/test_post_trade.py",
    ),
    Mutation(
        "locations: go on counting under another fill model",
        "engine/state/post_trade.py",
        "        if venue != self.venue:",
        "        if not self.venue:",
        "tests/state/test_post_trade.py",
    ),
    Mutation(
        "locations: say that nothing fills before it is sure",
        "engine/learning/locations.py",
        "and most_rate(self.attempts) < SILENT_BELOW",
        "and most_rate(self.attempts) < 2 * SILENT_BELOW",
        "tests/learning/test_locations.py",
    ),
    Mutation(
        "take the floor at the limits for the floor at mid",
        "engine/pricing/opportunity.py",
        "at_limits = (self.credit_limit_c - self.debit_limit_c) / 100",
        "at_limits = received - paid",
        "tests/pricing/test_mid_floor.py",
    ),
    Mutation(
        "take the middle of a crossed market for a price",
        "engine/pricing/opportunity.py",
        "0.0 <= bid <= ask):",
        "0.0 <= bid):",
        "tests/pricing/test_mid_floor.py",
    ),
    Mutation(
        "rows: leave a row standing that a late execution changed",
        "engine/learning/attempt_results.py",
        "            if before is not None:\n                observer(before, -1)\n",
        "",
        "tests/learning/test_attempt_results.py",
    ),
    Mutation(
        "rows: count rejected attempts",
        "engine/learning/attempt_results.py",
        "or attempt.ended is not None or rejected:",
        "or attempt.ended is not None:",
        "tests/learning/test_attempt_results.py",
    ),
    Mutation(
        "rows: forget a cycle that is open for newer attempts",
        "engine/learning/attempt_results.py",
        "if not attempt.awaited or attempt.ended is None:",
        "if True:",
        "tests/learning/test_attempt_results.py",
    ),
    Mutation(
        "take the delay that was drawn for the wait that passed",
        "engine/trader/context.py",
        "return self.next_delay_s if self._waits_from_s is None else now_s - self._waits_from_s",
        "return self.next_delay_s",
        "tests/trader/test_chosen_pairs.py",
    ),
    Mutation(
        "count a pause as a wait",
        "engine/trader/controls.py",
        "        self.context.wait_from(moment.now_s)\n",
        "",
        "tests/trader/test_chosen_pairs.py",
    ),
    Mutation(
        "evidence: add what another fill model filled",
        "engine/learning/evidence/gathering.py",
        "            self._begin_anew(venue)\n",
        "            self.venue = venue\n",
        "tests/learning/test_gathering.py",
    ),
    Mutation(
        "evidence: compare sizes with other cancel times",
        "engine/learning/evidence/gathering.py",
        "if name not in left_out",
        "if False",
        "tests/learning/test_gathering.py",
    ),
    Mutation(
        "advice: drop an hour that earns because others earn more",
        "engine/learning/proposing/untried.py",
        "                    if self._now.budgeted\n",
        "                    if True\n",
        "tests/learning/test_proposing.py",
    ),
    Mutation(
        "advice: change what a trial is about",
        "engine/learning/proposing/tried.py",
        "if not live.busy)",
        "if True)",
        "tests/learning/test_proposing.py",
    ),
    Mutation(
        "advice: move the smallest gain with the day",
        "engine/learning/proposing/recommender.py",
        "if self._smallest is None or self._smallest[0] != now.session:",
        "if True:",
        "tests/learning/test_proposing.py",
    ),
    Mutation(
        "look again whenever somebody asks",
        "engine/learning/evidence/looks.py",
        "if look > number and asked.smallest is not None:",
        "if look > 0 and asked.smallest is not None:",
        "tests/learning/test_evidence.py",
    ),
    Mutation(
        "take a block's weight for nothing when it is left out",
        "engine/learning/evidence/contrasts.py",
        "effect * share) / (1 - share)",
        "effect * share)",
        "tests/learning/test_evidence.py",
    ),
    Mutation(
        "call promising what was compared in a corner",
        "engine/learning/evidence/promising.py",
        "if contrast.overlap < LEAST_OVERLAP:",
        "if contrast.overlap < 0:",
        "tests/learning/test_evidence.py",
    ),
    Mutation(
        "trust an hour of few attempts as one of many",
        "engine/learning/evidence/contrasts.py",
        "scale += max(1.0, fewer)",
        "scale += 1.0",
        "tests/learning/test_evidence.py",
    ),
    Mutation(
        "keep what loss room or budget disturbed",
        "engine/learning/trials/ends.py",
        "pairs.mean >= plan.smallest and not disturbed",
        "pairs.mean >= plan.smallest",
        "tests/learning/test_trials.py",
    ),
    Mutation(
        "keep a gain too small to be worth having",
        "engine/learning/trials/ends.py",
        "side > 0 and pairs.mean >= plan.smallest and",
        "side > 0 and",
        "tests/learning/test_trials.py",
    ),
    Mutation(
        "forget what each look at a trial costs",
        "engine/learning/trials/sequence.py",
        "- math.log1p(squares / rho) / 2",
        "- 0.0",
        "tests/learning/test_trials.py",
    ),
    Mutation(
        "give every pair of a trial the same order",
        "engine/learning/trials/assignment.py",
        'return random.Random(f"{self._seed}/{place}").random() < 0.5',
        "return True",
        "tests/learning/test_assignment.py",
    ),
    Mutation(
        "end a trial for what hung by chance",
        "engine/learning/harm.py",
        "    if beyond_chance(after.hung, before.hung, after.units, before.units):\n",
        "    if True:\n",
        "tests/learning/test_trials.py",
    ),
    Mutation(
        "give back what a restart wrote, not what was in force before",
        "engine/state/in_force.py",
        "self._before.setdefault(name, {}).setdefault(event.trader, event.before)",
        "self._before.setdefault(name, {})[event.trader] = event.before",
        "tests/runtime/trials/test_back_to_before.py",
    ),
    Mutation(
        "forget at undo what a later change has to go back to",
        "engine/runtime/advice/advisor.py",
        "                    later.before[key] = restored.pop(key)\n",
        "                    restored.pop(key)\n",
        "tests/runtime/trials/test_back_to_before.py",
    ),
    Mutation(
        "draw the arms of a trial anew after a restart",
        "engine/learning/trials/assignment.py",
        'random.Random(f"{self._seed}/{place}")',
        'random.Random(f"{id(self)}/{place}")',
        "tests/runtime/trials tests/learning/test_assignment.py",
    ),
    Mutation(
        "leave the value of an arm in force after its trial",
        "engine/runtime/trials/conducting.py",
        "            self._values.clear()\n",
        "",
        "tests/runtime/trials/test_back_to_before.py",
    ),
    Mutation(
        "let the size move while sizes are compared",
        "engine/trader/debits.py",
        "        if context.arms.stands_still(context.key):\n",
        "        if False:\n",
        "tests/trader/test_arms.py",
    ),
    Mutation(
        "wait as before in the arm of another cancel time",
        "engine/trader/debits.py",
        "context.timing.cancel_after_seconds if own_s is None else own_s",
        "context.timing.cancel_after_seconds",
        "tests/trader/test_arms.py",
    ),
    Mutation(
        "go on with the arms of a trial that has ended",
        "engine/checker/acting.py",
        '            running.pop(row["trial"], None)\n',
        "            pass\n",
        "tests/checker/test_acting.py",
    ),
    Mutation(
        "count an attempt in the block that its wait did not begin in",
        "engine/learning/trials/assignment.py",
        "place._replace(counted=False)",
        "place",
        "tests/learning/test_assignment.py",
    ),
    Mutation(
        "study: an answer against the control alone, not the placebo",
        "engine/study/answers.py",
        "each.control.sign if each.control.sign == each.placebo.sign else 0",
        "each.control.sign",
        "tests/study/test_findings.py",
    ),
    Mutation(
        "study: take figures of another policy for those of this one",
        "engine/study/points.py",
        '        "policy": policy,\n',
        "",
        "tests/study/test_points.py",
    ),
    Mutation(
        "study: the placebo draws as the control does",
        "engine/study/points.py",
        ">> 1 if self.own_draws else None",
        ">> 1 if not self.seed else None",
        "tests/study/test_running.py",
    ),
    Mutation(
        "study: put simulated and recorded days in one mean",
        "engine/study/findings.py",
        "(day.kind, day.held_out) == (kind, held_out)",
        "day.held_out == held_out",
        "tests/study/test_findings.py",
    ),
    Mutation(
        "study: take a floor at mid that is not known for zero",
        "engine/study/chosen_pairs.py",
        "mid_floor = pair.mid_floor\n",
        "mid_floor = pair.mid_floor or 0.0\n",
        "tests/study/test_chosen_pairs.py",
    ),
    Mutation(
        "study: count what suspect pairs made twice where it is told anew",
        "engine/study/chosen_pairs.py",
        "floor_c = sign * round",
        "floor_c = round",
        "tests/study/test_chosen_pairs.py",
    ),
    Mutation(
        "study: make intervals as if one arm were tried",
        "engine/study/findings.py",
        "each = joint(CONFIDENCE, study.tried)",
        "each = joint(CONFIDENCE, 1)",
        "tests/study/test_findings.py",
    ),
    Mutation(
        "take late fills that were not seen for fills that there are not",
        "engine/learning/survival.py",
        "(lost_high - lost) * before),",
        "0.0),",
        "tests/learning",
    ),
    Mutation(
        "charge no credit for what it is wider than its debit",
        "engine/pricing/floors.py",
        "np.add(beyond, widths, beyond)",
        "np.add(beyond, widths + kernel.widths[1:, :, 0], beyond)",
        "tests/pricing/test_floors.py",
    ),
    Mutation(
        "let a floor pass for a net credit that is too low",
        "engine/pricing/floors.py",
        "np.putmask(floors, credits < paid + needs.net, -np.inf)",
        "np.putmask(floors, credits < paid + needs.floor, -np.inf)",
        "tests/pricing/test_floors.py",
    ),
    Mutation(
        "fill what is quoted wide as often as what is tight",
        "engine/exchange/matching/models.py",
        "1.0, self.reference_c(order.request.symbol, at_s) / (market.ask_c - market.bid_c)",
        "1.0, (market.ask_c - market.bid_c) / self.reference_c(order.request.symbol, at_s)",
        "tests/exchange/test_width_model.py",
    ),
    Mutation(
        "fit: take an order that was cancelled for one that worked on",
        "engine/learning/calibration/regression.py",
        "np.clip(worked_s[:, None], low, high) - low",
        "np.clip(worked_s[:, None] + 99.0, low, high) - low",
        "tests/learning/test_calibration.py",
    ),
    Mutation(
        "fit: count fills that come in spells as if each were one draw",
        "engine/learning/calibration/fitting.py",
        "[row.second // shape.block_s for row in rows], dtype",
        "[number for number, _ in enumerate(rows)], dtype",
        "tests/learning/test_calibration.py",
    ),
    Mutation(
        "fit: let attempts of two venues meet",
        "engine/learning/calibration/orders.py",
        "if self.venue and venue != self.venue:",
        "if self.venue and not venue:",
        "tests/learning/test_calibration.py",
    ),
    Mutation(
        "fit: fill at locations that nobody tried",
        "engine/learning/calibration/rates.py",
        "if location < fit.by_location[0][0]:",
        "if location < -9.0:",
        "tests/learning/test_calibration.py",
    ),
    Mutation(
        "fit: fit from fewer attempts than tell anything",
        "engine/learning/calibration/fitting.py",
        "if found < LEAST_ATTEMPTS:",
        "if found < 0:",
        "tests/learning/test_calibration.py",
    ),
    Mutation(
        "calibrated: forget how long an order has waited",
        "engine/exchange/matching/calibrated.py",
        "return rate * factor",
        "return rate",
        "tests/exchange/test_calibrated_model.py",
    ),
    Mutation(
        "call models of other parameters by one name",
        "engine/config/fills.py",
        "if said else model",
        "if not said else model",
        "tests/config/test_fill_parameters.py",
    ),
    Mutation(
        "fill by the documented parameters, whatever the settings say",
        "engine/desk/exchange.py",
        "        parameters=config.simulation.fills,\n",
        "",
        "tests/desk/test_fill_models.py",
    ),
    Mutation(
        "study: run every value of a swept parameter with the desk's own",
        "engine/study/models.py",
        "fill_model=self.name, fills=self.fills",
        "fill_model=self.name",
        "tests/study/test_models.py",
    ),
    Mutation(
        "forget the former value of what a program applied",
        "engine/runtime/advice/advisor.py",
        "            applied.before[trader.key] = before\n",
        "",
        "tests/executor/test_running_executor.py",
    ),
    Mutation(
        "name what is settled with six digits of its strike",
        "engine/market/legs.py",
        'return f"{strike:.12g}"',
        'return f"{strike:g}"',
        "tests/market/test_legs.py tests/runtime/watch/test_settlement.py",
    ),
    Mutation(
        "forget an open unit of a chain that is removed",
        "engine/trader/trader.py",
        "still = self.context.attempt, self.credits.units, self._lone_legs",
        "still = self.context.attempt, self._lone_legs",
        "tests/executor/test_remove_symbol.py",
    ),
    Mutation(
        "enter on a chain that is removed",
        "engine/trader/gates.py",
        "if context.leaving:\n            return Gate.REMOVED",
        "if context.fault:\n            return Gate.REMOVED",
        "tests/executor/test_remove_symbol.py",
    ),
    Mutation(
        "end a shrinking of the size above its threshold",
        "engine/learning/sizing.py",
        "or (moving < 0 and fill_rate < target)",
        "or (moving < 0 and fill_rate < 0)",
        "tests/learning/test_sizing.py tests/trader/test_pause_hold_and_size.py",
    ),
    Mutation(
        "go on with a size as the fill rate began, though an operator set it",
        "engine/trader/debits.py",
        "        self.only_downward = only\n        self._moving = 0\n",
        "        self.only_downward = only\n",
        "tests/trader/test_pause_hold_and_size.py",
    ),
    Mutation(
        "let a size that fits no limit silence its trader",
        "engine/trader/choosing.py",
        "if chosen in _OF_THE_SIZE and quantity",
        "if chosen in () and quantity",
        "tests/trader/test_pause_hold_and_size.py",
    ),
    Mutation(
        "cut a size below the least that sizing allows",
        "engine/trader/choosing.py",
        "chosen = self.scan(chain, context.sizing.min_contracts)",
        "chosen = self.scan(chain, 1)",
        "tests/trader/test_pause_hold_and_size.py",
    ),
    Mutation(
        "rank debits with one floor without looking at their market",
        "engine/pricing/floors.py",
        "np.lexsort((-fill, -net, spread, away, -ranked))",
        "np.lexsort((-fill, -net, away, -ranked))",
        "tests/pricing/test_scan.py",
    ),
    Mutation(
        "call a unit hung in the very millisecond of the limit",
        "engine/state/money.py",
        "unit.open_ms < limit",
        "unit.open_ms <= limit",
        "tests/state/test_over_days.py",
    ),
    Mutation(
        "count the time between two processes as time in which traders were there",
        "engine/state/open_time.py",
        "self._open_ms = self._until(heard_ms)",
        "self._open_ms = self._until(at_ms)",
        "tests/state/test_open_time.py",
    ),
    Mutation(
        "report: add up sessions of different fill models",
        "engine/report/span.py",
        "grouped.setdefault(report.made_by, [])",
        "grouped.setdefault(report.made_by[:0], [])",
        "tests/report/test_span.py",
    ),
    Mutation(
        "report: take a session that went on under another model for one of the last",
        "engine/state/desk.py",
        "            self.begun.append(event)\n",
        "            self.begun = [event]\n",
        "tests/report/test_span.py",
    ),
    Mutation(
        "report: find sessions by the days of their rows alone",
        "engine/runs/spans.py",
        "_AHEAD: Final = timedelta(days=7)",
        "_AHEAD: Final = timedelta(days=0)",
        "tests/runs/test_spans.py",
    ),
    Mutation(
        "report: draw the curve of fills to its end, where a handful of attempts still works",
        "engine/report/figures.py",
        "if left < least:",
        "if left < 0:",
        "tests/report/test_pages.py",
    ),
    Mutation(
        "leave untold at the end what kept traders from debits last",
        "engine/runtime/lifecycle.py",
        "            self._tell_last()\n",
        "",
        "tests/runtime/watch/test_gate_looks.py",
    ),
    Mutation(
        "count no time of a session that begins with its phase",
        "engine/state/open_time.py",
        "self._open and at_ms == self._told_ms, at_ms",
        "False, at_ms",
        "tests/state/test_open_time.py",
    ),
    Mutation(
        "give a trader that came later the open time of the whole session",
        "engine/state/open_time.py",
        "self._missed_ms[trader] = self._open_ms",
        "self._missed_ms[trader] = 0",
        "tests/state/test_open_time.py",
    ),
    Mutation(
        "call what a debit cost free as soon as its pair is complete",
        "engine/state/held_capital.py",
        'return max(0, pair.money_of("debit"), -pair.finished_floor_c)',
        "return max(0, -pair.finished_floor_c)",
        "tests/state/test_held_capital.py",
    ),
    Mutation(
        "tie the capital of pairs that are no longer held",
        "engine/state/held_capital.py",
        'if pair.outcome == "COMPLETE" and not pair.flat:',
        'if pair.outcome == "COMPLETE":',
        "tests/state/test_held_capital.py",
    ),
    Mutation(
        "take losses into the shares of a gain",
        "engine/snapshot/dollars.py",
        "in results_c.items() if result_c > 0}",
        "in results_c.items() if result_c}",
        "tests/report/test_concentration.py",
    ),
    Mutation(
        "count the hours of a chain that was removed",
        "engine/state/desk.py",
        'if event.action == "remove":',
        'if event.action == "":',
        "tests/executor/test_remove_symbol.py",
    ),
    Mutation(
        "count a cycle as legged twice whose end is told again",
        "engine/state/money.py",
        "(durations.add if sign > 0 else durations.take_back)(took_ms)",
        "durations.add(took_ms)",
        "tests/state/test_over_days.py",
    ),
    Mutation(
        "leave a size whole whose only pairs would close legs of others",
        "engine/trader/choosing.py",
        "        Gate.CLOSES_OTHER,\n        Gate.ASSIGNMENT,\n        Gate.LOSS_ROOM,\n",
        "        Gate.ASSIGNMENT,\n        Gate.LOSS_ROOM,\n",
        "tests/trader/test_pause_hold_and_size.py",
    ),
    Mutation(
        "show orders that run ahead of their release as any others",
        "tui/viewmodel/header.py",
        '"p2" if t.orders_ahead or spent else "value"',
        '"value"',
        "tests/tui/viewmodel/test_header.py",
    ),
    Mutation(
        "choose by the setting where a maximizer names another objective",
        "engine/trader/chain.py",
        "objective=spreads.objective if maximizer.objective is None else maximizer.objective,",
        "objective=spreads.objective,",
        "tests/executor/test_running_executor.py",
    ),
    Mutation(
        "leave what units sold back lost out of the session's result",
        "engine/state/money.py",
        'if event.outcome != "PARKED":\n            self.result_c += sign * event.floor_c',
        'if event.outcome == "COMPLETE":\n            self.result_c += sign * event.floor_c',
        "tests/state/test_over_days.py",
    ),
    Mutation(
        "spend scarce orders on expirations outside the optimal range",
        "engine/risk/reservation.py",
        "return steps + _PREFERRED * self.preferred",
        "return steps + _PREFERRED",
        "tests/risk/test_order_budget.py",
    ),
    Mutation(
        "count what a trader saw by its looks, not by the time it was to be had",
        "engine/risk/reservation.py",
        "wanted = min(now_s - at_s, SEEN_FOR_S) * seen.orders / max(seen.every_s, 1e-3)",
        "wanted = seen.orders",
        "tests/risk/test_reservation.py",
    ),
    Mutation(
        "release orders for the time and take none back that went out",
        "engine/risk/reservation.py",
        "self._released -= max(0.0, self._orders_left - left.orders)",
        "pass",
        "tests/risk/test_reservation.py",
    ),
    Mutation(
        "leave what works at the broker when the program just ends",
        "engine/runtime/engine.py",
        "program_end.watch(self, self._stop_with_program)",
        "program_end.forget(self)",
        "tests/executor/test_program_end.py",
    ),
    Mutation(
        "add a chain of a day on which nothing expires",
        "engine/runtime/roster.py",
        'closed = "" if _about(given) else',
        'closed = "" if given else',
        "tests/executor/test_what_can_be_traded.py",
    ),
    Mutation(
        "an answer to an alarm covers any number of units at once",
        "engine/state/alarm_record.py",
        "few = len(self.places) <= MORE_AT_ONCE * self._covered",
        "few = True",
        "tests/runtime/test_alarms.py",
    ),
    Mutation(
        "a unit that becomes the operator's to decide is no alarm of its own",
        "engine/trader/legged_unit.py",
        "if self.stage is not Stage.OPERATOR:",
        "if self.stage is not Stage.OPERATOR or self.warned:",
        "tests/trader/test_unit_exits.py",
    ),
    Mutation(
        "an order that stays unknown is covered by an answer to another",
        "engine/runtime/watch/unknown_orders.py",
        "if still and alarms.said(",
        "if not still and alarms.said(",
        "tests/runtime/watch/test_unknown_orders.py",
    ),
    Mutation(
        "the answer about one order clears the alarm of another",
        "engine/runtime/watch/unknown_orders.py",
        'self._context.alarms.clear(event.at_ms, "ORDER_UNKNOWN", f"{event.trader}/{event.order}")',
        'self._context.alarms.follow(event.at_ms, "ORDER_UNKNOWN", {})',
        "tests/runtime/watch/test_unknown_orders.py",
    ),
    Mutation(
        "refuse the rows of an earlier version that have fewer fields",
        "engine/journal/encoding.py",
        "if 0 < missing <= len(shape[2]):",
        "if missing < 0:",
        "tests/journal/test_earlier_versions.py",
    ),
    Mutation(
        "another parked unit joins an answered alarm unsaid",
        "engine/state/alarm_record.py",
        "covered = self.raised.recurs and not known and few",
        "covered = not known and few",
        "tests/runtime/test_alarms.py",
    ),
    Mutation(
        "an alarm keeps the place that is in order again",
        "engine/state/alarm_record.py",
        "self.places.pop(where, None)",
        "self.places.get(where)",
        "tests/runtime/test_alarms.py",
    ),
    Mutation(
        "ignore the loss cap of an assigned maximizer",
        "engine/trader/chain.py",
        "max_loss=spreads.max_loss_usd if cap is None else cap",
        "max_loss=spreads.max_loss_usd",
        "tests/executor/test_running_executor.py",
    ),
    Mutation(
        "close the hours that nobody tried",
        "engine/runtime/advice/suggestion.py",
        "return good + untried, ",
        "return good, ",
        "tests/executor/test_running_executor.py",
    ),
    Mutation(
        "cancels wait for the threads of quotes",
        "engine/runtime/order_router.py",
        "None if context.lanes is None else context.lanes.cancels",
        "None if context.lanes is None else context.lanes.quotes",
        "tests/executor/test_hanging_calls.py",
    ),
    Mutation(
        "a dead feed reads as an expiration that is not listed",
        "engine/trader/choosing.py",
        "Gate.QUOTES_STALE if quotes.reason else Gate.NOT_LISTED",
        "Gate.NOT_LISTED",
        "tests/brokers/test_callback_desk.py",
    ),
    Mutation(
        "send without a recorded intent",
        "engine/runtime/order_router.py",
        "            self._context.emit(action.intent)\n",
        "            self._context.state.apply(action.intent)\n"
        "            self._context.exposure.apply(action.intent)\n",
        "tests/simulation/test_seeded_day.py",
    ),
    Mutation(
        "retry a submit that failed",
        "engine/runtime/order_router.py",
        "            self._context.scheduler.post(partial(failed, error))\n",
        "            self._context.scheduler.post(partial(failed, error))\n"
        "            self._context.scheduler.post(call)\n",
        "tests/brokers/test_callback_desk.py",
    ),
    Mutation(
        "drop a late fill",
        "engine/orders/order.py",
        "        if name in self.executions:\n            return Applied(before, before, ignored=True)\n        known",
        "        if name in self.executions or before in TERMINAL:\n            return Applied(before, before, ignored=True)\n        known",
        "tests/orders/test_order.py",
    ),
    Mutation(
        'take "order not found" for cancelled',
        "engine/orders/order.py",
        "    ReportKind.CANCELED: T.CANCELED,\n",
        "    ReportKind.CANCELED: T.CANCELED,\n    ReportKind.NOT_FOUND: T.CANCELED,\n",
        "tests/orders/test_order.py",
    ),
    Mutation(
        "count a duplicate fill",
        "engine/orders/order.py",
        "        if name in self.executions:\n            return Applied(before, before, ignored=True)\n        known",
        "        known",
        "tests/orders/test_order.py",
    ),
    Mutation(
        "forget an UNKNOWN debit in the limits",
        "engine/risk/exposure.py",
        "        self._unknown.add(event.order)\n",
        "        self._unknown.add(event.order)\n"
        "        live = self._live.get(event.order)\n"
        "        if live is not None and live.part == Part.DEBIT:\n"
        "            self._work(live.trader, -live.leaves, live.limit_c)\n"
        "            live.leaves = 0\n",
        "tests/risk/test_exposure.py",
    ),
    Mutation(
        "size the credit to what was ordered",
        "engine/trader/legged_unit.py",
        "        return self.remaining - live - self.leg_unconfirmed\n",
        "        return self.remaining - live + (self.filled if not self.credited else 0)\n",
        "tests/trader/test_credits.py tests/trader/test_late_fills.py",
    ),
    Mutation(
        "send the next credit before all executions of the last are known",
        "engine/trader/completing_orders.py",
        "            self._confirm(unit, name, moment)\n            if rejected",
        "            unit.look_at(moment.now_s)\n            if rejected",
        "tests/trader/test_leg_unconfirmed.py",
    ),
    Mutation(
        "send although the gate closed meanwhile",
        "engine/runtime/order_router.py",
        "        if blocked:\n",
        "        if False:\n",
        "tests/trader/test_dangerous_moments.py",
    ),
    Mutation(
        "lift an operator's pause when a hold ends",
        "engine/trader/controls.py",
        "            self.debits.judge_anew()\n",
        "            self.debits.judge_anew()\n            self.resume()\n",
        "tests/trader/test_dangerous_moments.py",
    ),
    Mutation(
        "kill: leave completing orders working",
        "engine/runtime/requests/kill.py",
        "                if not debits_only:\n",
        "                if False:\n",
        "tests/runtime/requests/test_kill.py",
    ),
    Mutation(
        "leave the fees out of the lowest credit",
        "engine/orders/ladder.py",
        "        f1_c=up(paid_c + fee_c_per_share + 1),\n",
        "        f1_c=up(paid_c + 1),\n",
        "tests/orders/test_ladder.py",
    ),
    Mutation(
        "let the walk and the rescans give a wider credit's floor away",
        "engine/trader/unit_prices.py",
        "    least = _up(lowest + owed, rules.tick_c)\n",
        "    if unit.stage not in (Stage.OPERATOR, Stage.PARKED):\n        owed = 0\n"
        "    least = _up(lowest + owed, rules.tick_c)\n",
        "tests/trader/test_wide_credits.py",
    ),
    Mutation(
        "a wider credit that owes nothing at rest",
        "engine/trader/unit_prices.py",
        "    elif unit.stage in (Stage.OPERATOR, Stage.PARKED):\n        limit = least\n",
        "    elif unit.stage in (Stage.OPERATOR, Stage.PARKED):\n        limit = lowest\n",
        "tests/trader/test_wide_credits.py",
    ),
    Mutation(
        "rescan: switch to another credit for no gain",
        "engine/trader/unit_prices.py",
        "            needed = present - kept_owes + other_owes + 2 * rules.tick_c\n",
        "            needed = present - kept_owes + other_owes\n",
        "tests/trader/test_wide_credits.py",
    ),
    Mutation(
        "rescan: compare the credits and not the floors",
        "engine/trader/unit_prices.py",
        "            needed = present - kept_owes + other_owes + 2 * rules.tick_c\n",
        "            needed = present + 2 * rules.tick_c\n",
        "tests/trader/test_wide_credits.py",
    ),
    Mutation(
        "rescan: look for the highest credit and not the highest floor",
        "engine/trader/unit_prices.py",
        '        by_floor=rules.rule == "safe",\n',
        "        by_floor=False,\n",
        "tests/trader/test_wide_credits.py",
    ),
    Mutation(
        "sell a hung debit back at any loss",
        "engine/trader/unit_prices.py",
        "    if limit < least:\n",
        "    if False:\n",
        "tests/trader/test_dangerous_moments.py",
    ),
    Mutation(
        "enter debits up to the close",
        "engine/trader/gates.py",
        "        if moment.epoch_s >= session.last_debit_s:\n",
        "        if False:\n",
        "tests/trader/test_close_of_day.py tests/simulation/test_seeded_day.py",
    ),
    Mutation(
        "ignore a bust",
        "engine/orders/order.py",
        "is ReportKind.CORRECTION:\n            return self._correct(report, before)\n",
        "is ReportKind.CORRECTION:\n            return Applied(before, before, ignored=True)\n",
        "tests/orders/test_order.py",
    ),
    Mutation(
        "take one leg's execution for the combination's",
        "engine/orders/order.py",
        "for paid, received in zip(bought, sold, strict=False)]",
        "for paid, received in zip(bought + sold, sold + bought)]",
        "tests/orders/test_order.py",
    ),
    Mutation(
        "trade on stale quotes",
        "engine/trader/choosing.py",
        "        if not abs(moment.epoch_s - chain.confirmed_s) <= context.quote_age_limit_s:\n",
        "        if False:\n",
        "tests/risk/test_gate.py",
    ),
    Mutation(
        "forget that one leg of an ended credit has executed",
        "engine/trader/legged_unit.py",
        "        return self.remaining - live - self.leg_unconfirmed\n",
        "        return self.remaining - live\n",
        "tests/trader/test_leg_unconfirmed.py",
    ),
    Mutation(
        "take the answer for complete that held a garbled report",
        "engine/trader/completing_orders.py",
        "        if unit.confirming == name:\n            unit.expect_answer()\n",
        "        if unit.confirming == name:\n            pass\n",
        "tests/trader/test_leg_unconfirmed.py",
    ),
    Mutation(
        "leave an execution out of the journal",
        "engine/runtime/context.py",
        "            self.journal.append(event)\n",
        '            if type(event) is not ev.Executed or event.execution[-1] != "2":\n'
        "                self.journal.append(event)\n",
        "tests/state/test_state_is_memory.py",
    ),
    Mutation(
        "cancel, and believe it at once",
        "engine/orders/order.py",
        "        self.cancel_s = now_s\n        self.asked = 0\n        return True\n",
        "        self.cancel_s = now_s\n        self.asked = 0\n        self.state = S.CANCELED\n        return True\n",
        "tests/orders/test_order.py tests/trader/test_debit_attempts.py",
    ),
    Mutation(
        "close a leg of another pair",
        "engine/trader/choosing.py",
        "        blocked_legs = self._blocked.of_an_entry(chain)\n",
        "        blocked_legs = None\n",
        "tests/simulation/test_other_pairs.py",
    ),
    Mutation(
        "book a settlement that is reported again",
        "engine/runtime/watch/settlement.py",
        "        if name in context.state.positions.known or name in self.waiting:\n",
        "        if False:\n",
        "tests/runtime/watch/test_settlement.py",
    ),
    Mutation(
        "lose an assignment told before its execution",
        "engine/runtime/watch/settlement.py",
        "                self.waiting[report.settlement_id] = report\n",
        "                pass\n",
        "tests/runtime/watch/test_settlement.py tests/exchange/test_faults_of_account_and_host.py",
    ),
    Mutation(
        "follow a wall clock the moment it is set",
        "engine/runtime/steady_clock.py",
        "        if abs(off_s) <= STEP_S or not self._holding:\n",
        "        if True:\n",
        "tests/runtime/test_steady_clock.py tests/simulation/test_clock_steps.py",
    ),
    Mutation(
        "end the day while nobody knows what time it is",
        "engine/runtime/core.py",
        "        if self.clock.doubtful:\n",
        "        if False:\n",
        "tests/simulation/test_clock_steps.py",
    ),
    Mutation(
        "let a clock that was set open the limits of the day",
        "engine/runtime/watch/clock.py",
        "            context.flags.halt()\n",
        "            pass\n",
        "tests/simulation/test_clock_steps.py tests/executor/test_days.py",
    ),
    Mutation(
        "keep Friday's date over the weekend",
        "engine/market/session.py",
        "        return min(self.phase.ends_s, midnight_s(",
        "        return max(self.phase.ends_s, midnight_s(",
        "tests/executor/test_days.py::test_a_closed_day_is_a_day_of_its_own_and_begins_no_session",
    ),
    Mutation(
        "begin a session on a closed day",
        "engine/runtime/watch/session_days.py",
        "before.session_date < today and calendar.is_session(day)",
        "before.session_date < today",
        "tests/executor/test_days.py::test_a_closed_day_is_a_day_of_its_own_and_begins_no_session",
    ),
    Mutation(
        "call what has expired its last trading day",
        "engine/runtime/watch/positions.py",
        'code = "EXPIRES" if last == self._today else "EXPIRED"',
        'code = "EXPIRES"',
        "tests/runtime/watch/test_settlement.py",
    ),
    Mutation(
        "decide by the phase before the host slept",
        "engine/runtime/core.py",
        "        if moment.now_s > self._phase_due_s + LATE_S:\n",
        "        if False:\n",
        "tests/exchange/test_faults_of_account_and_host.py",
    ),
    Mutation(
        "leave an open unit's loss out of the day's",
        "engine/risk/exposure.py",
        "        self.marked_c += value_c - marks.pop(cycle, 0)\n",
        "        marks.pop(cycle, 0)\n        value_c = 0\n",
        "tests/risk/test_open_unit_loss.py",
    ),
    Mutation(
        "trade on although broker and book differ in the morning",
        "engine/runtime/watch/books.py",
        "        elif self.rows:\n            self._publish(at_ms, frozenset(self.rows))\n",
        "",
        "tests/runtime/restart/test_reconciliation.py",
    ),
    Mutation(
        "leave a chain open where its broker tells no positions to compare",
        "engine/runtime/watch/books.py",
        "        context.flags.differ(frozenset(chains & traders.keys()))\n",
        "",
        "tests/runtime/watch/test_untold_positions.py",
    ),
    Mutation(
        "pass over a total that tells fewer contracts than are booked",
        "engine/brokers/callbacks/placed_order.py",
        "            self.fewer, self._check_s = status.filled, now_s + _AGAIN_S\n",
        "            pass\n",
        "tests/brokers/test_told_fewer.py",
    ),
    Mutation(
        "refuse the id of an order that ended on an earlier day",
        "engine/brokers/callbacks/placed_orders.py",
        "            if former != client and self._is_over(former, client):\n",
        "            if False:\n",
        "tests/brokers/test_reused_ids.py",
    ),
    Mutation(
        "drop an execution whose owner is forgotten",
        "engine/runtime/order_router.py",
        "            self._tell_unowned(report)\n",
        "            pass\n",
        "tests/runtime/test_unowned_executions.py",
    ),
    Mutation(
        "make no more calls without saying so",
        "engine/runtime/lanes.py",
        '(", so no more of these are made" * lane.is_full)',
        '""',
        "tests/executor/test_hanging_calls.py",
    ),
    Mutation(
        "take a confirmed cancel of a replaced order for its successor's",
        "engine/brokers/callbacks/broker.py",
        " and not placed.lost:\n",
        ":\n",
        "tests/brokers/test_replaced_orders.py",
    ),
    Mutation(
        "believe the first end that a polled broker tells",
        "engine/trader/final_ends.py",
        "        if not context.gate.desk.ends_asked_again:\n",
        "        if True:\n",
        "tests/trader/test_final_ends.py",
    ),
    Mutation(
        "sell a credit again before a polled broker was asked about the cancelled one",
        "engine/trader/completing_orders.py",
        "            if not context.gate.desk.ends_asked_again:\n",
        "            if True:\n",
        "tests/trader/test_final_ends.py",
    ),
    Mutation(
        "forget a correction that overtakes its execution",
        "engine/orders/order.py",
        "        correction = self.overtook.pop(name, None)\n",
        "        correction = None\n",
        "tests/orders/test_order.py tests/trader/test_late_fills.py",
    ),
    Mutation(
        "decide between the two halves of a correction",
        "engine/trader/completing.py",
        "            unit.bought(quantity, price_c, fee_c)\n",
        "            unit.bought(quantity, price_c, fee_c)\n            self.changed(unit, moment)\n",
        "tests/trader/test_late_fills.py",
    ),
    Mutation(
        "count a parked unit in the floor as well as at worst",
        "engine/state/money.py",
        '        if event.outcome != "PARKED":  # what it left open is at worst what `open_worst_c` says\n',
        "        if True:\n",
        "tests/state/test_desk.py",
    ),
    Mutation(
        "count a completed pair at worst again once a contract comes late",
        "engine/state/positions.py",
        "                worst_c += floor_c - pair.finished_floor_c\n",
        "                worst_c += floor_c\n",
        "tests/state/test_desk.py",
    ),
    Mutation(
        "book every report of an answer on the order that was asked about",
        "engine/brokers/callbacks/broker.py",
        "            client = self._orders.named(report, placed)\n",
        "            client = placed.request.client_order_id\n",
        "tests/brokers/test_told_answers.py",
    ),
    Mutation(
        "let a debit leave before an end was asked about again",
        "engine/trader/gates.py",
        " or self._ends.blocking(moment):\n",
        ":\n",
        "tests/trader/test_final_ends.py",
    ),
    Mutation(
        "book an execution worse than its limit as it is told",
        "engine/brokers/callbacks/answers.py",
        "    return 0 < paid_c <= limit_c if request.pays else paid_c >= limit_c\n",
        "    return True\n",
        "tests/brokers/test_told_answers.py",
    ),
    Mutation(
        "trade on at a price that nobody knows",
        "engine/trader/gates.py",
        " or self._prices or",
        " or",
        "tests/brokers/test_told_answers.py",
    ),
    Mutation(
        "take a status word that nobody knows for an end",
        "engine/brokers/callbacks/answers.py",
        "    kind = kind or ReportKind.ACK\n",
        "    kind = kind or ReportKind.CANCELED\n",
        "tests/brokers/test_told_answers.py",
    ),
    Mutation(
        "begin a pair whose wider credit brings less than its stages ask",
        "engine/pricing/rules.py",
        "        return max(floor, self.gate.min_margin_c / 100) if self.gate and self._is_safe else floor\n",
        "        return floor\n",
        "tests/pricing/test_scanner.py",
    ),
    Mutation(
        "book legs that come to worse than the limit as they are told",
        "engine/orders/order.py",
        "        if not self._is_within_limit(sum(lots_c), len(lots_c)):\n",
        "        if False:\n",
        "tests/orders/test_order.py",
    ),
    Mutation(
        "end without waiting for ends that are not final",
        "engine/runtime/lifecycle.py",
        "        if now_s < self._final_by_s and self._may_change():\n",
        "        if False:\n",
        "tests/runtime/test_ends_with_a_difference.py",
    ),
    Mutation(
        "round a told average for each contract",
        "engine/orders/averages.py",
        "    lower_c, dearer = divmod(total_c, contracts)\n",
        "    lower_c, dearer = round(total_c / contracts), 0\n",
        "tests/orders/test_averages.py",
    ),
    Mutation(
        "a restart cancels orders that are not ours",
        "engine/runtime/restart/reconcile.py",
        "        ours = {name for name in working if name.startswith(prefix) or name in known}\n        if not ours:\n",
        "        ours = set(working)\n        if not ours:\n",
        "tests/runtime/restart/test_what_a_restart_touches.py",
    ),
    Mutation(
        "a restart ends an order that still works",
        "engine/runtime/restart/reconcile.py",
        '            if state == "working":\n',
        "            if False:\n",
        "tests/runtime/restart/test_what_a_restart_touches.py",
    ),
    Mutation(
        "book a missed execution of several contracts with the fees of one",
        "engine/runtime/restart/missed.py",
        "        fee_c = fees.vertical_fee_c(quantity, row.symbol)\n",
        "        fee_c = fees.vertical_fee_c(1, row.symbol)\n",
        "tests/runtime/restart/test_what_a_restart_touches.py",
    ),
    Mutation(
        "book what legs reported a second time after a restart",
        "engine/runtime/restart/missed.py",
        "        if quantity <= 0:\n            continue\n",
        "",
        "tests/runtime/restart/test_what_a_restart_touches.py",
    ),
    Mutation(
        "take the limit for the price that nobody told, after a restart",
        "engine/runtime/restart/live_orders.py",
        "        if record.without_price:\n",
        "        if False:\n",
        "tests/runtime/restart/test_open_questions.py",
    ),
    Mutation(
        "take every end of an earlier process for final",
        "engine/runtime/restart/live_orders.py",
        "        if name in known.awaited:\n",
        "        if False:\n",
        "tests/runtime/restart/test_open_questions.py",
    ),
    Mutation(
        "leave what is legged as it is where nothing of it works at the end",
        "engine/runtime/lifecycle.py",
        "            self._park_what_is_open()\n",
        "",
        "tests/runtime/restart/test_ends_at_once.py",
    ),
    Mutation(
        "never ask about a filled order again",
        "engine/brokers/callbacks/placed_order.py",
        "        self._final_s, self._finals = now_s + FINAL_S, 0\n",
        "        self._final_s, self._finals = math.inf, 0\n",
        "tests/brokers/test_told_fewer.py",
    ),
    Mutation(
        "kill: verify by the broker's list alone",
        "engine/runtime/requests/kill.py",
        "        return sorted(ours | orders.live.keys())\n",
        "        return sorted(ours)\n",
        "tests/runtime/requests/test_kill_proof.py",
    ),
    Mutation(
        "lift a kill while an order is UNKNOWN",
        "engine/runtime/requests/kill.py",
        "        if context.state.orders.unknown:\n",
        "        if False:\n",
        "tests/runtime/requests/test_kill_proof.py",
    ),
    Mutation(
        "do not wait for the disk with the kill latch",
        "engine/run_folder/kill_latch.py",
        "            try:\n                os.fsync(handle)\n",
        "            try:\n                pass\n",
        "tests/run_folder/test_kill_latch.py",
    ),
    Mutation(
        "keep the journal at synchronous=NORMAL",
        "engine/journal/database.py",
        "{'FULL' if durable else 'OFF'}",
        "{'NORMAL' if durable else 'OFF'}",
        "tests/journal/test_durable.py",
    ),
    Mutation(
        "send without asking for another process's latch",
        "engine/runtime/order_router.py",
        "        blocked = flags.frozen or ((flags.killed or self._latched()) and request.pays)\n",
        "        blocked = flags.frozen or (flags.killed and request.pays)\n",
        "tests/runtime/requests/test_kill_proof.py",
    ),
    Mutation(
        "CROSS: look at one leg",
        "engine/risk/gate.py",
        "(order.buys == sells or order.sells == buys)",
        "order.buys == sells",
        "tests/risk/test_limits.py",
    ),
    Mutation(
        "CROSS: look at one leg of the account's other orders",
        "engine/risk/gate.py",
        "        if (trader, right, buys, False) in external or (trader, right, sells, True) in external:\n",
        "        if (trader, right, buys, False) in external:\n",
        "tests/risk/test_limits.py",
    ),
    Mutation(
        "sell units back before an ex-date by the rule reversed for puts",
        "engine/trader/unit_exits.py",
        "    return underlying < unit.short_strike\n",
        "    return underlying > unit.short_strike\n",
        "tests/trader/test_unit_exits.py",
    ),
    Mutation(
        "warn of an ex-date by the rule reversed for puts",
        "engine/runtime/watch/positions.py",
        '(price > key.strike) == (key.right == "C")',
        "price > key.strike",
        "tests/runtime/watch/test_settlement.py",
    ),
    Mutation(
        "tell today's open as the next one during a session",
        "engine/market/phases.py",
        "        next_open_s=following_open_s if is_open else opens_s,\n",
        "        next_open_s=opens_s,\n",
        "tests/market/test_phases.py",
    ),
    Mutation(
        "pass over a report that was unreadable once",
        "engine/brokers/remote/link.py",
        "                    if self._unread == seq:\n",
        "                    if seq:\n",
        "tests/brokers/test_remote_link.py",
    ),
    Mutation(
        "call a journal sound whose log lost pages",
        "engine/journal/missing.py",
        "    if not pages and len(ahead) < 2:\n",
        "    if len(ahead) < 2:\n",
        "tests/journal/test_write_ahead_log.py",
    ),
    Mutation(
        "buy what nobody offers",
        "engine/pricing/leg_prices.py",
        "            np.logical_and(keep, ask > 0.0, out=keep)\n",
        "            pass\n",
        "tests/pricing/test_zero_offers.py",
    ),
    Mutation(
        "believe a chain of sound prices in which an ask is 0",
        "engine/pricing/contradictions.py",
        "        if sound and ask.item(ask.argmin()) > 0.0:\n",
        "        if sound:\n",
        "tests/pricing/test_zero_offers.py",
    ),
    Mutation(
        "trade a contract that its neighbours contradict",
        "engine/pricing/leg_prices.py",
        "            np.logical_and(keep, ~self.contradicted, out=keep)\n",
        "            pass\n",
        "tests/pricing/test_contradictions.py",
    ),
    Mutation(
        "let a vertical's bid lie above its width",
        "engine/pricing/contradictions.py",
        "        _mark_outside((low + moved)[::-1], (high + moved)[::-1], slack, marks[::-1])\n",
        "",
        "tests/pricing/test_contradictions.py",
    ),
    Mutation(
        "leave all neighbours of a wrong quote out with it",
        "engine/pricing/contradictions.py",
        "        gone = worst if len(worst) == 1 else group\n",
        "        gone = group\n",
        "tests/pricing/test_contradictions.py",
    ),
    Mutation(
        "take the limit of a broker's order for its average price",
        "engine/brokers/callbacks/told_order.py",
        '    if "average" not in found and "price" in names and not counted_otherwise:\n',
        '    if "price" in names:\n',
        "tests/brokers/test_told_answers.py",
    ),
    Mutation(
        "take an order with legs and no count for one of which nothing executed",
        "engine/brokers/callbacks/told_order.py",
        '    if "filled" not in found and "legs" in names and value_of(answer, names["legs"]):\n',
        "    if False:\n",
        "tests/brokers/test_told_answers.py",
    ),
    Mutation(
        "read a right by the first letter of its text",
        "engine/market/quotes/values.py",
        "        if isinstance(text, str) and (right := _RIGHTS.get(text.strip().lower())) is not None:\n",
        "        if (right := _RIGHTS.get(str(told).lower()[:1])) is not None:\n",
        "tests/market/quotes tests/brokers/test_callback_desk.py",
    ),
    Mutation(
        "relabel quotes of another expiration",
        "engine/market/quotes/contracts.py",
        "        if day is not None and day != expected:\n",
        "        if False:\n",
        "tests/market/quotes tests/brokers/test_callback_market.py",
    ),
    Mutation(
        "take a chain of another expiration as it is",
        "engine/market/quotes/chains.py",
        "    if expiration is not None and day != expiration:\n",
        "    if False:\n",
        "tests/market/quotes tests/brokers/test_callback_market.py",
    ),
    Mutation(
        "mix roots in one chain",
        "engine/market/quotes/contracts.py",
        "        if root == expected:\n",
        "        if True:\n",
        "tests/market/quotes",
    ),
    Mutation(
        "take a contract of another multiplier",
        "engine/market/quotes/contracts.py",
        "        if size == size and size != expected:\n",
        "        if False:\n",
        "tests/market/quotes",
    ),
    Mutation(
        "let the last of two quotes of one contract win",
        "engine/market/quotes/chains.py",
        "    if len(set(cells)) < len(cells):\n",
        "    if False:\n",
        "tests/market/quotes",
    ),
    Mutation(
        "take a price of -1 as a price",
        "engine/market/quotes/chains.py",
        "            values[values == -1.0] = np.nan",
        "            values[values == -9.0] = np.nan",
        "tests/market/quotes",
    ),
    Mutation(
        "believe a row whose symbol names another contract",
        "engine/market/quotes/contracts.py",
        "            elif value is not None and value != agreed[place]:\n",
        "            elif False:\n",
        "tests/market/quotes",
    ),
    Mutation(
        "value a unit by an ask of 0",
        "engine/market/chain.py",
        "        return (_NAN, _NAN) if ask == 0 else (self.bid.item(right, column), ask)\n",
        "        return self.bid.item(right, column), ask\n",
        "tests/trader/test_natural_markets.py",
    ),
    Mutation(
        "value a unit by a market outside 0 and its width",
        "engine/trader/unit_prices.py",
        "    return (bid, ask) if ask >= -_ROUNDED_C and bid <= width + _ROUNDED_C else None\n",
        "    return bid, ask\n",
        "tests/trader/test_natural_markets.py",
    ),
    Mutation(
        "the guard cancels orders of others",
        "engine/guard/cancelling.py",
        "if name.startswith(place.prefix) or name in mirrored}",
        "}",
        "tests/guard",
    ),
    Mutation(
        "the guard forgets orders that only the mirror names",
        "engine/guard/cancelling.py",
        "if name.startswith(place.prefix) or name in mirrored}",
        "if name.startswith(place.prefix)}",
        "tests/guard",
    ),
    Mutation(
        "the guard calls the account quiet at the first look",
        "engine/guard/cancelling.py",
        "elif now_s - zero_s >= QUIET_S:",
        "else:",
        "tests/guard",
    ),
    Mutation(
        "the guard does not cancel again",
        "engine/guard/cancelling.py",
        "sent_s.get(name, -AGAIN_EVERY_S) >= AGAIN_EVERY_S",
        "name not in sent_s",
        "tests/guard",
    ),
    Mutation(
        "the guard takes an exchange that does not answer for an account at zero",
        "engine/guard/cancelling.py",
        "                survivors, zero_s = None, None\n",
        "                survivors, zero_s = (), clock.now_s()\n",
        "tests/guard",
    ),
    Mutation(
        "a guard that is dismissed cancels all the same",
        "engine/guard/watch.py",
        "            if BYE in piece:\n                return\n",
        "",
        "tests/guard",
    ),
    Mutation(
        "leave out of the budget what an earlier process sent today",
        "engine/risk/order_budget.py",
        "return (orders + month.today) / left",
        "return orders / left",
        "tests/risk/test_order_budget.py",
    ),
    Mutation(
        "average the order budget over one session",
        "engine/risk/order_budget.py",
        "per_day * month.sessions - month.before",
        "per_day - month.before",
        "tests/risk/test_limits.py",
    ),
    Mutation(
        "judge the efficiency ratio from the first order",
        "engine/risk/order_budget.py",
        "orders < RATIO_FROM_ORDERS",
        "orders < 1",
        "tests/risk/test_order_budget.py",
    ),
    Mutation(
        "count today's orders twice after a restart",
        "engine/run_folder/order_counts.py",
        "earlier = max(0, self._days.get(today.isoformat(), 0) - counted)",
        "earlier = max(0, self._days.get(today.isoformat(), 0))",
        "tests/run_folder/test_order_counts.py",
    ),
    Mutation(
        "count orders of other months in this one",
        "engine/run_folder/order_counts.py",
        "if text[:7] == today.isoformat()[:7] and text < today.isoformat()",
        "if text < today.isoformat()",
        "tests/run_folder/test_order_counts.py",
    ),
    Mutation(
        "close the newest lot first",
        "engine/book/balance.py",
        "        lot = lots[0]\n        taken = min(contracts - closed, lot[0])\n        closed += taken\n        closed_c += taken * lot[1]\n        lot[0] -= taken\n        if not lot[0]:\n            lots.popleft()",
        "        lot = lots[-1]\n        taken = min(contracts - closed, lot[0])\n        closed += taken\n        closed_c += taken * lot[1]\n        lot[0] -= taken\n        if not lot[0]:\n            lots.pop()",
        "tests/book/test_balancer.py",
    ),
    Mutation(
        "buy back what was oversold at a gain",
        "engine/book/balance.py",
        "self.matched_c += closed_c - closed * contract_c",
        "self.matched_c += closed * contract_c - closed_c",
        "tests/book/test_balancer.py",
    ),
    Mutation(
        "a cycle that was never completed did not hang",
        "engine/state/money.py",
        'return event.outcome != "COMPLETE" or event.hedge_s > HUNG_S',
        "return event.hedge_s > HUNG_S",
        "tests/report/test_report.py",
    ),
    Mutation(
        "leave the fees out of what a hung cycle brought",
        "engine/state/money.py",
        "self.hung_net_c += sign * (event.net_c - event.fees_c)",
        "self.hung_net_c += sign * event.net_c",
        "tests/report/test_report.py",
    ),
    Mutation(
        "count a cycle of the day before in today's",
        "engine/state/money.py",
        "        if event.at_ms >= self._since_ms:  #",
        "        if True:  #",
        "tests/state/test_over_days.py",
    ),
    Mutation(
        "give the money of an oversold unit back when it expires",
        "engine/state/money.py",
        "                self.debits -= unhedged\n                self.paid_c += money_c",
        "                self.debits -= unhedged\n                self.paid_c -= money_c",
        "tests/state/test_over_days.py",
    ),
    Mutation(
        "let sold shares cost their chain money",
        "engine/risk/chain_exposure.py",
        "        self.cash_c -= shares * price_c",
        "        self.cash_c += shares * price_c",
        "tests/risk/test_exposure.py",
    ),
    Mutation(
        "take a contract that was closed by hand off the oldest pair",
        "engine/book/pairs.py",
        "for pair in sorted(holders, key=lambda each: each.unhedged <= 0):",
        "for pair in holders:",
        "tests/book/test_pairs.py",
    ),
    Mutation(
        "give short shares that no call covers a floor",
        "engine/book/pairs.py",
        "        slope = self.shares + sum(",
        "        slope = sum(",
        "tests/book/test_pairs.py",
    ),
    Mutation(
        "report: what is open is worth what it cost",
        "engine/report/session.py",
        "open_worst_c=state.positions.open_worst_c(),",
        "open_worst_c=-money.open_c,",
        "tests/state/test_desk.py",
    ),
    Mutation(
        "report: leave out what executed beyond an order",
        "engine/report/session.py",
        "not_booked=orders.orphans + orders.excess,",
        "not_booked=orders.orphans,",
        "tests/report/test_report.py",
    ),
    Mutation(
        "report: call a liquidation value that nobody knows 0",
        "engine/report/session.py",
        "return None if state.contracts.contracts() or state.contracts.shares() else 0",
        "return 0",
        "tests/report/test_report.py",
    ),
    Mutation(
        "leave the terminal as it is where the machine is slow",
        "tui/lifecycle.py",
        "waited_s >= BLOCKED_ENDS_WITHIN_S and not takes_output(sys.__stderr__)",
        "waited_s >= BLOCKED_ENDS_WITHIN_S",
        "tests/tui/test_lifecycle.py",
    ),
    Mutation(
        "tell repeats of the kill key by when they are done",
        "tui/app.py",
        "        self.kill_key.read(self._read_s(event))\n",
        "        pass\n",
        "tests/tui/actions/test_kill_key.py",
    ),
    Mutation(
        "a bust takes back the oldest contracts of its price",
        "engine/state/trader_totals.py",
        "        for booking in reversed(self.bookings):\n            if left and booking.kind == kind and booking.price_c == price_c:\n                taken = min(left, booking.contracts)\n                left -= taken\n                shorter = booking._replace(contracts=booking.contracts - taken)\n            else:\n                shorter = booking\n            if shorter.contracts:\n                kept.append(shorter)\n        kept.reverse()\n",
        "        for booking in self.bookings:\n            if left and booking.kind == kind and booking.price_c == price_c:\n                taken = min(left, booking.contracts)\n                left -= taken\n                shorter = booking._replace(contracts=booking.contracts - taken)\n            else:\n                shorter = booking\n            if shorter.contracts:\n                kept.append(shorter)\n",
        "tests/state/test_trader_totals.py",
    ),
    Mutation(
        "look at more verticals than a turn has time for",
        "engine/pricing/grid.py",
        "    if cells > MOST_CELLS:\n",
        "    if cells < 0:\n",
        "tests/pricing/test_many_strikes.py",
    ),
    Mutation(
        "fault a trader whose chain has too many strikes",
        "engine/trader/choosing.py",
        "        except TooManyStrikesError:\n",
        "        except ZeroDivisionError:\n",
        "tests/risk/test_gate_order.py",
    ),
    Mutation(
        "take a loss limit of any size",
        "engine/config/bounds.py",
        "MOST_USD: Final = 1e9\n",
        "MOST_USD: Final = 1e308\n",
        "tests/config/test_hostile_settings.py",
    ),
    Mutation(
        "read a FIFO as an empty file",
        "engine/config/regular_files.py",
        '    (stat.S_ISFIFO, "a FIFO"),\n',
        "",
        "tests/config/test_hostile_settings.py",
    ),
    Mutation(
        "serve a flood of requests before anybody else",
        "engine/brokers/remote/server.py",
        "AT_ONCE: Final = 8\n",
        "AT_ONCE: Final = 2**20\n",
        "tests/brokers/test_remote_server.py",
    ),
    Mutation(
        "call a damaged last page of a log a torn end",
        "engine/journal/write_ahead_log.py",
        "        return 1 + behind if is_salted or fits or behind else 0\n",
        "        return 1 + behind if behind else 0\n",
        "tests/journal/test_write_ahead_log.py",
    ),
    Mutation(
        "let the times of a look grow with later attempts",
        "engine/learning/metrics.py",
        "self._time_look = (number, FillTimes(dict(self._fills), dict(self._waits)))",
        "self._time_look = (number, FillTimes(self._fills, self._waits))",
        "tests/learning/test_metrics.py",
    ),
    Mutation(
        "let fills that left the window count in its rate",
        "engine/learning/sizing.py",
        "            self._fills -= self._attempts[0]\n",
        "            pass\n",
        "tests/learning/test_sizing.py",
    ),
    Mutation(
        "pause at the least fill rate that is allowed",
        "engine/learning/sizing.py",
        "and self.rate < min_fill_rate",
        "and self.rate <= min_fill_rate",
        "tests/learning/test_sizing.py",
    ),
    Mutation(
        "header: let an oversold chain hide unhedged contracts of another",
        "tui/viewmodel/header.py",
        "sum(max(0, b.net) for b in chains)",
        "sum(b.net for b in chains)",
        "tests/tui/viewmodel/test_header.py",
    ),
    Mutation(
        "header: tell a symbol's unlimited loss as the sum of the others",
        "tui/viewmodel/header.py",
        "sum(worst) if len(worst) == len(chains) else None",
        "sum(worst)",
        "tests/tui/viewmodel/test_header.py",
    ),
    Mutation(
        "header: tell the newest of the stale quotes",
        "tui/viewmodel/header.py",
        "lambda: min((t.quoted_s for t in traders if t.stale and t.quoted_s), default=None)",
        "lambda: max((t.quoted_s for t in traders if t.stale and t.quoted_s), default=None)",
        "tests/tui/viewmodel/test_header.py",
    ),
    Mutation(
        "header: measure the day's loss by another limit",
        "tui/viewmodel/header.py",
        "_of(t.day_loss_c, t.day_loss_limit_c,",
        "_of(t.day_loss_c, t.imbalance_limit,",
        "tests/tui/viewmodel/test_header.py",
    ),
    Mutation(
        "forget what a chain has spent in the dearest debit it may have",
        "engine/risk/gate.py",
        "limits.max_debit_usd_chain * 100 - chain.legged_c - chain.working_c,",
        "limits.max_debit_usd_chain * 100,",
        "tests/risk/test_gate.py",
    ),
    Mutation(
        "forecast half the efficiency ratio",
        "engine/risk/budget_forecast.py",
        "return tried / (2 * self.fill_rate)",
        "return tried / (4 * self.fill_rate)",
        "tests/risk/test_budget_forecast.py",
    ),
    Mutation(
        "overlook a dip of what is held beyond every strike of the orders",
        "engine/risk/worst_case.py",
        "least = self._from[above] + _risk",
        "least = self._from[-1] + _risk",
        "tests/risk/test_limits.py",
    ),
    Mutation(
        "take the end of a hold for seconds after a restart",
        "engine/runtime/restart/restore.py",
        "left_s = totals.hold.until_ms / 1000 - context.moment.epoch_s",
        "left_s = totals.hold.until_ms - context.moment.epoch_s",
        "tests/runtime/restart/test_holds.py",
    ),
    Mutation(
        "end a hold at a restart that has no end",
        "engine/runtime/restart/restore.py",
        "until_s = context.moment.now_s + left_s if totals.hold.until_ms else math.inf",
        "until_s = context.moment.now_s + left_s",
        "tests/runtime/restart/test_holds.py",
    ),
    Mutation(
        "count an unwind again each time that its cycle ends",
        "engine/risk/exposure.py",
        "self.unwinds += unwound - was_unwound",
        "self.unwinds += unwound",
        "tests/risk/test_exposure.py",
    ),
    Mutation(
        "let the gain of an unhedged pair that settled make up for losses",
        "engine/risk/exposure.py",
        "self.realised_c += min(0, event.realised_c)",
        "self.realised_c += event.realised_c",
        "tests/risk/test_exposure.py",
    ),
    Mutation(
        "hold the difference to an accepted position the wrong way round",
        "engine/risk/exposure.py",
        "event.after - event.before)",
        "event.before - event.after)",
        "tests/risk/test_exposure.py",
    ),
    Mutation(
        "take traded shares off a chain of another symbol",
        "engine/risk/exposure.py",
        "if chain.shares * left < 0 and self._symbols.get(trader) == event.symbol:",
        "if chain.shares * left < 0:",
        "tests/risk/test_exposure.py",
    ),
    Mutation(
        "exchange: let more cross with a cancel than is displayed",
        "engine/exchange/matching/engine.py",
        "quantity = min(order.leaves, market.size)",
        "quantity = order.leaves",
        "tests/exchange/test_matching_engine.py",
    ),
    Mutation(
        "exchange: charge every root the same fee",
        "engine/exchange/matching/engine.py",
        "self._fees.vertical_fee_c(quantity, order.request.symbol)",
        "self._fees.vertical_fee_c(quantity)",
        "tests/exchange/test_matching_engine.py",
    ),
    Mutation(
        "exchange: let credits move the market",
        "engine/exchange/matching/engine.py",
        "        if order.pays:\n            self._markets",
        "        if True:\n            self._markets",
        "tests/exchange/test_matching_models.py",
    ),
    Mutation(
        "exchange: locate a credit from the buyer's side",
        "engine/exchange/matching/waiting.py",
        "through_c = limit_c - market.bid_c if order.pays else market.ask_c - limit_c",
        "through_c = limit_c - market.bid_c",
        "tests/exchange/test_matching_models.py",
    ),
    Mutation(
        "exchange: take a credit without a price for one at any",
        "engine/exchange/matching/waiting.py",
        "else 0 < limit_c <= market.bid_c",
        "else limit_c <= market.bid_c",
        "tests/exchange/test_matching_models.py",
    ),
    Mutation(
        "exchange: round what a debit pays in our favour",
        "engine/exchange/matching/waiting.py",
        "price_c = math.ceil(market.ask_c / tick) * tick",
        "price_c = math.floor(market.ask_c / tick) * tick",
        "tests/exchange/test_matching_models.py",
    ),
    Mutation(
        "book a second correction of an execution under the name of the first",
        "engine/orders/order.py",
        'Booking(f"{name}~{self.corrections}", *after)',
        'Booking(f"{name}~", *after)',
        "tests/orders/test_order.py",
    ),
    Mutation(
        "report an order's silence once for its life",
        "engine/orders/order.py",
        "            if before is not self.state:\n                self.asked, self.lost = 0, False\n",
        "            if before is not self.state:\n                self.asked = 0\n",
        "tests/orders/test_order.py",
    ),
    Mutation(
        "take contracts that only the sold leg executed for none",
        "engine/orders/order.py",
        "return abs(sums[0] - sums[1])",
        "return max(0, sums[0] - sums[1])",
        "tests/orders/test_order.py",
    ),
    Mutation(
        "refuse a credit that brings its whole width",
        "engine/orders/order.py",
        "return 0 <= price_c <= abs(",
        "return 0 <= price_c < abs(",
        "tests/orders/test_order.py",
    ),
    Mutation(
        "draw the newest fills of an hour first",
        "engine/state/trader_totals.py",
        "for back in range(BUCKETS - 1, -1, -1))",
        "for back in range(BUCKETS))",
        "tests/state/test_trader_totals.py",
    ),
    Mutation(
        "forget fills before an hour is over",
        "engine/state/trader_totals.py",
        "if each <= bucket - BUCKETS]",
        "if each < bucket - 1]",
        "tests/state/test_trader_totals.py",
    ),
    Mutation(
        "label a trader by its best pair",
        "engine/state/trader_totals.py",
        'for label in ("RISK", "LOCK*", "ARB"):',
        'for label in ("ARB", "LOCK*", "RISK"):',
        "tests/state/test_trader_totals.py",
    ),
    Mutation(
        "count rejections in a row across what was not rejected",
        "engine/state/trader_totals.py",
        "        else:\n            self.rejects_in_row = 0\n",
        "",
        "tests/state/test_trader_totals.py",
    ),
    Mutation(
        "following: add a cumulative count to what was known",
        "engine/brokers/following/follow.py",
        "        return told\n    if told.filled == known.filled and told",
        "        return LegTotal(known.filled + told.filled, told.paid_c)\n    if told.filled == known.filled and told",
        "tests/brokers/following/test_follow.py",
    ),
    Mutation(
        "following: believe a lower count",
        "engine/brokers/following/follow.py",
        "if told.filled > known.filled or (",
        "if told.filled != known.filled or (",
        "tests/brokers/following/test_follow.py",
    ),
    Mutation(
        "following: forget the cents of the sold leg",
        "engine/brokers/following/followed.py",
        "paid_c = lot.bought_c - lot.sold_c",
        "paid_c = lot.bought_c",
        "tests/brokers/following/test_follow.py",
    ),
    Mutation(
        "following: turn the price of a credit round",
        "engine/brokers/following/followed.py",
        "paid_c if order.request.pays else -paid_c",
        "paid_c",
        "tests/brokers/following/test_follow.py",
    ),
    Mutation(
        "following: take the average for the price of a lot",
        "engine/brokers/following/follow.py",
        "bought.paid_c - sum(lot.bought_c or 0 for lot in priced)",
        "bought.paid_c * (len(unpriced) + max(0, new)) // max(1, bought.filled)",
        "tests/brokers/following/test_follow.py",
    ),
    Mutation(
        "following: tell an end before its counts",
        "engine/brokers/following/follow.py",
        "    if view is None or view.legs is None:\n",
        "    if view is None:\n",
        "tests/brokers/following/test_follow.py",
    ),
    Mutation(
        "following: tell an end while one leg is ahead",
        "engine/brokers/following/follow.py",
        "    if bought.filled != sold.filled and order.legs_told is None:\n        return order\n",
        "",
        "tests/brokers/following/test_follow.py",
    ),
    Mutation(
        "following: count a lot when its first leg has executed",
        "engine/brokers/following/follow.py",
        "new = min(bought.filled, sold.filled)",
        "new = max(bought.filled, sold.filled)",
        "tests/brokers/following/test_follow.py",
    ),
    Mutation(
        "following: take an unknown word for an end",
        "engine/brokers/following/order_view.py",
        "ENDS: Final = frozenset({",
        "ENDS: Final = frozenset({ViewState.UNKNOWN, ",
        "tests/brokers/following/test_follow.py",
    ),
    Mutation(
        "following: use the name of a lot again after a bust",
        "engine/brokers/following/follow.py",
        "range(order.numbered + 1, order.numbered + 1 + new)",
        "range(len(order.lots) + 1, len(order.lots) + 1 + new)",
        "tests/brokers/following/test_follow.py",
    ),
    Mutation(
        "following: let an answer from before a bust count again",
        "engine/brokers/following/follow.py",
        "        elif view.at_s > order.replaced_s:\n",
        "        elif not view.replaces:\n",
        "tests/brokers/following/test_follow.py",
    ),
    Mutation(
        "following: take an average of zero for a price",
        "engine/brokers/following/order_view.py",
        "    if not price:\n        return LegTotal(int(contracts), None)\n",
        "",
        "tests/brokers/following/test_order_view.py",
    ),
    Mutation(
        "following: read a fill twice",
        "engine/brokers/following/replay.py",
        "            if row.name not in known:\n                new.setdefault(row.name, row)\n",
        "            new.setdefault(row.name, row)\n",
        "tests/brokers/following/test_replay.py",
    ),
    Mutation(
        "following: go on through pages that repeat",
        "engine/brokers/following/replay.py",
        "        if token in self._tokens:\n",
        "        if False:\n",
        "tests/brokers/following/test_replay.py",
    ),
    Mutation(
        "following: forget after a restart that a lot has no price",
        "engine/brokers/following/followed.py",
        "    if not cheap.price_c:\n        return Lot(number)\n",
        "",
        "tests/brokers/following/test_follow.py",
    ),
    Mutation(
        "import: take the underlying's price of after the bar",
        "engine/brokers/imports/underlying.py",
        'side="right") - 1',
        'side="right")',
        "tests/brokers/test_import_formats.py tests/brokers/test_import_bars.py tests/brokers/test_import_values.py tests/brokers/test_import_refusals.py",
    ),
    Mutation(
        "import: take the underlying's price of another day",
        "engine/brokers/imports/underlying.py",
        "(before >= 0) & same_day",
        "(before >= 0)",
        "tests/brokers/test_import_formats.py tests/brokers/test_import_bars.py tests/brokers/test_import_values.py tests/brokers/test_import_refusals.py",
    ),
    Mutation(
        "import: count bars of the underlying from their start",
        "engine/brokers/imports/underlying.py",
        "(ts + bar_s * 1000, price)",
        "(ts, price)",
        "tests/brokers/test_import_formats.py tests/brokers/test_import_bars.py tests/brokers/test_import_values.py tests/brokers/test_import_refusals.py",
    ),
    Mutation(
        "import: read New York times as UTC",
        "engine/brokers/imports/values.py",
        "at = at.replace(tzinfo=zone)",
        'at = at.replace(tzinfo=ZoneInfo("UTC"))',
        "tests/brokers/test_import_formats.py tests/brokers/test_import_bars.py tests/brokers/test_import_values.py tests/brokers/test_import_refusals.py",
    ),
    Mutation(
        "import: count a time of day from midnight where clocks change",
        "engine/brokers/imports/values.py",
        "_offset_ms(days + extra, shown // 60_000, zone) + shown % 60_000",
        "_offset_ms(days + extra, 0, zone) + shown",
        "tests/brokers/test_import_formats.py tests/brokers/test_import_bars.py tests/brokers/test_import_values.py tests/brokers/test_import_refusals.py",
    ),
    Mutation(
        "import: take puts for calls",
        "engine/brokers/imports/values.py",
        '"P": PUT, "PUT": PUT',
        '"P": CALL, "PUT": CALL',
        "tests/brokers/test_import_formats.py tests/brokers/test_import_bars.py tests/brokers/test_import_values.py tests/brokers/test_import_refusals.py",
    ),
    Mutation(
        "import: leave out contracts on their last day",
        "engine/brokers/imports/gathering.py",
        "(expires[rows.contract] < days)",
        "(expires[rows.contract] <= days)",
        "tests/brokers/test_import_formats.py tests/brokers/test_import_bars.py tests/brokers/test_import_values.py tests/brokers/test_import_refusals.py",
    ),
    Mutation(
        "import: keep the first tick of a bar",
        "engine/brokers/imports/bars.py",
        "is_last[:-1] = (np.diff(ts) != 0) | (np.diff(contract) != 0)",
        "is_last[1:] = (np.diff(ts) != 0) | (np.diff(contract) != 0)",
        "tests/brokers/test_import_formats.py tests/brokers/test_import_bars.py tests/brokers/test_import_values.py tests/brokers/test_import_refusals.py",
    ),
    Mutation(
        "import: end a bar where it begins",
        "engine/brokers/imports/bars.py",
        "-(-ts_ms // bar_ms) * bar_ms",
        "ts_ms // bar_ms * bar_ms",
        "tests/brokers/test_import_formats.py tests/brokers/test_import_bars.py tests/brokers/test_import_values.py tests/brokers/test_import_refusals.py",
    ),
    Mutation(
        "import: name the row after the wrong one",
        "engine/brokers/imports/block.py",
        "line = self.place.first + int(np.argmax(bad))",
        "line = self.place.first + int(np.argmax(bad)) + 1",
        "tests/brokers/test_import_formats.py tests/brokers/test_import_bars.py tests/brokers/test_import_values.py tests/brokers/test_import_refusals.py",
    ),
    Mutation(
        "import: let a strict import repair",
        "engine/brokers/imports/tally.py",
        "if self.strict and met.is_repair and refusal is not None:",
        "if False and refusal is not None:",
        "tests/brokers/test_import_formats.py tests/brokers/test_import_bars.py tests/brokers/test_import_values.py tests/brokers/test_import_refusals.py",
    ),
    Mutation(
        "alpaca: turn the sign of the limit round",
        "engine/brokers/alpaca/dialect.py",
        'sign = "" if request.pays else "-"',
        'sign = "-" if request.pays else ""',
        "tests/brokers/alpaca/test_encoding.py",
    ),
    Mutation(
        "alpaca: send a credit's limit without its sign",
        "engine/brokers/alpaca/dialect.py",
        'sign = "" if request.pays else "-"',
        'sign = ""',
        "tests/brokers/alpaca/test_encoding.py",
    ),
    Mutation(
        "alpaca: open where it closes",
        "engine/brokers/alpaca/dialect.py",
        '"position_intent": f"{leg.side}_to_{effect}"',
        '"position_intent": f"{leg.side}_to_open"',
        "tests/brokers/alpaca/test_encoding.py",
    ),
    Mutation(
        "alpaca: send the quantity as the ratio too",
        "engine/brokers/alpaca/dialect.py",
        '"ratio_qty": "1"',
        '"ratio_qty": str(request.quantity)',
        "tests/brokers/alpaca/test_encoding.py",
    ),
    Mutation(
        "alpaca: write cents without their zero",
        "engine/brokers/alpaca/dialect.py",
        "{request.limit_c % 100:02d}",
        "{request.limit_c % 100}",
        "tests/brokers/alpaca/test_encoding.py",
    ),
    Mutation(
        "alpaca: take an unknown word for an end",
        "engine/brokers/alpaca/reading.py",
        "return _STATES.get(word, ViewState.UNKNOWN)",
        "return _STATES.get(word, ViewState.CANCELED)",
        "tests/brokers/alpaca/test_reading.py",
    ),
    Mutation(
        "alpaca: take what is being cancelled for cancelled",
        "engine/brokers/alpaca/reading.py",
        '"pending_cancel": ViewState.CANCELING',
        '"pending_cancel": ViewState.CANCELED',
        "tests/brokers/alpaca/test_reading.py",
    ),
    Mutation(
        "alpaca: take a sold leg for a bought one",
        "engine/brokers/alpaca/reading.py",
        '        return "sell"\n',
        '        return "buy"\n',
        "tests/brokers/alpaca/test_reading.py",
    ),
    Mutation(
        "alpaca: accept a leg of two contracts a combination",
        "engine/brokers/alpaca/reading.py",
        'raise DialectError("a leg has more than one contract a combination")',
        "pass",
        "tests/brokers/alpaca/test_reading.py",
    ),
    Mutation(
        "http: send a lost order again",
        "engine/brokers/http/client.py",
        "range(1, TRIES if call.repeatable else 1)",
        "range(1, TRIES)",
        "tests/brokers/http",
    ),
    Mutation(
        "http: follow where a broker sends us",
        "engine/brokers/http/client.py",
        "follow_redirects=False",
        "follow_redirects=True",
        "tests/brokers/http",
    ),
    Mutation(
        "http: take an answer that does not come for a refusal",
        "engine/brokers/http/outcome.py",
        "if status >= 500 or 300 <= status < 400:\n        return Result(Outcome.UNKNOWN",
        "if status >= 500 or 300 <= status < 400:\n        return Result(Outcome.REFUSED",
        "tests/brokers/http",
    ),
    Mutation(
        "http: take an accepted cancel of an unknown order for done",
        "engine/brokers/http/outcome.py",
        'if result.status == 404:\n        return Result(Outcome.ABSENT, reason="the broker does not know the order")\n    if told',
        "if result.status == 404:\n        return Result(Outcome.TAKEN)\n    if told",
        "tests/brokers/http",
    ),
    Mutation(
        "http: show a secret",
        "engine/brokers/http/redaction.py",
        "            plain = plain.replace(value, shown)",
        "            plain = plain",
        "tests/brokers/http",
    ),
    Mutation(
        "http: keep every header",
        "engine/brokers/http/redaction.py",
        "        if name.lower() in KEPT_HEADERS\n",
        "",
        "tests/brokers/http",
    ),
)


def broken_copy(mutation: Mutation, folder: Path) -> Path:
    """A copy of the project with the bug in it.

    Raises:
        SystemExit: the source does not hold the piece to replace exactly once.
    """
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    path = folder / mutation.file
    text = path.read_text()
    if text.count(mutation.old) != 1:
        raise SystemExit(
            f"{mutation.name}: its piece stands {text.count(mutation.old)} times in {mutation.file}"
        )
    path.write_text(text.replace(mutation.old, mutation.new))
    return folder


def _modest() -> None:
    """A bug may eat memory without end; the machine is not to suffer from it."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def run(folder: Path, *words: str, within_s: float = 240.0) -> tuple[int, str]:
    """Run Python in the copy; its exit code (of a run that hangs: 124) and what it printed."""
    environment = os.environ | {"PYTHONPATH": str(folder), "LEGDESK_DATA": str(folder / "none")}
    try:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=folder,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=within_s,
            check=False,
            preexec_fn=_modest,
        )
    except subprocess.TimeoutExpired:
        return 124, "did not end"
    return done.returncode, done.stdout


def by_simulation(folder: Path) -> str:
    """What the simulation says of the copy; "" where it notices nothing."""
    code, said = run(folder, "-m", "tui", "simulate", "--seeds", SEEDS, "--faults", "everything")
    if code == 0:
        return ""
    found = sorted(set(re.findall(r"invariant \d+[^:\n]*|violates? [^\n:]*", said)))
    return "; ".join(found[:3]) or said.strip().splitlines()[-1][:90]


def by_tests(folder: Path, tests: str) -> str:
    """The first test that fails on the copy; "" where all pass."""
    code, said = run(
        folder,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:xdist",
        "-p",
        "no:cacheprovider",
        *tests.split(),
    )
    if code == 0:
        return ""
    failed = re.search(r"^(?:FAILED|ERROR) \S+?::(\S+)", said, re.M)
    return (failed.group(1) if failed else said.strip().splitlines()[-1])[:110].replace("_", " ")


def _kept(former: str, row: str) -> str:
    """The new row, with what the former one says of the simulation where it was not asked now."""
    name, simulated, tested = row.split(" | ")
    asked = former.split(" | ")[1] if simulated == NOT_ASKED else simulated
    return " | ".join((name, asked, tested))


def write(rows: Mapping[str, str]) -> None:
    """Put these rows into the table, in the order of `MUTATIONS`; the others stay as they are.

    Where the simulation was not asked, what the table says of it stays too.
    """
    page = ROOT / "docs" / "mutations.md"
    former = {
        line.split(" | ")[0][2:]: line for line in page.read_text().splitlines() if " | " in line
    }
    known = {**former, **{name: _kept(former.get(name, row), row) for name, row in rows.items()}}
    table = [known[each.name] for each in MUTATIONS if each.name in known]
    page.write_text(HEAD.format(seeds=f"seeds {SEEDS}") + "\n".join(table) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description="Break the engine on purpose.")
    parser.add_argument("--only", nargs="*", default=[], help="parts of the bugs' names")
    parser.add_argument("--tests-only", action="store_true", help="do not ask the simulation")
    parser.add_argument("--write", action="store_true", help="write docs/mutations.md")
    options = parser.parse_args()
    rows: dict[str, str] = {}
    missed = []
    for mutation in MUTATIONS:
        if options.only and not any(word in mutation.name for word in options.only):
            continue
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as temporary:
            folder = broken_copy(mutation, Path(temporary))
            simulated = "" if options.tests_only else by_simulation(folder)
            tested = by_tests(folder, mutation.tests)
        said = NOT_ASKED if options.tests_only else simulated or "-"
        rows[mutation.name] = f"| {mutation.name} | {said} | {tested or '-'} |"
        print(rows[mutation.name], f"{time.monotonic() - began:.0f} s", flush=True)
        if not (simulated or tested):
            missed.append(mutation.name)
    if options.write:
        write(rows)
    print(f"{len(rows) - len(missed)} of {len(rows)} noticed", *missed, sep="\n  missed: ")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
