"""What a guard cancels of a desk that died, and when it calls the account quiet."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.brokers.remote.link import Link, LinkError, RefusedByExchangeError
from engine.config import DeskConfig
from engine.exchange.process import open_exchange
from engine.guard.cancelling import QUIET_S, Cancelled, _CancellingGateway, cancel_all
from engine.guard.place import BrokerPlace, read_place
from engine.guard.watch import LOG, Guard
from engine.run_folder.open_orders import OpenOrdersMirror
from tests.support.exchange_processes import until

PREFIX = "S-x-"
ACCOUNTS = (f"account-{number}" for number in itertools.count(1))


class Account:
    """An account at a real exchange, the folder of a run that died there, and a clock by hand.

    Attributes:
        steps: what was asked and waited, in order.
        after: called after each pause with the number of pauses so far.
        each_look_s: how far the clock goes on with each look at it.
    """

    def __init__(self, socket: Path, name: str, folder: Path) -> None:
        self.socket, self.name, self.folder = socket, name, folder
        self.desk = Link(socket, "desk", name)
        self.desk.open()
        self.place = BrokerPlace(socket, name, PREFIX)
        self.steps: list[str] = []
        self.after: Callable[[int], None] = lambda pauses: None
        self.each_look_s = 0.0
        self._s = 1000.0
        self.mirror("")

    def now_s(self) -> float:
        self._s += self.each_look_s
        return self._s

    def epoch_s(self) -> float:
        return self._s

    def pause(self, seconds: float) -> None:
        self._s += seconds
        self.steps.append("pause")
        self.after(self.steps.count("pause"))

    def mirror(self, *orders: str) -> None:
        """The orders that the dead desk's file calls open."""
        mirror = OpenOrdersMirror(self.folder, durable=False)
        mirror.start([order for order in orders if order])
        mirror.close()

    def send(self, name: str) -> None:
        """Let an order rest far from its market."""
        legs = [[585, "call", "buy", None, None], [590, "call", "sell", None, None]]
        self.desk.ask(
            "submit",
            order={
                "order": name,
                "trader": "SPY 2026-12-04",
                "symbol": "SPY",
                "expiration": "2026-12-04",
                "part": "D",
                "legs": legs,
                "quantity": 1,
                "limit_c": 1,
                "multiplier": 100,
                "effects": ["open", "open"],
            },
        )

    def working(self) -> set[str]:
        return {row[0] for row in self.desk.ask("open_orders")["rows"]}

    def cancel_all(self, within_s: float = 1e6, *, with_shares: bool = False) -> Cancelled:
        return cancel_all(
            self.folder, self.place, self, self.pause, within_s, with_shares=with_shares
        )


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp())  # a socket's path must be short
    exchange = open_exchange(DeskConfig(), folder=folder)
    serving = threading.Thread(target=exchange.serve)
    serving.start()
    yield folder / "socket"
    exchange.stop()
    serving.join()
    shutil.rmtree(folder)


@pytest.fixture
def account(socket: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    account = Account(socket, next(ACCOUNTS), tmp_path)
    ask = Link.ask

    def asked(link: Link, op: str, *more: Any, **words: Any) -> Any:
        if link is not account.desk:
            account.steps.append(f"{op} {words.get('order', '')}".strip())
        return ask(link, op, *more, **words)

    monkeypatch.setattr(Link, "ask", asked)
    yield account
    account.desk.close()


def test_the_runs_orders_are_cancelled_at_once_and_nobody_elses(account: Account) -> None:
    account.mirror("M-1")
    for name in ("S-x-1", "S-x-2", "M-1", "S-y-1"):
        account.send(name)
    done = account.cancel_all()
    assert account.working() == {"S-y-1"}
    assert (done.targets, done.survivors) == (("M-1", "S-x-1", "S-x-2"), ())
    assert "pause" not in account.steps[: account.steps.index("cancel S-x-2")]


def test_an_order_of_shares_goes_on_after_a_death_and_ends_by_a_kill(account: Account) -> None:
    shares = "SH-S-x-SPY-1764500000000-1"
    for name in ("S-x-1", shares, "SH-S-y-SPY-1764500000000-1"):
        account.send(name)
    assert account.cancel_all().targets == ("S-x-1",)
    killed = account.cancel_all(with_shares=True)
    assert (killed.targets, killed.survivors) == ((shares,), ())
    assert account.working() == {"SH-S-y-SPY-1764500000000-1"}


def test_a_kill_cancels_an_order_of_shares_by_its_name_where_nobody_tells_the_list(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"id": "SH-1", "shares": 100}, {"id": "SH-2", "shares": 5}, {"id": "SH-1", "end": "x"}]
    text = "\n".join(map(json.dumps, rows))
    kept = account.socket.with_name("shares.jsonl")
    kept.write_text(f"{text}\nno JSON\n[]\n")
    account.send("SH-2")
    ask = Link.ask

    def asked(link: Link, op: str, *more: Any, **words: Any) -> Any:
        if op == "open_orders" and link is not account.desk:
            raise RefusedByExchangeError("the broker does not say")
        return ask(link, op, *more, **words)

    monkeypatch.setattr(Link, "ask", asked)
    killed = account.cancel_all(within_s=3.0, with_shares=True)
    kept.unlink()
    until(lambda: not account.working())
    assert killed.targets == ("SH-2",)


