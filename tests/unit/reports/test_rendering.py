"""Pages as pictures, from several threads at once."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from gridapp.errors import StorageError
from gridapp.reports.rendering import PdfPages
from tests.unit.reports.rosters import write_roster


def test_a_page_is_rendered_to_size(make_roster, tmp_path):
    result = write_roster(make_roster(30), tmp_path / "r.pdf")
    with PdfPages(tmp_path / "r.pdf") as pages:
        assert len(pages) == result.pages
        assert pages.size(0) == pytest.approx((841.89, 595.28), abs=0.01)
        picture = pages.render(1, 1.5)
        assert "王秀" in pages.text(0) or "䶮小龙" in pages.text(0)
    assert (picture.width, picture.height) == (1263, 893)
    pixels = np.frombuffer(picture.pixels, np.uint8).reshape(picture.height, picture.stride)
    assert 0.02 < (pixels < 128).mean() < 0.3


def test_what_is_no_pdf_is_a_sentence(tmp_path):
    (tmp_path / "r.pdf").write_bytes(b"PK\x03\x04")
    with pytest.raises(StorageError, match=r"r\.pdf"):
        PdfPages(tmp_path / "r.pdf")
    with pytest.raises(StorageError, match=r"none\.pdf"):
        PdfPages(tmp_path / "none.pdf")


def test_two_threads_write_and_render_the_same_pages(make_roster):
    def written(count):
        write_roster(make_roster(count), stream := io.BytesIO())
        with PdfPages(stream.getvalue()) as pages:
            return [(pages.render(at, 0.5).pixels, pages.text(at)) for at in range(len(pages))]

    alone = {count: written(count) for count in (20, 33)}
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(written, [20, 33] * 4))
    assert all(pages == alone[count] for count, pages in zip([20, 33] * 4, together, strict=True))
