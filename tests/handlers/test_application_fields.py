"""What citizens type and send: read strictly, refused in Chinese sentences, field by field."""

import json
from typing import Any

from service.gateways.platform.population import PEOPLE
from tests.people import Cast
from tests.scenes import code_of, rows

SPOUSE = PEOPLE["zhaotong_spouse"]
APPLICATIONS = ("/v1/bindings/checks", "/v1/bindings")

NAMES_REFUSED = [
    "测试😀",
    "<script>alert(1)</script>",
    "'; DROP TABLE person; --",
    "{{7*7}}",
    "${donor_name}",
    "{donor_name}",
    "%s%n",
    "测试\u202e甲",
    "测试\n甲",
    "测试1",
    "测",
    "",
    "   ",
    "甲" * 61,
]
NUMBERS_REFUSED = {
    SPOUSE.id_number.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)}): "半角数字",
    SPOUSE.id_number[:6] + SPOUSE.id_number[8:17]: "18 位",
    SPOUSE.id_number[:17] + ("1" if SPOUSE.id_number[17] != "1" else "2"): "有一位填错了",
    "530602199902301234": "出生日期不存在",
    "530602' OR '1'='1'": "半角数字",
    "": "18 位",
}
AMOUNTS_REFUSED: list[Any] = [1.5, True, False, "100", "", 0, -1, 10**30, [], {}]


def _named(**changed: Any) -> dict[str, Any]:
    person = {"name": SPOUSE.name, "id_number": SPOUSE.id_number, "relation": "12"}
    return {"beneficiary": {**person, **changed}}


async def test_all_faults_of_a_form_are_told_at_once_in_chinese(cast: Cast) -> None:
    phone = await cast.linked("zhaotong_donor")
    body = _named(name="测试1", id_number="123", phone="12345")
    for path in APPLICATIONS:
        answer = await phone.post(path, body)
        assert code_of(answer) == (400, "request.invalid")
        assert {error["field"]: error["message"] for error in answer.json()["errors"]} == {
            "beneficiary.phone": "请填写 11 位手机号码。",
            "beneficiary.id_number": "身份证号码应为 18 位，请核对后重新填写。",
            "beneficiary.name": "请填写身份证上的姓名，不要包含数字、符号或表情。",
        }


async def test_numbers_that_are_none_are_refused_with_the_reason(cast: Cast) -> None:
    phone = await cast.linked("zhaotong_donor")
    for number, reason in NUMBERS_REFUSED.items():
        answer = await phone.post("/v1/bindings/checks", _named(id_number=number))
        assert (number, *code_of(answer)) == (number, 400, "request.invalid")
        [error] = answer.json()["errors"]
        assert error["field"] == "beneficiary.id_number"
        assert reason in error["message"]


async def test_spaces_around_a_number_and_a_small_x_do_no_harm(cast: Cast) -> None:
    phone = await cast.linked("zhaotong_donor")
    for body in (
        _named(id_number=f" {SPOUSE.id_number.lower()} "),
        _named(name=f"  {SPOUSE.name} "),
    ):
        assert (await phone.post("/v1/bindings/checks", body)).status_code == 200


async def test_names_that_are_none_are_refused_and_do_nothing(
    cast: Cast, own_database: str
) -> None:
    phone = await cast.linked("zhaotong_donor")
    for name in NAMES_REFUSED:
        answer = await phone.post("/v1/bindings/checks", _named(name=name))
        assert (name, *code_of(answer)) == (name, 400, "request.invalid")
        [error] = answer.json()["errors"]
        assert error["field"] == "beneficiary.name"
        assert "DROP" not in answer.text
    [people] = await rows(own_database, "SELECT count(*) AS known FROM person")
    assert people["known"] == 1


