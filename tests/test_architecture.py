"""The house keeps its shape: import contracts of setup.cfg, and a core that needs no Qt.

architecture.md, "Direction": a line may import only what stands below it.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOMAIN_MAY_IMPORT = {"domain", "i18n", "errors", "clock", "progress", "formats", "settings", "paths"}
LOAD_WITHOUT_QT = """
import importlib, pkgutil, sys
for name in ("PySide6", "shiboken6", "pyqtgraph"):
    sys.modules[name] = None
import gridapp
names = [found.name for found in pkgutil.walk_packages(gridapp.__path__, "gridapp.")]
# Alembic's env.py runs when imported and only inside a migration; __main__ is a command.
names = [name for name in names if not name.endswith((".migrations.env", ".__main__"))]
for name in names:
    importlib.import_module(name)
print(len(names))
"""


def test_import_contracts_hold() -> None:
    # In a process of its own: import-linter configures logging and silences every logger made before.
    lint = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", lint], cwd=ROOT, env=environment, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_core_loads_without_qt() -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", LOAD_WITHOUT_QT], cwd=ROOT, env=environment, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 5


def test_every_folder_of_modules_is_a_package() -> None:
    """A folder without __init__.py is invisible to the import contracts and left out of the wheel."""
    folders = {path.parent for top in ("gridapp", "ui") for path in (ROOT / top).rglob("*.py")}
    # Alembic loads its revisions by path.
    folders -= {ROOT / "gridapp/db/migrations/versions"}
    bare = [folder for folder in folders if not (folder / "__init__.py").is_file()]
    assert not bare


def test_domain_needs_the_standard_library_only() -> None:
    wrong = []
    for path in sorted((ROOT / "gridapp/domain").rglob("*.py")):
        for line, name in imported_names(path):
            parts = name.split(".")
            ours = parts[0] == "gridapp" and len(parts) > 1 and parts[1] in DOMAIN_MAY_IMPORT
            if not ours and parts[0] not in sys.stdlib_module_names:
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    assert not wrong, f"gridapp/domain holds rules that anyone can check with Python alone: {wrong}"


@pytest.mark.parametrize("folder", ["unit", "integration"])
def test_tests_of_the_core_do_not_use_qt(folder: str) -> None:
    """With the contracts this shows that the core's tests pass where PySide6 is not installed."""
    wrong = []
    for path in sorted((ROOT / "tests" / folder).rglob("*.py")):
        names = [(line, name) for line, name in imported_names(path) if name.split(".")[0] in
                 {"PySide6", "shiboken6", "pyqtgraph", "pytestqt", "ui"}]
        names += [(node.lineno, node.arg) for node in ast.walk(parse(path))
                  if isinstance(node, ast.arg) and node.arg in {"qtbot", "qapp", "qtmodeltester"}]
        wrong += [f"{path.relative_to(ROOT)}:{line} uses {name}" for line, name in names]
    assert not wrong, f"tests that need Qt belong in tests/ui or tests/end_to_end: {wrong}"


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def imported_names(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the full name of every import, function-level ones included."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative imports hide where a name comes from"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def test_revisions_of_the_schema_follow_each_other() -> None:
    """Two branches that each add a revision would both land green; the first database to open would show it."""
    from gridapp.db.connecting import HEAD

    found = []
    for path in sorted((ROOT / "gridapp/db/migrations/versions").glob("[0-9]*.py")):
        values = {node.targets[0].id: ast.literal_eval(node.value) for node in parse(path).body
                  if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
                  and node.targets[0].id in ("revision", "down_revision")}
        found.append((path.name[:4], values["revision"], values["down_revision"]))
    expected = [(f"{place:04}", f"{place:04}", f"{place - 1:04}" if place > 1 else None)
                for place in range(1, len(found) + 1)]
    assert found == expected
    assert found[-1][1] == HEAD
