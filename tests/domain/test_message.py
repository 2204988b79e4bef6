"""What a subscribe message says."""

from datetime import UTC, datetime
from typing import get_args

import pytest

from service.domain.message import MessageKind, compose

AT = datetime(2026, 1, 4, 16, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "result"),
    [
        ("binding_active", "家庭共济已生效"),
        ("binding_ended", "家庭共济已结束"),
        ("binding_rejected", "家庭共济未通过审核"),
    ],
)
def test_fields(kind: MessageKind, result: str) -> None:
    assert compose(kind, relative="**乙", at=AT) == {
        "thing1": result,
        "thing2": "**乙",
        "time3": "2026-01-05 00:05",
        "thing4": "如有疑问请拨打12393",
    }


@pytest.mark.parametrize("kind", get_args(MessageKind))
def test_our_own_words_fit_a_template_field(kind: MessageKind) -> None:
    fields = compose(kind, relative="**乙", at=AT)
    assert all(len(text) <= 20 for text in fields.values())
