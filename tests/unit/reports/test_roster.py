"""The roster on paper: everyone once, every character right, every code readable."""

from __future__ import annotations

import io
import re
import shutil
import subprocess

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from gridapp.errors import OperationCancelled, ValidationError
from gridapp.i18n import _
from gridapp.reports.codes import parse_row_code
from gridapp.reports.flow import Flow
from gridapp.reports.page import Frame
from gridapp.reports.people import PersonLine
from gridapp.reports.wrapping import NO_END, NO_START
from tests.unit.reports.rosters import lay_out_roster, row_values, write_roster


def _bare(text):
    return "".join(text.split())


def _by_pdfium(path, dpi):
    with pypdfium2.PdfDocument(path) as document:
        return [page.render(scale=dpi / 72, grayscale=True).to_pil() for page in document]


def _by_poppler(path, dpi):
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm (poppler-utils) is not installed")
    subprocess.run(["pdftoppm", "-gray", "-r", str(dpi), str(path), str(path.with_suffix(""))], check=True)
    return [Image.open(io.BytesIO(page.read_bytes())) for page in sorted(path.parent.glob("*.pgm"))]


def _decoded(images):
    return sorted(code.text for image in images for code in zxingcpp.read_barcodes(np.asarray(image)))


def _worsened(image):
    turned = image.convert("L").rotate(1.5, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    stream = io.BytesIO()
    turned.filter(ImageFilter.GaussianBlur(0.7)).save(stream, "JPEG", quality=60)
    return Image.open(stream)


def test_every_cell_can_be_copied_from_the_page(make_roster, page_texts, tmp_path):
    roster, path = make_roster(60), tmp_path / "花名册.pdf"
    result = write_roster(roster, path)
    text = "".join(page_texts(path))
    for number, line in enumerate(roster.rows, start=1):
        for field, value in row_values(line, roster.sheet_no, number).items():
            assert _bare(value) in text, (number, field)
    assert text.count("𠮷") == 1
    assert text.count("𬭎") == 1
    assert result.rows == 60
    assert result.unprintable == ()


def test_each_row_is_printed_once(make_roster, read_pages, tmp_path):
    roster, path = make_roster(200), tmp_path / "roster.pdf"
    result = write_roster(roster, path)
    text = "".join(read_pages(path))
    for code, reference in result.codes:
        assert text.count(code) == 1
        assert text.count(_bare(roster.rows[int(reference[1:])].name)) >= 1
    assert [parse_row_code(code)[1] for code, _ref in result.codes] == list(range(1, 201))
    assert re.findall(r"0000120\d{5}", text) == [code for code, _ref in result.codes]


def test_every_page_has_title_header_and_number(make_roster, page_texts, tmp_path):
    path = tmp_path / "roster.pdf"
    result = write_roster(make_roster(75), path)
    pages = page_texts(path)
    assert result.pages == len(pages) > 3
    for number, text in enumerate(pages, start=1):
        assert _bare(_("Page {page} of {pages}").format(page=number, pages=len(pages))) in text
        assert "幸福里社区" in text
        assert _bare(_("Signature of elder or family")) in text
        assert _bare(_("Printed by {name}, {time}").format(name="李主任", time="2026-03-15 10:22")) in text
        assert _bare(_("Data up to {day}").format(day="2026-03-14")) in text
        assert "视频见到本人或通话即算探访" in text
    assert _bare(_("Checked by the community:")) in pages[-1]


@pytest.mark.parametrize("rendered", [_by_pdfium, _by_poppler])
@pytest.mark.parametrize("dpi", [150, 300])
def test_every_code_decodes_from_a_scan(make_roster, tmp_path, dpi, rendered):
    path = tmp_path / "roster.pdf"
    result = write_roster(make_roster(24), path)
    images = rendered(path, dpi)
    assert _decoded(images) == [code for code, _ref in result.codes]
    if dpi == 150:
        assert _decoded(map(_worsened, images)) == [code for code, _ref in result.codes]


def test_fonts_are_embedded(make_roster, tmp_path):
    if shutil.which("pdffonts") is None:
        pytest.skip("pdffonts (poppler-utils) is not installed")
    path = tmp_path / "roster.pdf"
    write_roster(make_roster(20), path)
    run = subprocess.run(["pdffonts", str(path)], capture_output=True, check=True, text=True)
    fonts = [re.search(r"(yes|no) +(yes|no) +(yes|no) +\d+ +\d+$", line) for line in run.stdout.splitlines()[2:]]
    assert len(fonts) >= 3
    assert all(found is not None and found.groups() == ("yes", "yes", "yes") for found in fonts), run.stdout


def test_an_empty_roster_says_so(make_roster, read_pages, tmp_path):
    path = tmp_path / "roster.pdf"
    result = write_roster(make_roster(0), path)
    assert (result.pages, result.rows, result.codes) == (1, 0, ())
    (text,) = read_pages(path)
    assert _bare(_("Nobody is on this roster this month.")) in text
    assert _bare(_("Checked by the community:")) in text


def test_a_row_taller_than_a_page_goes_on(make_roster, read_pages, tmp_path):
    sentence = "".join(f"第K{number:03d}句，" for number in range(400))
    rows = [PersonLine("a", "王一"), PersonLine("b", "王二", address=sentence), PersonLine("c", "王三")]
    path = tmp_path / "roster.pdf"
    result = write_roster(make_roster(rows=rows), path)
    pages = read_pages(path)
    assert result.pages == len(pages) > 2
    text = "".join(pages)
    assert [int(found) for found in re.findall(r"K(\d{3})", text)] == list(range(400))
    assert all(text.count(code) == 1 for code, _ref in result.codes)


def test_a_name_no_font_can_show_is_reported(make_roster, read_pages, tmp_path):
    path = tmp_path / "roster.pdf"
    result = write_roster(make_roster(rows=[PersonLine("a", "王一"), PersonLine("b", "张\ue123三")]), path)
    assert result.unprintable == ((2, "张\ue123三", "\ue123"),)
    assert "张〓三" in read_pages(path)[0]


def test_cancelling_leaves_what_was_there(make_roster, tmp_path):
    class Impatient:
        def advance(self, done, total, message=""):
            if done == 2:
                raise OperationCancelled(message)

    path = tmp_path / "roster.pdf"
    path.write_bytes(b"older")
    with pytest.raises(OperationCancelled):
        write_roster(make_roster(40), path, Impatient())
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]