async def test_a_rare_character_stays_whole_to_the_signed_text(cast: Cast) -> None:
    phone = await cast.confirmed("zhaotong_rare_name")
    binding_id = await cast.bound(phone, "zhaotong_resident", "12")
    text = (await phone.get(f"/v1/bindings/{binding_id}/commitment")).json()["text"]
    assert "承诺人（授权人）：测试𠮷，" in text
    view = (await phone.get(f"/v1/bindings/{binding_id}")).json()
    evidence = (await phone.get(f"/v1/commitments/{view['commitment_id']}/evidence")).json()
    pack = json.loads(evidence["pack"])
    assert pack["document"]["text"] == text
    assert pack["parties"]["donor_name"] == "测试𠮷"
    resident = await cast.linked("zhaotong_resident")
    [hers] = (await resident.get("/v1/bindings")).json()["items"]
    assert hers["relative"]["name"] == "**𠮷"


async def test_money_is_whole_fen(cast: Cast) -> None:
    phone = await cast.linked("zhaotong_donor")
    for amount in AMOUNTS_REFUSED:
        for field in ("total_fen", "year_fen", "use_fen"):
            body = {**_named(), "limits": {field: amount}}
            answer = await phone.post("/v1/bindings", body)
            assert (amount, *code_of(answer)) == (amount, 400, "request.invalid")
            [error] = answer.json()["errors"]
            assert error["field"] == f"limits.{field}"


async def test_types_are_not_guessed(cast: Cast) -> None:
    phone = await cast.linked("zhaotong_donor")
    wrong: list[dict[str, Any]] = [
        {**_named(), "rank": "1"},
        {**_named(), "rank": 0},
        {**_named(), "rank": 100},
        {**_named(), "begins_on": "2026-02-30"},
        {**_named(), "begins_on": 1767225600},
        {**_named(), "limits": None},
        _named(relation=12),
        _named(relation="1"),
        _named(name=["测试乙"]),
        _named(id_number=int(SPOUSE.id_number[:17])),
        {"beneficiary": None},
    ]
    for body in wrong:
        answer = await phone.post("/v1/bindings/checks", body)
        assert (body, *code_of(answer)) == (body, 400, "request.invalid")
        assert all(error["message"].endswith("。") for error in answer.json()["errors"])
        assert answer.json()["errors"]


async def test_unknown_fields_are_refused(cast: Cast) -> None:
    phone = await cast.linked("zhaotong_donor")
    for body in (
        {**_named(), "donor": {"name": "测试甲"}},
        {**_named(), "limits": {"day_fen": 1}},
        _named(donor_id="x"),
    ):
        answer = await phone.post("/v1/bindings", body)
        assert (body, *code_of(answer)) == (body, 400, "request.invalid")
        assert "不认识的内容" in answer.json()["errors"][0]["message"]


async def test_bodies_that_are_not_small_json_are_refused(cast: Cast) -> None:
    phone = await cast.linked("zhaotong_donor")
    right = json.dumps(_named()).encode()
    sent = [
        ("application/json", b"{", 400, "request.malformed"),
        ("application/json", right[:-1], 400, "request.malformed"),
        ("application/json", b"\xff\xfe", 400, "request.malformed"),
        ("application/json", b'{"beneficiary": "\\ud800"}', 400, "request.malformed"),
        ("application/json", b'{"beneficiary": "\\u0000"}', 400, "request.malformed"),
        ("application/json", b"[]", 400, "request.invalid"),
        ("application/json", b"null", 400, "request.invalid"),
        ("application/json", b"", 400, "request.invalid"),
        ("application/json", b" " * 65536 + right, 413, "request.too_large"),
        ("text/plain", right, 415, "request.media_type"),
        ("application/x-www-form-urlencoded", b"beneficiary=x", 415, "request.media_type"),
        ("application/xml", b"<beneficiary/>", 415, "request.media_type"),
        ("", right, 415, "request.media_type"),
    ]
    headers = {"Authorization": f"Bearer {phone.token}", "Idempotency-Key": "bodies-0001"}
    for kind, content, status, code in sent:
        for path in APPLICATIONS:
            answer = await cast.api.post(
                path, content=content, headers={**headers, "Content-Type": kind}
            )
            assert (kind, content[:20], *code_of(answer)) == (kind, content[:20], status, code)
            assert answer.headers["Content-Type"] == "application/problem+json"
    fine = {**headers, "Content-Type": "application/json; charset=utf-8"}
    assert (await cast.api.post("/v1/bindings", content=right, headers=fine)).status_code == 201
