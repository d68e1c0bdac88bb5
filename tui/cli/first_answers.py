"""What a desk without a screen is answered before it trades an account: baseline and arming."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Protocol

from engine.commands import Ask, Command, Ticket, TicketState
from engine.snapshot import EngineSnapshot, EngineState
from tui.cli.errors import complain
from tui.state import ScreenState
from tui.text.glyphs import ASCII
from tui.viewmodel.connection import checks, is_known
from tui.viewmodel.view import View

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.runs.arming import Armed

WAITS_S: Final = 60.0
"""Real seconds after which what was armed is given up, with the last reason."""

ASKS_EVERY_S: Final = 1.0

_STOPPED: Final = frozenset({EngineState.HALTED, EngineState.KILLING, EngineState.KILLED})
"""States that a person brought about: what was armed before lifts none of them."""

_ANSWERED: Final = ("baseline", "arming")
"""Points about which this asks and tells by itself."""


class AskedDesk(Protocol):
    """A desk that runs."""

    def snapshot(self) -> EngineSnapshot:
        """The latest snapshot."""
        ...

    def submit(self, command: Command) -> Ticket:
        """Hand a command over."""
        ...


class FirstAnswers:
    """Tells what is not in order, confirms the baseline and arms; asked again and again.

    What was armed is for one arming: after a kill a person arms anew.

    Args:
        desk: running.
        armed: what `legdesk arm` left; None where the mode is not LIVE.
        accept_baseline: whether what the account held before is called external.
        clock: real seconds.
    """

    def __init__(
        self,
        desk: AskedDesk,
        armed: Armed | None,
        *,
        accept_baseline: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._desk = desk
        self._armed = armed
        self._accept = accept_baseline
        self._clock = clock
        self._ends_s = clock() + WAITS_S
        self._asked_s = -ASKS_EVERY_S
        self._told = self._checked = False
        self._asked_to_arm = False
        self.given_up = ""

    def look(self) -> None:
        """Answer what is open now."""
        now_s = self._clock()
        if self._asked_to_arm and not self._desk.snapshot().connection.unarmed:
            self._armed = None  # it was for this one start: after a kill a person arms again
        if now_s - self._asked_s < ASKS_EVERY_S or self.given_up:
            return
        self._asked_s = now_s
        snapshot = self._desk.snapshot()
        connection = snapshot.connection
        if not self._checked and is_known(connection):
            self._checked = True
            self._tell_points(snapshot)
        if connection.baseline:
            self._answer_baseline(connection.baseline)
        elif self._armed is not None and connection.unarmed:
            self._arm(self._armed, now_s)

    def _tell_points(self, snapshot: EngineSnapshot) -> None:
        """A line for each point of the account's checklist that is not in order, and what to do."""
        for each in checks(View(snapshot, ScreenState(), ASCII)):
            if each.verdict in ("warn", "fail") and each.name not in _ANSWERED:
                complain(f"{each.name}: {each.verdict}, {each.text}; {each.remedy}")

    def _answer_baseline(self, held: str) -> None:
        if self._accept:
            args = {"word": "EXTERNAL"}
            self._desk.submit(
                Command(Ask.TAKE_EXTERNAL, "*", "program", "--accept-baseline", args=args)
            )
        elif not self._told:
            self._told = True
            complain(
                f"the account held this before: {held}; nothing is traded until `legdesk external "
                "--word EXTERNAL` says that it is not the desk's, or start with --accept-baseline"
            )

    def _arm(self, armed: Armed, now_s: float) -> None:
        if self._desk.snapshot().state in _STOPPED:
            self._armed = None
            complain("the desk was stopped before it was armed: it stays so; arm and start anew")
            return
        refused = [
            each.text
            for each in self._desk.snapshot().tickets
            if each.ask is Ask.RESUME and each.state is TicketState.REFUSED
        ]
        if now_s > self._ends_s:
            self.given_up = refused[-1] if refused else "the desk did not answer"
            return
        self._asked_to_arm = True
        args = {
            "word": armed.tail,
            "debit_limit_usd": armed.debit_limit_usd,
            "unless_halted": True,  # a person may halt it while this is on its way
        }
        self._desk.submit(Command(Ask.RESUME, "*", "program", "legdesk arm", args=args))
