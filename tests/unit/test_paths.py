"""Shipped files are found from a checkout, a wheel and a frozen bundle."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from gridapp import __version__, paths

ROOT = Path(__file__).resolve().parents[2]
SHOW = "from gridapp import paths; print(paths.resource('icons/gridapp.svg')); print(paths.shipped_data('x'))"


def test_checkout_has_resources_beside_the_package() -> None:
    assert paths.resource("icons/gridapp.svg") == ROOT / "resources" / "icons" / "gridapp.svg"
    assert paths.resource("icons/gridapp.svg").is_file()
    assert paths.shipped_data("anything").parent == ROOT / "data"


def test_bundle_unpacks_them_to_its_own_folder(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert paths.resource("fonts/x.ttf") == tmp_path / "resources" / "fonts" / "x.ttf"
    assert paths.shipped_data("a.csv") == tmp_path / "data" / "a.csv"


def test_user_folders_exist_and_differ_from_shipped(private_home: Path) -> None:
    for folder in (paths.config_dir(), paths.data_dir()):
        assert folder.is_dir()
        assert not folder.is_relative_to(ROOT)


@pytest.mark.slow
def test_wheel_carries_everything(tmp_path: Path) -> None:
    """Build a wheel, install it into a fresh environment, and run it far from the checkout."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    source = copy_of_checkout(tmp_path / "source")
    run([*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(tmp_path), str(source)], tmp_path)
    [wheel] = tmp_path.glob("gridapp-*.whl")
    venv.create(tmp_path / "venv", with_pip=False, symlinks=os.name != "nt")
    scripts = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / ("python.exe" if os.name == "nt" else "python")
    run([*pip, "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)], tmp_path)
    # The libraries come from this environment; only gridapp itself is new.
    libraries = [folder for folder in sys.path if folder.endswith("site-packages")]
    [packages] = (tmp_path / "venv").glob("**/site-packages")
    (packages / "libraries.pth").write_text("\n".join(libraries))

    shipped = packages / "gridapp" / "_shipped"
    resource, data = run([str(python), "-c", SHOW], tmp_path).split()
    assert (Path(resource), Path(data)) == (shipped / "resources/icons/gridapp.svg", shipped / "data/x")
    for folder in ("resources", "data"):
        assert files_below(shipped / folder) == files_below(source / folder)
    assert not (packages / "tools").exists() and not (packages / "tests").exists()
    suffix = ".exe" if os.name == "nt" else ""
    assert __version__ in run([str(scripts / f"gridapp{suffix}"), "--version"], tmp_path)
    assert (scripts / f"gridapp-window{suffix}").is_file()


def copy_of_checkout(target: Path) -> Path:
    """Copy what a build reads, so that building leaves nothing in the checkout."""
    target.mkdir()
    for name in ("gridapp", "ui", "resources", "data", "tools"):
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ROOT.iterdir():
        if file.suffix in {".cfg", ".toml", ".in", ".md", ".txt"} or file.name in {"LICENSE", "NOTICE"}:
            shutil.copy(file, target)
    return target


def files_below(folder: Path) -> set[str]:
    """Return the relative names of the files of a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def run(command: list[str], folder: Path) -> str:
    """Run a command elsewhere, without this checkout on its path; return what it printed."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
