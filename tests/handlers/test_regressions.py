"""Bad input that once went wrong, each by what a citizen or an attacker did."""

import io
from datetime import timedelta

import pytest
from PIL import Image, ImageDraw

from service.domain.calendar import business_date
from service.images import read_document
from tests.people import Cast

PLAIN = {"content-type": "application/json"}


@pytest.mark.parametrize("action", ["pause", "resume"])
async def test_a_later_begin_holds_whatever_else_is_changed_with_it(
    cast: Cast, action: str
) -> None:
    phone = await cast.confirmed("zhaotong_donor")
    path = f"/v1/bindings/{await cast.bound(phone, 'zhaotong_spouse', '12')}/changes"
    if action == "resume":
        (await phone.post(path, {"action": "pause"})).raise_for_status()
    later = business_date(cast.world.clock()) + timedelta(days=400)
    changed = await phone.post(path, {"action": action, "begins_on": later.isoformat()})
    assert changed.status_code == 200, changed.text
    view = changed.json()
    assert view["effective_at"] == f"{later.isoformat()}T00:00:00+08:00"
    assert not view["usable"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" * 2000 + b"]" * 2000, id="nested-deeply"),
        pytest.param('{"channel":"微信"}'.encode("gbk"), id="gbk"),
        pytest.param(b'{"channel":"\xff"}', id="not-utf-8"),
        pytest.param(b'{"channel":"wechat","code":"\\u0000"}', id="nul"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/sessions", "/v1/hall/sessions"])
async def test_unreadable_json_is_malformed(cast: Cast, path: str, body: bytes) -> None:
    answer = await cast.api.post(path, content=body, headers=PLAIN)
    assert (answer.status_code, answer.json()["code"]) == (400, "request.malformed")


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(b'name="kind"\r\n\r\n\xbb\xa7\xbf\xda', id="gbk-value"),
        pytest.param(
            b'name="kind"\r\ncontent-type: text/plain; charset=nonsense\r\n\r\nx', id="charset"
        ),
        pytest.param(b"name=\"file\"; filename*=foo''%ff%fe\r\n\r\nx", id="file-name"),
    ],
)
async def test_unreadable_form_is_refused(cast: Cast, part: bytes) -> None:
    phone = await cast.confirmed("panzhihua_donor")
    binding_id = await cast.applied(phone, "panzhihua_child", "20")
    content = b"--b\r\ncontent-disposition: form-data; " + part + b"\r\n--b--\r\n"
    headers = {
        "authorization": f"Bearer {phone.token}",
        "idempotency-key": "unreadable-form",
        "content-type": "multipart/form-data; boundary=b",
    }
    answer = await cast.api.post(
        f"/v1/bindings/{binding_id}/documents", content=content, headers=headers
    )
    assert answer.status_code == 400, answer.text


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _written(mode: str, paper: object, ink: object) -> Image.Image:
    image = Image.new(mode, (600, 400), paper)  # type: ignore[arg-type]
    ImageDraw.Draw(image).rectangle((100, 100, 500, 300), fill=ink)  # type: ignore[arg-type]
    return image


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(_written("RGBA", (0, 0, 0, 0), (0, 0, 0, 255)), id="transparent"),
        pytest.param(_written("I;16", 60000, 2000), id="16-bit"),
        pytest.param(_written("LA", (0, 0), (0, 255)), id="grey-transparent"),
    ],
)
async def test_a_document_stays_legible(image: Image.Image) -> None:
    stored = await read_document(_png(image))
    assert isinstance(stored, bytes)
    grey = Image.open(io.BytesIO(stored)).convert("L")
    paper, ink = grey.getpixel((20, 20)), grey.getpixel((300, 200))
    assert isinstance(paper, int)
    assert isinstance(ink, int)
    assert paper > 200
    assert ink < 60


async def test_a_document_of_one_colour_is_no_document(cast: Cast) -> None:
    stored = await read_document(_png(Image.new("RGB", (600, 400), "white")))
    assert not isinstance(stored, bytes)
    assert stored.code == "image.unreadable"


async def test_a_large_photo_is_taken_and_made_smaller() -> None:
    buffer = io.BytesIO()
    _written("RGB", "white", "black").resize((8000, 3500)).save(buffer, "JPEG")
    stored = await read_document(buffer.getvalue())
    assert isinstance(stored, bytes)
    assert max(Image.open(io.BytesIO(stored)).size) <= 2400


async def test_a_wait_is_told_in_words(cast: Cast) -> None:
    phone = await cast.linked("zhaotong_donor")
    answers = [
        await phone.post("/v1/bindings/checks", cast.application("zhaotong_spouse", "12"))
        for _ in range(cast.world.settings.lookups_per_hour + 1)
    ]
    assert answers[-1].status_code == 429
    assert "约 60 分钟" in answers[-1].json()["detail"]
    assert int(answers[-1].headers["retry-after"]) > 3500


async def test_the_status_page_shows_what_is_in_force_first(cast: Cast) -> None:
    phone = await cast.confirmed("xian_donor")
    await cast.bound(phone, "xian_wife", "12")
    for _ in range(3):
        binding_id = await cast.applied(phone, "xian_father", "51")
        (await phone.post(f"/v1/bindings/{binding_id}/end")).raise_for_status()
    status = (await phone.get("/v1/status")).json()
    assert status["as_donor"][0]["usable"]
    assert status["sentence"] == "有 1 位家人可以使用您的个人账户。"


async def test_raising_a_limit_needs_the_donors_confirmation(cast: Cast) -> None:
    phone = await cast.confirmed("zhaotong_donor")
    binding_id = await cast.bound(phone, "zhaotong_spouse", "12", limits={"use_fen": 10000})
    unconfirmed = await cast.linked("zhaotong_donor")
    path = f"/v1/bindings/{binding_id}/changes"
    refused = await unconfirmed.post(path, {"limits": {"use_fen": 20000}})
    assert (refused.status_code, refused.json()["code"]) == (403, "session.confirmation_needed")
    lowered = await unconfirmed.post(path, {"limits": {"use_fen": 5000}})
    assert lowered.status_code == 200
    (await unconfirmed.confirm()).raise_for_status()
    assert (await unconfirmed.post(path, {"limits": {}})).status_code == 200


async def test_a_row_with_a_strangers_index_opens_nothing(cast: Cast) -> None:
    """Who can write to the database but has no key must not become somebody else."""
    victim = await cast.linked("zhaotong_donor")
    thief = await cast.linked("zhaotong_rare_name")

    async def swap(tx: object) -> None:
        connection = tx.connection  # type: ignore[attr-defined]
        rows = await connection.fetch("SELECT id, id_number_index FROM person ORDER BY created_at")
        first, second = rows[0], rows[1]
        await connection.execute(
            "UPDATE person SET id_number_index = $2 WHERE id = $1", second["id"], bytes(33)
        )
        await connection.execute(
            "UPDATE person SET id_number_index = $2 WHERE id = $1",
            first["id"],
            second["id_number_index"],
        )

    await cast.world.database.transact(swap)
    assert (await thief.link()).status_code == 500
    assert (await victim.get("/v1/me")).json()["person"]["name"] == "**甲"
