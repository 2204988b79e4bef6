"""The platform's own words: gateway headers, envelopes, ec.query. Transactions: `wire_people`.

Sources: 定点医药机构接口规范 (envelope), public clients of the gateway headers (x-tif-*), and the
published 医保电子凭证解码接口规范 (ec.query). Unknown keys are allowed, as providers add some.
What no public document settles is marked "our assumption".
"""

import hashlib
from datetime import datetime, timedelta, timezone
from typing import Annotated, Literal

from msgspec import Meta, Raw, Struct, json

from service.gateways.platform import Credential, CredentialRefused

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")

ID_CARD = "01"

Area = Annotated[str, Meta(pattern=r"^[0-9]{6}\Z")]
Filled = Annotated[str, Meta(min_length=1)]

# The codes of ec.query other than 0 are not public: our assumption. Any other code is trouble.
EC_INVALID, EC_USED, EC_EXPIRED = 4001, 4002, 4003
EC_REFUSALS: dict[int, Literal["invalid", "used", "expired"]] = {
    EC_INVALID: "invalid",
    EC_USED: "used",
    EC_EXPIRED: "expired",
}


def signature(secret: str, *, timestamp: str, nonce: str) -> str:
    """x-tif-signature in lower-case hex; receivers compare without regard to case."""
    return hashlib.sha256(f"{timestamp}{secret}{nonce}{timestamp}".encode()).hexdigest()


def signed_headers(paasid: str, *, secret: str, at: datetime, nonce: str) -> dict[str, str]:
    """The gateway headers; the timestamp is in unix seconds, the nonce is digits."""
    timestamp = str(int(at.timestamp()))
    return {
        "x-tif-paasid": paasid,
        "x-tif-timestamp": timestamp,
        "x-tif-nonce": nonce,
        "x-tif-signature": signature(secret, timestamp=timestamp, nonce=nonce),
        "content-type": "application/json; charset=utf-8",
    }


def message_id(fixmedins_code: str, *, at: datetime, sequence: int) -> str:
    """msgid, 30 characters: institution 12 + Asia/Shanghai yyyyMMddHHmmss 14 + sequence 4."""
    return f"{fixmedins_code}{at.astimezone(SHANGHAI):%Y%m%d%H%M%S}{sequence % 10_000:04d}"


def local_time(at: datetime) -> str:
    """inf_time and begntime: Asia/Shanghai, yyyy-MM-dd HH:mm:ss."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


class FsiInput(Struct, frozen=True, kw_only=True):
    """Node `input`: the transactions we use put their fields under `data`."""

    data: Raw


class FsiRequest(Struct, frozen=True, kw_only=True):
    """The request envelope of a transaction; opter_type 3 is a mobile terminal."""

    infno: str
    msgid: str
    mdtrtarea_admvs: str
    insuplc_admdvs: str = ""
    recer_sys_code: str = "MBS_LOCAL"
    dev_no: str = ""
    dev_safe_info: str = ""
    cainfo: str = ""
    signtype: str = ""
    infver: str = "V1.0"
    opter_type: str = "3"
    opter: str
    opter_name: str
    inf_time: str
    fixmedins_code: str
    fixmedins_name: str
    sign_no: str = ""
    input: FsiInput


class FsiAnswer(Struct, frozen=True, kw_only=True):
    """The answer envelope; `infcode` 0 is success.

    `inf_refmsgid` is the receiver's own id (area 6 + time 14 + sequence 10), so only its form can
    be checked; it does not repeat our msgid.
    """

    infcode: int
    inf_refmsgid: str | None = None
    refmsg_time: str | None = None
    respond_time: str | None = None
    err_msg: str | None = None
    output: Raw = Raw(b"null")

    @property
    def well_formed(self) -> bool:
        number = self.inf_refmsgid or ""
        return len(number) == 30 and number.isascii() and number.isdigit()


class EcQuery(Struct, frozen=True, kw_only=True, rename="camel"):
    """ec.query `data`; businessType 03131 is the online identity check of an app.

    `authCode` carries the authorisation code from the phone. No public document names this
    field: it is our assumption, at this one place.
    """

    org_id: str
    business_type: str = "03131"
    operator_id: str
    operator_name: str
    office_id: str = "0001"
    office_name: str = "线上服务"
    device_type: str = "SelfService"
    auth_code: str


class EcRequest(Struct, frozen=True, kw_only=True, rename="camel"):
    """The request envelope of the e-credential service."""

    org_id: str
    trans_type: str = "ec.query"
    data: EcQuery


class EcAnswer(Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer envelope of the e-credential service; `code` 0 is success."""

    code: int
    message: str | None = None
    org_id: str | None = None
    data: Raw = Raw(b"null")


class EcIdentity(Struct, frozen=True, kw_only=True, rename="camel"):
    """ec.query answer `data`; its ecToken is deliberately not among the fields."""

    id_no: Filled
    user_name: Filled
    id_type: str
    insu_org: Area


_fsi_answer = json.Decoder(FsiAnswer, strict=False)
_ec_answer = json.Decoder(EcAnswer, strict=False)
_ec_identity = json.Decoder(EcIdentity)


def read_transaction(body: bytes) -> FsiAnswer:
    """The answer envelope, with `output` still to be read. Raises ValueError."""
    return _fsi_answer.decode(body)


def read_ec_answer(body: bytes) -> EcAnswer:
    """The answer envelope of ec.query, with `data` still to be read. Raises ValueError."""
    return _ec_answer.decode(body)


def read_identity(data: Raw) -> Credential | CredentialRefused:
    """Who showed the credential; holders of other papers than the ID card are not served."""
    identity = _ec_identity.decode(data)
    if identity.id_type != ID_CARD:
        return CredentialRefused(reason="invalid")
    return Credential(
        id_number=identity.id_no.upper(), name=identity.user_name, area=identity.insu_org
    )
