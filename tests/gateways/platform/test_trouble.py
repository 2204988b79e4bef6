"""The platform's wire, its sandbox's gate, and what the client makes of trouble."""

import logging
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec import json, structs

from service.boundary import transaction_open
from service.gateways import GatewayTrouble
from service.gateways.platform import (
    CredentialRefused,
    InsuredPerson,
    Platform,
    wire,
    wire_people,
)
from service.gateways.platform.population import PEOPLE
from service.gateways.sandbox import Mode, Switch
from tests.gateways.platform.world import TIMEOUT, World

DONOR = PEOPLE["zhaotong_donor"]
CHILD = PEOPLE["zhaotong_child"]
ID = DONOR.id_number


def accepted(**output: Any) -> bytes:
    return json.encode({"infcode": 0, "inf_refmsgid": "5" * 30, "output": output})


BASE = {"psn_no": "1", "certno": ID, "psn_name": "测试甲", "gend": "1", "brdy": "1976-04-12"}
INSURANCE = {
    "balc": "1.00",
    "insutype": "310",
    "psn_type": "1101",
    "psn_insu_stas": "1",
    "insuplc_admdvs": "530602",
}

UNREADABLE = {
    "empty": b"",
    "html": b"<html>502</html>",
    "not utf-8": b'{"infcode":0,"err_msg":"\xff"}',
    "endless nesting": b'{"x":' + b"[" * 100_000,
    "no infcode": b"{}",
    "some other refusal": json.encode({"infcode": -1, "err_msg": f"{ID} 测试甲"}),
    "no output": json.encode({"infcode": 0, "inf_refmsgid": "5" * 30}),
    "no reference": json.encode(
        {"infcode": 0, "output": {"baseinfo": BASE, "insuinfo": [INSURANCE]}}
    ),
    "wrong reference": json.encode(
        {
            "infcode": 0,
            "inf_refmsgid": "55",
            "output": {"baseinfo": BASE, "insuinfo": [INSURANCE]},
        }
    ),
    "no baseinfo": accepted(insuinfo=[]),
    "no insuinfo": accepted(baseinfo=BASE),
    "unknown sex": accepted(baseinfo=BASE | {"gend": "9"}, insuinfo=[]),
    "no such day": accepted(baseinfo=BASE | {"brdy": "1976-02-30"}, insuinfo=[]),
    "unknown status": accepted(baseinfo=BASE, insuinfo=[INSURANCE | {"psn_insu_stas": "8"}]),
    "part of a fen": accepted(baseinfo=BASE, insuinfo=[INSURANCE | {"balc": 1.005}]),
    "area in words": accepted(baseinfo=BASE, insuinfo=[INSURANCE | {"insuplc_admdvs": "昭通"}]),
}


class TestWire:
    def test_signature_vector(self) -> None:
        assert (
            wire.signature("demo-secret-key-0001", timestamp="1767225600", nonce="482913")
            == "030152a164759ec3620056c00589768753231f42717086565cbf28b42b6eddbb"
        )

    def test_message_id_is_in_shanghai_time(self) -> None:
        at = datetime(2026, 1, 14, 18, 30, 45, tzinfo=UTC)
        message_id = wire.message_id("H53060200123", at=at, sequence=10_001)
        assert message_id == "H53060200123202601150230450001"

    @pytest.mark.parametrize(
        ("yuan", "fen"),
        [("", 0), (0, 0), ("12", 1200), (Decimal("186.50"), 18650), ("0.1", 10), ("-3.05", -305)],
    )
    def test_yuan_to_fen(self, yuan: object, fen: int) -> None:
        assert wire_people.fen_of(yuan) == fen

    @pytest.mark.parametrize("yuan", ["1.005", "1,000", "1e3", "NaN", None, True, " 1", "１"])
    def test_not_an_amount(self, yuan: object) -> None:
        with pytest.raises(ValueError, match="not an amount"):
            wire_people.fen_of(yuan)

    async def test_amounts_and_kinds_of_an_answer(self, world: World) -> None:
        other = {"balc": None, "insutype": "510", "psn_type": "99"}
        empty = INSURANCE | {"balc": "0.00"}
        without = INSURANCE | {"balc": ""}
        body = accepted(baseinfo=BASE, insuinfo=[empty, INSURANCE | other, without])
        person = await world.answering(body).find_insured(ID, name="测试甲")
        assert isinstance(person, InsuredPerson)
        first, second, third = person.enrolments
        assert (first.scheme, first.person_kind, first.account_balance_fen) == (
            "employee",
            "working",
            0,
        )
        assert (second.scheme, second.person_kind, second.account_balance_fen) == (
            "other",
            "other",
            None,
        )
        assert third.account_balance_fen is None, "no balance told: there is no account"


