"""The notice and commitment: what was read is what is signed, once, with a real signature."""

import asyncio
import io
import struct
import zlib

from PIL import Image, ImageDraw, PngImagePlugin

from service.crypto import sm3
from service.images import SIGNATURE_BYTES_MAX
from service.phone import Phone, drawn_signature
from tests.conftest import Clock
from tests.people import Cast
from tests.scenes import code_of, picture, rows


def _white_paper() -> bytes:
    return _png(Image.new("RGB", (300, 200), "white"))


def _canvas(*, size: tuple[int, int] = (716, 360), inked: float = 0.0) -> bytes:
    """A transparent canvas, black in its left part."""
    image = Image.new("RGBA", size)
    if inked:
        ImageDraw.Draw(image).rectangle((0, 0, int(size[0] * inked), size[1]), fill="black")
    return _png(image)


def _png(image: Image.Image, **saving: PngImagePlugin.PngInfo) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **saving)
    return buffer.getvalue()


def _bomb(side: int) -> bytes:
    """A real one-colour PNG of side × side: 100 kilobytes that unpack to 100 million."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    packer = zlib.compressobj(9)
    row = bytes(1 + (side + 7) // 8)
    packed = b"".join(packer.compress(row * 100) for _ in range(side // 100)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", packed), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _text_bomb() -> bytes:
    """A small picture with a comment of five kilobytes that unpacks to five million."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "0" * 5_000_000, zip=True)
    return _png(Image.new("L", (200, 100), 255), pnginfo=info)


def _noisy(length: int) -> bytes:
    return drawn_signature() + bytes(length - len(drawn_signature()))


async def _ready(cast: Cast) -> tuple[Phone, str, str]:
    """A confirmed donor, an application, and where its commitment is."""
    phone = await cast.confirmed("zhaotong_donor")
    binding_id = await cast.applied(phone, "zhaotong_spouse", "12")
    return phone, binding_id, f"/v1/bindings/{binding_id}/commitment"


async def test_what_is_read_is_whole_and_stays_the_same(cast: Cast, clock: Clock) -> None:
    phone, _, path = await _ready(cast)
    shown = (await phone.get(path)).json()
    assert "职工医保个人账户家庭共济告知书" in shown["notice"]
    assert "已经使用的金额不退回" in shown["notice"]
    for fact in ("测试甲", "测试乙", "妻子", "云南省昭通市", "不另设限额", "12393"):
        assert fact in shown["text"]
    assert "$" not in shown["notice"] + shown["text"]
    assert shown["digest"] == sm3(f"{shown['notice']}\f{shown['text']}".encode()).hex()
    clock.move(days=1)
    await phone.enter()
    assert (await phone.get(path)).json() == shown


async def test_signing_needs_a_confirmation_just_now(cast: Cast, clock: Clock) -> None:
    phone = await cast.linked("zhaotong_donor")
    binding_id = await cast.applied(phone, "zhaotong_spouse", "12")
    refused = (403, "session.confirmation_needed")
    assert code_of(await phone.sign(binding_id)) == refused
    await phone.confirm()
    clock.move(seconds=cast.world.settings.confirmed_seconds)
    assert code_of(await phone.sign(binding_id)) == refused
    await phone.confirm()
    assert (await phone.sign(binding_id)).status_code == 200


async def test_the_notice_must_be_ticked_and_the_digest_be_the_one_shown(cast: Cast) -> None:
    phone, binding_id, path = await _ready(cast)
    digest = (await phone.get(path)).json()["digest"]
    for fields, status, code in (
        ({"notice_agreed": "false", "digest": digest}, 422, "commitment.notice_not_agreed"),
        ({"notice_agreed": "true", "digest": "0" * 64}, 409, "commitment.text_changed"),
        ({"notice_agreed": "true", "digest": digest[:-1]}, 400, "request.invalid"),
        ({"notice_agreed": "true"}, 400, "request.invalid"),
        ({"digest": digest}, 400, "request.invalid"),
        ({"notice_agreed": "true", "digest": digest, "more": "1"}, 400, "request.invalid"),
    ):
        answer = await phone.upload(path, fields, drawn_signature())
        assert (fields, *code_of(answer)) == (fields, status, code)
    as_json = await phone.post(path, {"notice_agreed": True, "digest": digest, "file": ""})
    assert as_json.status_code in (400, 415)
    assert (await phone.sign(binding_id, digest=digest.upper())).status_code == 200


async def test_a_text_that_changed_after_reading_is_not_signed(cast: Cast) -> None:
    phone, binding_id, path = await _ready(cast)
    read = (await phone.get(path)).json()
    changes = {"limits": {"year_fen": 120_050}}
    assert (await phone.post(f"/v1/bindings/{binding_id}/changes", changes)).status_code == 200
    answer = await phone.sign(binding_id, digest=read["digest"])
    assert code_of(answer) == (409, "commitment.text_changed")
    now = (await phone.get(path)).json()
    assert "每年限额：1200.50元" in now["text"]
    assert (await phone.sign(binding_id, digest=now["digest"])).status_code == 200


