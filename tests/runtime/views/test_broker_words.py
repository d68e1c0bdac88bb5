"""An order's detail has the broker's own id and its own word for the state."""

from __future__ import annotations

from engine.orders.types import OrderReport, ReportKind
from tests.support.operator_steps import Operated
from tests.support.sample_snapshots import normal
from tui.state import ScreenState
from tui.text.glyphs import UNICODE
from tui.text.lines import text_of
from tui.viewmodel.pages import order_lines
from tui.viewmodel.view import View


def test_the_brokers_id_and_word_are_shown_beside_our_own() -> None:
    desk = Operated()
    name = desk.working_debit()
    report = OrderReport(
        ReportKind.ACK, name, desk.now_s, f"SIM.{name}", raw_state="accepted\x1b[31m"
    )
    desk.core.orders.on_report(report)
    order = next(each for each in desk.snapshot().orders if each.id == name)
    assert (order.broker_id, order.broker_state) == (f"SIM.{name}", "accepted [31m")
    shown = text_of(order_lines(order, View(normal(), ScreenState(), UNICODE))[0])
    assert name in shown and f"broker's SIM.{name}, accepted [31m there" in shown
