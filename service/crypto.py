"""Cryptography behind two small ports: `Vault` for personal data, `Signer` for evidence.

Software keys stand here; a hardware module replaces these two classes and nothing else.
SM4-GCM and SM3 follow GB/T 32907 and GB/T 32905; SM2 follows GB/T 32918 with the default id.
"""

import base64
import hmac
import os
import secrets
from collections.abc import Iterable, Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hmac import HMAC
from tongsuopy.crypto import hashes as tongsuo_hashes
from tongsuopy.crypto import serialization
from tongsuopy.crypto.asymciphers import ec
from tongsuopy.crypto.exceptions import InternalError, InvalidSignature, UnsupportedAlgorithm

_NONCE = 12
_TAG = 16


class CryptoFault(Exception):
    """A key is missing or malformed, or sealed data does not open. Carries no data."""


def sm3(data: bytes) -> bytes:
    return sm3_of([data])


def sm3_of(pieces: Iterable[bytes]) -> bytes:
    """Of all pieces one after the other."""
    digest = hashes.Hash(hashes.SM3())
    for piece in pieces:
        digest.update(piece)
    return digest.finalize()


class Sm3:
    """A digest over pieces that come one after the other."""

    def __init__(self) -> None:
        self._digest = hashes.Hash(hashes.SM3())

    def update(self, piece: bytes) -> None:
        self._digest.update(piece)

    def digest(self) -> bytes:
        """Once, at the end."""
        return self._digest.finalize()


def sm3_hmac(key: bytes, data: bytes) -> bytes:
    mac = HMAC(key, hashes.SM3())
    mac.update(data)
    return mac.finalize()


def same(left: bytes | str, right: bytes | str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(_bytes(left), _bytes(right))


def chosen(alphabet: str, *, length: int) -> str:
    """So many signs of an alphabet, by chance nobody can guess."""
    return "".join(secrets.choice(alphabet) for _ in range(length))


def read_keys(text: str, *, length: int) -> dict[int, bytes]:
    """`1:hex,2:hex` to keys by number (1-255), in the order written. Raises CryptoFault."""
    try:
        pairs = (part.split(":") for part in text.split(",") if part.strip())
        keys = {int(number): bytes.fromhex(value.strip()) for number, value in pairs}
    except ValueError:
        raise CryptoFault("keys are written number:hex,number:hex") from None
    if not keys or any(len(k) != length or not 0 < n < 256 for n, k in keys.items()):
        raise CryptoFault(f"keys need numbers 1-255 and {length * 2} hex digits each")
    return keys


def read_key(text: str, *, length: int) -> bytes:
    """One key in hex. Raises CryptoFault."""
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != length:
        raise CryptoFault(f"GONGJI_SESSION_KEY needs {length * 2} hex digits")
    return key


class Vault:
    """Seals fields with SM4-GCM and indexes them with SM3-HMAC, under numbered keys.

    The key written last seals and indexes; the others still open and are still searched. A new key
    is first put in front, so that every process can open it, then moved to the end, so that it
    seals; then `python -m service rotate-keys`.
    """

    def __init__(self, data_keys: Mapping[int, bytes], index_keys: Mapping[int, bytes]) -> None:
        self._data_keys, self._index_keys = dict(data_keys), dict(index_keys)
        self.data_key = list(self._data_keys)[-1]
        self.index_key = list(self._index_keys)[-1]

    def seal(self, text: str | bytes, *, purpose: str) -> bytes:
        """`purpose` names the column and row; the same bytes do not open anywhere else."""
        nonce = os.urandom(_NONCE)
        cipher = Cipher(algorithms.SM4(self._data_keys[self.data_key]), modes.GCM(nonce))
        encryptor = cipher.encryptor()
        encryptor.authenticate_additional_data(purpose.encode())
        sealed = encryptor.update(_bytes(text)) + encryptor.finalize()
        return bytes([self.data_key]) + nonce + sealed + encryptor.tag

    def open(self, sealed: bytes, *, purpose: str) -> bytes:
        """Raises CryptoFault when the key is gone or a bit has changed."""
        key = self._data_keys.get(sealed[0]) if sealed else None
        if key is None:
            raise CryptoFault("sealed under a key this service does not have")
        nonce, body, tag = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE : -_TAG], sealed[-_TAG:]
        decryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(purpose.encode())
        try:
            return decryptor.update(body) + decryptor.finalize()
        except InvalidTag:
            raise CryptoFault("sealed data does not open") from None

    def open_text(self, sealed: bytes, *, purpose: str) -> str:
        return self.open(sealed, purpose=purpose).decode()

    def index(self, text: str, *, purpose: str) -> bytes:
        """The blind index under the current key: key number, then 32 bytes."""
        return self._index(self.index_key, text, purpose)

    def indexes(self, text: str, *, purpose: str) -> list[bytes]:
        """The blind index under every key: what a look-up must search while keys change."""
        return [self._index(number, text, purpose) for number in self._index_keys]

    def _index(self, number: int, text: str, purpose: str) -> bytes:
        mac = sm3_hmac(self._index_keys[number], f"{purpose}\0{text}".encode())
        return bytes([number]) + mac


class Signer:
    """Signs evidence with SM2 over SM3, DER encoded, id 1234567812345678 (GM/T 0009)."""

    def __init__(self, private_key_pem: str) -> None:
        try:
            self._key = serialization.load_pem_private_key(private_key_pem.encode(), None)
            if not isinstance(self._key.curve, ec.SM2):
                raise ValueError
        except (ValueError, TypeError, AttributeError, UnsupportedAlgorithm):
            raise CryptoFault("the evidence key is not an SM2 private key in PEM") from None
        self.public_key_pem: str = (
            self._key.public_key()
            .public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            .decode()
        )
        self.key_id = key_id(self.public_key_pem)

    def sign(self, data: bytes) -> bytes:
        return bytes(self._key.sign(data, ec.ECDSA(tongsuo_hashes.SM3())))


def new_sm2_key() -> str:
    """A fresh SM2 private key, PEM."""
    key = ec.generate_private_key(ec.SM2())
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return str(key.private_bytes(encoding, form, serialization.NoEncryption()).decode())


def key_id(public_key_pem: str) -> str:
    """A short name of a public key: the first 16 hex digits of the SM3 of its DER."""
    body = "".join(line for line in public_key_pem.splitlines() if "-----" not in line)
    return sm3(base64.b64decode(body)).hex()[:16]


def verify_sm2(signature: bytes, data: bytes, *, public_key_pem: str) -> bool:
    """Whether `signature` is that key's over `data`; False for malformed input too."""
    try:
        key = serialization.load_pem_public_key(public_key_pem.encode())
        key.verify(signature, data, ec.ECDSA(tongsuo_hashes.SM3()))
    except (InvalidSignature, InternalError, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