def test_progress_counts_pages(make_roster):
    class Counting:
        seen = []

        def advance(self, done, total, message=""):
            self.seen.append((done, total))

    result = write_roster(make_roster(40), io.BytesIO(), Counting())
    assert Counting.seen == [(page, result.pages) for page in range(1, result.pages + 1)]


def test_a_sheet_number_out_of_range_writes_nothing(make_roster, tmp_path):
    with pytest.raises(ValidationError) as caught:
        write_roster(make_roster(3, sheet_no=1_000_000), tmp_path / "roster.pdf")
    assert caught.value.field == "sheet_no"
    assert list(tmp_path.iterdir()) == []


def test_a_thousand_rows_are_all_written(make_roster):
    result = write_roster(make_roster(1000), io.BytesIO())
    assert result.rows == len(set(result.codes)) == 1000


_text = st.text("幸福里小区王秀兰，。（）“”·、 1203A\n", max_size=60)
_rows = st.lists(st.builds(PersonLine, st.just("p"), _text, address=_text, id_number=_text, note=_text), max_size=30)


@settings(max_examples=40)
@given(_rows)
def test_nothing_leaves_the_body_and_every_row_has_its_place(make_roster, rows):
    flow = lay_out_roster(make_roster(rows=rows))
    pages = list(flow.pages())
    assert len(pages) == flow.page_count
    assert sum(len(page.codes) for page in pages) == len(rows)
    for page in pages:
        assert all(0 < text.x and 0 < text.y < page.height for text in page.texts)
        heights = sorted({line.y1 for line in page.lines if line.y1 == line.y2})
        for code in page.codes:  # no line of the grid crosses a symbol or its digits
            assert not any(code.y - 6 < height < code.y + code.side for height in heights)


def test_a_frame_alone_is_a_page(make_roster):
    roster = make_roster(0)
    frame = Frame("标题" * 60, ("甲" * 90, "乙"), roster.printed_by * 30, roster.printed_at, None, "口径" * 200)
    (page,) = Flow(frame, []).pages()
    assert all(text.x >= 0 for text in page.texts)
    assert any(_("Data up to: unknown") in text.text for text in page.texts)


def test_set_addresses_keep_their_punctuation_in_place(make_roster):
    roster = make_roster(120)
    lines = [text.text for page in lay_out_roster(roster).pages() for text in page.texts if len(text.text) > 1]
    wrapped = [line for line in lines if "门铃" in line or "听力" in line or "一会儿" in line]
    assert len(wrapped) > 100
    assert not [line for line in wrapped if line[0] in NO_START or line[-1] in NO_END]
