"""Everything about the visit that is selected, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from gridapp.db.queries.values import VisitRow
from gridapp.i18n import _
from ui import theme
from ui.pages import visits_rows
from ui.widgets import basics

WIDTH = 320


class VisitDetails(basics.Card):
    """Shows one visit; correcting and taking back are asked for by signal.

    Signals:
        correction_wanted: the visit's row.
        void_wanted: the visit's row, and the reason.
        card_wanted: shown id of the person.
    """

    correction_wanted = Signal(object)
    void_wanted = Signal(object, str)
    card_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.row: VisitRow | None = None
        px = theme.current().px
        self.name_label = basics.heading("")
        self.name_label.setWordWrap(True)
        self.status_label = basics.label("", "body", "danger", wrap=True)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(px(2))
        inner = QWidget()
        frame = QVBoxLayout(inner)
        frame.setContentsMargins(0, 0, px(theme.GAP_S), 0)
        frame.addLayout(self._lines)
        frame.addStretch(1)
        scroller = QScrollArea()
        scroller.setFrameShape(QFrame.Shape.NoFrame)
        scroller.setWidgetResizable(True)
        scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroller.setWidget(inner)
        scroller.viewport().setAutoFillBackground(False)
        inner.setAutoFillBackground(False)
        theme.dress(scroller.verticalScrollBar(), "scroll")
        self.body.addWidget(self.name_label)
        self.body.addWidget(self.status_label)
        self.body.addWidget(scroller, 1)
        self._actions = QWidget()
        self._build_void_panel()
        self._build_buttons()
        self.show_visit(None)

    def show_visit(self, row: VisitRow | None) -> None:
        """Show a visit, or say that none is selected."""
        if row is not None and self.row is not None and row.id == self.row.id and row == self.row:
            return
        self.row = row
        self._close_void_panel()
        while (item := self._lines.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.name_label.setText(row.person_name if row else _("Choose a visit in the list."))
        voided = bool(row and row.voided)
        self.status_label.setText(_("✕ Taken back; it does not count any more.") if voided else "")
        self.status_label.setVisible(voided)
        for title, text in visits_rows.details(row) if row else []:
            self._lines.addWidget(basics.label(title, "small", "muted"))
            value = basics.label(text, wrap=True)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._strike(value, voided and title != _("Taken back because"))
            self._lines.addWidget(value)
        self.correct_button.setEnabled(row is not None and not voided)
        self.void_button.setEnabled(row is not None and not voided)
        self.card_button.setEnabled(row is not None)

    def _strike(self, label: QLabel, struck: bool) -> None:
        if struck:
            font = label.font()
            font.setStrikeOut(True)
            label.setFont(font)

    def _build_buttons(self) -> None:
        self.correct_button = basics.button(_("Correct…"), "secondary", "pencil")
        self.void_button = basics.button(_("Take back…"), "danger", "undo")
        self.card_button = basics.button(_("Open the person's card"), "quiet", "user")
        line = QHBoxLayout(self._actions)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(theme.current().px(theme.GAP_S))
        line.addWidget(self.correct_button)
        line.addWidget(self.void_button)
        self.body.addWidget(self._actions)
        self.body.addWidget(self.card_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.correct_button.clicked.connect(self._on_correct)
        self.void_button.clicked.connect(self.ask_why)
        self.card_button.clicked.connect(self._on_card)

    def _build_void_panel(self) -> None:
        self.void_panel = QWidget()
        self.reason_box = basics.dressed(QComboBox(), _("Why it is taken back"))
        self.reason_box.setEditable(True)
        for reason in (_("Keyed in twice"), _("Wrong person"), _("Wrong day"), _("The visit did not take place")):
            self.reason_box.addItem(reason)
        self.void_problem = basics.InlineError()
        self.confirm_button = basics.button(_("Take back this visit"), "danger")
        self.keep_button = basics.button(_("Keep it"), "quiet")
        title = basics.label(_("&Why is it taken back?"), "small", "muted")
        title.setBuddy(self.reason_box)
        column = QVBoxLayout(self.void_panel)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.current().px(theme.GAP_XS))
        for part in (title, self.reason_box, self.void_problem):
            column.addWidget(part)
        column.addLayout(basics.button_row(at_left=(self.confirm_button, self.keep_button)))
        self.body.addWidget(self.void_panel)
        self.confirm_button.clicked.connect(self._on_confirmed)
        self.keep_button.clicked.connect(self._close_void_panel)

    def ask_why(self) -> None:
        """Ask for the reason, here and not in a box of its own."""
        self.void_panel.show()
        self._actions.hide()
        self.reason_box.setCurrentIndex(-1)
        self.reason_box.setEditText("")
        self.reason_box.setFocus()

    def _close_void_panel(self) -> None:
        self.void_problem.clear_problem(self.reason_box)
        self.void_panel.hide()
        self._actions.show()

    def _on_confirmed(self) -> None:
        reason = self.reason_box.currentText().strip()
        if not reason:
            self.void_problem.show_problem(_("Choose or write in a few words why."), self.reason_box)
        elif self.row is not None:
            self._close_void_panel()
            self.void_wanted.emit(self.row, reason)

    def _on_correct(self) -> None:
        self.correction_wanted.emit(self.row)

    def _on_card(self) -> None:
        if self.row is not None:
            self.card_wanted.emit(self.row.person)

    # Overrides of Qt methods

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.void_panel.isVisible():
            self._close_void_panel()
        else:
            super().keyPressEvent(event)
