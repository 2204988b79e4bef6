"""The client of the insurance platform."""

import itertools
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

import httpx
from msgspec import Raw, Struct, json

from service.boundary import assert_outside_transaction
from service.gateways import GatewayTrouble
from service.gateways.http import new_client, post, understand
from service.gateways.platform import (
    RESIDENTS_MOST,
    Credential,
    CredentialRefused,
    InsuredPerson,
    KinshipAnswer,
    Named,
    PersonNotMatched,
    Resident,
    wire,
    wire_people,
    wire_residents,
)

BULK_PATIENCE = 4
"""How many times the ordinary wait a question about many people may take."""


class PlatformConfig(Struct, frozen=True, kw_only=True):
    """Where the platform is and as whom we call it. The paths are the province's own.

    `institution_code` has 12 characters and opens every msgid; `area` is our six-digit area.
    `kinship_infno` and `premium_infno` are agreed with the province: no public transaction checks
    kinship, or tells for many people how they stand in a premium year.
    """

    base_url: str
    ec_path: str = "/ec/api/query"
    fsi_path: str = "/fsi/api/callService"
    paasid: str
    secret: str
    institution_code: str
    institution_name: str
    area: str
    operator: str
    kinship_infno: str = "9501"
    premium_infno: str = "9502"

    def __post_init__(self) -> None:
        if len(self.institution_code) != 12:
            raise ValueError("institution_code must have 12 characters")


class PlatformGateway:
    """Asks the platform; every answer within `timeout` seconds, or GatewayTrouble.

    A question about many people may take BULK_PATIENCE times as long.

    `clock` gives aware datetimes. A client given as `http` stays the caller's to close.
    """

    def __init__(
        self,
        config: PlatformConfig,
        *,
        http: httpx.AsyncClient | None = None,
        timeout: float = 5.0,
        clock: Callable[[], datetime],
    ) -> None:
        self._config = config
        self._owns_http = http is None
        # No proxy from the environment: personal data goes straight to the platform.
        self._http = http or new_client(timeout=timeout)
        self._timeout = timeout
        self._clock = clock
        self._sequence = itertools.count(secrets.randbelow(10_000))

    async def decode_credential(self, code: str) -> Credential | CredentialRefused:
        """Redeem the phone's one-time code (ec.query). Raises GatewayTrouble."""
        assert_outside_transaction()
        body = await self._post(self._config.ec_path, self._ec_request(code))
        answer = understand(wire.read_ec_answer, body, platform="platform")
        if answer.code in wire.EC_REFUSALS:
            return CredentialRefused(reason=wire.EC_REFUSALS[answer.code])
        if answer.code != 0:
            raise GatewayTrouble("platform", f"ec.query code {answer.code}")
        return understand(wire.read_identity, answer.data, platform="platform")

    async def find_insured(self, id_number: str, *, name: str) -> InsuredPerson | PersonNotMatched:
        """The person of this number and name (1101). Raises GatewayTrouble."""
        assert_outside_transaction()
        query = wire_people.person_query(id_number, name=name, at=self._clock())
        answer = await self._transact(wire_people.PERSON_INFNO, query)
        if wire_people.means_not_matched(answer):
            return PersonNotMatched()
        person = understand(wire_people.read_person, _output(answer), platform="platform")
        asked_for = person.id_number == id_number and person.name == name
        return person if asked_for else PersonNotMatched()

    async def check_kinship(
        self,
        *,
        donor_id_number: str,
        donor_name: str,
        beneficiary_id_number: str,
        beneficiary_name: str,
        relation_code: str,
    ) -> KinshipAnswer:
        """What the platform's data says about the relation. Raises GatewayTrouble."""
        assert_outside_transaction()
        query = wire_people.KinshipQuery(
            certno=donor_id_number,
            psn_name=donor_name,
            rlts_certno=beneficiary_id_number,
            rlts_psn_name=beneficiary_name,
            rlts_code=relation_code,
        )
        answer = await self._transact(self._config.kinship_infno, query)
        return understand(wire_people.read_kinship, _output(answer), platform="platform")

    async def find_residents(self, people: Sequence[Named], *, year: int) -> list[Resident]:
        """How they stand in this premium year, in the order asked. Raises GatewayTrouble.

        ValueError when more than RESIDENTS_MOST are asked about; nobody is asked about nobody.
        """
        assert_outside_transaction()
        if len(people) > RESIDENTS_MOST:
            raise ValueError(f"at most {RESIDENTS_MOST} people at once")
        if not people:
            return []

        def read_residents(output: Raw) -> list[Resident]:
            return wire_residents.read_residents(output, asked=people, year=year)

        query = wire_residents.residents_query(people, year=year)
        answer = await self._transact(self._config.premium_infno, query, patience=BULK_PATIENCE)
        return understand(read_residents, _output(answer), platform="platform")

    async def close(self) -> None:
        if self._owns_http:
            await self._http.aclose()

    async def _transact(self, infno: str, query: Struct, *, patience: int = 1) -> wire.FsiAnswer:
        request = self._fsi_request(infno, query)
        body = await self._post(self._config.fsi_path, request, patience=patience)
        return understand(wire.read_transaction, body, platform="platform")

    async def _post(self, path: str, message: Struct, *, patience: int = 1) -> bytes:
        headers = wire.signed_headers(
            self._config.paasid,
            secret=self._config.secret,
            at=self._clock(),
            nonce=f"{secrets.randbelow(10**16):016d}",
        )
        return await post(
            self._http,
            self._config.base_url + path,
            body=json.encode(message),
            headers=headers,
            seconds=self._timeout * patience,
            platform="platform",
        )

    def _ec_request(self, code: str) -> wire.EcRequest:
        ours = self._config
        query = wire.EcQuery(
            org_id=ours.institution_code,
            operator_id=ours.operator,
            operator_name=ours.operator,
            auth_code=code,
        )
        return wire.EcRequest(org_id=ours.institution_code, data=query)

    def _fsi_request(self, infno: str, query: Struct) -> wire.FsiRequest:
        ours = self._config
        now = self._clock()
        return wire.FsiRequest(
            infno=infno,
            msgid=wire.message_id(ours.institution_code, at=now, sequence=next(self._sequence)),
            mdtrtarea_admvs=ours.area,
            opter=ours.operator,
            opter_name=ours.operator,
            inf_time=wire.local_time(now),
            fixmedins_code=ours.institution_code,
            fixmedins_name=ours.institution_name,
            input=wire.FsiInput(data=Raw(json.encode(query))),
        )


def _output(answer: wire.FsiAnswer) -> Raw:
    if answer.infcode != 0:
        raise GatewayTrouble("platform", f"infcode {answer.infcode}", answered=True)
    if not answer.well_formed:
        raise GatewayTrouble("platform", "inf_refmsgid is not in its form")
    return answer.output
