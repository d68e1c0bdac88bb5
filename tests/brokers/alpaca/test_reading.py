"""Alpaca's answers: orders, refusals, books, executions, events; what is odd is said to be odd."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from engine.brokers.alpaca.activities import read_ends
from engine.brokers.alpaca.dialect import FILLS_A_PAGE, ORDERS_A_PAGE, AlpacaDialect
from engine.brokers.alpaca.events import parse, trade_updates
from engine.brokers.alpaca.hosts import HOSTS
from engine.brokers.alpaca.reading import seconds_of, share_view, state_of
from engine.brokers.dialect import DialectError
from engine.brokers.following.order_view import ENDS, ViewState
from engine.brokers.http.call import Answer
from engine.brokers.http.outcome import Outcome, of_cancel, of_submit
from engine.brokers.protocol import UnreadPosition
from engine.brokers.stream.spec import AskAbout, Heard, TurnedAway, Welcome
from tests.support.vendor_descriptions import TRADING, description

DIALECT = AlpacaDialect()


def leg(name: str, symbol: str, side: str, filled: str, average: str | None) -> dict[str, Any]:
    return {
        "id": name, "symbol": symbol, "side": side, "ratio_qty": "1", "qty": "2",
        "filled_qty": filled, "filled_avg_price": average, "asset_class": "us_option",
    }  # fmt: skip


def order(**changes: Any) -> dict[str, Any]:
    return {
        "id": "83f37e9f", "client_order_id": "PA-1", "status": "partially_filled", "qty": "2",
        "filled_qty": "1", "filled_avg_price": "7.77", "order_class": "mleg", "symbol": "",
        "side": "", "updated_at": "2024-12-10T16:15:53.725139688Z",
        "legs": [
            leg("leg-1", "SPY270115C00600000", "buy", "1", "2.95"),
            leg("leg-2", "SPY270115C00605000", "sell", "1", "1.86"),
        ],
        **changes,
    }  # fmt: skip


def test_an_order_is_told_by_its_legs_and_never_by_the_parent_s_average() -> None:
    view = DIALECT.taken(order())
    assert view is not None
    assert (view.client_id, view.broker_id, view.state) == ("PA-1", "83f37e9f", ViewState.WORKING)
    assert view.aliases == ("leg-1", "leg-2")
    assert view.at_s == pytest.approx(1733847353.725139)
    assert [(each.side, each.total.filled, each.total.paid_c) for each in view.legs or ()] == [
        ("buy", 1, 295),
        ("sell", 1, 186),
    ]


def test_an_order_without_its_legs_tells_no_counts() -> None:
    changes: list[dict[str, Any]] = [{"legs": None}, {"legs": []}, {"order_class": "simple"}]
    for change in changes:
        view = DIALECT.taken(order(**change))
        assert view is not None
        assert view.legs is None


def test_a_leg_of_several_contracts_a_combination_is_no_order_that_can_be_followed() -> None:
    body = order()
    body["legs"][1]["ratio_qty"] = "2"
    with pytest.raises(DialectError, match="more than one contract a combination"):
        DIALECT.taken(body)


def test_the_vendor_s_own_example_is_read() -> None:
    parts = description(TRADING)["components"]
    body = parts["examples"]["MultilegOptionsOrderResponse"]["value"]
    with pytest.raises(DialectError, match="more than one contract a combination"):
        DIALECT.taken(body)
    body["legs"][0] |= {"ratio_qty": "1", "qty": "1", "filled_qty": "1"}
    view = DIALECT.taken(body)
    assert view is not None
    assert view.state is ViewState.FILLED
    assert [each.total.paid_c for each in view.legs or ()] == [43, 1]
    documented = parts["schemas"]["OrderStatus"]["enum"]
    assert [word for word in documented if state_of(word) is ViewState.UNKNOWN] == []


def test_an_undocumented_word_is_an_order_that_may_execute() -> None:
    assert state_of("resting_elsewhere") is ViewState.UNKNOWN
    assert ViewState.UNKNOWN not in ENDS
    for word in ("canceled", "expired", "rejected", "replaced", "filled"):
        assert state_of(word) in (*ENDS, ViewState.FILLED)
    for word in ("done_for_day", "calculated", "stopped", "held", "pending_cancel"):
        assert state_of(word) not in (*ENDS, ViewState.FILLED)


@pytest.mark.parametrize(
    "change",
    [
        {"status": None}, {"updated_at": "soon"}, {"updated_at": "2024-12-10T16:15:53"},
        {"legs": [7]}, {"legs": [leg("1", "SPY", "buy", "1", "1")]},
        {"legs": [leg("1", "SPY270115C00600000", "hold", "1", "1")]},
        {"legs": [leg("1", "SPY270115C00600000", "buy", "-1", "1")]},
        {"legs": [leg("1", "SPY270115C00600000", "buy", "1", "NaN")]},
    ],
)  # fmt: skip
def test_an_order_in_another_form_is_unknown_and_not_taken(change):
    with pytest.raises(DialectError):
        DIALECT.taken(order(**change))
    assert of_submit(Answer(200, order(**change)), DIALECT).outcome is Outcome.UNKNOWN


OUTCOMES = [
    (200, order(), Outcome.TAKEN),
    (422, {"code": 40010001, "message": "client_order_id must be unique"}, Outcome.USED_BEFORE),
    (422, {"code": 42210000, "message": "invalid legs"}, Outcome.REFUSED),
    (403, {"code": 40310000, "message": "insufficient options buying power"}, Outcome.REFUSED),
    (403, {"message": "forbidden."}, Outcome.NOT_SENT),
    (401, {"code": 40110000, "message": "access key verification failed"}, Outcome.NOT_SENT),
    (429, {"code": 42910000, "message": "rate limit exceeded"}, Outcome.THROTTLED),
    (500, {"code": 50010000, "message": "internal"}, Outcome.UNKNOWN),
    (422, {"message": "odd"}, Outcome.UNKNOWN),
    (200, {}, Outcome.UNKNOWN),
    (200, [], Outcome.UNKNOWN),
]


@pytest.mark.parametrize(("status", "body", "outcome"), OUTCOMES)
def test_what_an_answer_to_an_order_means(status, body, outcome):
    assert of_submit(Answer(status, body), DIALECT).outcome is outcome


def test_what_an_answer_to_a_cancel_means() -> None:
    late = {"code": 42210000, "message": 'order is already in "filled" state'}
    assert of_cancel(Answer(204, None), DIALECT).outcome is Outcome.TAKEN
    told = of_cancel(Answer(422, late), DIALECT)
    assert (told.outcome, told.reason) == (
        Outcome.TOO_LATE,
        'order is already in "filled" state (42210000)',
    )
    assert of_cancel(Answer(404, {"code": 40410000}), DIALECT).outcome is Outcome.ABSENT


def test_open_orders_are_ours_and_others_with_their_contracts() -> None:
    share = {"id": "s", "client_order_id": "theirs", "symbol": "AAPL", "qty": "0.5", "side": "buy"}
    single = leg("o", "SPY270115P00590000", "sell", "0", None) | {"client_order_id": "other"}
    page = DIALECT.read_open_orders([order(), share, single])
    assert page.token is None
    assert [(r.client_order_id, r.quantity, r.filled, len(r.legs)) for r in page.rows] == [
        ("PA-1", 2, 1, 2),
        ("theirs", 0, 0, 0),
        ("other", 2, 0, 1),
    ]
    assert [each.quantity for each in page.rows[0].legs] == [1, -1]
    assert page.rows[2].legs[0].quantity == -2
    full = DIALECT.read_open_orders([order()] * ORDERS_A_PAGE)
    assert full.token == "83f37e9f"
    assert ("after_order_id", "83f37e9f") in DIALECT.open_orders(full.token).query
    first, then = (dict(DIALECT.orders_since(0.5, token).query) for token in (None, "83f37e9f"))
    assert (first["status"], first["after"]) == ("all", "1970-01-01T00:00:00Z")
    assert then["after_order_id"] == "83f37e9f" and "after" not in then


def test_positions_are_signed_whatever_sign_is_told() -> None:
    rows = [
        {"symbol": "SPY270115C00600000", "asset_class": "us_option", "qty": "-2", "side": "short"},
        {"symbol": "SPY270115C00605000", "asset_class": "us_option", "qty": "2", "side": "short"},
        {"symbol": "SPY", "asset_class": "us_equity", "qty": "100", "side": "long"},
        {"symbol": "AAPL", "asset_class": "us_equity", "qty": "0.5", "side": "long"},
        {"symbol": "BTCUSD", "asset_class": "crypto", "qty": "1.5", "side": "long"},
    ]
    held = DIALECT.read_positions(rows)
    assert [row.quantity for row in held.contracts] == [-2, -2]
    assert [(row.symbol, row.quantity) for row in held.shares] == [("SPY", 100)]
    assert held.other == ("0.5 AAPL", "1.5 BTCUSD")
    first = rows[0]
    for odd in ({"qty": "1.5"}, {"qty": None}, {"qty": "many"}, {"side": "flat"}):
        held = DIALECT.read_positions([first | odd, *rows[1:]])
        unread = UnreadPosition("SPY", date(2027, 1, 15), "call", 600.0)
        assert held.unread == (unread,), "unknown, never none"
        assert [row.quantity for row in held.contracts] == [-2]
        assert [row.quantity for row in held.shares] == [100]
    with pytest.raises(DialectError):
        DIALECT.read_positions({})


def test_a_position_that_is_of_no_option_hides_no_other() -> None:
    rows = [
        {"symbol": "SPY270115C00600000", "asset_class": "us_option", "qty": "2", "side": "long"},
        {"symbol": "BAD OPTION", "asset_class": "us_option", "qty": "1", "side": "long"},
        {"symbol": "912797KS5", "asset_class": "us_treasury", "qty": "1000", "side": "long"},
        {"symbol": "AAPL", "asset_class": "us_equity", "qty": "1e400", "side": "long"},
        {"asset_class": "us_equity", "qty": "1", "side": "long"},
        {"symbol": "SPY"},
    ]
    held = DIALECT.read_positions(rows)
    assert [row.quantity for row in held.contracts] == [2]
    assert held.shares == ()
    assert held.other[:2] == ("1 BAD OPTION", "1000 912797KS5")
    assert (len(held.other), held.unread_shares) == (4, ("AAPL",))


@pytest.mark.parametrize("odd", [{"qty": None}, {"qty": ""}, {"qty": "many"}, {"side": "flat"}])
def test_shares_that_do_not_say_how_many_are_unknown_and_a_fraction_is_another_s(
    odd: dict[str, Any],
) -> None:
    row = {"symbol": "BRK.B", "asset_class": "us_equity", "qty": "100", "side": "long"}
    held = DIALECT.read_positions([row | odd, row | {"symbol": "AAPL"}])
    assert (held.unread_shares, held.other) == (("BRK.B",), ())
    assert [each.symbol for each in held.shares] == ["AAPL"]
    assert DIALECT.read_positions([row | {"qty": "100.5"}]).other == ("100.5 BRK.B",)


ACCOUNT = {
    "account_number": "PA3ABCD4821", "status": "ACTIVE", "currency": "USD", "equity": "103820.56",
    "options_buying_power": "40340.185", "options_trading_level": 3, "trading_blocked": False,
    "account_blocked": False, "trade_suspended_by_user": False,
}  # fmt: skip


def test_the_account_is_told_in_cents_and_by_its_tail() -> None:
    told = DIALECT.read_account(ACCOUNT, 7.0)
    assert (told.tail, told.equity_c, told.buying_power_c) == ("4821", 10382056, 4034018)
    assert (told.option_level, told.blocked, told.as_of_s) == (3, (), 7.0)
    assert DIALECT.account_number(ACCOUNT) == "PA3ABCD4821"
    barred = DIALECT.read_account(
        ACCOUNT | {"status": "ACCOUNT_CLOSED", "trading_blocked": True, "equity": None}, 7.0
    )
    assert barred.blocked == ("trading blocked", "account is ACCOUNT_CLOSED")
    assert barred.equity_c is None
    for level, approved, words in ((2, 2, "has 2: ask for it"), (2, 3, "raise 2 in its settings")):
        levels = {"options_trading_level": level, "options_approved_level": approved}
        low = DIALECT.read_account(ACCOUNT | levels, 7.0)
        assert low.option_level == level and len(low.blocked[0]) <= 80
        assert low.blocked[0].startswith("spreads need option level 3") and words in low.blocked[0]
    unknown = DIALECT.read_account(ACCOUNT | {"options_trading_level": None}, 7.0)
    assert (unknown.option_level, unknown.blocked) == (None, ())
    del (unsaid := dict(ACCOUNT))["account_blocked"]
    assert DIALECT.read_account(unsaid, 7.0).blocked == ("account blocked",)


def test_executions_are_those_of_options_page_by_page() -> None:
    row = {
        "id": "2022::1", "order_id": "leg-1", "symbol": "SPY270115C00600000", "side": "buy",
        "qty": "2", "price": "2.95", "transaction_time": "2022-02-02T18:55:09.981482Z",
    }  # fmt: skip
    page = DIALECT.read_fills([row, row | {"symbol": "SPY", "qty": "0.5"}])
    (fill,) = page.rows
    assert (fill.name, fill.broker_id, fill.quantity, fill.price_c) == ("2022::1", "leg-1", 2, 295)
    assert page.token is None
    full = DIALECT.read_fills([row] * FILLS_A_PAGE)
    assert full.token == "2022::1"
    assert ("page_token", "2022::1") in DIALECT.fills("", full.token).query
    first = dict(DIALECT.fills("", None).query)
    assert (first["direction"], int(first["page_size"])) == ("desc", FILLS_A_PAGE - 1)


def test_one_odd_execution_is_told_and_the_others_are_taken() -> None:
    row = {
        "id": "2022::1", "order_id": "leg-1", "symbol": "SPY270115C00600000", "side": "buy",
        "qty": "2", "price": "2.95", "transaction_time": "2022-02-02T18:55:09.981482Z",
    }  # fmt: skip
    for odd in ({"symbol": "SPY27011XC00600000"}, {"price": None}, {"side": "?"}, {"qty": "x"}, {"qty": None},
                {"transaction_time": "now"}, {"order_id": ""}, {"symbol": 7},
                {"symbol": "912797KS5"}):  # fmt: skip
        page = DIALECT.read_fills([row, row | {"id": "2022::2"} | odd, row | {"id": "2022::3"}])
        assert [fill.name for fill in page.rows] == ["2022::1", "2022::3"]
        (told,) = page.odd
        assert (told.name, told.broker_id) == ("2022::2", odd.get("order_id", "leg-1"))
        assert told.is_option == ("symbol" not in odd), "a bond has a number and no OCC symbol"
    with pytest.raises(DialectError):
        DIALECT.read_fills({"rows": []})


def frame(stream: str, **data: Any) -> str:
    return json.dumps({"stream": stream, "data": data})


def test_events_name_orders_and_tell_them_where_they_have_their_legs() -> None:
    assert parse(frame("authorization", status="authorized")) == ()
    assert parse(frame("listening", streams=["trade_updates"]).encode()) == (Welcome(),)
    (heard,) = parse(frame("trade_updates", event="fill", order=order()))
    assert isinstance(heard, Heard)
    assert heard.view.aliases == ("leg-1", "leg-2")
    assert parse(frame("trade_updates", event="fill", order=order(legs=None))) == (
        AskAbout("83f37e9f"),
    )
    assert parse(frame("trade_updates", event="trade_bust", order=order())) == (
        AskAbout("83f37e9f", replaces=True),
    )
    assert parse(frame("authorization", status="unauthorized")) == (TurnedAway("unauthorized"),)
    assert isinstance(parse(frame("listening", streams=[]))[0], TurnedAway)
    for odd in ("{", "[]", frame("news"), frame("trade_updates"), '{"stream": "listening"}'):
        with pytest.raises(ValueError, match=r".+"):
            parse(odd)


def test_the_stream_begins_with_the_keys_and_they_are_not_shown() -> None:
    spec = trade_updates(HOSTS["PAPER"].stream, lambda: ("canary-key", "canary-secret"))
    login, listen = spec.hello()
    assert json.loads(login)["data"] == {"key_id": "canary-key", "secret_key": "canary-secret"}
    assert json.loads(listen)["data"]["streams"] == ["trade_updates"]
    assert spec.url.startswith("wss://paper-api.")
    assert "canary" not in repr(spec)


def test_a_moment_has_nanoseconds_and_a_zone() -> None:
    assert seconds_of("1970-01-01T00:00:01.500000001Z") == 1.5
    assert seconds_of("1970-01-01T01:00:00+01:00") == 0.0


@pytest.mark.parametrize("untold", [None, "", "missing"])
def test_a_leg_that_does_not_say_how_many_is_open_on_its_side(untold: str | None) -> None:
    single = leg("o", "SPY270115P00590000", "sell", "0", None) | {"client_order_id": "other"}
    for name, open_now in (("qty", -1), ("filled_qty", -2)):
        row = {key: value for key, value in single.items() if key != name}
        if untold != "missing":
            row[name] = untold
        (told,) = DIALECT.read_open_orders([row]).rows
        assert [each.quantity for each in told.legs] == [open_now]


@pytest.mark.parametrize("untold", [None, "", "missing"])
@pytest.mark.parametrize(
    ("told", "counts"), [("0", [0, 0]), ("1", None), (None, None), ("", None), ("x", None)]
)
def test_a_leg_that_does_not_say_what_executed_has_executed_nothing_only_where_the_order_did(
    untold: str | None, told: str | None, counts: list[int] | None
) -> None:
    legs = order()["legs"]
    for each in legs:
        each |= {"filled_qty": "0", "filled_avg_price": None}
    legs[1]["filled_qty"] = untold
    if untold == "missing":
        del legs[1]["filled_qty"]
    view = DIALECT.taken(order(status="canceled", filled_qty=told, legs=legs))
    assert view is not None and view.aliases == ("leg-1", "leg-2")
    assert (None if view.legs is None else [each.total.filled for each in view.legs]) == counts


def test_an_order_of_shares_that_does_not_say_what_executed_is_not_taken_for_unfilled() -> None:
    row = {"id": "b", "client_order_id": "SH-1", "status": "canceled", "filled_qty": "3"}
    row["filled_avg_price"] = "600.25"
    assert share_view(row).filled == 3
    with pytest.raises(DialectError, match="filled_qty"):
        share_view(row | {"filled_qty": None})


def test_an_assignment_whose_shares_are_not_counted_is_named_and_not_booked() -> None:
    end = {
        "id": "e", "activity_type": "OPASN", "date": "2026-11-27", "group_id": "g",
        "symbol": "SPY270115P00590000", "qty": "1", "net_amount": "0",
    }  # fmt: skip
    shares = {"id": "t", "activity_type": "OPTRD", "date": "2026-11-27", "group_id": "g"}
    shares |= {"symbol": "SPY", "qty": "100", "net_amount": "-59000"}
    events, odd = read_ends([end, shares])
    assert [each.shares for each in events] == [100] and not odd
    events, odd = read_ends([end, shares | {"qty": None}])
    assert not events and len(odd) == 1 and "qty" in odd[0]
    words: tuple[Any, ...] = ([], {}, None, 7)
    for word in words:
        events, odd = read_ends([end, shares, end | {"id": "x", "activity_type": word}])
        assert len(events) == 1 and len(odd) == 1, "one odd row hides no other"


def test_coins_and_shares_with_long_symbols_are_no_options() -> None:
    """A holder of coins trades options like anybody else."""
    fill = {
        "id": "2026::1", "activity_type": "FILL", "symbol": "AAVE/USDT", "order_id": "o",
        "transaction_time": "2026-11-27T15:00:00Z", "side": "buy", "qty": "0.5", "price": "100.5",
    }  # fmt: skip
    option = fill | {"symbol": "AAPL270115C00150000", "qty": "1"}
    page = DIALECT.read_fills([fill, option])
    assert (len(page.rows), page.odd) == (1, ())
    order = {
        "id": "b", "client_order_id": "c", "symbol": "AAVE/USDT", "side": "buy",
        "asset_class": "crypto", "qty": "0.5", "filled_qty": "0.25",
    }  # fmt: skip
    (told,) = DIALECT.read_open_orders([order]).rows
    assert (told.quantity, told.legs) == (0, ())
    for odd in ("many", "NaN", [1]):
        with pytest.raises(DialectError, match="qty"):
            DIALECT.read_open_orders([order | {"qty": odd}])


def test_a_contract_on_an_index_is_held_whatever_class_it_is_told_with() -> None:
    rows = [
        {"symbol": "SPXW270115P05900000", "asset_class": kind, "qty": "3", "side": "long"}
        for kind in ("us_option", "us_index")
    ]
    rows.append({"symbol": "SPX", "asset_class": "us_index", "qty": "1", "side": "long"})
    held = DIALECT.read_positions(rows)
    assert [(row.symbol, row.right, row.strike, row.quantity) for row in held.contracts] == [
        ("SPXW", "put", 5900.0, 3)
    ] * 2
    assert held.other == ("1 SPX",)
