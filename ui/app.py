"""Start the window: arguments, application, database, first page."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from collections.abc import Sequence

from gridapp import clock, i18n
from gridapp.i18n import _

SWITCH_INTERVAL_S = 0.001


def main(argv: Sequence[str] | None = None) -> int:
    """Run the window and return the exit code.

    Args:
        argv: Arguments without the program's name; None takes the command line's.

    Returns:
        0 when the window was closed, 1 when a screenshot could not be made.
    """
    options = _parse(sys.argv[1:] if argv is None else argv)
    if options.today is not None:
        clock.set_today(options.today)
    i18n.set_language()

    from ui import input_method, memory  # Qt is imported from here on, after the arguments were found good

    memory.give_back_early()
    _leave_sources_unread()
    input_method.set_up()
    return _run(options)


def _leave_sources_unread() -> None:
    """Keep PySide from reading the source of every module imported: 23 MB and a tenth of the start.

    It looks there for names of its own to apply ``from __feature__ import …``, which GridApp does not use. A PySide
    without this inner function is none the worse.
    """
    feature = sys.modules.get("shibokensupport.feature")
    if feature is not None:
        feature._mod_uses_pyside = lambda module: False  # type: ignore[attr-defined]  # noqa: SLF001  no other switch


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="gridapp-window", description=_("Open GridApp's window."))
    parser.add_argument("database", nargs="?", help=_("path of a database, or its URL"))
    parser.add_argument("--db", metavar="PATH_OR_URL", help=_("the same, by name"))
    parser.add_argument("--no-encrypt", action="store_true", help=_("make a new file without encryption"))
    parser.add_argument("--today", type=_day, metavar="YYYY-MM-DD", help=_("pretend that it is this day"))
    parser.add_argument("--page", metavar="KEY", help=_("page to show first, e.g. dashboard"))
    parser.add_argument("--screenshot", metavar="FILE", help=_("show the page, save a picture of the window, and end"))
    parser.add_argument("--text-scale", type=int, choices=(100, 125, 150), help=_("text size in percent"))
    parser.add_argument("--theme", choices=("light", "dark", "high"), help=_("colours"))
    parser.add_argument("--size", type=_size, metavar="WxH", help=_("size of the window, e.g. 1366x728"))
    return parser.parse_args(argv)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        message = _("“{text}” is not a day. Write it like 2026-03-31.").format(text=text)
        raise argparse.ArgumentTypeError(message) from None


def _size(text: str) -> tuple[int, int]:
    width, _by, height = text.partition("x")
    if not (width.isdigit() and height.isdigit()):
        raise argparse.ArgumentTypeError(_("“{text}” is not a size. Write it like 1366x728.").format(text=text))
    return int(width), int(height)


def _run(options: argparse.Namespace) -> int:
    import shiboken6
    from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
    from PySide6.QtWidgets import QApplication

    from ui import crash, messages, preferences, theme
    from ui.desktop import Desktop
    from ui.garbage import UiThreadCollector
    from ui.qt_words import QtWords

    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("GridApp")
    app.setStyle("Fusion")
    language = os.environ.get("GRIDAPP_LANGUAGE") or preferences.text(preferences.LANGUAGE_KEY)
    i18n.set_language(language)
    english = language.startswith("en")
    QLocale.setDefault(QLocale("en_GB" if english else "zh_CN"))
    translator = QTranslator(app)
    if not english and translator.load("qtbase_zh_CN", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        for one in (QtWords(app), translator):  # the last one is asked first
            app.installTranslator(one)
    # Workers compute while the window paints: ask them for Python's lock five times as often as usual.
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    crash.log_to_file()
    crash.install(messages.show_error)
    collector = UiThreadCollector(app)
    look = theme.current()
    look.restore()
    if options.theme or options.text_scale:
        look.choose(options.theme, options.text_scale, remember=False)
    desktop = Desktop(options)
    desktop.start()
    code = app.exec()
    desktop.shut_down()
    shiboken6.delete(desktop.window)  # while all that its widgets call on their way out is still there
    collector.stop()
    return code
