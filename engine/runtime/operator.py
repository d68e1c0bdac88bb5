"""Carries out what an operator asks, with a row in the journal for every request."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from engine.commands import Ask, Command, Ticket, TicketState
from engine.expiration_trader import ExpirationTrader
from engine.orders import events as ev
from engine.orders.actions import Cancel
from engine.runtime.advice import Advice
from engine.runtime.core import Core
from engine.runtime.settings import SettingRefusedError

RESUME_WORD = "resume"
ACCEPT_WORD = "accept"
_QUIET = frozenset({Ask.WATCH, Ask.SET_SPEED, Ask.PAUSE_TIME, Ask.RESUME_TIME, Ask.STEP})


class RefusedError(Exception):
    """A request that cannot be carried out; the sentence says why and what to do."""


class Operator:
    """Answers commands in the scheduler's thread.

    Args:
        core: the desk.
        advice: its recommendations.
        pacing: carries out requests about virtual time; says RefusedError where there is none.
        watch: told the trader whose detail is wanted.
        drain: begins the orderly end.
        on_latch: told when the kill latch closes (True) or opens (False).
    """

    def __init__(
        self,
        core: Core,
        advice: Advice,
        pacing: Callable[[Command], str],
        watch: Callable[[str], None],
        drain: Callable[[], str],
        on_latch: Callable[[bool], None],
    ) -> None:
        self.core = core
        self.advice = advice
        self.tickets: deque[Ticket] = deque(maxlen=20)
        self._pacing = pacing
        self._watch = watch
        self._drain = drain
        self._on_latch = on_latch
        self._open: dict[str, Callable[[], bool]] = {}
        self._calls: dict[Ask, Callable[[Command], str]] = {
            Ask.PAUSE: self._pause,
            Ask.RESUME: self._resume,
            Ask.HALT: self._halt,
            Ask.KILL: self._kill,
            Ask.RESUME_AFTER_KILL: self._resume_after_kill,
            Ask.CANCEL_ORDER: self._cancel,
            Ask.APPROVE: self._approve,
            Ask.REJECT: self._reject,
            Ask.SNOOZE: self._snooze,
            Ask.UNDO: self._undo,
            Ask.ACKNOWLEDGE: self._acknowledge,
            Ask.SHELVE: self._shelve,
            Ask.DRAIN: lambda command: self._drain(),
        }

    def handle(self, command: Command, ticket: str) -> Ticket:
        """Carry a command out and journal it; never raises for what an operator asked."""
        moment = self.core.now()
        before = self._standing(command)
        try:
            if command.ask is Ask.WATCH:
                self._watch(command.target)
                text = ""
            elif command.ask in _QUIET:
                text = self._pacing(command)
            else:
                text = self._calls[command.ask](command)
            state = TicketState.CONFIRMED
        except (RefusedError, SettingRefusedError) as refusal:
            state, text = TicketState.REFUSED, str(refusal)
        answer = Ticket(ticket, command.ask, command.target, state, text, moment.epoch_s)
        if command.ask is not Ask.WATCH:
            self.tickets.append(answer)
        if command.ask not in _QUIET:
            self.core.emit(
                ev.OperatorActed(
                    moment.at_ms,
                    ticket,
                    command.ask.value,
                    command.target,
                    command.who,
                    command.key,
                    before,
                    self._standing(command),
                    state.value,
                    command.reason or text,
                )
            )
        return answer

    def _standing(self, command: Command) -> str:
        """The state of what a command is about, for the row's before and after."""
        if command.ask in (Ask.PAUSE, Ask.RESUME):
            chosen = self._found(command.target)
            return ",".join(sorted({trader.state().value for trader in chosen}))
        flags = self.core.flags
        if command.ask in (Ask.HALT, Ask.KILL, Ask.RESUME_AFTER_KILL, Ask.DRAIN):
            words = [name for name in ("halted", "killed", "frozen") if getattr(flags, name)]
            return ",".join(words) or "open"
        record = self.core.fold.notices.recommendations.get(command.target)
        return record.state if record else ""

    def _found(self, target: str) -> list[ExpirationTrader]:
        traders = self.core.traders
        if target == "*":
            return list(traders.values())
        if target.startswith("symbol:"):
            name = target.removeprefix("symbol:")
            return [trader for trader in traders.values() if trader.symbol == name]
        return [traders[target]] if target in traders else []

    def _chosen(self, target: str) -> list[ExpirationTrader]:
        found = self._found(target)
        if not found:
            raise RefusedError(f"there is no trader {target}; choose one of the table")
        return found

    # ------------------------------------------------------------------ pausing

    def _pause(self, command: Command) -> str:
        chosen = self._chosen(command.target)
        legged = 0
        for trader in chosen:
            trader.paused = True
            legged += bool(trader.completer.units)
        done = f"{len(chosen)} paused" if len(chosen) > 1 else "paused"
        return f"{done}; {legged} still completing" if legged else done

    def _resume(self, command: Command) -> str:
        chosen = self._chosen(command.target)
        moment = self.core.moment
        if command.target == "*":
            self.core.flags.halted = False
        for trader in chosen:
            trader.paused = False
            if trader.fault:
                trader.fault = ""
                self.core.alarms.clear(moment.at_ms, "FAULT", trader.key)
            if trader.held is not None:
                trader.out = []
                trader.release(moment)
                trader.debits.rejects = 0
                self.core.carry_out(trader, trader.out)
                self.core.alarms.clear(moment.at_ms, "REJECTS", trader.key)
            if trader.debits.live is None:
                trader.plan_next(moment)
            self.core.step(trader)
        still = self.core.gate.desk_gate()
        return f"resumed; the desk's gate {still.value} is closed" if still else "resumed"

    def _halt(self, command: Command) -> str:
        self.core.flags.halted = True
        return "entries halted; completing orders go on"

    # ------------------------------------------------------------------ kill

    def _kill(self, command: Command) -> str:
        flags = self.core.flags
        flags.killed = True
        self._on_latch(True)
        if int(command.args.get("stage", 1)) < 2:
            return "entries stopped and latched; completing orders go on; again cancels all"
        flags.frozen = True
        count = self.cancel_all("kill")
        return f"cancelling {count} orders; legged units are parked"

    def cancel_all(self, reason: str, *, debits_only: bool = False) -> int:
        """Cancel every live order of ours; returns how many cancels went out."""
        core = self.core
        moment = core.now()
        count = 0
        for trader in core.traders.values():
            orders = [] if trader.debits.live is None else [trader.debits.live.order]
            if not debits_only:
                orders += [u.order for u in trader.completer.units.values() if u.order is not None]
            for order in orders:
                if order.live and order.cancel_sent(moment.now_s):
                    count += 1
                    name = order.request.client_order_id
                    core.emit(ev.CancelSent(moment.at_ms, trader.key, name, reason))
                    core.carry_out(trader, (Cancel(name, reason),))
                    if trader.debits.live is not None and trader.debits.live.order is order:
                        trader.debits.cancel_reason = reason
            if not debits_only and trader.completer.units:
                trader.out = []
                for unit in trader.completer.units.values():
                    trader.completer.park(unit, moment, reason)
                    unit.look_s = float("inf")
                core.carry_out(trader, trader.out)
        return count

    def _resume_after_kill(self, command: Command) -> str:
        flags = self.core.flags
        if not flags.killed:
            raise RefusedError("there is no kill to lift")
        if str(command.args.get("word", "")).strip().lower() != RESUME_WORD:
            raise RefusedError(f"type the word {RESUME_WORD} to lift the kill")
        self.core.compare()
        if self.core.difference:
            raise RefusedError(f"book and broker differ: {self.core.difference}; settle that first")
        if self.core.fold.orders.unknown:
            raise RefusedError("an order shows no definite answer; settle that first")
        flags.killed = flags.frozen = flags.halted = False
        self._on_latch(False)
        for trader in self.core.traders.values():
            trader.paused = True
        return "kill lifted after a clean comparison; every trader is paused until you resume it"

    def _cancel(self, command: Command) -> str:
        for trader in self.core.traders.values():
            order = trader.find(command.target)
            if order is None:
                continue
            if order.request.pays and trader.debits.live is not None:
                trader.out = []
                trader.debits.cancel("operator", self.core.moment)
                self.core.carry_out(trader, trader.out)
                return "cancel sent"
            raise RefusedError("a completing order is the ladder's; pause or kill instead")
        raise RefusedError(f"no working order {command.target}; it may have ended just now")

    # ------------------------------------------------------------------ recommendations

    def _ready(self, name: str) -> str:
        if name not in self.advice.ready:
            record = self.core.fold.notices.recommendations.get(name)
            was = f"it is {record.state}" if record else "there is none of that name"
            raise RefusedError(f"{name} cannot be decided: {was}")
        return name

    def _approve(self, command: Command) -> str:
        name = self._ready(command.target)
        proposal = self.advice.ready[name]
        drift = self.advice.drifted(name)
        if drift:
            raise RefusedError(f"{name} no longer fits: {drift}")
        if proposal.verdict.value != "SEPARATED":
            typed = str(command.args.get("word", "")).strip().lower()
            if typed != ACCEPT_WORD or not command.reason.strip():
                raise RefusedError(
                    f"the evidence is {proposal.verdict.value}: type the word {ACCEPT_WORD} "
                    "and a reason to approve it all the same"
                )
        self.advice.approve(name, command.reason)
        return f"{name} applied from the next attempt on; u takes it back"

    def _reject(self, command: Command) -> str:
        self.advice.reject(self._ready(command.target), command.reason)
        return f"{command.target} rejected"

    def _snooze(self, command: Command) -> str:
        minutes = float(command.args.get("minutes", 30))
        self.advice.put_aside(self._ready(command.target), minutes)
        return f"{command.target} put aside for {minutes:g} min"

    def _undo(self, command: Command) -> str:
        applied = list(self.advice.applied)
        name = applied[-1] if command.target == "*" and applied else command.target
        if name not in self.advice.applied:
            raise RefusedError("nothing applied to take back")
        self.advice.take_back(name, "undone", command.reason)
        return f"{name} undone; the former values are back"

    # ------------------------------------------------------------------ alarms

    def _acknowledge(self, command: Command) -> str:
        alarms = self.core.fold.notices.alarms
        if command.target == "p2+p3":
            names = [
                name
                for name, record in alarms.items()
                if record.raised.priority > 1 and record.state == "unacked"
            ]
        elif command.target in alarms:
            names = [command.target] if alarms[command.target].state == "unacked" else []
        else:
            raise RefusedError(f"there is no standing alarm {command.target}")
        for name in names:
            self.core.emit(ev.AlarmAcknowledged(self.core.moment.at_ms, name))
        return f"{len(names)} acknowledged"

    def _shelve(self, command: Command) -> str:
        record = self.core.fold.notices.alarms.get(command.target)
        if record is None:
            raise RefusedError(f"there is no standing alarm {command.target}")
        if record.raised.priority == 1:
            raise RefusedError("a P1 alarm cannot be shelved")
        if not command.reason.strip():
            raise RefusedError("shelving needs a reason")
        return f"{command.target} shelved"
