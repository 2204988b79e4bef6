"""The notice and the commitment as shown, and the bytes of the evidence pack."""

import hashlib
import json
import re
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from service.domain.binding import Limits, Terms
from service.domain.commitment import (
    PACK_FORMAT,
    Document,
    Pack,
    Parties,
    Signing,
    Template,
    canonical,
    render,
)
from tests.domain.shipped import template, versions

PARTIES = Parties(
    donor_name="测试甲",
    donor_id_number="530602199001011239",
    beneficiary_name="测试乙",
    beneficiary_id_number="530102198506150021",
    relation="妻子",
    area="云南省昭通市",
)
RULES = {
    "kinships": "配偶、父母、子女",
    "kinship_proof": "以您的书面承诺代替证明材料",
    "excluded_uses": "公共卫生费用、体育健身",
    "in_person": "请到测试大厅办理。",
    "hotline": "12393",
}
TERMS = Terms(
    begins_on=date(2026, 1, 5),
    ends_on=date(2027, 1, 31),
    rank=2,
    limits=Limits(total_fen=300_050, year_fen=200_000, use_fen=9_999),
)


def sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def shown(
    parties: Parties = PARTIES,
    terms: Terms = TERMS,
    rules: dict[str, str] = RULES,
    version: str | None = None,
) -> Document:
    latest = template(version or versions()[-1])
    return render(latest, parties, terms=terms, rules=rules, digest=sha256)


@pytest.mark.parametrize("version", versions())
def test_every_placeholder_is_filled(version: str) -> None:
    document = shown(version=version)
    both = document.notice + document.text
    assert "$" not in both
    assert "{" not in both
    facts = [*msgspec.structs.asdict(PARTIES).values(), *RULES.values()]
    facts += ["2026年1月5日", "2027年1月31日", "第2位", "3000.50元", "2000.00元", "99.99元"]
    assert [fact for fact in facts if fact not in both] == []
    assert document.version == version


def test_without_end_and_limits() -> None:
    text = shown(terms=Terms(begins_on=date(2026, 1, 5))).text
    assert "到期日：长期有效，至我提出结束为止。" in text
    assert text.count("不另设限额") == 3


@pytest.mark.parametrize("name", ["${donor_name}", "$hotline", "$$", "${", "{area}", r"\1"])
def test_a_name_like_a_placeholder_stays(name: str) -> None:
    text = shown(replace(PARTIES, beneficiary_name=name)).text
    assert f"使用人：{name}，身份证号码 530102198506150021" in text


@pytest.mark.parametrize("name", RULES)
def test_a_missing_sentence_is_no_blank(name: str) -> None:
    with pytest.raises(KeyError, match=name):
        shown(rules={key: text for key, text in RULES.items() if key != name})


def test_digest_is_over_what_is_shown() -> None:
    document = shown()
    assert document.digest == sha256(f"{document.notice}\f{document.text}".encode()).hex()
    assert shown() == document


FACTS: dict[str, dict[str, Any]] = {
    **{name: {"parties": replace(PARTIES, **{name: "测试"})} for name in PARTIES.__struct_fields__},
    **{name: {"rules": {**RULES, name: "测试"}} for name in RULES},
    "begins_on": {"terms": replace(TERMS, begins_on=date(2026, 1, 6))},
    "ends_on": {"terms": replace(TERMS, ends_on=date(2027, 2, 1))},
    "no_end": {"terms": replace(TERMS, ends_on=None)},
    "rank": {"terms": replace(TERMS, rank=1)},
    **{
        name: {"terms": replace(TERMS, limits=replace(TERMS.limits, **{name: 1}))}
        for name in Limits.__struct_fields__
    },
}


@pytest.mark.parametrize("other", FACTS.values(), ids=FACTS)
def test_digest_changes_with_any_fact(other: dict[str, Any]) -> None:
    assert shown(**other).digest != shown().digest


def test_digest_tells_notice_and_commitment_apart() -> None:
    def digest(notice: str, commitment: str) -> str:
        texts = Template(version="1", notice=notice, commitment=commitment)
        return render(texts, PARTIES, terms=TERMS, rules={}, digest=sha256).digest

    assert digest("甲乙", "丙") != digest("甲", "乙丙")


