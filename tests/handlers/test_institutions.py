"""Which institution supports what, found by area, kind, level, service; page by page."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from service import seed
from service.flows.load_institutions import load_institutions
from service.phone import Phone
from tests.people import Cast
from tests.scenes import code_of

ZHAOTONG = ["H53060200001", "H53060200002", "P53060200001"]


@pytest_asyncio.fixture
async def phone(cast: Cast) -> AsyncIterator[Phone]:
    """Signed in only: level 1."""
    content = seed._INSTITUTIONS.read_bytes()
    await load_institutions(cast.world, content, progress=lambda stored, total: None)
    phone = cast.phone("zhaotong_donor")
    (await phone.sign_in()).raise_for_status()
    yield phone


async def found(phone: Phone, query: str) -> list[str]:
    answer = await phone.get(f"/v1/institutions?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["next"] is None
    return [item["code"] for item in answer.json()["items"]]


async def test_an_institution_tells_what_it_supports(phone: Phone) -> None:
    [item] = (await phone.get("/v1/institutions?area=530602&level=primary")).json()["items"]
    assert item == {
        "code": "H53060200002",
        "name": "示例社区卫生服务中心（昭通）",
        "kind": "hospital",
        "kind_text": "医院",
        "level": "primary",
        "level_text": "一级",
        "area": "530602",
        "area_name": "云南省昭通市昭阳区",
        "address": "云南省昭通市昭阳区示例路2号",
        "services": ["outpatient", "chronic", "vaccine"],
        "services_text": ["普通门诊", "门诊慢特病", "预防接种"],
        "away": False,
        "open": True,
    }


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("area=530602", ZHAOTONG),
        ("area=530600", ZHAOTONG),
        ("area=530000", ["H53010000001", *ZHAOTONG[:2], "P53010000001", ZHAOTONG[2]]),
        ("area=530621", []),
        ("area=110000", []),
        ("area=610000&kind=pharmacy", ["P61010000001"]),
        ("area=510000&level=secondary", ["H51040000001"]),
        ("service=vaccine", ["H53060200001", "H53060200002", "V61010000001"]),
        ("service=checkup&area=610100", ["T61010000001"]),
        ("away=false", ["H53060200002"]),
        ("away=true&area=530602", ["H53060200001", "P53060200001"]),
        ("after=P61010000001", ["T61010000001", "V61010000001"]),
    ],
)
async def test_it_is_found_by_what_is_asked(phone: Phone, query: str, codes: list[str]) -> None:
    assert await found(phone, query) == codes


async def test_pages_follow_each_other(phone: Phone) -> None:
    seen: list[str] = []
    path = "/v1/institutions?limit=5"
    for size in (5, 5, 2):
        page = (await phone.get(path)).json()
        assert len(page["items"]) == size
        seen += [item["code"] for item in page["items"]]
        path = f"/v1/institutions?limit=5&after={page['next']}"
    assert page["next"] is None
    assert seen == sorted(set(seen))
    assert len(seen) == 12


async def test_one_whose_agreement_ended_is_not_open(phone: Phone, cast: Cast) -> None:
    lines = seed._INSTITUTIONS.read_text().splitlines()
    content = f"{lines[0]}\n{lines[1]}2020-12-31\n".encode()
    await load_institutions(cast.world, content, progress=lambda stored, total: None)
    items = (await phone.get("/v1/institutions?area=530602")).json()["items"]
    assert [item["open"] for item in items] == [False, True, True]


@pytest.mark.parametrize(
    "query",
    [
        "area=5306",
        "area=530602%0A",
        "area=530602%00",
        "kind=spa",
        "level=9",
        "service=massage",
        "away=perhaps",
        "after=x",
        "after=H53060200001%0A",
        "limit=0",
        "limit=51",
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(phone: Phone, query: str) -> None:
    answer = await phone.get(f"/v1/institutions?{query}")
    assert code_of(answer) == (400, "request.invalid")


async def test_strangers_do_not_see_it(cast: Cast) -> None:
    answer = await cast.api.get("/v1/institutions")
    assert code_of(answer) == (401, "session.required")
