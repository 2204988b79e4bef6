"""Monthly credits: by the rate of the area, rounded half up to a fen."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.credit import CreditBase, CreditCategory, CreditRate, CreditRates
from tests.domain.counter_samples import PANZHIHUA, SHAANXI, YUNNAN, rules_at


def panzhihua() -> CreditRates:
    rates = rules_at(PANZHIHUA).account_credits.value
    assert rates is not None
    return rates


def rates(permille: int) -> CreditRates:
    """An employee gets `permille`, nobody else the same."""
    rate = CreditRate(of="base", permille=permille)
    return CreditRates(
        employee=rate,
        flexible=CreditRate(of="base", permille=1000),
        retiree=CreditRate(of="pension_average", permille=1),
    )


@pytest.mark.parametrize(
    ("category", "base_fen", "credit_fen"),
    [
        pytest.param("employee", 12_345, 12_345, id="all-that-an-employee-paid"),
        pytest.param("flexible", 400_000, 8_000, id="two-percent-of-the-base"),
        pytest.param("flexible", 412_525, 8_251, id="half-a-fen-is-rounded-up"),
        pytest.param("flexible", 412_524, 8_250, id="less-than-half-is-not"),
        pytest.param("retiree", 300_000, 6_000, id="two-percent-of-the-average-pension"),
        pytest.param("retiree", 24, 0, id="next-to-nothing"),
        pytest.param("retiree", 25, 1, id="a-fen"),
    ],
)
def test_the_credits_of_panzhihua(category: CreditCategory, base_fen: int, credit_fen: int) -> None:
    assert panzhihua().credit_fen(category, base_fen) == credit_fen


@pytest.mark.parametrize(
    ("category", "of"),
    [("employee", "contribution"), ("flexible", "base"), ("retiree", "pension_average")],
)
def test_what_is_multiplied_in_panzhihua(category: str, of: CreditBase) -> None:
    rate: CreditRate = getattr(panzhihua(), category)
    assert rate.of == of


def test_everybody_has_a_rate_of_their_own() -> None:
    found = [rates(500).credit_fen(category, 1000) for category in ("employee", "flexible")]
    assert [*found, rates(500).credit_fen("retiree", 1000)] == [500, 1000, 1]


@pytest.mark.parametrize("area", [SHAANXI, YUNNAN])
def test_elsewhere_no_rate_is_published(area: str) -> None:
    rule = rules_at(area).account_credits
    assert rule.value is None
    assert rule.reference


@pytest.mark.parametrize("permille", [0, 1001, -20])
def test_a_rate_out_of_range_is_no_rate(permille: int) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"of": "base", "permille": permille}, CreditRate)


@given(st.integers(1, 1000), st.integers(0, 10**12))
def test_a_credit_is_within_half_a_fen(permille: int, base_fen: int) -> None:
    credit = rates(permille).credit_fen("employee", base_fen)
    assert -500 < credit * 1000 - base_fen * permille <= 500
    assert 0 <= credit <= base_fen
