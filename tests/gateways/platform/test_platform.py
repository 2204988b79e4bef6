"""The platform client against the platform sandbox, over HTTP: the answers that are no trouble."""

from datetime import date, timedelta

import pytest
from msgspec import Raw, json

from service.gateways.platform import (
    Credential,
    CredentialRefused,
    InsuredPerson,
    KinshipAnswer,
    PersonNotMatched,
    Platform,
    wire,
    wire_people,
)
from service.gateways.platform.population import PEOPLE, population
from tests.gateways.platform.world import World

DONOR = PEOPLE["zhaotong_donor"]
CHILD = PEOPLE["zhaotong_child"]


class TestCredential:
    async def test_decoded(self, world: World, platform: Platform) -> None:
        code = await world.credential_code(DONOR.id_number)
        assert await platform.decode_credential(code) == Credential(
            id_number=DONOR.id_number, name="测试甲", area="530600"
        )

    async def test_good_once(self, world: World, platform: Platform) -> None:
        code = await world.credential_code(DONOR.id_number)
        await platform.decode_credential(code)
        assert await platform.decode_credential(code) == CredentialRefused(reason="used")

    async def test_expired(self, world: World, platform: Platform) -> None:
        code = await world.credential_code(DONOR.id_number)
        world.clock.ahead = timedelta(seconds=61)
        assert await platform.decode_credential(code) == CredentialRefused(reason="expired")

    async def test_unknown(self, platform: Platform) -> None:
        assert await platform.decode_credential("EC00") == CredentialRefused(reason="invalid")

    def test_only_id_cards_are_served(self) -> None:
        identity = {"idNo": "P1", "userName": "TEST", "idType": "08", "insuOrg": "530600"}
        refused = wire.read_identity(Raw(json.encode(identity)))
        assert refused == CredentialRefused(reason="invalid")


class TestInsured:
    async def test_employee_with_account(self, platform: Platform) -> None:
        person = await platform.find_insured(DONOR.id_number, name=DONOR.name)
        assert isinstance(person, InsuredPerson)
        assert (person.id_number, person.name) == (DONOR.id_number, DONOR.name)
        assert (person.sex, person.born_on) == ("male", date(1976, 4, 12))
        assert person.enrolments == DONOR.enrolments
        assert person.enrolments[0].account_balance_fen == 386_050

    async def test_everybody_comes_back_as_entered(self, platform: Platform) -> None:
        for entered in population():
            person = await platform.find_insured(entered.id_number, name=entered.name)
            assert isinstance(person, InsuredPerson), entered.name
            assert person.enrolments == entered.enrolments

    async def test_refusals_are_alike(self, world: World, platform: Platform) -> None:
        """Wrong name, somebody else's number, nobody's number: one value, one message."""
        asked = [
            (DONOR.id_number, "测试错"),
            (CHILD.id_number, DONOR.name),
            ("530602199001011239", DONOR.name),
        ]
        answers = [await platform.find_insured(number, name=name) for number, name in asked]
        assert answers == [PersonNotMatched()] * 3
        queries = [
            wire_people.person_query(number, name=name, at=world.clock()) for number, name in asked
        ]
        wired = [
            await world.post(
                world.config.fsi_path,
                world.transaction("1101", query),
                headers=world.headers(nonce=f"100{index}"),
            )
            for index, query in enumerate(queries)
        ]
        assert {(answer["infcode"], answer["err_msg"]) for answer in wired} == {
            (-1, wire_people.NOT_MATCHED)
        }
        assert {tuple(answer) for answer in wired} == {tuple(wired[0])}

    async def test_suspended_then_ended(self, world: World, platform: Platform) -> None:
        suspended = PEOPLE["zhaotong_suspended"]
        person = await platform.find_insured(suspended.id_number, name=suspended.name)
        assert isinstance(person, InsuredPerson)
        assert [enrolment.status for enrolment in person.enrolments] == ["suspended"]
        path = f"/_people/{suspended.id_number}/status"
        ended = json.encode({"scheme": "employee", "status": "ended"})
        await world.post(path, ended, headers={})
        person = await platform.find_insured(suspended.id_number, name=suspended.name)
        assert isinstance(person, InsuredPerson)
        assert [enrolment.status for enrolment in person.enrolments] == ["ended"]

    async def test_a_rare_character_survives(self, platform: Platform) -> None:
        rare = PEOPLE["zhaotong_rare_name"]
        person = await platform.find_insured(rare.id_number, name="测试𠮷")
        assert isinstance(person, InsuredPerson)

    async def test_the_book_counts(self, world: World, platform: Platform) -> None:
        await platform.find_insured(DONOR.id_number, name=DONOR.name)
        before = await world.page("/_book")
        await platform.find_insured(DONOR.id_number, name=DONOR.name)
        after = await world.page("/_book")
        assert after["1101"] == before["1101"] + 1
        assert len(await world.page("/_people")) == len(PEOPLE)

    async def test_another_person_in_the_answer_is_no_match(self, world: World) -> None:
        output = {
            "baseinfo": {
                "psn_no": "1",
                "certno": CHILD.id_number,
                "psn_name": CHILD.name,
                "gend": "2",
                "brdy": "2018-03-10",
            },
            "insuinfo": [],
        }
        answer = {"infcode": 0, "inf_refmsgid": "5" * 30, "output": output}
        gateway = world.answering(json.encode(answer))
        person = await gateway.find_insured(DONOR.id_number, name=DONOR.name)
        assert person == PersonNotMatched()


class TestKinship:
    @pytest.mark.parametrize(
        ("donor", "beneficiary", "relation_code", "expected"),
        [
            ("zhaotong_donor", "zhaotong_child", "31", "confirmed"),
            ("zhaotong_donor", "zhaotong_child", "20", "confirmed"),
            ("zhaotong_child", "zhaotong_donor", "51", "confirmed"),
            ("zhaotong_donor", "zhaotong_child", "51", "not_confirmed"),
            ("zhaotong_donor", "zhaotong_daughter_in_law", "31", "not_confirmed"),
            ("zhaotong_donor", "xian_son", "21", "not_confirmed"),
            ("xian_third_donor", "xian_father", "51", "confirmed"),
            ("xian_donor", "xian_grandmother_in_baoji", "62", "confirmed"),
            ("zhaotong_donor", "guangzhou_stranger", "73", "no_data"),
        ],
    )
    async def test_answers(
        self,
        platform: Platform,
        donor: str,
        beneficiary: str,
        relation_code: str,
        expected: KinshipAnswer,
    ) -> None:
        assert expected == await platform.check_kinship(
            donor_id_number=PEOPLE[donor].id_number,
            donor_name=PEOPLE[donor].name,
            beneficiary_id_number=PEOPLE[beneficiary].id_number,
            beneficiary_name=PEOPLE[beneficiary].name,
            relation_code=relation_code,
        )

    async def test_a_wrong_name_is_no_data(self, platform: Platform) -> None:
        answer = await platform.check_kinship(
            donor_id_number=DONOR.id_number,
            donor_name=DONOR.name,
            beneficiary_id_number=CHILD.id_number,
            beneficiary_name="测试错",
            relation_code="31",
        )
        assert answer == "no_data"
