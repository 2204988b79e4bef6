"""What each command does.

Imports stand inside the commands: `run` starts several of them at once, and none should wait for
what only another needs.
"""

import argparse
from pathlib import Path

import msgspec

from service.console import say
from service.domain.evidence import EvidenceFile, faults
from service.settings import Settings

_FILE_BYTES_MAX = 8 * 1024 * 1024
_LIST_BYTES_MAX = 512 * 1024 * 1024


class CommandFault(Exception):
    """Why a command cannot do it, in one sentence."""


async def run(settings: Settings, _: argparse.Namespace) -> int:
    from service import supervisor

    return await supervisor.run(settings)


async def serve(settings: Settings, arguments: argparse.Namespace) -> int:
    from service.serve import serve as serve_one
    from service.serve import serve_many

    if settings.api_workers > 1 and not arguments.in_process:
        return await serve_many(settings)
    await serve_one(settings)
    return 0


async def work(settings: Settings, _: argparse.Namespace) -> int:
    from service.serve_jobs import serve_jobs

    await serve_jobs(settings)
    return 0


async def sandbox(settings: Settings, _: argparse.Namespace) -> int:
    from service.serve_sandboxes import serve_sandboxes

    await serve_sandboxes(settings)
    return 0


async def migrate(settings: Settings, _: argparse.Namespace) -> int:
    from service.migrations import migrate as apply_migrations

    applied = await apply_migrations(settings.database_url)
    say("\n".join(f"applied {name}" for name in applied) or "nothing to apply")
    return 0


async def check(settings: Settings, _: argparse.Namespace) -> int:
    from service.world import open_world

    async with open_world(settings) as world:
        await world.database.ping()
        await world.sessions.ping()
        say(f"{len(world.policies.files)} policy files, evidence key {world.signer.key_id}")
    say("settings, keys, policies, PostgreSQL and Redis are in order")
    return 0


async def demo(settings: Settings, arguments: argparse.Namespace) -> int:
    from service.demo import play

    api = arguments.api or f"http://{settings.host}:{settings.port}"
    sandboxes = arguments.sandboxes or f"http://127.0.0.1:{settings.sandbox_port}"
    counters = arguments.counters or settings.data_folder / "counters.txt"
    return await play(api=api, sandboxes=sandboxes, counters=counters)


async def rotate(settings: Settings, _: argparse.Namespace) -> int:
    from service.flows.rotate_keys import rotate_keys
    from service.world import open_world

    def progress(table: str, rows: int) -> None:
        say(f"{table}: {rows}")

    async with open_world(settings) as world:
        total = await rotate_keys(world, progress=progress)
    say(f"{total} rows sealed anew; two days from now the older keys can be removed")
    return 0


async def new_clerk(settings: Settings, arguments: argparse.Namespace) -> int:
    from service.flows.add_clerk import add_clerk
    from service.world import open_world

    async with open_world(settings) as world:
        if not world.policies.serves(arguments.area):
            raise CommandFault(f"No policy covers the area {arguments.area}.")
        clerk = await add_clerk(world, arguments.login, roles=arguments.role, area=arguments.area)
    if clerk is None:
        raise CommandFault(f"The login {arguments.login} is taken.")
    say(f"password     {clerk.password}\ntotp secret  {clerk.totp_secret}")
    return 0


async def end_clerk(settings: Settings, arguments: argparse.Namespace) -> int:
    from service.flows.disable_clerk import disable_clerk
    from service.world import open_world

    async with open_world(settings) as world:
        if not await disable_clerk(world, arguments.login):
            raise CommandFault(f"There is no clerk {arguments.login} to disable.")
    say(f"{arguments.login} is disabled and signed out everywhere")
    return 0