CLAUSES = {
    "1 who may be bound": ("notice", r"目前可以绑定：配偶、父母、子女。家人须健在并已参加基本医保"),
    "1 alive and enrolled": ("text", "使用人健在并已参加基本医保"),
    "2 kinship is true": ("text", "上述亲属关系和身份信息真实"),
    "2 liability and recovery": ("text", "退回已使用的金额，并承担法律责任"),
    "2 duty of proof is told": ("notice", "承诺不实的，.*追回已使用的金额"),
    "3 inside policy, own money first": ("text", "在政策规定的范围内使用.*先用自己的"),
    "4 own card": ("text", "使用本人的医保码或医保卡，不出借、不借用"),
    "4 lending is punished": ("notice", "借给别人用要承担法律责任"),
    "5 consent to queries": ("text", "同意医保部门查询和核验双方的身份、参保和亲属信息"),
    "6 electronic signature": ("text", "与纸上的手写签名具有同等效力"),
    "7 end at any time": ("text", "可以随时结束共济，结束前已经使用的金额不退回"),
    "8 dates and rank": ("text", "共济自2026年1月5日起，到期日：2027年1月31日.*排在第2位支付"),
    "9 what cannot be paid": ("text", "公共卫生费用、体育健身不能用个人账户支付"),
    "10 data": ("notice", "只用于本次共济业务，加密保存"),
    "10 complaints": ("notice", "要投诉，请拨打医保服务热线12393"),
}


@pytest.mark.parametrize(("part", "phrase"), CLAUSES.values(), ids=CLAUSES)
def test_clause(part: str, phrase: str) -> None:
    assert re.search(phrase, getattr(shown(), part))


AT = datetime(2026, 1, 5, 1, 5, 0, 123456, tzinfo=UTC)
PACK = Pack(
    format=PACK_FORMAT,
    evidence_id=UUID(int=4),
    binding_id=UUID(int=1),
    donor_id=UUID(int=2),
    sequence=1,
    previous_pack_digest="00" * 32,
    document=Document(version="2026-1", notice="告知\n", text="承诺 “甲”\\", digest="ab"),
    parties=PARTIES,
    signature_image_digest="cd",
    server_public_key="04ab",
    signing=Signing(
        channel="wechat",
        app_id="wx-test",
        account_id=UUID(int=5),
        address="203.0.113.7",
        session_level=3,
        confirmed_at=AT,
        notice_agreed=True,
        clerk_id=None,
        signed_at=AT,
    ),
)
BYTES = """{"binding_id":"00000000-0000-0000-0000-000000000001",\
"document":{"digest":"ab","notice":"告知\\n","text":"承诺 “甲”\\\\","version":"2026-1"},\
"donor_id":"00000000-0000-0000-0000-000000000002",\
"evidence_id":"00000000-0000-0000-0000-000000000004","format":"gongji-evidence-1",\
"parties":{"area":"云南省昭通市","beneficiary_id_number":"530102198506150021",\
"beneficiary_name":"测试乙","donor_id_number":"530602199001011239","donor_name":"测试甲",\
"relation":"妻子"},\
"previous_pack_digest":"0000000000000000000000000000000000000000000000000000000000000000",\
"sequence":1,"server_public_key":"04ab","signature_image_digest":"cd",\
"signing":{"account_id":"00000000-0000-0000-0000-000000000005","address":"203.0.113.7",\
"app_id":"wx-test","channel":"wechat","clerk_id":null,\
"confirmed_at":"2026-01-05T01:05:00.123456Z","notice_agreed":true,"session_level":3,\
"signed_at":"2026-01-05T01:05:00.123456Z"}}"""


def test_canonical_bytes_never_change() -> None:
    assert canonical(PACK).decode() == BYTES


@settings(deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.datetimes(timezones=st.just(UTC)),
    st.none() | st.uuids(),
)
def test_canonical_survives_a_round_trip(name: str, at: datetime, clerk: UUID | None) -> None:
    signing = replace(PACK.signing, signed_at=at, clerk_id=clerk)
    pack = replace(PACK, parties=replace(PARTIES, donor_name=name), signing=signing)
    content = canonical(pack)
    assert msgspec.json.decode(content, type=Pack) == pack
    assert canonical(msgspec.json.decode(content, type=Pack)) == content
    again = json.dumps(
        json.loads(content), sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    assert again.encode() == content


@pytest.mark.parametrize("name", Pack.__struct_fields__)
def test_canonical_changes_with_any_part(name: str) -> None:
    other: dict[str, Any] = {
        "document": replace(PACK.document, text="别的"),
        "parties": replace(PARTIES, relation="丈夫"),
        "signing": replace(PACK.signing, session_level=2),
        "sequence": 2,
        **{key: UUID(int=9) for key in ("evidence_id", "binding_id", "donor_id")},
    }
    assert canonical(replace(PACK, **{name: other.get(name, "12")})) != canonical(PACK)
