"""Build the fonts in ``resources/fonts`` from their published packages.

    python tools/build_fonts.py [WORK_FOLDER]

Needs npm and apt-get (Debian or Ubuntu) to fetch, fontTools to cut. What comes out:

* ``NotoSansSC-Regular.ttf``: every character, without layout tables, which Chinese does not need.
* ``NotoSansSC-Bold.ttf``: the 8,105 characters of the Table of General Standard Chinese Characters
  (通用规范汉字表, as the Unihan database's kTGH lists them), the rest of GB 2312, Latin and punctuation.
* ``HanaMinB.ttf``: CJK extensions B to F, the rare characters of old names, without hinting.

All three have TrueType outlines (glyf), which reportlab needs. The licence texts go beside them.
"""

from __future__ import annotations

import bz2
import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

TARGET = Path(__file__).resolve().parent.parent / "resources" / "fonts"
NOTO_PACKAGE = "@expo-google-fonts/noto-sans-sc@0.4.3"
HANAZONO_PACKAGE = "fonts-hanazono"
UNIHAN_PACKAGE = "unicode-data"

# Latin, Greek, Cyrillic, punctuation, arrows, signs, box drawing, shapes, CJK punctuation, kana, enclosed and
# full-width forms.
SIGNS = [(0x20, 0x17F), (0x1CD, 0x1DC), (0x2C6, 0x2DD), (0x391, 0x3C9), (0x401, 0x451), (0x2010, 0x2044),
         (0x20AC, 0x20AC), (0x2100, 0x22FF), (0x2460, 0x27BF), (0x3000, 0x30FF), (0x3220, 0x33FF), (0xFE30, 0xFE6B),
         (0xFF00, 0xFFEF)]
HINTING = ["cvt ", "fpgm", "prep", "gasp", "VDMX", "hdmx", "LTSH"]
UNUSED = ["BASE", "GDEF", "GPOS", "GSUB", "STAT", "FFTM", "vhea", "vmtx", "DSIG"]


def main() -> None:
    """Fetch, cut, write."""
    with tempfile.TemporaryDirectory() as made:
        work = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(made)
        work.mkdir(parents=True, exist_ok=True)
        noto = fetch_npm(NOTO_PACKAGE, work)
        hanazono = fetch_deb(HANAZONO_PACKAGE, work)
        unihan = fetch_deb(UNIHAN_PACKAGE, work)
        TARGET.mkdir(parents=True, exist_ok=True)
        cut(noto / "400Regular/NotoSansSC_400Regular.ttf", TARGET / "NotoSansSC-Regular.ttf", None)
        bold = standard_characters(unihan) | gb2312() | signs()
        cut(noto / "700Bold/NotoSansSC_700Bold.ttf", TARGET / "NotoSansSC-Bold.ttf", bold)
        cut(hanazono / "usr/share/fonts/truetype/hanazono/HanaMinB.ttf", TARGET / "HanaMinB.ttf", None)
        names = sorted(path.name for path in TARGET.glob("*.ttf"))
        sums = [f"{hashlib.sha256((TARGET / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
        (TARGET / "SHA256SUMS").write_text("".join(sums), "utf-8")
        shutil.copy(noto / "LICENSE_FONT", TARGET / "NotoSansSC-OFL.txt")
        shutil.copy(hanazono / "usr/share/doc/fonts-hanazono/copyright", TARGET / "HanaMinB-LICENSE.txt")


def fetch_npm(package: str, work: Path) -> Path:
    """Download and unpack an npm package; return its folder."""
    folder = work / "npm"
    folder.mkdir(exist_ok=True)
    if not (folder / "package").is_dir():
        subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True)
        archive = next(folder.glob("*.tgz"))
        subprocess.run(["tar", "xf", archive.name], cwd=folder, check=True)
    return folder / "package"


def fetch_deb(package: str, work: Path) -> Path:
    """Download and unpack a Debian package; return the root of its files."""
    folder = work / package
    folder.mkdir(exist_ok=True)
    if not (folder / "usr").is_dir():
        subprocess.run(["apt-get", "download", "-q", package], cwd=folder, check=True)
        subprocess.run(["dpkg-deb", "-x", str(next(folder.glob("*.deb"))), "."], cwd=folder, check=True)
    return folder


def standard_characters(unihan: Path) -> set[int]:
    """Return the code points that Unihan's kTGH field gives; there are 8,105."""
    lines = bz2.open(unihan / "usr/share/unicode/Unihan_OtherMappings.txt.bz2", "rt", encoding="utf-8")
    with lines:
        found = {int(match[1], 16) for line in lines if (match := re.match(r"U\+([0-9A-F]+)\tkTGH\t", line))}
    if len(found) != 8105:
        raise SystemExit(f"Unihan's kTGH lists {len(found)} characters, not 8,105.")
    return found


def gb2312() -> set[int]:
    """Return the code points of both levels of GB 2312, which has a few parts and variants of its own."""
    rows = [bytes((row + 0xA0, cell + 0xA0)) for row in range(16, 88) for cell in range(1, 95)]
    return {ord(character) for pair in rows for character in pair.decode("gb2312", "ignore")}


def signs() -> set[int]:
    """Return the code points that are not Chinese characters but stand among them."""
    return {code for first, last in SIGNS for code in range(first, last + 1)}


def cut(source: Path, target: Path, keep: set[int] | None) -> None:
    """Write a font with the given code points, or all of them, without layout tables and hinting."""
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.glyph_names = False
    options.notdef_outline = True
    options.name_IDs = ["*"]
    options.name_languages = ["*"]
    options.drop_tables += HINTING + UNUSED
    font = TTFont(source, lazy=True)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=keep if keep is not None else set(font.getBestCmap()))
    cutter.subset(font)
    font["head"].modified = font["head"].created  # the same input gives the same file
    font.recalcTimestamp = False
    font.save(target)
    print(f"{target.name}: {len(font.getBestCmap()):,} characters, {target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
