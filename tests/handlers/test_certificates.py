"""The family certificate: on paper for its two parties, and its check for everybody."""

import asyncio
import dataclasses
import hashlib
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pypdfium2
import pytest_asyncio
import zxingcpp
from litestar import Litestar
from pylopdf_fonts_zh_cn import sans_path

from service.domain.calendar import business_date
from service.domain.certificate import HOTLINE_SENTENCE, NOTICE, TITLE, Certificate, lines
from service.gateways.platform.population import PEOPLE
from service.personal import certificate_purpose
from service.phone import Phone
from tests.conftest import Clock
from tests.people import Cast
from tests.scenes import acts, code_of, rows

NOTO_SANS_SC = "faa6c9df652116dde789d351359f3d7e5d2285a2b2a1f04a2d7244df706d5ea9"
"""SHA-256 of Sans/SubsetOTF/SC/NotoSansSC-Regular.otf at notofonts/noto-cjk f8d1575."""
SITE = "https://gongji.example"
NOT_FOUND = (404, "request.not_found")
NOT_IN_FORCE = (409, "certificate.not_in_force")


@dataclasses.dataclass(frozen=True)
class Paper:
    """What can be read on a PDF: its text without spaces, its QR code, its number."""

    text: str
    address: str

    @property
    def number(self) -> str:
        return self.address.rpartition("/")[2]


