"""Every text a person reads goes through this catalogue.

Source texts are English sentences with named placeholders; the catalogue
``resources/locale/zh_CN/LC_MESSAGES/gridapp.po`` turns them into Simplified
Chinese, which is what users see unless ``GRIDAPP_LANGUAGE=en`` says otherwise.

Write ``_("Row {row} has no name.").format(row=3)``: the text is looked up
first and filled in afterwards, so never pass an f-string. Texts that are
declared once at import time are marked with ``N_`` and looked up where shown.
"""

from __future__ import annotations

import gettext as _gettext
import os

from gridapp import paths

DOMAIN = "gridapp"

_current: _gettext.NullTranslations | None = None
_language = ""


def set_language(language: str | None = None) -> None:
    """Choose the catalogue.

    Args:
        language: "zh_CN", "en", "source" for the texts as written in the code,
            or None for what GRIDAPP_LANGUAGE says.
    """
    global _current, _language
    chosen = language or os.environ.get("GRIDAPP_LANGUAGE") or "zh_CN"
    if chosen == _language:
        return
    _current = _gettext.translation(DOMAIN, paths.resource("locale"), [chosen], fallback=True)
    _language = chosen


def language() -> str:
    """Return the name of the catalogue in force."""
    _catalogue()
    return _language


def _catalogue() -> _gettext.NullTranslations:
    if _current is None:
        set_language()
    assert _current is not None
    return _current


def _(message: str) -> str:
    """Return the text in the user's language."""
    return _catalogue().gettext(message)


def C_(context: str, message: str) -> str:
    """Return the text of a word that means several things, e.g. C_("visit", "Met")."""
    return _catalogue().pgettext(context, message)


def N_(message: str) -> str:
    """Mark a text for the catalogue without looking it up yet."""
    return message