def test_an_order_that_arrives_after_the_first_quiet_look_is_cancelled_too(
    account: Account,
) -> None:
    account.after = lambda pauses: account.send("S-x-9") if pauses == 3 else None
    done = account.cancel_all()
    assert account.working() == set()
    assert done.targets == ("S-x-9",)
    assert done.zero_s is not None and done.zero_s > 0
    quiet_s = account.now_s() - 1000.0 - done.zero_s
    assert quiet_s >= QUIET_S - 1e-6


def test_a_cancel_that_was_lost_is_sent_again(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.send("S-x-1")
    ask, lost = Link.ask, [1]

    def asked(link: Link, op: str, *more: Any, **words: Any) -> Any:
        return lost.pop() if op == "cancel" and lost else ask(link, op, *more, **words)

    monkeypatch.setattr(Link, "ask", asked)
    assert account.cancel_all().survivors == ()
    assert account.working() == set()


def test_looks_and_cancels_do_not_use_up_a_brokers_calls(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"S-x-{number}" for number in range(4)]
    for name in names:
        account.send(name)
    ask = Link.ask

    def asked(link: Link, op: str, *more: Any, **words: Any) -> Any:
        if op == "cancel":  # asked, and not done: the broker takes its time
            account.steps.append(f"cancel {words['order']}")
            return "taken"
        return ask(link, op, *more, **words)

    monkeypatch.setattr(Link, "ask", asked)
    done = account.cancel_all(within_s=60.0)
    assert done.survivors == tuple(names)
    assert 40 <= account.steps.count("open_orders") <= 55
    for name in names:
        assert 9 <= account.steps.count(f"cancel {name}") <= 13


def test_one_cancel_that_is_refused_keeps_no_other_from_being_asked_for(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("S-x-1", "S-x-2"):
        account.send(name)
    ask = Link.ask

    def asked(link: Link, op: str, *more: Any, **words: Any) -> Any:
        if op == "cancel" and words["order"] == "S-x-1":
            raise RefusedByExchangeError("the broker has not named the order yet")
        return ask(link, op, *more, **words)

    monkeypatch.setattr(Link, "ask", asked)
    done = account.cancel_all(within_s=4.0)
    assert "S-x-1" in (done.survivors or ())
    until(lambda: account.working() == {"S-x-1"})
    assert account.steps.count("pause") > 5, "the connection was closed for it"


def test_an_exchange_that_cannot_be_asked_is_not_an_account_at_zero(account: Account) -> None:
    account.send("S-x-1")
    account.place = BrokerPlace(account.socket.with_name("gone"), account.name, PREFIX)
    done = account.cancel_all(within_s=2.0)
    assert (done.survivors, done.zero_s, done.asked) == (None, None, False)
    assert "no exchange answers" in done.why
    assert account.working() == {"S-x-1"}


def test_orders_that_cannot_be_listed_are_cancelled_by_the_names_that_the_desk_left(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.mirror("S-x-1", "M-1", "S-x-gone")
    for name in ("S-x-1", "M-1", "S-y-1"):
        account.send(name)
    ask, stale = Link.ask, True

    def asked(link: Link, op: str, *more: Any, **words: Any) -> Any:
        if op == "open_orders" and link is not account.desk and stale:
            raise RefusedByExchangeError("open orders are of 9 s ago; that is no answer")
        return ask(link, op, *more, **words)

    monkeypatch.setattr(Link, "ask", asked)
    done = account.cancel_all(within_s=2.0)
    asked_for = {step.partition(" ")[2] for step in account.steps if step.startswith("cancel")}
    assert asked_for == {"S-x-1", "M-1", "S-x-gone"}
    assert (done.survivors, done.zero_s) == (None, None), "nobody saw that none works"
    assert (done.asked, done.why) == (True, "open orders are of 9 s ago; that is no answer")
    stale = False
    assert account.cancel_all().survivors == () and account.working() == {"S-y-1"}


def test_a_list_that_hangs_keeps_no_order_that_the_desk_left_from_being_cancelled(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.mirror("S-x-1", "M-1")
    for name in ("S-x-1", "M-1", "S-y-1"):
        account.send(name)
    ask = Link.ask

    def asked(link: Link, op: str, *more: Any, **words: Any) -> Any:
        if op == "open_orders" and link is not account.desk:
            account.steps.append(op)
            raise LinkError("the exchange did not answer `open_orders` in 6 s")
        return ask(link, op, *more, **words)

    monkeypatch.setattr(Link, "ask", asked)
    done = account.cancel_all(within_s=5.0)
    until(lambda: account.working() == {"S-y-1"})
    assert (done.targets, done.survivors) == (("M-1", "S-x-1"), None)
    assert account.steps[:3] == ["cancel M-1", "cancel S-x-1", "open_orders"]
    assert account.steps.count("cancel M-1") <= 3, "cancels that do nothing use up the calls"


def test_a_guard_whose_desk_died_cancels_and_says_so_and_one_that_is_dismissed_does_not(
    account: Account,
) -> None:
    account.place.write(account.folder)
    account.each_look_s = 0.5  # the guard's own pauses are real, and short
    account.send("S-x-1")
    for last_words in (b"beat\nbye\n", b"beat\n"):
        pipe, theirs = os.pipe()
        os.write(theirs, last_words)
        os.close(theirs)
        assert account.working() == {"S-x-1"}
        Guard(account.folder, pipe, 2**22 + 1, account).watch()
        os.close(pipe)
    assert account.working() == set()
    said = (account.folder / LOG).read_text()
    assert '"what": "died"' in said and '"survivors": []' in said


@pytest.mark.parametrize("damage", ["directory", "fifo"])
def test_a_guard_that_can_write_no_log_cancels_all_the_same(account: Account, damage: str) -> None:
    account.place.write(account.folder)
    account.each_look_s = 0.5
    account.send("S-x-1")
    log = account.folder / LOG
    if damage == "fifo":
        os.mkfifo(log)
    else:
        log.mkdir()
    pipe, theirs = os.pipe()
    os.close(theirs)
    guard = threading.Thread(
        target=Guard(account.folder, pipe, 2**22 + 1, account).watch, daemon=True
    )
    guard.start()
    until(lambda: not account.working())
    guard.join(60.0)
    assert not guard.is_alive()
    os.close(pipe)


@pytest.mark.parametrize("reached", [True, False])
def test_a_guard_says_whether_it_was_the_exchange_or_its_list_that_it_could_not_have(
    reached: bool, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.guard.watch.TRIES_FOR_S", 1.0)
    account.mirror("S-x-1")
    account.send("S-x-1")
    place = account.place if reached else BrokerPlace(account.socket.with_name("gone"), "a", "S-")
    place.write(account.folder)
    ask = Link.ask

    def asked(link: Link, op: str, *more: Any, **words: Any) -> Any:
        if op == "open_orders" and link is not account.desk:
            raise RefusedByExchangeError("the broker does not tell its open orders now")
        return ask(link, op, *more, **words)

    monkeypatch.setattr(Link, "ask", asked)
    account.each_look_s = 0.5
    pipe, theirs = os.pipe()
    os.close(theirs)
    Guard(account.folder, pipe, 2**22 + 1, account).watch()
    os.close(pipe)
    row = json.loads((account.folder / LOG).read_text().splitlines()[-1])
    if reached:
        assert (row["what"], row["cancelled"]) == ("not known what works", 1)
        assert row["why"] == "the broker does not tell its open orders now"
        until(lambda: account.working() == set())
    else:
        assert row["what"] == "exchange not reached" and "no exchange answers" in row["why"]


def test_where_no_gateway_answers_one_that_cancels_is_started_until_one_stays(
    tmp_path: Path,
) -> None:
    told = tmp_path / "told"
    told.touch()
    script = "import sys; open(sys.argv[1], 'a').write(sys.argv[2] + chr(10))"
    command = (sys.executable, "-c", script, str(told))
    place = BrokerPlace(tmp_path / "gone", "a", PREFIX, command)
    place.write(tmp_path)
    assert read_place(tmp_path) == place
    seconds = itertools.count()
    waiting = threading.Event()

    class Clock:
        def now_s(self) -> float:
            return float(next(seconds))

        def epoch_s(self) -> float:
            return 0.0

    def starts() -> int:
        return told.read_text().count("--cancel-only\n")

    def wanted() -> bool:
        return starts() < 3 and next(seconds) < 100_000

    def pause(seconds: float) -> None:
        waiting.wait(0.01)

    result = cancel_all(tmp_path, place, Clock(), pause, 1e9, wanted)
    assert result.survivors is None
    assert starts() == 3


def test_a_gateway_that_still_starts_is_not_started_a_second_time(tmp_path: Path) -> None:
    script = "import signal; signal.pause()"
    place = BrokerPlace(tmp_path / "gone", "a", PREFIX, (sys.executable, "-c", script))
    gateway = _CancellingGateway(place)
    gateway.start(0.0)
    process = gateway._process
    assert process is not None
    try:
        for second in (1.0, 6.0, 600.0):
            gateway.start(second)
            assert gateway._process is process
    finally:
        process.kill()
        process.wait()
    gateway.start(601.0)
    again = gateway._process
    assert again is not None and again is not process
    again.kill()
    again.wait()
