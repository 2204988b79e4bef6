"""Whatever step a process dies at, asking again ends as if nothing had happened."""

import asyncio
import contextlib
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from service.domain.calendar import business_date
from service.flows.check_kinship import check_kinship
from service.phone import drawn_signature
from tests.conftest import Clock
from tests.flows.dying import Crash, Steps, dying, dying_world
from tests.flows.stage import PROOF, Scene, Stage
from tests.people import Cast
from tests.scenes import application_for, family, phone_of, picture, rows

APPROVE = {"decision": "approve", "reason": "documents_prove_kinship"}


@pytest.fixture
def stage(cast: Cast, app: Litestar, clock: Clock) -> Stage:
    return Stage(cast, app, clock)


async def test_applying(stage: Stage) -> None:
    async def make(number: int) -> Scene:
        phone = await stage.donor("zhaotong", number)
        body = application_for(family("zhaotong", number)["wife"], "12")
        key = f"apply-{number:04}"
        return Scene(lambda: phone.post("/v1/bindings", body, key=key), lambda: stage.look(phone))

    steps = await stage.survives(make)
    assert len(steps) == 10
    assert steps.count("after find_insured") == 2


async def test_uploading_a_document(stage: Stage) -> None:
    async def make(number: int) -> Scene:
        phone = await stage.donor("panzhihua", number)
        id = await stage.applied(phone, "panzhihua", number, member="child", code="20")
        path, key = f"/v1/bindings/{id}/documents", f"upload-{number:04}"
        return Scene(
            lambda: phone.upload(path, PROOF, picture(), key=key), lambda: stage.look(phone)
        )

    assert len(await stage.survives(make)) == 6


async def test_signing_the_second_commitment(stage: Stage) -> None:
    async def make(number: int) -> Scene:
        phone = await stage.donor("zhaotong", number)
        first = await stage.applied(phone, "zhaotong", number, member="wife", code="12")
        assert (await phone.sign(first)).is_success
        id = await stage.applied(phone, "zhaotong", number, member="child", code="20")
        path, key = f"/v1/bindings/{id}/commitment", f"sign-{number:04}"
        fields = {"notice_agreed": "true", "digest": (await phone.get(path)).json()["digest"]}
        return Scene(
            lambda: phone.upload(path, fields, drawn_signature(), key=key),
            lambda: stage.look(phone),
        )

    assert len(await stage.survives(make)) == 6


async def test_reviewing(stage: Stage) -> None:
    clerk = await stage.cast.clerk("reviewer", "review", area="510400")

    async def make(number: int) -> Scene:
        phone = await stage.donor("panzhihua", number)
        id = await stage.signed(phone, number, member="child", code="20")
        path, key = f"/v1/hall/reviews/{id}", f"review-{number:04}"
        return Scene(lambda: clerk.post(path, APPROVE, key=key), lambda: stage.look(phone))

    assert len(await stage.survives(make)) == 6


async def test_ending(stage: Stage) -> None:
    async def make(number: int) -> Scene:
        phone = await stage.donor("zhaotong", number)
        id = await stage.applied(phone, "zhaotong", number, member="wife", code="12")
        assert (await phone.sign(id)).is_success
        path, key = f"/v1/bindings/{id}/end", f"end-{number:04}"
        return Scene(lambda: phone.post(path, key=key), lambda: stage.look(phone))

    assert len(await stage.survives(make)) == 6


@pytest.mark.parametrize("verb", ["file", "end"])
async def test_filing_away_and_ending_it(stage: Stage, verb: str) -> None:
    async def make(number: int) -> Scene:
        phone = await stage.donor("zhaotong", number)
        today = business_date(stage.clock()).isoformat()
        body = {"to_area": "610100", "reason": "referral", "begins_on": today}
        path, key = "/v1/filings", f"{verb}-{number:04}"
        if verb == "end":
            path, body = f"{path}/{(await phone.post(path, body)).json()['id']}/end", {}

        async def look() -> list[Any]:
            """What is listed, all that was audited, and whose request was left unanswered."""
            views = (await phone.get("/v1/filings")).json()["items"]
            audited = "SELECT act, count(*) FROM audit WHERE act LIKE 'filing.%' GROUP BY 1"
            counts = {act: count - number for act, count in await rows(stage.database, audited)}
            claims = await rows(stage.database, "SELECT FROM idempotency WHERE status IS NULL")
            return [[view["status"] for view in views], counts, len(claims)]

        return Scene(lambda: phone.post(path, body, key=key), look)

    assert len(await stage.survives(make)) == 6


