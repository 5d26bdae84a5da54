"""How the program looks: colours, text size, spacing and icons, in one place.

There is one ``Theme`` per application. Widgets ask it for tokens and sizes;
what carries a style sheet, an icon or a text role is marked by ``dress``,
``set_icon`` and ``set_text_role`` and follows when theme or size change; a
whole screen that is out of sight (``dress_when_seen``) follows when it is shown.
No style sheet is application-wide: that would double every table repaint.
"""

from __future__ import annotations

import functools
from typing import Any, Literal

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QImage, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QWidget

from gridapp import paths
from ui import fonts, preferences, styles
from ui.palettes import THEMES, Tokens

TextRole = Literal["body", "strong", "small", "heading", "title", "figure"]

SCALES = (100, 125, 150)
"""Text sizes on offer: standard, large, very large. [%]"""

MANY = 600
"""So many widgets take another look in two turns of the event loop."""
NEXT_TURN_MS = 1

GAP_XS, GAP_S, GAP_M, GAP_L = 4, 8, 12, 20
"""The spacing grid. [px at 100 %]"""

_POINTS: dict[str, tuple[float, bool]] = {
    "body": (10.5, False),
    "strong": (10.5, True),
    "small": (9.5, False),
    "heading": (12.5, True),
    "title": (17.0, True),
    "figure": (24.0, True),
}

_STYLE, _ICON, _TONE, _TEXT, _LATE = "themeStyle", "themeIcon", "themeIconTone", "themeText", "themeLate"


class Theme(QObject):
    """The look in force.

    Signals:
        changed: colours or text size are others now; widgets that paint by hand repaint.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.name = "light"
        self.scale = 100
        self._icons: dict[tuple[str, str, int], QIcon] = {}
        self._sheets: dict[str, str] = {}

    @property
    def tokens(self) -> Tokens:
        """Return the colours in force."""
        return THEMES[self.name]

    def colour(self, token: str) -> QColor:
        """Return a colour by its token."""
        return QColor(getattr(self.tokens, token))

    def px(self, pixels: float) -> int:
        """Return a length that grows with the text, in pixels."""
        return round(pixels * self.scale / 100)

    @property
    def control_height(self) -> int:
        """Return the height of buttons and fields: 34 px, at least 44 px in large text."""
        return max(self.px(34), 44 if self.scale >= 125 else 34)

    def font(self, role: TextRole = "body") -> QFont:
        """Return the font of a text role at the size in force."""
        points, bold = _POINTS[role]
        return fonts.font(points * self.scale / 100, bold)

    def icon(self, name: str, tone: str = "muted", size: int = 18) -> QIcon:
        """Return a shipped icon tinted with a colour token; empty when there is no such icon."""
        pixels = self.px(size)
        key = (name, tone, pixels)
        if key not in self._icons:
            self._icons[key] = _draw_icon(name, pixels, self.colour(tone), self.colour("disabled"))
        return self._icons[key]

    def sheet(self, kind: str) -> str:
        """Return the style sheet of a kind of widget (``styles.KINDS``) in the look in force."""
        if kind not in self._sheets:
            self._sheets[kind] = styles.sheet(kind, self.tokens, self.px, self.control_height)
        return self._sheets[kind]

    def choose(self, name: str | None = None, scale: int | None = None, remember: bool = True) -> None:
        """Change colours or text size, show it at once and remember it.

        Raises:
            KeyError: No such theme.
            ValueError: No such text size.
        """
        new_name, new_scale = name or self.name, scale or self.scale
        if new_scale not in SCALES:
            raise ValueError(f"Text size {new_scale} % is not one of {SCALES}.")
        THEMES[new_name]
        self.name, self.scale = new_name, new_scale
        if remember:
            preferences.keep("look/theme", new_name)
            preferences.keep("look/scale", new_scale)
        self.apply()

    def restore(self) -> None:
        """Take the look that was remembered, else the system's wish for dark or strong contrast."""
        name = preferences.text("look/theme") or _system_wish()
        scale = preferences.number("look/scale", 100)
        self.name = name if name in THEMES else "light"
        self.scale = scale if scale in SCALES else 100
        self.apply()

    def apply(self) -> None:
        """Put palette, font, style sheets and icons in force on what is in sight, and later on the rest."""
        self._icons.clear()
        self._sheets.clear()
        QApplication.setPalette(_palette(self.tokens))
        QApplication.setFont(self.font())
        widgets = QApplication.allWidgets()
        late: set[QWidget] = set()
        for widget in widgets:
            if widget.property(_LATE) is not None and not widget.isVisible():
                widget.setProperty(_LATE, True)
                late.update(widget.findChildren(QWidget))
        for widget in widgets:
            if widget not in late:
                _redress(self, widget)
        if len(widgets) > MANY:  # a whole window: who measures or paints by itself follows in the next turn
            QTimer.singleShot(NEXT_TURN_MS, self, self.changed.emit)
        else:
            self.changed.emit()


