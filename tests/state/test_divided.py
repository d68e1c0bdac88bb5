"""How an order's executions divide what it filled, whether its story is kept or not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.orders import events as ev
from engine.state.desk import DeskState
from engine.state.order_record import OrderRecord
from tests.support.exposure_events import A, added, intended


def told(state: DeskState, execution: str, quantity: int, price_c: int) -> None:
    fee_c = 136 * quantity
    state.apply(ev.Executed(0, A, "d", execution, quantity, price_c, fee_c, True))


def order(state: DeskState) -> OrderRecord:
    return state.orders.known["d"]


def begun(quantity: int) -> DeskState:
    state = DeskState()
    state.apply(added(A))
    state.apply(intended("d", quantity))
    return state


@given(
    st.lists(
        st.tuples(
            st.sampled_from("EFG"), st.integers(0, 3), st.sampled_from([198, 199, 200]),
            st.booleans(),
        ),
        max_size=12,
    )
)  # fmt: skip
def test_it_is_the_same_however_often_the_story_is_dropped(moves) -> None:
    state, corrections = begun(6), 0
    now: dict[str, tuple[int, int]] = {}
    for name, quantity, price_c, dropped in moves:
        was, was_c = now.get(name, (0, 0))
        if sum(q for q, _ in now.values()) - was + quantity > 6:
            continue
        if name not in now:
            if not quantity:
                continue
            told(state, name, quantity, price_c)
        else:
            corrections += 1
            if was:
                told(state, name, -was, was_c)
            if quantity:
                told(state, f"{name}~{corrections}", quantity, price_c)
        now[name] = quantity, price_c if quantity else was_c
        if dropped:
            order(state).drop_events()
        assert {n: at for n, at in order(state).divided().items() if at[0]} == {
            n: at for n, at in now.items() if at[0]
        }


@pytest.mark.parametrize("names", ["E", "EF"])
def test_it_is_not_guessed_where_more_happened_than_a_story_keeps(names: str) -> None:
    state = begun(2)
    for at_ms in range(60):
        state.apply(ev.CancelSent(at_ms, A, "d", "again"))
    for name in names:
        told(state, name, 1, 200)
    expected = {"E": (1, 200)} if names == "E" else {}
    assert order(state).divided() == expected
