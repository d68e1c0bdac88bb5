"""Keys: keyring, else an owner-only file, else the environment; shown nowhere."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from engine.brokers.http.redaction import Redactor, kept_headers
from engine.brokers.http.secrets import (
    FILE,
    Entry,
    SecretsError,
    entered,
    forget_credentials,
    read_credentials,
    store_credentials,
    system_keyring,
)

PAPER = Entry("alpaca", "PAPER", "main")
LIVE = Entry("alpaca", "LIVE", "main")
KEYS = {"key": "PKCANARY1", "secret": 'canary"2\\'}
ENVIRONMENT = {"LEGDESK_BROKER__KEY": "ENVKEY", "LEGDESK_BROKER__SECRET": "ENVSECRET"}


def vars_of(thing: object) -> dict[str, object]:
    """What a debugger or a traceback with local values would show of an object."""
    return {name: getattr(thing, name) for name in dir(thing) if not name.startswith("__")}


class Keyring:
    """A keyring in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service_name: str, username: str) -> str | None:
        if self.locked:
            raise RuntimeError("locked")
        return self.kept.get((service_name, username))

    def set_password(self, service_name: str, username: str, password: str) -> None:
        if self.locked:
            raise RuntimeError(password)
        self.kept[service_name, username] = password

    def delete_password(self, service_name: str, username: str) -> None:
        del self.kept[service_name, username]


@pytest.mark.parametrize("ring", [Keyring(), None], ids=["keyring", "file"])
def test_what_is_stored_is_read_by_its_own_mode_alone_and_forgotten(tmp_path, ring):
    where = store_credentials(PAPER, KEYS, tmp_path, ring)
    store_credentials(Entry("alpaca", "PAPER", "other"), {"token": "T"}, tmp_path, ring)
    found = read_credentials(PAPER, tmp_path, ENVIRONMENT, ring)
    assert found is not None
    assert (found.secret("key"), found.secret("secret"), found.source) == (*KEYS.values(), where)
    shown = [repr(found), str(found), f"{found}", repr([found]), repr(vars_of(found))]
    assert "CANARY" not in str(shown).upper()
    for leak in (list, dict, json.dumps):
        with pytest.raises(TypeError):
            leak(found)  # type: ignore[call-overload]
    with pytest.raises(SecretsError, match="lack `token`; log in again"):
        found.secret("token")
    live = read_credentials(LIVE, tmp_path, {}, ring)
    assert live is None
    assert forget_credentials(PAPER, tmp_path, ring) == (where,)
    assert read_credentials(PAPER, tmp_path, {}, ring) is None
    assert forget_credentials(PAPER, tmp_path, ring) == ()
    if ring is None:
        assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    else:
        assert not (tmp_path / FILE).exists()
        assert {service for service, _ in ring.kept} == {"legdesk"}


def test_the_environment_is_asked_last(tmp_path):
    found = read_credentials(PAPER, tmp_path, ENVIRONMENT, Keyring())
    assert found is not None
    assert (found.secret("key"), found.source) == ("ENVKEY", "the environment")
    assert sorted(found.plain()) == ["ENVKEY", "ENVSECRET"]


def test_a_file_that_others_can_read_is_refused(tmp_path):
    store_credentials(PAPER, KEYS, tmp_path, None)
    (tmp_path / FILE).chmod(0o640)
    with pytest.raises(SecretsError, match="chmod 600"):
        read_credentials(PAPER, tmp_path, {}, None)


@pytest.mark.parametrize(
    "text",
    ["= =", '["alpaca/paper/main"]\nkey = 7', '["alpaca/paper/main"]\npin = "1"',
     '["alpaca/paper/main"]\nkey = "a b"', '["alpaca/paper/main"]\n', "\udcff"],
)  # fmt: skip
def test_a_file_of_something_else_is_refused_without_its_content(tmp_path, text):
    path = tmp_path / FILE
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    path.chmod(0o600)
    with pytest.raises(SecretsError, match=r"cannot be used|as plain text") as refused:
        read_credentials(PAPER, tmp_path, {}, None)
    assert refused.value.__cause__ is None


