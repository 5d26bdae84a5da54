"""Accounts on real files and servers: the ring beside the file, sign-in, passwords, leaving, another key."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from gridapp import clock
from gridapp.cli import main
from gridapp.db import connecting, keyring
from gridapp.db import engine as engines
from gridapp.db.database import Database
from gridapp.db.queries.accounts import list_accounts
from gridapp.domain.access import Role
from gridapp.errors import GridAppError, NotAllowedError, SignInError, StorageError, ValidationError
from gridapp.services import accounts, backups, restoring, revealing, signing_in, wiping
from gridapp.services.accounts import NewAccount
from gridapp.services.facts import import_facts
from gridapp.services.projects import open_database
from tests import factories

SECRET, OTHER = "correct horse", "battery staple"


@pytest.fixture(autouse=True)
def _locked() -> None:
    keyring.release()


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRIDAPP_KEY_FILE", str(tmp_path / "key"))
    place = tmp_path / "community.db"
    database = open_database(place)
    import_facts(database, factories.document(), "test")
    database.close()
    return place


@pytest.fixture
def ringed(path: Path) -> tuple[Path, str]:
    """A file whose administrator is "li", and its recovery key."""
    opened, recovery = accounts.begin_accounts(open_database(path), "li", SECRET, "test")
    opened.close()
    return path, recovery


def people(database: Database) -> int:
    return len(factories.json.loads(factories.json.dumps(database.fetch(factories.read_facts)))["persons"])


def test_a_password_costs_what_the_computer_can_bear(path: Path, shipped_cost: tuple[int, float]) -> None:
    assert shipped_cost == (64 * 1024, 0.7)
    opened, _recovery = accounts.begin_accounts(open_database(path), "li", SECRET, "test")
    opened.close()
    [slot, *_recovery_key] = json.loads(keyring.path_of(path).read_text("utf-8"))["slots"]
    assert slot["memory_kib"] == keyring.memory_for_this_machine() >= 64 * 1024
    keyring.release()
    signing_in.open_as(path, "li", SECRET).close()


def test_the_first_account_takes_the_file_from_the_key_file(path: Path) -> None:
    before = (path.parent / "key").read_text("ascii")
    opened, recovery = accounts.begin_accounts(open_database(path), "li", SECRET, "test")
    assert people(opened) == 3
    opened.close()
    assert len(recovery.replace("-", "")) == 32
    keyring.release()
    with pytest.raises(SignInError):
        open_database(path)
    with pytest.raises(StorageError):
        open_database(path, key=before)
    assert not list(path.parent.glob("*.rekey*"))


def test_an_account_opens_the_file_and_nobody_else_does(ringed: tuple[Path, str]) -> None:
    path, recovery = ringed
    database = signing_in.open_as(path, "li", SECRET)
    assert database.principal.name == "li"
    assert people(database) == 3
    database.close()
    for name, password in (("li", OTHER), ("wang", SECRET), ("", ""), ("li", recovery)):
        with pytest.raises(SignInError):
            signing_in.open_as(path, name, password)
    restored = signing_in.open_as(path, signing_in.RECOVERED, recovery.lower().replace("-", " "))
    assert restored.principal.role is Role.ADMINISTRATOR
    restored.close()


def test_without_the_key_the_file_shows_nothing(ringed: tuple[Path, str]) -> None:
    path, _recovery = ringed
    for file in (path, keyring.path_of(path)):
        content = file.read_bytes()
        for word in ("resident", "示例", "SQLite", factories.COMMUNITY, SECRET):
            assert word.encode() not in content
    for key in (None, "00" * 32):
        connection = connecting.connect_beside(path, key, reads_only=True)
        with pytest.raises(connecting.driver().DatabaseError):
            connection.execute("SELECT name FROM sqlite_schema").fetchall()
        connection.close()


def test_guessing_has_to_wait(ringed: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    path, _recovery = ringed
    moment = dt.datetime(2026, 3, 5, 8, tzinfo=dt.UTC)
    monkeypatch.setattr(clock, "now", lambda: moment)
    for _attempt in range(4):
        with pytest.raises(SignInError, match="belong"):
            signing_in.open_as(path, "li", OTHER)
    with pytest.raises(SignInError, match="Wait 2 seconds|Wait 3 seconds"):
        signing_in.open_as(path, "li", SECRET)
    moment += dt.timedelta(seconds=3)
    signing_in.open_as(path, "li", SECRET).close()
    with pytest.raises(SignInError, match="belong"):
        signing_in.open_as(path, "li", OTHER)


def test_a_password_changes_without_touching_the_file(ringed: tuple[Path, str]) -> None:
    path, _recovery = ringed
    database = signing_in.open_as(path, "li", SECRET)
    key = engines.key_of(database.engine)
    with pytest.raises(SignInError):
        accounts.change_password(database, "li", OTHER, OTHER, "li")
    with pytest.raises(ValidationError):
        accounts.change_password(database, "li", SECRET, "short", "li")
    accounts.change_password(database, "li", SECRET, OTHER, "li")
    database.close()
    with pytest.raises(SignInError):
        signing_in.open_as(path, "li", SECRET)
    database = signing_in.open_as(path, "li", OTHER)
    assert engines.key_of(database.engine) == key
    database.close()


def test_who_leaves_is_shut_out_also_with_a_copy_of_the_key(ringed: tuple[Path, str]) -> None:
    path, recovery = ringed
    database = signing_in.open_as(path, "li", SECRET)
    accounts.add_account(database, NewAccount("wang", Role.WORKER, worker="w1"), OTHER, "li")
    accounts.add_account(database, NewAccount("zhao", Role.COMMITTEE, (factories.COMMUNITY,)), OTHER, "li")
    stolen = engines.key_of(database.engine)
    accounts.remove_account(database, "wang", "li")
    with pytest.raises(ValidationError, match="last"):
        accounts.remove_account(database, "li", "li")
    database = accounts.rekey(database, "li")
    assert people(database) == 3
    database.close()
    with pytest.raises(SignInError):
        signing_in.open_as(path, "wang", OTHER)
    with pytest.raises(StorageError):
        open_database(path, key=stolen)
    for name, password in (("zhao", OTHER), ("li", SECRET), (signing_in.RECOVERED, recovery)):
        signing_in.open_as(path, name, password).close()


def test_a_change_of_keys_cut_short_opens_either_file(ringed: tuple[Path, str]) -> None:
    path, _recovery = ringed
    [old] = keyring.unlock(path, "li", SECRET, clock.now())
    keyring.offer(path, [old, keyring.new_key()])
    database = signing_in.open_as(path, "li", SECRET)
    assert people(database) == 3
    database.close()


def test_a_backup_brings_its_ring_and_goes_back_in_place(ringed: tuple[Path, str], tmp_path: Path) -> None:
    path, _recovery = ringed
    database = signing_in.open_as(path, "li", SECRET)
    made = backups.back_up(database).path
    database.close()
    keyring.release()
    with pytest.raises(SignInError):
        restoring.preview_restore(path, made)
    elsewhere = tmp_path / "elsewhere.db"
    elsewhere.write_bytes(made.read_bytes())
    keyring.keep_beside(made, elsewhere)
    copy = signing_in.open_as(elsewhere, "li", SECRET)
    assert people(copy) == 3
    copy.close()
    signing_in.open_as(path, "li", SECRET).close()
    with pytest.raises(NotAllowedError, match="administrator"):
        restoring.restore(path, made, "li")
    preview, aside = restoring.restore(path, made, "li", account="li")
    assert preview.readable
    assert aside is not None
    signing_in.open_as(path, "li", SECRET).close()


def test_only_an_administrator_puts_a_backup_in_place(ringed: tuple[Path, str]) -> None:
    path, _recovery = ringed
    database = signing_in.open_as(path, "li", SECRET)
    accounts.add_account(database, NewAccount("zhao", Role.COMMITTEE, (factories.COMMUNITY,)), OTHER, "li")
    made = backups.back_up(database).path
    database.close()
    before = path.read_bytes()
    for nobody in ("zhao", "", "nobody"):
        with pytest.raises(NotAllowedError):
            restoring.restore(path, made, nobody, account=nobody)
    assert path.read_bytes() == before
    path.write_bytes(b"damaged" * 1000)  # then the backup says who is one
    with pytest.raises(NotAllowedError):
        restoring.restore(path, made, "zhao", account="zhao")
    restoring.restore(path, made, "li", account="li")
    signing_in.open_as(path, "zhao", OTHER).close()


def test_a_backup_from_before_a_change_of_keys_goes_back_under_the_present_key(ringed: tuple[Path, str]) -> None:
    path, _recovery = ringed
    database = signing_in.open_as(path, "li", SECRET)
    accounts.add_account(database, NewAccount("wang", Role.WORKER, worker="w1"), OTHER, "li")
    made = backups.back_up(database).path
    accounts.remove_account(database, "wang", "li")
    database = accounts.rekey(database, "li")
    accounts.change_password(database, "li", SECRET, OTHER + "!", "li")
    database.close()
    with pytest.raises(SignInError, match="present key"):
        restoring.preview_restore(path, made)
    with pytest.raises(SignInError, match="belong together"):
        restoring.unlock_backup(made, "li", OTHER + "!")
    restoring.unlock_backup(made, "li", SECRET)
    preview = restoring.preview_restore(path, made)
    assert preview.related and preview.entries >= 3
    restoring.restore(path, made, "li", account="li")
    keyring.release()
    signing_in.open_as(path, "li", OTHER + "!").close()  # today's password and key, of the restored file too
    for name, password in (("li", SECRET), ("wang", OTHER)):
        with pytest.raises(SignInError):
            signing_in.open_as(path, name, password)


def test_a_wiped_file_opens_for_nobody(ringed: tuple[Path, str]) -> None:
    path, recovery = ringed
    database = signing_in.open_as(path, "li", SECRET)
    accounts.add_account(database, NewAccount("zhao", Role.COMMITTEE, (factories.COMMUNITY,)), OTHER, "li")
    made = backups.back_up(database).path
    zhao = signing_in.open_as(path, "zhao", OTHER)
    with pytest.raises(NotAllowedError):
        wiping.plan_wipe(zhao, with_backups=True, with_files=False)
    zhao.close()
    kept = keyring.path_of(path).read_bytes()
    plan = wiping.plan_wipe(database, with_backups=True, with_files=False)
    assert plan.rings == (keyring.path_of(path.resolve()), keyring.path_of(made)) and plan.encrypted
    with pytest.raises(ValidationError, match="exactly"):
        wiping.wipe(database, plan, "yes")
    assert people(database) == 3
    said = wiping.wipe(database, plan, path.name)
    assert any("flash" in sentence for sentence in said)
    assert path.exists() and made.exists() and not keyring.exists(path) and not keyring.exists(made)
    for place in (path, made):
        with pytest.raises(StorageError):
            open_database(place, create=False)
        for name, secret in (("li", SECRET), ("zhao", OTHER), (signing_in.RECOVERED, recovery)):
            with pytest.raises(StorageError):
                signing_in.open_as(place, name, secret)
    # What the wipe says it cannot do: a copy of the ring elsewhere opens the file again.
    keyring.path_of(path).write_bytes(kept)
    signing_in.open_as(path, signing_in.RECOVERED, recovery).close()


def test_a_wiped_file_without_accounts_loses_the_key_of_this_computer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDAPP_KEY_FILE", str(tmp_path / "key"))
    path = tmp_path / "own.db"
    database = open_database(path)
    made = backups.back_up(database).path
    plan = wiping.plan_wipe(database, with_backups=True, with_files=False)
    assert tmp_path / "key" in plan.key_files
    wiping.wipe(database, plan, "own.db")
    for place in (path, made):
        with pytest.raises(StorageError):
            open_database(place, create=False)
    plain = open_database(tmp_path / "plain.db", encrypt=False)
    plan = wiping.plan_wipe(plain, with_backups=False, with_files=False)
    wiping.wipe(plain, plan, "plain.db")
    assert not (tmp_path / "plain.db").exists()


def test_a_held_key_opens_nothing_else(ringed: tuple[Path, str], tmp_path: Path) -> None:
    path, _recovery = ringed
    signing_in.open_as(path, "li", SECRET).close()
    other = tmp_path / "elsewhere"
    other.mkdir()
    open_database(other / path.name).close()
    assert (tmp_path / "key").exists()
    keyring.release()
    open_database(other / path.name).close()


def test_a_damaged_ring_says_so(ringed: tuple[Path, str]) -> None:
    path, _recovery = ringed
    ring = keyring.path_of(path)
    whole = ring.read_text("utf-8")
    for damage in ("", "{}", whole[: len(whole) // 2], "[1]", whole.replace("gridapp-keys/1", "else")):
        ring.write_text(damage, "utf-8")
        with pytest.raises(StorageError, match="key ring"):
            signing_in.open_as(path, "li", SECRET)


def test_accounts_limit_a_database_without_a_ring_too(databases: Any) -> None:
    location = databases.new()
    database = open_database(location, encrypt=False)
    try:
        import_facts(database, factories.document(), "test")
        same, recovery = accounts.begin_accounts(database, "li", SECRET, "test")
        assert same is database
        assert recovery == ""
        accounts.add_account(database, NewAccount("wang", Role.WORKER, worker="w2"), OTHER, "li")
        with pytest.raises(SignInError):
            signing_in.open_for(location, None, lambda: "", encrypt=False)
        with pytest.raises(SignInError):
            signing_in.open_as(location, "wang", SECRET)
        limited = signing_in.open_as(location, "wang", OTHER)
        try:
            assert limited.principal.grids == (factories.GRIDS[1],)
            assert people(limited) == 0
            with pytest.raises(NotAllowedError):
                accounts.add_account(limited, NewAccount("x", Role.ADMINISTRATOR), SECRET, "wang")
            assert limited.fetch(list_accounts) == []
        finally:
            limited.close()
    finally:
        database.close()
        databases.drop(location)


@pytest.mark.parametrize(
    ("new", "password"),
    [
        (NewAccount("", Role.COMMITTEE), SECRET),
        (NewAccount("li", Role.COMMITTEE), SECRET),
        (NewAccount("recovery", Role.COMMITTEE), SECRET),
        (NewAccount("wang", Role.WORKER), SECRET),
        (NewAccount("wang", Role.WORKER, worker="nobody"), SECRET),
        (NewAccount("wang", Role.COMMITTEE, ("990199001001",)), SECRET),
        (NewAccount("wang", Role.COMMITTEE), "aaaaaaaaaa"),
    ],
)
def test_what_is_no_account_is_refused(ringed: tuple[Path, str], new: NewAccount, password: str) -> None:
    path, _recovery = ringed
    database = signing_in.open_as(path, "li", SECRET)
    with pytest.raises(GridAppError):
        accounts.add_account(database, new, password, "li")
    assert [row.name for row in database.fetch(list_accounts)] == ["li"]
    assert keyring.accounts(path) == ["li"]
    database.close()


def test_a_look_needs_a_reason_and_is_on_record(database: Database) -> None:
    from gridapp.db.queries.journal import list_operations
    from gridapp.domain.access import Principal

    facts = factories.document()
    facts["persons"][0]["phone"] = "13800001234"
    facts["buildings"] = [{"id": "b1", "name": "3号楼", "community": factories.COMMUNITY}]
    facts["households"] = [{"id": "h1", "building": "b1", "unit": "2单元", "room": "301室"}]
    facts["residencies"][0] |= {"household": "h1", "address": None}
    import_facts(database, facts, "test")
    database.sign_in(Principal("s", Role.SUPERVISOR, communities=(factories.OTHER_COMMUNITY,)))
    with pytest.raises(NotAllowedError):
        revealing.reveal(database, "p1", "为了核对", "s")
    database.sign_in(Principal("s", Role.SUPERVISOR, communities=(factories.COMMUNITY,)))
    with pytest.raises(ValidationError):
        revealing.reveal(database, "p1", " ", "s")
    found = revealing.reveal(database, "p1", "为了核对", "s").result
    assert (found.name, found.phone, found.address) == ("示例p1", "13800001234", "3号楼2单元301室")
    database.sign_in(Principal())
    newest = database.fetch(list_operations)[0]
    assert (newest.actor, newest.action) == ("s", "reveal.person")


def test_a_copy_of_a_file_with_accounts_asks_who_copies_and_opens_for_the_same_accounts(
    ringed: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, _recovery = ringed
    database = signing_in.open_as(path, "li", SECRET)
    accounts.add_account(database, NewAccount("chen", Role.SUPERVISOR), OTHER, "li")
    database.close()
    copy = tmp_path / "copy.db"
    words = ["copy", "--from", str(path), "--to", str(copy)]
    for who, secret in (([], ""), (["--user", "li"], OTHER), (["--user", "chen"], OTHER)):
        keyring.release()
        monkeypatch.setenv("GRIDAPP_PASSWORD", secret)
        assert main([*words, *who]) != 0
        assert capsys.readouterr().err and not list(tmp_path.glob("copy*"))
    monkeypatch.setenv("GRIDAPP_PASSWORD", SECRET)
    keyring.release()
    assert main([*words, "--user", "li"]) == 0
    keyring.release()
    assert copy.read_bytes()[:15] != b"SQLite format 3"
    with pytest.raises(SignInError):
        open_database(copy, create=False)
    for name, secret in (("li", SECRET), ("chen", OTHER)):
        keyring.release()
        opened = signing_in.open_as(copy, name, secret)
        assert opened.principal.name == name
        opened.close()
