"""When GridApp itself is wrong: write it down, say so, let the user go on.

What is written names files, lines and kinds of errors, never their text: the
text of an error may hold a person's name or number.
"""

from __future__ import annotations

import logging
import logging.handlers
import platform
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QThread, qVersion
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

import gridapp
from gridapp import paths
from gridapp.errors import GridAppError
from gridapp.i18n import _

logger = logging.getLogger(__name__)

_open_boxes: list[QMessageBox] = []
_show: Callable[[QWidget | None, GridAppError], object] | None = None


def log_folder() -> Path:
    """Return the folder of the log files, made if missing."""
    folder = paths.data_dir() / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def log_to_file() -> None:
    """Write the log to the user's folder: at most five files of 1 MB."""
    handler = logging.handlers.RotatingFileHandler(
        log_folder() / "gridapp.log", maxBytes=1_000_000, backupCount=4, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.INFO)


def install(show: Callable[[QWidget | None, GridAppError], object]) -> None:
    """Send every uncaught exception of every thread here.

    Args:
        show: Says an error that is no bug; gets the window it belongs to and the error.
    """
    global _show
    _show = show
    sys.excepthook = _on_uncaught
    threading.excepthook = _on_thread_uncaught


def describe(error: BaseException) -> str:
    """Return kinds, files and lines of an error and its causes, without their texts."""
    parts: list[str] = []
    seen: BaseException | None = error
    while seen is not None:
        frames = traceback.extract_tb(seen.__traceback__)
        where = [f"  {_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]
        name = getattr(seen, "sqlite_errorname", "")
        parts.append("\n".join([f"{type(seen).__module__}.{type(seen).__qualname__} {name}".strip(), *where]))
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "\ncaused by ".join(parts)


def details(error: BaseException) -> str:
    """Return what a user can copy into a report."""
    versions = f"GridApp {getattr(gridapp, '__version__', '')}, Python {platform.python_version()}, Qt {qVersion()}"
    return f"{versions}, {platform.platform(terse=True)}\n{describe(error)}"


def report(parent: QWidget | None, error: BaseException) -> None:
    """Log a bug and show one dialog about it; the program goes on."""
    logger.error("Unexpected error\n%s", describe(error))
    if _open_boxes or QApplication.instance() is None:
        return
    from ui import theme

    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Critical)
    box.setWindowTitle(_("GridApp"))
    box.setText(_("Something in GridApp went wrong. What was saved before is safe."))
    box.setInformativeText(
        _("You can go on. If it happens again, copy the details and send them to whoever looks after GridApp here.")
    )
    box.setDetailedText(details(error))
    copy_button = box.addButton(_("Copy details"), QMessageBox.ButtonRole.ActionRole)
    copy_button.clicked.disconnect()  # copying leaves the dialog open
    copy_button.clicked.connect(_copy_details)
    go_on = box.addButton(_("Go on"), QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(go_on)
    box.setEscapeButton(go_on)
    box.finished.connect(_forget_box)
    theme.dress(box, "form")
    _open_boxes.append(box)
    box.open()


def _copy_details() -> None:
    if _open_boxes:
        QApplication.clipboard().setText(_open_boxes[-1].detailedText())


def _forget_box() -> None:
    while _open_boxes:
        _open_boxes.pop().deleteLater()


def _on_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        QApplication.quit()
        return
    app = QApplication.instance()
    if app is None or QThread.currentThread() is not app.thread():
        logger.error("Unexpected error\n%s", describe(error))
    elif isinstance(error, GridAppError) and _show is not None:
        _show(QApplication.activeWindow(), error)
    else:
        report(QApplication.activeWindow(), error)


def _on_thread_uncaught(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        logger.error("Unexpected error in a thread\n%s", describe(args.exc_value))


def _short(filename: str) -> str:
    return "/".join(Path(filename).parts[-3:])
