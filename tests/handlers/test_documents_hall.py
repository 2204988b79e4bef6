"""Proof of kinship where the rule asks for it: uploaded, reviewed by a clerk of the area."""

import io
from typing import Any

from PIL import Image

from service.phone import Phone
from tests.people import Cast, Clerk
from tests.scenes import acts, code_of, picture, rows

PROOF = {"kind": "household_register"}


async def _child(cast: Cast) -> tuple[Phone, str]:
    """A donor and the application for a child under 16, which needs documents."""
    phone = await cast.confirmed("panzhihua_donor")
    return phone, await cast.applied(phone, "panzhihua_child", "20")


async def _waiting(cast: Cast) -> tuple[Phone, str]:
    """The same, uploaded and signed."""
    phone, binding_id = await _child(cast)
    await phone.upload(f"/v1/bindings/{binding_id}/documents", PROOF, picture())
    assert (await phone.sign(binding_id)).json()["state"] == "under_review"
    return phone, binding_id


def _photographed() -> bytes:
    """A photo lying on its side, with the place it was taken at."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "测试甲的户口簿"
    exif.get_ifd(0x8825)[2] = (26.0, 34.0, 12.0)
    return picture("JPEG", size=(600, 300), exif=exif)


async def test_a_childs_documents_come_before_the_signature(cast: Cast, own_database: str) -> None:
    phone, binding_id = await _child(cast)
    view = (await phone.get(f"/v1/bindings/{binding_id}")).json()
    assert (view["review"], view["documents_needed"]) == (
        "clerk",
        ["marriage_certificate", "household_register"],
    )
    assert view["next_step"].startswith("请先上传证明材料照片")
    refused = await phone.sign(binding_id)
    assert code_of(refused) == (409, "document.missing")
    assert "16 周岁" in refused.json()["detail"]
    assert "攀枝花" in refused.json()["clause"]

    path = f"/v1/bindings/{binding_id}/documents"
    assert (await phone.upload(path, PROOF, _photographed())).status_code == 201
    marriage = {"kind": "marriage_certificate"}
    both = (await phone.upload(path, marriage, picture("PNG", tint=1))).json()["items"]
    assert [item["kind"] for item in both] == ["household_register", "marriage_certificate"]
    assert code_of(await phone.upload(path, PROOF, _photographed())) == (409, "document.exists")

    signed = (await phone.sign(binding_id)).json()
    assert (signed["state"], signed["usable"], signed["effective_at"]) == (
        "under_review",
        False,
        None,
    )
    assert signed["sentence"].endswith("正在由医保经办机构审核。")
    more = await phone.upload(path, PROOF, picture(tint=2))
    assert more.status_code == 201, "while a clerk decides, more may be shown"
    assert [act for _, act in await acts(own_database, binding_id)] == [
        "binding.applied",
        "document.uploaded",
        "document.uploaded",
        "binding.sign_for_review",
        "document.uploaded",
    ]


async def test_six_documents_are_enough(cast: Cast) -> None:
    phone, binding_id = await _child(cast)
    path = f"/v1/bindings/{binding_id}/documents"
    for tint in range(0, 240, 40):
        answer = await phone.upload(path, PROOF, picture(tint=tint))
    assert len(answer.json()["items"]) == 6
    seventh = await phone.upload(path, PROOF, picture(tint=250))
    assert code_of(seventh) == (409, "document.too_many")
    assert "最多上传 6 张" in seventh.json()["detail"]


async def test_documents_nobody_asked_for_and_files_that_are_none_are_refused(cast: Cast) -> None:
    phone, binding_id = await _child(cast)
    grown = await cast.applied(phone, "panzhihua_grown_child", "30")
    path = f"/v1/bindings/{grown}/documents"
    assert code_of(await phone.upload(path, PROOF, picture())) == (409, "document.not_needed")
    gif = io.BytesIO()
    Image.new("L", (400, 300)).save(gif, "GIF")
    refused: list[tuple[str, dict[str, str], bytes, int, str]] = [
        ("another kind", {"kind": "passport"}, picture(), 400, "request.invalid"),
        ("no kind", {}, picture(), 400, "request.invalid"),
        ("more fields", {**PROOF, "more": "1"}, picture(), 400, "request.invalid"),
        ("a GIF", PROOF, gif.getvalue(), 422, "image.unreadable"),
        ("half a JPEG", PROOF, _photographed()[:900], 422, "image.unreadable"),
        ("nothing", PROOF, b"", 422, "image.unreadable"),
        ("a stamp", PROOF, picture(size=(199, 300)), 422, "image.dimensions"),
        ("a strip", PROOF, picture(size=(16001, 200)), 422, "image.dimensions"),
        ("too much", PROOF, picture() + bytes(6 * 1024 * 1024), 413, "request.too_large"),
    ]
    for what, fields, image, status, code in refused:
        answer = await phone.upload(f"/v1/bindings/{binding_id}/documents", fields, image)
        assert (what, *code_of(answer)) == (what, status, code)


async def _queued(clerk: Clerk) -> list[dict[str, Any]]:
    answer = await clerk.get("/v1/hall/reviews")
    assert answer.status_code == 200
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_clerk_of_the_area_looks_and_approves(cast: Cast, own_database: str) -> None:
    phone, binding_id = await _child(cast)
    await phone.upload(f"/v1/bindings/{binding_id}/documents", PROOF, _photographed())
    clerk = await cast.clerk("reviewer", "review", area="510400")
    assert await _queued(clerk) == []
    await phone.sign(binding_id)
    [waiting] = await _queued(clerk)
    assert (waiting["binding"]["id"], waiting["binding"]["state"]) == (binding_id, "under_review")
    assert waiting["binding"]["relative"]["name"] == "**震"
    [document] = waiting["documents"]["items"]
    review = f"/v1/hall/reviews/{binding_id}"

    image = await clerk.get(f"{review}/documents/{document['id']}")
    assert image.headers["Content-Type"] == "image/jpeg"
    with Image.open(io.BytesIO(image.content)) as seen:
        assert (seen.format, seen.size) == ("JPEG", (300, 600))
        assert dict(seen.getexif()) == {}
        assert "exif" not in seen.info
    assert "户口簿".encode() not in image.content

    decision = {"decision": "approve", "reason": "documents_prove_kinship"}
    approved = (await clerk.post(review, decision)).json()
    assert (approved["state"], approved["usable"]) == ("active", True)
    assert (await phone.get(f"/v1/bindings/{binding_id}")).json()["usable"] is True
    assert await _queued(clerk) == []
    again = await clerk.post(review, decision)
    assert code_of(again) == (409, "binding.state_does_not_allow")

    clerks_acts = await rows(
        own_database,
        "SELECT act, actor_id, detail::text FROM audit WHERE actor_kind = 'clerk' ORDER BY id",
    )
    assert [row["act"] for row in clerks_acts] == [
        "clerk.signed_in",
        "reviews.listed",
        "reviews.listed",
        "document.viewed",
        "binding.approve",
        "reviews.listed",
    ]
    assert {row["actor_id"] for row in clerks_acts} == {clerk.added.id}
    assert "documents_prove_kinship" in clerks_acts[4]["detail"]


async def test_a_rejected_application_says_so_and_may_be_made_anew(
    cast: Cast, own_database: str
) -> None:
    phone, binding_id = await _waiting(cast)
    clerk = await cast.clerk("reviewer", "review", area="510402")
    review = f"/v1/hall/reviews/{binding_id}"
    for wrong in (
        {"decision": "reject"},
        {"decision": "reject", "reason": "无此规定"},
        {"decision": "pause", "reason": "documents_unreadable"},
        {"decision": "reject", "reason": "照\u0000片"},
    ):
        assert (await clerk.post(review, wrong)).status_code == 400
    rejected = await clerk.post(review, {"decision": "reject", "reason": "documents_unreadable"})
    assert rejected.json()["state"] == "rejected"
    view = (await phone.get(f"/v1/bindings/{binding_id}")).json()
    assert view["sentence"] == "您为**震（儿子）申请的共济没有通过审核。"
    assert "12393" in view["next_step"]
    told = await rows(own_database, "SELECT kind FROM message")
    assert [row["kind"] for row in told] == ["binding_rejected"] * 2
    assert await cast.applied(phone, "panzhihua_child", "20") != binding_id


async def test_a_clerk_of_another_area_sees_and_decides_nothing(cast: Cast) -> None:
    phone, binding_id = await _waiting(cast)
    clerk = await cast.clerk("elsewhere", "review", area="510100")
    assert await _queued(clerk) == []
    decision = {"decision": "approve", "reason": "documents_prove_kinship"}
    answer = await clerk.post(f"/v1/hall/reviews/{binding_id}", decision)
    assert code_of(answer) == (404, "request.not_found")
    assert (await phone.get(f"/v1/bindings/{binding_id}")).json()["state"] == "under_review"
