"""Put ``resources/`` and ``data/`` into the wheel, at ``gridapp/_shipped``."""

from __future__ import annotations

from pathlib import Path

from setuptools.command.build_py import build_py

SHIPPED = ("resources", "data")


class BuildWithShipped(build_py):
    """Build the packages, then copy the shipped folders beside them."""

    def run(self) -> None:
        """Build; an editable install reads the checkout's own folders instead."""
        super().run()
        if self.editable_mode:
            return
        for folder in SHIPPED:
            self.copy_tree(folder, str(Path(self.build_lib, "gridapp", "_shipped", folder)))