def read(answer: httpx.Response) -> Paper:
    """As a viewer shows it and a camera sees it."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    document = pypdfium2.PdfDocument(answer.content)
    assert len(document) == 1
    image = document[0].render(scale=1.5).to_pil()
    [code] = zxingcpp.read_barcodes(image)
    text = document[0].get_textpage().get_text_range()
    return Paper(text="".join(text.split()), address=code.text)


def configure(app: Litestar, **settings: Any) -> None:
    world = app.state.world
    changed = msgspec.structs.replace(world.settings, **settings)
    app.state.world = dataclasses.replace(world, settings=changed)


class Couple:
    """A donor and a wife, bound; the two ways to look at their certificate."""

    def __init__(self, api: httpx.AsyncClient, donor: Phone, wife: Phone, binding_id: str) -> None:
        self._api, self.donor, self.wife = api, donor, wife
        self.path = f"/v1/bindings/{binding_id}"
        self.id = binding_id

    async def paper(self) -> Paper:
        return read(await self.donor.get(f"{self.path}/certificate"))

    async def refusal(self) -> tuple[int, str]:
        return code_of(await self.wife.get(f"{self.path}/certificate"))

    async def change(self, **changes: Any) -> None:
        answer = await self.donor.post(f"{self.path}/changes", changes)
        assert answer.status_code == 200, answer.text

    async def check(self, number: str) -> httpx.Response:
        return await self._api.get(f"/v1/certificates/{number}")

    async def valid(self, number: str) -> bool:
        return bool((await self.check(number)).json()["valid"])


@pytest_asyncio.fixture
async def couple(cast: Cast, app: Litestar) -> Couple:
    configure(app, public_url=SITE, certificates_per_hour=1000)
    donor = await cast.confirmed("zhaotong_donor")
    binding_id = await cast.bound(donor, "zhaotong_spouse", "12")
    return Couple(cast.api, donor, await cast.linked("zhaotong_spouse"), binding_id)


async def test_both_parties_get_the_same_paper(couple: Couple, own_database: str) -> None:
    answers = [await p.get(f"{couple.path}/certificate") for p in (couple.donor, couple.wife)]
    paper, same = map(read, answers)
    assert answers[0].content == answers[1].content
    assert paper == same
    assert paper.address == f"{SITE}/v1/certificates/{paper.number}"
    hotline = HOTLINE_SENTENCE.replace(" ", "")
    for said in (TITLE, NOTICE, hotline, paper.number, "**甲", "**乙", "长期有效"):
        assert said in paper.text
    for handle in ("zhaotong_donor", "zhaotong_spouse"):
        person = PEOPLE[handle]
        assert person.name not in paper.text
        assert person.id_number not in paper.text
        assert f"{person.id_number[:3]}{'*' * 13}{person.id_number[-2:]}" in paper.text
    issued = [act for _, act in await acts(own_database, couple.id)].count("certificate.issued")
    assert issued == 1


async def test_what_is_kept_is_what_is_shown(couple: Couple, cast: Cast, own_database: str) -> None:
    paper = await couple.paper()
    [row] = await rows(own_database, "SELECT * FROM certificate")
    assert b"\xe7\x94\xb2" not in row["content_sealed"]
    purpose = certificate_purpose(row["number"])
    content = cast.world.vault.open(row["content_sealed"], purpose=purpose)
    kept = msgspec.json.decode(content, type=Certificate)
    assert (kept.number, kept.issued_at) == (row["number"], row["issued_at"])
    assert paper.number == kept.number
    for label, text in lines(kept):
        assert label + "".join(text.split()) in paper.text


async def test_nobody_else_gets_it(couple: Couple, cast: Cast, api: httpx.AsyncClient) -> None:
    path = f"{couple.path}/certificate"
    stranger = await cast.linked("zhaotong_resident")
    assert code_of(await stranger.get(path)) == NOT_FOUND
    assert code_of(await api.get(path)) == (401, "session.required")
    unlinked = cast.phone("zhaotong_son")
    await unlinked.sign_in()
    assert code_of(await unlinked.get(path)) == (403, "session.credential_needed")
    clerk = await cast.clerk("desk", "intake", "review", area="530600")
    assert code_of(await clerk.get(path)) == (403, "clerk.role_needed")


async def test_only_while_it_can_be_used(couple: Couple, cast: Cast, clock: Clock) -> None:
    applied = await cast.applied(couple.donor, "zhaotong_son", "21")
    answer = await couple.donor.get(f"/v1/bindings/{applied}/certificate")
    assert code_of(answer) == NOT_IN_FORCE
    await couple.change(action="pause")
    assert await couple.refusal() == NOT_IN_FORCE
    await couple.change(action="resume")
    tomorrow = business_date(clock()) + timedelta(days=1)
    await couple.change(ends_on=str(tomorrow))
    last = await couple.paper()
    assert f"有效期至{tomorrow.year}年{tomorrow.month}月{tomorrow.day}日" in last.text
    assert await couple.valid(last.number)
    clock.move(days=2)
    await couple.wife.enter()
    assert await couple.refusal() == NOT_IN_FORCE
    assert not await couple.valid(last.number)


async def test_not_before_it_begins(cast: Cast, clock: Clock) -> None:
    donor = await cast.confirmed("zhaotong_donor")
    begins = str(business_date(clock()) + timedelta(days=1))
    binding_id = await cast.bound(donor, "zhaotong_spouse", "12", begins_on=begins)
    path = f"/v1/bindings/{binding_id}/certificate"
    assert code_of(await donor.get(path)) == NOT_IN_FORCE
    clock.move(days=1)
    await donor.enter()
    assert read(await donor.get(path)).address.startswith("/v1/certificates/")


async def test_a_day_has_one_certificate_until_something_changes(
    couple: Couple, clock: Clock, own_database: str
) -> None:
    path = f"{couple.path}/certificate"
    together = await asyncio.gather(*(couple.donor.get(path) for _ in range(4)))
    assert len({answer.content for answer in together}) == 1
    first = read(together[0])
    await couple.change(rank=2, limits={"use_fen": 5000})
    assert await couple.paper() == first
    await couple.change(ends_on=str(business_date(clock()) + timedelta(days=60)))
    second = await couple.paper()
    clock.move(days=1)
    await couple.donor.enter()
    third = await couple.paper()
    assert len({first.number, second.number, third.number}) == 3
    assert len(await rows(own_database, "SELECT number FROM certificate")) == 3
    assert [await couple.valid(p.number) for p in (first, second, third)] == [False, True, True]


async def test_the_check_tells_what_the_paper_shows(couple: Couple) -> None:
    paper = await couple.paper()
    answer = (await couple.check(paper.number)).json()
    assert answer["valid"] is True
    assert answer["number"] == paper.number
    shown = {*answer["donor"].values(), *answer["beneficiary"].values()}
    shown |= {answer["relation_text"], answer["area_name"]}
    assert {text for text in shown if text not in paper.text} == set()
    assert answer["issued_at"].endswith("+08:00")
    assert set(answer) == {
        *("number", "valid", "sentence", "donor", "beneficiary", "relation_text", "area_name"),
        *("effective_on", "ends_on", "issued_at"),
    }
    assert all(set(answer[party]) == {"name", "id_number"} for party in ("donor", "beneficiary"))
    again = {**answer, "valid": False}
    sentences = set()
    for act in ({"action": "pause"}, {"action": "resume"}):
        await couple.change(**act)
        now = (await couple.check(paper.number)).json()
        sentences.add((now["valid"], now["sentence"]))
    await couple.donor.post(f"{couple.path}/end")
    ended = (await couple.check(paper.number)).json()
    sentences.add((ended["valid"], ended["sentence"]))
    assert {**ended, "sentence": answer["sentence"]} == again
    assert len(sentences) == 2, "why it does not hold is told"


async def test_a_number_that_is_none_is_not_found(couple: Couple) -> None:
    number = (await couple.paper()).number
    typed = " ".join((number[:5], number[5:10], number[10:].lower()))
    assert (await couple.check(typed)).json()["number"] == number
    unknown = number[:-1] + ("3" if number[-1] == "2" else "2")
    wrong = [unknown, number[:-1], number + "2", "0" * 20, "%00" * 20, "' OR '1'='1", "甲", "%ff"]
    answers = [await couple.check(text) for text in wrong]
    assert {code_of(answer) for answer in answers} == {NOT_FOUND}
    assert len({answer.content for answer in answers}) == 1


async def test_limits(couple: Couple, app: Litestar) -> None:
    number = (await couple.paper()).number
    configure(app, certificate_checks_per_minute=2, certificates_per_hour=2)
    checks = [await couple.check(text) for text in (number, "no-number", number)]
    assert [answer.status_code for answer in checks] == [200, 404, 429]
    assert 1 <= int(checks[-1].headers["retry-after"]) <= 60
    papers = [await couple.donor.get(f"{couple.path}/certificate") for _ in range(2)]
    assert [answer.status_code for answer in papers] == [200, 429]
    assert (await couple.wife.get(f"{couple.path}/certificate")).status_code == 200


async def test_a_character_the_font_lacks_is_told_by_the_check_alone(cast: Cast) -> None:
    donor = await cast.confirmed("zhaotong_rare_name")
    binding_id = await cast.bound(donor, "zhaotong_resident", "12")
    paper = read(await donor.get(f"/v1/bindings/{binding_id}/certificate"))
    assert "授权人**〓" in paper.text
    answer = await cast.api.get(paper.address)
    assert (answer.json()["valid"], answer.json()["donor"]["name"]) == (True, "**𠮷")


def test_the_font_is_the_one_the_noto_project_publishes() -> None:
    assert hashlib.sha256(sans_path().read_bytes()).hexdigest() == NOTO_SANS_SC
