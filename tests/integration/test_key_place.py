"""The key in the system's keyring: moved there and back, refused, lost, destroyed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from keyring.backends import fail, null

from gridapp.cli import main
from gridapp.db import keyfile
from gridapp.db.audit import signing
from gridapp.errors import StorageError
from gridapp.services import key_place, wiping
from gridapp.services.facts import import_facts
from gridapp.services.projects import open_database
from tests import factories
from tests.keyrings import ForgetfulKeyring, LockedKeyring, MemoryKeyring, keyring_of


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An encrypted file with people, under a key file of its own."""
    monkeypatch.setenv("GRIDAPP_KEY_FILE", str(tmp_path / "key" / "database.key"))
    path = tmp_path / "community.db"
    database = open_database(path)
    import_facts(database, factories.document(), "test")
    database.close()
    return path


def test_there_and_back_the_file_opens_and_only_one_place_holds_the_key(place: Path) -> None:
    system = MemoryKeyring()
    key = keyfile.load_key(create=False)
    with keyring_of(system):
        key_place.move_key(key_place.KEYRING)
        assert key_place.place() == key_place.KEYRING
        assert list(system.kept.values()) == [key]
        assert not [path for path in keyfile.key_path().parent.iterdir() if key in path.read_bytes().hex()]
        assert not [path for path in keyfile.key_path().parent.iterdir() if key.encode() in path.read_bytes()]
        open_database(place, create=False).close()
        assert "already" in key_place.move_key(key_place.KEYRING)
        key_place.move_key(key_place.FILE)
        assert not system.kept
    assert keyfile.key_path().read_text("ascii") == key
    assert keyfile.key_path().stat().st_mode & 0o077 == 0 or sys.platform == "win32"
    open_database(place, create=False).close()


def test_what_was_signed_before_is_signed_by_the_same_key_after(place: Path) -> None:
    before = signing.sign(b"x")
    with keyring_of(MemoryKeyring()):
        key_place.move_key(key_place.KEYRING)
        signing._signer.cache_clear()  # noqa: SLF001  as another start of the program would find it
        assert signing.sign(b"x") == before


@pytest.mark.parametrize("system", [fail.Keyring, null.Keyring, LockedKeyring, ForgetfulKeyring])
def test_no_keyring_one_that_is_locked_or_lies_changes_nothing(
    place: Path, system: type, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path.name: path.read_bytes() for path in keyfile.key_path().parent.iterdir()}
    backend = system()
    with keyring_of(backend):
        assert main(["key", "move", "--to", "keyring"]) != 0
    said = capsys.readouterr().err.strip()
    assert said.endswith("Nothing was changed.") and "\n" not in said
    assert {path.name: path.read_bytes() for path in keyfile.key_path().parent.iterdir()} == before
    assert not getattr(backend, "kept", {})
    open_database(place, create=False).close()


def test_an_entry_that_is_gone_is_told_and_a_copy_of_the_key_file_opens_again(place: Path) -> None:
    copy = keyfile.key_path().read_bytes()
    system = MemoryKeyring()
    with keyring_of(system):
        key_place.move_key(key_place.KEYRING)
        system.kept.clear()
        with pytest.raises(StorageError, match="holds no key of GridApp"):
            open_database(place, create=False)
        with pytest.raises(StorageError, match="holds no key of GridApp"):
            key_place.move_key(key_place.FILE)
    keyfile.key_path().write_bytes(copy)
    open_database(place, create=False).close()


def test_wiping_takes_the_key_out_of_the_keyring_too(place: Path) -> None:
    system = MemoryKeyring()
    with keyring_of(system):
        key_place.move_key(key_place.KEYRING)
        database = open_database(place, create=False)
        wiping.wipe(database, wiping.plan_wipe(database, False, False), place.name)
        assert not system.kept and not keyfile.key_path().exists()
        with pytest.raises(StorageError):
            open_database(place, create=False)


def test_the_commands_say_where_it_lies_and_never_the_key(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = keyfile.load_key(create=False)
    said = []
    with keyring_of(MemoryKeyring()):
        for words in (["show"], ["move", "--to", "keyring"], ["show"], ["move", "--to", "file"]):
            assert main(["key", *words]) == 0
            said.append("".join(capsys.readouterr()))
    assert "In the file" in said[0] and "keyring" in said[1] and "In the system’s keyring" in said[2]
    assert key not in "".join(said)


def test_the_library_is_loaded_only_when_the_file_says_so(place: Path) -> None:
    open_it = "import sys\nfrom gridapp.services.projects import open_database\n"
    open_it += "open_database(sys.argv[1], create=False).close()\nassert 'keyring' not in sys.modules"
    subprocess.run([sys.executable, "-c", open_it, str(place)], check=True)
