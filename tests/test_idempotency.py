"""Idempotency-Key: one effect and one answer, however often, in parallel or interrupted."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from service.idempotency import Once
from service.world import World
from tests.conftest import Clock
from tests.people import Cast
from tests.scenes import application_for, code_of, family, picture, rows

KEY = "the-one-key-0001"
RUNNING = (409, "idempotency.running")


async def _count(database: str, table: str) -> int:
    [row] = await rows(database, f"SELECT count(*) AS n FROM {table}")
    return int(row["n"])


async def _all(calls: list[Awaitable[httpx.Response]]) -> list[tuple[int, str]]:
    return [code_of(answer) for answer in await asyncio.gather(*calls)]


async def test_a_changing_request_needs_a_key_of_the_right_shape(
    cast: Cast, own_database: str
) -> None:
    phone = await cast.confirmed("panzhihua_donor")
    body = cast.application("panzhihua_child", "20")
    binding_id = (await phone.post("/v1/bindings", body)).json()["id"]
    one = f"/v1/bindings/{binding_id}"
    posts: list[tuple[str, dict[str, Any]]] = [
        ("/v1/bindings", {"json": body}),
        (f"{one}/changes", {"json": {"rank": 2}}),
        (f"{one}/end", {"json": {}}),
        ("/v1/code-delegations", {"json": {"name": "测试乾", "id_number": phone.id_number}}),
        (f"{one}/documents", {"data": {"kind": "household_register"}, "files": {"file": b"x"}}),
        (f"{one}/commitment", {"data": {"notice_agreed": "true"}, "files": {"file": b"x"}}),
    ]
    token = {"Authorization": f"Bearer {phone.token}"}
    for path, content in posts:
        answer = await cast.api.post(path, headers=token, **content)
        assert (path, *code_of(answer)) == (path, 400, "idempotency.key_missing")
    for key in ("", "short", "k" * 65, "with space", "semi;colon", "slash/slash"):
        headers = {**token, "Idempotency-Key": key}
        answer = await cast.api.post("/v1/bindings", json=body, headers=headers)
        assert (key, *code_of(answer)) == (key, 400, "idempotency.key_missing")
    assert await _count(own_database, "binding WHERE rank = 1") == 1


async def test_the_same_request_again_gets_the_same_answer(cast: Cast, own_database: str) -> None:
    phone = await cast.linked("zhaotong_donor")
    body = cast.application("zhaotong_spouse", "12")
    first = await phone.post("/v1/bindings", body, key=KEY)
    await phone.post(f"/v1/bindings/{first.json()['id']}/end")
    again = await phone.post("/v1/bindings", body, key=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await _count(own_database, "binding") == 1


async def test_a_key_belongs_to_one_request_of_one_person(cast: Cast) -> None:
    phone = await cast.linked("zhaotong_donor")
    body = cast.application("zhaotong_child", "30")
    binding_id = (await phone.post("/v1/bindings", body, key=KEY)).json()["id"]
    other = (422, "idempotency.other_request")
    assert code_of(await phone.post("/v1/bindings", {**body, "rank": 2}, key=KEY)) == other
    assert code_of(await phone.post(f"/v1/bindings/{binding_id}/end", key=KEY)) == other
    someone = await cast.linked("zhaotong_rare_name")
    assert (await someone.post("/v1/bindings", body, key=KEY)).status_code == 201


async def test_while_one_runs_the_other_waits(cast: Cast) -> None:
    phone = await cast.linked("zhaotong_donor")
    body = cast.application("zhaotong_spouse", "12")
    slow = {"mode": "slow", "delay_seconds": 0.3, "times": 1}
    await cast.sandboxes.post("/_switches/platform", json=slow)
    first = asyncio.create_task(phone.post("/v1/bindings", body, key=KEY))
    await asyncio.sleep(0.15)
    waiting = await phone.post("/v1/bindings", body, key=KEY)
    assert code_of(waiting) == RUNNING
    assert waiting.headers["Retry-After"] == "1"
    assert waiting.json()["retry"] == "same_key"
    made = await first
    assert made.status_code == 201
    assert (await phone.post("/v1/bindings", body, key=KEY)).content == made.content


async def test_twenty_in_parallel_have_one_effect(cast: Cast, own_database: str) -> None:
    donor, rare = await cast.linked("zhaotong_donor"), await cast.linked("zhaotong_rare_name")
    body = cast.application("zhaotong_child", "30")
    answers = await _all([donor.post("/v1/bindings", body, key=KEY) for _ in range(20)])
    assert set(answers) <= {(201, ""), RUNNING}
    assert (201, "") in answers
    assert await _count(own_database, "binding") == 1
    answers = await _all([rare.post("/v1/bindings", body) for _ in range(20)])
    assert sorted(answers) == [(201, ""), *[(409, "binding.exists")] * 19]
    assert await _count(own_database, "binding") == 2
    assert await _count(own_database, "audit WHERE act = 'binding.applied'") == 2


async def test_a_refused_request_may_be_repeated_under_its_key(
    cast: Cast, own_database: str
) -> None:
    phone = await cast.linked("zhaotong_donor")
    body = cast.application("zhaotong_spouse", "12")
    await cast.sandboxes.post("/_switches/platform", json={"mode": "down"})
    away = await phone.post("/v1/bindings", body, key=KEY)
    assert code_of(away) == (503, "outside.platform")
    await cast.sandboxes.post("/_switches/platform", json={"mode": "ok"})
    other = await cast.applied(phone, "zhaotong_spouse", "12")
    refused = await phone.post("/v1/bindings", body, key=KEY)
    assert code_of(refused) == (409, "binding.exists")
    await phone.post(f"/v1/bindings/{other}/end")
    assert (await phone.post("/v1/bindings", body, key=KEY)).status_code == 201
    assert await _count(own_database, "idempotency WHERE status IS NULL") == 0


async def test_a_claim_whose_process_died_is_taken_over(
    cast: Cast, clock: Clock, own_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(self: Once[Any]) -> None:
        """A dead process releases nothing."""

    phone = await cast.linked("zhaotong_donor")
    body = cast.application("zhaotong_spouse", "12")
    await cast.sandboxes.post("/_switches/platform", json={"mode": "down", "times": 2})
    with monkeypatch.context() as patch:
        patch.setattr(Once, "_release", die)
        assert (await phone.post("/v1/bindings", body, key=KEY)).status_code == 503
    await cast.sandboxes.post("/_switches/platform", json={"mode": "ok"})
    clock.move(seconds=55)
    assert code_of(await phone.post("/v1/bindings", body, key=KEY)) == RUNNING
    other = await phone.post("/v1/bindings", {**body, "rank": 2}, key=KEY)
    assert code_of(other) == (422, "idempotency.other_request")
    clock.move(seconds=6)
    answers = await _all([phone.post("/v1/bindings", body, key=KEY) for _ in range(4)])
    assert set(answers) <= {(201, ""), RUNNING}
    assert await _count(own_database, "binding") == 1


class Unlucky:
    """Calls during which the connection breaks just after the `commit`-th commit, once."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch, *, commit: int) -> None:
        self._world, self._patch, self._commit = world, monkeypatch, commit

    async def __call__(self, call: Awaitable[httpx.Response]) -> dict[str, Any]:
        attempt, commits = self._world.database._attempt, itertools.count()

        async def broken(work: Callable[[Any], Awaitable[Any]]) -> Any:
            result = await attempt(work)
            if next(commits) == self._commit:
                raise ConnectionResetError
            return result

        with self._patch.context() as patch:
            patch.setattr(self._world.database, "_attempt", broken)
            answer = await call
        assert (self._commit, answer.is_success) == (self._commit, True), answer.text
        found: dict[str, Any] = answer.json()
        return found


