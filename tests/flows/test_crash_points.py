"""Whatever step a process dies at, asking again ends as if nothing had happened."""

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from msgspec import Struct

from service.flows.check_kinship import check_kinship
from service.flows.send_message import send_message
from service.phone import Phone, drawn_signature
from tests.conftest import Clock
from tests.flows.dying import Crash, Steps, dying, dying_world
from tests.people import Cast
from tests.scenes import acts, application_for, code_of, family, phone_of, picture, rows

JOBS = {"check_kinship": check_kinship, "send_message": send_message}
APPROVE = {"decision": "approve", "reason": "材料齐全"}


class Scene(Struct, frozen=True):
    """What a client does, again under the same key, and what is there afterwards."""

    act: Callable[[], Awaitable[httpx.Response]]
    look: Callable[[], Awaitable[Any]]


class Stage:
    """Scenes with a family each, so that one database serves for every step of a flow."""

    def __init__(self, cast: Cast, app: Litestar, clock: Clock) -> None:
        self.cast, self.app, self.clock = cast, app, clock
        self.database = cast.world.database

    async def survives(self, make: Callable[[int], Awaitable[Scene]]) -> list[str]:
        """Play once undisturbed, then die at each step in turn. Answers the steps."""
        undisturbed, steps = await make(0), Steps()
        with dying(self.app, self.cast.world, steps):
            assert (await undisturbed.act()).is_success
        expected = await undisturbed.look()
        for fatal, step in enumerate(steps.taken, start=1):
            scene = await make(fatal)
            with dying(self.app, self.cast.world, Steps(fatal)), pytest.raises(Crash):
                await scene.act()
            answer = await scene.act()
            if code_of(answer) == (409, "idempotency.running"):
                self.clock.move(seconds=61)
                answer = await scene.act()
            assert (fatal, step, answer.is_success) == (fatal, step, True), answer.text
            assert (fatal, step, await scene.look()) == (fatal, step, expected)
        return steps.taken

    async def look(self, phone: Phone) -> list[Any]:
        """All that is left of the donor's bindings, pending jobs done, and of the chain."""
        await self._run_jobs()
        views = (await phone.get("/v1/bindings")).json()["items"]
        unanswered = await rows(self.database, "SELECT FROM idempotency WHERE status IS NULL")
        return [
            [await self._left_of(view) for view in views],
            await self._chain(views[0]["id"]),
            len(unanswered),
        ]

    async def _left_of(self, view: dict[str, Any]) -> tuple[Any, ...]:
        id = UUID(view["id"])
        told = "SELECT kind, outcome FROM message WHERE binding_id = $1 ORDER BY kind, outcome"
        papers = "SELECT kind FROM document WHERE binding_id = $1"
        return (
            (view["state"], view["usable"], view["review"], view["rank"]),
            await acts(self.database, view["id"]),
            [tuple(row) for row in await rows(self.database, told, id)],
            [tuple(row) for row in await rows(self.database, papers, id)],
        )

    async def _chain(self, binding_id: str) -> list[int]:
        """The numbers of the donor's commitments, each linked to the one before."""
        chain = await rows(
            self.database,
            "SELECT sequence, pack_digest, previous_digest FROM commitment WHERE donor_id ="
            " (SELECT donor_id FROM binding WHERE id = $1) ORDER BY sequence",
            UUID(binding_id),
        )
        ends = [bytes(32), *(row["pack_digest"] for row in chain)]
        assert [row["previous_digest"] for row in chain] == ends[: len(chain)]
        return [row["sequence"] for row in chain]

    async def _run_jobs(self) -> None:
        """What the worker would do, each job twice."""
        pending = await rows(self.database, "DELETE FROM pgqueuer RETURNING entrypoint, payload")
        for job in [*pending, *pending]:
            await JOBS[job["entrypoint"]](self.cast.world, UUID(bytes=job["payload"]))

    async def donor(self, region: str, number: int) -> Phone:
        phone = await phone_of(self.cast, family(region, number)["donor"]).enter()
        (await phone.confirm()).raise_for_status()
        return phone

    async def applied(
        self, phone: Phone, region: str, number: int, *, member: str, code: str
    ) -> str:
        body = application_for(family(region, number)[member], code)
        answer = await phone.post("/v1/bindings", body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def signed(self, phone: Phone, number: int, *, member: str, code: str) -> str:
        """In 攀枝花, waiting for the platform's answer or a clerk's."""
        binding_id = await self.applied(phone, "panzhihua", number, member=member, code=code)
        if member == "child":
            await phone.upload(f"/v1/bindings/{binding_id}/documents", PROOF, picture())
        assert (await phone.sign(binding_id)).json()["state"] == "under_review"
        return binding_id


PROOF = {"kind": "household_register"}


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


async def _checked(stage: Stage, number: int, *, code: str, fatal: int) -> tuple[list[Any], int]:
    """What is left after a job that died and was run again, and then once more."""
    phone, steps = await stage.donor("panzhihua", number), Steps(fatal)
    id = UUID(await stage.signed(phone, number, member="wife", code=code))
    await rows(stage.database, "DELETE FROM pgqueuer")
    with contextlib.suppress(Crash):
        await check_kinship(dying_world(stage.cast.world, steps), id)
    for _ in range(2):
        await check_kinship(stage.cast.world, id)
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
