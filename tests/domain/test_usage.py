"""Movements of an account in words: how much, by whom, at what kind of place, never what for."""

from typing import get_args

import pytest

from service.domain.institution import KIND_TEXT, InstitutionKind
from service.domain.usage import Purpose, balance_text, movement_text


@pytest.mark.parametrize(
    ("purpose", "amount_fen", "relative", "place", "text"),
    [
        ("settlement", -1200, "**乙", "hospital", "**乙在医院支付医药费 12.00 元。"),
        ("refund", 350, "**乙", "pharmacy", "**乙在定点零售药店的医药费退回 3.50 元。"),
        ("settlement", -5, None, "clinic", "您本人在门诊部或诊所支付医药费 0.05 元。"),
        ("refund", 100, None, "hospital", "您本人在医院的医药费退回 1.00 元。"),
        ("settlement", -1, None, None, "您本人支付医药费 0.01 元。"),
        ("credit", 123_456, None, None, "划入个人账户 1234.56 元。"),
        ("premium", -38_000, "*丙", None, "为*丙代缴居民医保费 380.00 元。"),
        ("premium", -38_000, None, None, "代缴居民医保费 380.00 元。"),
        ("premium_refund", 38_000, "*丙", None, "为*丙代缴的居民医保费退回 380.00 元。"),
        ("premium_refund", 38_000, None, None, "代缴的居民医保费退回 380.00 元。"),
    ],
)
def test_a_movement_is_one_sentence(
    purpose: Purpose,
    amount_fen: int,
    relative: str | None,
    place: InstitutionKind | None,
    text: str,
) -> None:
    assert movement_text(purpose, amount_fen, relative=relative, place=place) == text


@pytest.mark.parametrize("purpose", get_args(Purpose))
@pytest.mark.parametrize("place", [None, *get_args(InstitutionKind)])
def test_every_movement_names_who_where_and_how_much_without_a_sign(
    purpose: Purpose, place: InstitutionKind | None
) -> None:
    text = movement_text(purpose, -10, relative="**乙", place=place)
    premium = purpose in ("premium", "premium_refund")
    assert text.startswith("为**乙" if premium else "**乙")
    assert text.endswith(" 0.10 元。")
    assert "-" not in text
    if place is not None and not premium:
        assert f"在{KIND_TEXT[place]}" in text


@pytest.mark.parametrize(
    ("available_fen", "held_fen", "text"),
    [
        (0, 0, "您的个人账户可用余额 0.00 元。"),
        (10_005, 0, "您的个人账户可用余额 100.05 元。"),
        (9000, 1005, "您的个人账户可用余额 90.00 元，另有 10.05 元正在办理付款。"),
        (0, 1, "您的个人账户可用余额 0.00 元，另有 0.01 元正在办理付款。"),
    ],
)
def test_the_balance_tells_what_is_promised(available_fen: int, held_fen: int, text: str) -> None:
    assert balance_text(available_fen, held_fen) == text
