"""Check and apply: what is granted and refused by rule, and how both parties see a binding."""

from typing import Any

from service.gateways.platform.population import PEOPLE
from service.phone import Phone
from tests.people import Cast
from tests.scenes import application_for, code_of, family, phone_of

# donor, beneficiary, relation, status and code; the last column: a rule stands behind the refusal.
REFUSED = [
    ("zhaotong_donor", "zhaotong_daughter_in_law", "38", 422, "binding.relation_not_allowed", True),
    ("zhaotong_donor", "zhaotong_sibling", "77", 422, "binding.relation_not_allowed", True),
    ("zhaotong_donor", "zhaotong_spouse", "99", 422, "binding.relation_not_allowed", True),
    ("panzhihua_donor", "panzhihua_mother", "62", 422, "binding.relation_not_allowed", True),
    ("zhaotong_donor", "zhaotong_spouse", "98", 400, "binding.relation_unknown", False),
    ("zhaotong_donor", "zhaotong_donor", "11", 422, "binding.with_oneself", True),
    ("zhaotong_donor", "zhaotong_sibling", "30", 422, "binding.beneficiary_not_enrolled", True),
    ("zhaotong_donor", "zhaotong_suspended", "20", 422, "binding.beneficiary_not_enrolled", True),
    ("panzhihua_donor", "panzhihua_son_in_chengdu", "20", 422, "binding.outside_the_area", True),
    ("zhaotong_donor", "guangzhou_stranger", "20", 422, "binding.outside_the_province", True),
    ("xian_donor", "zhaotong_spouse", "12", 422, "binding.outside_the_province", True),
    ("zhaotong_spouse", "zhaotong_child", "30", 422, "binding.donor_has_no_account", True),
    ("zhaotong_suspended", "zhaotong_child", "30", 422, "binding.donor_has_no_account", True),
    ("zhaotong_sibling", "zhaotong_child", "30", 422, "binding.donor_has_no_account", False),
    ("guangzhou_stranger", "zhaotong_child", "30", 422, "area.not_served", False),
]
TERMS_REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"begins_on": "2020-01-01"}, 422, "binding.begins_in_the_past"),
    ({"begins_on": "2999-05-05", "ends_on": "2999-05-05"}, 422, "binding.ends_before_it_begins"),
    ({"limits": {"use_fen": 200, "year_fen": 100}}, 422, "binding.limits_contradict"),
    ({"limits": {"year_fen": 200, "total_fen": 100}}, 422, "binding.limits_contradict"),
]


async def _refused_alike(phone: Phone, body: dict[str, Any]) -> dict[str, Any]:
    """The refusal of the check, which must be that of the application too."""
    checked = await phone.post("/v1/bindings/checks", body)
    applied = await phone.post("/v1/bindings", body)
    assert checked.content == applied.content
    problem: dict[str, Any] = checked.json()
    assert problem["next_step"]
    assert problem["hotline"] == "12393"
    return problem


GRANTED = [
    ("zhaotong_donor", "zhaotong_spouse", "12", ("云南", "昭通")),
    ("xian_donor", "xian_grandmother_in_baoji", "62", ("陕西",)),
    ("panzhihua_donor", "panzhihua_father", "51", ("攀枝花",)),
]
WARNED = [
    ("zhaotong_father", "52", ["性别"]),
    ("zhaotong_son", "51", ["不比您大"]),
    ("zhaotong_mother", "20", ["性别", "不比您小"]),
]


async def test_who_may_be_bound_is_told_by_which_rules(cast: Cast) -> None:
    for donor, beneficiary, relation, words in GRANTED:
        phone = await cast.linked(donor)
        checked = await phone.post("/v1/bindings/checks", cast.application(beneficiary, relation))
        assert (donor, checked.status_code) == (donor, 200)
        answer = checked.json()
        assert answer["eligible"] is True
        assert answer["sentence"].startswith("可以绑定。")
        assert answer["warnings"] == []
        assert len(answer["grants"]) == 5
        assert all(grant["title"] and grant["clause"] for grant in answer["grants"])
        told = "".join(grant["clause"] for grant in answer["grants"])
        assert all(word in told for word in words)

        applied = await phone.post("/v1/bindings", cast.application(beneficiary, relation))
        assert applied.status_code == 201
        assert applied.json()["grants"] == answer["grants"]
        assert applied.json()["state"] == "awaiting_signature"


