"""Style sheets by kind of widget, made from colour tokens and the text size.

Only small widgets carry one: buttons, fields, chips, navigation, headers of
tables and scroll bars. Tables, cards and pages are drawn from the palette.
"""

from __future__ import annotations

from collections.abc import Callable

from ui.palettes import Tokens

Px = Callable[[float], int]

_BUTTON = """
{selector} {{ color: {color}; background: {ground}; border: 1px solid {edge}; border-radius: {radius}px;
  padding: 0 {pad}px; min-height: {inner}px; font-weight: {weight}; }}
{selector}:hover {{ background: {hover}; }}
{selector}:pressed, {selector}:checked {{ background: {down}; }}
{selector}:focus {{ border: 2px solid {focus}; padding: 0 {pad_focus}px; }}
{selector}:disabled {{ color: {disabled}; background: {off}; border-color: {line}; }}
{selector}::menu-indicator {{ width: 0; }}
"""

_FIELD = """
QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QAbstractSpinBox {{ color: {text}; background: {surface};
  placeholder-text-color: {muted};
  border: 1px solid {edge}; border-radius: {radius}px; padding: 0 {pad}px; min-height: {inner}px;
  selection-background-color: {accent}; selection-color: {on_accent}; }}
QPlainTextEdit, QTextEdit {{ padding: {small}px {pad}px; }}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QComboBox:focus, QAbstractSpinBox:focus {{
  border: 2px solid {focus}; padding: 0 {pad_focus}px; }}
QPlainTextEdit:focus, QTextEdit:focus {{ padding: {small_focus}px {pad_focus}px; }}
QLineEdit[invalid="true"], QPlainTextEdit[invalid="true"], QComboBox[invalid="true"],
QAbstractSpinBox[invalid="true"] {{ border: 2px solid {danger}; }}
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled, QAbstractSpinBox:disabled {{
  color: {disabled}; background: {raised}; border-color: {line}; }}
QComboBox::drop-down, QAbstractSpinBox::drop-down {{ border: none; width: {arrow}px; }}
QComboBox::down-arrow, QDateEdit::down-arrow, QDateTimeEdit::down-arrow {{
  image: url("{chevron}"); width: {glyph}px; height: {glyph}px; }}
QComboBox QAbstractItemView {{ background: {surface}; color: {text}; border: 1px solid {edge};
  selection-background-color: {soft}; selection-color: {text}; outline: none; }}
QComboBox QAbstractItemView::item {{ min-height: {inner}px; }}
"""

_TICK = """
QCheckBox, QRadioButton {{ color: {text}; spacing: {small}px; }}
QCheckBox::indicator, QRadioButton::indicator {{ width: {tick}px; height: {tick}px; background: {surface};
  border: 1px solid {edge}; border-radius: 3px; }}
QRadioButton::indicator {{ border-radius: {tick_round}px; }}
QCheckBox::indicator:checked {{ background: {accent}; border-color: {accent}; image: url("{check}"); }}
QRadioButton::indicator:checked {{ width: {dot}px; height: {dot}px; border: {ring}px solid {accent}; }}
QCheckBox:focus, QRadioButton:focus {{ color: {focus}; }}
QCheckBox::indicator:focus, QRadioButton::indicator:unchecked:focus {{ border-color: {focus}; }}
QCheckBox:disabled, QRadioButton:disabled {{ color: {disabled}; }}
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {{ border-color: {line}; background: {raised}; }}
"""

_NAV = """
QToolButton {{ color: {muted}; background: transparent; border: 2px solid transparent; border-radius: {radius}px;
  padding: {small}px 0; }}
QToolButton:hover {{ background: {raised}; color: {text}; }}
QToolButton:checked {{ background: {soft}; color: {accent}; font-weight: bold; }}
QToolButton:focus {{ border-color: {focus}; }}
"""

_CHIP = """
QPushButton {{ color: {text}; background: {surface}; border: 1px solid {edge}; border-radius: {round}px;
  padding: 0 {pad}px; min-height: {chip}px; max-height: {chip}px; }}
QPushButton:hover {{ background: {raised}; }}
QPushButton:checked {{ color: {accent}; background: {soft}; border-color: {accent}; font-weight: bold; }}
QPushButton:focus {{ border: 2px solid {focus}; padding: 0 {pad_focus}px; }}
QPushButton:disabled {{ color: {disabled}; border-color: {line}; }}
"""

_HEADER = """
QHeaderView {{ background: {raised}; border: none; }}
QHeaderView::section {{ color: {muted}; background: {raised}; border: none; border-bottom: 1px solid {line};
  padding: 0 {pad}px; font-weight: bold; min-height: {inner}px; }}
QHeaderView::section:hover {{ color: {text}; }}
QHeaderView::up-arrow {{ image: url("{up}"); width: {glyph}px; height: {glyph}px; }}
QHeaderView::down-arrow {{ image: url("{chevron}"); width: {glyph}px; height: {glyph}px; }}
"""

