"""Where everything stands, in sentences; code delegations apart from money; an area's rules."""

from typing import Any

from service.domain.policy import Rules
from service.domain.policy_text import NOT_ANNOUNCED
from service.gateways.platform.population import PEOPLE
from tests.conftest import Clock
from tests.people import Cast
from tests.scenes import acts, code_of, rows

NO_MONEY = "这不会共享任何钱。"


def _relative(handle: str) -> dict[str, str]:
    return {"name": PEOPLE[handle].name, "id_number": PEOPLE[handle].id_number}


async def test_the_status_page_begins_with_nothing_and_says_what_to_do(cast: Cast) -> None:
    phone = await cast.linked("zhaotong_donor")
    status = (await phone.get("/v1/status")).json()
    assert status["sentence"] == "目前没有生效的家庭共济。"
    assert status["next_step"] == "如需让家人使用您的个人账户，请点击“申请绑定”。"
    assert (status["as_donor"], status["as_beneficiary"]) == ([], [])
    assert "12393" in status["hotline"]


async def test_both_roles_are_told_apart_with_what_waits_for_the_reader(cast: Cast) -> None:
    donor, son = await cast.confirmed("zhaotong_donor"), await cast.confirmed("zhaotong_son")
    waiting = await cast.applied(donor, "zhaotong_child", "30")
    status = (await donor.get("/v1/status")).json()
    assert status["sentence"] == "目前没有生效的家庭共济。"
    assert status["next_step"] == "请阅读告知书和承诺书，并完成签名。"
    await cast.bound(donor, "zhaotong_son", "20")
    await cast.bound(donor, "zhaotong_spouse", "12")
    await cast.bound(son, "zhaotong_donor", "51")

    status = (await donor.get("/v1/status")).json()
    assert status["sentence"] == (
        "有 2 位家人可以使用您的个人账户，您可以使用 1 位家人的个人账户。"
    )
    assert status["next_step"] == "请阅读告知书和承诺书，并完成签名。"
    assert [view["relative"]["name"] for view in status["as_donor"]] == ["**乙", "**丁", "**丙"]
    assert [view["relative"]["name"] for view in status["as_beneficiary"]] == ["**丁"]
    assert all(view["sentence"].endswith("。") for view in status["as_donor"])
    await donor.post(f"/v1/bindings/{waiting}/end")
    assert (await donor.get("/v1/status")).json()["next_step"] == ""
    his = (await son.get("/v1/status")).json()
    assert [len(his[role]) for role in ("as_donor", "as_beneficiary")] == [1, 1]


async def test_an_unsigned_application_is_no_step_for_the_beneficiary(cast: Cast) -> None:
    donor, spouse = await cast.linked("zhaotong_donor"), await cast.linked("zhaotong_spouse")
    await cast.applied(donor, "zhaotong_spouse", "12")
    status = (await spouse.get("/v1/status")).json()
    assert (status["next_step"], status["as_donor"]) == ("", [])
    assert "等待对方签署承诺书" in status["as_beneficiary"][0]["sentence"]


async def test_showing_a_code_is_told_apart_from_sharing_money(
    cast: Cast, own_database: str
) -> None:
    owner, delegate = await cast.confirmed("zhaotong_father"), await cast.linked("zhaotong_son")
    made = await owner.post("/v1/code-delegations", _relative("zhaotong_son"))
    assert made.status_code == 201
    id = made.json()["id"]
    assert made.json()["sentence"] == f"**丁可以帮您出示医保码。{NO_MONEY}"
    seen: list[tuple[str, str, str]] = []
    for phone in (owner, delegate):
        status = (await phone.get("/v1/status")).json()
        listed = (await phone.get("/v1/code-delegations")).json()["items"]
        assert status["code_delegations"] == listed
        assert (status["as_donor"], status["as_beneficiary"]) == ([], [])
        assert status["sentence"] == "目前没有生效的家庭共济。"
        assert "不会共享任何钱" in status["explanation"]
        seen += [(view["role"], view["relative"], view["sentence"]) for view in listed]
    assert seen == [
        ("owner", "**丁", f"**丁可以帮您出示医保码。{NO_MONEY}"),
        ("delegate", "**己", f"您可以帮**己出示医保码。{NO_MONEY}"),
    ]
    assert await rows(own_database, "SELECT FROM binding") == []

    assert code_of(await delegate.post(f"/v1/code-delegations/{id}/end"))[0] == 404
    ended = (await owner.post(f"/v1/code-delegations/{id}/end")).json()
    assert ended["ended_at"]
    assert ended["sentence"].startswith("已经结束")
    again = (await owner.post(f"/v1/code-delegations/{id}/end")).json()
    assert again == ended
    for phone in (owner, delegate):
        assert (await phone.get("/v1/code-delegations")).json()["items"] == []
    assert await acts(own_database, id) == [
        ("citizen", "code.delegated"),
        ("citizen", "code.delegation_ended"),
    ]
    assert (await owner.post("/v1/code-delegations", _relative("zhaotong_son"))).status_code == 201