class TestGate:
    async def ask(self, world: World, headers: dict[str, str]) -> tuple[int, str]:
        query = wire_people.person_query(ID, name=DONOR.name, at=world.clock())
        body = world.transaction("1101", query)
        answer = await world.post(world.config.fsi_path, body, headers=headers)
        return answer["infcode"], answer["err_msg"]

    async def test_upper_case_signature_is_fine(self, world: World) -> None:
        headers = world.headers(nonce="1")
        headers["x-tif-signature"] = headers["x-tif-signature"].upper()
        assert await self.ask(world, headers) == (0, "")

    async def test_wrong_secret(self, world: World) -> None:
        assert await self.ask(world, world.headers(secret="another", nonce="2")) == (
            -1,
            "签名验证失败",
        )

    async def test_replay(self, world: World) -> None:
        headers = world.headers(nonce="3")
        assert await self.ask(world, headers) == (0, "")
        assert await self.ask(world, headers) == (-1, "请求重复")

    async def test_outside_the_window(self, world: World) -> None:
        headers = world.headers(nonce="4")
        world.clock.ahead = timedelta(seconds=302)
        assert await self.ask(world, headers) == (-1, "请求时间超出允许范围")

    async def test_the_credential_service_is_guarded_too(self, world: World) -> None:
        headers = world.headers(secret="another", nonce="5")
        answer = await world.post(world.config.ec_path, b"{}", headers=headers)
        assert (answer["code"], answer["message"]) == (-1, "签名验证失败")

    async def test_a_refused_client_is_in_trouble(self, world: World) -> None:
        gateway = world.gateway(structs.replace(world.config, secret="another"))
        for question in questions(gateway):
            with pytest.raises(GatewayTrouble, match="code -1"):
                await question
        await gateway.close()


def questions(platform: Platform) -> list[Any]:
    return [
        platform.decode_credential("EC-secret-code"),
        platform.find_insured(ID, name=DONOR.name),
        platform.check_kinship(
            donor_id_number=ID,
            donor_name=DONOR.name,
            beneficiary_id_number=CHILD.id_number,
            beneficiary_name=CHILD.name,
            relation_code="31",
        ),
    ]


class TestTrouble:
    @pytest.mark.parametrize("mode", ["slow", "down", "garbage", "lose_answer"])
    async def test_in_bounded_time_and_without_personal_data(
        self, world: World, platform: Platform, mode: Mode, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        world.switches["platform"] = Switch(mode=mode, delay_seconds=0.7)
        for question in questions(platform):
            began = time.monotonic()
            with pytest.raises(GatewayTrouble) as trouble:
                await question
            assert time.monotonic() - began < TIMEOUT + 0.2
            assert_silent(str(trouble.value), caplog.text)

    @pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
    async def test_unusable_answers(self, world: World, body: bytes) -> None:
        for question in questions(world.answering(body)):
            with pytest.raises(GatewayTrouble) as trouble:
                await question
            assert_silent(str(trouble.value))
            assert trouble.value.__cause__ is None

    async def test_other_status(self, world: World) -> None:
        with pytest.raises(GatewayTrouble, match="HTTP 302"):
            await world.answering(b"", status=302).find_insured(ID, name=DONOR.name)

    async def test_nobody_listens(self, world: World) -> None:
        gateway = world.gateway(structs.replace(world.config, base_url="http://127.0.0.1:1"))
        with pytest.raises(GatewayTrouble, match="ConnectError"):
            await gateway.find_insured(ID, name=DONOR.name)
        await gateway.close()

    async def test_a_lost_answer_has_used_the_code(self, world: World, platform: Platform) -> None:
        code = await world.credential_code(ID)
        world.switches["platform"] = Switch(mode="lose_answer", delay_seconds=0.7, times=1)
        with pytest.raises(GatewayTrouble):
            await platform.decode_credential(code)
        assert await platform.decode_credential(code) == CredentialRefused(reason="used")

    async def test_never_inside_a_transaction(self, platform: Platform) -> None:
        with transaction_open():
            for question in questions(platform):
                with pytest.raises(AssertionError):
                    await question


def assert_silent(*texts: str) -> None:
    secrets = [ID, DONOR.name, CHILD.id_number, CHILD.name, "EC-secret-code"]
    assert [secret for secret in secrets for text in texts if secret in text] == []
