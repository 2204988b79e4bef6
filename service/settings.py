"""Every setting: its environment variable is the field's name in capitals, with the prefix GONGJI_.

`GONGJI_NAME_FILE` may point to a file that holds the value instead, for secrets mounted as files.
Only DATABASE_URL and REDIS_URL are also read without the prefix, as operators expect.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
from msgspec import Meta, Struct

Port = Annotated[int, Meta(ge=1, le=65535)]
Count = Annotated[int, Meta(ge=1)]
Seconds = Annotated[int, Meta(ge=30)]
Wait = Annotated[float, Meta(gt=0, le=60)]
Level = Literal["debug", "info", "warning", "error"]
_PREFIX = "GONGJI_"
_WITHOUT_PREFIX = ("database_url", "redis_url")


class ChannelApp(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One mini-program. WeChat needs `secret`; Alipay `private_key`, `alipay_public_key` (PEM).

    `templates` maps our message kinds to the template ids granted to this app.
    """

    channel: str
    app_id: str
    name: str
    secret: str = ""
    private_key: str = ""
    alipay_public_key: str = ""
    aes_key: str = ""
    templates: Mapping[str, str] = {}

    def __repr__(self) -> str:
        return f"ChannelApp({self.channel}, {self.app_id})"


class Settings(Struct, frozen=True, kw_only=True):
    def __repr__(self) -> str:
        """No values: most of them are secrets, and test reports and traces print objects."""
        return "Settings(...)"

    database_url: Annotated[
        str, Meta(description="PostgreSQL 15-18; empty: `run` starts an embedded one")
    ] = ""
    redis_url: Annotated[
        str,
        Meta(
            description="redis://, rediss://, unix://; redis+sentinel://host:port,…/service/0;"
            " redis+cluster://host:port,…; empty: `run` starts an embedded one"
        ),
    ] = ""
    data_folder: Annotated[
        Path, Meta(description="Where `run` keeps the embedded servers' data and made-up secrets")
    ] = Path(".gongji")
    host: Annotated[str, Meta(description="Address the API listens on")] = "127.0.0.1"
    port: Annotated[Port, Meta(description="Port of the API")] = 8000
    sandbox_port: Annotated[Port, Meta(description="Port of the sandboxes under `run`")] = 8100
    api_workers: Annotated[Count, Meta(description="API processes")] = 1
    forwarded_allow_ips: Annotated[
        str, Meta(description="Proxies whose X-Forwarded-For is believed")
    ] = "127.0.0.1"
    log_level: Annotated[
        str,
        Meta(pattern="^(debug|info|warning|error)$", description="debug, info, warning or error"),
    ] = "info"
    data_keys: Annotated[
        str, Meta(description="Secret. SM4 keys as number:32 hex digits,…; the last seals")
    ] = ""
    index_keys: Annotated[
        str, Meta(description="Secret. SM3-HMAC keys as number:64 hex digits,…")
    ] = ""
    session_key: Annotated[str, Meta(description="Secret. 64 hex digits; makes session tags")] = ""
    evidence_key: Annotated[
        str, Meta(description="Secret. SM2 private key (PEM, PKCS#8) that signs evidence packs")
    ] = ""
    channel_apps: Annotated[
        tuple[ChannelApp, ...], Meta(description="Secret. The mini-programs, as a JSON array")
    ] = ()
    wechat_url: Annotated[str, Meta(description="WeChat server API")] = "https://api.weixin.qq.com"
    alipay_url: Annotated[str, Meta(description="Alipay gateway")] = (
        "https://openapi.alipay.com/gateway.do"
    )
    alipay_check_identity: Annotated[
        bool, Meta(description="Ask Alipay for the certified identity at sign-in")
    ] = True
    platform_url: Annotated[str, Meta(description="Insurance platform exchange (provincial)")] = ""
    platform_paasid: Annotated[str, Meta(description="Our id at the exchange")] = ""
    platform_secret: Annotated[str, Meta(description="Secret. Header signature key")] = ""
    platform_institution: Annotated[
        str, Meta(description="Our 12-character institution code at the platform")
    ] = "G53000000001"
    platform_area: Annotated[str, Meta(description="Area code sent with each call")] = "530000"
    platform_kinship_transaction: Annotated[
        str, Meta(description="Number of the kinship check; no public one exists")
    ] = "9501"
    platform_premium_transaction: Annotated[
        str, Meta(description="Number of the residents' premium query; no public one exists")
    ] = "9502"
    tax_url: Annotated[str, Meta(description="Tax bureau's premium interface (provincial)")] = ""
    tax_app: Annotated[str, Meta(description="Our id at the tax bureau")] = ""
    tax_secret: Annotated[str, Meta(description="Secret. Signs what we send to the tax bureau")] = (
        ""
    )
    tax_callback_secret: Annotated[
        str, Meta(description="Secret. Signs what the tax bureau sends to us")
    ] = ""
    tax_orders_per_second: Annotated[
        Count, Meta(description="Orders sent to the tax bureau by all workers together")
    ] = 500
    premium_lanes: Annotated[
        Count, Meta(description="Chunks of premium orders one worker has under way at once")
    ] = 2
    policy_folder: Annotated[
        str, Meta(description="Further policy files (TOML), read beside those shipped")
    ] = ""
    gateway_timeout_seconds: Annotated[
        Wait, Meta(description="Longest wait for an outside platform")
    ] = 5.0
    session_idle_seconds: Annotated[Seconds, Meta(description="A session ends when unused")] = 7200
    session_absolute_seconds: Annotated[Seconds, Meta(description="A session ends anyway")] = 43200
    confirmed_seconds: Annotated[
        Seconds, Meta(description="How long a step-up (level 3) lasts")
    ] = 600
    sign_ins_per_minute: Annotated[
        int,
        Meta(
            ge=1, description="Sign-ins from one address; thousands may share one behind a carrier"
        ),
    ] = 600
    codes_per_minute: Annotated[
        Count, Meta(description="Sign-ins and e-credential codes of one account or citizen")
    ] = 20
    lookups_per_hour: Annotated[
        Count,
        Meta(description="Checks and applications of one citizen that look up a relative"),
    ] = 20
    clerk_lookups_per_hour: Annotated[Count, Meta(description="The same for one hall clerk")] = 200
    premium_checks_per_hour: Annotated[
        Count,
        Meta(description="How often one citizen asks about premiums, pays one or asks it back"),
    ] = 60
    family_codes_per_hour: Annotated[
        Count, Meta(description="Family codes shown by one citizen")
    ] = 60
    code_use_seconds: Annotated[
        Seconds, Meta(description="How long a scanned family code serves the counter that has it")
    ] = 600
    certificates_per_hour: Annotated[
        Count, Meta(description="Family certificates drawn for one citizen")
    ] = 20
    certificate_checks_per_minute: Annotated[
        Count, Meta(description="Checks of family certificates from one address")
    ] = 600
    public_url: Annotated[
        str,
        Meta(description="Our address as citizens reach it, for QR codes; empty: only the path"),
    ] = ""
    database_pool: Annotated[Count, Meta(description="Connections to PostgreSQL per process")] = 10
    database_statement_cache: Annotated[
        int, Meta(description="Prepared statements per connection; 0 behind PgBouncer")
    ] = 200
    sandbox_alipay_key: Annotated[
        str, Meta(description="Secret. The Alipay sandbox's own private key (PEM)")
    ] = ""


