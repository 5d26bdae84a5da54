"""Small rules of the house that no general tool knows, each with its reason in the message."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULE_LINES = 400
FUNCTION_LINES = 50
# May only shrink. Path, or "path:function": lines it has; it must not grow past them.
TOO_LONG: dict[str, int] = {}

CODE = ("main.py", "bootstrap.py", "gridapp", "ui", "tools")
FORBIDDEN_NAMES = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc"}
# Overrides of Qt methods whose names are not camelCase.
QT_LOWER_NAMES = {"data", "event", "flags", "index", "paint", "parent", "sibling", "sort", "span", "buddy", "match",
                  "submit", "revert"}
ICON_ARGUMENT = {"icon": 0, "set_icon": 1, "PageEntry": 2, "ActionEntry": 4}
Found = Iterator[tuple[int, str]]


def files(*tops: str) -> list[Path]:
    """Return the Python files of folders and files below the root."""
    found = []
    for top in tops:
        path = ROOT / top
        found += [path] if path.is_file() else sorted(path.rglob("*.py"))
    return found


@functools.cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def complain(check: Callable[[ast.Module], Found], paths: list[Path], reason: str) -> None:
    """Fail with every place that a check finds, and the reason."""
    places = [f"{name_of(path)}:{line} {what}" for path in paths for line, what in check(parse(path))]
    assert not places, f"{reason}\n  " + "\n  ".join(places)


def calls(tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    """Yield every call with the last part of its name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            yield node, function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


# ---- size ------------------------------------------------------------------------------------------------------------


def sizes() -> Iterator[tuple[str, int, int]]:
    """Yield name, lines and budget of every module and function; a docstring costs a function nothing."""
    for path in files(*CODE):
        yield name_of(path), len(path.read_text("utf-8").splitlines()), MODULE_LINES
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if ast.get_docstring(node) is not None:
                    first = node.body[0]
                    lines -= (first.end_lineno or first.lineno) - first.lineno + 1
                yield f"{name_of(path)}:{node.name}", lines, FUNCTION_LINES


def test_sizes() -> None:
    wrong = [f"{name} has {lines} lines" for name, lines, budget in sizes() if lines > TOO_LONG.get(name, budget)]
    assert not wrong, ("A module over 400 lines or a function over 50 does several things; split it by subject.\n  "
                       + "\n  ".join(wrong))


def test_exceptions_to_size_only_shrink() -> None:
    over = {name: lines for name, lines, budget in sizes() if lines > budget}
    assert {name: over.get(name) for name in TOO_LONG} == TOO_LONG, "lower the number, or take the entry out"


# ---- names and texts -------------------------------------------------------------------------------------------------


def test_module_names_say_what_is_inside() -> None:
    wrong = [name_of(path) for path in files(*CODE) for part in (path.stem, path.parent.name)
             if FORBIDDEN_NAMES & set(part.lower().split("_"))]
    assert not wrong, f"These names attract everything and tell nothing: {wrong}"


def test_core_names_are_snake_case() -> None:
    def check(tree: ast.Module) -> Found:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and re.search(r"[a-z][A-Z]", node.name):
                yield node.lineno, node.name

    complain(check, files("gridapp", "bootstrap.py", "tools"), "camelCase is for overrides of Qt methods only.")


def test_texts_are_looked_up_before_they_are_filled_in() -> None:
    def check(tree: ast.Module) -> Found:
        for node, name in calls(tree):
            if name in {"_", "C_", "N_"} and isinstance(node.func, ast.Name):
                for argument in node.args:
                    if isinstance(argument, ast.JoinedStr | ast.BinOp | ast.Call):
                        yield node.lineno, ast.unparse(node)

    complain(check, files("gridapp", "ui", "main.py"),
             'The catalogue holds the source text, so write _("… {x} …").format(x=…), nothing computed inside _( ).')


