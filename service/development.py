"""What `run` makes up on a machine without settings: keys, mini-program registrations, addresses.

Kept in the data folder, readable by its owner only, so that sealed data still opens tomorrow.
Never used by `serve` or `work`, which take every secret from the environment.
"""

import os
import secrets
import shlex
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from msgspec import Struct, field
from msgspec.structs import replace

from service.crypto import new_sm2_key
from service.development_policies import write_policies
from service.domain.calendar import business_date
from service.settings import ChannelApp, Settings, SettingsFault

TEMPLATES = {
    "binding_active": "TEMPLATE-BINDING-ACTIVE",
    "binding_ended": "TEMPLATE-BINDING-ENDED",
    "binding_rejected": "TEMPLATE-BINDING-REJECTED",
    "money_used": "TEMPLATE-MONEY-USED",
    "money_returned": "TEMPLATE-MONEY-RETURNED",
    "premium_paid": "TEMPLATE-PREMIUM-PAID",
    "premium_credited": "TEMPLATE-PREMIUM-CREDITED",
    "premium_declined": "TEMPLATE-PREMIUM-DECLINED",
    "premium_not_needed": "TEMPLATE-PREMIUM-NOT-NEEDED",
    "premium_short": "TEMPLATE-PREMIUM-SHORT",
    "premium_waiting": "TEMPLATE-PREMIUM-WAITING",
    "premium_planned": "TEMPLATE-PREMIUM-PLANNED",
    "premium_refunded": "TEMPLATE-PREMIUM-REFUNDED",
    "premium_kept": "TEMPLATE-PREMIUM-KEPT",
}
YUNNAN_WECHAT, SHAANXI_WECHAT = "wx5300000000000000", "wx6100000000000000"
YUNNAN_ALIPAY, SHAANXI_ALIPAY = "2021005300000000", "2021006100000000"


class MadeUp(Struct, frozen=True, kw_only=True):
    """The made-up secrets; field names are those of the settings. A default is made for a folder
    of before there was such a setting."""

    data_keys: str
    index_keys: str
    session_key: str
    evidence_key: str
    platform_secret: str
    sandbox_alipay_key: str
    channel_apps: tuple[ChannelApp, ...]
    tax_secret: str = field(default_factory=lambda: secrets.token_hex(24))
    tax_callback_secret: str = field(default_factory=lambda: secrets.token_hex(24))

    def __repr__(self) -> str:
        return "MadeUp(...)"


def complete(settings: Settings) -> Settings:
    """The settings with everything missing filled in, pointing at the sandboxes."""
    made_up = _load(settings.data_folder / "secrets.json")
    missing = {
        name: getattr(made_up, name)
        for name in MadeUp.__struct_fields__
        if not getattr(settings, name)
    }
    sandboxes = f"http://127.0.0.1:{settings.sandbox_port}"
    if "channel_apps" in missing:
        missing["wechat_url"] = f"{sandboxes}/wechat"
        missing["alipay_url"] = f"{sandboxes}/alipay/gateway.do"
    if not settings.platform_url:
        missing["platform_url"] = f"{sandboxes}/platform"
        missing["platform_paasid"] = "gongji"
    if not settings.tax_url:
        missing["tax_url"] = f"{sandboxes}/tax"
        missing["tax_app"] = "gongji"
    if not settings.policy_folder:
        today = business_date(datetime.now(UTC))
        missing["policy_folder"] = str(
            write_policies((settings.data_folder / "policies").resolve(), today=today)
        )
    return replace(settings, **missing)


def environment(settings: Settings) -> dict[str, str]:
    """The settings as variables for the other processes of `run`."""
    return {
        f"GONGJI_{name.upper()}": _text(getattr(settings, name))
        for name in Settings.__struct_fields__
    }


def write_environment(path: Path, settings: Settings) -> None:
    """The same for a shell: `. .gongji/environment`, and every other command works beside `run`."""
    lines = (
        f"export {name}={shlex.quote(value)}\n" for name, value in environment(settings).items()
    )
    _write(path, "".join(lines).encode())


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return msgspec.json.encode(value).decode()
    return str(value).lower() if isinstance(value, bool) else str(value)


def _load(path: Path) -> MadeUp:
    if path.exists():
        try:
            made_up = msgspec.json.decode(path.read_bytes(), type=MadeUp)
            apps = (replace(app, templates=TEMPLATES) for app in made_up.channel_apps)
            return replace(made_up, channel_apps=tuple(apps))
        except (msgspec.DecodeError, msgspec.ValidationError):
            raise SettingsFault(
                f"{path} is damaged; without it the data beside it cannot be opened: restore it,"
                " or remove the whole folder to begin anew."
            ) from None
    made_up = make_up()
    _write(path, msgspec.json.encode(made_up))
    return made_up


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, for the owner only."""
    temporary = path.with_suffix(".tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    temporary.rename(path)


def make_up() -> MadeUp:
    """Fresh secrets and four registered mini-programs."""
    alipay = _rsa_key()
    return MadeUp(
        data_keys=f"1:{secrets.token_hex(16)}",
        index_keys=f"1:{secrets.token_hex(32)}",
        session_key=secrets.token_hex(32),
        evidence_key=new_sm2_key(),
        platform_secret=secrets.token_hex(16),
        sandbox_alipay_key=_private_pem(alipay),
        channel_apps=(
            _wechat_app(YUNNAN_WECHAT, "云南医保"),
            _wechat_app(SHAANXI_WECHAT, "陕西医保"),
            _alipay_app(YUNNAN_ALIPAY, "云南医保", alipay),
            _alipay_app(SHAANXI_ALIPAY, "陕西医保", alipay),
        ),
    )


def _wechat_app(app_id: str, name: str) -> ChannelApp:
    return ChannelApp(
        channel="wechat",
        app_id=app_id,
        name=name,
        secret=secrets.token_hex(16),
        templates=TEMPLATES,
    )


def _alipay_app(app_id: str, name: str, alipay: rsa.RSAPrivateKey) -> ChannelApp:
    return ChannelApp(
        channel="alipay",
        app_id=app_id,
        name=name,
        private_key=_private_pem(_rsa_key()),
        alipay_public_key=public_pem(alipay),
        templates=TEMPLATES,
    )


def _rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _private_pem(key: rsa.RSAPrivateKey) -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption()).decode()


def public_pem(key: rsa.RSAPrivateKey) -> str:
    """The public half as PEM."""
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(encoding, form).decode()