async def test_what_does_not_fit_the_id_numbers_warns_and_does_not_block(cast: Cast) -> None:
    phone = await cast.linked("zhaotong_donor")
    for beneficiary, relation, words in WARNED:
        body = cast.application(beneficiary, relation)
        for path, status in (("/v1/bindings/checks", 200), ("/v1/bindings", 201)):
            answer = await phone.post(path, body)
            assert (relation, answer.status_code) == (relation, status)
            warnings = answer.json()["warnings"]
            assert len(warnings) == len(words)
            assert all(word in said for word, said in zip(words, warnings, strict=True))


async def test_a_refusal_names_its_rule_and_what_to_do(cast: Cast) -> None:
    phones = {donor: await cast.linked(donor) for donor in {row[0] for row in REFUSED}}
    for donor, beneficiary, relation, status, code, ruled in REFUSED:
        body = cast.application(beneficiary, relation)
        problem = await _refused_alike(phones[donor], body)
        row = (donor, beneficiary, relation)
        assert (row, problem["status"], problem["code"]) == (row, status, code)
        assert (row, bool(problem["clause"])) == (row, ruled)


async def test_dates_and_limits_must_make_sense(cast: Cast) -> None:
    phone = await cast.linked("zhaotong_donor")
    for terms, status, code in TERMS_REFUSED:
        problem = await _refused_alike(phone, cast.application("zhaotong_spouse", "12", **terms))
        assert (terms, problem["status"], problem["code"]) == (terms, status, code)


async def test_a_refusal_says_what_is_allowed_instead(cast: Cast) -> None:
    phone = await cast.linked("zhaotong_donor")
    body = cast.application("zhaotong_daughter_in_law", "38")
    problem = (await phone.post("/v1/bindings/checks", body)).json()
    assert "“儿媳”不在当地规定的范围内" in problem["detail"]
    assert "配偶、父母、子女" in problem["detail"]
    assert "云南" in problem["clause"]


async def test_nobody_is_bound_twice_until_the_first_is_over(cast: Cast) -> None:
    phone = await cast.linked("zhaotong_donor")
    body = cast.application("zhaotong_spouse", "12")
    first = await cast.applied(phone, "zhaotong_spouse", "12")
    problem = await _refused_alike(phone, body)
    assert (problem["status"], problem["code"]) == (409, "binding.exists")
    assert (await phone.post(f"/v1/bindings/{first}/end")).status_code == 200
    assert await cast.applied(phone, "zhaotong_spouse", "12") != first


async def test_a_beneficiary_in_shaanxi_has_two_donors_at_most(cast: Cast) -> None:
    for donor in ("xian_donor", "xian_second_donor"):
        await cast.bound(await cast.confirmed(donor), "xian_father", "51")
    phone = await cast.linked("xian_third_donor")
    problem = await _refused_alike(phone, cast.application("xian_father", "51"))
    assert (problem["status"], problem["code"]) == (409, "binding.beneficiary_is_full")
    assert "最多由 2 位" in problem["detail"]
    assert "陕西" in problem["clause"]


async def test_a_donor_in_panzhihua_has_five_beneficiaries_at_most(cast: Cast) -> None:
    phone = await cast.confirmed("panzhihua_donor")
    beyond = [family("panzhihua", number)["wife"] for number in range(3)]
    early = (await phone.post("/v1/bindings", application_for(beyond[1], "12"))).json()["id"]
    for handle, relation in {"grown_child": "30", "father": "51", "mother": "52"}.items():
        await cast.bound(phone, f"panzhihua_{handle}", relation)
    await cast.bound(phone, "panzhihua_spouse", "12")
    fifth = (await phone.post("/v1/bindings", application_for(beyond[0], "12"))).json()["id"]
    assert (await phone.sign(fifth)).status_code == 200
    problem = await _refused_alike(phone, application_for(beyond[2], "12"))
    assert (problem["status"], problem["code"]) == (409, "binding.donor_is_full")
    assert "最多绑定 5 位" in problem["detail"]
    assert "攀枝花" in problem["clause"]
    assert (await phone.sign(early)).json() == problem


