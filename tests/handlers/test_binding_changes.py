"""Pausing, resuming, limits, rank and dates; ending and withdrawing; each with its audit row."""

from datetime import datetime, timedelta
from typing import Any

from service.domain.calendar import business_date, start_of
from service.phone import Phone
from tests.conftest import Clock
from tests.people import Cast
from tests.scenes import acts, code_of, rows


async def _change(phone: Phone, binding_id: str, **changes: Any) -> dict[str, Any]:
    answer = await phone.post(f"/v1/bindings/{binding_id}/changes", changes)
    assert answer.status_code == 200, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def _refused(phone: Phone, binding_id: str, **changes: Any) -> tuple[int, str]:
    return code_of(await phone.post(f"/v1/bindings/{binding_id}/changes", changes))


async def test_a_donor_pauses_and_resumes(cast: Cast, own_database: str) -> None:
    phone = await cast.confirmed("zhaotong_donor")
    binding_id = await cast.bound(phone, "zhaotong_spouse", "12")
    active = (await phone.get(f"/v1/bindings/{binding_id}")).json()
    paused = await _change(phone, binding_id, action="pause")
    assert (paused["state"], paused["state_text"], paused["usable"]) == ("paused", "已暂停", False)
    assert paused["sentence"] == "您已暂停**乙（妻子）使用您的个人账户。"
    assert await _change(phone, binding_id, action="resume") == active
    assert await acts(own_database, binding_id) == [
        ("citizen", "binding.applied"),
        ("citizen", "binding.sign"),
        ("citizen", "binding.pause"),
        ("citizen", "binding.resume"),
    ]
    told = await rows(own_database, "SELECT kind FROM message")
    assert [row["kind"] for row in told] == ["binding_active"] * 2


async def test_terms_change_together_and_the_audit_says_from_what_to_what(
    cast: Cast, own_database: str
) -> None:
    phone = await cast.confirmed("zhaotong_donor")
    binding_id = await cast.bound(phone, "zhaotong_spouse", "12", limits={"total_fen": 500})
    limits = {"total_fen": 1000, "year_fen": 900, "use_fen": 50}
    changed = await _change(phone, binding_id, rank=3, limits=limits, ends_on="2999-12-31")
    assert (changed["rank"], changed["limits"], changed["ends_on"]) == (3, limits, "2999-12-31")
    kept = await _change(phone, binding_id, action="pause", ends_on=None, limits={"use_fen": 70})
    assert (kept["state"], kept["rank"], kept["ends_on"]) == ("paused", 3, None)
    assert kept["limits"] == {"total_fen": None, "year_fen": None, "use_fen": 70}
    [first, second] = await rows(
        own_database, "SELECT detail::text FROM audit WHERE act = 'binding.changed' ORDER BY id"
    )
    assert '"rank": "1 -> 3"' in first["detail"]
    assert '"total_fen": "500 -> 1000"' in first["detail"]
    assert '"rank"' not in second["detail"]
    assert '"ends_on": "2999-12-31 -> None"' in second["detail"]


async def test_a_change_to_the_same_is_no_change(cast: Cast, own_database: str) -> None:
    phone = await cast.linked("zhaotong_donor")
    binding_id = await cast.applied(phone, "zhaotong_spouse", "12", rank=2)
    assert (await _change(phone, binding_id, rank=2))["rank"] == 2
    assert await acts(own_database, binding_id) == [("citizen", "binding.applied")]
    assert await _refused(phone, binding_id) == (400, "binding.change_empty")


async def test_changes_that_make_no_sense_are_refused_whole(cast: Cast) -> None:
    phone = await cast.confirmed("zhaotong_donor")
    binding_id = await cast.bound(phone, "zhaotong_spouse", "12", limits={"year_fen": 100})
    before = (await phone.get(f"/v1/bindings/{binding_id}")).json()
    contradicting = {"use_fen": 200, "year_fen": 100}
    today = business_date(cast.world.clock()).isoformat()
    backwards = {"begins_on": "2999-01-02", "ends_on": "2999-01-01"}
    tried: list[tuple[dict[str, Any], int, str]] = [
        ({"limits": contradicting, "action": "pause"}, 422, "binding.limits_contradict"),
        ({"begins_on": "2020-01-01", "rank": 5}, 422, "binding.begins_in_the_past"),
        ({"ends_on": today}, 422, "binding.ends_before_it_begins"),
        (backwards, 422, "binding.ends_before_it_begins"),
        ({"rank": 0}, 400, "request.invalid"),
        ({"action": "end"}, 400, "request.invalid"),
        ({"limits": None}, 400, "request.invalid"),
        ({"begins_on": None}, 400, "request.invalid"),
    ]
    for changes, status, code in tried:
        answer = await _refused(phone, binding_id, **changes)
        assert (changes, *answer) == (changes, status, code)
    assert (await phone.get(f"/v1/bindings/{binding_id}")).json() == before


