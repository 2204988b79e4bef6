"""Sign-in and messages through Alipay's protocol."""

from datetime import timedelta

import msgspec
import pytest

from service.gateways import CertifiedIdentity, Channel, ChannelUser, Delivery, SignInRefused
from service.gateways.alipay import AlipayGateway, wire
from tests.gateways.alipay_platform import (
    AES_APP,
    ID_NUMBER,
    MESSAGE,
    NAME,
    PLAIN_APP,
    TEMPLATE,
    Platform,
    signed_in,
)

pytest_plugins = ["tests.gateways.alipay_platform"]


class TestSignIn:
    async def test_a_certified_user(
        self, alipay_gateway: Channel, alipay_platform: Platform
    ) -> None:
        user = await alipay_gateway.sign_in(
            await alipay_platform.auth_code(certified=True), app_id=PLAIN_APP
        )
        assert isinstance(user, ChannelUser)
        assert user.certified == CertifiedIdentity(id_number=ID_NUMBER, name=NAME)

    async def test_a_user_without_certification(
        self, alipay_gateway: Channel, alipay_platform: Platform
    ) -> None:
        first = await alipay_gateway.sign_in(await alipay_platform.auth_code(), app_id=PLAIN_APP)
        second = await alipay_gateway.sign_in(await alipay_platform.auth_code(), app_id=PLAIN_APP)
        assert isinstance(first, ChannelUser)
        assert first.certified is None
        assert first == second

    async def test_without_asking_who_it_is(self, alipay_platform: Platform) -> None:
        gateway = AlipayGateway(
            [alipay_platform.app()], gateway=alipay_platform.gateway_url, check_identity=False
        )
        code = await alipay_platform.auth_code(certified=True)
        user = await gateway.sign_in(code, app_id=PLAIN_APP)
        await gateway.close()
        assert isinstance(user, ChannelUser)
        assert user.certified is None

    async def test_a_code_works_once(
        self, alipay_gateway: Channel, alipay_platform: Platform
    ) -> None:
        code = await alipay_platform.auth_code()
        await alipay_gateway.sign_in(code, app_id=PLAIN_APP)
        refused = SignInRefused(reason="code_invalid")
        assert await alipay_gateway.sign_in(code, app_id=PLAIN_APP) == refused
        assert await alipay_gateway.sign_in("never-given", app_id=PLAIN_APP) == refused

    async def test_a_code_of_another_app_or_an_old_one(
        self, alipay_gateway: Channel, alipay_platform: Platform
    ) -> None:
        refused = SignInRefused(reason="code_invalid")
        other = await alipay_platform.auth_code(app_id=AES_APP)
        assert await alipay_gateway.sign_in(other, app_id=PLAIN_APP) == refused
        old = await alipay_platform.auth_code()
        alipay_platform.late = timedelta(hours=24)
        assert await alipay_gateway.sign_in(old, app_id=PLAIN_APP) == refused

    def test_older_apps_know_a_user_id(self) -> None:
        assert wire.TokenAnswer(user_id="2088000000000001").subject == "2088000000000001"
        assert wire.TokenAnswer(user_id="2088000000000001", open_id="o").subject == "o"

    def test_only_a_whole_identity_card_is_an_identity(self) -> None:
        whole = wire.UserAnswer(cert_no=ID_NUMBER, user_name=NAME)
        assert whole.is_identified
        for field, value in {
            "cert_no": "5306**********1239",
            "cert_type": "1",
            "is_certified": "F",
            "user_name": "",
        }.items():
            assert not msgspec.structs.replace(whole, **{field: value}).is_identified


class TestMessages:
    async def test_sent_until_the_consent_is_used_up(
        self, alipay_gateway: Channel, alipay_platform: Platform
    ) -> None:
        subject = await signed_in(alipay_gateway, alipay_platform)
        await alipay_platform.consent(1)
        sent = await alipay_gateway.send(MESSAGE, app_id=PLAIN_APP, subject=subject)
        assert sent == Delivery(outcome="sent")
        assert (await alipay_platform.messages())[-1] == {
            "app_id": PLAIN_APP,
            "open_id": subject,
            "template_id": TEMPLATE,
            "page": MESSAGE.page,
            "fields": dict(MESSAGE.fields),
        }
        again = await alipay_gateway.send(MESSAGE, app_id=PLAIN_APP, subject=subject)
        assert again == Delivery(outcome="refused", code=wire.NOT_SUBSCRIBED)

    async def test_encrypted_content(
        self, alipay_gateway: Channel, alipay_platform: Platform
    ) -> None:
        subject = await signed_in(alipay_gateway, alipay_platform, app_id=AES_APP)
        await alipay_platform.consent(1, app_id=AES_APP)
        sent = await alipay_gateway.send(MESSAGE, app_id=AES_APP, subject=subject)
        assert sent == Delivery(outcome="sent")

    async def test_a_template_the_app_was_not_granted(
        self, alipay_gateway: Channel, alipay_platform: Platform
    ) -> None:
        subject = await signed_in(alipay_gateway, alipay_platform, app_id=AES_APP)
        unknown = msgspec.structs.replace(MESSAGE, template_id="TPL_UNKNOWN")
        rejected = await alipay_gateway.send(unknown, app_id=AES_APP, subject=subject)
        assert rejected == Delivery(outcome="rejected", code="USER_TEMPLATE_ILLEGAL")

    def test_an_older_subject_goes_to_the_user_id(self) -> None:
        content = wire.template_message("2088" + "0" * 12, template_id="t", page="p", fields={})
        assert "to_user_id" in content
        assert "to_open_id" not in content

    def test_aes_round_trip(self, alipay_platform: Platform) -> None:
        sealed = wire.encrypt(NAME * 20, aes_key=alipay_platform.aes_key)
        assert wire.decrypt(sealed, aes_key=alipay_platform.aes_key) == NAME * 20
        with pytest.raises(ValueError, match=r".*"):
            wire.decrypt(sealed[:-8], aes_key=alipay_platform.aes_key)
