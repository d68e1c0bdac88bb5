"""What the desk may lose right now, computed from its events, in whole cents."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from typing import Any, Final

from engine.orders import events as ev
from engine.orders.ids import ENDS_KEPT, EXECUTED_KEPT, FEWEST_KEPT
from engine.orders.types import Part
from engine.risk.chain_exposure import ChainExposure
from engine.risk.day_loss import DayLoss
from engine.risk.exposed_orders import NOTHING, Exposed, KnownOrder, Traded, execute, exposed
from engine.risk.worst_case import Potential

_UNFILLED_KEPT: Final = 64
"""Ended orders without an execution kept for each trader."""

_TRIES: Final = 4
"""Of the oldest ended orders, and cycles, so many are looked at when another one ends."""

_CYCLES_KEPT: Final = 32
"""Cycles remembered for each trader of many, so that what is taken back leaves its cost behind."""

_CYCLES_WITHOUT_LOSS: Final = 10
"""As many are assumed beside those of the day, so that the first to lose does not decide."""


class Exposure:
    """Sums of the desk's risk, kept by applying every event once.

    Args:
        recall: the order of a name, as the state has it once the event is applied there; None where
            it is forgotten.

    Attributes:
        recall: the same.
        chains: exposure by trader key.
        losses: what the session's finished cycles lost.
        bought_c: cents of debits that executed since the session began.
        orders: submissions since the session began; cancels counted apart; executed orders.
        executed_so_far: orders that executed, of earlier sessions too.
    """

    def __init__(self, recall: Callable[[str], KnownOrder | None] = lambda name: None) -> None:
        self.recall = recall
        self.chains: dict[str, ChainExposure] = {}
        self.legged = 0
        self.working = 0
        self.legged_c = 0
        self.working_c = 0
        self.hung = 0
        self.losses = DayLoss()
        self.bought_c = 0
        self.orders = 0
        self.cancels = 0
        self.executed = self.executed_so_far = 0
        self.unknown = 0
        self.marked_c = 0
        self.rejects_ms: deque[int] = deque(maxlen=1000)
        self._live: dict[str, Exposed] = {}
        self._ended_last: deque[str] = deque()
        self._working: defaultdict[str, dict[str, Exposed]] = defaultdict(dict)
        self._done: OrderedDict[str, Exposed] = OrderedDict()
        self._date = ""
        self._symbols: dict[str, str] = {}
        self._unknown: set[str] = set()
        self._cycles: OrderedDict[tuple[str, int], Traded] = OrderedDict()
        self._apply: dict[type, Callable[[Any], None]] = {
            ev.SessionStarted: self._session,
            ev.TraderAdded: self._added,
            ev.OrderIntended: self._intended,
            ev.OrderUnknown: self._lost,
            ev.OrderWorking: self._found,
            ev.CancelSent: self._cancelled,
            ev.Executed: self._executed,
            ev.FeeCorrected: self._fee_corrected,
            ev.OrderEnded: self._ended,
            ev.LadderMoved: self._ladder,
            ev.CycleEnded: self._cycle,
            ev.PairSettled: self._settled,
            ev.Settled: self._contract_settled,
            ev.SharesTraded: self._shares_traded,
            ev.ChainSettled: self._chain_settled,
            ev.BookAdjusted: self._adjusted,
        }

    def apply(self, event: ev.Event) -> None:
        """Take one event into account; kinds that carry no risk are ignored."""
        handler = self._apply.get(type(event))
        if handler is not None:
            handler(event)

    @property
    def imbalance(self) -> int:
        """Contracts unhedged over the desk if every working debit fills."""
        return self.legged + self.working

    @property
    def realised_c(self) -> int:
        """Of the session's finished cycles, see DayLoss; zero or negative money in cents."""
        return self.losses.realised_c

    @property
    def unwinds(self) -> int:
        """Cycles of the session that were not completed."""
        return self.losses.unwinds

    @property
    def day_loss_c(self) -> int:
        """The day's loss in cents, zero or positive: realised, and open units by their marks."""
        return max(0, -(self.realised_c + min(0, self.marked_c)))

    @property
    def cost_c(self) -> float:
        """Cents that a cycle of the day lost on average: sold back, or paired below zero."""
        return -self.realised_c / (self.losses.cycles + _CYCLES_WITHOUT_LOSS)

    def efficiency(self) -> float | None:
        """(submissions + cancels) / (executed orders + 1); None before the first order."""
        if self.orders == 0:
            return None
        return (self.orders + self.cancels) / (self.executed + 1)

    def rejects_since(self, at_ms: int) -> int:
        """Rejected orders at or after `at_ms`."""
        return sum(1 for reject in reversed(self.rejects_ms) if reject >= at_ms)

    def mark(self, trader: str, cycle: int, value_c: int) -> None:
        """Mark the open unit of a cycle: `value_c` above its cost, negative below."""
        marks = self.chains[trader].marks
        self.marked_c += value_c - marks.pop(cycle, 0)
        if value_c:
            marks[cycle] = value_c

    def working_orders(self, trader: str) -> list[Potential]:
        """What of a chain's orders may still fill, UNKNOWN ones included."""
        multiplier = self.chains[trader].multiplier
        return [
            Potential(
                live.right,
                live.buys,
                live.sells,
                live.leaves,
                (-1 if live.part == Part.DEBIT else 1) * live.limit_c * multiplier,
            )
            for live in self._working[trader].values()
        ]

    def _session(self, event: ev.SessionStarted) -> None:
        """A session of another date: the counts of the day begin anew, positions stay."""
        before, self._date = self._date, event.session_date
        if before and before != event.session_date:
            self.orders = self.cancels = self.executed = self.bought_c = 0
            self.losses.new_session()
            self.rejects_ms.clear()

    def _settled(self, event: ev.PairSettled) -> None:
        """A pair ended: nothing of it is open any more; an unhedged one may have lost money."""
        key = (event.trader, event.cycle)
        if event.trader not in self.chains:
            return
        self._keep(key, NOTHING)
        del self._cycles[key]
        self._hang(event.trader, event.cycle, False)
        self.mark(event.trader, event.cycle, 0)
        self.losses.pair_settled(event)

    def _contract_settled(self, event: ev.Settled) -> None:
        """Contracts settled: the chain keeps their cash, and their shares until a trade."""
        chain = self.chains[event.trader]
        leg = (event.right, event.strike)
        chain.settle(leg, event.quantity, event.cash_c, event.shares)

    def _shares_traded(self, event: ev.SharesTraded) -> None:
        """Shares were traded: they offset those of chains that hold the opposite, as pairs do."""
        left = event.shares
        for trader, chain in self.chains.items():
            if chain.shares * left < 0 and self._symbols.get(trader) == event.symbol:
                moved = min(abs(left), abs(chain.shares)) * (1 if left > 0 else -1)
                chain.trade_shares(moved, event.price_c)
                left -= moved

    def _chain_settled(self, event: ev.ChainSettled) -> None:
        """Nothing of the chain is open; its remaining shares are the account's from here on."""
        chain = self.chains[event.trader]
        chain.trade_shares(-chain.shares, event.price_c)

    def _adjusted(self, event: ev.BookAdjusted) -> None:
        """An operator accepted the broker's position of a contract."""
        chain = self.chains[event.trader]
        chain.hold((event.right, event.strike), event.after - event.before)

    def _added(self, event: ev.TraderAdded) -> None:
        self._symbols[event.trader] = event.symbol
        self.chains.setdefault(event.trader, ChainExposure(event.multiplier))

    def _intended(self, event: ev.OrderIntended) -> None:
        self.orders += 1
        live = self._live[event.order] = exposed(event)
        self._leave(live, event.quantity)
        if event.part == Part.DEBIT:
            self._work(event.trader, event.quantity, event.limit_c)

    def _leave(self, live: Exposed, leaves: int) -> None:
        """So many combinations of an order may still fill."""
        live.leave(leaves)
        if leaves:
            self._working[live.trader][live.order] = live
        else:
            self._working[live.trader].pop(live.order, None)

    def _work(self, trader: str, quantity: int, limit_c: int) -> None:
        chain = self.chains[trader]
        money = quantity * limit_c * chain.multiplier
        chain.work(quantity, money)
        self.working += quantity
        self.working_c += money

    def _leg(self, trader: str, quantity: int, money_c: int) -> None:
        self.chains[trader].leg(quantity, money_c)
        self.legged += quantity
        self.legged_c += money_c

    def _lost(self, event: ev.OrderUnknown) -> None:
        self._unknown.add(event.order)
        self.unknown = len(self._unknown)

    def _found(self, event: ev.OrderWorking) -> None:
        if self._unknown:
            self._unknown.discard(event.order)
            self.unknown = len(self._unknown)

    def _cancelled(self, event: ev.CancelSent) -> None:
        self.cancels += 1

    def _executed(self, event: ev.Executed) -> None:
        live = self._live.get(event.order) or self._done.get(event.order) or self._again(event)
        if live is None:
            return
        if live.count():
            self.executed += 1
            self.executed_so_far += 1
        chain = self.chains[live.trader]
        execute(chain, live, event)
        key = (live.trader, live.cycle)
        cycle = self._cycles.get(key, NOTHING)
        if live.part != Part.DEBIT and not event.late:
            self._leave(live, max(0, live.leaves - event.quantity))
        if live.part == Part.DEBIT:
            if not event.late:
                fewer = min(event.quantity, live.leaves)
                self._work(live.trader, -fewer, live.limit_c)
                self._leave(live, live.leaves - fewer)
            money = event.quantity * event.price_c * chain.multiplier
            self.bought_c += money
            bought, paid_c = cycle.bought + event.quantity, cycle.paid_c + money
            self._keep(key, Traded(bought, paid_c, cycle.sold))
        else:
            self._keep(key, cycle._replace(sold=cycle.sold + event.quantity))

    def _again(self, event: ev.Executed) -> Exposed | None:
        """The order of an execution, forgotten here and known to the state, remembered again."""
        known = self.recall(event.order)
        if known is None:
            return None
        before = event.quantity < 0 or len(known.executions) > 1  # this one is among them
        live = self._done[event.order] = exposed(known.intent, counted=before)
        return live

    def _fee_corrected(self, event: ev.FeeCorrected) -> None:
        self.chains[event.trader].pay(event.before_c - event.fee_c)

    def _keep(self, key: tuple[str, int], cycle: Traded) -> None:
        """Keep what a cycle bought and sold, and count what of it is open."""
        before = self._cycles.get(key, NOTHING)
        self._cycles[key] = cycle
        self._leg(key[0], cycle.open - before.open, cycle.open_c - before.open_c)

    def _ended(self, event: ev.OrderEnded) -> None:
        if event.status == "rejected":
            self.rejects_ms.append(event.at_ms)
        if self._unknown:
            self._unknown.discard(event.order)
            self.unknown = len(self._unknown)
        live = self._live.get(event.order)
        if live is None:
            return
        if live.part == Part.DEBIT and live.leaves:
            self._work(live.trader, -live.leaves, live.limit_c)
        self._leave(live, 0)
        self._ended_last.append(event.order)
        self._forget()

    def _forget(self) -> None:
        """Keep the last few ended orders of each trader for late executions; drop older ones.

        An execution may be taken back hours later: executed orders are kept as long as traders
        keep theirs, those of an open cycle until it is closed.
        """
        chains = 1 + len(self.chains)
        ended = self._ended_last
        for _ in range(min(_TRIES, len(ended) - _UNFILLED_KEPT * chains)):
            name = ended.popleft()
            live = self._live.get(name)
            if live is None:
                continue
            if not live.counted and self._is_open(live):
                ended.append(name)
                continue
            del self._live[name]
            if live.counted:
                self._done[name] = live
        most = max(EXECUTED_KEPT, 2 * FEWEST_KEPT * chains)
        for _ in range(len(self._done) - most):
            name, live = self._done.popitem(last=False)
            if self._is_open(live):
                self._done[name] = live

    def _is_open(self, live: Exposed) -> bool:
        """Whether contracts of an order's cycle are still to be completed, or parked."""
        return self._cycles.get((live.trader, live.cycle), NOTHING).open > 0

    def _ladder(self, event: ev.LadderMoved) -> None:
        self._hang(event.trader, event.cycle, event.stage not in ("H0", "H1"))

    def _hang(self, trader: str, cycle: int, hung: bool) -> None:
        units = self.chains[trader].hung
        before = len(units)
        (units.add if hung else units.discard)(cycle)
        self.hung += len(units) - before

    def _cycle(self, event: ev.CycleEnded) -> None:
        if event.outcome == "PARKED":
            return
        self._hang(event.trader, event.cycle, False)
        self.mark(event.trader, event.cycle, 0)
        self.losses.cycle_ended(event, len(self.chains))
        most = max(ENDS_KEPT, _CYCLES_KEPT * (1 + len(self.chains)))
        for _ in range(min(_TRIES, len(self._cycles) - most)):
            key, oldest = self._cycles.popitem(last=False)
            if oldest.open:
                self._cycles[key] = oldest
