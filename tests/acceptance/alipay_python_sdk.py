"""Run by `alipay_sdks` with the official Python SDK on its path; the task comes on stdin."""

import json
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

API = "alipay.aop.api"


class Sdk:
    """The SDK's client, set up for the task."""

    def __init__(self, task: dict[str, Any]) -> None:
        config = self.made("AlipayClientConfig")
        config.server_url = task["gateway"]
        config.app_id = task["app_id"]
        config.app_private_key = task["private_key"]
        config.alipay_public_key = task["alipay_public_key"]
        self._client = self.made("DefaultAlipayClient", config)

    def made(self, name: str, *arguments: object, package: str = "") -> Any:
        module = import_module(".".join(part for part in (API, package, name) if part))
        return getattr(module, name)(*arguments)

    def called(self, name: str, **parameters: str) -> Any:
        request = self.made(f"{name}Request", package="request")
        for parameter, value in parameters.items():
            request.add_other_text_param(parameter, value)
        answer = self.made(f"{name}Response", package="response")
        answer.parse_response_content(self._client.execute(request))
        return answer

    def notify_is_signed(self, form: dict[str, str], *, key: str) -> bool:
        signatures = import_module(f"{API}.util.SignatureUtils")
        fields = {k: v for k, v in form.items() if k not in ("sign", "sign_type")}
        content = signatures.get_sign_content(fields).encode()
        try:
            return bool(signatures.verify_with_rsa(key, content, form["sign"]))
        except import_module("rsa").VerificationError:
            return False


class Checks:
    """Each method is a check, run in this order."""

    def __init__(self, task: dict[str, Any]) -> None:
        self._task = task
        self._sdk = Sdk(task)
        self._access_token = ""

    def oauth_token(self) -> bool:
        answer = self._token()
        self._access_token = answer.access_token
        return bool(answer.is_success() and answer.open_id == self._task["open_id"])

    def used_code(self) -> bool:
        return bool(self._token().sub_code == "isv.code-invalid")

    def user_info_share(self) -> bool:
        user = self._sdk.called("AlipayUserInfoShare", auth_token=self._access_token)
        return (user.user_name, user.cert_no) == (self._task["name"], self._task["id_number"])

    def template_message(self) -> bool:
        first, second = self._message(), self._message()
        return bool(first.is_success() and second.sub_code == "USER_NOT_SUBSCRIBE")

    def medical_card(self) -> bool:
        content = json.dumps({"open_id": self._task["open_id"], "card_org_no": "530100"})
        card = self._sdk.called("AlipayCommerceMedicalCardQuery", biz_content=content)
        return bool(card.medical_card_no and card.card_org_no == "530100")

    def notify(self) -> bool:
        form, key = self._task["notify"], self._task["alipay_public_key"]
        genuine = self._sdk.notify_is_signed(form, key=key)
        return genuine and not self._sdk.notify_is_signed(form | {"note": "tampered"}, key=key)

    def _token(self) -> Any:
        grant = {"grant_type": "authorization_code", "code": self._task["auth_code"]}
        return self._sdk.called("AlipaySystemOauthToken", **grant)

    def _message(self) -> Any:
        content = {
            "to_open_id": self._task["open_id"],
            "user_template_id": self._task["template_id"],
            "page": "pages/index/index",
            "data": json.dumps({"keyword1": {"value": "共济/支付"}}, ensure_ascii=False),
        }
        text = json.dumps(content, ensure_ascii=False)
        return self._sdk.called("AlipayOpenAppMiniTemplatemessageSend", biz_content=text)


def main() -> int:
    checks = Checks(json.load(sys.stdin))
    outcomes = [
        _passes(checks.oauth_token),
        _passes(checks.used_code),
        _passes(checks.user_info_share),
        _passes(checks.template_message),
        _passes(checks.medical_card),
        _passes(checks.notify),
    ]
    return 0 if all(outcomes) else 1


def _passes(check: Callable[[], bool]) -> bool:
    try:
        outcome = "ok" if check() else "FAILED"
    except Exception as error:
        outcome = f"FAILED: {error!r}"
    print(f"python {check.__name__}: {outcome}", flush=True)  # noqa: T201
    return outcome == "ok"


if __name__ == "__main__":
    sys.exit(main())
