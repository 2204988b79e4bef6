"""The evidence of a signature: verified by others' programs too, chained, and kept for ever."""

import argparse
import asyncio
import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from gmssl import sm2
from msgspec.structs import replace

from service import commands
from service.crypto import Signer, key_id, new_sm2_key, sm3, verify_sm2
from service.development import public_pem
from service.domain.evidence import EvidenceFile, faults
from service.phone import Phone
from tests.people import Cast
from tests.scenes import rows

_SIGNATURE, _KEY, _TEXT = "服务器签名", "公钥不一致", "正文被改动"
_KEY_ID = "公钥编号"
_IMAGE, _CHAIN = "图片被改动", "衔接不上"


async def _evidence(phone: Phone, binding_id: str) -> EvidenceFile:
    view = (await phone.get(f"/v1/bindings/{binding_id}")).json()
    answer = await phone.get(f"/v1/commitments/{view['commitment_id']}/evidence")
    assert answer.status_code == 200
    return msgspec.json.decode(answer.content, type=EvidenceFile)


@pytest.fixture
async def signed(cast: Cast) -> tuple[EvidenceFile, EvidenceFile]:
    """Two commitments of one donor, in order."""
    phone = await cast.confirmed("zhaotong_donor")
    first = await cast.bound(phone, "zhaotong_spouse", "12")
    second = await cast.bound(phone, "zhaotong_son", "20")
    return await _evidence(phone, first), await _evidence(phone, second)


def _faults(
    file: EvidenceFile, *, previous: EvidenceFile | None = None, key: str | None = None
) -> list[str]:
    def verify(signature: bytes, data: bytes) -> bool:
        return verify_sm2(signature, data, public_key_pem=key or file.public_key)

    return faults(file, digest=sm3, key_id=key_id, verify=verify, previous=previous)


def _flipped(text: str, position: int) -> str:
    """Base64 with one bit of its bytes flipped."""
    content = bytearray(base64.b64decode(text))
    content[position] ^= 1
    return base64.b64encode(content).decode()


def _rsa_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return public_pem(key)


def _changed(file: EvidenceFile) -> Iterator[tuple[str, EvidenceFile, list[str]]]:
    """One change each, and the words that must name it."""
    text = "本人郑重承诺"
    yield "image", replace(file, signature_image=_flipped(file.signature_image, 900)), [_IMAGE]
    yield "no image", replace(file, signature_image=""), [_IMAGE]
    yield "not base64", replace(file, signature_image="图"), [_IMAGE]
    yield "signature", replace(file, signature=_flipped(file.signature, 20)), [_SIGNATURE]
    yield "no signature", replace(file, signature=""), [_SIGNATURE]
    yield "text", replace(file, pack=file.pack.replace(text, text[:-1])), [_SIGNATURE, _TEXT]
    yield "signer", replace(file, pack=file.pack.replace("测试甲", "测试假")), [_SIGNATURE, _TEXT]
    yield (
        "facts",
        replace(file, pack=file.pack.replace('"sequence":1', '"sequence":3')),
        [_SIGNATURE],
    )
    yield "key id", replace(file, key_id="0" * 16), [_KEY_ID]
    yield "a space", replace(file, pack=file.pack + " "), [_SIGNATURE]
    other_key = Signer(new_sm2_key()).public_key_pem
    yield "key", replace(file, public_key=other_key), [_SIGNATURE, _KEY, _KEY_ID]
    yield "no key", replace(file, public_key="-----"), [_SIGNATURE, _KEY, _KEY_ID]
    yield (
        "spoilt key",
        replace(file, public_key=file.public_key.replace("E", "e")),
        [_SIGNATURE, _KEY, _KEY_ID],
    )
    yield "RSA key", replace(file, public_key=_rsa_key()), [_SIGNATURE, _KEY, _KEY_ID]


async def test_a_signed_commitment_proves_itself(
    signed: tuple[EvidenceFile, EvidenceFile], cast: Cast
) -> None:
    first, second = signed
    assert _faults(first) == []
    assert _faults(second, previous=first, key=cast.world.signer.public_key_pem) == []
    pack = json.loads(first.pack)
    assert pack["server_public_key"] == first.public_key == cast.world.signer.public_key_pem
    assert (pack["signing"]["channel"], pack["signing"]["session_level"]) == ("wechat", 3)
    assert pack["signing"]["clerk_id"] is None
    assert base64.b64decode(first.signature_image).startswith(b"\x89PNG")


