"""The family certificate (家庭共济证明): what the paper says, and whether it still holds.

The paper is shown at counters, so it names nobody in full, and its public check tells nothing that
is not printed on it, but for one thing: whether it holds today.
"""

from datetime import date, datetime

from msgspec import Struct

from service.domain.binding import Binding
from service.domain.calendar import business_date, date_text, instant_text

TITLE = "职工医保个人账户家庭共济证明"
NOTICE = (
    "家庭共济共享的是个人账户里的钱，医保卡和医保码任何时候都不能出借。"
    "看病买药时，请由患者出示患者本人的医保码或社保卡。"
)
HOTLINE_SENTENCE = "如有疑问，请拨打医保服务热线 12393。"
CHECK_SENTENCE = "扫描二维码可以核对这份证明现在是否有效。"

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Of numbers: nothing that is read for another sign (0 O, 1 I L, U V)."""
NUMBER_LENGTH = 20
_GROUP = 5


class Party(Struct, frozen=True, kw_only=True):
    """One of the two, masked."""

    name: str
    id_number: str


class Statement(Struct, frozen=True, kw_only=True):
    """What a certificate says of a binding. `ends_on` is the last day; None: until ended."""

    donor: Party
    beneficiary: Party
    relation_text: str
    area_name: str
    effective_on: date
    ends_on: date | None


class Certificate(Struct, frozen=True, kw_only=True):
    """Exactly what the paper shows."""

    number: str
    issued_at: datetime
    says: Statement


def in_force(binding: Binding, *, at: datetime) -> bool:
    """Whether money can be used now: active, begun, not past its last day."""
    return (
        binding.state == "active"
        and binding.effective_at is not None
        and binding.effective_at <= at
        and not binding.expired_on(business_date(at))
    )


def still_fresh(certificate: Certificate, says: Statement, *, at: datetime) -> bool:
    """Whether the same paper can be handed out again: of today, and nothing has changed."""
    same_day = business_date(certificate.issued_at) == business_date(at)
    return same_day and certificate.says == says


def verdict(*, valid: bool) -> str:
    """For who checks a paper. Why it does not hold is not told: it is not on the paper."""
    if valid:
        return "这份证明由本平台开具，现在有效。"
    return (
        "这份证明由本平台开具，但现在已经不适用：共济可能已经暂停、结束，或内容有变更。"
        "请当事人在小程序里重新开具。"
    )


def lines(certificate: Certificate) -> list[tuple[str, str]]:
    """The printed lines, label and text, in order."""
    says = certificate.says
    return [
        ("授权人", f"{says.donor.name}  {says.donor.id_number}"),
        ("使用人", f"{says.beneficiary.name}  {says.beneficiary.id_number}"),
        ("亲属关系", f"使用人是授权人的：{says.relation_text}"),
        ("参保地区", says.area_name),
        ("生效日期", date_text(says.effective_on)),
        ("有效期至", date_text(says.ends_on) if says.ends_on else "长期有效"),
        ("开具时间", instant_text(certificate.issued_at)),
    ]


def grouped(number: str) -> str:
    """`ABCDE FGHJK …`: as it is printed, to be read out and typed."""
    return " ".join(number[i : i + _GROUP] for i in range(0, len(number), _GROUP))


def read_number(text: str) -> str | None:
    """The number as typed or scanned, or None when it cannot be one."""
    number = text.replace(" ", "").replace("-", "").upper()
    return number if len(number) == NUMBER_LENGTH and set(number) <= set(ALPHABET) else None


def check_address(number: str, *, public_url: str) -> str:
    """What the QR code holds; the path alone when our public address is not set."""
    return f"{public_url.rstrip('/')}/v1/certificates/{number}"
