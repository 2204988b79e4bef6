"""The evidence file a signer can keep, and how anyone verifies it offline."""

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from service.domain.commitment import PACK_FORMAT

Digest = Callable[[bytes], bytes]
Verify = Callable[[bytes, bytes], bool]


class EvidenceFile(Struct, frozen=True, kw_only=True):
    """`pack` is the exact signed text; `signature_image` and `signature` (SM2, DER) are base64."""

    pack: str
    signature_image: str
    signature: str
    key_id: str
    public_key: str


def faults(
    file: EvidenceFile,
    *,
    digest: Digest,
    verify: Verify,
    key_id: Callable[[str], str],
    previous: EvidenceFile | None = None,
) -> list[str]:
    """What is wrong with the file, in sentences; empty when it proves what it says.

    `verify(signature, data)` holds the trusted public key; `key_id` names a public key. `previous`
    is the signer's pack before this one, when it is at hand.
    """
    content = file.pack.encode()
    found = []
    if not verify(_decoded(file.signature), content):
        found.append("服务器签名与内容不符：内容、签名或公钥被改动过。")
    try:
        pack: dict[str, Any] = json.loads(file.pack)
        document = pack["document"]
        shown = f"{document['notice']}\f{document['text']}".encode()
        if pack["format"] != PACK_FORMAT:
            found.append("凭证格式不是本平台的格式。")
        if pack["server_public_key"] != file.public_key:
            found.append("凭证中的公钥与文件所附的公钥不一致：其中一个被改动过。")
        if digest(shown).hex() != document["digest"]:
            found.append("告知书或承诺书正文与其摘要不符：正文被改动过。")
        if digest(_decoded(file.signature_image)).hex() != pack["signature_image_digest"]:
            found.append("签名图片与其摘要不符：图片被改动过。")
        if previous and digest(previous.pack.encode()).hex() != pack["previous_pack_digest"]:
            found.append("与上一份凭证衔接不上：不是同一签署人的上一份，或其中一份被改动过。")
        if key_id(file.public_key) != file.key_id:
            found.append("公钥编号与文件所附的公钥不一致：其中一个被改动过。")
    except (ValueError, KeyError, TypeError, RecursionError):
        found.append("凭证内容无法读取：缺少必要的项目。")
    return found


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
