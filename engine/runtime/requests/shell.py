"""What another shell asks of a running desk, carried out like the screen's requests.

A thread of its own looks into the run's mailbox several times a second of real time, whatever
virtual time or the terminal do, and hands what it finds to the scheduler's thread.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from engine.commands import SHELL, Ask, Command, Ticket, TicketState
from engine.market.clock import Clock, SystemClock
from engine.run_folder.kill_latch import KillLatch, Latched
from engine.run_folder.mailbox import Mailbox, MailboxError
from engine.runtime.engine import Engine
from engine.runtime.requests.kill import CONFIRMED_WITHIN_S
from engine.snapshot import EngineState

LOOK_EVERY_S: Final = 0.1
"""Real seconds between two looks."""

BEAT_EVERY_S: Final = 1.0

NOTHING_WORKS: Final = "nothing works at the broker any more"

_ALLOWED: Final = frozenset(
    {
        Ask.PAUSE, Ask.RESUME, Ask.HALT, Ask.KILL, Ask.RESUME_AFTER_KILL, Ask.ACKNOWLEDGE,
        Ask.APPROVE, Ask.TRIAL, Ask.STOP_TRIAL, Ask.TAKE_EXTERNAL,
    }
)  # fmt: skip


class ShellRequests:
    """Answers a run's mailbox from its engine, and sees a latch that somebody else closed.

    Args:
        engine: carries the requests out.
        mailbox: where they come from.
        latch: the run's kill latch.
        clock: real time.
        on_beat: called about once a second while the engine's thread answers.
    """

    def __init__(
        self,
        engine: Engine,
        mailbox: Mailbox,
        latch: KillLatch,
        clock: Clock | None = None,
        on_beat: Callable[[], None] = lambda: None,
    ) -> None:
        self._on_beat = on_beat
        self._engine = engine
        self._mailbox = mailbox
        self._latch = latch
        self._clock = clock or SystemClock()
        self._answers: deque[tuple[str, Ticket, bool]] = deque()
        self._wake = threading.Event()
        self._over = False
        self._alive = threading.Event()
        self._beat_s = -BEAT_EVERY_S
        self._thread: threading.Thread | None = None
        mailbox.open()

    def start(self) -> None:
        """Begin to look; again does nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="shell", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Answer what is answered already, and look no more."""
        self._over = True
        self._wake.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(2.0)

    def _run(self) -> None:
        while not self._over:
            self._wake.wait(LOOK_EVERY_S)
            self._wake.clear()
            self._look()
        self._look()

    def _look(self) -> None:
        for name, request in self._mailbox.take():
            self._begin(name, request)
        while self._answers:
            name, ticket, final = self._answers.popleft()
            self._tell(name, ticket.state, ticket.text, final)
        if self._latched_further() is not None:
            self._engine.scheduler.post(self._obey_latch)
        self._beat()

    def _beat(self) -> None:
        """Pass on that the engine's thread still takes its turns."""
        now_s = self._clock.now_s()
        if now_s - self._beat_s < BEAT_EVERY_S:
            return
        if self._alive.is_set():
            self._alive.clear()
            self._on_beat()
        self._beat_s = now_s
        self._engine.scheduler.post(self._alive.set)

    def _tell(self, name: str, state: TicketState, text: str, final: bool = True) -> None:
        try:
            self._mailbox.answer(name, {"state": state.value, "text": text, "final": final})
        except OSError:
            return  # the asker hears nothing and acts by itself

    # ------------------------------------------------------------------ carrying out

    def _begin(self, name: str, request: dict[str, Any] | MailboxError) -> None:
        try:
            if isinstance(request, MailboxError):
                raise request
            command = _command(request)
        except MailboxError as error:
            self._tell(name, TicketState.REFUSED, str(error))
            return
        refusal = ""
        if self._engine.state is EngineState.ENDED:
            refusal = "the desk has ended; nothing trades any more"
        elif command.ask is Ask.RESUME and self._engine.flags.killed:
            refusal = "kill is latched; lift it with the word RESUME first"
        if refusal:
            self._tell(name, TicketState.REFUSED, refusal)
            return

        def answered(ticket: Ticket) -> None:
            both = command.ask is Ask.KILL and self._engine.flags.frozen
            waits = both and ticket.state is TicketState.CONFIRMED
            self._hand(name, ticket, final=not waits)
            if waits:
                self._confirm(name, ticket, self._clock.now_s() + CONFIRMED_WITHIN_S)

        self._engine.submit(command, answered)

    def _hand(self, name: str, ticket: Ticket, *, final: bool) -> None:
        self._answers.append((name, ticket, final))
        self._wake.set()

    def _confirm(self, name: str, ticket: Ticket, due_s: float) -> None:
        """Wait, a turn of the real clock at a time, until no order works or `due_s` is past."""

        def look() -> None:
            left = self._survivors()
            late = self._clock.now_s() >= due_s
            if left and not late:
                threading.Timer(LOOK_EVERY_S, self._engine.scheduler.post, (again,)).start()
                return
            state, text = TicketState.CONFIRMED, f"{ticket.text}; {NOTHING_WORKS}"
            if left:
                state = TicketState.REQUESTED
                text = f"{ticket.text}; not confirmed yet: {', '.join(left[:8])}"
            self._hand(name, Ticket(ticket.id, Ask.KILL, "*", state, text), final=True)

        def again() -> None:
            self._engine.core.broker_books.ask_first(look)

        again()

    def _survivors(self) -> list[str]:
        try:
            return self._engine.operator.kill.survivors()
        except Exception as error:
            return [f"the broker cannot be asked: {type(error).__name__}: {error}"[:160]]

    def _latched_further(self) -> Latched | None:
        """The latch, where another process closed it further than this desk has gone."""
        flags = self._engine.flags
        if flags.frozen or not self._latch.is_closed:
            return None
        latched = self._latch.read()
        return latched if latched is not None and (latched.stage == 2 or not flags.killed) else None

    def _obey_latch(self) -> None:
        """In the scheduler's thread: a latch that another process closed holds here as well."""
        latched = self._latched_further()
        if latched is not None:
            self._engine.submit(
                Command(Ask.KILL, who=SHELL, key="latch", args={"stage": latched.stage})
            )


def _command(request: dict[str, Any]) -> Command:
    """A request as a command.

    Raises:
        MailboxError: it is none that a shell may ask.
    """
    texts = {key: request.get(key, "") for key in ("ask", "target", "key", "reason", "word")}
    if not all(isinstance(each, str) and len(each) <= 200 for each in texts.values()):
        raise MailboxError("the request holds something else than short texts")
    try:
        ask = Ask(texts["ask"])
    except ValueError:
        ask = Ask.WATCH
    if ask not in _ALLOWED:
        raise MailboxError(f"{texts['ask']!r} is nothing a shell may ask")
    args: dict[str, Any] = {"word": texts["word"]} if texts["word"] else {}
    if ask is Ask.KILL:
        args["stage"] = request.get("stage", 1)
    return Command(
        ask, texts["target"] or "*", SHELL, texts["key"] or "legdesk", texts["reason"], args
    )
