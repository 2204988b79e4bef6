"""Where a binding stands, in sentences for each of its two parties."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest

from service.domain.binding import State
from service.domain.status import EXPLANATION, Role, line, summary
from tests.domain.people import binding

AT = datetime(2026, 2, 1, 4, tzinfo=UTC)
RELATIVE = "**乙（妻子）"
LAST_DAY = date(2026, 3, 31)
LATER = datetime(2026, 2, 28, 16, tzinfo=UTC)
CLERK: dict[str, Any] = {"state": "awaiting_signature", "review": "clerk"}
DATA: dict[str, Any] = {"state": "under_review", "review": "data_check"}
REVIEW: dict[str, Any] = {"state": "under_review", "review": "clerk"}
ENDED: dict[str, Any] = {"state": "ended", "ended_at": datetime(2026, 1, 20, 16, tzinfo=UTC)}
USE = "先用您自己的钱，不够的部分自动使用共济的钱"

ROWS: dict[str, tuple[dict[str, Any], Role, list[str], str]] = {
    "awaiting": ({"state": "awaiting_signature"}, "donor", ["还差一步：签署承诺书"], "完成签名"),
    "awaiting, with documents": (CLERK, "donor", ["还差一步：签署承诺书"], "先上传证明材料照片"),
    "awaiting, told": ({"state": "awaiting_signature"}, "beneficiary", ["等待对方签署"], ""),
    "review of data": (DATA, "donor", ["您为", "正在核验亲属关系"], "耐心等待"),
    "review of data, told": (DATA, "beneficiary", ["为您申请", "正在核验亲属关系"], "耐心等待"),
    "review by a clerk": (REVIEW, "donor", ["您为", "由医保经办机构审核"], "耐心等待"),
    "review by a clerk, told": (REVIEW, "beneficiary", ["为您申请", "机构审核"], "耐心等待"),
    "active": ({}, "donor", ["可以使用您的个人账户", "自2026年1月5日 9:05起生效。"], "随时修改"),
    "active, told": ({}, "beneficiary", ["您可以使用**乙（妻子）的个人账户"], USE),
    "active, with an end": ({"ends_on": LAST_DAY}, "donor", ["到2026年3月31日为止"], "随时修改"),
    "active, with an end, told": ({"ends_on": LAST_DAY}, "beneficiary", ["到2026年3月31日"], USE),
    "later": ({"effective_at": LATER}, "donor", ["从2026年3月1日 0:00起可以使用您的个人账户"], ""),
    "later, told": ({"effective_at": LATER}, "beneficiary", ["您从2026年3月1日 0:00起可以"], ""),
    "paused": ({"state": "paused"}, "donor", ["您已暂停", "使用您的个人账户"], "恢复"),
    "paused, told": ({"state": "paused"}, "beneficiary", ["目前暂停，暂时不能使用"], ""),
    "ended": (ENDED, "donor", ["您与", "已在2026年1月21日结束", "不能再使用"], "重新申请"),
    "ended, told": (ENDED, "beneficiary", ["给您的共济已在2026年1月21日结束"], ""),
    "rejected": ({"state": "rejected"}, "donor", ["您为", "没有通过审核"], "12393"),
    "rejected, told": ({"state": "rejected"}, "beneficiary", ["为您申请", "没有通过"], "12393"),
    "withdrawn": ({"state": "withdrawn"}, "donor", ["您为", "已经撤回"], "重新申请"),
    "withdrawn, told": ({"state": "withdrawn"}, "beneficiary", ["为您申请", "撤回"], "重新申请"),
}


@pytest.mark.parametrize(("changes", "role", "parts", "step"), ROWS.values(), ids=ROWS)
def test_line(changes: dict[str, Any], role: Role, parts: list[str], step: str) -> None:
    found = line(binding(**changes), role=role, relative=RELATIVE, at=AT)
    assert [part for part in parts if part not in found.sentence] == [], found.sentence
    assert step in found.next_step
    assert bool(found.next_step) == bool(step)
    assert found.usable == ("state" not in changes and "effective_at" not in changes)


@pytest.mark.parametrize("role", get_args(Role))
@pytest.mark.parametrize("state", get_args(State))
def test_whole_sentences_naming_the_relative(state: State, role: Role) -> None:
    found = line(binding(state=state), role=role, relative=RELATIVE, at=AT)
    assert found.sentence.count(RELATIVE) == 1
    assert found.sentence.endswith("。")
    assert found.next_step == "" or found.next_step.endswith("。")
    assert "None" not in found.sentence


@pytest.mark.parametrize("role", get_args(Role))
def test_each_role_reads_something_else(role: Role) -> None:
    sentences = {
        line(binding(state=state), role=role, relative=RELATIVE, at=AT).sentence
        for state in get_args(State)
    }
    assert len(sentences) == len(get_args(State))


@pytest.mark.parametrize("role", get_args(Role))
@pytest.mark.parametrize(
    ("at", "usable"),
    [
        pytest.param(LATER - timedelta(microseconds=1), False, id="just-before"),
        pytest.param(LATER, True, id="at-the-instant"),
        pytest.param(LATER + timedelta(microseconds=1), True, id="just-after"),
    ],
)
def test_usable_from_the_effective_instant(at: datetime, usable: bool, role: Role) -> None:
    found = line(binding(effective_at=LATER), role=role, relative=RELATIVE, at=at)
    assert found.usable is usable


@pytest.mark.parametrize("role", get_args(Role))
@pytest.mark.parametrize(
    ("state", "at", "over"),
    [
        pytest.param("active", datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC), False, id="last"),
        pytest.param("active", datetime(2026, 3, 31, 16, tzinfo=UTC), True, id="next-day"),
        pytest.param("paused", datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC), False, id="paused"),
        pytest.param("paused", datetime(2026, 3, 31, 16, tzinfo=UTC), True, id="paused-next-day"),
    ],
)
def test_expiry_before_the_job_has_run(state: State, at: datetime, over: bool, role: Role) -> None:
    found = line(binding(state=state, ends_on=LAST_DAY), role=role, relative=RELATIVE, at=at)
    assert ("已在2026年3月31日结束" in found.sentence) is over
    assert found.usable is (state == "active" and not over)


def test_expiry_after_the_job_has_run() -> None:
    at = datetime(2026, 3, 31, 16, 5, tzinfo=UTC)
    before = binding(ends_on=LAST_DAY)
    after = binding(ends_on=LAST_DAY, state="ended", ended_at=at)
    told = [line(it, role="donor", relative=RELATIVE, at=at).sentence for it in (before, after)]
    assert told[0] == told[1]


@pytest.mark.parametrize("state", ["awaiting_signature", "under_review", "rejected", "withdrawn"])
def test_what_never_began_does_not_end_by_date(state: State) -> None:
    it = binding(state=state, ends_on=date(2026, 1, 31), effective_at=None)
    assert "结束" not in line(it, role="donor", relative=RELATIVE, at=AT).sentence


@pytest.mark.parametrize(
    ("instant", "told"),
    [
        pytest.param(datetime(2026, 1, 20, 15, 59, tzinfo=UTC), "2026年1月20日 23:59", id="before"),
        pytest.param(datetime(2026, 1, 20, 16, 0, tzinfo=UTC), "2026年1月21日 0:00", id="after"),
    ],
)
def test_dates_are_those_of_shanghai(instant: datetime, told: str) -> None:
    since = line(binding(effective_at=instant), role="donor", relative=RELATIVE, at=AT)
    assert f"自{told}起生效" in since.sentence
    ended = line(binding(state="ended", ended_at=instant), role="donor", relative=RELATIVE, at=AT)
    assert f"已在{told.split()[0]}结束" in ended.sentence


@pytest.mark.parametrize(
    ("role", "review", "asked"),
    [
        ("donor", "clerk", True),
        ("donor", "data_check", False),
        ("beneficiary", "clerk", False),
        ("beneficiary", "data_check", False),
    ],
)
def test_only_the_donor_is_asked_for_documents(role: Role, review: str, asked: bool) -> None:
    it = binding(state="under_review", review=review)
    found = line(it, role=role, relative=RELATIVE, at=AT)
    assert ("可以上传照片。" in found.next_step) is asked
    assert found.next_step.endswith("请耐心等待，结果会通知您。")


@pytest.mark.parametrize(
    ("giving", "using", "sentence"),
    [
        (0, 0, "目前没有生效的家庭共济。"),
        (2, 0, "有 2 位家人可以使用您的个人账户。"),
        (0, 1, "您可以使用 1 位家人的个人账户。"),
        (3, 2, "有 3 位家人可以使用您的个人账户，您可以使用 2 位家人的个人账户。"),
    ],
)
def test_summary(giving: int, using: int, sentence: str) -> None:
    assert summary(giving=giving, using=using) == sentence


def test_mutual_aid_is_not_code_delegation() -> None:
    assert "“家庭共济”是把您个人账户里的钱给家人用" in EXPLANATION
    assert "“亲情账户”只是让家人帮忙出示医保码，不会共享任何钱" in EXPLANATION
    assert "分别办理" in EXPLANATION
