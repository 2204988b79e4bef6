"""The World: everything a flow may touch. Opened once per process, closed with it."""

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import uuid_utils.compat

from service.counters import Counter, Counters
from service.crypto import Signer, Vault, read_key, read_keys
from service.database import Database
from service.domain.commitment import Template
from service.domain.policy import Policies, PolicyFault
from service.family_codes import FamilyCodes
from service.gateways import Channel
from service.gateways.alipay import AlipayApp, AlipayGateway
from service.gateways.platform import Platform, PlatformConfig, PlatformGateway
from service.gateways.tax import Tax, TaxConfig, TaxGateway
from service.gateways.wechat import WeChatApp, WeChatGateway
from service.limits import Limits
from service.merging import Merger
from service.pace import Pace
from service.personal import counter_secret_purpose
from service.redis_clients import AsyncRedis, async_client, sync_client
from service.redis_together import RedisTogether
from service.sessions import Sessions
from service.settings import ChannelApp, Settings, SettingsFault
from service.store import counter_keys, institutions

Clock = Callable[[], datetime]
_DOMAIN = Path(__file__).parent / "domain"


@dataclass(frozen=True, kw_only=True)
class World:
    """`clock` answers the present instant, aware; `new_id` a fresh UUIDv7."""

    settings: Settings
    clock: Clock
    database: Database
    sessions: Sessions
    limits: Limits
    family_codes: FamilyCodes
    counters: Counters
    settlements: Merger[Any, Any]
    vault: Vault
    signer: Signer
    policies: Policies
    templates: Mapping[str, Template]
    platform: Platform
    tax: Tax
    pace: Pace
    channels: Mapping[str, Channel]
    apps: Mapping[tuple[str, str], ChannelApp]

    @staticmethod
    def new_id() -> UUID:
        """Time-ordered, made by us: no table needs a serial."""
        return uuid_utils.compat.uuid7()


def utc_now() -> datetime:
    return datetime.now(UTC)


def read_policies(further: str = "") -> Policies:
    """The shipped policy files, and those of a further folder. Raises PolicyFault."""
    folders = [_DOMAIN / "policies", *([Path(further)] if further else [])]
    if not all(folder.is_dir() for folder in folders):
        raise PolicyFault(f"there is no folder {further}")
    files = [path for folder in folders for path in sorted(folder.glob("*.toml"))]
    names = [path.name for path in files]
    if twice := {name for name in names if names.count(name) > 1}:
        raise PolicyFault(
            f"{sorted(twice)} is there twice, in {' and in '.join(map(str, folders))}"
        )
    try:
        return Policies.read({path.name: path.read_text() for path in files})
    except (OSError, UnicodeDecodeError) as fault:
        raise PolicyFault(f"a policy file cannot be read: {fault}") from None


def read_templates(folder: Path = _DOMAIN / "texts") -> dict[str, Template]:
    """Notice and commitment by version."""
    versions = {path.name.split(".")[0] for path in folder.glob("*.txt")}
    return {
        version: Template(
            version=version,
            notice=(folder / f"{version}.notice.txt").read_text(),
            commitment=(folder / f"{version}.commitment.txt").read_text(),
        )
        for version in versions
    }


