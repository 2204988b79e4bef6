"""All sandboxes on one port, one path prefix each, and a page of them and their switches."""

from html import escape
from typing import Annotated, Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from litestar import Litestar, MediaType, Request, Response, get, post
from litestar.params import JSONBody, PathParameter

from service.development import public_pem
from service.gateways.alipay.sandbox import AlipaySandbox, SandboxApp
from service.gateways.platform.population import families, population
from service.gateways.platform.sandbox import PlatformSandbox
from service.gateways.sandbox import Switch, Switches
from service.gateways.tax.sandbox import TaxSandbox
from service.gateways.wechat import WeChatApp
from service.gateways.wechat.sandbox import WeChatSandbox
from service.settings import Settings
from service.world import Clock, platform_config, tax_config, utc_now

FAMILIES = 120
_ABOUT = {
    "wechat": "微信小程序服务端：登录、接口令牌、订阅消息",
    "alipay": "支付宝开放平台网关：登录、身份、模板消息",
    "platform": "医保信息平台：医保码解码、参保信息 1101、亲属关系核验、居民参保缴费状态",
    "tax": "税务：居民医保费代收、查询、退费、回调、日终文件",
}


def create_sandboxes(
    settings: Settings, *, clock: Clock = utc_now, callback_url: str = ""
) -> Litestar:
    """The outside platforms, with a population of their own and our registrations. What the tax
    bureau has collected the insurance platform credits. Callbacks go to `callback_url`, if any."""
    switches: Switches = {name: Switch() for name in _ABOUT}
    wechat = WeChatSandbox(_wechat_apps(settings), switches, clock)
    alipay = AlipaySandbox(
        _alipay_apps(settings),
        private_key=settings.sandbox_alipay_key,
        switches=switches,
        clock=clock,
    )
    platform = PlatformSandbox(
        platform_config(settings),
        people=[*population(), *families(FAMILIES)],
        switches=switches,
        clock=clock,
    )

    tax = _tax(settings, platform, switches, clock, callback_url=callback_url)

    @get("/", media_type=MediaType.HTML)
    async def page(request: Request[Any, Any, Any]) -> str:
        return _page(switches, base=str(request.base_url))

    @get("/_switches")
    async def show() -> Switches:
        return switches

    @post("/_switches/{platform_name:str}", status_code=200)
    async def turn(
        platform_name: Annotated[str, PathParameter()], data: JSONBody[Switch]
    ) -> Response[Switch]:
        if platform_name not in switches:
            return Response(content=data, status_code=404)
        switches[platform_name] = data
        return Response(content=data)

    return Litestar(
        route_handlers=[
            *(page, show, turn),
            *(wechat.router(), alipay.router(), platform.router(), tax.router()),
        ],
        logging_config=None,
        openapi_config=None,
    )


def _tax(
    settings: Settings,
    platform: PlatformSandbox,
    switches: Switches,
    clock: Clock,
    *,
    callback_url: str,
) -> TaxSandbox:
    return TaxSandbox(
        tax_config(settings),
        switches=switches,
        clock=clock,
        on_paid=platform.credit_premium,
        on_refunded=platform.take_back_premium,
        is_credited=platform.is_credited,
        callback_url=callback_url,
    )


def _wechat_apps(settings: Settings) -> list[WeChatApp]:
    return [
        WeChatApp(app_id=app.app_id, secret=app.secret)
        for app in settings.channel_apps
        if app.channel == "wechat"
    ]


def _alipay_apps(settings: Settings) -> list[SandboxApp]:
    return [
        SandboxApp(app_id=app.app_id, public_key=_public_half(app.private_key))
        for app in settings.channel_apps
        if app.channel == "alipay"
    ]


def _public_half(private_pem: str) -> str:
    key = serialization.load_pem_private_key(private_pem.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return public_pem(key)


def _page(switches: Switches, *, base: str) -> str:
    rows = "".join(
        f"<tr><td><code>/{name}</code></td><td>{escape(about)}</td>"
        f"<td>{escape(switches[name].mode)}</td>"
        f"<td><a href='/{name}/_book'>/{name}/_book</a></td></tr>"
        for name, about in _ABOUT.items()
    )
    return f"""<!doctype html><html lang="zh"><meta charset="utf-8"><title>沙箱</title>
<style>body{{font:18px/1.6 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}
td,th{{padding:.3rem .8rem;text-align:left;border-bottom:1px solid #ccc}}</style>
<h1>外部平台沙箱</h1><p>这里是各外部平台的替身：接口格式、签名和错误码依照各平台的公开资料，人员均为虚构。</p>
<table>
<tr><th>路径</th><th>平台</th><th>现在</th><th>账册</th></tr>
{rows}</table>
<h2>开关</h2><p>让一个平台出故障，例如接下来两次请求没有答复：</p>
<pre>curl -X POST {escape(base)}_switches/platform \\
  -H 'content-type: application/json' -d '{{"mode":"lose_answer","times":2}}'</pre>
<p><code>mode</code>：ok 正常 · slow 变慢 · down 停机 · garbage 答非所问 ·
lose_answer 办了但没有答复；<code>delay_seconds</code> 秒数；
<code>times</code> 次数（不写则一直到改回）。现状：<a href="/_switches">/_switches</a></p>
<h2>人员</h2><p><a href="/platform/_people">/platform/_people</a></p></html>"""
