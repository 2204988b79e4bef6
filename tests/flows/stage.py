"""A stage for crashes: scenes with a family each, played once whole and once for every step."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from msgspec import Struct

from service.flows.check_kinship import check_kinship
from service.flows.send_message import send_message
from service.phone import Phone
from service.world import World
from tests.conftest import Clock
from tests.flows.dying import Crash, Steps, dying
from tests.people import Cast
from tests.scenes import acts, application_for, code_of, family, phone_of, picture, rows

PROOF = {"kind": "household_register"}
JOBS: dict[str, Callable[[World, UUID], Awaitable[object]]] = {
    "check_kinship": check_kinship,
    "send_message": send_message,
}


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
