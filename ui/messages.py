"""The only place that decides what the user sees of an error, and that asks.

UserError       -> a notice at the foot of the window, or beside the field (the page does that)
StorageError    -> a dialog with the next step
OperationCancelled -> nothing
anything else   -> ``crash``: log and a dialog with "Copy details"

Success is shown by the changed screen and the undo message, never by a box.
"""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget

from gridapp import errors
from gridapp.i18n import N_, _
from ui import crash, theme

_NEXT_STEPS: tuple[tuple[type[errors.StorageError], str], ...] = (
    (errors.NewerDatabaseError, N_("Install the newest GridApp on this computer, then open the file again.")),
    (errors.ForeignDatabaseError, N_("Choose another file, or put a backup in its place.")),
    (errors.ReadOnlyDatabaseError, N_("Move the file to a folder you may write to, then open it again.")),
    (errors.DatabaseBusyError, N_("Close the other program that uses the file, then try again.")),
    (errors.DiskFullError, N_("Free some space on the disk, then try again.")),
)


_OF_SERVER = "gridapp_server"
_LATER = (errors.ReadOnlyDatabaseError, errors.ForeignDatabaseError, errors.DiskFullError, errors.NewerDatabaseError)
"""What does not pass by itself on a server."""


def next_step(error: errors.StorageError) -> str:
    """Return what the user can do about a storage error."""
    if error.on_server and isinstance(error, _LATER):
        return _("What was saved before is safe.")
    if error.on_server:
        return _("What was saved before is safe. Try again in a moment, or ask whoever looks after the server.")
    for kind, step in _NEXT_STEPS:
        if isinstance(error, kind):
            return _(step)
    return _("What was saved before is safe. Close GridApp, start it again, and if this comes back restore a backup.")


def sentence(error: BaseException) -> str:
    """Return one sentence for people about any error; never a traceback."""
    if isinstance(error, errors.OperationCancelled):
        return ""
    if isinstance(error, errors.GridAppError):
        return str(error)
    return _("Something in GridApp went wrong. What was saved before is safe.")


def is_notice(error: BaseException) -> bool:
    """Return whether a passing notice is enough for an error."""
    return isinstance(error, errors.UserError)


def show_error(parent: QWidget | None, error: BaseException) -> None:
    """Show a storage error with its next step, or report a bug; a cancel shows nothing.

    A server that is away is told of once: everything that asked it meanwhile fails alike.
    """
    if isinstance(error, errors.OperationCancelled):
        return
    if isinstance(error, errors.StorageError):
        if error.on_server and _is_told(parent):
            return
        box = _box(parent, QMessageBox.Icon.Warning, sentence(error), next_step(error))
        box.setProperty(_OF_SERVER, error.on_server)
        box.open()
    elif isinstance(error, errors.GridAppError):
        _box(parent, QMessageBox.Icon.Information, sentence(error), "").open()
    else:
        crash.report(parent, error)


def _is_told(parent: QWidget | None) -> bool:
    """Return whether a box about the server is open already."""
    open_boxes = parent.findChildren(QMessageBox) if parent is not None else []
    return any(box.isVisible() and box.property(_OF_SERVER) for box in open_boxes)


def show_notice(parent: QWidget | None, text: str) -> None:
    """Show something about the data itself that its user must know."""
    _box(parent, QMessageBox.Icon.Warning, text, "").open()


def waiting_box(parent: QWidget | None, sentence: str) -> QMessageBox:
    """Return a box for while a save waits for somebody else; its only button stops that."""
    box = _box(parent, QMessageBox.Icon.Information, sentence, _("Yours is saved as soon as that is done."))
    box.setStandardButtons(QMessageBox.StandardButton.NoButton)
    box.addButton(_("Stop waiting"), QMessageBox.ButtonRole.RejectRole)
    return box


def confirm(parent: QWidget, question: str, explanation: str, verb: str) -> bool:
    """Ask before something that cannot be undone; the safe answer is the default.

    Args:
        parent: Window the question belongs to.
        question: One sentence.
        explanation: What will be lost.
        verb: Text of the button that goes ahead, e.g. "Replace the backup".
    """
    box = _box(parent, QMessageBox.Icon.Question, question, explanation)
    box.setStandardButtons(QMessageBox.StandardButton.NoButton)
    go = box.addButton(verb, QMessageBox.ButtonRole.DestructiveRole)
    stay = box.addButton(_("Cancel"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(stay)
    box.setEscapeButton(stay)
    box.exec()
    return box.clickedButton() is go


def _box(parent: QWidget | None, icon: QMessageBox.Icon, text: str, explanation: str) -> QMessageBox:
    box = QMessageBox(icon, _("GridApp"), text, QMessageBox.StandardButton.Ok, parent)
    box.setInformativeText(explanation)
    theme.dress(box, "form")
    return box
