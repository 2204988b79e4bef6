"""The API description (OpenAPI 3.1) and its page, which works without the internet."""

import importlib.util
from pathlib import Path
from typing import Any

from litestar import Litestar, Router
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, SwaggerRenderPlugin
from litestar.openapi.spec import Components, OpenAPI, OpenAPIResponse, SecurityScheme
from litestar.static_files import create_static_files_router
from msgspec import Struct

from service.handlers.access import PUBLIC

_ASSETS = "/docs-assets"

_RELATIVE = {"name": "测试乙", "id_number": "530602197809030126", "relation": "12"}
_EXAMPLES: dict[str, dict[str, Any]] = {
    "SignIn": {"channel": "wechat", "code": "0a1Bcd000xyz"},
    "CredentialCode": {"credential_code": "CRED-0001"},
    "ApplicationBody": {
        "beneficiary": {**_RELATIVE, "phone": "13800000000"},
        "rank": 1,
        "limits": {"year_fen": 300000, "use_fen": 50000},
    },
    "ChangesBody": {"rank": 2, "limits": {"total_fen": 500000}},
    "DelegateBody": {"name": "测试丁", "id_number": "53060219990621011X"},
    "HallApplication": {
        "donor": {"name": "测试甲", "id_number": "53060219760412011X", "identity_checked": True},
        "beneficiary": _RELATIVE,
    },
    "ClerkSignIn": {"login": "intake-530600", "password": "……", "one_time_code": "123456"},
    "Decision": {"decision": "approve", "reason": "documents_prove_kinship"},
}

_ABOUT = """职工医保个人账户家庭共济：申请、承诺书、查询。

* 金额是整数，单位分；时间是北京时间（+08:00）。
* 登录后每次请求带 `Authorization: Bearer 令牌`；级别升高时换发新令牌。
* 会产生办理的 POST 都带 `Idempotency-Key`：没有收到答复时，用同一个编号重试，不会重复办理。
* 所有“不行”都是 `application/problem+json`：稳定的 `code`、一句话说明、依据、下一步和热线。
"""


def configuration() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="共济 Gongji",
        version="1.0.0",
        description=_ABOUT,
        openapi_router=Router("/docs", route_handlers=[], opt=PUBLIC, include_in_schema=False),
        render_plugins=[
            SwaggerRenderPlugin(
                path="/",
                js_url=f"{_ASSETS}/swagger-ui-bundle.js",
                css_url=f"{_ASSETS}/swagger-ui.css",
                standalone_preset_js_url=f"{_ASSETS}/swagger-ui-standalone-preset.js",
                favicon=f"<link rel='icon' type='image/png' href='{_ASSETS}/favicon-32x32.png'>",
            ),
            JsonRenderPlugin(path="/openapi.json"),
        ],
        components=Components(
            security_schemes={
                "session": SecurityScheme(type="http", scheme="bearer", description="会话令牌"),
                "counter": SecurityScheme(
                    type="apiKey",
                    name="x-tif-signature",
                    security_scheme_in="header",
                    description="机构签名，另有 x-tif-paasid、x-tif-timestamp、x-tif-nonce",
                ),
            }
        ),
        security=[{"session": []}],
    )


def assets() -> Router:
    """The page's own files, from the installed package (found, not imported: it patches others)."""
    spec = importlib.util.find_spec("swagger_ui")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0]) / "static"
    return create_static_files_router(
        path=_ASSETS, directories=[folder], opt=PUBLIC, include_in_schema=False
    )


def complete(app: Litestar) -> None:
    """Add what is not generated: bodies refuse unknown fields, have examples, and success is
    told in Chinese."""
    schema: OpenAPI = app.openapi_schema
    assert schema.components is not None
    strict = {kind.__name__ for kind in _strict_structs(Struct)}
    for name, component in schema.components.schemas.items():
        if name in strict:
            component.additional_properties = False
        if name in _EXAMPLES:
            component.examples = [_EXAMPLES[name]]
    for path in (schema.paths or {}).values():
        for operation in filter(None, (path.get, path.post)):
            for status, response in (operation.responses or {}).items():
                if status.startswith("2") and isinstance(response, OpenAPIResponse):
                    response.description = f"{operation.summary}：成功"


def _strict_structs(base: type[Struct]) -> list[type[Struct]]:
    found = []
    for kind in base.__subclasses__():
        if kind.__struct_config__.forbid_unknown_fields:
            found.append(kind)
        found.extend(_strict_structs(kind))
    return found