def public_without_docstring(tree: ast.Module, in_ui: bool) -> Found:
    if ast.get_docstring(tree) is None:
        yield 1, "module"
    todo: list[tuple[ast.AST, bool]] = [(tree, False)]
    while todo:
        parent, parent_is_class = todo.pop()
        for node in getattr(parent, "body", []):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or node.name.startswith("_"):
                continue
            is_override = in_ui and parent_is_class and (node.name in QT_LOWER_NAMES or node.name != node.name.lower())
            is_overload = any(ast.unparse(mark).split("(")[0].endswith(("overload", "override", ".setter"))
                              for mark in node.decorator_list)
            if ast.get_docstring(node) is None and not is_override and not is_overload:
                yield node.lineno, node.name
            if isinstance(node, ast.ClassDef):
                todo.append((node, True))


def test_public_names_have_docstrings() -> None:
    reason = "A public name tells in its docstring what it does; overrides of Qt methods need none."
    plain = files("main.py", "bootstrap.py", "gridapp", "tools")
    complain(lambda tree: public_without_docstring(tree, False), plain, reason)
    complain(lambda tree: public_without_docstring(tree, True), files("ui"), reason)


# ---- one place each --------------------------------------------------------------------------------------------------


def test_nothing_prints() -> None:
    def check(tree: ast.Module) -> Found:
        yield from ((node.lineno, "print") for node, name in calls(tree)
                    if name == "print" and isinstance(node.func, ast.Name))

    paths = [path for path in files("main.py", "gridapp", "ui")
             if "cli" not in path.parts and path.name not in {"cli.py", "__main__.py"}]
    complain(check, paths, "Only the command line prints; elsewhere return a value, log, or use ui/messages.py.")


def test_the_clock_is_asked_in_one_place() -> None:
    wrong_calls = {"now", "today", "utcnow", "currentDate", "currentDateTime", "currentDateTimeUtc", "currentTime",
                   "localtime", "gmtime"}

    def check(tree: ast.Module) -> Found:
        for node, name in calls(tree):
            if isinstance(node.func, ast.Attribute):
                owner = ast.unparse(node.func.value)
                if (name in wrong_calls and owner != "clock") or (owner, name) == ("time", "time"):
                    yield node.lineno, ast.unparse(node.func)

    paths = [path for path in files("gridapp", "ui", "main.py") if name_of(path) != "gridapp/clock.py"]
    complain(check, paths, "Ask gridapp.clock, which can be pinned so that a report can be made again.")


def test_only_the_unit_of_work_commits() -> None:
    def check(tree: ast.Module) -> Found:
        yield from ((node.lineno, ast.unparse(node.func)) for node, name in calls(tree) if name == "commit")

    allowed = {"gridapp/db/database.py", "gridapp/db/unit_of_work.py", "gridapp/db/engine.py"}
    complain(check, [path for path in files("gridapp", "ui") if name_of(path) not in allowed],
             "One service call is one unit of work; db.write() commits it, nobody else.")


def test_threads_are_started_in_one_place() -> None:
    makers = {"Thread", "ThreadPoolExecutor", "ProcessPoolExecutor", "start_new_thread", "QThread", "QThreadPool",
              "QRunnable", "Process", "run_in_executor", "to_thread"}

    def check(tree: ast.Module) -> Found:
        yield from ((node.lineno, name) for node, name in calls(tree) if name in makers)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                yield from ((node.lineno, ast.unparse(base)) for base in node.bases
                            if ast.unparse(base).rpartition(".")[2] in makers)
            elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "QThreadPool":
                yield node.lineno, ast.unparse(node)

    complain(check, [path for path in files("ui", "main.py") if name_of(path) != "ui/jobs.py"],
             "ui/jobs.py is the only maker of threads: widgets must never be touched, nor die, on another one.")


# ---- traps of Qt -----------------------------------------------------------------------------------------------------


