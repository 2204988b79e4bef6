"""A stand-in for the insurance platform that speaks its wire format, for tests and demonstrations.

Always HTTP 200, as the platform does: a refusal is an infcode or a code, with its message.
Everything it knows is synthetic and kept in memory.
"""

import itertools
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from litestar import Request, Router, get, post
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody
from msgspec import Raw, Struct, json, structs

from service.gateways.platform import EnrolmentStatus, Scheme, wire, wire_people, wire_residents
from service.gateways.platform import sandbox_answers as answers
from service.gateways.platform.client import PlatformConfig
from service.gateways.platform.sandbox_gate import Gate
from service.gateways.platform.sandbox_residents import ResidentBook, Synthetic
from service.gateways.platform.synthetic import SandboxPerson
from service.gateways.sandbox import Switches, switching

HttpRequest = Request[Any, Any, Any]


class IssuedCode(Struct, kw_only=True):
    """A code of the e-credential: good once, until it expires."""

    id_number: str
    expires_at: datetime
    used: bool = False


class PhoneRequest(Struct, frozen=True, kw_only=True):
    """Whose phone asks for a code, after a face or password check."""

    id_number: str


class PhoneCode(Struct, frozen=True, kw_only=True):
    """What the e-credential on the phone hands to the mini-program."""

    code: str


class StatusChange(Struct, frozen=True, kw_only=True):
    """The new status of a person's enrolments in one scheme."""

    scheme: Scheme
    status: EnrolmentStatus


