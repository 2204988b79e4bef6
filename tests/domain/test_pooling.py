"""What the outpatient fund is estimated to pay, by the numbers of 攀枝花."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.enrolment import PersonKind, Scheme
from service.domain.institution import InstitutionKind, InstitutionLevel
from service.domain.pooling import POOLED, Benefit, Pooling, Used, estimate
from tests.domain.counter_samples import PANZHIHUA, SHAANXI, YUNNAN, rules_at


def pooling() -> Pooling:
    found = rules_at(PANZHIHUA).outpatient_pooling.value
    assert found is not None
    return found


def paid(
    who: PersonKind,
    eligible_yuan: int,
    *,
    kind: InstitutionKind = "hospital",
    level: InstitutionLevel = "secondary",
    used: Used | None = None,
) -> int:
    benefit = pooling().of("employee", who)
    assert benefit is not None
    return estimate(benefit, eligible_yuan * 100, kind=kind, level=level, used=used or Used())


@pytest.mark.parametrize(
    ("who", "eligible_yuan", "place", "fund_fen"),
    [
        pytest.param("working", 200, {}, 0, id="working-at-the-deductible"),
        pytest.param("working", 201, {}, 60, id="working-just-above"),
        pytest.param("working", 500, {}, 18_000, id="working-secondary"),
        pytest.param("working", 500, {"level": "primary"}, 18_000, id="working-primary"),
        pytest.param("working", 500, {"level": "tertiary"}, 15_000, id="working-tertiary"),
        pytest.param(
            "working", 500, {"kind": "pharmacy", "level": "none"}, 15_000, id="working-pharmacy"
        ),
        pytest.param("working", 500, {"kind": "clinic", "level": "none"}, 18_000, id="clinic"),
        pytest.param("working", 100_000, {}, 100_000, id="working-at-the-cap"),
        pytest.param("retired", 150, {}, 0, id="retired-at-the-deductible"),
        pytest.param("retired", 151, {}, 65, id="retired-just-above"),
        pytest.param("retired", 500, {}, 22_750, id="retired-secondary"),
        pytest.param("retired", 500, {"level": "tertiary"}, 19_250, id="retired-tertiary"),
        pytest.param(
            "retired", 500, {"kind": "pharmacy", "level": "none"}, 19_250, id="retired-pharmacy"
        ),
        pytest.param("retired", 100_000, {}, 150_000, id="retired-at-the-cap"),
        pytest.param("working", 0, {}, 0, id="nothing-in-scope"),
    ],
)
def test_what_the_fund_pays(
    who: PersonKind, eligible_yuan: int, place: dict[str, Any], fund_fen: int
) -> None:
    assert paid(who, eligible_yuan, **place) == fund_fen


@pytest.mark.parametrize(
    ("eligible_fen", "fund_fen", "pays"),
    [
        pytest.param(10_000, 0, 24_000, id="half-of-the-deductible-used"),
        pytest.param(20_000, 0, 30_000, id="the-deductible-used-up"),
        pytest.param(900_000, 0, 30_000, id="more-than-the-deductible-used"),
        pytest.param(900_000, 90_000, 10_000, id="little-left-of-the-cap"),
        pytest.param(900_000, 100_000, 0, id="the-cap-used-up"),
        pytest.param(900_000, 100_001, 0, id="more-than-the-cap-used"),
    ],
)
def test_what_was_used_this_year_counts(eligible_fen: int, fund_fen: int, pays: int) -> None:
    used = Used(eligible_fen=eligible_fen, fund_fen=fund_fen)
    assert paid("working", 500, used=used) == pays


def test_a_part_of_a_fen_is_not_paid() -> None:
    benefit = Benefit(deductible_fen=0, cap_fen=100, tertiary_percent=50, other_percent=60)
    used = Used()
    assert estimate(benefit, 3, kind="hospital", level="tertiary", used=used) == 1
    assert estimate(benefit, 3, kind="hospital", level="primary", used=used) == 1
    assert estimate(benefit, 1, kind="hospital", level="tertiary", used=used) == 0


@pytest.mark.parametrize(
    ("scheme", "kind", "which"),
    [
        ("employee", "working", "working"),
        ("employee", "retired", "retired"),
        ("employee", "resident", None),
        ("employee", "other", None),
        ("resident", "working", None),
        ("resident", "retired", None),
        ("resident", "resident", None),
        ("other", "working", None),
    ],
)
def test_whose_benefit_it_is(scheme: Scheme, kind: PersonKind, which: str | None) -> None:
    expected = getattr(pooling(), which) if which else None
    assert pooling().of(scheme, kind) == expected


def test_only_panzhihua_has_published_its_benefits() -> None:
    assert rules_at(YUNNAN).outpatient_pooling.value is None
    assert rules_at(SHAANXI).outpatient_pooling.value is None


def test_what_is_pooled() -> None:
    assert {"outpatient", "pharmacy"} == POOLED


FEN = st.integers(0, 10_000_000)
BENEFIT = st.builds(
    Benefit,
    deductible_fen=FEN,
    cap_fen=FEN,
    tertiary_percent=st.integers(0, 100),
    other_percent=st.integers(0, 100),
)
USED = st.builds(Used, eligible_fen=FEN, fund_fen=FEN)
LEVEL = st.sampled_from(["tertiary", "primary"])


def of(benefit: Benefit, eligible: int, level: InstitutionLevel, used: Used) -> int:
    return estimate(benefit, eligible, kind="hospital", level=level, used=used)


@given(BENEFIT, FEN, LEVEL, USED)
def test_the_fund_pays_within_its_bounds(
    benefit: Benefit, eligible: int, level: InstitutionLevel, used: Used
) -> None:
    fund = of(benefit, eligible, level, used)
    assert 0 <= fund <= eligible
    assert fund + used.fund_fen <= max(benefit.cap_fen, used.fund_fen)


@given(BENEFIT, FEN, FEN, LEVEL, USED)
def test_a_larger_bill_never_gets_less(
    benefit: Benefit, eligible: int, more: int, level: InstitutionLevel, used: Used
) -> None:
    larger = of(benefit, eligible + more, level, used)
    assert 0 <= larger - of(benefit, eligible, level, used) <= more


@given(BENEFIT, FEN, FEN, LEVEL, USED)
def test_more_of_the_deductible_used_never_gets_less(
    benefit: Benefit, eligible: int, more: int, level: InstitutionLevel, used: Used
) -> None:
    later = Used(eligible_fen=used.eligible_fen + more, fund_fen=used.fund_fen)
    assert of(benefit, eligible, level, later) >= of(benefit, eligible, level, used)


@given(BENEFIT, FEN, FEN, LEVEL, USED)
def test_more_of_the_cap_used_never_gets_more(
    benefit: Benefit, eligible: int, more: int, level: InstitutionLevel, used: Used
) -> None:
    later = Used(eligible_fen=used.eligible_fen, fund_fen=used.fund_fen + more)
    assert of(benefit, eligible, level, later) <= of(benefit, eligible, level, used)


@given(BENEFIT, FEN, FEN, LEVEL, USED)
def test_two_bills_get_what_one_would_less_a_fen_at_most(
    benefit: Benefit, first: int, second: int, level: InstitutionLevel, used: Used
) -> None:
    one = of(benefit, first, level, used)
    later = Used(eligible_fen=used.eligible_fen + first, fund_fen=used.fund_fen + one)
    two = of(benefit, second, level, later)
    assert 0 <= of(benefit, first + second, level, used) - one - two <= 1