async def test_what_is_no_drawn_signature_is_refused(cast: Cast) -> None:
    phone, binding_id, _ = await _ready(cast)
    refused = {
        "a blank canvas": (_canvas(), 422, "signature.blank"),
        "white paper": (_white_paper(), 422, "signature.blank"),
        "a canvas scribbled full": (_canvas(inked=0.9), 422, "signature.blank"),
        "a JPEG named PNG": (picture("JPEG"), 422, "image.unreadable"),
        "half a PNG": (drawn_signature()[:400], 422, "image.unreadable"),
        "only a PNG's first bytes": (b"\x89PNG\r\n\x1a\n", 422, "image.unreadable"),
        "text named PNG": ("不是图片".encode() * 50, 422, "image.unreadable"),
        "a script named PNG": (b"<svg onload='alert(1)'/>", 422, "image.unreadable"),
        "a decompression bomb": (_bomb(30_000), 422, "image.dimensions"),
        "a bomb in a comment": (_text_bomb(), 422, "image.unreadable"),
        "a dot": (_canvas(size=(50, 50), inked=0.2), 422, "image.dimensions"),
        "a long strip": (_canvas(size=(4001, 100), inked=0.2), 422, "image.dimensions"),
        "too large a file": (_noisy(SIGNATURE_BYTES_MAX + 1), 413, "request.too_large"),
        "far too large a file": (_noisy(2 * SIGNATURE_BYTES_MAX), 413, "request.too_large"),
    }
    for what, (image, status, code) in refused.items():
        answer = await phone.sign(binding_id, image=image)
        assert (what, *code_of(answer)) == (what, status, code)
    view = (await phone.get(f"/v1/bindings/{binding_id}")).json()
    assert (view["state"], view["commitment_id"]) == ("awaiting_signature", None)
    assert (await phone.sign(binding_id, image=_canvas(inked=0.1))).status_code == 200


async def test_a_commitment_is_signed_once(cast: Cast) -> None:
    phone, binding_id, path = await _ready(cast)
    digest = (await phone.get(path)).json()["digest"]
    first = await phone.sign(binding_id, digest=digest)
    assert first.json()["state"] == "active"
    again = await phone.sign(binding_id, digest=digest)
    assert code_of(again) == (409, "commitment.signed")
    withdrawn = await cast.applied(phone, "zhaotong_son", "20")
    await phone.post(f"/v1/bindings/{withdrawn}/end")
    assert code_of(await phone.sign(withdrawn)) == (409, "binding.state_does_not_allow")


async def test_signing_in_parallel_signs_once(cast: Cast, own_database: str) -> None:
    phone, _, path = await _ready(cast)
    digest = (await phone.get(path)).json()["digest"]
    fields = {"notice_agreed": "true", "digest": digest}

    async def sign(key: str) -> tuple[int, str]:
        return code_of(await phone.upload(path, fields, drawn_signature(), key=key))

    answers = await asyncio.gather(*(sign(f"different-{n}") for n in range(4)))
    assert sorted(answers) == [(200, ""), *[(409, "commitment.signed")] * 3]
    [kept] = await rows(own_database, "SELECT count(*) AS n FROM commitment")
    assert kept["n"] == 1


async def test_commitments_signed_in_parallel_are_chained_one_by_one(
    cast: Cast, own_database: str
) -> None:
    phone = await cast.confirmed("zhaotong_donor")
    kin = {"spouse": "12", "child": "30", "son": "20", "father": "51"}
    waiting = [await cast.applied(phone, f"zhaotong_{who}", code) for who, code in kin.items()]
    answers = await asyncio.gather(*(phone.sign(binding_id) for binding_id in waiting))
    assert [answer.status_code for answer in answers] == [200] * 4
    chain = await rows(
        own_database, "SELECT pack_digest, previous_digest FROM commitment ORDER BY sequence"
    )
    ends = [bytes(32), *(row["pack_digest"] for row in chain)]
    assert [row["previous_digest"] for row in chain] == ends[:4]


async def test_signing_in_parallel_under_one_key_answers_alike(
    cast: Cast, own_database: str
) -> None:
    phone, _, path = await _ready(cast)
    digest = (await phone.get(path)).json()["digest"]
    fields = {"notice_agreed": "true", "digest": digest}
    uploads = (phone.upload(path, fields, drawn_signature(), key="the-same-key") for _ in range(4))
    answers = await asyncio.gather(*uploads)
    assert {code_of(answer) for answer in answers} <= {(200, ""), (409, "idempotency.running")}
    assert len({answer.content for answer in answers if answer.status_code == 200}) == 1
    acts = await rows(own_database, "SELECT act FROM audit WHERE act = 'binding.sign'")
    assert len(acts) == 1