class PlatformSandbox:
    """The platform with these people, for one caller. A code lives for `code_seconds`.

    `synthetic` tells who else counts as a resident, for loads nobody wants in memory.
    """

    def __init__(
        self,
        config: PlatformConfig,
        *,
        people: Sequence[SandboxPerson],
        switches: Switches,
        clock: Callable[[], datetime],
        code_seconds: float = 60,
        synthetic: Synthetic | None = None,
    ) -> None:
        self._config = config
        self._people = {person.id_number: person for person in people}
        self._residents = ResidentBook(self._people, synthetic=synthetic)
        self._switches = switches
        self._clock = clock
        self._code_life = timedelta(seconds=code_seconds)
        self._codes: dict[str, IssuedCode] = {}
        self._gate = Gate(config.paasid, secret=config.secret, clock=clock)
        self._book: Counter[str] = Counter()
        self._sequence = itertools.count(1)

    def router(self) -> Router:
        """Wire routes, and beside them the pages of the phone, the people and the book."""
        return Router(
            "/platform",
            route_handlers=[*self._wire_routes(), *self._pages(), *self._residents.pages()],
            middleware=[switching(self._switches, "platform")],
            include_in_schema=False,
        )

    def credit_premium(self, id_number: str, year: int) -> None:
        """The tax bureau reports the premium paid; it arrives unless credits are held."""
        self._residents.credit(id_number, year=year)

    def take_back_premium(self, id_number: str, year: int) -> None:
        """The tax bureau reports the premium refunded."""
        self._residents.take_back(id_number, year=year)

    def is_credited(self, id_number: str, year: int) -> bool:
        return self._residents.is_credited(id_number, year=year)

    def _wire_routes(self) -> list[HTTPRouteHandler]:
        @post(self._config.ec_path, status_code=200)
        async def credential_service(request: HttpRequest) -> wire.EcAnswer:
            refusal = self._gate.refuse(request.headers)
            return self._ec_refusal(-1, refusal) if refusal else self._ec(await request.body())

        @post(self._config.fsi_path, status_code=200)
        async def transaction_service(request: HttpRequest) -> wire.FsiAnswer:
            refusal = self._gate.refuse(request.headers)
            return self._fsi_answer(refusal) if refusal else self._fsi(await request.body())

        return [credential_service, transaction_service]

    def _pages(self) -> list[HTTPRouteHandler]:
        @post("/_phone/credential-code", status_code=200)
        async def credential_code(data: JSONBody[PhoneRequest]) -> PhoneCode:
            return self._issue_code(data.id_number)

        @get("/_people")
        async def people() -> list[SandboxPerson]:
            return list(self._people.values())

        @post("/_people/{id_number:str}/status", status_code=200)
        async def status(id_number: FromPath[str], data: JSONBody[StatusChange]) -> SandboxPerson:
            return self._change_status(id_number, change=data)

        @get("/_book")
        async def book() -> dict[str, int]:
            return dict(self._book)

        return [credential_code, people, status, book]

    def _ec(self, body: bytes) -> wire.EcAnswer:
        try:
            query = json.decode(body, type=wire.EcRequest)
        except ValueError:
            return self._ec_refusal(-1, "报文格式错误")
        if query.trans_type != "ec.query":
            return self._ec_refusal(-1, "交易类型不存在")
        self._book[query.trans_type] += 1
        return self._redeem(query.data.auth_code)

    def _redeem(self, code: str) -> wire.EcAnswer:
        issued = self._codes.get(code)
        if issued is None:
            return self._ec_refusal(wire.EC_INVALID, "授权码无效")
        if issued.used:
            return self._ec_refusal(wire.EC_USED, "授权码已使用")
        if self._clock() >= issued.expires_at:
            return self._ec_refusal(wire.EC_EXPIRED, "授权码已过期")
        issued.used = True
        identity = answers.ec_identity(self._people[issued.id_number])
        return wire.EcAnswer(
            code=0,
            message="成功",
            org_id=self._config.institution_code,
            data=Raw(json.encode(identity)),
        )

    def _ec_refusal(self, code: int, message: str) -> wire.EcAnswer:
        return wire.EcAnswer(code=code, message=message, org_id=self._config.institution_code)

    def _fsi(self, body: bytes) -> wire.FsiAnswer:
        try:
            return self._transact(json.decode(body, type=wire.FsiRequest))
        except ValueError:
            return self._fsi_answer("报文格式错误")

    def _transact(self, request: wire.FsiRequest) -> wire.FsiAnswer:
        if len(request.msgid) != 30 or not request.msgid.startswith(request.fixmedins_code):
            return self._fsi_answer("发送方报文ID格式错误")
        transactions = {
            wire_people.PERSON_INFNO: self._person,
            self._config.kinship_infno: self._kinship,
            self._config.premium_infno: self._premium_year,
        }
        if request.infno not in transactions:
            return self._fsi_answer("交易编号不存在")
        self._book[request.infno] += 1
        return transactions[request.infno](request.input.data)

    def _person(self, data: Raw) -> wire.FsiAnswer:
        query = json.decode(data, type=wire_people.PersonQuery)
        person = self._named(query.certno, name=query.psn_name)
        if person is None:
            return self._fsi_answer(wire_people.NOT_MATCHED)
        return self._fsi_answer(output=answers.person_output(person, at=self._clock()))

    def _kinship(self, data: Raw) -> wire.FsiAnswer:
        query = json.decode(data, type=wire_people.KinshipQuery)
        donor = self._named(query.certno, name=query.psn_name)
        beneficiary = self._named(query.rlts_certno, name=query.rlts_psn_name)
        state = answers.kinship_state(donor, beneficiary=beneficiary, relation_code=query.rlts_code)
        result = wire_people.KinshipResult(chk_stas=state)
        return self._fsi_answer(output=wire_people.KinshipOutput(result=result))

    def _premium_year(self, data: Raw) -> wire.FsiAnswer:
        query = json.decode(data, type=wire_residents.ResidentsQuery)
        return self._fsi_answer(output=self._residents.answer(query))

    def _named(self, id_number: str, *, name: str) -> SandboxPerson | None:
        person = self._people.get(id_number)
        return person if person is not None and person.name == name else None

    def _fsi_answer(self, err_msg: str = "", *, output: Struct | None = None) -> wire.FsiAnswer:
        now = self._clock().astimezone(wire.SHANGHAI)
        time = f"{now:%Y%m%d%H%M%S}"
        return wire.FsiAnswer(
            infcode=-1 if output is None else 0,
            inf_refmsgid=f"{self._config.area}{time}{next(self._sequence):010d}",
            refmsg_time=f"{time}{now.microsecond // 1000:03d}",
            respond_time=f"{time}{now.microsecond // 1000:03d}",
            err_msg=err_msg,
            output=Raw(json.encode(output)),
        )

    def _issue_code(self, id_number: str) -> PhoneCode:
        person = self._known(id_number)
        code = f"EC{secrets.token_hex(16)}"
        expires_at = self._clock() + self._code_life
        self._codes[code] = IssuedCode(id_number=person.id_number, expires_at=expires_at)
        return PhoneCode(code=code)

    def _change_status(self, id_number: str, *, change: StatusChange) -> SandboxPerson:
        person = self._known(id_number)
        enrolments = tuple(
            structs.replace(enrolment, status=change.status)
            if enrolment.scheme == change.scheme
            else enrolment
            for enrolment in person.enrolments
        )
        self._people[id_number] = structs.replace(person, enrolments=enrolments)
        return self._people[id_number]

    def _known(self, id_number: str) -> SandboxPerson:
        if id_number not in self._people:
            raise NotFoundException("nobody with this number in the sandbox")
        return self._people[id_number]
