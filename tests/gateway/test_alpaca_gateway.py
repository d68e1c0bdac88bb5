"""A gateway on Alpaca's API: what starts it, what it serves, what it does when nobody looks on."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from engine.brokers.protocol import NotSentError, RefusedOrderError
from engine.brokers.remote.broker import RemoteBroker
from engine.brokers.remote.connection import join
from engine.brokers.remote.link import Link
from engine.config import ConfigError
from engine.gateway.alone import Alone
from engine.gateway.journal import GatewayJournal
from engine.gateway.place import account_folder
from engine.gateway.process import awaited
from engine.gateway.running import Gateway
from engine.orders.ids import prefix_of
from engine.orders.types import ReportKind
from engine.run_folder.ending import is_stopped, mark_stopped
from engine.run_folder.errors import JournalError
from engine.run_folder.installation import installation_id
from engine.run_folder.lock import StateLock

pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from tests.support.alpaca_facade import KEY, SECRET, AlpacaFacade
from tests.support.alpaca_gateway import (
    KEYS,
    WITHIN_S,
    Desk,
    desk_on,
    opened,
    serving,
    until,
)
from tests.support.alpaca_gateway import paper_settings as settings
from tests.support.gateway_desk import GatewayDesk
from tests.support.kept_answers import texts_below

K = ReportKind


def test_an_order_executes_and_every_book_has_it(facade: AlpacaFacade, folder: Path) -> None:
    with serving(facade, settings(folder)) as gateway, desk_on(gateway) as desk:
        facts = desk.account.facts
        assert (facts.broker, facts.mode, facts.account_tail) == ("alpaca", "PAPER", "4821")
        assert (facts.feed, facts.feed_quality) == ("indicative", "indicative")
        assert desk.market.underlying("SPY", 0.0)
        desk.submit(desk.order("PTEST01-1", 95))
        until(lambda: K.FILL in desk.kinds("PTEST01-1"), "it never executed")
        assert desk.kinds("PTEST01-1")[0] is K.ACK
        until(lambda: len(desk.broker.positions()) == 2)
        assert sorted(row.quantity for row in desk.broker.positions()) == [-1, 1]
        assert desk.broker.open_orders() == ()
        assert desk.broker.account().option_level == 3
        ledger = desk.broker.ledger
        assert ledger.cash_c == facade.ledger.cash_c
        assert desk.broker.busted() == frozenset()
        assert desk.broker.states(["PTEST01-1", "PTEST01-9"]) == {
            "PTEST01-1": "filled", "PTEST01-9": ""
        }  # fmt: skip
        until(lambda: desk.broker.health is not None)
        assert desk.broker.health is not None
        health = desk.broker.health[0]
        assert (health.orders_up, health.data_up, health.calls_limit) == (True, True, 200)
        assert health.feed_quality == "indicative"
        assert health.clock_ahead_s is not None and abs(health.clock_ahead_s) < 2.0


def test_a_working_order_is_cancelled_and_one_that_is_lost_is_found(
    facade: AlpacaFacade, folder: Path
) -> None:
    with serving(facade, settings(folder)) as gateway, desk_on(gateway) as desk:
        facade.faults["POST"] = ["lost"]
        desk.submit(desk.order("PTEST01-1", 1))
        until(lambda: desk.kinds("PTEST01-1") == [K.ACK])
        desk.broker.cancel("PTEST01-1", 0.0)
        until(lambda: desk.kinds("PTEST01-1") == [K.ACK, K.CANCELED])
        assert len(facade.posts) == 1


def test_what_nobody_looks_after_is_cancelled_after_eight_seconds(
    facade: AlpacaFacade, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.gateway.alone.ALONE_S", 1.0)
    with serving(facade, settings(folder)) as gateway:
        with desk_on(gateway) as desk:
            desk.submit(desk.order("PTEST01-1", 1))
            until(lambda: desk.kinds("PTEST01-1") == [K.ACK])
            guard = Link(gateway.path, "guard", "main")
            guard.open()
        until(lambda: gateway.server._host.connected["desk"] == 0)
        assert facade.orders["PTEST01-1"].status == "new"
        guard.close()
        until(lambda: facade.orders["PTEST01-1"].status == "canceled", "it works on")


def test_a_gateway_whose_guard_cancels_nothing_does_so_itself(
    facade: AlpacaFacade, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.gateway.alone.ALONE_S", 0.5)
    with serving(facade, settings(folder)) as gateway:
        with desk_on(gateway) as desk:
            desk.submit(desk.order("PTEST01-1", 1))
            until(lambda: desk.kinds("PTEST01-1") == [K.ACK])
            guard = Link(gateway.path, "guard", "main")
            guard.open()
        until(lambda: facade.orders["PTEST01-1"].status == "canceled", "it works on")
        guard.close()


def test_what_a_guard_has_just_had_cancelled_is_left_to_it() -> None:
    alone = Alone(0.0)
    alone.guard_cancels("A", 7.0)
    assert not alone.acts(7.9, watched=False)
    assert alone.acts(8.0, watched=False)
    assert alone.left(("A", "B"), 8.0) == ("B",)
    assert alone.left(("A", "B"), 15.0) == ("A", "B")


def test_an_order_that_worked_while_the_gateway_was_gone_is_followed_before_the_socket_opens(
    facade: AlpacaFacade, folder: Path
) -> None:
    with serving(facade, settings(folder)) as gateway, desk_on(gateway) as desk:
        desk.submit(desk.order("PTEST01-1", 1))
        until(lambda: desk.kinds("PTEST01-1") == [K.ACK])
    with facade.lock:
        facade.matching.cancel("PTEST01-1", facade.clock.epoch_s())
    until(lambda: facade.orders["PTEST01-1"].status == "canceled")
    with serving(facade, settings(folder)) as gateway:
        assert gateway._orders.working() == ()
        with desk_on(gateway) as desk:
            desk.broker.query("PTEST01-1", 0.0)
            until(lambda: desk.kinds("PTEST01-1")[-1:] == [K.CANCELED])
    assert len(facade.posts) == 1


def test_a_desk_hears_the_next_gateway_of_its_account_from_its_first_report_on(
    facade: AlpacaFacade, folder: Path
) -> None:
    with serving(facade, settings(folder)) as gateway:
        desk = Desk(join(gateway.path, "main"))
        for number in range(5):
            desk.submit(desk.order(f"PTEST01-{number}", 1))
        until(lambda: len(desk.reports) == 5)
    with facade.lock:
        facade.matching.cancel("PTEST01-1", facade.clock.epoch_s())
    with serving(facade, settings(folder)):
        until(lambda: desk.kinds("PTEST01-1")[-1:] == [K.CANCELED], "the missed end is not told")
        until(lambda: desk.broker.connected)
        desk.submit(desk.order("PTEST01-9", 1))
        until(lambda: desk.kinds("PTEST01-9") == [K.ACK], "a new report is not heard")
        desk.broker.link.close()


@pytest.mark.parametrize("jump_s", [-5.0, 5.0])
def test_a_desk_hears_a_gateway_whose_time_was_set_meanwhile_and_sends_there(
    jump_s: float, facade: AlpacaFacade, folder: Path
) -> None:
    with serving(facade, settings(folder)) as gateway:
        desk = Desk(join(gateway.path, "main"))
        desk.submit(desk.order("PTEST01-1", 1))
        until(lambda: desk.kinds("PTEST01-1"))
    facade.clock._shift_s += jump_s
    with serving(facade, settings(folder)):
        until(lambda: desk.broker.connected)
        desk.submit(desk.order("PTEST01-2", 1))
        until(lambda: desk.kinds("PTEST01-2") == [K.ACK], "the next gateway is not heard")
        assert desk.broker.open_orders()  # of this moment by the clock of who answers
        desk.broker.link.close()


def test_an_id_that_was_used_is_refused_and_never_answered_with_the_order_of_before(
    facade: AlpacaFacade, folder: Path
) -> None:
    with serving(facade, settings(folder)) as gateway:
        with desk_on(gateway) as desk:
            desk.submit(desk.order("PTEST01-1", 95))
            until(lambda: K.FILL in desk.kinds("PTEST01-1"), "it never executed")
        with desk_on(gateway) as desk:  # a desk whose folder was removed counts from 1 again
            with pytest.raises(RefusedOrderError, match="was sent before"):
                desk.submit(desk.order("PTEST01-1", 60))
            desk.broker.query("PTEST01-1", 0.0)
            until(lambda: desk.kinds("PTEST01-1"))
            assert desk.kinds("PTEST01-1") == [K.REJECTED]
    assert len(facade.posts) == 1


def test_executions_of_other_hands_are_told_and_those_of_before_are_not(
    facade: AlpacaFacade, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def by_hand(name: str) -> None:
        with serving(facade, settings(folder)) as gateway, desk_on(gateway) as desk:
            call = gateway._connection.dialect.submit(desk.order(name, 95))
        with facade.lock:
            facade.answer("POST", "/v2/orders", {}, dict(call.body or {}))
        until(lambda: facade.orders[name].status == "filled", "it never executed")

    def troubles() -> list[str]:
        health = desk.broker.health
        standing = () if health is None else health[0].troubles
        return [f"{each.kind} {each.text}" for each in standing]

    monkeypatch.setattr("engine.gateway.fills.NAMED_WITHIN_S", 0.5)
    by_hand("HAND-1")
    (folder / "paper" / "gateway" / "alpaca-main" / "cursor.json").unlink()
    with serving(facade, settings(folder)) as gateway, desk_on(gateway) as desk:
        until(lambda: desk.broker.health is not None)
        assert troubles() == []
    by_hand("HAND-2")
    with serving(facade, settings(folder)) as gateway, desk_on(gateway) as desk:
        told = until(lambda: [*troubles()] if len(troubles()) == 2 else None)
    assert [leg.split()[:2] for leg in sorted(told)] == [
        ["FOREIGN_FILL", "bought"], ["FOREIGN_FILL", "sold"]
    ]  # fmt: skip
    assert all(leg.endswith("not sent from here") for leg in told)


def test_an_assignment_of_other_hands_is_told_by_the_next_gateway_and_not_by_the_one_after(
    facade: AlpacaFacade, folder: Path
) -> None:
    def told() -> list[str]:
        with serving(facade, settings(folder)) as gateway, desk_on(gateway) as desk:
            until(lambda: desk.broker.health is not None)
            assert desk.broker.health is not None
            standing = desk.broker.health[0].troubles
            return [f"{each.kind} {each.text}" for each in standing]

    assert told() == []
    facade.events.activities.append(
        {
            "id": "20261204000000000::5f596936-6f23-4cef-bdf1-3806aae57dbf",
            "activity_type": "OPASN",
            "date": "2026-12-04",
            "net_amount": "0",
            "symbol": "SPY261204C00600000",
            "qty": "2",
            "status": "executed",
        }
    )
    text = "assigned 2 SPY 2026-12-04 600 call: not of contracts traded from here"
    assert told() == [f"OPTION_EVENT {text}"]
    assert told() == []


def test_a_gateway_that_only_cancels_takes_no_desk_and_ends_by_itself(
    facade: AlpacaFacade, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.gateway.alone.ALONE_S", 0.5)
    gateway = opened(facade, settings(folder), cancel_only=True)
    thread = threading.Thread(target=gateway.serve)
    thread.start()
    with pytest.raises(ConnectionError, match="only cancels"):  # a desk would keep it from ending
        join(gateway.path, "main")
    thread.join(WITHIN_S)
    assert not thread.is_alive()
    assert facade.posts == []


def test_a_run_waits_for_a_gateway_that_only_cancels_and_says_so(
    facade: AlpacaFacade, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, said = folder / "paper" / "gateway" / "alpaca-main", list[str]()
    assert not awaited(account, facade.clock, said.append)
    with serving(facade, settings(folder)):
        assert awaited(account, facade.clock, said.append) and said == []
    gateway = opened(facade, settings(folder), cancel_only=True)
    thread = threading.Thread(target=gateway.serve)
    thread.start()
    monkeypatch.setattr("engine.gateway.process.CANCELS_WITHIN_S", 0.0)
    with pytest.raises(ConfigError, match="still only cancels what an earlier desk left after"):
        awaited(account, facade.clock, said.append)
    monkeypatch.setattr("engine.gateway.process.CANCELS_WITHIN_S", WITHIN_S)
    monkeypatch.setattr("engine.gateway.alone.ALONE_S", 0.0)
    assert not awaited(account, facade.clock, said.append)
    thread.join(WITHIN_S)
    what = (
        "the account's gateway only cancels what an earlier desk left: waiting for it, at most 0 s"
    )
    assert said[0] == what


def test_a_run_waits_for_a_gateway_that_starts(facade: AlpacaFacade, folder: Path) -> None:
    account = account_folder(settings(folder))
    said: list[str] = []
    lock = StateLock(account, "gateway")

    def let_go(text: str) -> None:
        said.append(text)
        lock.release()

    assert not awaited(account, facade.clock, let_go)
    (told,) = said
    assert told.startswith("the account's gateway starts or ends: waiting for it")


def test_a_damaged_journal_keeps_no_order_of_this_installation_from_being_cancelled(
    facade: AlpacaFacade, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_folder(settings(folder))
    ours = f"{prefix_of('PAPER', installation_id(folder / 'paper'))}1-1-1D1"
    with serving(facade, settings(folder)) as gateway, desk_on(gateway) as desk:
        for name in (ours, "POTHER1-1-1-1D1"):
            desk.submit(desk.order(name, 1))
        until(lambda: len(desk.reports) == 2)
    damaged = gateway.path.parent / "orders.jsonl"
    damaged.write_bytes(b"{}\n" + damaged.read_bytes())
    before = damaged.read_bytes()
    with pytest.raises(ConfigError, match="line 1 is damaged"):
        opened(facade, settings(folder))
    monkeypatch.setattr("engine.gateway.alone.ALONE_S", 0.0)
    monkeypatch.setattr("engine.gateway.alone.AGAIN_S", 0.1)
    monkeypatch.setattr("engine.gateway.running.HEARTBEAT_S", 0.1)
    gateway = opened(facade, settings(folder), cancel_only=True)
    assert gateway._orders.working() == (ours,)
    thread = threading.Thread(target=gateway.serve)
    thread.start()
    thread.join(WITHIN_S)
    assert not thread.is_alive()
    assert facade.orders[ours].status == "canceled"
    assert facade.orders["POTHER1-1-1-1D1"].status == "new", "another installation's"
    assert damaged.read_bytes() == before


def test_a_gateway_does_not_start_where_its_executions_are_gone(
    facade: AlpacaFacade, folder: Path
) -> None:
    with serving(facade, settings(folder)) as gateway, desk_on(gateway) as desk:
        desk.submit(desk.order("PTEST01-1", 1))
        until(lambda: desk.reports)
    gone = gateway.path.parent / "executions.jsonl"
    assert gone.read_bytes() == b""
    gone.unlink()
    with pytest.raises(ConfigError, match=r"executions\.jsonl is missing, .*: put it back"):
        opened(facade, settings(folder))
    assert not gone.exists()
    opened(facade, settings(folder), cancel_only=True)._undo.close()
    gone.touch()
    opened(facade, settings(folder))._undo.close()


def test_a_gateway_starts_without_executions_where_no_order_arrived(tmp_path: Path) -> None:
    row = {"id": "PTEST01-1", "end": "not found", "reason": ""}
    gateway = GatewayDesk(tmp_path)
    name, _ = gateway.sent()
    lines = (tmp_path / "orders.jsonl").read_text().splitlines()
    left = [lines[0], json.dumps({**row, "id": name})]
    (tmp_path / "orders.jsonl").write_text("\n".join(left) + "\n")
    (tmp_path / "executions.jsonl").unlink()
    assert GatewayJournal(tmp_path).written.ledger.executions == ()


@pytest.mark.parametrize("part", ["positions", "activities"])
def test_a_gateway_that_only_cancels_starts_though_the_books_cannot_be_read(
    facade: AlpacaFacade, folder: Path, part: str
) -> None:
    answer = facade.answer
    facade.answer = lambda method, path, query, body: (  # type: ignore[method-assign]
        (500, {"message": "internal"}) if part in path else answer(method, path, query, body)
    )
    with pytest.raises(ConfigError, match="does not tell"):
        opened(facade, settings(folder))
    opened(facade, settings(folder), cancel_only=True)._undo.close()


@pytest.mark.parametrize(
    ("change", "environment", "says"),
    [
        ({}, {}, "there are no keys of alpaca/paper/main: `legdesk login alpaca --paper`"),
        ({}, KEYS | {"LEGDESK_BROKER__SECRET": "wrong"}, r"does not accept the keys .*401"),
        ({"account_number": "PA30000009999"}, KEYS, "are of account …4821.*names …9999"),
        ({"name": "simulated"}, KEYS, "needs a broker"),
    ],
)
def test_what_is_no_gateway_is_refused_with_a_sentence(
    change: dict[str, object], environment: dict[str, str], says: str,
    facade: AlpacaFacade, folder: Path,
) -> None:  # fmt: skip
    with pytest.raises(ConfigError, match=says) as refused:
        opened(facade, settings(folder, **change), environment=environment)
    assert SECRET not in str(refused.value) and "CANARY" not in str(refused.value)


def test_a_folder_with_the_books_of_one_account_is_not_used_for_another(
    facade: AlpacaFacade, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(facade, settings(folder))._undo.close()
    monkeypatch.setattr("engine.gateway.starting.account_number", lambda *given: "PA30000009999")
    with pytest.raises(ConfigError, match=r"of account …9999, and .* of …4821; log in"):
        opened(facade, settings(folder))
    opened(facade, settings(folder).changed(account="second"))._undo.close()


def test_one_account_has_one_gateway(facade: AlpacaFacade, folder: Path) -> None:
    with serving(facade, settings(folder)), pytest.raises(JournalError, match="another gateway"):
        opened(facade, settings(folder))
    again = opened(facade, settings(folder))
    again._undo.close()


def test_the_keys_are_in_no_file_that_a_gateway_leaves(facade: AlpacaFacade, folder: Path) -> None:
    with serving(facade, settings(folder)) as gateway, desk_on(gateway) as desk:
        desk.submit(desk.order("PTEST01-1", 95))
        facade.faults["GET"] = [500, 401, "lost"]
        until(lambda: K.FILL in desk.kinds("PTEST01-1"), "it never executed")
        gateway._orders.looks._orders.note("TEST", f"{SECRET} {KEY} PA3CANARY4821")
    texts = [text for _, text in texts_below(folder)]
    assert any("[secret] [secret] …4821" in text for text in texts)
    for text in texts:
        assert SECRET not in text and KEY not in text and "PA3CANARY" not in text


def test_a_desk_asks_for_another_account_in_vain(facade: AlpacaFacade, folder: Path) -> None:
    with serving(facade, settings(folder)) as gateway:
        with pytest.raises(ConnectionError, match="holds account main, not other"):
            join(gateway.path, "other")
        assert isinstance(gateway, Gateway)
        with desk_on(gateway) as desk:
            assert isinstance(desk.broker, RemoteBroker)
            with pytest.raises(NotSentError, match="no SPY shares came of contracts"):
                desk.broker.close_shares("SPY", 0.0)


def test_a_stop_while_it_starts_is_heeded_and_an_earlier_one_until_it_has_started(
    facade: AlpacaFacade, folder: Path
) -> None:
    config = settings(folder)
    at = account_folder(config)

    class Stopping(dict[str, str]):
        """Keys during whose reading a person stops the gateway."""

        def get(self, name: str, *default: object) -> str:
            mark_stopped(at, "legdesk gateway --stop")
            return dict(self).get(name, "")

    mark_stopped(at, "SIGINT")
    with pytest.raises(ConfigError, match="there are no keys"):
        opened(facade, config, environment={})
    assert is_stopped(at)
    for environment, stopped in ((Stopping(KEYS), True), (KEYS, False)):
        gateway = opened(facade, config, environment=environment)
        assert is_stopped(at) is stopped
        gateway.stop()
        gateway.serve()
