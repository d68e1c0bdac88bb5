"""What an operator asks about entries: pause and resume traders, halt the desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.commands import Ask, Command
from engine.risk.gates import OF_A_CYCLE
from engine.runtime.core import Core
from engine.runtime.requests.arming import Arming
from engine.runtime.requests.errors import RefusedError
from engine.runtime.views.gates import gate_text, state_of
from engine.snapshot import TraderState
from engine.trader.trader import ExpirationTrader


class PauseRequests:
    """Closes and opens entries as asked; every call raises RefusedError where it cannot.

    Args:
        core: steps the traders.
        arming: arms a live desk, as a resume does where it is not.
        refuse_while_ending: raises RefusedError once the orderly end has begun.

    Attributes:
        calls: what carries each request out.
    """

    def __init__(self, core: Core, arming: Arming, refuse_while_ending: Callable[[], None]) -> None:
        self._core = core
        self._context = core.context
        self._arming = arming
        self._refuse_while_ending = refuse_while_ending
        self.calls: dict[Ask, Callable[[Command], str]] = {
            Ask.PAUSE: self._pause,
            Ask.RESUME: self._resume,
            Ask.HALT: self._halt,
        }

    def before_state(self, command: Command) -> str:
        """The states of the traders that a command is about."""
        chosen = self._matching(command.target)
        return ",".join(sorted({state_of(self._context, trader).value for trader in chosen}))

    def _pause(self, command: Command) -> str:
        chosen = self._chosen(command.target)
        done = _paused(
            sum(not trader.paused for trader in chosen),
            len(chosen),
            command.target in self._context.traders,
        )
        legged = parked = 0
        for trader in chosen:
            trader.pause()
            units = trader.credits.units.values()
            completes = any(not unit.left_alone for unit in units)
            legged += completes
            parked += bool(units) and not completes
        completing = f"; {legged:,} still completing" if legged else ""
        return f"{done}{completing}{f'; {parked:,} parked, left to you' if parked else ''}"

    def _resume(self, command: Command) -> str:
        self._refuse_while_ending()
        chosen = self._chosen(command.target)
        if command.args.get("unless_halted"):
            self._refuse_after_a_person()
        armed = f"{self._arming.arm(command)}; " if self._context.flags.unarmed else ""
        lifted = ""
        if command.target == "*":
            halted = self._context.flags.halted
            self.lift_halt()
            lifted = "halt lifted, " if halted and not self._context.flags.halted else ""
        rested = sum(_rests(trader) for trader in chosen)
        for trader in chosen:
            self._resume_trader(trader)
        done = _resumed(rested, len(chosen), command.target in self._context.traders)
        return f"{armed}{lifted}{done}{self._still_closed(chosen)}"

    def _refuse_after_a_person(self) -> None:
        """What was armed before the start is for this one arming: asked again, it lifts nothing.

        Raises:
            RefusedError: a person has halted the desk, or it is armed.
        """
        flags = self._context.flags
        if flags.halted:
            raise RefusedError("the desk was halted before it was armed; resume by hand")
        if not flags.unarmed:
            raise RefusedError("the desk is armed already; what a person paused since stays so")

    def _still_closed(self, chosen: Sequence[ExpirationTrader]) -> str:
        """What keeps traders that were resumed from entering; not what a cycle of theirs does."""
        context = self._context
        closed = []
        for trader in chosen:
            gate = trader.entry_gate(context.moment)
            parked = bool(trader.credits.units) and trader.state() is TraderState.BLOCKED
            if gate is not None and (parked or gate not in OF_A_CYCLE):
                closed.append((trader, gate))
        if not closed:
            return ""
        why = gate_text(context, *closed[0])
        if len(closed) == len(chosen):
            return f", but nothing is entered yet: {why}"
        return f"; {len(closed):,} of {len(chosen):,} enter nothing yet: {why}"

    def lift_halt(self) -> None:
        """Lift a halt; one that a day's loss latched stays until the next session."""
        context = self._context
        if context.alarms.is_raised("DAY_LOSS_HALT", "desk"):
            return
        context.flags.lift_halt()
        for code in ("REJECTS_HALT", "DESK_FAULT"):
            context.alarms.clear(context.moment.at_ms, code, "desk")

    def _resume_trader(self, trader: ExpirationTrader) -> None:
        """Lift a trader's pause, hold and fault; one that has none of them is left alone."""
        context, moment = self._context, self._context.moment
        if not _rests(trader):
            return
        faulted = bool(trader.fault)
        trader.resume()
        if faulted:
            context.alarms.clear(moment.at_ms, "FAULT", trader.key)
        if trader.held is not None:
            with self._core.acting(trader):
                trader.release(moment)
            context.alarms.clear(moment.at_ms, "REJECTS", trader.key)
        if trader.debits.live is None:
            trader.plan_next(moment)
        self._core.step(trader)

    def _halt(self, command: Command) -> str:
        flags = self._context.flags
        were = "were halted before" if flags.halted else "halted"
        flags.halt()
        return f"entries {were}; completing orders go on"

    def _matching(self, target: str) -> list[ExpirationTrader]:
        traders = self._context.traders
        if target == "*":
            return list(traders.values())
        if target.startswith("symbol:"):
            name = target.removeprefix("symbol:")
            return [trader for trader in traders.values() if trader.symbol == name]
        return [traders[target]] if target in traders else []

    def _chosen(self, target: str) -> list[ExpirationTrader]:
        matches = self._matching(target)
        if not matches:
            raise RefusedError(f"there is no trader {target}; choose one of the table")
        return matches


def _paused(new: int, of: int, alone: bool) -> str:
    """How many traders of how many were paused by a request.

    Args:
        alone: one trader was named; about that it needs no figure.
    """
    if alone or (of == 1 and not new):
        return "paused" if new else f"{'it' if alone else 'the one trader'} was paused already"
    rest = ", the others were already" if 0 < new < of else ""
    return f"paused {new:,} of {of:,}{rest}" if new else f"all {of:,} were paused already"


def _resumed(rested: int, of: int, alone: bool) -> str:
    """How many traders of how many were resumed by a request; see `_paused`."""
    if alone or (of == 1 and not rested):
        whose = "it" if alone else "the one trader"
        return "resumed" if rested else f"{whose} was not paused or held"
    rest = ", the others were not paused or held" if 0 < rested < of else ""
    return f"resumed {rested:,} of {of:,}{rest}" if rested else f"none of {of:,} was paused or held"


def _rests(trader: ExpirationTrader) -> bool:
    """Whether a resume changes anything for a trader."""
    return bool(trader.paused or trader.fault or trader.held is not None)
