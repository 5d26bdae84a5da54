"""The colours of GridApp as data: one frozen table per theme.

Screens never write a colour down; they name a token. Every text token keeps a
contrast of at least 4.5:1 on each surface it is used on (``TEXT_PAIRS``), and
every line that carries meaning at least 3:1 (``LINE_PAIRS``); both are tested.

Source: WCAG 2.2, 1.4.3 and 1.4.11; colour-blind-safe orange-blue pair for rates.
"""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Tokens:
    """The colours of one theme, each as ``#RRGGBB``.

    Attributes:
        window: Ground behind cards.
        surface: Cards, tables, fields and the navigation.
        raised: Table headers and things under the pointer.
        line: Quiet lines between areas; decoration only.
        edge: Borders of controls.
        text: Ordinary text.
        muted: Secondary text.
        disabled: Text of controls that cannot be used; exempt from contrast.
        accent: Primary action, links, current page.
        on_accent: Text on ``accent``.
        accent_hover: ``accent`` under the pointer.
        soft: Selection and the current page's ground.
        danger: Overdue, missed, refused.
        warning: Due soon, below target.
        success: Done, target met.
        danger_soft: Ground of messages about failure.
        warning_soft: Ground of messages to heed.
        success_soft: Ground of messages about success.
        focus: Ring around what has the keyboard.
        toast: Ground of the passing message.
        on_toast: Text of the passing message.
        toast_action: Its button.
        ramp: Fills for rates: worst, low, middle, good, best.
        on_ramp: Text colour on each fill of ``ramp``.
        no_data: Fill where there is no figure.
        grid_line: Lines behind charts.
    """

    window: str
    surface: str
    raised: str
    line: str
    edge: str
    text: str
    muted: str
    disabled: str
    accent: str
    on_accent: str
    accent_hover: str
    soft: str
    danger: str
    warning: str
    success: str
    danger_soft: str
    warning_soft: str
    success_soft: str
    focus: str
    toast: str
    on_toast: str
    toast_action: str
    no_data: str
    grid_line: str
    ramp: tuple[str, str, str, str, str] = ("#D95F0E", "#FEC44F", "#C6DBEF", "#6BAED6", "#08519C")
    on_ramp: tuple[str, str, str, str, str] = ("#14181E", "#14181E", "#14181E", "#14181E", "#FFFFFF")


LIGHT = Tokens(
    window="#F3F5F8", surface="#FFFFFF", raised="#F6F8FA", line="#DDE2E8", edge="#7F8A97",
    text="#1A222C", muted="#55606D", disabled="#98A2AE", accent="#0A5CC2", on_accent="#FFFFFF",
    accent_hover="#084C9F", soft="#E4EFFB", danger="#B3211A", warning="#8A4A00", success="#17692F",
    danger_soft="#FDECEA", warning_soft="#FFF3DF", success_soft="#E6F5EA", focus="#0A5CC2",
    toast="#1E2630", on_toast="#FFFFFF", toast_action="#8FC7FF", no_data="#D6DAE0", grid_line="#E6EAEF",
)

DARK = Tokens(
    window="#12161C", surface="#1B2027", raised="#232A33", line="#323B47", edge="#7C8896",
    text="#E9EDF2", muted="#AAB5C1", disabled="#6B7683", accent="#6DB3F8", on_accent="#07121E",
    accent_hover="#92C8FC", soft="#1E3851", danger="#FF8F86", warning="#F4B65A", success="#70D18D",
    danger_soft="#3A2022", warning_soft="#372B18", success_soft="#193324", focus="#6DB3F8",
    toast="#E9EDF2", on_toast="#12161C", toast_action="#0A4E9E", no_data="#3A424D", grid_line="#2B333D",
)

HIGH = Tokens(
    window="#000000", surface="#000000", raised="#1A1A1A", line="#FFFFFF", edge="#FFFFFF",
    text="#FFFFFF", muted="#FFFFFF", disabled="#A6A6A6", accent="#FFFF00", on_accent="#000000",
    accent_hover="#FFFFA0", soft="#333300", danger="#FF8A8A", warning="#FFC24D", success="#7CFF9B",
    danger_soft="#330A0A", warning_soft="#332400", success_soft="#00290D", focus="#00FFFF",
    toast="#FFFFFF", on_toast="#000000", toast_action="#0000C0", no_data="#4D4D4D", grid_line="#5A5A5A",
)

THEMES: dict[str, Tokens] = {"light": LIGHT, "dark": DARK, "high": HIGH}

_SURFACES = ("window", "surface", "raised", "soft")

TEXT_PAIRS: tuple[tuple[str, str], ...] = (
    *((text, ground) for text in ("text", "muted", "accent", "danger", "warning", "success") for ground in _SURFACES),
    *((text, f"{tone}_soft") for tone in ("danger", "warning", "success") for text in (tone, "text")),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("on_toast", "toast"),
    ("toast_action", "toast"),
)
"""Text token, ground token: at least 4.5:1 in every theme."""

LINE_PAIRS: tuple[tuple[str, str], ...] = tuple(
    (line, ground) for line in ("edge", "focus") for ground in ("window", "surface")
)
"""Line token, ground token: at least 3:1 in every theme."""


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two ``#RRGGBB`` colours, from 1 to 21.

    Source: WCAG 2.2, definition of contrast ratio and relative luminance.
    """
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