async def test_the_beneficiary_may_change_the_rank_and_nothing_else(
    cast: Cast, own_database: str
) -> None:
    donor, spouse = await cast.confirmed("zhaotong_donor"), await cast.linked("zhaotong_spouse")
    binding_id = await cast.bound(donor, "zhaotong_spouse", "12")
    assert (await _change(spouse, binding_id, rank=4))["rank"] == 4
    tried: list[dict[str, Any]] = [
        {"action": "pause"},
        {"limits": {}},
        {"begins_on": "2999-01-01"},
        {"ends_on": None},
        {"rank": 1, "limits": {"use_fen": 1}},
    ]
    for changes in tried:
        answer = await _refused(spouse, binding_id, **changes)
        assert (changes, *answer) == (changes, 403, "binding.change_not_yours")
    view = (await donor.get(f"/v1/bindings/{binding_id}")).json()
    assert (view["rank"], view["state"]) == (4, "active")
    [changed] = await rows(own_database, "SELECT actor_id FROM audit WHERE act = 'binding.changed'")
    [parties] = await rows(own_database, "SELECT beneficiary_id FROM binding")
    assert changed["actor_id"] == parties["beneficiary_id"]


async def test_a_beginning_in_the_future_shifts_from_when_it_holds(
    cast: Cast, clock: Clock
) -> None:
    phone = await cast.confirmed("zhaotong_donor")
    today = business_date(clock())
    later, sooner = today + timedelta(days=30), today + timedelta(days=1)
    binding_id = await cast.bound(phone, "zhaotong_spouse", "12", begins_on=later.isoformat())

    view = (await phone.get(f"/v1/bindings/{binding_id}")).json()
    assert datetime.fromisoformat(view["effective_at"]) == start_of(later)
    assert (view["state"], view["usable"]) == ("active", False)
    assert f"从{later.year}年{later.month}月{later.day}日 0:00起可以使用" in view["sentence"]

    moved = await _change(phone, binding_id, begins_on=sooner.isoformat())
    assert datetime.fromisoformat(moved["effective_at"]) == start_of(sooner)
    at_once = await _change(phone, binding_id, begins_on=today.isoformat())
    assert at_once["usable"] is True
    assert abs(datetime.fromisoformat(at_once["effective_at"]) - clock()) < timedelta(seconds=10)
    assert moved["signed_at"] == at_once["signed_at"] == view["signed_at"]


async def test_on_its_last_day_a_binding_can_still_be_changed(cast: Cast, clock: Clock) -> None:
    phone = await cast.confirmed("zhaotong_donor")
    last = business_date(clock()) + timedelta(days=1)
    binding_id = await cast.bound(phone, "zhaotong_spouse", "12", ends_on=last.isoformat())
    clock.move(days=1)
    await phone.enter()
    assert (await phone.get(f"/v1/bindings/{binding_id}")).json()["usable"] is True
    assert (await _change(phone, binding_id, rank=2))["rank"] == 2


async def test_ending_holds_at_once_and_once(cast: Cast, own_database: str) -> None:
    donor, spouse = await cast.confirmed("zhaotong_donor"), await cast.linked("zhaotong_spouse")
    binding_id = await cast.bound(donor, "zhaotong_spouse", "12")
    ended = (await donor.post(f"/v1/bindings/{binding_id}/end")).json()
    assert (ended["state"], ended["usable"]) == ("ended", False)
    assert "对方不能再使用您的个人账户" in ended["sentence"]
    hers = (await spouse.get(f"/v1/bindings/{binding_id}")).json()
    assert hers["sentence"].startswith("**甲给您的共济已在")
    again = await donor.post(f"/v1/bindings/{binding_id}/end")
    assert code_of(again) == (409, "binding.state_does_not_allow")
    assert "“已结束”" in again.json()["detail"]
    assert [act for _, act in await acts(own_database, binding_id)] == [
        "binding.applied",
        "binding.sign",
        "binding.end",
    ]
    told = await rows(own_database, "SELECT kind, count(*) FROM message GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in told] == [("binding_active", 2), ("binding_ended", 2)]


async def test_a_paused_binding_ends_and_an_unsigned_application_is_withdrawn(cast: Cast) -> None:
    phone = await cast.confirmed("zhaotong_donor")
    paused = await cast.bound(phone, "zhaotong_spouse", "12")
    await _change(phone, paused, action="pause")
    unsigned = await cast.applied(phone, "zhaotong_son", "20")
    for binding_id, state in ((paused, "ended"), (unsigned, "withdrawn")):
        answer = await phone.post(f"/v1/bindings/{binding_id}/end")
        assert (answer.status_code, answer.json()["state"]) == (200, state)
        assert answer.json()["ended_at"]


async def test_what_a_state_does_not_allow_is_refused_by_its_name(cast: Cast) -> None:
    phone = await cast.confirmed("zhaotong_donor")
    waiting = await cast.applied(phone, "zhaotong_child", "30")
    active = await cast.bound(phone, "zhaotong_spouse", "12")
    paused = await cast.bound(phone, "zhaotong_son", "20")
    await _change(phone, paused, action="pause")
    withdrawn = await cast.applied(phone, "zhaotong_father", "51")
    await phone.post(f"/v1/bindings/{withdrawn}/end")
    for binding_id, changes, named in (
        (waiting, {"action": "pause"}, "等待签署承诺书"),
        (waiting, {"action": "resume"}, "等待签署承诺书"),
        (active, {"action": "resume"}, "已生效"),
        (paused, {"action": "pause"}, "已暂停"),
        (withdrawn, {"action": "resume"}, "已撤回"),
        (withdrawn, {"rank": 7}, "已撤回"),
        (paused, {"action": "pause", "rank": 9}, "已暂停"),
    ):
        answer = await phone.post(f"/v1/bindings/{binding_id}/changes", changes)
        assert (changes, *code_of(answer)) == (changes, 409, "binding.state_does_not_allow")
        assert f"“{named}”" in answer.json()["detail"]
    assert (await phone.get(f"/v1/bindings/{paused}")).json()["rank"] == 1
