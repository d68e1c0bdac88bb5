"""A snapshot that was sent is the one that is received; what is not one is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from engine.observers.codec import (
    CodecError,
    SnapshotDecoder,
    SnapshotEncoder,
    decoded,
    encoded,
)
from engine.observers.parts import NOT_SENT, PAGED, kinds, shape
from engine.snapshot import EngineSnapshot, HeldLegView, ListPage, PairView
from tests.support import sample_snapshots as samples
from tests.support.held_positions import positions

SAMPLES = {
    name: getattr(samples, name)()
    for name in (
        "normal", "paused", "troubled", "killed", "live", "unarmed", "baseline", "paper", "first_start", "warming",
        "open_units", "trying",
    )
}  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
def test_a_snapshot_comes_as_it_was(name: str) -> None:
    assert decoded(encoded(SAMPLES[name])) == SAMPLES[name]


names = st.text(st.characters(codec="utf-8"), max_size=8)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False), names
)
PLAIN: dict[object, st.SearchStrategy[object]] = {
    bool: st.booleans(), int: st.integers(), float: st.floats(allow_nan=False), str: names, date: st.dates(),
    type(None): st.none(), Any: scalars,
}  # fmt: skip


def of(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a type that a snapshot has; a setting's value is any single one."""
    inside = get_args(hint)
    if hint in PLAIN:
        return PLAIN[hint]
    if get_origin(hint) is tuple and inside[1:] == (...,):
        return st.lists(of(inside[0]), max_size=2).map(tuple)
    if get_origin(hint) is tuple:
        return st.tuples(*map(of, inside))
    if get_origin(hint) is Mapping:
        return st.dictionaries(of(inside[0]), of(inside[1]), max_size=3)
    if inside:
        return st.one_of(*map(of, inside))
    if issubclass(hint, Enum):
        return st.sampled_from(hint)
    return st.deferred(
        lambda: st.builds(hint, **{k: of(v) for k, v in get_type_hints(hint).items()})
    )


BARE = replace(SAMPLES["normal"], **{name: () for name, kind in kinds().items() if kind.rows})
PAIR = PairView(
    "SPY 2026-12-04/3", "SPY 2026-12-04", 3, "SPY", date(2026, 12, 4), 5, "call", "C", "600/605", "605/610", 2, 2, 120,
    None, -3, 104, None, "", None, True, 0, ("early",), (HeldLegView(2, "C", 600.0, None, 1.25),), ("10:00 D",), 1.5,
)  # fmt: skip

HINTS = get_type_hints(EngineSnapshot)
plain = sorted(kinds().keys() - {"looked_pages"})


