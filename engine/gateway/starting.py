"""Starts a gateway: keys, account, what was missed, what was left open; only then the socket."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from engine.brokers.alpaca.hosts import HOSTS, Hosts
from engine.brokers.http.network import MissingPackageError
from engine.brokers.http.redaction import Redactor
from engine.brokers.http.secrets import Credentials, Keyring, SecretsError, system_keyring
from engine.brokers.remote.facts import Caps, SessionFacts
from engine.config import ConfigError, DeskConfig
from engine.config.broker import tail_of
from engine.gateway.alpaca import AlpacaConnection, wires_through
from engine.gateway.books import AccountBooks, BooksError
from engine.gateway.extra import refuse_without_packages
from engine.gateway.fills import FillReplay
from engine.gateway.hosted import HostedOrders
from engine.gateway.journal import GatewayJournal, JournalError
from engine.gateway.keys import account_number, keys_of, new_keys_text
from engine.gateway.links import health_of_links
from engine.gateway.new_keys import NewKeys
from engine.gateway.parts import AccountParts
from engine.gateway.place import (
    SOCKET,
    OtherAccountError,
    account_folder,
    gateway_command,
    keep_account,
    raw_folder,
)
from engine.gateway.raw_answers import RawAnswers
from engine.gateway.raw_files import RawFiles
from engine.gateway.refusals import refuse_mode, refuse_real_money
from engine.gateway.rescue import BooksApart, prefixes_of_ours, put_aside
from engine.gateway.running import Gateway
from engine.gateway.server import GatewayServer
from engine.gateway.troubles import Troubles
from engine.gateway.turns import Turns
from engine.market.clock import SessionClock, SystemClock, WaitingClock
from engine.orders.ids import prefix_of
from engine.run_folder.ending import STOPPED, is_stopped, mark_started, mark_stopped
from engine.run_folder.errors import JournalError as UnusableError
from engine.run_folder.installation import installation_id
from engine.run_folder.lock import FILE as LOCK
from engine.run_folder.lock import StateLock
from engine.run_folder.paths import mode_folder, run_stem
from engine.run_folder.process_log import opened_log


def open_gateway(
    config: DeskConfig,
    *,
    cancel_only: bool = False,
    again: bool = False,
    environment: Mapping[str, str] | None = None,
    hosts: Hosts | None = None,
    keyring: Callable[[], Keyring | None] = system_keyring,
    clock: WaitingClock | None = None,
) -> Gateway:
    """Open the gateway of the configured account.

    Executions since the cursor are replayed, and every order without an end is looked up, before
    the socket opens.

    Args:
        config: mode PAPER or LIVE, broker and account.
        cancel_only: whether no order and no desk is taken.
        again: whether a desk starts it in place of one that died; refused where a person stopped
            that one.
        environment: of the process; None reads its own.
        hosts: where the broker is; None for its own addresses.
        keyring: the machine's.
        clock: real time.

    Raises:
        ConfigError: the settings, the keys or the account are not what a gateway needs.
        JournalError: the account's folder cannot be used, or another gateway holds it.
        LinkError: the broker does not answer.
    """
    refuse_mode(config)
    refuse_without_packages(config.broker.name)
    if not cancel_only:  # what only cancels is needed whatever the settings have become
        refuse_real_money(config)
    clock = clock or SystemClock()
    folder = account_folder(config)
    with ExitStack() as undo:
        lock = _locked(folder, cancel_only=cancel_only)
        undo.callback(lock.release)
        if again and is_stopped(folder):
            raise ConfigError("a person stopped the gateway; `legdesk gateway` starts it")
        if not again and not cancel_only:
            _take_back_stop(folder, undo)
        try:
            told = os.environ if environment is None else environment

            def stored() -> Credentials:
                return keys_of(config, told, keyring())

            keys, at = stored(), hosts or HOSTS[config.mode]
            gateway = _put_together(config, folder, keys, stored, at, clock, undo, cancel_only)
        except (SecretsError, MissingPackageError, JournalError) as error:
            raise ConfigError(str(error)) from None
        undo.pop_all()
        return gateway


def _locked(folder: Path, *, cancel_only: bool) -> StateLock:
    """The account's lock; what only cancels puts aside what is no lock that anybody could hold.

    Raises:
        JournalError: another gateway holds it, or there can be none.
    """
    try:
        return StateLock(folder, "gateway")
    except UnusableError as error:
        if not cancel_only or error.code != "denied" or not put_aside(folder / LOCK):
            raise
        return StateLock(folder, "gateway")


def _take_back_stop(folder: Path, undo: ExitStack) -> None:
    """A person starts what a person had stopped; whoever stops it from now on is heeded.

    Where it does not start, it counts as stopped as before.

    Raises:
        JournalError: "place", where the mark cannot be taken away.
    """
    if is_stopped(folder):
        try:
            mark_started(folder)
        except OSError as error:
            raise UnusableError(
                "place", f"{folder / STOPPED} cannot be removed: {error.strerror or error}"
            ) from None
        undo.callback(mark_stopped, folder, "it did not start again")


def _put_together(
    config: DeskConfig,
    folder: Path,
    keys: Credentials,
    stored: Callable[[], Credentials],
    hosts: Hosts,
    clock: WaitingClock,
    undo: ExitStack,
    cancel_only: bool,
) -> Gateway:
    broker = config.broker
    connection = AlpacaConnection(
        hosts,
        keys,
        broker.feed,
        broker.max_calls_per_min,
        clock,
        random.Random(),
        wires_through(broker.proxy, clock),
    )
    undo.callback(connection.close)
    number = account_number(config, connection)
    if not cancel_only:
        connection.feed.try_feed()
    redactor = connection.redactor
    redactor.hide_account(number)
    troubles = Troubles(clock, partial(_log, folder, redactor, clock), redactor)
    if broker.keep_raw:
        files = RawFiles(raw_folder(config), clock.epoch_s())
        raw = RawAnswers(files, redactor, clock, troubles.tell)
        undo.callback(raw.close)
        connection.tell(raw)
    hosted = HostedOrders(run_stem(config.account), clock.epoch_s(), cancel_only=cancel_only)
    socket = folder / SOCKET
    apart = BooksApart(undo, troubles.tell if cancel_only else None)
    kept = folder
    try:
        keep_account(folder, tail_of(number))
        journal = GatewayJournal(folder)
    except OtherAccountError:  # none of our orders is there, and that must not pass for their end
        raise
    except (ConfigError, JournalError) as error:
        folder = apart.from_damage(error)
        journal = GatewayJournal(folder)
    session = SessionClock(clock.now_s(), clock.epoch_s(), 1.0, clock)
    parts = AccountParts(
        config,
        folder,
        connection,
        journal,
        hosted,
        troubles,
        clock,
        session,
        gateway_command(config),
    )
    if cancel_only:
        ours = prefixes_of_ours(mode_folder(config.state_dir, config.mode), config.mode, kept)
        if not ours:
            troubles.tell(
                "JOURNAL", "nothing tells by which ids this installation's orders are known"
            )
        parts.orders.answer_for(*ours)
    prefix = "" if cancel_only else _prefix(config)
    try:
        shares = parts.share_orders(folder, prefix)
    except JournalError as error:
        shares = parts.share_orders(apart.from_damage(error), prefix)
    try:
        _catch_up(config, parts.fills, parts.books)
    except ConfigError as error:
        if not cancel_only:
            raise
        troubles.tell("BOOKS", str(error))  # orders can be cancelled all the same
    parts.look_first()
    shares.look()
    if cancel_only and socket.is_dir():
        put_aside(socket)
    turns = Turns(clock, troubles.tell)
    facts = SessionFacts(
        broker.name,
        config.mode,
        tail_of(number),
        connection.feed_name,
        connection.feed_quality,
        Caps(accounts=True, only_cancels=cancel_only, busts=True),
        session,
    )
    try:
        server = GatewayServer(
            socket,
            facts,
            parts.orders,
            parts.books,
            journal,
            connection.feed,
            hosted,
            shares,
            lambda: health_of_links(
                connection.orders,
                connection.data,
                connection.governor,
                connection.offset,
                troubles,
                connection.feed_quality,
                new_keys_text(config),
                connection.stream,
                session,
                well=turns.well,
            ),
            clock,
            cancel_only=cancel_only,
        )
    except OSError as error:
        raise UnusableError(
            "place",
            f"{socket} cannot be made: {error.strerror or error}; free the disk, or remove what "
            "is in its place",
        ) from None
    undo.callback(server.close)
    new_keys = NewKeys(connection, number, stored, troubles.hold, clock)
    return Gateway(
        server,
        connection,
        parts,
        shares,
        turns,
        clock,
        undo.pop_all(),
        new_keys.look,
    )


def _prefix(config: DeskConfig) -> str:
    """With which the ids of this installation's orders begin; "" where that cannot be read."""
    try:
        root = mode_folder(config.state_dir, config.mode)
        return prefix_of(config.mode, installation_id(root))
    except UnusableError:
        return ""


def _catch_up(config: DeskConfig, fills: FillReplay, books: AccountBooks) -> None:
    """Learn what became of the account while no gateway ran.

    Raises:
        ConfigError: the broker does not say.
    """
    try:
        if not fills.read() or books.ask_account() is None:
            raise BooksError("it does not tell executions and account")
        books.orders()
        books.held()
    except BooksError as error:
        raise ConfigError(
            f"{config.broker.name} does not tell the account's books ({error}); try again"
        ) from None


def _log(folder: Path, redactor: Redactor, clock: WaitingClock, text: str) -> None:
    """Add a line to the gateway's log; where the disk takes none, the desk is told all the same."""
    at = datetime.fromtimestamp(clock.epoch_s(), UTC).isoformat(timespec="seconds")
    try:
        with opened_log(folder) as file:
            file.write(f"{at} {redactor.text(text, 400)}\n".encode())
    except OSError:
        return