async def _checked(stage: Stage, number: int, *, code: str, fatal: int) -> tuple[list[Any], int]:
    """What is left after a job that died and was run again, by two workers at once."""
    phone, steps = await stage.donor("panzhihua", number), Steps(fatal)
    id = UUID(await stage.signed(phone, number, member="wife", code=code))
    await rows(stage.database, "DELETE FROM pgqueuer")
    with contextlib.suppress(Crash):
        await check_kinship(dying_world(stage.cast.world, steps), id)
    world = stage.cast.world
    await asyncio.gather(check_kinship(world, id), check_kinship(world, id))
    return await stage.look(phone), len(steps.taken)


async def test_checking_kinship(stage: Stage) -> None:
    """Confirmed by the platform's data, or handed to a clerk."""
    for first, code, state, review in (
        (0, "12", "active", "data_check"),
        (6, "51", "under_review", "clerk"),
    ):
        undisturbed, steps = await _checked(stage, first, code=code, fatal=100)
        assert steps == 5
        assert undisturbed[0][0][0] == (state, state == "active", review, 1)
        for fatal in range(1, 6):
            left = await _checked(stage, first + fatal, code=code, fatal=fatal)
            assert (fatal, left) == (fatal, (undisturbed, fatal))


async def test_signing_in_for_the_first_time(stage: Stage) -> None:
    async def make(number: int) -> Scene:
        phone = phone_of(stage.cast, family("xian", number)["donor"])

        async def look() -> tuple[int, int]:
            accounts = await rows(stage.database, "SELECT FROM channel_account")
            level = (await phone.get("/v1/me")).json()["level"]
            return len(accounts) - number, level

        return Scene(phone.sign_in, look)

    steps = await stage.survives(make)
    assert steps[:2] == ["before sign_in", "after sign_in"]
    assert steps[-2:] == ["before eval", "after eval"]
    assert len(steps) == 7


async def test_linking_the_credential(stage: Stage) -> None:
    async def make(number: int) -> Scene:
        phone = phone_of(stage.cast, family("zhaotong", number)["donor"])
        await phone.sign_in()

        async def link() -> httpx.Response:
            """As the mini-program does: signed out meanwhile, it signs in first."""
            answer = await phone.link()
            if answer.status_code != 401:
                return answer
            answer = await phone.sign_in()
            return answer if answer.json()["level"] == 2 else await phone.link()

        async def look() -> tuple[Any, ...]:
            me = (await phone.get("/v1/me")).json()
            linked = await rows(
                stage.database, "SELECT act FROM audit WHERE act LIKE 'credential.%'"
            )
            people = await rows(stage.database, "SELECT FROM person")
            return me["level"], me["sentence"], len(linked) - number, len(people) - number

        return Scene(link, look)

    steps = await stage.survives(make)
    assert len(steps) == 11


async def test_a_dead_process_keeps_its_claim_and_nothing_else(stage: Stage) -> None:
    """The crash is a crash: our own clean-up does not run in it."""
    phone = await stage.donor("zhaotong", 0)
    body = application_for(family("zhaotong", 0)["wife"], "12")
    with dying(stage.app, stage.cast.world, Steps(4)), pytest.raises(Crash):
        await phone.post("/v1/bindings", body, key="crash-0001")
    [claim] = await rows(stage.database, "SELECT status FROM idempotency")
    assert claim["status"] is None
    assert await rows(stage.database, "SELECT FROM binding") == []