class SettingsFault(Exception):
    """A setting cannot be used: one sentence for the operator."""


def describe(name: str) -> str:
    """What a setting means."""
    hint = get_type_hints(Settings, include_extras=True)[name]
    meta: Meta = hint.__metadata__[-1]
    return meta.description or ""


def is_secret(name: str) -> bool:
    """Whether its value must never be shown. An address may hold a password."""
    return describe(name).startswith("Secret.")


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings of an environment. Raises SettingsFault naming the variable."""
    values: dict[str, Any] = {}
    for name in Settings.__struct_fields__:
        text = _text(name, environment)
        if text is not None:
            values[name] = _decode(name, text)
    try:
        return msgspec.convert(values, Settings, strict=False, dec_hook=_convert)
    except msgspec.ValidationError as fault:
        raise SettingsFault(_sentence(fault)) from None


def _sentence(fault: msgspec.ValidationError) -> str:
    text, _, place = str(fault).partition(" - at `$.")
    return f"a setting is wrong: {_PREFIX}{place.rstrip('`').upper()}: {text}"


def _convert(kind: type, value: object) -> object:
    return kind(value)


def _text(name: str, environment: Mapping[str, str]) -> str | None:
    variable = _PREFIX + name.upper()
    if file := environment.get(f"{variable}_FILE"):
        try:
            return Path(file).read_text().strip()
        except OSError as fault:
            raise SettingsFault(f"{variable}_FILE cannot be read: {fault.strerror}") from None
        except UnicodeDecodeError:
            raise SettingsFault(f"{variable}_FILE is not text") from None
    if name in _WITHOUT_PREFIX and variable not in environment:
        return environment.get(name.upper())
    return environment.get(variable)


def _decode(name: str, text: str) -> Any:
    if name != "channel_apps":
        return text
    try:
        return msgspec.json.decode(text, type=tuple[ChannelApp, ...])
    except (msgspec.DecodeError, msgspec.ValidationError):
        raise SettingsFault(f"{_PREFIX}CHANNEL_APPS is not a JSON array of apps") from None
