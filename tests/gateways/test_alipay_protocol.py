"""Alipay's protocol itself: the stand-in's gateway, notifications, and an SDK others wrote."""

import asyncio

import alipay
import pytest

from service.gateways import Channel
from service.gateways.alipay import wire
from service.gateways.alipay.exact import members_of
from tests.gateways.alipay_platform import AES_APP, NAME, PLAIN_APP, Platform, signed_in

pytest_plugins = ["tests.gateways.alipay_platform"]


class TestTheGateway:
    async def test_what_it_finds_wrong(self, alipay_platform: Platform) -> None:
        for parameters, node, sub_code in [
            ({"method": "alipay.trade.pay"}, "error_response", "isv.invalid-method"),
            (
                {"timestamp": "yesterday"},
                "alipay_user_info_share_response",
                "isv.invalid-timestamp",
            ),
            ({"version": ""}, "alipay_user_info_share_response", "isv.missing-version"),
            ({"sign_type": "RSA"}, "alipay_user_info_share_response", "isv.invalid-signature-type"),
            ({"encrypt_type": "AES"}, "alipay_user_info_share_response", "isv.missing-encrypt-key"),
            ({}, "alipay_user_info_share_response", "aop.invalid-auth-token"),
            ({"method": wire.OAUTH_TOKEN}, "error_response", "isv.grant-type-invalid"),
        ]:
            answer = await alipay_platform.call(**{"method": wire.USER_INFO_SHARE, **parameters})
            assert answer[node]["sub_code"] == sub_code

    async def test_an_encrypted_answer_is_signed_with_its_quotes(
        self, alipay_platform: Platform
    ) -> None:
        content = wire.encrypt('{"open_id":"nobody"}', aes_key=alipay_platform.aes_key)
        parameters = {"app_id": AES_APP, "encrypt_type": "AES", "biz_content": content}
        answer = await alipay_platform.call(wire.MEDICAL_CARD_QUERY, **parameters)
        sealed = str(answer["alipay_commerce_medical_card_query_response"])
        key = wire.public_key(alipay_platform.theirs.public)
        assert wire.is_signed(f'"{sealed}"', signature=str(answer["sign"]), key=key)
        assert "USER_INFO_NOT_EXIST" in wire.opened(f'"{sealed}"', aes_key=alipay_platform.aes_key)

    def test_the_exact_text_is_taken(self) -> None:
        body = '{ "a_response" : {"b":"\\/","sign":"x"} , "sign":"y"}\n'
        assert members_of(body)["a_response"] == '{"b":"\\/","sign":"x"}'
        for broken in ("", "{}", "[]", '{"a":1,"a":1}', "{1:1}", '{"a":1', '{"a":1} x'):
            with pytest.raises(ValueError, match="the answer"):
                members_of(broken)


class TestNotifications:
    def form(self, alipay_platform: Platform) -> dict[str, str]:
        fields = {"msg_method": "alipay.open.app.message", "note": NAME, "empty": ""}
        return alipay_platform.sandbox.signed_notify(fields, app_id=PLAIN_APP)

    def test_genuine(self, alipay_platform: Platform) -> None:
        key = wire.public_key(alipay_platform.theirs.public)
        assert wire.notify_is_signed(self.form(alipay_platform), key=key)

    def test_tampered(self, alipay_platform: Platform) -> None:
        key = wire.public_key(alipay_platform.theirs.public)
        form = self.form(alipay_platform)
        assert not wire.notify_is_signed(form | {"note": "别人"}, key=key)
        assert not wire.notify_is_signed(form | {"sign": "x"}, key=key)
        assert not wire.notify_is_signed(form | {"sign_type": "RSA"}, key=key)
        assert not wire.notify_is_signed({k: v for k, v in form.items() if v}, key=key)
        assert not wire.notify_is_signed(form, key=wire.public_key(alipay_platform.ours.public))


class TestPythonAlipaySdk:
    """An SDK that others wrote, talking to the stand-in."""

    def client(self, alipay_platform: Platform) -> alipay.AliPay:
        client = alipay.AliPay(
            appid=PLAIN_APP,
            app_private_key_string=alipay_platform.ours.private,
            alipay_public_key_string=alipay_platform.theirs.public,
        )
        client._gateway = alipay_platform.gateway_url
        return client

    async def test_it_calls_and_verifies(
        self, alipay_gateway: Channel, alipay_platform: Platform
    ) -> None:
        client = self.client(alipay_platform)
        subject = await signed_in(alipay_gateway, alipay_platform)
        answer = await asyncio.to_thread(
            client.server_api, wire.MEDICAL_CARD_QUERY, {"open_id": subject}
        )
        assert answer["code"] == "10000"
        assert answer["open_id"] == subject

    async def test_it_is_told_of_a_used_code(self, alipay_platform: Platform) -> None:
        client = self.client(alipay_platform)
        with pytest.raises(alipay.exceptions.AliPayException, match=r"isv\.code-invalid"):
            await asyncio.to_thread(
                client.server_api,
                wire.OAUTH_TOKEN,
                grant_type="authorization_code",
                code="never-given",
            )

    def test_it_verifies_a_notification(self, alipay_platform: Platform) -> None:
        client = self.client(alipay_platform)
        form = alipay_platform.sandbox.signed_notify({"note": NAME}, app_id=PLAIN_APP)
        signature = form.pop("sign")
        assert client.verify(dict(form), signature)
        assert not client.verify(form | {"note": "别人"}, signature)
