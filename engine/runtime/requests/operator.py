"""Carries out what an operator asks, with a row in the journal for every request."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from engine.commands import (
    ENDED,
    ENDING,
    LADDERS_ORDER,
    NO_KILL,
    SHELL,
    Ask,
    Command,
    Ticket,
    TicketState,
)
from engine.config.tightening import SECTION
from engine.orders import events as ev
from engine.orders.soundness import cleaned
from engine.runtime.advice.advisor import Advice
from engine.runtime.core import Core
from engine.runtime.requests.alarms import AlarmRequests
from engine.runtime.requests.arming import Arming
from engine.runtime.requests.errors import RefusedError
from engine.runtime.requests.kill import Kill
from engine.runtime.requests.later import Later
from engine.runtime.requests.limits import LimitRequests
from engine.runtime.requests.pausing import PauseRequests
from engine.runtime.requests.recommendations import AdviceRequests
from engine.runtime.requests.settings import SettingRefusedError
from engine.runtime.requests.typed_words import RESUME_WORD, typed_word
from engine.runtime.requests.units import UNIT_ASKS, ChoiceRefusedError, UnitChoices
from engine.runtime.trials.starting import Planner

ANSWERS_KEPT: Final = 1_000
"""Answers that snapshots have: one key asks for every trader that is marked, each by itself."""

LONGEST_TEXT: Final = 400
LONGEST_SETTING: Final = 80
_COMPARE = frozenset({Ask.ACCEPT_POSITIONS, Ask.TAKE_EXTERNAL, Ask.RESUME_AFTER_KILL})
_QUIET = frozenset({Ask.WATCH, Ask.SET_SPEED, Ask.PAUSE_TIME, Ask.RESUME_TIME, Ask.STEP})


class Operator:
    """Answers commands in the scheduler's thread.

    Args:
        core: steps the traders.
        advice: its recommendations.
        time_requests: carries out requests about virtual time; RefusedError where it is real.
        watch: called with the trader whose detail is wanted.
        drain: begins the orderly end; told how many seconds completing orders get, None for the
            usual ones.
        on_latch: see engine.runtime.requests.kill.

    Attributes:
        ending: the orderly end has begun; nothing opens entries any more.
        decisions: what is asked about recommendations; planner: plans their trials.
    """

    def __init__(
        self,
        core: Core,
        advice: Advice,
        time_requests: Callable[[Command], str],
        watch: Callable[[str], None],
        drain: Callable[[float | None], None],
        on_latch: Callable[[int], None],
    ) -> None:
        self._core = core
        context = self.context = core.context
        self.tickets: deque[Ticket] = deque(maxlen=ANSWERS_KEPT)
        self._time_requests = time_requests
        self._watch = watch
        self._drain = drain
        self._set: dict[str, str] = {}
        self.kill = Kill(core, on_latch)
        self.arming = Arming(context, core.books)
        self._pauses = PauseRequests(core, self.arming, self._refuse_while_ending)
        self.units = UnitChoices(core)
        self.ending = False
        self.planner = Planner(context, advice.trials)
        self.decisions = AdviceRequests(context, advice, self.planner, lambda: self.ending)
        self._limits = LimitRequests(context, self.decisions.calls[Ask.UNDO])
        self._alarms = AlarmRequests(context)
        self._calls: dict[Ask, Callable[[Command], str | Later]] = {
            **self._pauses.calls,
            Ask.KILL: self._kill,
            Ask.RESUME_AFTER_KILL: self._resume_after_kill,
            Ask.CANCEL_ORDER: self._cancel,
            **dict.fromkeys(UNIT_ASKS, self.units.choose),
            **self.decisions.calls,
            **self._limits.calls,
            **self._alarms.calls,
            Ask.DRAIN: self._begin_drain,
            Ask.GO: self._stay,
            Ask.SETTING: self._setting,
        }

    def also(self, calls: Mapping[Ask, Callable[[Command], str | Later]]) -> None:
        """Answer further requests; a call raises RefusedError where it cannot."""
        self._calls.update(calls)

    def needs_books(self, command: Command) -> bool:
        """Whether a command compares what is held, for which nobody shall wait in this thread."""
        arms = command.ask is Ask.RESUME and self.context.flags.unarmed
        return command.ask in _COMPARE or arms

    def handle(
        self,
        command: Command,
        ticket: str,
        later: Callable[[Ticket], None] = lambda ticket: None,
    ) -> Ticket:
        """Carry a command out and journal it; never raises for what an operator asked.

        Args:
            command: the request.
            ticket: names it.
            later: told the answer of one that is only requested when this returns.
        """
        self.context.now()
        command = _printable(command)
        before = self._before_state(command)
        return self._answer(command, ticket, before, lambda: self._carried_out(command), later)

    def _carried_out(self, command: Command) -> str | Later:
        """The answer to a command; raises what its call raises."""
        if command.ask is Ask.WATCH:
            self._watch(command.target)
            return ""
        if self.context.state.ended is not None:
            raise RefusedError(ENDED)
        if command.ask in _QUIET:
            return self._time_requests(command)
        return self._calls[command.ask](command)

    def _answer(
        self,
        command: Command,
        ticket: str,
        before: str,
        make: Callable[[], str | Later],
        later: Callable[[Ticket], None],
    ) -> Ticket:
        """Answer a command, and journal that; or have it answered later."""
        moment = self.context.now()
        state = TicketState.CONFIRMED
        try:
            made = make()
            if isinstance(made, Later):
                made.begin(lambda then: later(self._answer(command, ticket, before, then, later)))
                return Ticket(ticket, command.ask, command.target, TicketState.REQUESTED)
            text = made
        except (RefusedError, SettingRefusedError, ChoiceRefusedError) as refusal:
            state, text = TicketState.REFUSED, str(refusal)
        except Exception as error:  # a nonsensical argument ends the request, not the engine
            state, text = TicketState.REFUSED, cleaned(f"{type(error).__name__}: {error}", 200)
        answer = Ticket(ticket, command.ask, command.target, state, text, moment.epoch_s)
        if command.ask not in (Ask.WATCH, Ask.SETTING):
            self.tickets.append(answer)
        if command.ask not in _QUIET and self.context.state.ended is None:
            self.context.emit(
                ev.OperatorActed(
                    moment.at_ms,
                    ticket,
                    command.ask.value,
                    command.target,
                    command.who,
                    command.key,
                    before,
                    self._before_state(command),
                    state.value,
                    command.reason or text,
                )
            )
        return answer

    def _before_state(self, command: Command) -> str:
        """The state of what a command is about, for the row's before and after."""
        if command.ask in (Ask.PAUSE, Ask.RESUME):
            return self._pauses.before_state(command)
        flags = self.context.flags
        if command.ask in (Ask.HALT, Ask.KILL, Ask.RESUME_AFTER_KILL, Ask.DRAIN):
            texts = [name for name in ("halted", "killed", "frozen") if getattr(flags, name)]
            return ",".join(texts) or "open"
        if command.ask in UNIT_ASKS:
            return self.units.before_state(command.target)
        if command.ask is Ask.CANCEL_ORDER:
            order = self.context.state.orders.known.get(command.target)
            return order.status if order else ""
        if command.ask in (Ask.ACKNOWLEDGE, Ask.SHELVE):
            return self._alarms.before_state(command)
        if command.ask in (Ask.ACCEPT_POSITIONS, Ask.TAKE_EXTERNAL):
            return self._core.books.difference
        if command.ask is Ask.SETTING:
            return self._set.get(command.target, _text(command.args.get("before")))
        if command.target.startswith(SECTION):
            return self._limits.before_state(command)
        if command.ask is Ask.CLOSE_SHARES:
            return f"{self.context.state.contracts.shares().get(command.target, 0):+d} shares"
        return self.decisions.before_state(command)

    def _setting(self, command: Command) -> str:
        """Only a row of the journal: the engine has no such setting."""
        was, now = self._before_state(command), _text(command.args.get("after"))
        self._set[command.target] = now
        return f"{was} -> {now}"

    def _refuse_while_ending(self) -> None:
        if self.ending:
            raise RefusedError(ENDING)

    # ------------------------------------------------------------------ kill

    def _kill(self, command: Command) -> str:
        stage = command.args.get("stage", 1)
        if stage not in (1, 2):
            raise RefusedError(f"a kill has stages 1 and 2, not {stage!r}; nothing was done")
        again = "`legdesk kill --all`" if command.who == SHELL else "again"
        return self.kill.press(int(stage), again)

    def cancel_all(self, reason: str, *, debits_only: bool = False) -> int:
        """Cancel every live order of the desk; returns how many cancels went out.

        Args:
            reason: for the orders' rows.
            debits_only: the orderly end's first step: completing orders go on, and nothing opens
                entries any more.
        """
        self.ending = self.ending or debits_only
        return self.kill.cancel_all(reason, debits_only=debits_only)

    def _resume_after_kill(self, command: Command) -> str:
        self._refuse_while_ending()
        if not self.context.flags.killed:
            raise RefusedError(NO_KILL)
        if typed_word(command) != RESUME_WORD:
            raise RefusedError(f"type the word {RESUME_WORD} to lift the kill")
        refusal = self.kill.refusal()
        if refusal:
            raise RefusedError(refusal)
        try:
            self.kill.lift()
        except OSError as error:
            cause = error.strerror or error
            raise RefusedError(f"the latch cannot be removed: {cause}; mend that first") from None
        self._pauses.lift_halt()
        self.arming.disarm()
        return (
            "kill lifted after a clean comparison; every trader is paused: Resume all starts them"
        )

    def _cancel(self, command: Command) -> str:
        for trader in self.context.traders.values():
            order = trader.find(command.target)
            if order is None or not order.live:
                continue
            live = trader.debits.live
            if live is None or live.order is not order:
                raise RefusedError(LADDERS_ORDER)
            with self._core.acting(trader):
                trader.debits.cancel("operator", self.context.moment)
            return "cancel sent"
        if any(command.target == each.client_order_id for each in self._core.shares.working()):
            self._core.shares.cancel((command.target,))
            return "cancel sent"
        raise RefusedError(f"no working order {command.target}; it may have ended just now")

    def _stay(self, command: Command) -> str:
        raise RefusedError("a desk's time only goes on; `legdesk replay RUN` shows a past moment")

    def _begin_drain(self, command: Command) -> str:
        """Begin the end behind this request's row: an idle desk ends, and its journal, at once."""
        context = self.context
        context.flags.halt()
        self.ending = True

        within_s = command.args.get("within_s")

        def drain(_: Any) -> None:
            self._drain(within_s)

        context.scheduler.call_at(context.moment.now_s, drain)
        return "draining: entries closed, debits cancelled, completing orders go on"


def _text(value: Any) -> str:
    return cleaned(str(value), LONGEST_SETTING)


def _printable(command: Command) -> Command:
    """The command without characters that could move a terminal's cursor or hide in the journal."""
    texts = command.target, command.who, command.key, command.reason
    if all(each.isprintable() for each in texts):
        return command
    target, who, key, reason = (cleaned(each, LONGEST_TEXT) for each in texts)
    return replace(command, target=target, who=who, key=key, reason=reason)
