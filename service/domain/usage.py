"""Movements of an account in words, for its holder."""

from typing import Literal

from service.domain.institution import KIND_TEXT, InstitutionKind
from service.domain.money import yuan_text

Purpose = Literal["credit", "settlement", "refund", "premium", "premium_refund"]

_PURPOSE_TEXT: dict[Purpose, str] = {
    "credit": "划入个人账户",
    "settlement": "支付医药费",
    "refund": "的医药费退回",
    "premium": "代缴居民医保费",
    "premium_refund": "代缴的居民医保费退回",
}


def movement_text(
    purpose: Purpose, amount_fen: int, *, relative: str | None, place: InstitutionKind | None
) -> str:
    """`*乙在医院支付医药费 12.00 元。` A bill's amount and kind of place, never what it was for."""
    if relative and purpose in ("premium", "premium_refund"):
        return f"为{relative}{_PURPOSE_TEXT[purpose]} {yuan_text(abs(amount_fen))} 元。"
    who = f"{relative}" if relative else "您本人" if purpose in ("settlement", "refund") else ""
    where = f"在{KIND_TEXT[place]}" if place else ""
    return f"{who}{where}{_PURPOSE_TEXT[purpose]} {yuan_text(abs(amount_fen))} 元。"


def balance_text(available_fen: int, held_fen: int) -> str:
    held = f"，另有 {yuan_text(held_fen)} 元正在办理付款" if held_fen else ""
    return f"您的个人账户可用余额 {yuan_text(available_fen)} 元{held}。"
