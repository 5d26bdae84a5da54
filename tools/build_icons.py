"""Copy the icons GridApp shows from the Lucide set into ``resources/icons``.

    python tools/build_icons.py [WORK_FOLDER]

Needs npm to fetch. Files keep ``stroke="currentColor"``: the program tints them
by replacing that word. The application icon, ``gridapp.svg``, is our own; its
PNG of 256 pixels is drawn from it here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "resources" / "icons"
PACKAGE = "lucide-static@1.62.0"

SAME_NAME = """
calendar check chevron-down chevron-left chevron-right chevron-up clipboard-check clipboard-list copy database
door-open download external-link eye eye-off file-spreadsheet file-text footprints history info keyboard layers
lock map map-pin maximize minus pencil phone play plus printer save search settings shield-check upload user
user-check users video x zoom-in zoom-out
""".split()
# our name: Lucide's name
OTHER_NAME = {
    "alert-triangle": "triangle-alert", "bar-chart": "chart-column", "building": "building-2",
    "circle-help": "circle-question-mark", "columns": "columns-3", "filter": "funnel", "home": "house",
    "import": "file-input", "redo": "redo-2", "refresh": "refresh-cw", "trash": "trash-2", "undo": "undo-2",
}


def main() -> None:
    """Fetch, copy, draw."""
    with tempfile.TemporaryDirectory() as made:
        work = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(made)
        work.mkdir(parents=True, exist_ok=True)
        if not (work / "package").is_dir():
            subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=work, check=True)
            subprocess.run(["tar", "xf", next(work.glob("*.tgz")).name], cwd=work, check=True)
        package = work / "package"
        TARGET.mkdir(parents=True, exist_ok=True)
        for name, original in ({name: name for name in SAME_NAME} | OTHER_NAME).items():
            svg = (package / "icons" / f"{original}.svg").read_text("utf-8")
            (TARGET / f"{name}.svg").write_text(tidy(svg), "utf-8")
        shutil.copy(package / "LICENSE", TARGET / "LUCIDE-LICENSE.txt")
    draw_application_icon()


def tidy(svg: str) -> str:
    """Drop comments and the class, and put the opening tag on one line."""
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\s+class="[^"]*"', "", svg)
    return re.sub(r"<svg[^>]*>", lambda tag: re.sub(r"\s+", " ", tag[0]).replace(" >", ">"), svg).strip() + "\n"


def draw_application_icon() -> None:
    """Draw ``gridapp.svg`` into ``gridapp.png``, 256 × 256 pixels with transparent ground."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    application = QGuiApplication([])
    image = QImage(256, 256, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(TARGET / "gridapp.svg")).render(painter)
    painter.end()
    image.save(str(TARGET / "gridapp.png"))
    application.quit()


if __name__ == "__main__":
    main()
