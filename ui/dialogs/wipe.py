"""Ask before the keys of a file are destroyed: what goes, what cannot be done, and its name typed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QWidget

from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.services import wiping
from gridapp.services.wiping import WipePlan
from ui import theme
from ui.context import AppContext
from ui.dialogs import resident_form as form
from ui.dialogs.resident_form import ResidentForm
from ui.startup import WipeOrder
from ui.widgets import basics


class WipeForm(ResidentForm):
    """A ``submitted`` value is a WipeOrder; the window then closes the file and carries it out."""

    def __init__(self, context: AppContext, parent: QWidget) -> None:
        """Make the form and look up what there is to destroy.

        Args:
            context: Its file is meant.
            parent: Page it belongs to.
        """
        explanation = _(
            "For a laptop that was lost and found, is given away or sent for repair. Without its keys nobody can read "
            "the data, you included. This cannot be taken back."
        )
        super().__init__(parent, _("Destroy the keys of this file"), _("Destroy them"), explanation)
        self._context, self._name = context, Path(context.location).name
        self.plan_label = basics.label(_("Looking…"), "small", "muted", wrap=True)
        self.backups_box = QCheckBox(_("The keys of its backups too"))
        self.backups_box.setChecked(True)
        self.files_box = QCheckBox(_("Delete the encrypted files as well"))
        self.typed_edit = form.line(_("Name of the file"), hint=self._name)
        self.fields.addRow(self.plan_label)
        self.fields.addRow("", self.backups_box)
        self.fields.addRow("", self.files_box)
        self.add_field("typed", _("Type {name}").format(name=self._name), self.typed_edit)
        theme.dress(self.save_button, "danger")
        self.backups_box.toggled.connect(self._look)
        self.files_box.toggled.connect(self._look)
        self._look()

    def value(self) -> WipeOrder:
        """Return what is to be destroyed.

        Raises:
            ValidationError: The name is not the file's.
        """
        if self.typed_edit.text().strip() != self._name:
            raise ValidationError(_("Type the name of the file exactly; nothing was destroyed."), "typed")
        return WipeOrder(self._name, self.backups_box.isChecked(), self.files_box.isChecked())

    @Slot()
    def _look(self) -> None:
        job = self._context.run(
            wiping.plan_wipe, self._context.database, self.backups_box.isChecked(), self.files_box.isChecked()
        )
        job.succeeded.connect(self._show)

    @Slot(object)
    def _show(self, plan: WipePlan) -> None:
        places = [f"{place.parent.name}/{place.name}" for place in (*plan.rings, *plan.key_files, *plan.files)]
        self.plan_label.setText("\n".join([_("Will be destroyed:"), *places, wiping.what_it_cannot()]))
        self.fit()
