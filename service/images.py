"""Uploaded images: checked by content, bounded, re-encoded. What was not pixels is gone after.

The declared type and file name are not believed. The header is read before any pixel is decoded,
so a decompression bomb is refused by its dimensions.
"""

import functools
import io
from typing import Literal

import anyio
import anyio.to_thread
from PIL import Image, ImageOps, ImageStat, UnidentifiedImageError

from service.domain.refusal import Refusal

UPLOAD_BYTES_MAX = 6 * 1024 * 1024
SIGNATURE_BYTES_MAX = 512 * 1024
_SIGNATURE_SIDES = (60, 2400)
_SIGNATURE_PIXELS_MAX = 2_000_000
_DOCUMENT_SIDES = (200, 16000)
_DOCUMENT_PIXELS_MAX = 12_000_000
"""Of what is decoded: a PNG whole, however small its file; a JPEG at a fraction of its size."""
_AT_ONCE = 2
_DOCUMENT_LONG_SIDE = 2400
_DARK = 128
_INK_SHARE = (0.001, 0.5)

Format = Literal["PNG", "JPEG"]


async def read_signature(content: bytes) -> bytes | Refusal:
    """A drawn signature as a grey PNG on white. Transparent canvases become white paper."""
    return await anyio.to_thread.run_sync(_signature, content, limiter=_limiter())


async def read_document(content: bytes) -> bytes | Refusal:
    """A photographed document as JPEG, upright, without EXIF, its long side at most 2400 px."""
    return await anyio.to_thread.run_sync(_document, content, limiter=_limiter())


@functools.cache
def _limiter() -> anyio.CapacityLimiter:
    """Few at once: decoding takes a core and tens of megabytes each."""
    return anyio.CapacityLimiter(_AT_ONCE)


def _signature(content: bytes) -> bytes | Refusal:
    if len(content) > SIGNATURE_BYTES_MAX:
        return Refusal(code="request.too_large")
    image = _decode(content, formats=("PNG",), sides=_SIGNATURE_SIDES, pixels=_SIGNATURE_PIXELS_MAX)
    if isinstance(image, Refusal):
        return image
    grey = _on_white(image).convert("L")
    dark = sum(grey.histogram()[:_DARK])
    least, most = _INK_SHARE
    if not least <= dark / (grey.width * grey.height) <= most:
        return Refusal(code="signature.blank")
    return _encode(grey, "PNG")


def _document(content: bytes) -> bytes | Refusal:
    if len(content) > UPLOAD_BYTES_MAX:
        return Refusal(code="request.too_large")
    image = _decode(
        content, formats=("JPEG", "PNG"), sides=_DOCUMENT_SIDES, pixels=_DOCUMENT_PIXELS_MAX
    )
    if isinstance(image, Refusal):
        return image
    upright = _on_white(ImageOps.exif_transpose(image)).convert("RGB")
    darkest, brightest = ImageStat.Stat(upright.convert("L")).extrema[0]
    if darkest == brightest:
        return Refusal(code="image.unreadable", facts={"formats": "JPEG / PNG"})
    upright.thumbnail((_DOCUMENT_LONG_SIDE, _DOCUMENT_LONG_SIDE))
    return _encode(upright, "JPEG")


def _on_white(image: Image.Image) -> Image.Image:
    """Transparent paper is white paper; 16 bits a pixel are brought down to 8."""
    if image.mode.startswith("I"):
        image = image.point(lambda value: value / 256).convert("L")
    canvas = Image.new("RGBA", image.size, "white")
    canvas.alpha_composite(image.convert("RGBA"))
    return canvas


def _decode(
    content: bytes, *, formats: tuple[Format, ...], sides: tuple[int, int], pixels: int
) -> Image.Image | Refusal:
    try:
        image = Image.open(io.BytesIO(content), formats=formats)
        least, most = sides
        if min(image.size) < least or max(image.size) > most:
            return Refusal(code="image.dimensions")
        scale = _DOCUMENT_LONG_SIDE / max(image.size)
        image.draft("RGB", (int(image.width * scale), int(image.height * scale)))
        if image.width * image.height > pixels:
            return Refusal(code="image.dimensions")
        image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        return Refusal(code="image.unreadable", facts={"formats": " / ".join(formats)})
    except Image.DecompressionBombError:
        return Refusal(code="image.dimensions")
    return image


def _encode(image: Image.Image, kind: Format) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **({"optimize": True} if kind == "PNG" else {"quality": 85}))
    return buffer.getvalue()
