"""What may be booked from a report: whole contracts at a price, of a named order, by a named trade."""

import math
from dataclasses import replace

import pytest

from engine.brokers.remote.link import LinkError
from engine.exchange.faults.garbled_reports import FORMS, HOSTILE, truncated
from engine.orders.soundness import LONGEST_REASON, clean, error_text, flaw
from engine.orders.types import OrderReport, ReportKind

FILL = OrderReport(ReportKind.FILL, "S0-1-1-1D1", 5.0, "B1", "X1", 2, 120)


def test_a_proper_report_has_no_flaw_and_stays_the_same_object():
    assert flaw(FILL) == ""
    assert clean(FILL) is FILL
    assert flaw(replace(FILL, kind=ReportKind.LEG_FILL, leg=1)) == ""
    assert flaw(replace(FILL, kind=ReportKind.CORRECTION, quantity=0)) == ""
    assert flaw(OrderReport(ReportKind.ACK, "S0-1-1-1D1", math.nan)) == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": 0},
        {"quantity": -2},
        {"quantity": True},
        {"quantity": math.nan},
        {"quantity": 10**9},
        {"price_c": -1},
        {"price_c": 1.5},
        {"price_c": math.nan},
        {"price_c": 10**12},
        {"execution_id": ""},
        {"execution_id": HOSTILE},
        {"client_order_id": ""},
        {"client_order_id": None},
        {"kind": "filled"},
        {"kind": ReportKind.LEG_FILL},
        {"kind": ReportKind.LEG_FILL, "leg": 2},
    ],
)
def test_an_execution_that_is_none_is_refused_with_a_reason(changes):
    assert flaw(replace(FILL, **changes))


@pytest.mark.parametrize("report", [None, {}, "FILLED", 7])
def test_whatever_is_no_report_is_refused(report):
    assert flaw(report)


def test_the_brokers_words_are_made_printable_and_short():
    cleaned = clean(replace(FILL, reason=HOSTILE, broker_order_id="\x1b[31m7"))
    assert cleaned.reason.isprintable() and len(cleaned.reason) <= LONGEST_REASON
    assert cleaned.broker_order_id == "[31m7"


@pytest.mark.parametrize("form", range(4))
def test_a_truncated_execution_is_never_sound(form):
    assert flaw(truncated(FILL, form))


def test_every_form_of_garbage_is_unsound_or_carries_no_execution_of_a_price_and_quantity():
    for make in FORMS:
        report = make("S0-1-1-1D1", 5.0)
        if not flaw(report):
            assert report.kind in (
                ReportKind.ACK, ReportKind.REJECTED, ReportKind.CORRECTION, ReportKind.FILL
            )  # fmt: skip
            if report.kind is ReportKind.FILL:
                assert report.client_order_id != "S0-1-1-1D1", "of an order that does not exist"


def test_an_error_of_the_engines_own_is_told_as_its_sentence_and_others_with_their_class() -> None:
    assert error_text(LinkError("the exchange does not answer")) == "the exchange does not answer"
    assert error_text(LinkError()) == "LinkError:"
    assert error_text(ConnectionError("no route")) == "ConnectionError: no route"
