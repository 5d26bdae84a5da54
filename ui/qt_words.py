"""Words of Qt’s own dialogs that its Chinese catalogue lacks."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTranslator

from gridapp.i18n import C_


class QtWords(QTranslator):
    """Knows them; installed before Qt's catalogue, it is asked only for what that does not know."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._words = {
            "&Look in:": C_("file dialog", "&Look in:"), "Files of &type:": C_("file dialog", "Files of &type:"),
            "Folder": C_("file dialog", "Folder"), "%1 File": C_("file dialog", "%1 File"),
            "Drive": C_("file dialog", "Drive"),
        }  # fmt: skip

    # Overrides of Qt methods

    def isEmpty(self) -> bool:
        return False

    def translate(
        self, context: str, sourceText: str, disambiguation: str | None = None, n: int = -1
    ) -> str | None:
        """Return the word; None when it is not one of those."""
        return self._words.get(sourceText)
