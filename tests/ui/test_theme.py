"""Every theme is readable, at every text size."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from gridapp import paths
from ui import glyphs, palettes, preferences, styles, theme
from ui.widgets import basics
from ui.widgets.filter_chips import FilterChips

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", palettes.THEMES)
@pytest.mark.parametrize(("text", "ground"), palettes.TEXT_PAIRS)
def test_text_is_readable_on_every_surface(name: str, text: str, ground: str) -> None:
    tokens = palettes.THEMES[name]
    assert palettes.contrast(getattr(tokens, text), getattr(tokens, ground)) >= 4.5


@pytest.mark.parametrize("name", palettes.THEMES)
def test_borders_focus_and_fills_can_be_told_apart(name: str) -> None:
    tokens = palettes.THEMES[name]
    for line, ground in palettes.LINE_PAIRS:
        assert palettes.contrast(getattr(tokens, line), getattr(tokens, ground)) >= 3
    for fill, text in zip(tokens.ramp, tokens.on_ramp, strict=True):
        assert palettes.contrast(fill, text) >= 4.5


def test_contrast_agrees_with_the_standards_ends() -> None:
    assert palettes.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert palettes.contrast("#777777", "#777777") == pytest.approx(1)


@pytest.mark.parametrize("kind", styles.KINDS)
def test_every_kind_of_style_sheet_is_filled_in(kind: str, look: theme.Theme) -> None:
    sheet = styles.sheet(kind, look.tokens, look.px, look.control_height)
    assert sheet.count("{") == sheet.count("}") > 0
    assert not re.search(r"\{[a-z_]+\}", sheet)


def test_every_icon_named_in_the_program_is_shipped() -> None:
    shipped = {path.stem for path in paths.resource("icons").glob("*.svg")}
    named = set()
    patterns = [r'icon="([a-z-]+)"', r'set_icon\(\w+, "([a-z-]+)"', r'describe\("([a-z-]+)"',
                r'set_empty_state\(\s*"([a-z-]+)"', r'\.icon\("([a-z-]+)"', r'_Door\("([a-z-]+)"',
                r'button\(_\([^)]*\), "(?:primary|secondary|quiet|danger)", "([a-z-]+)"',
                r'PageEntry\("[a-z]+", [^,]+, "([a-z-]+)"']
    for path in (ROOT / "ui").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        named |= {found for pattern in patterns for found in re.findall(pattern, source)}
    from ui.actions import ACTIONS

    named |= {entry.icon for entry in ACTIONS if entry.icon}
    assert len(named) > 15
    assert named <= shipped


def test_a_missing_icon_is_empty_and_no_crash(look: theme.Theme) -> None:
    assert look.icon("no-such-icon").isNull()
    assert not look.icon("home").isNull()


def test_theme_and_size_are_remembered(look: theme.Theme, qapp: QApplication) -> None:
    look.choose("dark", 125)
    assert preferences.text("look/theme") == "dark"
    look.choose("light", 100, remember=False)
    look.restore()
    assert (look.name, look.scale) == ("dark", 125)
    assert qapp.palette().color(QPalette.ColorRole.Base) == look.colour("surface")


def test_spoilt_preferences_fall_back(look: theme.Theme) -> None:
    preferences.keep("look/theme", "pink")
    preferences.keep("look/scale", "huge")
    look.restore()
    assert (look.name, look.scale) == ("light", 100)
    with pytest.raises(ValueError, match="110"):
        look.choose(scale=110)


@pytest.mark.parametrize("scale", theme.SCALES)
def test_controls_are_large_enough_at_every_text_size(scale: int, look: theme.Theme, qtbot: QtBot) -> None:
    look.choose(scale=scale, remember=False)
    made = [basics.button("保存"), basics.dressed(QLineEdit(), "姓名")]
    for widget in made:
        qtbot.addWidget(widget)
        widget.show()
        assert widget.sizeHint().height() >= (32 if scale == 100 else 44)


def test_size_changes_reach_what_is_already_shown(look: theme.Theme, qtbot: QtBot) -> None:
    button, title = basics.button("保存"), basics.label("今日走访", "title", "muted")
    for widget in (button, title):
        qtbot.addWidget(widget)
        widget.show()
    before = button.sizeHint().width(), title.font().pointSizeF()
    look.choose("dark", 150, remember=False)
    assert button.sizeHint().width() > before[0]
    assert title.font().pointSizeF() == pytest.approx(before[1] * 1.5)
    assert title.palette().color(QPalette.ColorRole.WindowText) == look.colour("muted")


def test_chips_stay_round_at_150_percent(look: theme.Theme, qtbot: QtBot) -> None:
    look.choose(scale=150, remember=False)
    chips = FilterChips([("overdue", "逾期"), ("all", "全部")], "筛选")
    qtbot.addWidget(chips)
    chips.set_counts({"overdue": 128})
    chip = chips.findChildren(type(basics.button("x")))[0]
    radius = int(re.findall(r"border-radius: (\d+)px", chip.styleSheet())[0])
    assert chip.text() == "逾期  128"
    assert 2 * radius <= chip.sizeHint().height()


def test_the_application_has_no_style_sheet_of_its_own(qapp: QApplication) -> None:
    assert qapp.styleSheet() == ""


def test_glyphs_are_kept_for_the_next_start_and_made_again_when_damaged() -> None:
    glyphs.file.cache_clear()
    path = Path(glyphs.file("check", "#123456"))
    assert path.parent == paths.cache_dir()
    drawn = path.read_text("utf-8")
    assert "#123456" in drawn
    beside = set(path.parent.iterdir())
    path.write_text("<svg", "utf-8")
    glyphs.file.cache_clear()
    assert glyphs.file("check", "#123456") == path.as_posix()
    assert path.read_text("utf-8") == drawn and set(path.parent.iterdir()) == beside


def test_the_window_opens_where_nothing_can_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "cache_dir", lambda: tmp_path / "gone")
    glyphs.file.cache_clear()
    assert not Path(glyphs.file("check", "#123456")).exists()
    glyphs.file.cache_clear()
