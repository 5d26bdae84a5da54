"""bootstrap.py: what it refuses, what it finds missing, and when it has nothing to do."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import bootstrap

ROOT = Path(__file__).resolve().parents[2]
DEBIAN_12 = ((3, 11), "Linux", "x86_64", ("glibc", "2.36"))


def test_debian_12_will_do() -> None:
    bootstrap.check_platform(*DEBIAN_12)


def test_windows_has_no_glibc_to_check() -> None:
    bootstrap.check_platform((3, 12), "Windows", "AMD64", ("", ""))


@pytest.mark.parametrize(
    ("python", "processor", "libc", "sentence"),
    [
        ((3, 9), "x86_64", ("glibc", "2.31"), "needs Python 3.11 or newer, and this is Python 3.9."),
        ((3, 11), "x86_64", ("glibc", "2.28"), "needs glibc 2.34 or newer, and this system has 2.28."),
        ((3, 11), "x86_64", ("glibc", "2.4"), "needs glibc 2.34"),
        ((3, 12), "aarch64", ("glibc", "2.36"), "needs glibc 2.39"),
        ((3, 12), "loongarch64", ("glibc", "2.38"), "not for this processor type, loongarch64"),
        ((3, 12), "x86_64", ("", ""), "GNU C library"),
    ],
)
def test_unfit_systems_are_refused_in_a_sentence(python, processor, libc, sentence) -> None:
    with pytest.raises(bootstrap.SetupError) as caught:
        bootstrap.check_platform(python, "Linux", processor, libc)
    assert sentence in str(caught.value)


def test_script_parses_on_python_3_7() -> None:
    """It must be able to say that Python is too old."""
    ast.parse((ROOT / "bootstrap.py").read_text("utf-8"), feature_version=(3, 7))


def test_only_the_standard_library_is_imported() -> None:
    tree = ast.parse((ROOT / "bootstrap.py").read_text("utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


@pytest.mark.parametrize("arguments", [[], ["fly"], ["--version"]])
def test_wrong_usage_exits_2(arguments, capfd) -> None:
    assert bootstrap.main(arguments) == 2
    assert "Usage:" in capfd.readouterr().err


def test_help_exits_0(capfd) -> None:
    assert bootstrap.main(["--help"]) == 0
    assert "bootstrap.py run" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("environment", "system", "shown"),
    [({}, "Linux", False), ({"DISPLAY": ""}, "Linux", False), ({"DISPLAY": ":0"}, "Linux", True),
     ({"WAYLAND_DISPLAY": "wayland-0"}, "Linux", True), ({"QT_QPA_PLATFORM": "offscreen"}, "Linux", True),
     ({}, "Windows", True)],
)
def test_display(environment, system, shown) -> None:
    assert bootstrap.has_display(environment, system) is shown


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux packages")
def test_unknown_library_and_tool_are_found_missing(monkeypatch) -> None:
    monkeypatch.setitem(bootstrap.QT_LIBRARIES, "libgridapp-nowhere.so.7", "libnowhere7")
    monkeypatch.setitem(bootstrap.TEST_TOOLS, "gridapp-no-such-tool", "no-such-tool")
    assert "libnowhere7" in bootstrap.missing_packages("run", {})
    assert "no-such-tool" not in bootstrap.missing_packages("run", {})
    assert {"libnowhere7", "no-such-tool"} <= set(bootstrap.missing_packages("test", {}))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux packages")
def test_user_is_given_one_line_to_type(monkeypatch, capfd) -> None:
    monkeypatch.setitem(bootstrap.QT_LIBRARIES, "libgridapp-nowhere.so.7", "libnowhere7")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert bootstrap.main(["run"]) == 1
    lines = [line for line in capfd.readouterr().err.splitlines() if "sudo apt-get install" in line]
    assert len(lines) == 1 and "libnowhere7" in lines[0]


def test_stamp_follows_requirements(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text("a==1\n")
    first = bootstrap.stamp_of([file])
    assert bootstrap.stamp_of([file]) == first
    file.write_text("a==2\n")
    assert bootstrap.stamp_of([file]) != first


@pytest.fixture
def small_checkout(tmp_path: Path, monkeypatch) -> Path:
    """A folder with empty requirements, where bootstrap makes a real .venv."""
    root = tmp_path / "网格 project"
    root.mkdir()
    for name in ("requirements.txt", "requirements-dev.txt"):
        (root / name).write_text("")
    monkeypatch.setattr(bootstrap, "ROOT", root)
    monkeypatch.setattr(bootstrap, "VENV", root / ".venv")
    python = "Scripts/python.exe" if os.name == "nt" else "bin/python"
    monkeypatch.setattr(bootstrap, "VENV_PYTHON", root / ".venv" / python)
    return root


@pytest.mark.slow
def test_venv_is_made_once_and_mended(small_checkout: Path, capfd) -> None:
    bootstrap.provide_venv("run")
    assert subprocess.run([bootstrap.VENV_PYTHON, "-m", "pip", "--version"], check=True, capture_output=True).stdout
    assert "Making .venv" in capfd.readouterr().out

    bootstrap.provide_venv("run")
    assert capfd.readouterr().out == "", "nothing changed, so nothing is done"

    (small_checkout / "requirements.txt").write_text("# one more line\n")
    bootstrap.provide_venv("test")
    out = capfd.readouterr().out
    assert "Installing requirements.txt and requirements-dev.txt" in out and "Making" not in out

    (bootstrap.VENV / "gridapp-run.stamp").unlink()
    bootstrap.provide_venv("run")
    assert capfd.readouterr().out == "", "what the tests need includes what the window needs"

    (bootstrap.VENV / "gridapp-python.stamp").write_text("another Python, or a making that was cut short")
    (bootstrap.VENV / "gridapp-test.stamp").unlink()
    bootstrap.provide_venv("run")
    assert "Making .venv" in capfd.readouterr().out


@pytest.mark.slow
def test_wheels_folder_serves_without_a_network(small_checkout: Path, capfd, monkeypatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", (small_checkout / "no-index").as_uri())
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    (small_checkout / "requirements.txt").write_text("gridapp-sample==1.0\n")
    (small_checkout / "wheels").mkdir()
    with pytest.raises(bootstrap.SetupError, match="pip could not install"):
        bootstrap.provide_venv("run")
    make_wheel(small_checkout / "wheels")
    bootstrap.provide_venv("run")
    subprocess.run([bootstrap.VENV_PYTHON, "-c", "import gridapp_sample"], check=True)
    capfd.readouterr()


def make_wheel(folder: Path) -> None:
    """Write the smallest wheel there is."""
    import zipfile

    info = "gridapp_sample-1.0.dist-info"
    files = {"gridapp_sample.py": "", f"{info}/METADATA": "Metadata-Version: 2.1\nName: gridapp-sample\nVersion: 1.0\n",
             f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / "gridapp_sample-1.0-py3-none-any.whl", "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)


def test_every_failure_reaches_the_exit_code(monkeypatch, capfd) -> None:
    codes = {"ruff": 0, "mypy": 0, "pytest": 0}
    order = []

    def call(command, **kwargs) -> int:
        order.append(command[2])
        return codes[command[2]]

    monkeypatch.setattr(bootstrap.subprocess, "call", call)
    assert bootstrap.test([]) == 0
    assert order == ["ruff", "mypy", "pytest"], "pytest's summary comes last"
    codes["ruff"] = 1
    assert bootstrap.test([]) == 1
    assert "FAILED: ruff" in capfd.readouterr().out
    codes.update(ruff=0, pytest=5)
    assert bootstrap.test([]) == 5


def test_no_display_performs_the_tour(monkeypatch, capfd) -> None:
    started = []
    monkeypatch.setattr(bootstrap.subprocess, "call", lambda command, **kwargs: started.append((command, kwargs)) or 0)
    monkeypatch.setattr(bootstrap, "has_display", lambda environment, system: False)
    assert bootstrap.run([]) == 0
    [(command, kwargs)] = started
    assert command[1:] == ["-m", "gridapp", "tour"]
    assert kwargs["env"]["QT_QPA_PLATFORM"] == "offscreen"
    assert "no display" in capfd.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="bash")
def test_ci_uses_a_new_enough_python(tmp_path: Path) -> None:
    """With an old python3 first on the path, .ci/run takes python3.11."""
    for name, code in (("python3", "exit 1"), ("python3.11", '[ "$1" = -c ] && exit 0; echo "ran $*"; exit 7')):
        (tmp_path / name).write_text(f"#!/bin/sh\n{code}\n")
        (tmp_path / name).chmod(0o755)
    done = subprocess.run([ROOT / ".ci/run", "-k", "nothing"], capture_output=True, text=True, check=False,
                          env=os.environ | {"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert (done.returncode, done.stdout) == (7, "ran bootstrap.py test -k nothing\n")