def current() -> Theme:
    """Return the application's theme, made on first call."""
    app = QApplication.instance()
    assert isinstance(app, QApplication), "The theme needs a QApplication."
    found = app.property("gridTheme")
    if isinstance(found, Theme):
        return found
    made = Theme(app)
    app.setProperty("gridTheme", made)
    return made


def dress(widget: QWidget, kind: str) -> None:
    """Give one widget a style sheet by kind (``styles.KINDS``); it follows the theme."""
    widget.setProperty(_STYLE, kind)
    _redress(current(), widget)


def dress_when_seen(screen: QWidget) -> None:
    """Let what a screen holds follow the theme only when it is seen; the screen calls ``catch_up`` when shown."""
    screen.setProperty(_LATE, False)


def catch_up(screen: QWidget) -> None:
    """Dress what a screen holds if theme or size changed while it was out of sight."""
    if screen.property(_LATE):
        screen.setProperty(_LATE, False)
        for widget in screen.findChildren(QWidget):
            _redress(current(), widget)
        current().changed.emit()  # those that measure themselves did so in the former look


def set_icon(widget: Any, name: str, tone: str = "muted", size: int = 18) -> None:
    """Give a button an icon that follows theme and text size."""
    widget.setProperty(_ICON, f"{name}:{size}")
    widget.setProperty(_TONE, tone)
    _redress(current(), widget)


def set_text_role(widget: QWidget, role: TextRole, tone: str = "text") -> None:
    """Give a label the font of a text role and a colour token; both follow the theme."""
    widget.setProperty(_TEXT, f"{role}:{tone}")
    _redress(current(), widget)


def _redress(theme: Theme, widget: QWidget) -> None:
    kind = widget.property(_STYLE)
    if kind:
        widget.setStyleSheet(theme.sheet(kind))
    text = widget.property(_TEXT)
    if text:
        role, tone = text.split(":")
        widget.setFont(theme.font(role))
        widget.setForegroundRole(QPalette.ColorRole.WindowText)  # inside a button it would be ButtonText
        palette = QPalette(widget.palette())
        palette.setColor(QPalette.ColorRole.WindowText, theme.colour(tone))
        widget.setPalette(palette)
    icon = widget.property(_ICON)
    if icon:
        name, size = icon.split(":")
        widget.setIcon(theme.icon(name, widget.property(_TONE), int(size)))  # type: ignore[attr-defined]
        widget.setIconSize(QSize(theme.px(int(size)), theme.px(int(size))))  # type: ignore[attr-defined]


def _draw_icon(name: str, pixels: int, colour: QColor, disabled: QColor) -> QIcon:
    source = _icon_source(name)
    if not source:
        return QIcon()
    icon = QIcon()
    for tint, mode in ((colour, QIcon.Mode.Normal), (disabled, QIcon.Mode.Disabled)):
        renderer = QSvgRenderer(QByteArray(source.replace(b"currentColor", tint.name().encode())))
        for ratio in (1, 2):
            icon.addPixmap(_drawn(renderer, pixels, ratio), mode)
    return icon


@functools.cache
def _icon_source(name: str) -> bytes:
    # Kept: every look at the disk gives up Python's lock, and busy workers hand it back late.
    path = paths.resource("icons") / f"{name}.svg"
    return path.read_bytes() if path.is_file() else b""


def _drawn(renderer: QSvgRenderer, pixels: int, ratio: int) -> QPixmap:
    image = QImage(pixels * ratio, pixels * ratio, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter, QRectF(image.rect()))
    painter.end()
    image.setDevicePixelRatio(ratio)
    return QPixmap.fromImage(image)


def _palette(tokens: Tokens) -> QPalette:
    role = QPalette.ColorRole
    colours = {
        role.Window: tokens.window, role.WindowText: tokens.text, role.Base: tokens.surface,
        role.AlternateBase: tokens.raised, role.Text: tokens.text, role.Button: tokens.surface,
        role.ButtonText: tokens.text, role.BrightText: tokens.danger, role.Highlight: tokens.soft,
        role.HighlightedText: tokens.text, role.Link: tokens.accent, role.LinkVisited: tokens.accent,
        role.ToolTipBase: tokens.toast, role.ToolTipText: tokens.on_toast, role.PlaceholderText: tokens.muted,
        role.Accent: tokens.accent, role.Light: tokens.surface, role.Midlight: tokens.raised,
        role.Mid: tokens.line, role.Dark: tokens.edge, role.Shadow: tokens.edge,
    }
    palette = QPalette()
    for part, colour in colours.items():
        palette.setColor(part, QColor(colour))
    for part in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, part, QColor(tokens.disabled))
    return palette


def _system_wish() -> str:
    hints = QApplication.styleHints()
    accessibility = getattr(hints, "accessibility", None)  # present from Qt 6.10 on
    contrast = getattr(accessibility() if accessibility else None, "contrastPreference", None)
    if contrast is not None and getattr(contrast(), "name", "") == "HighContrast":
        return "high"
    return "dark" if hints.colorScheme() == Qt.ColorScheme.Dark else "light"