_SCROLL = """
QScrollBar {{ background: transparent; border: none; margin: 2px; }}
QScrollBar:vertical {{ width: {bar}px; }}
QScrollBar:horizontal {{ height: {bar}px; }}
QScrollBar::handle {{ background: {edge}; border-radius: {thumb}px; }}
QScrollBar::handle:vertical {{ min-height: {grip}px; }}
QScrollBar::handle:horizontal {{ min-width: {grip}px; }}
QScrollBar::handle:hover {{ background: {muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""

_TOAST = """
QFrame#toast {{ background: {toast}; border: 1px solid {line}; border-radius: {radius}px; }}
QLabel {{ color: {on_toast}; background: transparent; }}
QPushButton {{ color: {toast_action}; background: transparent; border: 2px solid transparent;
  border-radius: {radius}px; padding: 0 {small}px; min-height: {chip}px; font-weight: bold; }}
QPushButton:hover {{ text-decoration: underline; }}
QPushButton:focus {{ border-color: {toast_action}; }}
"""

_PROGRESS = """
QProgressBar {{ color: {text}; background: {no_data}; border: none; border-radius: 3px; max-height: 6px; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 3px; }}
"""

_MENU = """
QMenu {{ background: {surface}; color: {text}; border: 1px solid {edge}; padding: {gap}px; }}
QMenu::item {{ padding: {small}px {wide}px; border-radius: 4px; }}
QMenu::item:selected {{ background: {soft}; color: {text}; }}
QMenu::item:disabled {{ color: {disabled}; }}
QMenu::separator {{ height: 1px; background: {line}; margin: {gap}px; }}
"""

_LINK = """
QAbstractButton {{ color: {accent}; background: transparent; border: 2px solid transparent; border-radius: 4px;
  padding: 0 {gap}px; min-height: {link}px; text-decoration: underline; }}
QAbstractButton:hover {{ background: {raised}; }}
QAbstractButton:focus {{ border-color: {focus}; }}
QAbstractButton:disabled {{ color: {disabled}; }}
"""

KINDS = (
    "primary", "secondary", "quiet", "danger", "link", "field", "form", "nav", "chip", "header", "scroll", "toast",
    "progress", "menu", "tick",
)
"""Kinds that ``sheet`` knows; "form" styles a whole panel of fields and buttons without tables."""


def sheet(kind: str, tokens: Tokens, px: Px, control_height: int) -> str:
    """Return the style sheet of a kind of widget.

    Raises:
        KeyError: No such kind.
    """
    if kind in ("primary", "secondary", "quiet", "danger"):
        return _button(kind, "QAbstractButton", tokens, px, control_height)
    if kind == "form":
        buttons = _button("secondary", "QPushButton", tokens, px, control_height)
        return buttons + _fill(_FIELD + _TICK, tokens, px, control_height)
    templates = {"field": _FIELD, "nav": _NAV, "chip": _CHIP, "header": _HEADER, "scroll": _SCROLL, "toast": _TOAST,
                 "progress": _PROGRESS, "menu": _MENU, "link": _LINK, "tick": _TICK}
    return _fill(templates[kind], tokens, px, control_height)


def _fill(template: str, tokens: Tokens, px: Px, control_height: int) -> str:
    from ui import glyphs

    chip, tick, ring = px(30), px(16), px(5)
    sizes = {
        "radius": px(6), "pad": px(12), "pad_focus": px(12) - 1, "inner": control_height - 2, "small": px(6),
        "small_focus": px(6) - 1, "gap": px(4), "wide": px(20), "arrow": px(26), "glyph": px(14), "chip": chip,
        "link": px(20), "round": chip // 2, "bar": px(10), "thumb": max(2, (px(10) - 4) // 2), "grip": px(32),
        "tick": tick, "tick_round": (tick + 2) // 2, "ring": ring, "dot": tick + 2 - 2 * ring,
        "check": glyphs.file("check", tokens.on_accent), "chevron": glyphs.file("chevron-down", tokens.muted),
        "up": glyphs.file("chevron-up", tokens.muted),
    }
    colours = {name: value for name, value in vars(tokens).items() if isinstance(value, str)}
    return template.format(**colours, **sizes)


def _button(kind: str, selector: str, tokens: Tokens, px: Px, control_height: int) -> str:
    looks = {
        "primary": (tokens.on_accent, tokens.accent, tokens.accent, tokens.accent_hover, "bold"),
        "secondary": (tokens.text, tokens.surface, tokens.edge, tokens.raised, "normal"),
        "quiet": (tokens.accent, "transparent", "transparent", tokens.raised, "normal"),
        "danger": (tokens.danger, tokens.surface, tokens.danger, tokens.danger_soft, "normal"),
    }
    color, ground, edge, hover, weight = looks[kind]
    return _BUTTON.format(
        selector=selector, color=color, ground=ground, edge=edge, hover=hover, weight=weight,
        down=hover if kind == "primary" else tokens.soft, line=tokens.line, off=tokens.raised,
        focus=tokens.text if kind == "primary" else tokens.focus, disabled=tokens.disabled, radius=px(6),
        pad=px(14), pad_focus=px(14) - 1, inner=control_height - 2,
    )
