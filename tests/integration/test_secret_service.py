"""The key in a real Secret Service, the keyring of Linux desktops: GNOME's daemon on a bus of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from gridapp.services.projects import open_database

ROOT = Path(__file__).parents[2]
NEEDED = ("dbus-run-session", "dbus-send", "gnome-keyring-daemon")
MISSING = [name for name in NEEDED if shutil.which(name) is None]
UNLOCK = "printf secret | gnome-keyring-daemon --unlock --components=secrets --control-directory=$XDG_RUNTIME_DIR"
ASK = "dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner"
# The daemon goes on beside before it answers on the bus.
WAIT = f"""
for turn in $(seq 600); do
    {ASK} string:org.freedesktop.secrets | grep -q "boolean true" && break
    sleep 0.1
done
"""
DOES_NOT_ANSWER = "does not answer or is locked"
COMMANDS = """
import sys, keyring
from gridapp.cli import main
assert type(keyring.get_keyring()).__module__ == "keyring.backends.SecretService", keyring.get_keyring()
for words in sys.argv[1:]:
    if words == "lock":
        import secretstorage
        secretstorage.get_default_collection(secretstorage.dbus_init()).lock()
    else:
        print(main(words.split()))
"""


def in_session(home: Path, *commands: str) -> list[str]:
    """Run commands, one process for each, in a new session of the same user; returns what each said."""
    environment = os.environ | {"HOME": str(home), "GSETTINGS_BACKEND": "memory"}
    environment["XDG_DATA_HOME"] = str(home / "data")
    environment.pop("DISPLAY", None)  # nobody is there to be asked
    said = home / "said"
    shutil.rmtree(said, ignore_errors=True)
    said.mkdir()
    (home / "commands.py").write_text(COMMANDS, "utf-8")
    script = f"{UNLOCK} > /dev/null 2>&1\n{WAIT}" + "\n".join(
        f'"{sys.executable}" "{home}/commands.py" {command!r} > "{said}/{number}" 2>&1'
        for number, command in enumerate(commands)
    )
    environment["PYTHONPATH"] = str(ROOT)
    command = ["dbus-run-session", "--", "sh", "-c", script]
    with tempfile.TemporaryDirectory(prefix="gridapp-", ignore_cleanup_errors=True) as run:
        # Short, as the names of sockets must be, and its own: the daemon of the session before may still be leaving.
        environment["XDG_RUNTIME_DIR"] = run
        subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, timeout=1800)
    return [(said / str(number)).read_text("utf-8") for number in range(len(commands))]


@pytest.mark.slow
@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {' '.join(MISSING)}")
def test_the_key_lies_there_over_sessions_and_a_locked_keyring_opens_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, file = tmp_path / "key" / "database.key", tmp_path / "own.db"
    monkeypatch.setenv("GRIDAPP_KEY_FILE", str(key))
    open_database(file).close()
    secret, look = key.read_text("ascii"), f"settings list --db {file}"
    moved, looked = in_session(tmp_path, "key move --to keyring", look)
    assert "in the system’s keyring now" in moved and looked.endswith("0\n"), (moved, looked)
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not [content for content in kept if secret.encode() in content], "the key lies nowhere in plain text"
    looked, locked, refused, back = in_session(tmp_path, look, "lock", look, "key move --to file")
    assert looked.endswith("0\n"), "the next day, after signing in"
    assert not locked
    assert refused.endswith("1\n") and DOES_NOT_ANSWER in refused and DOES_NOT_ANSWER in back
    back, looked = in_session(tmp_path, "key move --to file", look)
    assert back.endswith("0\n") and looked.endswith("0\n") and key.read_text("ascii") == secret
    moved, wiped, gone = in_session(
        tmp_path, "key move --to keyring", f"wipe --db {file} --confirm {file.name} --keep-backups", look
    )
    assert (moved[-2:], wiped[-2:], gone[-2:]) == ("0\n", "0\n", "1\n") and not key.exists()
