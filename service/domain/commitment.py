"""The notice (告知书), the commitment (承诺书) and the evidence pack that proves its signature.

Texts are versioned templates filled with facts. Substitution is one pass: a name that looks like a
placeholder stays a name. The citizen sends back the digest of exactly what was shown.
"""

import json
import string
from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from service.domain.binding import Terms
from service.domain.calendar import date_text
from service.domain.money import yuan_text

PACK_FORMAT = "gongji-evidence-1"
Digest = Callable[[bytes], bytes]


class Template(Struct, frozen=True, kw_only=True):
    version: str
    notice: str
    commitment: str


class Document(Struct, frozen=True, kw_only=True):
    """What the citizen is shown. `digest` is SM3, hex, over notice + form feed + commitment."""

    version: str
    notice: str
    text: str
    digest: str


class Parties(Struct, frozen=True, kw_only=True):
    """The facts of a commitment's text: in full, since the signer vouches for them."""

    donor_name: str
    donor_id_number: str
    beneficiary_name: str
    beneficiary_id_number: str
    relation: str
    area: str


def render(
    template: Template, parties: Parties, *, terms: Terms, rules: Mapping[str, str], digest: Digest
) -> Document:
    """Fill the template. `rules` are sentences of the area's policy by placeholder."""
    facts = {
        **msgspec.structs.asdict(parties),
        **rules,
        "begins_on": date_text(terms.begins_on),
        "ends_on": date_text(terms.ends_on) if terms.ends_on else "长期有效，至我提出结束为止",
        "rank": str(terms.rank),
        "total_limit": _limit(terms.limits.total_fen),
        "year_limit": _limit(terms.limits.year_fen),
        "use_limit": _limit(terms.limits.use_fen),
    }
    notice = string.Template(template.notice).substitute(facts)
    text = string.Template(template.commitment).substitute(facts)
    shown = digest(f"{notice}\f{text}".encode()).hex()
    return Document(version=template.version, notice=notice, text=text, digest=shown)


def _limit(amount_fen: int | None) -> str:
    return "不另设限额" if amount_fen is None else f"{yuan_text(amount_fen)}元"


class Signing(Struct, frozen=True, kw_only=True):
    """The signing event: by what way, how surely the signer was known, and when.

    At the hall `clerk_id` has seen the signer and the ID card; `account_id` and
    `confirmed_at` are None there, and the level is the clerk's own: two factors, level 2.
    """

    channel: str
    app_id: str
    account_id: UUID | None
    address: str
    session_level: int
    confirmed_at: datetime | None
    notice_agreed: bool
    clerk_id: UUID | None
    signed_at: datetime


class Pack(Struct, frozen=True, kw_only=True):
    """Everything that proves one signature; chained to the donor's previous pack."""

    format: str
    evidence_id: UUID
    binding_id: UUID
    donor_id: UUID
    sequence: int
    previous_pack_digest: str
    document: Document
    parties: Parties
    signature_image_digest: str
    server_public_key: str
    signing: Signing


def canonical(pack: Pack) -> bytes:
    """The bytes that are signed: JSON with sorted keys, no spaces, UTF-8."""
    plain = msgspec.to_builtins(pack)
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
