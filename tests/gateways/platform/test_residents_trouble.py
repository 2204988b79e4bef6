"""What is no answer to the question how people stand in a premium year."""

import time
from typing import Any

import pytest
from msgspec import json

from service.boundary import transaction_open
from service.gateways import GatewayTrouble
from service.gateways.platform import Named, PlatformGateway, Resident
from service.gateways.platform.population import PEOPLE
from service.gateways.sandbox import Mode, Switch
from tests.gateways.platform.world import World

YEAR = 2026
WHO = PEOPLE["zhaotong_resident"]
OTHER = PEOPLE["xian_wife"]
ASKED = [Named(id_number=one.id_number, name=one.name) for one in (WHO, OTHER)]


def told(*persons: dict[str, Any]) -> bytes:
    answer = {"infcode": 0, "inf_refmsgid": "5" * 30, "output": {"persons": persons}}
    return json.encode(answer)


LINE = {
    "certno": WHO.id_number,
    "matched": "1",
    "alive": "1",
    "insu_iden": "2",
    "psn_insu_stas": "1",
    "insuplc_admdvs": "530600",
    "psn_idet_type": "0",
    "last_year": "2025",
    "credited": "0",
}
SECOND = LINE | {"certno": OTHER.id_number}

NO_ANSWER = {
    "refused": json.encode({"infcode": -1, "err_msg": f"{WHO.id_number} {WHO.name}"}),
    "no output": json.encode({"infcode": 0, "inf_refmsgid": "5" * 30}),
    "another person": told(LINE, LINE | {"certno": "530602199001011239"}),
    "one missing": told(LINE),
    "one too many": told(LINE, SECOND, SECOND),
    "another order": told(SECOND, LINE),
    "unknown status": told(LINE, SECOND | {"psn_insu_stas": "8"}),
    "unknown category": told(LINE, SECOND | {"psn_idet_type": "99"}),
    "unknown scheme": told(LINE, SECOND | {"insu_iden": "3"}),
    "matched perhaps": told(LINE, SECOND | {"matched": "2"}),
    "credited perhaps": told(LINE, SECOND | {"credited": ""}),
    "registered nowhere": told(LINE, SECOND | {"insuplc_admdvs": ""}),
    "area in words": told(LINE, SECOND | {"insuplc_admdvs": "昭通"}),
    "year in words": told(LINE, SECOND | {"last_year": "去年"}),
    "last year is this year": told(LINE, SECOND | {"last_year": "2026"}),
    "no life": told(LINE, {key: SECOND[key] for key in SECOND if key != "alive"}),
}


class TestTrouble:
    async def test_the_line_itself_is_fine(self, world: World) -> None:
        unmatched = SECOND | {"matched": "0", "alive": "", "insu_iden": ""}
        platform = world.answering(told(LINE | {"emp_name": "more"}, unmatched))
        residents = await platform.find_residents(ASKED, year=YEAR)
        assert residents == [
            Resident(known=True, status="active", area="530600", last_year=YEAR - 1),
            Resident(known=False),
        ]

    @pytest.mark.parametrize("body", NO_ANSWER.values(), ids=NO_ANSWER.keys())
    async def test_no_answer(self, world: World, body: bytes) -> None:
        with pytest.raises(GatewayTrouble) as trouble:
            await world.answering(body).find_residents(ASKED, year=YEAR)
        assert trouble.value.__cause__ is None
        assert WHO.id_number not in str(trouble.value)
        assert WHO.name not in str(trouble.value)

    @pytest.mark.parametrize("mode", ["slow", "down", "garbage", "lose_answer"])
    async def test_in_bounded_time(self, world: World, mode: Mode) -> None:
        platform = PlatformGateway(world.config, timeout=0.1, clock=world.clock)
        world.switches["platform"] = Switch(mode=mode, delay_seconds=1.0)
        began = time.monotonic()
        with pytest.raises(GatewayTrouble):
            await platform.find_residents(ASKED, year=YEAR)
        assert time.monotonic() - began < 0.8
        await platform.close()

    async def test_more_patient_than_others(self, world: World) -> None:
        platform = PlatformGateway(world.config, timeout=0.1, clock=world.clock)
        world.switches["platform"] = Switch(mode="slow", delay_seconds=0.2)
        assert len(await platform.find_residents(ASKED, year=YEAR)) == 2
        with pytest.raises(GatewayTrouble):
            await platform.find_insured(WHO.id_number, name=WHO.name)
        await platform.close()

    async def test_never_inside_a_transaction(self, world: World) -> None:
        with transaction_open(), pytest.raises(AssertionError):
            await world.answering(b"").find_residents(ASKED, year=YEAR)