def test_a_locked_keyring_says_so_and_shows_nothing(tmp_path):
    ring = Keyring()
    ring.locked = True
    with pytest.raises(SecretsError, match="unlock it"):
        read_credentials(PAPER, tmp_path, ENVIRONMENT, ring)
    with pytest.raises(SecretsError, match="unlock it") as refused:
        store_credentials(PAPER, KEYS, tmp_path, ring)
    assert "CANARY" not in str(refused.value)
    ring.locked = False
    ring.kept["legdesk", PAPER.name] = "not ours"
    with pytest.raises(SecretsError, match="is not ours; log in again"):
        read_credentials(PAPER, tmp_path, {}, ring)


def test_a_machine_without_a_keyring_has_none(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "keyring", None)
    assert system_keyring() is None


def test_texts_are_without_secrets_and_numbers_have_their_tail():
    redactor = Redactor(["s3cret", "s3cret-long", ""], ["PA3ABCD4821"])
    text = redactor.text("key s3cret-long and s3cret of PA3ABCD4821\n" + "x" * 500)
    assert text.startswith("key [secret] and [secret] of …4821 xxx")
    assert len(text) == 160


def test_headers_are_kept_by_name():
    headers = [("Authorization", "s3cret"), ("DATE", "now\n"), ("X-RateLimit-Limit", "2" * 500)]
    assert kept_headers(headers) == {"date": "now", "x-ratelimit-limit": "2" * 100}


def test_no_desk_and_no_screen_reads_keys() -> None:
    root = Path(__file__).resolve().parents[3]
    readers = {
        path.relative_to(root).parent.as_posix()
        for folder in ("engine", "tui")
        for path in (root / folder).rglob("*.py")
        if "read_credentials" in path.read_text(encoding="utf-8")
    }
    assert readers == {"engine/brokers/http", "engine/gateway"}


def test_a_keyring_that_is_switched_off_is_none(monkeypatch):
    """Login said that the keys are kept in it, and no gateway found them."""
    pytest.importorskip("keyring")
    from keyring.backends.null import Keyring as Off

    monkeypatch.setattr("keyring.get_keyring", Off)
    assert system_keyring() is None


def test_keys_that_a_keyring_does_not_give_back_are_not_called_kept(tmp_path):
    class Forgetful(Keyring):
        def set_password(self, service_name: str, username: str, password: str) -> None:
            """Take it, and keep nothing."""

    with pytest.raises(SecretsError, match="the keyring takes keys and keeps none") as told:
        store_credentials(PAPER, KEYS, tmp_path, Forgetful())
    assert "CANARY" not in str(told.value).upper()


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ('note = "mine"\n', False),
        ('[alpaca.paper.other]\nkey = "A"\nsecret = "B"\n', False),
        ('["alpaca/paper/other"]\nkey = "A"\nsince = 2026-01-01\n', False),
        ('["alpaca/paper/other"]\n"odd name" = "\\u007f"\n', True),
    ],
)
def test_a_file_that_somebody_wrote_in_is_never_made_unreadable(tmp_path, written, kept):
    """Money: the keys of every account in it were lost, or a traceback was shown."""
    path = tmp_path / FILE
    path.write_text(written)
    path.chmod(0o600)
    if kept:
        store_credentials(PAPER, KEYS, tmp_path, None)
        assert read_credentials(PAPER, tmp_path, {}, None) is not None
        assert forget_credentials(PAPER, tmp_path, None) == (str(path),)
        assert tomllib.loads(path.read_text()) == tomllib.loads(written)
        return
    with pytest.raises(SecretsError, match=r"has more than keys .*; take that out first"):
        store_credentials(PAPER, KEYS, tmp_path, None)
    assert path.read_text() == written


def test_an_account_whose_name_lacks_its_quotes_is_named_as_it_has_to_be_written(tmp_path):
    path = tmp_path / FILE
    path.write_text('[alpaca.paper.main]\nkey = "A"\nsecret = "B"\n')
    path.chmod(0o600)
    with pytest.raises(SecretsError, match=r'write \["alpaca/paper/main"\], in quotes'):
        read_credentials(PAPER, tmp_path, {}, None)
    assert read_credentials(LIVE, tmp_path, {}, None) is None


@pytest.mark.parametrize("name", ["key", "secret"])
def test_what_was_not_entered_is_named(name):
    with pytest.raises(SecretsError, match=f"no {name} was entered"):
        entered({"key": "K", "secret": "S", name: ""})
