"""The examples for accounts trade through brokers' libraries, by their own classes where these are installed.

Where a library is absent its part is skipped, and classes of equal shape stand in. CONTRIBUTING.md says how to
run them with the libraries.
"""

from __future__ import annotations

import asyncio
import importlib.util
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from engine import ArbitrageExecutor, create_arbitrage_executor
from tests.support.account_clients import AlpacaClients, Ib, Tastytrade, occ
from tests.support.account_sdks import Account, classes_of
from tests.support.executor_world import MORNING_S, NEAR, SPOT, alarms, leg, virtual

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
LIBRARIES = {
    "alpaca": "alpaca_account",
    "ib_async": "ib_account",
    "tastytrade": "tastytrade_account",
}

INSTALLED = [name for name in LIBRARIES if importlib.util.find_spec(name) is not None]
KEYS = ("APCA_API_KEY_ID", "APCA_API_SECRET_KEY", "TT_SECRET", "TT_REFRESH")
VERTICAL = [leg(95.0, "buy", 7.0, 7.1), leg(97.5, "sell", 5.3, 5.4)]


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"examples_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    thread = threading.Thread(target=made.run_forever, daemon=True)
    thread.start()
    yield made
    made.call_soon_threadsafe(made.stop)
    thread.join()
    made.close()


@pytest.fixture(
    params=[*((name, False) for name in LIBRARIES), *((name, True) for name in INSTALLED)],
    ids=lambda param: f"{param[0]}{' itself' if param[1] else ''}",
)
def desk(request: Any, loop: asyncio.AbstractEventLoop) -> Iterator[tuple[Any, Any, Account]]:
    """The example's callbacks, the client beneath them, and the account."""
    library, real = request.param
    account = Account()
    module = example(LIBRARIES[library])
    with ExitStack() as stack:
        stack.enter_context(classes_of(library, real=real))
        if library == "alpaca":
            alpaca = AlpacaClients(account, real=real)
            yield module.AlpacaAccount(alpaca, alpaca, alpaca), alpaca, account
        elif library == "ib_async":
            ib = Ib(account)
            yield module.IbAccount(ib, loop), ib, account
        else:
            tasty = Tastytrade(account, real=real)
            calls = tasty.chain_of, tasty.quotes_of
            yield module.TastytradeAccount(tasty, "session", *calls, loop), tasty, account


def trading(callbacks: Any) -> ArbitrageExecutor:
    executor = create_arbitrage_executor(
        callbacks.submit_order,
        callbacks.option_chain,
        callbacks.last_price,
        cancel_callback=callbacks.cancel_order,
        order_status_callback=callbacks.order_status,
        pace=virtual(),
    )
    executor.add_symbol("AAPL", [NEAR])
    executor.begin()
    return executor


def run(executor: ArbitrageExecutor, client: Any, seconds: int) -> None:
    for second in range(1, seconds + 1):
        executor.scheduler.run_until(MORNING_S + second)
        if isinstance(client, Ib):
            client.happen()


def test_a_few_minutes_leave_book_and_account_equal(desk: Any) -> None:
    callbacks, client, account = desk
    executor = trading(callbacks)
    run(executor, client, 400)
    executor.end()
    executor.scheduler.run_until(MORNING_S + 460)
    if isinstance(client, Ib):
        client.happen()
        client.happen()
    executor.scheduler.run_until(MORNING_S + 700)
    money = executor.context.state.money
    held = {
        occ("AAPL", NEAR, key.right, key.strike): count
        for key, count in money.contracts.contracts().items()
    }
    assert money.debits > 2 and money.credits > 2
    assert held == account.contracts
    assert money.contracts.cash_c == 100 * account.cash_c
    assert alarms(executor) == {}
    assert all(len({name for name, _ in order.legs}) == 2 for order in account.orders.values())
    assert {order.word for order in account.orders.values()} == {"filled", "canceled"}


def test_a_debit_pays_and_a_credit_receives(desk: Any) -> None:
    callbacks, client, account = desk
    executor = trading(callbacks)
    run(executor, client, 300)
    money = executor.context.state.money
    debits = [order for order in account.orders.values() if order.limit > 0]
    credits = [order for order in account.orders.values() if order.limit < 0]
    assert money.debits == sum(order.filled for order in debits)
    assert money.credits == sum(order.filled for order in credits)
    assert len(debits) + len(credits) == len(account.orders)


def test_a_leg_that_closes_and_opens_is_refused_before_it_is_sent(desk: Any) -> None:
    callbacks, client, account = desk
    if isinstance(client, Ib):
        pytest.skip("an order at IB does not say what it opens and closes")
    told = callbacks.submit_order(
        "AAPL", VERTICAL, 1, 1.50, NEAR, "S-1", effects=("open", "mixed"), pays=True
    )
    assert told.kind.value == "rejected" and account.orders == {}


def test_an_answer_that_is_lost_is_found_again_by_our_id(desk: Any) -> None:
    callbacks, client, account = desk
    if isinstance(client, Ib):
        pytest.skip("ib_async answers from its own memory")
    account.lost = True
    executor = trading(callbacks)
    run(executor, client, 120)
    executor.end()
    executor.scheduler.run_until(MORNING_S + 300)
    money = executor.context.state.money
    assert account.orders and money.debits
    assert money.contracts.cash_c == 100 * account.cash_c
    assert alarms(executor) == {}


def test_a_refusal_ends_the_order(desk: Any) -> None:
    callbacks, client, _ = desk
    if not isinstance(client, AlpacaClients):
        pytest.skip("told by alpaca-py's error alone")
    client.refuses = True
    told = callbacks.submit_order(
        "AAPL", VERTICAL, 1, 1.5, NEAR, "S-1", effects=("open", "open"), pays=True
    )
    assert told.kind.value == "rejected" and "buying power" in told.reason


def test_prices_that_stand_still_are_no_quotes(desk: Any) -> None:
    callbacks, client, _ = desk
    if not isinstance(client, Ib):
        pytest.skip("quotes are asked for each time")
    assert callbacks.last_price("AAPL") == SPOT
    client.connected = False
    with pytest.raises(ConnectionError, match="not connected"):
        callbacks.last_price("AAPL")


@pytest.mark.parametrize("library", LIBRARIES)
def test_without_keys_or_library_one_sentence_says_what_to_do(
    library: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr(sys, "argv", ["example", "5WT00000"])
    for key in KEYS:
        monkeypatch.delenv(key, raising=False)
    loaded = [name for name in sys.modules if name.startswith(f"{library}.")]
    for name in (library, *loaded):  # a module that another test imported would still be found
        monkeypatch.setitem(sys.modules, name, None)
    sentences = []
    for value in ("", "made-up"):
        for key in KEYS:
            monkeypatch.setenv(key, value)
        with pytest.raises(SystemExit) as ended:
            example(LIBRARIES[library]).main()
        sentences.append(str(ended.value.code))
    assert sentences[0].startswith("set ") or "pip install" in sentences[0]
    assert "is not installed: pip install" in sentences[1]
    assert not any("\n" in each for each in sentences)


def test_the_libraries_themselves_take_and_answer_the_orders() -> None:
    missing = sorted(LIBRARIES.keys() - set(INSTALLED))
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed: CONTRIBUTING.md says how to try them")
