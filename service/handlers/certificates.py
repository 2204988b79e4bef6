"""The family certificate (家庭共济证明): the paper for the two parties, its check for everybody."""

from datetime import date, datetime
from uuid import UUID

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from service.certificates import open_certificate, statement_of
from service.domain.certificate import (
    Certificate,
    Party,
    check_address,
    in_force,
    read_number,
    verdict,
)
from service.flows.audit import actor_of
from service.flows.issue_certificate import issue_certificate
from service.handlers.access import PUBLIC, level
from service.handlers.answers import SIGNED_IN, documented, granted
from service.handlers.applications import my_binding
from service.handlers.views import local
from service.paper import draw_certificate
from service.problems import Problem
from service.sessions import Session
from service.store import bindings, certificates
from service.store.bindings import BindingParties
from service.world import World

PDF = "application/pdf"
HEADERS = {"Cache-Control": "no-store", "Content-Disposition": 'inline; filename="gongji.pdf"'}


class CertificateView(Struct, frozen=True, kw_only=True):
    """What the paper shows, and whether it holds now. `ends_on` null: until ended."""

    number: str
    valid: bool
    sentence: str
    donor: Party
    beneficiary: Party
    relation_text: str
    area_name: str
    effective_on: date
    ends_on: date | None
    issued_at: datetime


def certificate_view(
    certificate: Certificate, world: World, binding: BindingParties
) -> CertificateView:
    """It holds while the binding is in force and a new paper would say the same."""
    usable = in_force(binding, at=world.clock())
    valid = usable and statement_of(world, binding) == certificate.says
    says = certificate.says
    return CertificateView(
        number=certificate.number,
        valid=valid,
        sentence=verdict(valid=valid),
        donor=says.donor,
        beneficiary=says.beneficiary,
        relation_text=says.relation_text,
        area_name=says.area_name,
        effective_on=says.effective_on,
        ends_on=says.ends_on,
        issued_at=local(certificate.issued_at),
    )


@get(
    "/bindings/{binding_id:uuid}/certificate",
    opt=level(2),
    summary="家庭共济证明",
    media_type=PDF,
    responses=documented(
        *SIGNED_IN, "request.not_found", "request.too_many", "certificate.not_in_force"
    ),
)
async def paper(
    binding_id: FromPath[UUID], world: NamedDependency[World], session: NamedDependency[Session]
) -> Response[bytes]:
    """可以打印、出示的证明（PDF，A4）；同一天内容没有变化时编号不变。"""
    binding = await my_binding(world, session, binding_id)
    most = world.settings.certificates_per_hour
    await world.limits.take("certificate", owner=str(session.person_id), most=most, seconds=3600)
    certificate = granted(await issue_certificate(world, binding.id, actor=actor_of(session)))
    address = check_address(certificate.number, public_url=world.settings.public_url)
    content = await draw_certificate(certificate, address=address)
    return Response(content=content, media_type=PDF, headers=HEADERS)


@get(
    "/certificates/{number:str}",
    opt=PUBLIC,
    security=[{}],
    summary="核对家庭共济证明",
    responses=documented("request.not_found", "request.too_many", "service.sessions_away"),
)
async def check(
    number: FromPath[str], world: NamedDependency[World], address: NamedDependency[str]
) -> CertificateView:
    """扫描证明上的二维码，核对内容和现在是否有效；只显示证明上已有的内容。"""
    most = world.settings.certificate_checks_per_minute
    await world.limits.take("certificate_check", owner=address, most=most, seconds=60)
    async with world.database.read() as tx:
        # What cannot be a number is asked for all the same: its answer takes as long.
        row = await certificates.find(tx, number=read_number(number) or "")
        if row is None:
            raise Problem("request.not_found")
        binding = await bindings.get(tx, id=row.binding_id)
    return certificate_view(open_certificate(world, row), world, binding)


router = Router(path="/v1", tags=["家庭共济证明"], route_handlers=[paper, check])
