#!/usr/bin/env python3
"""Set GridApp up on a bare machine, then run or test it.

    python3 bootstrap.py run [arguments of main.py]
    python3 bootstrap.py test [arguments of pytest]

Needs nothing but Python's standard library, on Linux and on Windows. Looks for
the shared libraries and tools that the command needs; as root on Debian or a
kin of it, installs the missing ones, else prints the one line to type. Makes
``.venv`` beside this file and installs the pinned requirements: from a folder
``wheels/`` if there is one, else as pip is configured here. What was installed
is remembered by a stamp, so that the next start costs next to nothing.

The text must parse on any Python 3.7, to say that it is too old.
"""

from __future__ import annotations

import ctypes
import glob
import hashlib
import importlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
VENV_PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
PYTHON_NEEDED = (3, 11)
# Which glibc the pinned Qt was built for, by processor.
GLIBC_NEEDED = {"x86_64": (2, 34), "aarch64": (2, 39)}

# Shared library: the Debian package that has it. Qt's own message names the wrong one, so each is tried.
QT_LIBRARIES = {
    "libglib-2.0.so.0": "libglib2.0-0", "libGL.so.1": "libgl1", "libEGL.so.1": "libegl1",
    "libfontconfig.so.1": "libfontconfig1", "libdbus-1.so.3": "libdbus-1-3", "libxkbcommon.so.0": "libxkbcommon0",
}
X11_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0", "libxcb-icccm.so.4": "libxcb-icccm4", "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1", "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0", "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1", "libxcb-xfixes.so.0": "libxcb-xfixes0", "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
WAYLAND_LIBRARIES = {
    "libwayland-client.so.0": "libwayland-client0", "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}
TEST_TOOLS = {
    "Xvfb": "xvfb", "xvfb-run": "xvfb", "xauth": "xauth", "xdotool": "xdotool", "openbox": "openbox", "xclip": "xclip",
    "pdftotext": "poppler-utils", "pdftoppm": "poppler-utils",
}
# The tests start a private server with them; they are not on the PATH.
SERVER_PROGRAMS = "/usr/lib/postgresql/*/bin/initdb"
USAGE = "Usage: python3 bootstrap.py run [arguments of main.py] | test [arguments of pytest]"


class SetupError(Exception):
    """The machine lacks something; the text says what to do."""


def main(arguments: list[str]) -> int:
    """Prepare the machine for the command, carry it out, and return its exit code."""
    command = arguments[0] if arguments else ""
    if command in ("-h", "--help", "help"):
        print(USAGE)
        return 0
    if command not in ("run", "test"):
        print(USAGE, file=sys.stderr)
        return 2
    try:
        check_platform(sys.version_info[:2], platform.system(), platform.machine(), platform.libc_ver())
        provide_packages(command)
        provide_venv(command)
    except SetupError as error:
        print(f"GridApp cannot start: {error}", file=sys.stderr)
        return 1
    return test(arguments[1:]) if command == "test" else run(arguments[1:])


# ---- the machine -----------------------------------------------------------------------------------------------------


def check_platform(python: tuple[int, ...], system: str, processor: str, libc: tuple[str, str]) -> None:
    """Refuse a Python or a C library that the requirements cannot run on.

    Raises:
        SetupError: The sentence to show.
    """
    if python < PYTHON_NEEDED:
        raise SetupError(f"it needs Python {dotted(PYTHON_NEEDED)} or newer, and this is Python {dotted(python)}.")
    if system != "Linux":
        return
    name, version = libc
    if name != "glibc":
        raise SetupError("Qt is built for the GNU C library (glibc), which this system does not use.")
    if processor not in GLIBC_NEEDED:
        raise SetupError(f"Qt is published for {' and '.join(GLIBC_NEEDED)}, not for this processor type, {processor}.")
    found = tuple(int(part) for part in version.split(".")[:2])
    if found < GLIBC_NEEDED[processor]:
        raise SetupError(f"it needs glibc {dotted(GLIBC_NEEDED[processor])} or newer, and this system has {version}. "
                         "Debian 12, Ubuntu 22.04 and newer ones have it.")


def dotted(version: tuple[int, ...]) -> str:
    """Return (3, 11) as "3.11"."""
    return ".".join(map(str, version))


def has_display(environment: dict[str, str], system: str) -> bool:
    """Tell whether a window can be shown, or the user chose where Qt draws."""
    return system != "Linux" or any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def missing_packages(command: str, environment: dict[str, str]) -> list[str]:
    """Return the Debian packages of what the command needs and this Linux lacks, sorted."""
    libraries = dict(QT_LIBRARIES)
    if command == "test" or environment.get("DISPLAY"):
        libraries.update(X11_LIBRARIES)
    if command == "run" and environment.get("WAYLAND_DISPLAY"):
        libraries.update(WAYLAND_LIBRARIES)
    missing = {package for library, package in libraries.items() if not loads(library)}
    if command == "test":
        missing |= {package for tool, package in TEST_TOOLS.items() if shutil.which(tool) is None}
        if shutil.which("initdb") is None and not glob.glob(SERVER_PROGRAMS):
            missing.add("postgresql")
    if not VENV_PYTHON.exists() and not importable("ensurepip"):
        missing.add("python3-venv")
    return sorted(missing)


def loads(library: str) -> bool:
    """Tell whether the loader finds a shared library and all that it needs."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def importable(module: str) -> bool:
    """Tell whether a module can be imported."""
    importlib.invalidate_caches()
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True


def provide_packages(command: str) -> None:
    """Install the system packages that are missing, or say how to.

    Raises:
        SetupError: Something is missing and cannot be installed from here.
    """
    if not sys.platform.startswith("linux"):
        return
    missing = missing_packages(command, dict(os.environ))
    if not missing:
        return
    apt = shutil.which("apt-get")
    if apt is None:
        raise SetupError("system packages are missing. Debian calls them: " + " ".join(missing) + ". "
                         "Install what your system calls them and start again.")
    if os.geteuid() != 0:
        raise SetupError("system packages are missing. Type this line, then start again:\n\n"
                         f"    sudo apt-get install --no-install-recommends {' '.join(missing)}\n")
    install_packages(apt, missing)
    still = missing_packages(command, dict(os.environ))
    if still:
        raise SetupError(f"apt-get installed without an error, yet these are still missing: {' '.join(still)}.")
    # apt-get may have renewed Python itself; go on with the one that is there now.
    os.execv(sys.executable, [sys.executable, *sys.argv])


def install_packages(apt: str, packages: list[str]) -> None:
    """Install Debian packages as root, without questions.

    Raises:
        SetupError: apt-get failed; what it said was shown.
    """
    say("Installing system packages: " + " ".join(packages))
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    steps = [[apt, "-qq", "update"],
             [apt, "-qq", "-y", "-o", "Dpkg::Use-Pty=0", "install", "--no-install-recommends", *packages]]
    for step in steps:
        done = subprocess.run(step, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
        if done.returncode != 0:
            print(done.stdout, file=sys.stderr)
            raise SetupError(f"`{' '.join(step)}` failed; its words stand above.")


# ---- the virtual environment -----------------------------------------------------------------------------------------


def requirement_files(command: str) -> list[Path]:
    """Return the requirement files of a command."""
    names = ["requirements.txt"] + (["requirements-dev.txt"] if command == "test" else [])
    return [ROOT / name for name in names]


def stamp_of(files: list[Path]) -> str:
    """Return a text that changes with the requirements, with Python, and with the place of the folder."""
    parts = [sys.version.encode(), str(ROOT).encode(), *(path.read_bytes() for path in files)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def provide_venv(command: str) -> None:
    """Make ``.venv`` hold the requirements of the command; do nothing if it does already.

    Raises:
        SetupError: The folder cannot be written, or pip failed.
    """
    files = requirement_files(command)
    stamp, wanted = VENV / f"gridapp-{command}.stamp", stamp_of(files)
    tested = read(VENV / "gridapp-test.stamp") == stamp_of(requirement_files("test"))  # holds all that run needs
    if VENV_PYTHON.exists() and (tested or read(stamp) == wanted):
        return
    make_venv()
    say(f"Installing {' and '.join(path.name for path in files)} into .venv; the first time takes a minute or two.")
    pip_install([argument for path in files for argument in ("-r", str(path))])
    stamp.write_text(wanted, encoding="utf-8")


def make_venv() -> None:
    """Make ``.venv`` unless a whole one of this Python and this place is there.

    Raises:
        SetupError: The folder cannot be made.
    """
    stamp, wanted = VENV / "gridapp-python.stamp", stamp_of([])
    if VENV_PYTHON.exists() and read(stamp) == wanted:
        return
    say("Making .venv")
    importlib.invalidate_caches()
    import venv  # Debian's python3 alone may lack it before provide_packages

    try:
        venv.create(VENV, clear=True, with_pip=True)
        stamp.write_text(wanted, encoding="utf-8")
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetupError(f"the folder {VENV} cannot be made: {error}") from error


def pip_install(arguments: list[str]) -> None:
    """Run pip in ``.venv``: from ``wheels/`` alone if that suffices, else as pip is configured.

    Raises:
        SetupError: pip failed; what it said was shown.
    """
    pip = [str(VENV_PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
           "--no-warn-script-location", "--root-user-action=ignore", *arguments]
    wheels = ROOT / "wheels"
    if wheels.is_dir():
        if subprocess.call([*pip, "--no-index", "--find-links", str(wheels)]) == 0:
            return
        say("The folder wheels/ does not hold everything; asking pip's configured index as well.")
        pip += ["--find-links", str(wheels)]
    if subprocess.call(pip) != 0:
        raise SetupError("pip could not install the requirements; its words stand above. For a machine without a "
                         "network, run `pip download -d wheels -r requirements.txt` on one that has it and bring the "
                         "folder here.")


def read(path: Path) -> str:
    """Return a file's text, or "" if there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def say(text: str) -> None:
    """Tell the user what is being done; flushed, because others write next."""
    print(text, flush=True)


# ---- the commands ----------------------------------------------------------------------------------------------------


def run(arguments: list[str]) -> int:
    """Open the window; with no display, perform the tour. Return the exit code."""
    if has_display(dict(os.environ), platform.system()):
        return subprocess.call([str(VENV_PYTHON), str(ROOT / "main.py"), *arguments])
    say("There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open.\n"
        "Performing the tour instead: it imports ledgers, logs visits and writes a roster, a map and a dashboard.")
    environment = dict(os.environ, QT_QPA_PLATFORM="offscreen")
    return subprocess.call([str(VENV_PYTHON), "-m", "gridapp", "tour"], cwd=str(ROOT), env=environment)


def test(arguments: list[str]) -> int:
    """Check the style and the types, then run pytest; its summary comes last.

    Returns:
        pytest's exit code, or 1 if pytest passed and a check did not.
    """
    python = str(VENV_PYTHON)
    checks = {"ruff": [python, "-m", "ruff", "check", "--quiet", "."],
              "mypy": [python, "-m", "mypy", "--no-error-summary", "--strict", "--follow-imports=silent",
                       "gridapp/domain"]}
    failed = []
    for name, check in checks.items():
        say(f"== {name}")
        if subprocess.call(check, cwd=str(ROOT)) != 0:
            failed.append(name)
    if failed:
        say(f"== FAILED: {' and '.join(failed)}, see above; the exit code will not be 0 whatever pytest says")
    say("== pytest")
    environment = dict(os.environ)
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    # The whole suite runs on every processor, a part of it in one process. One worker more than processors, for some
    # always wait: for a window, a server, a disk. The long modules come early.
    workers = str((os.cpu_count() or 1) + 1)
    spread = [] if arguments else ["-n", workers, "--dist", "loadscope", "--no-loadscope-reorder", "--durations=15"]
    code = subprocess.call([python, "-m", "pytest", *spread, *arguments], cwd=str(ROOT), env=environment)
    return code or (1 if failed else 0)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