@given(st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_part_comes_as_it_was(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(plain))
    snapshot = replace(BARE, **{name: data.draw(of(HINTS[name]))})
    assert decoded(encoded(snapshot)) == snapshot


@pytest.mark.parametrize("name", PAGED)
def test_pages_of_every_list_come_as_they_were(name: str) -> None:
    normal, troubled = SAMPLES["normal"], SAMPLES["troubled"]
    rows = {
        "orders": normal.orders, "alarms": troubled.alarms, "events": normal.events, "pairs": (PAIR,),
        "contracts": positions().contracts,
    }[name]  # fmt: skip
    assert rows
    page = ListPage(7, name, "SPY 2026-12-04/3", 300, 812, 1.5, rows)
    snapshot = replace(normal, looked_pages=(page, replace(page, serial=8, rows=())))
    assert decoded(encoded(snapshot)) == snapshot


def test_every_field_of_a_snapshot_is_sent() -> None:
    assert kinds().keys() | NOT_SENT == {each.name for each in fields(EngineSnapshot)}


# ---------------------------------------------------------------------- changes


@given(st.lists(st.sampled_from(sorted(SAMPLES)), min_size=1, max_size=4), st.data())
@settings(max_examples=12, deadline=None)
def test_changes_lead_to_the_same_snapshots_as_whole_frames(
    order: list[str], data: st.DataObject
) -> None:
    encoder, every, seldom = SnapshotEncoder(), SnapshotDecoder(), SnapshotDecoder()
    for version, name in enumerate(order):
        snapshot = replace(SAMPLES[name], version=version)
        traders = data.draw(st.permutations(snapshot.traders))[: data.draw(st.integers(0, 9))]
        snapshot = replace(snapshot, traders=tuple(traders))
        encoder.take(snapshot, float(version))
        assert every.take(encoder.change() if version else encoder.whole()) == snapshot
        assert every.made_s == version
        if data.draw(st.booleans()):  # one that missed some of them
            assert seldom.take(encoder.whole()) == snapshot


def test_what_did_not_change_is_not_sent_and_stays_the_same_object() -> None:
    encoder, decoder = SnapshotEncoder(), SnapshotDecoder()
    first = samples.many(100)
    encoder.take(first, 0.0)
    one = decoder.take(encoder.whole())
    moved = replace(first.traders[7], attempts=first.traders[7].attempts + 1)
    traders = (*first.traders[:7], moved, *first.traders[8:])
    encoder.take(replace(first, version=2, traders=traders), 0.25)
    change = encoder.change()
    assert len(change) < len(encoder.whole()) / 50
    two = decoder.take(change)
    assert two.traders == traders
    assert two.balances is one.balances
    assert [a is b for a, b in zip(one.traders, two.traders, strict=True)].count(False) == 1


def test_rows_made_anew_with_the_same_content_are_not_sent() -> None:
    encoder = SnapshotEncoder()
    first = samples.normal()
    encoder.take(first, 0.0)
    encoder.take(replace(first, orders=tuple(replace(each) for each in first.orders)), 0.25)
    assert encoder.change().count(b"\n") == 0


def test_a_change_of_a_snapshot_that_is_not_here_is_refused() -> None:
    encoder, decoder = SnapshotEncoder(), SnapshotDecoder()
    for version in range(3):
        encoder.take(samples.normal(version=version), 0.0)
        if version == 0:
            decoder.take(encoder.whole())
    with pytest.raises(CodecError, match="the change of snapshot 1, and 0 is here"):
        decoder.take(encoder.change())


# ---------------------------------------------------------------------- hostile bytes

GOOD = encoded(SAMPLES["normal"])


@given(st.binary(max_size=200))
@example(b"")
@example(b"[1,null,0]")
@example(b"[1,null,0]\nobserver null")
@example(b"[1,null,0]\nversion [1]")
@example(b"[1,null,0]\ntraders+ [0]")
@example(b"[1,null,0]\ntraders+ [-1]")
@example(b"[1,null,0]\ntraders+ [-2]")
@example(b"[1,null,0]\ntraders+ [true]")
@example(b"[1,null,0]\ntraders [[]]")
@example(b"[1,null,0]\nspeed [1, 2]")
@example(b'[1,null,0]\nrun ["a"]\nrun [["a"]]')
@example(b'[1,null,0]\nlooked_pages+ [-1]\n[[1,"x","",0,0,0.0]]\t[[]]')
@example(b"[1,null,0]\nhealth " + b"[" * 100_000)
@example(b"[" * 100_000)
@example(b"[1,null,0]\ntraders+ " + b"[" * 100_000)
@example(b"[true,null,0]")
@example(b"[1,null,NaN]")
def test_what_is_no_frame_is_refused_in_a_sentence(frame: bytes) -> None:
    with pytest.raises(CodecError):
        decoded(frame)


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
@settings(max_examples=60, deadline=None)
def test_a_frame_with_one_byte_wrong_is_refused_or_another_snapshot(place: int, byte: int) -> None:
    assume(GOOD[place] != byte)
    try:
        decoded(GOOD[:place] + bytes([byte]) + GOOD[place + 1 :])
    except CodecError as error:
        assert len(str(error)) < 400 and "\n" not in str(error)


@given(st.integers(0, len(GOOD) - 1))
@settings(max_examples=40, deadline=None)
def test_a_frame_cut_short_is_refused(length: int) -> None:
    with pytest.raises(CodecError):
        decoded(GOOD[:length])


def test_another_shape_of_snapshot_has_another_name() -> None:
    assert len(shape()) == 16
    text = json.dumps(sorted(kinds()))
    assert "traders" in text and "observer" not in text