async def test_a_delegation_needs_confirmation_and_another_person_once(
    cast: Cast, clock: Clock
) -> None:
    owner = await cast.linked("zhaotong_father")
    path, son = "/v1/code-delegations", _relative("zhaotong_son")
    assert code_of(await owner.post(path, son)) == (403, "session.confirmation_needed")
    await owner.confirm()
    assert (await owner.post(path, son)).status_code == 201
    for body, status, code in (
        (son, 409, "delegation.exists"),
        (_relative("zhaotong_father"), 422, "delegation.with_oneself"),
        ({**son, "name": "测试错"}, 422, "binding.person_not_matched"),
        ({**son, "name": "测试1", "id_number": "1"}, 400, "request.invalid"),
        ({**son, "relation": "21"}, 400, "request.invalid"),
    ):
        answer = await owner.post(path, body)
        assert (body, *code_of(answer)) == (body, status, code)
    clock.move(seconds=cast.world.settings.confirmed_seconds)
    answer = await owner.post(path, _relative("zhaotong_mother"))
    assert code_of(answer) == (403, "session.confirmation_needed")


async def test_every_rule_of_an_area_is_a_sentence_with_its_source(cast: Cast) -> None:
    unknown: dict[str, set[str]] = {}
    for area, name, count in (
        ("530600", "云南省昭通市", 8),
        ("610100", "陕西省西安市", 23),
        ("510400", "四川省攀枝花市", 8),
    ):
        answer = await cast.api.get(f"/v1/policies/{area}")
        assert (area, answer.status_code) == (area, 200)
        policy: dict[str, Any] = answer.json()
        assert (policy["area"], policy["area_name"]) == (area, name)
        assert len(policy["relations"]) >= count
        assert len(policy["rules"]) == len(Rules.__struct_fields__)
        for rule in policy["rules"]:
            assert rule["title"]
            assert rule["reference"]
            assert (rule["sentence"] == NOT_ANNOUNCED) == (not rule["known"])
        unknown[area] = {rule["key"] for rule in policy["rules"] if not rule["known"]}
    assert NOT_ANNOUNCED.startswith("尚无公开依据")
    nobody_says = {"mixed_payment", "fund_includes_account"}
    not_here = {"proof_under_age", "proof_documents", "outpatient_pooling", "account_credits"}
    most = "beneficiaries_per_donor_max"
    late, newborn = "premium_late", "premium_newborn_days"
    # In 昭通 the demonstration's window and refund stand in for what is not announced.
    assert unknown == {
        "530600": {most, "donors_per_beneficiary_max", late, newborn, *not_here, *nobody_says},
        "610100": {most, "away_filing", late, "premium_refund", *not_here, *nobody_says},
        "510400": {
            *("donors_per_beneficiary_max", late, newborn, "premium_window", "premium_refund"),
            *nobody_says,
        },
    }


async def test_an_area_nobody_serves_and_one_that_is_none(cast: Cast) -> None:
    for area, status, code in (
        ("440100", 404, "request.not_found"),
        ("000000", 400, "request.invalid"),
        ("5306", 400, "request.invalid"),
        ("530600x", 400, "request.invalid"),
        ("５３０６００", 400, "request.invalid"),
    ):
        answer = await cast.api.get(f"/v1/policies/{area}")
        assert (area, *code_of(answer)) == (area, status, code)