async def test_a_commit_whose_answer_was_lost_is_not_made_again(
    cast: Cast, own_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = await cast.confirmed("panzhihua_donor")
    body = cast.application("panzhihua_child", "20")
    for commit in (0, 1):  # the claim's commit, then the effect's
        unlucky, key = Unlucky(cast.world, monkeypatch, commit=commit), f"commit-{commit}"
        applied = await unlucky(phone.post("/v1/bindings", body, key=key))
        assert (await phone.post("/v1/bindings", body, key=key)).json() == applied
        path = f"/v1/bindings/{applied['id']}"
        await unlucky(phone.upload(f"{path}/documents", {"kind": "household_register"}, picture()))
        await unlucky(phone.sign(applied["id"]))
        await unlucky(phone.post(f"{path}/changes", {"rank": 2}))
        await unlucky(phone.post(f"{path}/end"))
    for table in ("binding", "document", "commitment"):
        assert await _count(own_database, table) == 2
    for act in ("applied", "sign_for_review", "changed", "withdraw"):
        assert await _count(own_database, f"audit WHERE act = 'binding.{act}'") == 2
    assert await _count(own_database, "idempotency WHERE status IS NULL") == 0


async def test_kept_answers_are_sealed(cast: Cast, own_database: str) -> None:
    phone = await cast.linked("zhaotong_donor")
    body = cast.application("zhaotong_spouse", "12", limits={"use_fen": 7_654_321})
    answer = await phone.post("/v1/bindings", body, key=KEY)
    [row] = await rows(own_database, "SELECT * FROM idempotency")
    kept = b"".join(value for value in row.values() if isinstance(value, bytes))
    kept += row["route"].encode()
    named = body["beneficiary"]
    for plain in (named["name"], named["id_number"], "7654321", "**乙", answer.json()["id"]):
        assert plain.encode() not in kept
    purpose = f"idempotency.answer:{row['principal']}:{KEY}"
    assert cast.world.vault.open(row["answer_sealed"], purpose=purpose) == answer.content


async def test_the_numbers_a_rule_allows_hold_in_parallel(cast: Cast, own_database: str) -> None:
    """Applications alone take no place; signatures do, and never one too many."""
    donors = [
        await cast.confirmed(f"xian_{who}") for who in ("donor", "second_donor", "third_donor")
    ]
    made = [(donor, await cast.applied(donor, "xian_mother", "52")) for donor in donors]
    answers = await _all([donor.sign(binding_id) for donor, binding_id in made])
    assert sorted(answers) == [(200, "")] * 2 + [(409, "binding.beneficiary_is_full")]

    phone = await cast.confirmed("panzhihua_donor")
    kin = {"spouse": "12", "grown_child": "30", "father": "51", "mother": "52"}
    bodies = [cast.application(f"panzhihua_{who}", code) for who, code in kin.items()]
    bodies += [application_for(family("panzhihua", n)["wife"], "12") for n in range(4)]
    applied = [(await phone.post("/v1/bindings", body)).json()["id"] for body in bodies]
    answers = await _all([phone.sign(binding_id) for binding_id in applied])
    assert sorted(answers) == [(200, "")] * 5 + [(409, "binding.donor_is_full")] * 3
    assert await _count(own_database, "commitment") == 7
