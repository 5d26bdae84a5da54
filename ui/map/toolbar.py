"""The row above the map: find a grid, what colours it, layers, the picture as a file, editing."""

from __future__ import annotations

from itertools import islice

from PySide6.QtCore import QEvent, QObject, QStringListModel, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QCompleter, QHBoxLayout, QLineEdit, QMenu, QWidget

from gridapp.domain.figure_classes import INDICATORS, indicator_title
from gridapp.i18n import _
from ui import theme
from ui.map.ground import MapGround
from ui.widgets import basics
from ui.widgets.place_finder import MOST_FOUND

LAYERS = ("buildings", "due", "facilities", "workers")


def _layer_titles() -> dict[str, str]:
    return {
        "buildings": _("Buildings"),
        "due": _("Buildings with people waiting"),
        "facilities": _("Facilities"),
        "workers": _("Responsible workers"),
    }


class MapToolbar(QWidget):
    """Everything one does with the map.

    Signals:
        grid_found: place of a grid that was searched for.
        nothing_found: the text that no grid has.
        indicator_chosen: key of INDICATORS.
        layer_switched: name of a layer, and whether it is on.
        today_switched: whether the outlines of today are wished for in past months.
        picture_wished: "png", "pdf" or "svg".
    """

    grid_found = Signal(object)
    nothing_found = Signal(str)
    indicator_chosen = Signal(str)
    layer_switched = Signal(str, bool)
    today_switched = Signal(bool)
    picture_wished = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ground: MapGround | None = None
        self.search_field = basics.dressed(QLineEdit(), _("Find a grid"))
        self.search_field.setPlaceholderText(_("Grid name or code"))
        self.search_field.setClearButtonEnabled(True)
        self._lines: list[tuple[str, str]] = []
        self._found = QStringListModel(self)
        completer = QCompleter(self._found, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.setMaxVisibleItems(12)
        self.search_field.textEdited.connect(self._on_typed)
        completer.activated.connect(self._on_completed)
        self.search_field.setCompleter(completer)
        self.search_field.returnPressed.connect(self._on_search)
        self.search_field.installEventFilter(self)
        self.indicator_combo = basics.dressed(QComboBox(), _("What colours the map"))
        for key in INDICATORS:
            self.indicator_combo.addItem(indicator_title(key), key)
        self.indicator_combo.currentIndexChanged.connect(self._on_indicator)
        self.layers_button = basics.button(_("Layers"), "secondary", "layers")
        self.layers_button.setMenu(self._layers_menu())
        self.picture_button = basics.button(_("Files"), "secondary", "download", _("Save or print the map"))
        self.picture_button.setMenu(self._picture_menu())
        tip = _("Who lives where, facilities, drafts, boundary files")
        self.grids_button = basics.button(_("Grids"), "secondary", "map", tip)
        self.grids_button.setMenu(self._grids_menu())
        tip = _("Draw, split, merge and move borders")
        self.edit_button = basics.button(_("Edit grids"), "secondary", "pencil", tip)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(theme.current().px(theme.GAP_S))
        self.row.addWidget(self.search_field, 1)
        buttons = (self.layers_button, self.picture_button, self.grids_button, self.edit_button)
        for part in (self.indicator_combo, *buttons):
            self.row.addWidget(part)
        self._words = {part: part.text() for part in buttons}
        for part, words in self._words.items():
            part.setAccessibleName(words)
        theme.current().changed.connect(self._on_look_changed)
        self._on_look_changed()

    def _on_look_changed(self) -> None:
        """With large text the buttons are icons only, so that the field keeps its room."""
        large = theme.current().scale >= 125
        for part, words in self._words.items():
            part.setText("" if large else words)
            part.setToolTip(part.toolTip() or words)

    def _layers_menu(self) -> QMenu:
        menu = self._menu()
        self.layer_actions: dict[str, QAction] = {}
        titles = _layer_titles()
        for key in LAYERS:
            action = menu.addAction(titles[key])
            action.setCheckable(True)
            action.setChecked(key != "workers")
            action.setData(key)
            action.toggled.connect(self._on_layer)
            self.layer_actions[key] = action
        menu.addSeparator()
        self.multiples_action = menu.addAction(_("Twelve months side by side"))
        self.multiples_action.setCheckable(True)
        self.today_action = menu.addAction(_("Outlines of today in past months"))
        self.today_action.setCheckable(True)
        self.today_action.toggled.connect(self.today_switched)
        menu.addSeparator()
        self.base_action = menu.addAction(_("Background from a file…"))
        self.no_base_action = menu.addAction(_("No background"))
        self.no_base_action.setEnabled(False)
        return menu

    def _picture_menu(self) -> QMenu:
        menu = self._menu()
        self.picture_actions: dict[str, QAction] = {}
        for key in ("png", "pdf", "svg"):
            action = menu.addAction(_("Save as {kind}…").format(kind=key.upper()))
            action.setData(key)
            action.triggered.connect(self._on_picture)
            self.picture_actions[key] = action
        menu.addSeparator()
        self.print_action = menu.addAction(_("Print the map… (Ctrl+P)"))
        return menu

    def _grids_menu(self) -> QMenu:
        menu = self._menu()
        self.people_action = menu.addAction(_("Who lives where…"))
        self.facilities_action = menu.addAction(_("Facilities…"))
        self.drafts_action = menu.addAction(_("Drafts…"))
        menu.addSeparator()
        self.import_action = menu.addAction(_("Import boundaries…"))
        self.export_action = menu.addAction(_("Export boundaries…"))
        return menu

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        theme.dress(menu, "menu")
        return menu

    @property
    def indicator(self) -> str:
        """Return the key of the indicator chosen."""
        return str(self.indicator_combo.currentData())

    def choose_indicator(self, key: str) -> None:
        """Choose an indicator; an unknown one is ignored."""
        place = self.indicator_combo.findData(key)
        if place >= 0:
            self.indicator_combo.setCurrentIndex(place)

    def show_ground(self, ground: MapGround) -> None:
        """Offer the grids of a ground."""
        if ground is not self._ground:
            self._ground = ground
            self._lines = []  # written when somebody looks for one: a city has 15,000

    def _on_typed(self, text: str) -> None:
        """Offer the first grids whose name and code hold every word."""
        if not self._lines and self._ground is not None:
            names = zip(self._ground.full_names, self._ground.codes, strict=True)
            lines = [f"{name}  {code}" for name, code in names]
            self._lines = [(line.casefold(), line) for line in lines]
        words = text.casefold().split()
        found = (line for low, line in self._lines if all(word in low for word in words))
        self._found.setStringList(list(islice(found, MOST_FOUND)))

    def _on_completed(self, text: str) -> None:
        self._find(text)

    def _on_search(self) -> None:
        text = self.search_field.text().strip()
        if text:
            self._find(text)

    def _find(self, text: str) -> None:
        number = self.number_of(text)
        if number is None:
            self.nothing_found.emit(text)
        else:
            self.grid_found.emit(number)

    def number_of(self, text: str) -> int | None:
        """Return the grid whose code or name is, begins with, or holds a text; the first of several."""
        ground = self._ground
        if ground is None:
            return None
        wanted = text.strip().casefold()
        tail = wanted.rsplit(None, 1)[-1] if wanted else ""
        if tail in ground.places:
            return ground.places[tail]
        names = [name.casefold() for name in ground.full_names]
        for fits in (str.__eq__, str.startswith, str.endswith, str.__contains__):
            for number, name in enumerate(names):
                if fits(name, wanted) or fits(ground.codes[number], wanted):
                    return number
        return None

    def _on_indicator(self) -> None:
        self.indicator_chosen.emit(self.indicator)

    def _on_layer(self, on: bool) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self.layer_switched.emit(str(action.data()), on)

    def _on_picture(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self.picture_wished.emit(str(action.data()))

    # Overrides of Qt methods

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search_field and event.type() == QEvent.Type.FocusIn:
            self.search_field.selectAll()
        return super().eventFilter(watched, event)