async def load_credits(settings: Settings, arguments: argparse.Namespace) -> int:
    from service.credit_files import DiskFile
    from service.domain.credit_file import CreditFileFault
    from service.flows.credit_accounts import credit_accounts
    from service.world import open_world

    try:
        file = DiskFile(arguments.file)
    except OSError as fault:
        raise CommandFault(f"{arguments.file}: {fault.strerror}") from None
    async with open_world(settings) as world:
        try:
            done = await credit_accounts(world, file, report=file.show)
        except CreditFileFault as fault:
            raise CommandFault(str(fault)) from None
    for bad in done.bad:
        say(f"line {bad.line}: {bad.sentence}")
    say(f"posted {done.posted}, already {done.already}, bad {len(done.bad)}")
    return 1 if done.bad else 0


async def institutions(settings: Settings, arguments: argparse.Namespace) -> int:
    from service.flows.load_institutions import load_institutions
    from service.world import open_world

    content = _read(arguments.file, what="机构名单", bytes_max=_LIST_BYTES_MAX)

    def progress(stored: int, total: int) -> None:
        if stored < total:
            say(f"{stored} of {total} stored")

    async with open_world(settings) as world:
        loaded = await load_institutions(world, content, progress=progress)
    for fault in loaded.faults:
        say(f"line {fault.line}: {fault.message}")
    say(f"{loaded.stored} institutions stored, {len(loaded.faults)} lines refused")
    return 1 if loaded.faults else 0


async def counter_key(settings: Settings, arguments: argparse.Namespace) -> int:
    from service.flows.make_counter_key import make_counter_key
    from service.flows.revoke_counter_keys import revoke_counter_keys
    from service.world import open_world

    async with open_world(settings) as world:
        if arguments.revoke:
            revoked = await revoke_counter_keys(world, arguments.code)
            if not revoked:
                raise CommandFault(f"There is no live key of {arguments.code} to revoke.")
            say(f"keys of {arguments.code} revoked: {revoked}")
            return 0
        key = await make_counter_key(world, arguments.code)
    if key is None:
        raise CommandFault(f"There is no institution {arguments.code}.")
    say(f"key id  {key.key_id}\nsecret  {key.secret}")
    return 0


async def check_evidence(settings: Settings, _: argparse.Namespace) -> int:
    from service.flows.verify_evidence import verify_evidence
    from service.world import open_world

    async with open_world(settings) as world:
        found = await verify_evidence(world, report=say)
    say(f"{found} faults in the evidence")
    return 1 if found else 0


async def evidence(_: Settings, arguments: argparse.Namespace) -> int:
    """Needs no service, no database and no network."""
    from service.crypto import key_id, sm3, verify_sm2

    file = _read_evidence(arguments.file)
    previous = _read_evidence(arguments.previous) if arguments.previous else None
    trusted = file.public_key
    if arguments.public_key:
        trusted = _read(arguments.public_key).decode(errors="replace")

    def verify(signature: bytes, data: bytes) -> bool:
        return verify_sm2(signature, data, public_key_pem=trusted)

    found = faults(file, digest=sm3, verify=verify, key_id=key_id, previous=previous)
    for fault in found:
        say(f"✗ {fault}")
    if not found:
        say(f"✓ 凭证完整，签名有效。服务器公钥编号 {key_id(trusted)}")
        if not arguments.public_key:
            say("  公钥取自凭证本身；请与经办机构公布的公钥编号核对，或用 --public-key 指定。")
    return 1 if found else 0


def _read_evidence(path: Path) -> EvidenceFile:
    try:
        return msgspec.json.decode(_read(path), type=EvidenceFile)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError):
        raise CommandFault(f"{path} 不是签署凭证文件：内容不完整或被改动过。") from None


def _read(path: Path, *, what: str = "签署凭证文件", bytes_max: int = _FILE_BYTES_MAX) -> bytes:
    try:
        if not path.is_file() and path.exists():
            raise CommandFault(f"{path} 不是普通文件。")
        if path.stat().st_size > bytes_max:
            raise CommandFault(f"{path} 太大，不是{what}。")
        return path.read_bytes()
    except OSError as fault:
        raise CommandFault(f"{path}: {fault.strerror}") from None
