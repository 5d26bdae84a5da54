"""One module per screen, and the list of them; each is imported when first opened."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridapp.i18n import N_, _

if TYPE_CHECKING:
    from ui.pages.page import Page


@dataclass(frozen=True)
class PageEntry:
    """A screen in the navigation.

    Attributes:
        key: Name for ``navigate_requested`` and ``--page``.
        source_title: Word under the icon, before translation.
        icon: Lucide name.
        factory: Where the class is: "module:Class".
        is_heavy: Its module brings numpy and pyqtgraph along, 40 MB: not imported before somebody asks for it.
    """

    key: str
    source_title: str
    icon: str
    factory: str
    is_heavy: bool = False

    @property
    def module(self) -> str:
        """Return the name of the screen's module."""
        return self.factory.partition(":")[0]

    @property
    def is_imported(self) -> bool:
        """Return whether the screen can be made without waiting for an import, here or on another thread."""
        found = sys.modules.get(self.module)
        return found is not None and not getattr(found.__spec__, "_initializing", False)

    @property
    def title(self) -> str:
        """Return the word under the icon."""
        return _(self.source_title)

    @property
    def exists(self) -> bool:
        """Return whether the screen's module is there, without importing it."""
        return importlib.util.find_spec(self.module) is not None

    def load(self) -> type[Page]:
        """Import the screen and return its class."""
        module, _colon, name = self.factory.partition(":")
        found: type[Page] = getattr(importlib.import_module(module), name)
        return found


PAGES: tuple[PageEntry, ...] = (
    PageEntry("today", N_("Today"), "home", "ui.pages.today:TodayPage"),
    PageEntry("residents", N_("Residents"), "users", "ui.pages.residents:ResidentsPage"),
    PageEntry("visits", N_("Visits"), "clipboard-check", "ui.pages.visits:VisitsPage"),
    PageEntry("map", N_("Map"), "map", "ui.pages.map:MapPage", is_heavy=True),
    PageEntry("dashboard", N_("Dashboard"), "bar-chart", "ui.pages.dashboard:DashboardPage", is_heavy=True),
    PageEntry("reports", N_("Reports"), "file-text", "ui.pages.reports:ReportsPage"),
    PageEntry("data", N_("Data"), "database", "ui.pages.data:DataPage"),
    PageEntry("settings", N_("Settings"), "settings", "ui.pages.settings:SettingsPage"),
)
"""Every screen, in the order of Ctrl+1 to Ctrl+8."""


def entry(key: str) -> PageEntry:
    """Return a screen by its key.

    Raises:
        KeyError: There is no such screen.
    """
    for page in PAGES:
        if page.key == key:
            return page
    raise KeyError(key)