@contextlib.asynccontextmanager
async def open_world(settings: Settings, *, clock: Clock = utc_now) -> AsyncIterator[World]:
    """Connect to everything. Raises CryptoFault, PolicyFault, DatabaseAway and the like early."""
    _check_addresses(settings)
    policies, templates = read_policies(settings.policy_folder), read_templates()
    vault = Vault(
        read_keys(settings.data_keys, length=16), read_keys(settings.index_keys, length=32)
    )
    signer = Signer(settings.evidence_key)
    session_key = read_key(settings.session_key, length=32)
    redis, token_store = async_client(settings.redis_url), sync_client(settings.redis_url)
    longest = settings.gateway_timeout_seconds
    platform = PlatformGateway(platform_config(settings), timeout=longest, clock=clock)
    tax = TaxGateway(tax_config(settings), timeout=longest, clock=clock)
    wechat, alipay = _wechat(settings, token_store), _alipay(settings)
    together = RedisTogether(redis)
    database = await Database.open(
        settings.database_url,
        size=settings.database_pool,
        statement_cache=settings.database_statement_cache,
    )
    try:
        yield World(
            settings=settings,
            clock=clock,
            database=database,
            sessions=_sessions(settings, redis, session_key, clock),
            limits=Limits(redis, key=session_key),
            family_codes=FamilyCodes(
                together, key=session_key, use=timedelta(seconds=settings.code_use_seconds)
            ),
            counters=Counters(together, partial(known_counter, database, vault)),
            settlements=Merger(),
            vault=vault,
            signer=signer,
            policies=policies,
            templates=templates,
            platform=platform,
            tax=tax,
            pace=Pace(redis, per_second=settings.tax_orders_per_second),
            channels={"wechat": wechat, "alipay": alipay},
            apps={(app.channel, app.app_id): app for app in settings.channel_apps},
        )
    finally:
        await platform.close()
        await tax.close()
        await alipay.close()
        wechat.close()
        await database.close()
        await redis.aclose()
        token_store.close()


def _check_addresses(settings: Settings) -> None:
    for name in ("database_url", "redis_url"):
        if not getattr(settings, name):
            raise SettingsFault(f"{name.upper()} is not set; beside `run` see .gongji/environment")


def _sessions(settings: Settings, redis: AsyncRedis, key: bytes, clock: Clock) -> Sessions:
    return Sessions(
        redis,
        key=key,
        clock=clock,
        idle=timedelta(seconds=settings.session_idle_seconds),
        absolute=timedelta(seconds=settings.session_absolute_seconds),
        confirmed=timedelta(seconds=settings.confirmed_seconds),
    )


async def known_counter(database: Database, vault: Vault, code: str) -> Counter | None:
    """The institution of this code with its live secrets, as the books have them."""
    async with database.read() as tx:
        institution = await institutions.get(tx, code=code)
        keys = await counter_keys.of_institution(tx, institution_code=code)
    if institution is None:
        return None
    opened = (
        vault.open_text(k.secret_sealed, purpose=counter_secret_purpose(k.key_id)) for k in keys
    )
    return Counter(institution=institution, keys=tuple(opened))


def platform_config(settings: Settings) -> PlatformConfig:
    return PlatformConfig(
        base_url=settings.platform_url,
        paasid=settings.platform_paasid,
        secret=settings.platform_secret,
        institution_code=settings.platform_institution,
        institution_name="家庭共济平台",
        area=settings.platform_area,
        operator="GONGJI",
        kinship_infno=settings.platform_kinship_transaction,
        premium_infno=settings.platform_premium_transaction,
    )


def tax_config(settings: Settings) -> TaxConfig:
    return TaxConfig(
        base_url=settings.tax_url,
        app=settings.tax_app,
        secret=settings.tax_secret,
        callback_secret=settings.tax_callback_secret,
    )


def _wechat(settings: Settings, token_store: Any) -> WeChatGateway:
    longest = settings.gateway_timeout_seconds
    return WeChatGateway(
        [WeChatApp(app_id=a.app_id, secret=a.secret) for a in _apps(settings, "wechat")],
        base=settings.wechat_url,
        token_store=token_store,
        timeout=(min(2.0, longest), longest),
    )


def _alipay(settings: Settings) -> AlipayGateway:
    return AlipayGateway(
        [
            AlipayApp(
                app_id=a.app_id,
                private_key=a.private_key,
                alipay_public_key=a.alipay_public_key,
                aes_key=a.aes_key or None,
            )
            for a in _apps(settings, "alipay")
        ],
        gateway=settings.alipay_url,
        timeout=settings.gateway_timeout_seconds,
        check_identity=settings.alipay_check_identity,
    )


def _apps(settings: Settings, channel: str) -> list[ChannelApp]:
    return [app for app in settings.channel_apps if app.channel == channel]