async def test_whether_a_strangers_number_exists_is_never_told(cast: Cast) -> None:
    phone = await cast.linked("zhaotong_donor")
    spouse, father = PEOPLE["zhaotong_spouse"], PEOPLE["zhaotong_father"]
    tried = {
        "wrong name": ("测试错", spouse.id_number),
        "another one's number": (spouse.name, father.id_number),
        "nobody's number": (spouse.name, "530602199001011239"),
    }
    answers = {}
    for path in ("/v1/bindings/checks", "/v1/bindings"):
        for why, (name, number) in tried.items():
            body = {"beneficiary": {"name": name, "id_number": number, "relation": "12"}}
            answers[path, why] = await phone.post(path, body)
    assert {code_of(answer) for answer in answers.values()} == {(422, "binding.person_not_matched")}
    assert len({answer.content for answer in answers.values()}) == 1
    assert len({tuple(sorted(answer.headers)) for answer in answers.values()}) == 1


async def test_both_parties_see_a_binding_in_their_own_words(cast: Cast) -> None:
    donor, spouse = await cast.confirmed("zhaotong_donor"), await cast.linked("zhaotong_spouse")
    binding_id = await cast.applied(donor, "zhaotong_spouse", "12")

    async def sentences() -> list[tuple[str, str, bool]]:
        views = [
            (await phone.get(f"/v1/bindings/{binding_id}")).json() for phone in (donor, spouse)
        ]
        listed = [(await phone.get("/v1/bindings")).json()["items"] for phone in (donor, spouse)]
        assert listed == [[view] for view in views]
        return [(view["role"], view["sentence"], view["usable"]) for view in views]

    assert await sentences() == [
        ("donor", "您为**乙（妻子）申请的共济还差一步：签署承诺书。", False),
        ("beneficiary", "**甲正在为您办理共济，等待对方签署承诺书。", False),
    ]
    assert (await donor.sign(binding_id)).status_code == 200
    [mine, hers] = await sentences()
    assert mine[1].startswith("**乙（妻子）可以使用您的个人账户，自")
    assert hers[1].startswith("您可以使用**甲的个人账户，自")
    assert (mine[2], hers[2]) == (True, True)


async def test_a_list_goes_on_until_its_end(cast: Cast) -> None:
    person = family("zhaotong", 0)
    phone = await phone_of(cast, person["donor"]).enter()
    kin = [(person["wife"], "12"), (person["child"], "20"), (person["father"], "51")]
    made = []
    for relative, relation in kin:
        answer = await phone.post("/v1/bindings", application_for(relative, relation))
        made.append(answer.json()["id"])
    newest_first = made[::-1]
    for limit, pages in ((1, 3), (2, 2), (3, 1), (50, 1)):
        seen: list[str] = []
        path, following = f"/v1/bindings?limit={limit}", ""
        for _ in range(pages):
            page = (await phone.get(path + following)).json()
            seen += [item["id"] for item in page["items"]]
            following = f"&after={page['next']}"
        assert (limit, seen, page["next"]) == (limit, newest_first, None)
    beyond = (await phone.get(f"/v1/bindings?after={made[0]}")).json()
    assert beyond == {"items": [], "next": None}


async def test_a_page_has_bounds(cast: Cast) -> None:
    phone = await cast.linked("zhaotong_donor")
    for query in ("limit=0", "limit=51", "limit=x", "limit=-1", "after=x"):
        answer = await phone.get(f"/v1/bindings?{query}")
        assert (query, *code_of(answer)) == (query, 400, "request.invalid")
        assert answer.json()["errors"][0]["field"] == query.split("=")[0]


async def test_looking_people_up_is_limited_by_the_hour(cast: Cast) -> None:
    phone = await cast.linked("zhaotong_donor")
    body = cast.application("zhaotong_donor", "11")
    for _ in range(cast.world.settings.lookups_per_hour):
        assert (await phone.post("/v1/bindings/checks", body)).status_code == 422
    for path in ("/v1/bindings/checks", "/v1/bindings"):
        answer = await phone.post(path, body)
        assert code_of(answer) == (429, "request.too_many")
        assert 3500 < int(answer.headers["Retry-After"]) <= 3600
