"""The shipped fonts show every name that a register may hold."""

from __future__ import annotations

import functools
import hashlib

import pytest
from fontTools.ttLib import TTFont

from gridapp import paths

REGULAR, BOLD, RARE = "NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf", "HanaMinB.ttf"
# Two bytes of GB 2312 are a row and a cell; rows 16-55 are its first level, 56-87 its second.
GB2312 = {code for row in range(16, 88) for cell in range(1, 95)
          for code in bytes((row + 0xA0, cell + 0xA0)).decode("gb2312", "ignore")}


@functools.cache
def coverage(name: str) -> frozenset[str]:
    with TTFont(paths.resource(f"fonts/{name}"), lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))


def test_gb2312_is_whole() -> None:
    assert len(GB2312) == 6763


@pytest.mark.parametrize("name", [REGULAR, BOLD])
def test_common_characters_are_drawn(name: str) -> None:
    wanted = GB2312 | set("䶮𬭎买买提·艾力，。；：？！、“”（）《》〔〕—…％℃№①□■△▲▼○●→×≥≤ ABCxyz0189*•")
    assert wanted - coverage(name) == set()


def test_regular_covers_basic_block_and_extension_a() -> None:
    wanted = {chr(code) for code in [*range(0x4E00, 0x9FA6), *range(0x3400, 0x4DB6)]}
    assert wanted - coverage(REGULAR) == set()


def test_rare_names_are_drawn_by_the_two_together() -> None:
    assert {"𠮷", "𬭎", "𫖯", "𡝲", "𪚥", "𬱖"} <= coverage(RARE) | coverage(REGULAR)
    extension_b = {chr(code) for code in range(0x20000, 0x2A6D7)}
    assert len(extension_b - coverage(RARE) - coverage(REGULAR)) < 10


@pytest.mark.parametrize("name", [REGULAR, BOLD, RARE])
def test_outlines_are_truetype(name: str) -> None:
    """Reportlab embeds glyf outlines only."""
    with TTFont(paths.resource(f"fonts/{name}"), lazy=True) as font:
        assert "glyf" in font and "CFF " not in font
        assert font["OS/2"].fsType == 0, "the font must allow embedding"


def test_licence_texts_lie_beside() -> None:
    assert "SIL OPEN FONT LICENSE" in paths.resource("fonts/NotoSansSC-OFL.txt").read_text("utf-8")
    assert "Unlimited permission is granted" in paths.resource("fonts/HanaMinB-LICENSE.txt").read_text("utf-8")


def test_files_are_the_built_ones() -> None:
    """A font damaged by an editor or a line-ending filter would still half load."""
    for name in (REGULAR, BOLD, RARE):
        data = paths.resource(f"fonts/{name}").read_bytes()
        assert data[:4] == b"\x00\x01\x00\x00"
        assert hashlib.sha256(data).hexdigest() in paths.resource("fonts/SHA256SUMS").read_text("utf-8")