async def test_every_change_is_named(signed: tuple[EvidenceFile, EvidenceFile]) -> None:
    file = signed[0]
    for what, changed, words in _changed(file):
        found = _faults(changed)
        assert (what, len(found)) == (what, len(words)), found
        assert all(word in fault for word, fault in zip(words, found, strict=True))
    for position in range(len(base64.b64decode(file.signature))):
        assert _faults(replace(file, signature=_flipped(file.signature, position))) != []
    content = file.pack.encode()
    for position in range(0, len(content), len(content) // 60):
        byte = bytes([content[position] ^ 1])
        pack = (content[:position] + byte + content[position + 1 :]).decode(errors="replace")
        assert any(_SIGNATURE in fault for fault in _faults(replace(file, pack=pack)))


async def test_commitments_of_one_donor_are_chained(
    signed: tuple[EvidenceFile, EvidenceFile],
) -> None:
    first, second = signed
    packs = [json.loads(file.pack) for file in signed]
    assert [pack["sequence"] for pack in packs] == [1, 2]
    assert packs[0]["previous_pack_digest"] == "0" * 64
    assert packs[1]["previous_pack_digest"] == sm3(first.pack.encode()).hex()
    assert packs[0]["donor_id"] == packs[1]["donor_id"]
    assert _CHAIN in _faults(first, previous=second)[0]
    tampered = replace(first, pack=first.pack.replace("测试甲", "测试假"))
    assert _CHAIN in _faults(second, previous=tampered)[0]


async def test_gmssl_verifies_the_signature(signed: tuple[EvidenceFile, EvidenceFile]) -> None:
    file = signed[0]
    body = "".join(line for line in file.public_key.splitlines() if "-----" not in line)
    point = base64.b64decode(body)[-64:].hex()
    r, s = decode_dss_signature(base64.b64decode(file.signature))
    verifier = sm2.CryptSM2(private_key="", public_key=point)
    assert verifier.verify_with_sm3(f"{r:064x}{s:064x}", file.pack.encode())
    assert not verifier.verify_with_sm3(f"{r:064x}{s:064x}", file.pack.encode() + b" ")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl on this machine")
async def test_openssl_verifies_the_signature(
    signed: tuple[EvidenceFile, EvidenceFile], tmp_path: Path
) -> None:
    file = signed[0]
    (tmp_path / "key.pem").write_text(file.public_key)
    (tmp_path / "signature").write_bytes(base64.b64decode(file.signature))
    for content, status in ((file.pack.encode(), 0), (file.pack.encode() + b" ", 1)):
        (tmp_path / "pack").write_bytes(content)
        command = "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -digest sm3 -in pack"
        options = "-sigfile signature -pkeyopt distid:1234567812345678"
        argv = f"{command} {options}".split()
        done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stderr


@pytest.fixture
def folder_of(signed: tuple[EvidenceFile, EvidenceFile], tmp_path: Path) -> Path:
    """Two good files, a spoilt one, and keys."""
    first, second = signed
    spoilt = replace(first, signature_image=_flipped(first.signature_image, 900))
    for name, file in (("first", first), ("second", second), ("spoilt", spoilt)):
        (tmp_path / name).write_bytes(msgspec.json.encode(file))
    (tmp_path / "key").write_text(first.public_key)
    (tmp_path / "stranger").write_text(Signer(new_sm2_key()).public_key_pem)
    (tmp_path / "text").write_text("不是凭证")
    return tmp_path


async def test_the_command_verifies_offline(folder_of: Path) -> None:
    async def verify(name: str) -> tuple[int | None, str]:
        argv = (sys.executable, "-m", "service", "evidence", "verify", str(folder_of / name))
        output = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*argv, stdout=output, stderr=output)
        said, complained = await process.communicate()
        return process.returncode, (said + complained).decode()

    answers = await asyncio.gather(*(verify(name) for name in ("first", "spoilt", "text")))
    assert [status for status, _ in answers] == [0, 1, 1]
    assert "✓ 凭证完整，签名有效" in answers[0][1]
    assert "--public-key" in answers[0][1]
    assert answers[1][1] == "✗ 签名图片与其摘要不符：图片被改动过。\n"
    assert "不是签署凭证文件" in answers[2][1]
    assert "Traceback" not in answers[2][1]


async def test_the_command_takes_a_trusted_key_and_the_file_before(
    folder_of: Path, cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    async def verify(file: str, **options: str) -> int:
        paths = {"public_key": None, "previous": None, "file": file, **options}
        named = {key: name and folder_of / name for key, name in paths.items()}
        return await commands.evidence(cast.world.settings, argparse.Namespace(**named))

    assert await verify("second", previous="first", public_key="key") == 0
    assert "公钥取自凭证本身" not in capsys.readouterr().out
    assert await verify("first", previous="second") == 1
    assert "✗ 与上一份凭证衔接不上" in capsys.readouterr().out
    assert await verify("first", public_key="stranger") == 1
    assert "✗ 服务器签名与内容不符" in capsys.readouterr().out
    assert await verify("first", public_key="text") == 1
    for wrong in ({"file": "nowhere"}, {"file": "first", "public_key": "nowhere"}):
        with pytest.raises(commands.CommandFault, match="No such file"):
            await verify(**wrong)


async def test_evidence_and_audit_are_never_changed_or_deleted(
    signed: tuple[EvidenceFile, EvidenceFile], own_database: str
) -> None:
    columns = (
        *("sequence = 9", "text_digest = 'x'", "image_digest = 'x'", "pack_digest = 'x'"),
        *("previous_digest = 'x'", "signature = 'x'", "key_id = 'x'", "signed_at = now()"),
        *("template_version = 'x'", "id = gen_random_uuid()"),
    )
    refused = [f"UPDATE commitment SET {column} WHERE sequence = 1" for column in columns]
    refused += ["DELETE FROM commitment", "DELETE FROM audit", "UPDATE audit SET act = 'x'"]
    refused += ["UPDATE audit SET detail = '{}'", "TRUNCATE audit", "TRUNCATE commitment"]
    for statement in refused:
        with pytest.raises(asyncpg.PostgresError) as fault:
            await rows(own_database, statement)
        assert (statement, fault.value.sqlstate) == (statement, "GJ001")
    resealed = "UPDATE commitment SET pack_sealed = '\\x01', image_sealed = '\\x01' RETURNING id"
    assert len(await rows(own_database, resealed)) == 2
