"""Alipay's words and cryptography: the gateway protocol with RSA2, as client and sandbox speak it.

Pure functions. What cannot be read raises ValueError, with no text of the answer in it.
"""

import base64
import functools
import re
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from msgspec import Struct

from service.gateways.alipay.exact import members_of

OAUTH_TOKEN = "alipay.system.oauth.token"  # noqa: S105
USER_INFO_SHARE = "alipay.user.info.share"
TEMPLATE_MESSAGE_SEND = "alipay.open.app.mini.templatemessage.send"
MEDICAL_CARD_QUERY = "alipay.commerce.medical.card.query"

SUCCESS = "10000"
TOKEN_REFUSED = "20001"  # noqa: S105
PARAMETER_MISSING = "40001"
PARAMETER_INVALID = "40002"
BUSINESS_FAILED = "40004"
NO_PERMISSION = "40006"

CODE_INVALID = "isv.code-invalid"
SIGNATURE_INVALID = "isv.invalid-signature"
NO_ISV_PERMISSION = "isv.insufficient-isv-permissions"
TEMPLATE_ILLEGAL = "USER_TEMPLATE_ILLEGAL"
KEYWORD_MISSING = "USER_TEMPLATE_LACK_KEYWORD"
SYSTEM_ERROR = "SYSTEM_ERROR"
# The platform publishes no full list of the codes of a user who does not want a message.
NOT_SUBSCRIBED = "USER_NOT_SUBSCRIBE"
UNWANTED = frozenset({NOT_SUBSCRIBED, "USER_UNSUBSCRIBE", "USER_REFUSE"})

ERROR_NODE = "error_response"
TIMESTAMP = "%Y-%m-%d %H:%M:%S"
CHINA = ZoneInfo("Asia/Shanghai")

_BLOCK_BYTES = 16
_CODE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_USER_ID = re.compile(r"2088\d{12}")
_IDENTITY_CARD = "0"


class Outcome(Struct, frozen=True, kw_only=True):
    """How a call went. A successful oauth.token has no code: absent means success.

    `sub_msg` is left unread on purpose: it may repeat what was sent.
    """

    code: str = SUCCESS
    sub_code: str = ""

    def in_short(self) -> str:
        """Both codes for a log line; anything that does not look like a code is left out."""
        codes = (self.code, self.sub_code)
        return " ".join(code for code in codes if _CODE.fullmatch(code))


class TokenAnswer(Outcome, frozen=True, kw_only=True):
    """oauth.token. Newer apps are given open_id only, older ones user_id."""

    access_token: str = ""
    open_id: str = ""
    user_id: str = ""

    @property
    def subject(self) -> str:
        return self.open_id or self.user_id


class UserAnswer(Outcome, frozen=True, kw_only=True):
    """user.info.share, as far as it tells who the user is."""

    cert_no: str = ""
    cert_type: str = _IDENTITY_CARD
    is_certified: str = "T"
    user_name: str = ""

    @property
    def is_identified(self) -> bool:
        """Whether a real name and a whole identity card number are there, certified."""
        masked = "*" in self.cert_no + self.user_name
        card = self.cert_type == _IDENTITY_CARD and self.is_certified == "T"
        return card and not masked and bool(self.cert_no and self.user_name)


class TemplateMessage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """biz_content of templatemessage.send; `data` is itself JSON text: {name: {"value": text}}."""

    user_template_id: str
    page: str
    data: str
    to_open_id: str = ""
    to_user_id: str = ""


class SignedNode(Struct, frozen=True, kw_only=True):
    """The part of an answer that is signed: its exact text, never written anew."""

    text: str
    signature: str


@functools.cache
def private_key(pem: str) -> RSAPrivateKey:
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("not an RSA private key")
    return key


def public_key(pem: str) -> RSAPublicKey:
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA public key")
    return key


def signing_text(parameters: Mapping[str, str]) -> str:
    """What a request's signature covers: all but `sign` and empty values; sign_type is in."""
    return _joined({k: v for k, v in parameters.items() if v and k != "sign"})


def notify_text(form: Mapping[str, str]) -> str:
    """What a notification's signature covers: neither sign nor sign_type, but empty values."""
    return _joined({k: v for k, v in form.items() if k not in ("sign", "sign_type")})


def _joined(parameters: Mapping[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in sorted(parameters.items()))


def sign(text: str, *, key: RSAPrivateKey) -> str:
    """RSA2: SHA256withRSA, PKCS #1 v1.5, in base64."""
    signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode()


def is_signed(text: str, *, signature: str, key: RSAPublicKey) -> bool:
    try:
        decoded = base64.b64decode(signature, validate=True)
        key.verify(decoded, text.encode(), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def notify_is_signed(form: Mapping[str, str], *, key: RSAPublicKey) -> bool:
    """Whether Alipay sent this form. Parse the form with its blank values kept."""
    if form.get("sign_type") != "RSA2":
        return False
    return is_signed(notify_text(form), signature=form.get("sign", ""), key=key)


def encrypt(text: str, *, aes_key: str) -> str:
    """AES-CBC with a zero IV, as the platform prescribes; `aes_key` and the result are base64."""
    padder = PKCS7(_BLOCK_BYTES * 8).padder()
    padded = padder.update(text.encode()) + padder.finalize()
    encryptor = _cipher(aes_key).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def decrypt(sealed: str, *, aes_key: str) -> str:
    """The reverse of `encrypt`. Its errors are ValueError; only open what a signature covers."""
    decryptor = _cipher(aes_key).decryptor()
    padded = decryptor.update(base64.b64decode(sealed, validate=True)) + decryptor.finalize()
    unpadder = PKCS7(_BLOCK_BYTES * 8).unpadder()
    return (unpadder.update(padded) + unpadder.finalize()).decode()


def _cipher(aes_key: str) -> Cipher[modes.CBC]:
    key = base64.b64decode(aes_key, validate=True)
    return Cipher(algorithms.AES(key), modes.CBC(bytes(_BLOCK_BYTES)))


def answer_node(method: str) -> str:
    """The name of a method's node: alipay.x.y -> alipay_x_y_response."""
    return method.replace(".", "_") + "_response"


def signed_node(body: str, *, method: str) -> SignedNode:
    """The signed part of the answer to `method`, whether it went well or not."""
    members = members_of(body)
    text = members.get(answer_node(method)) or members.get(ERROR_NODE)
    if text is None or "sign" not in members:
        raise ValueError("the answer has no node or no signature")
    return SignedNode(text=text, signature=msgspec.json.decode(members["sign"], type=str))


def opened(text: str, *, aes_key: str | None) -> str:
    """A node's JSON: decrypted where it is sealed, which shows in its being a string."""
    if not text.startswith('"'):
        return text
    if aes_key is None:
        raise ValueError("the answer is sealed and the app has no AES key")
    return decrypt(msgspec.json.decode(text, type=str), aes_key=aes_key)


def template_message(
    subject: str, *, template_id: str, page: str, fields: Mapping[str, str]
) -> str:
    """biz_content of templatemessage.send. A subject from an older app is a user_id."""
    is_user_id = _USER_ID.fullmatch(subject) is not None
    message = TemplateMessage(
        user_template_id=template_id,
        page=page,
        data=msgspec.json.encode({name: {"value": fields[name]} for name in fields}).decode(),
        to_open_id="" if is_user_id else subject,
        to_user_id=subject if is_user_id else "",
    )
    return msgspec.json.encode(message).decode()


def timestamp(now: datetime) -> str:
    """`now` (aware) as the protocol writes it: to the second, on China's clock."""
    return now.astimezone(CHINA).strftime(TIMESTAMP)
