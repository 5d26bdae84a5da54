"""Small forms about accounts: the first one, another one, a password, and the recovery key to print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QPagedPaintDevice, QTextDocument
from PySide6.QtWidgets import QCheckBox, QDialog, QLineEdit, QWidget

from gridapp import clock, formats
from gridapp.domain.access import ROLE_TITLES, Role
from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.services.accounts import NewAccount
from ui.dialogs import resident_form as form
from ui.dialogs.resident_form import ResidentForm
from ui.widgets import basics
from ui.widgets.place_finder import PlaceFinder

Choice = tuple[str, str]


@dataclass(frozen=True)
class Entrance:
    """A name with its password; the password is never written anywhere."""

    name: str
    password: str


class FirstAccountForm(ResidentForm):
    """Makes the first account, an administrator's; a ``submitted`` value is an Entrance."""

    def __init__(self, parent: QWidget) -> None:
        explanation = _(
            "From then on everybody signs in. An encrypted file gets a key of its own: this computer’s key file no "
            "longer opens it. You will be shown a recovery key to print and lock away."
        )
        super().__init__(parent, _("Set up accounts"), _("Set up accounts"), explanation)
        self.name_edit = form.line(_("Name"))
        self.add_field("name", _("Name"), self.name_edit)
        self.password_edit, self.again_edit = _two_passwords(self)

    def value(self) -> Entrance:
        """Return what was entered."""
        return Entrance(_needed(self.name_edit.text()), _same(self.password_edit, self.again_edit))


class AccountForm(ResidentForm):
    """Adds an account; a ``submitted`` value is the NewAccount and its first password."""

    def __init__(
        self, parent: QWidget, communities: Sequence[Choice], workers: Sequence[Choice],
        finder: PlaceFinder | None = None,
    ) -> None:  # fmt: skip
        """Make the form.

        Args:
            parent: As usual in Qt.
            communities: Code and name of each.
            workers: Shown id and name of each.
            finder: Finds workers that are too many to be listed.
        """
        super().__init__(parent, _("Add an account"), _("Add"), _("Tell them the password; they can change it."))
        self.name_edit = form.line(_("Name"))
        self.role_box = form.choice(_("Role"), [(role.value, _(title)) for role, title in ROLE_TITLES.items()])
        self.worker_box = form.choice(_("Grid worker"), list(workers), finder=finder)
        self.community_box = form.choice(_("Community"), [("", _("Whole area")), *communities])
        self.children_box = QCheckBox(_("May see records of children"))
        self.add_field("name", _("Name"), self.name_edit)
        self.add_field("role", _("Role"), self.role_box)
        self.add_field("worker", _("Grid worker"), self.worker_box)
        self.add_field("communities", _("Community"), self.community_box)
        self.add_field("sees_children", "", self.children_box)
        self.password_edit, self.again_edit = _two_passwords(self)
        self.role_box.currentIndexChanged.connect(self._show_area)
        self._show_area()

    def value(self) -> tuple[NewAccount, str]:
        """Return what was entered."""
        role = Role(str(self.role_box.currentData()))
        community, worker = str(self.community_box.currentData() or ""), self.worker_box.currentData()
        is_worker = role is Role.WORKER
        new = NewAccount(
            _needed(self.name_edit.text()), role, (community,) if community and not is_worker else (),
            str(worker) if worker and is_worker else None, self.children_box.isChecked(),
        )  # fmt: skip
        return new, _same(self.password_edit, self.again_edit)

    def _show_area(self) -> None:
        is_worker = self.role_box.currentData() == Role.WORKER.value
        self.fields.setRowVisible(self.worker_box, is_worker)
        self.fields.setRowVisible(self.community_box, not is_worker)


class PasswordForm(ResidentForm):
    """Changes a password; a ``submitted`` value is the present one ("" for somebody else's) and the next."""

    def __init__(self, parent: QWidget, name: str, asks_present: bool) -> None:
        super().__init__(parent, _("Password of {name}").format(name=name), _("Change the password"))
        self.present_edit = _password(_("Present password"))
        if asks_present:
            self.add_field("old", _("Present password"), self.present_edit)
        self.password_edit, self.again_edit = _two_passwords(self)

    def value(self) -> tuple[str, str]:
        """Return what was entered."""
        return self.present_edit.text(), _same(self.password_edit, self.again_edit)


class RecoveryForm(ResidentForm):
    """Shows a new recovery key, once."""

    def __init__(self, parent: QWidget, recovery: str) -> None:
        explanation = _(
            "Print it and lock it away. It opens the file when nobody remembers a password, and is not shown again."
        )
        super().__init__(parent, _("Recovery key"), _("I have written it down"), explanation)
        self._explanation = explanation
        groups = recovery.split("-")
        half = (len(groups) + 1) // 2
        self.key_label = basics.label("-\n".join("-".join(part) for part in (groups[:half], groups[half:])), "heading")
        self.key_label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.add_field("key", _("Recovery key"), self.key_label)
        self.print_button = basics.button(_("Print…"), icon="printer")
        self.print_button.clicked.connect(self._on_print)
        self.fields.addRow("", self.print_button)
        self.cancel_button.hide()

    def value(self) -> str:
        """Return the key, as it was shown."""
        return self.key_label.text().replace("\n", "")

    def save(self) -> None:
        """Close; nothing is stored."""
        self.accept()

    @Slot()
    def _on_print(self) -> None:
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter  # heavy: asks the system for its printers

        self._printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        self._printer.setDocName(self.windowTitle())
        dialog = QPrintDialog(self._printer, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(self._on_print_accepted)
        QDialog.open(dialog)

    @Slot()
    def _on_print_accepted(self) -> None:
        self.print_on(self._printer)

    def print_on(self, printer: QPagedPaintDevice) -> None:
        """Put the key on one page; no file keeps it."""
        page = QTextDocument()
        page.setHtml(
            f"<h1>{escape(self.windowTitle())}</h1><p>{escape(formats.date(clock.today()))}</p>"
            f"<pre style='font-size: 18pt'>{escape(self.key_label.text())}</pre><p>{escape(self._explanation)}</p>"
        )
        page.print_(printer)


def _two_passwords(made: ResidentForm) -> tuple[QLineEdit, QLineEdit]:
    first, again = _password(_("New password")), _password(_("The same again"))
    made.add_field("password", _("New password"), first)
    made.add_field("again", _("The same again"), again)
    return first, again


def _password(name: str) -> QLineEdit:
    field = form.line(name)
    field.setEchoMode(QLineEdit.EchoMode.Password)
    return field


def _same(first: QLineEdit, again: QLineEdit) -> str:
    from gridapp.services import passwords  # heavy: imported when first used

    passwords.check(first.text())
    if first.text() != again.text():
        raise ValidationError(_("The two passwords differ."), "again")
    return first.text()


def _needed(name: str) -> str:
    if not name.strip():
        raise ValidationError(_("A name is needed."), "name")
    return name.strip()
