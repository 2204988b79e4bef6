"""Draw the family certificate as PDF: one A4 page in large type, its Chinese font inside."""

import functools
import io
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import segno
from pylopdf_fonts_zh_cn import sans_path

from service.domain.calendar import SHANGHAI
from service.domain.certificate import (
    CHECK_SENTENCE,
    HOTLINE_SENTENCE,
    NOTICE,
    TITLE,
    Certificate,
    grouped,
    lines,
)

if TYPE_CHECKING:
    from fpdf import FPDF

_FONT = "sans"
_NO_GLYPH = "〓"
"""Stands for a character no common font has, as Chinese typesetters do it."""
_TITLE_PT, _BODY_PT, _SMALL_PT = 26, 17, 14
_MARGIN_MM, _LINE_MM, _LABEL_MM, _QR_MM = 20, 12, 34, 52
_GREY = 90


async def draw_certificate(certificate: Certificate, *, address: str) -> bytes:
    """The PDF; `address` goes into the QR code. Takes half a second of one core."""
    return await anyio.to_thread.run_sync(_draw, certificate, address, limiter=_limiter())


@functools.cache
def _limiter() -> anyio.CapacityLimiter:
    """One at a time: subsetting the font keeps the interpreter busy."""
    return anyio.CapacityLimiter(1)


def _draw(certificate: Certificate, address: str) -> bytes:
    pdf = _page(certificate)
    _write(pdf, TITLE, size=_TITLE_PT, height=18, align="C")
    _write(pdf, f"编号：{grouped(certificate.number)}", size=_BODY_PT, align="C")
    pdf.ln(4)
    for label, text in lines(certificate):
        _line(pdf, label, text)
    pdf.ln(5)
    _write(pdf, NOTICE, size=_BODY_PT, height=9)
    _write(pdf, HOTLINE_SENTENCE, size=_BODY_PT, height=10)
    _square(pdf, address)
    return bytes(pdf.output())


def _page(certificate: Certificate) -> "FPDF":
    """An empty page. The library is loaded here, not when the service starts: it takes a while."""
    from fpdf import FPDF

    pdf = FPDF(format="A4")
    pdf.set_creation_date(certificate.issued_at.astimezone(SHANGHAI))
    pdf.set_title(TITLE)
    pdf.set_lang("zh-CN")
    pdf.set_margin(_MARGIN_MM)
    pdf.set_auto_page_break(auto=False)
    pdf.add_font(_FONT, fname=sans_path())
    pdf.add_page()
    return pdf


def _write(
    pdf: "FPDF", text: str, *, size: float, height: float = _LINE_MM, align: str = "L"
) -> None:
    pdf.set_font(_FONT, size=size)
    text = _printable(pdf, text)
    pdf.multi_cell(0, height, text, align=align, new_x="LMARGIN", new_y="NEXT")


def _line(pdf: "FPDF", label: str, text: str) -> None:
    """A label in grey and its text, over a thin rule."""
    pdf.set_font(_FONT, size=_BODY_PT)
    pdf.set_text_color(_GREY)
    pdf.cell(_LABEL_MM, _LINE_MM, label)
    pdf.set_text_color(0)
    _write(pdf, text, size=_BODY_PT)
    pdf.set_draw_color(200)
    pdf.line(_MARGIN_MM, pdf.y, pdf.w - _MARGIN_MM, pdf.y)


def _square(pdf: "FPDF", address: str) -> None:
    """The QR code with what it is for. Its quiet zone is part of the image."""
    image = io.BytesIO()
    segno.make_qr(address, error="q").save(image, kind="png", scale=12, border=4)
    top = pdf.y + 4
    pdf.image(image, x=_MARGIN_MM, y=top, w=_QR_MM, h=_QR_MM, alt_text=CHECK_SENTENCE)
    pdf.set_left_margin(_MARGIN_MM + _QR_MM + 4)
    pdf.set_y(top + 6)
    _write(pdf, CHECK_SENTENCE, size=_SMALL_PT, height=8)
    _write(pdf, address, size=_SMALL_PT, height=8)


def _printable(pdf: "FPDF", text: str) -> str:
    """Names may hold characters that the font lacks, even large as it is."""
    known = getattr(pdf.fonts[_FONT], "cmap", {})
    return "".join(sign if ord(sign) in known else _NO_GLYPH for sign in text)
