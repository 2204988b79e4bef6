"""The desk of the hall: clerks sign in with two factors and act for citizens who are present."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pyotp
import redis
from litestar import Litestar

from service.gateways.platform.population import PEOPLE
from service.phone import drawn_signature
from tests.conftest import Clock
from tests.people import Cast, Clerk
from tests.scenes import acts, code_of, picture, rows

REFUSED = (401, "clerk.refused")
APPROVE = {"decision": "approve", "reason": "documents_prove_kinship"}


def _present(cast: Cast, donor: str, handle: str, relation: str, **more: Any) -> dict[str, Any]:
    person = PEOPLE[donor]
    named = {"name": person.name, "id_number": person.id_number, "identity_checked": True}
    return {"donor": {**named, **more}, **cast.application(handle, relation)}


async def _sign_at_desk(clerk: Clerk, binding_id: str) -> httpx.Response:
    path = f"/v1/hall/bindings/{binding_id}/commitment"
    digest = (await clerk.get(path)).json()["digest"]
    fields = {"notice_agreed": "true", "digest": digest}
    return await clerk.upload(path, fields, drawn_signature())


def _begin_step(clock: Clock) -> None:
    """The first moment of the next 30 seconds of one-time codes, so that none goes by meanwhile."""
    step = int(clock().timestamp()) // 30 + 1
    clock.set(datetime.fromtimestamp(step * 30 + 1, UTC))


async def test_whatever_is_wrong_at_sign_in_the_answer_is_the_same(
    cast: Cast, clock: Clock
) -> None:
    _begin_step(clock)
    clerk = await cast.clerk("desk", "intake", area="530600")
    wrong = [
        await clerk.sign_in(password="wrong password"),
        await clerk.sign_in(one_time_code="000000"),
        await clerk.sign_in(login="nobody"),
        await clerk.sign_in(login="desk' --"),
        await clerk.sign_in(),  # the code was used a moment ago
    ]
    assert [code_of(answer) for answer in wrong] == [REFUSED] * 5
    assert len({answer.content for answer in wrong}) == 1
    for body in ({"login": "de\u0000sk"}, {"one_time_code": "12345"}, {"password": ""}):
        assert (await clerk.sign_in(**body)).status_code == 400


async def test_a_one_time_code_is_good_once(cast: Cast, clock: Clock) -> None:
    _begin_step(clock)
    clerk = await cast.clerk("desk", "intake", area="530600")
    used = pyotp.TOTP(clerk.added.totp_secret).at(clock())
    assert code_of(await clerk.sign_in(one_time_code=used)) == REFUSED
    clock.move(seconds=30)
    assert code_of(await clerk.sign_in(one_time_code=used)) == REFUSED
    assert (await clerk.sign_in()).status_code == 201
    later = pyotp.TOTP(clerk.added.totp_secret).at(clock(), counter_offset=1)
    assert (await clerk.sign_in(one_time_code=later)).status_code == 201


async def test_five_tries_are_enough_for_a_quarter_of_an_hour(
    cast: Cast, clock: Clock, own_database: str, redis_url: str
) -> None:
    clerk = await cast.clerk("desk", "intake", area="530600")
    clock.move(minutes=1)
    for _ in range(4):
        assert code_of(await clerk.sign_in(password="wrong password")) == REFUSED
    for _ in range(2):
        locked = await clerk.sign_in()
        assert code_of(locked) == (429, "request.too_many")
        assert 800 < int(locked.headers["Retry-After"]) <= 900
    for _ in range(5):
        assert code_of(await clerk.sign_in(login="nobody")) == REFUSED
    assert code_of(await clerk.sign_in(login="nobody")) == (429, "request.too_many")

    with redis.from_url(redis_url) as server:
        for counter in server.keys("gongji:*:limit:clerk_login"):
            server.pexpire(counter, 1)  # the quarter of an hour is over
        await asyncio.sleep(0.01)
    assert (await clerk.sign_in()).status_code == 201
    assert [act for _, act in await acts(own_database, str(clerk.added.id))] == [
        "clerk.added",
        "clerk.signed_in",
        *["clerk.sign_in_failed"] * 4,
        "clerk.signed_in",
    ]


async def test_desk_and_citizen_keep_to_their_own_routes(cast: Cast, app: Litestar) -> None:
    citizen = await cast.confirmed("zhaotong_donor")
    clerk = await cast.clerk("desk", "intake", "review", area="530600")
    nobody = "00000000-0000-4000-8000-000000000000"
    tried = 0
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            opt = {key: value for key, value in handler.opt.items() if key in ("level", "role")}
            if not opt:
                continue
            path = "/".join(nobody if "_id:" in part else part for part in route.path.split("/"))
            caller = clerk if "level" in opt else citizen
            for method in handler.http_methods & {"GET", "POST"}:
                answer = await (caller.get(path) if method == "GET" else caller.post(path))
                assert (method, path, answer.status_code) == (method, path, 403)
                tried += 1
    assert tried >= 20


async def test_intake_and_review_are_two_peoples_work(cast: Cast) -> None:
    intake = await cast.clerk("intake", "intake", area="510400")
    review = await cast.clerk("review", "review", area="510400")
    both = await cast.clerk("both", "intake", "review", area="510400")
    body = _present(cast, "panzhihua_donor", "panzhihua_child", "20")
    needed = (403, "clerk.role_needed")
    assert code_of(await review.post("/v1/hall/bindings", body)) == needed
    binding_id = (await both.post("/v1/hall/bindings", body)).json()["id"]
    documents = f"/v1/hall/bindings/{binding_id}/documents"
    proof = {"kind": "household_register"}
    assert code_of(await review.upload(documents, proof, picture())) == needed
    assert (await both.upload(documents, proof, picture())).status_code == 201
    signed = await _sign_at_desk(both, binding_id)
    assert signed.json()["state"] == "under_review"

    decide = f"/v1/hall/reviews/{binding_id}"
    assert code_of(await intake.post(decide, APPROVE)) == needed
    assert code_of(await intake.get("/v1/hall/reviews")) == needed
    assert code_of(await both.post(decide, APPROVE)) == (403, "clerk.own_application")
    assert (await review.post(decide, APPROVE)).json()["state"] == "active"


async def test_a_citizen_at_the_desk_signs_and_the_evidence_names_the_clerk(
    cast: Cast, own_database: str
) -> None:
    clerk = await cast.clerk("desk", "intake", area="530600")
    body = _present(cast, "zhaotong_donor", "zhaotong_spouse", "12")
    applied = await clerk.post("/v1/hall/bindings", body)
    assert applied.status_code == 201
    assert (applied.json()["channel"], len(applied.json()["grants"])) == ("hall", 5)
    binding_id = applied.json()["id"]
    assert (await _sign_at_desk(clerk, binding_id)).json()["state"] == "active"

    donor = await cast.linked("zhaotong_donor")
    [mine] = (await donor.get("/v1/bindings")).json()["items"]
    assert (mine["id"], mine["usable"]) == (binding_id, True)
    evidence = (await donor.get(f"/v1/commitments/{mine['commitment_id']}/evidence")).json()
    signing = json.loads(evidence["pack"])["signing"]
    assert signing["clerk_id"] == str(clerk.added.id)
    assert (signing["channel"], signing["account_id"]) == ("hall", None)
    found = await rows(
        own_database, "SELECT act FROM audit WHERE actor_id = $1 ORDER BY id", clerk.added.id
    )
    assert [row["act"] for row in found] == [
        "clerk.signed_in",
        "people.looked_up",
        "binding.applied",
        "commitment.shown",
        "binding.sign",
    ]


async def test_the_desk_takes_no_application_without_the_citizen(cast: Cast) -> None:
    clerk = await cast.clerk("desk", "intake", area="530600")
    unchecked: list[dict[str, Any]] = [
        _present(cast, "zhaotong_donor", "zhaotong_spouse", "12", identity_checked=checked)
        for checked in (False, None, 1, "true")
    ]
    missing = _present(cast, "zhaotong_donor", "zhaotong_spouse", "12")
    del missing["donor"]["identity_checked"]
    for body in (*unchecked, missing, cast.application("zhaotong_spouse", "12")):
        answer = await clerk.post("/v1/hall/bindings", body)
        assert (body, *code_of(answer)) == (body, 400, "request.invalid")
    donor = await cast.confirmed("zhaotong_donor")
    own = await cast.applied(donor, "zhaotong_spouse", "12")
    path = f"/v1/hall/bindings/{own}/commitment"
    assert code_of(await clerk.get(path)) == (404, "request.not_found")
    refused = _present(cast, "zhaotong_donor", "zhaotong_daughter_in_law", "38")
    answer = await clerk.post("/v1/hall/bindings", refused)
    assert code_of(answer) == (422, "binding.relation_not_allowed")
    assert answer.json()["clause"]
    elsewhere = _present(cast, "xian_donor", "xian_wife", "12")
    answer = await clerk.post("/v1/hall/bindings", elsewhere)
    assert code_of(answer) == (422, "clerk.other_area")
