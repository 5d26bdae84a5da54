"""Sign in: the screen in front of a database that accounts open."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFormLayout, QLineEdit, QVBoxLayout, QWidget

from gridapp.i18n import _
from ui import theme
from ui.widgets import basics


class SignIn(QWidget):
    """Asks for a name and a password, or for the printed recovery key.

    Signals:
        submitted: name, "" for the recovery key, and password.
        other_requested: the user wants another file.
    """

    submitted = Signal(str, str)
    other_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.current().px
        self._asks_recovery = False
        self.title_label = basics.label(_("Sign in"), "title")
        self.place_label = basics.label("", "small", "muted")
        self.name_edit = basics.dressed(QLineEdit(), _("Name"))
        self.password_edit = basics.dressed(QLineEdit(), _("Password"))
        self.password_edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.problem = basics.InlineError()
        self.enter_button = basics.button(_("Sign in"), "primary", "lock")
        self.recovery_button = basics.button(_("Use the recovery key"), "quiet")
        self.other_button = basics.button(_("Open a file I already have…"), "quiet", "door-open")
        self._fields = QFormLayout()
        self._fields.setHorizontalSpacing(px(theme.GAP_M))
        self._fields.setVerticalSpacing(px(theme.GAP_S))
        self._fields.addRow(_("Name"), self.name_edit)
        self._fields.addRow(_("Password"), self.password_edit)
        inside = QWidget()
        inside.setFixedWidth(px(380))
        column = QVBoxLayout(inside)
        column.setSpacing(px(theme.GAP_M))
        for part in (self.title_label, self.place_label):
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(part)
        column.addLayout(self._fields)
        column.addWidget(self.problem)
        column.addWidget(self.enter_button)
        column.addLayout(basics.button_row(self.other_button, at_left=(self.recovery_button,)))
        whole = QVBoxLayout(self)
        whole.addStretch(2)
        whole.addWidget(inside, 0, Qt.AlignmentFlag.AlignHCenter)
        whole.addStretch(3)
        self.enter_button.clicked.connect(self._submit)
        self.name_edit.returnPressed.connect(self.password_edit.setFocus)
        self.password_edit.returnPressed.connect(self._submit)
        self.recovery_button.clicked.connect(self._change_way)
        self.other_button.clicked.connect(self.other_requested)

    def ask(self, place: str, name: str, problem: str = "") -> None:
        """Begin to ask.

        Args:
            place: Which file or server, shown small.
            name: Who signed in last here; "" for nobody.
            problem: Why the last attempt failed; "" before the first.
        """
        self.set_busy(False)
        self.place_label.setText(place)
        if not self.name_edit.text():
            self.name_edit.setText(name)
        self.password_edit.clear()
        if problem:
            self.problem.show_problem(problem, self.password_edit)
        else:
            self.problem.clear_problem(self.password_edit)
        (self.password_edit if self.name_edit.text() or self._asks_recovery else self.name_edit).setFocus()

    def set_busy(self, busy: bool) -> None:
        """Wait for the answer: stretching a password takes most of a second on purpose."""
        for part in (self.name_edit, self.password_edit, self.enter_button, self.recovery_button, self.other_button):
            part.setEnabled(not busy)

    @Slot()
    def _submit(self) -> None:
        if not self.password_edit.text() or not (self.name_edit.text().strip() or self._asks_recovery):
            return
        self.set_busy(True)
        self.submitted.emit("" if self._asks_recovery else self.name_edit.text().strip(), self.password_edit.text())

    @Slot()
    def _change_way(self) -> None:
        self._asks_recovery = not self._asks_recovery
        self._fields.setRowVisible(self.name_edit, not self._asks_recovery)
        word = _("Recovery key") if self._asks_recovery else _("Password")
        label = self._fields.labelForField(self.password_edit)
        if hasattr(label, "setText"):
            label.setText(word)
        self.password_edit.setAccessibleName(word)
        mode = QLineEdit.EchoMode.Normal if self._asks_recovery else QLineEdit.EchoMode.Password
        self.password_edit.setEchoMode(mode)
        self.password_edit.clear()
        self.recovery_button.setText(_("Use name and password") if self._asks_recovery else _("Use the recovery key"))
        self.password_edit.setFocus()
