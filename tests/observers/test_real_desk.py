"""What a real desk publishes arrives as it was, and observers leave its run as it would be without."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import time
from pathlib import Path

from engine.commands import Ask, Command
from engine.journal.reading import export_lines, read_events
from engine.observers.client import Found, ObservedDesk
from engine.observers.codec import SnapshotDecoder, SnapshotEncoder, decoded, encoded
from engine.observers.frames import LOOKS, NAME, address
from engine.runtime.views.looks import EVERY
from engine.snapshot import EngineSnapshot, Look, LookKind, LookState
from tests.observers.test_lookers import HOSTILE
from tests.support.desks import on_publish, places_of, simulated


def test_every_snapshot_of_a_desk_arrives_as_it_was(tmp_path: Path) -> None:
    """Over all that a snapshot can carry: a trader's detail, positions, whole lists."""
    desk = simulated(until=time(9, 42), run_dir=tmp_path)
    seen: list[EngineSnapshot] = []
    on_publish(desk, seen.append)
    trader = next(iter(desk.executor.traders))
    executor = desk.executor
    looks = iter((trader, "list:orders,pairs,alarms,events", "order:x", trader, "list:pairs"))
    wanted: list[Look] = []
    executor.snapshots.tell_observed(lambda: (True, tuple(wanted)))

    def look(done: float) -> None:
        if round(done * 100) % 10 == 5:
            executor.snapshots.watch(next(looks, "positions"))
            executor.publisher.publish()
            orders, pairs = executor.context.state.orders.known, executor.publisher.latest.positions
            wanted[:] = [
                Look(LookKind.TRADER, trader),
                Look(LookKind.POSITIONS),
                *(Look(LookKind.PAYOFF, pair.key) for pair in (pairs.pairs[:2] if pairs else ())),
                *(Look(LookKind.ORDER, order) for order in list(orders)[-2:]),
                *(Look(LookKind.LIST, name) for name in ("pairs", "contracts", "orders@changed")),
            ]
            for _ in range(EVERY):
                executor.publisher.publish()

    desk.run_to_end(look)
    assert any(each.detail for each in seen) and any(each.pages for each in seen)
    formed = [look for each in seen for look in each.looks if look.state is LookState.SHOWN]
    assert {look.look.kind for look in formed} == set(LookKind)
    assert any(look.story and look.story.lines for look in formed)
    assert any(look.payoff and look.payoff.curve[0] for look in formed)
    names = {"orders", "events", "alarms", "pairs", "contracts"}
    assert {page.name for each in seen for page in each.looked_pages} == names
    assert any(each.positions and each.positions.pairs for each in seen) and seen[-1].totals.fills
    encoder, decoder = SnapshotEncoder(), SnapshotDecoder()
    for number, snapshot in enumerate(seen):
        encoder.take(snapshot, 0.0)
        sent = replace(snapshot, pages=())  # of the desk's own screen
        assert decoder.take(encoder.change() if number else encoder.whole()) == sent
    assert decoded(encoded(seen[-1])) == replace(seen[-1], pages=())


def test_a_desk_on_disk_is_observed_to_its_end_and_sends_no_request(tmp_path: Path) -> None:
    desk = simulated(until=time(9, 33), run_dir=tmp_path, speed=1.0)
    folder = places_of(desk).folder
    observed = ObservedDesk(lambda before: Found(folder), "")
    observed.start()
    desk.start()
    assert observed.wait(60)
    turn = threading.Event()
    while not observed.snapshot().traders:
        turn.wait(0.02)
    while {page.name for page in observed.snapshot().pages} < {"alarms", "events"}:
        turn.wait(0.02)  # nobody has asked for them
    assert observed.settings["mode"] == "SIM" and "state_dir" not in observed.settings
    for ask in Ask:
        observed.submit(Command(ask))
    seen = observed.snapshot()
    assert seen.run == desk.snapshot().run and seen.mode == "SIM" and seen.traders
    assert not desk.snapshot().tickets
    desk.stop()
    observed.stop()
    assert not (folder / NAME).exists()


def test_nonsense_leaves_a_real_desk_as_it_was_and_looks_come_while_its_time_rests(
    tmp_path: Path,
) -> None:
    desk = simulated(until=time(9, 45), run_dir=tmp_path, speed=1.0)
    folder, turn = places_of(desk).folder, threading.Event()
    observed = ObservedDesk(lambda before: Found(folder), "")
    observed.start()
    desk.start()
    assert observed.wait(60)
    for said in HOSTILE.values():
        with socket.socket(socket.AF_UNIX) as opened, address(folder, LOOKS) as place:
            opened.settimeout(60)
            opened.connect(place)
            with suppress(OSError):
                opened.sendall(said)
                assert opened.recv(1) == b""
    assert desk.observers is not None and desk.observers.trouble == ""
    desk.submit(Command(Ask.PAUSE_TIME))
    while not observed.snapshot().time_paused:
        turn.wait(0.02)
    trader = list(desk.executor.traders)[-1]
    observed.submit(Command(Ask.WATCH, trader))
    while (detail := observed.snapshot().detail) is None:
        turn.wait(0.02)
    assert detail.key == trader and desk.snapshot().detail is None
    assert [ticket.ask for ticket in desk.snapshot().tickets] == [Ask.PAUSE_TIME]
    observed.stop()
    while desk.observers.looked_at() != (False, ()):
        turn.wait(0.02)
    desk.stop()
    rows = list(export_lines(read_events(places_of(desk).journal)))
    assert rows and not [row for row in rows if '"OperatorActed"' in row and "drain" not in row]


def test_a_desk_whose_folder_takes_no_socket_runs_and_says_so(tmp_path: Path, monkeypatch) -> None:
    def denied(*given: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("engine.observers.server.ObserverServer", denied)
    desk = simulated(until=time(9, 31), run_dir=tmp_path)
    assert desk.observers is None
    assert desk.remarks == ("`legdesk observe` cannot look at this run: Permission denied",)
    desk.run_to_end()


def test_a_desk_in_memory_is_observed_by_nobody() -> None:
    assert simulated().observers is None


def test_an_observer_of_a_snapshot_is_said_by_the_observer_alone() -> None:
    desk = simulated()
    snapshot = desk.snapshot()
    assert snapshot.observer is None and not snapshot.read_only
    assert replace(decoded(encoded(snapshot)), observer=None) == snapshot