def test_traps_of_qt() -> None:
    traps = {
        "processEvents": "events that arrive in the middle of a function run its caller's code twice",
        "QSortFilterProxyModel": "over Python rows it takes 21 s to sort 50,000 and mis-sorts dates; filter in SQL",
        "ResizeToContents": "it asks every cell of the table for its data at every change",
    }

    def check(tree: ast.Module) -> Found:
        for node in ast.walk(tree):
            name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
            if name in traps:
                yield node.lineno, f"{name}: {traps[name]}"

    complain(check, files("ui", "main.py"), "Measured traps, see engineering.md:")


def test_signals_carry_whole_numbers() -> None:
    def check(tree: ast.Module) -> Found:
        for node, name in calls(tree):
            if name == "Signal" and any(ast.unparse(argument) == "int" for argument in node.args):
                yield node.lineno, ast.unparse(node)

    complain(check, files("ui"), "Signal(int) is 32 bits wide; use object for ids and counts.")


def test_no_lambda_is_connected() -> None:
    def check(tree: ast.Module) -> Found:
        for node, name in calls(tree):
            if name == "connect" and any(isinstance(argument, ast.Lambda) for argument in node.args):
                yield node.lineno, ast.unparse(node)[:80]

    complain(check, files("ui"), "A lambda that captures a widget keeps it alive for ever; connect a bound method.")


def test_named_icons_exist() -> None:
    def check(tree: ast.Module) -> Found:
        for node, name in calls(tree):
            place = ICON_ARGUMENT.get(name)
            named = [keyword.value for keyword in node.keywords if keyword.arg == "icon"]
            if place is not None:
                named += node.args[place:place + 1]
            for value in named:
                if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
                    if not (ROOT / "resources/icons" / f"{value.value}.svg").is_file():
                        yield node.lineno, value.value

    complain(check, files("ui"), "There is no such icon in resources/icons; add it to tools/build_icons.py.")


def test_void_calls_keep_the_reference_count_of_none() -> None:
    """PySide6 6.12.0 on Python 3.11 drops a reference to None on every void call, and aborts after some thousands."""
    core = pytest.importorskip("PySide6.QtCore")
    thing = core.QObject()
    before = sys.getrefcount(None)
    for _ in range(500):
        thing.setObjectName("x")
    lost = before - sys.getrefcount(None)
    assert lost < 100, "This pair of Python and PySide6 will crash; use the pinned PySide6-Essentials 6.11.3."


# ---- what is committed -----------------------------------------------------------------------------------------------


def tracked_texts() -> Iterator[tuple[Path, str]]:
    """Yield the text files git knows, or those of the source folders where there is no git."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
        paths = [ROOT / name for name in listed.decode().split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        tops = [*CODE, "tests", "docs", "resources", "data", ".ci"]
        paths = [path for top in tops for path in [ROOT / top, *(ROOT / top).rglob("*")]]
        paths += [path for path in ROOT.iterdir() if path.suffix in {".md", ".cfg", ".toml", ".txt", ".in"}]
    for path in paths:
        if path.is_file() and path.suffix not in {".ttf", ".png", ".mo", ".xlsx", ".pdf", ".pyc", ".db"}:
            try:
                yield path, path.read_text("utf-8")
            except UnicodeDecodeError:
                continue  # ledgers in other encodings are there to be read by the importer


def test_nothing_committed_names_a_machine() -> None:
    # Written in pieces, or this file would find itself.
    hosts = ["py" + "pi.org", "python" + "hosted.org", "registry." + "npmjs", "deb." + "debian.org",
             "artifact" + "registry"]
    pattern = re.compile("|".join([*map(re.escape, hosts), r"(?<![\w./:-])/(?:work|root|home/\w+|opt/py" + r"pi)/[\w.]",
                                   r"\b[A-Z]:\\Users\\"]))
    wrong = [f"{name_of(path)}:{number} {match[0]}" for path, text in tracked_texts()
             for number, line in enumerate(text.splitlines(), 1) if (match := pattern.search(line))]
    assert not wrong, ("Registries are the user's pip configuration, and paths of one machine exist nowhere else.\n  "
                       + "\n  ".join(wrong))
