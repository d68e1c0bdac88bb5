"""Orders on a paper account, sent and followed by the project's own client, dialect and following."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.brokers.following.follow import follow
from engine.brokers.following.followed import Followed
from engine.brokers.following.order_view import OrderView
from engine.brokers.http.call import Answer, Call, Lost
from engine.brokers.http.outcome import Outcome, Result, of_cancel, of_look_up, of_submit
from engine.brokers.http.raw import RawAnswer
from engine.brokers.stream.spec import Frame, Heard, Hint
from engine.gateway.alpaca import AlpacaConnection
from engine.gateway.raw_answers import RawAnswers
from engine.gateway.raw_files import Kind
from engine.market.clock import WaitingClock
from engine.orders.types import OrderReport, OrderRequest, ReportKind


@dataclass(frozen=True)
class Pace:
    """Seconds, as long as a person and the real account need.

    Args:
        poll_s: between two looks at an order.
        event_s: in which an event follows what was done.
        cancel_s: in which a cancel is done.
        fill_s: in which an order at the natural price executes.
        settle_s: in which activities and positions follow an execution.
    """

    poll_s: float = 1.0
    event_s: float = 10.0
    cancel_s: float = 20.0
    fill_s: float = 90.0
    settle_s: float = 15.0


class Overheard:
    """Everything that came: to the files for replays, and here for the steps to look at.

    Attributes:
        headers: names of headers that answers of the trading host had, and how many answers.
        refused: answers with status 429.
        events: trade updates, as they came.
    """

    def __init__(self, raw: RawAnswers) -> None:
        self._raw = raw
        self._lock = threading.Lock()
        self.answers, self.headers = 0, dict[str, int]()
        self.refused: list[RawAnswer] = []
        self._events: list[dict[str, Any]] = []

    def answer(self, raw: RawAnswer, kind: Kind) -> None:
        self._raw.answer(raw, kind)
        with self._lock:
            if raw.status == 429:
                self.refused.append(raw)
            if kind == "orders" and raw.failure is None:
                self.answers += 1
                for name in raw.headers:
                    self.headers[name] = self.headers.get(name, 0) + 1

    def frame(self, frame: Frame) -> None:
        self._raw.frame(frame)
        try:
            told = json.loads(frame)
            if told["stream"] == "trade_updates":
                with self._lock:
                    self._events.append(told["data"])
        except (ValueError, KeyError, TypeError):
            return  # `replay` tells of it: the frame is kept

    def events(self, broker_id: str) -> list[dict[str, Any]]:
        """The trade updates of an order or one of its legs, oldest first."""
        with self._lock:
            return [each for each in self._events if broker_id in json.dumps(each.get("order"))]


class PaperOrders:
    """Our orders of one visit; used by one thread, but for the stream's.

    Args:
        connection: with the account.
        overheard: what comes.
        clock: real time.
        stem: how our ids begin, never used before.
        pace: how long to wait.

    Attributes:
        followed: by our id.
        reports: what a desk would have heard.
        notes: what following found odd.
    """

    def __init__(
        self,
        connection: AlpacaConnection,
        overheard: Overheard,
        clock: WaitingClock,
        stem: str,
        pace: Pace,
    ) -> None:
        self._connection, self._clock, self._stem = connection, clock, stem
        self.overheard, self.pace = overheard, pace
        self.followed: dict[str, Followed] = {}
        self.reports: list[OrderReport] = []
        self.notes: list[str] = []
        self.words: set[str] = set()
        self._never_there: set[str] = set()
        self._hints: list[Hint] = []
        self._waiting = threading.Condition()

    def send(self, call: Call) -> Answer | Lost:
        """Make a call on the trading host."""
        return self._connection.orders.send(call)

    def name(self) -> str:
        """An id for the next order."""
        return f"{self._stem}-{len(self.followed) + 1}"

    def listen(self) -> None:
        """Begin to hear trade updates."""
        self._connection.start_stream(self._hear, lambda: None)
        self.wait(lambda: self._connection.streamed, self.pace.event_s)

    @property
    def streamed(self) -> bool:
        """Whether the stream has taken us."""
        return self._connection.streamed

    def _hear(self, hint: Hint) -> None:
        with self._waiting:
            self._hints.append(hint)
            self._waiting.notify_all()

    # ------------------------------------------------------------------ orders

    def submit(self, request: OrderRequest) -> tuple[Answer | Lost, Result[OrderView]]:
        """Send an order, once; a second time with the same id it is a question, too."""
        dialect = self._connection.dialect
        self.followed.setdefault(request.client_order_id, Followed(request))
        answer = self.send(dialect.submit(request))
        result = of_submit(answer, dialect)
        self._take(result.found)
        if result.outcome is Outcome.REFUSED:
            self._never_there.add(request.client_order_id)
        return answer, result

    def look(self, name: str) -> OrderView | None:
        """Ask for an order by its id; None where it is not told."""
        dialect, broker_id = self._connection.dialect, self.followed[name].broker_id
        call = dialect.order(broker_id) if broker_id else dialect.look_up(name)
        found = of_look_up(self.send(call), dialect).found
        self._take(found)
        return found

    def cancel(self, name: str) -> tuple[Answer | Lost, Result[OrderView]]:
        """Ask for the end of an order."""
        dialect = self._connection.dialect
        answer = self.send(dialect.cancel(self.followed[name].broker_id))
        return answer, of_cancel(answer, dialect)

    def ends(self, name: str, within_s: float) -> bool:
        """Wait until an order has ended; whether it has."""

        def ended() -> bool:
            return self.followed[name].ended or name in self._never_there

        def ended_now() -> bool:
            self.look(name)
            return ended()

        return ended() or self.wait(ended_now, within_s)

    def cancelled(self, name: str) -> bool:
        """Cancel an order and wait for its end; whether it has ended."""
        if not self.followed[name].ended and self.followed[name].broker_id:
            self.cancel(name)
        return self.ends(name, self.pace.cancel_s)

    def give_up(self) -> list[str]:
        """Cancel everything that may still execute; the ids of those that may work on."""
        for name, order in list(self.followed.items()):
            if not order.broker_id and name not in self._never_there:
                self.look(name)
        sent = [name for name, order in self.followed.items() if order.broker_id]
        return [name for name in sent if not self.cancelled(name)]

    def kinds(self, name: str) -> list[ReportKind]:
        """What a desk would have heard of an order."""
        return [each.kind for each in self.reports if each.client_order_id == name]

    def wait(self, true: Callable[[], object], within_s: float) -> bool:
        """Wait until something is true, taking what the stream tells; whether it is."""
        latest_s = self._clock.now_s() + within_s
        while True:
            self._take_hints()
            if true():
                return True
            left_s = latest_s - self._clock.now_s()
            if left_s <= 0:
                return False
            with self._waiting:
                if not self._hints:
                    self._clock.wait(self._waiting, min(self.pace.poll_s, left_s))

    def _take_hints(self) -> None:
        with self._waiting:
            hints, self._hints = self._hints, []
        for hint in hints:
            if isinstance(hint, Heard):
                self._take(hint.view)

    def _take(self, view: OrderView | None) -> None:
        if view is None or view.client_id not in self.followed:
            return
        self.words.add(view.raw_state)
        step = follow(self.followed[view.client_id], view, self._clock.now_s())
        self.followed[view.client_id] = step.order
        self.reports += step.reports
        self.notes += (f"{view.client_id}: {note}" for note in step.notes)


def told(answer: Answer | Lost) -> str:
    """An answer's status with Alpaca's code and message, for the report."""
    if isinstance(answer, Lost):
        return f"no answer ({answer.failure.value})"
    body = answer.body if isinstance(answer.body, dict) else {}
    code, message = body.get("code"), str(body.get("message") or "")[:120]
    return " ".join(str(each) for each in (answer.status, code, message) if each)
