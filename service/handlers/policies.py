"""The rules of an area in sentences, each with its source."""

from datetime import date
from typing import Annotated

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import PathParameter
from msgspec import Struct

from service.domain.calendar import business_date
from service.domain.policy_text import sentences
from service.domain.relation import RELATIONS
from service.handlers.access import PUBLIC
from service.handlers.answers import documented
from service.problems import Problem
from service.world import World


class RuleView(Struct, frozen=True, kw_only=True):
    """One rule. `known` is false where no source states it."""

    key: str
    title: str
    sentence: str
    known: bool
    since: date
    reference: str


class RelationView(Struct, frozen=True, kw_only=True):
    code: str
    text: str


class PolicyView(Struct, frozen=True, kw_only=True):
    area: str
    area_name: str
    on: date
    relations: list[RelationView]
    rules: list[RuleView]


@get(
    "/policies/{area:str}",
    opt=PUBLIC,
    security=[{}],
    summary="当地规定",
    responses=documented("request.not_found"),
)
async def policies(
    area: Annotated[str, PathParameter(pattern="^[1-9][0-9]{5}$", description="六位统筹区代码")],
    world: NamedDependency[World],
) -> PolicyView:
    """某地今天的规定，每一条都有出处；没有公开依据的写明“尚无公开依据”。"""
    today = business_date(world.clock())
    rules = world.policies.at(today, area)
    if rules is None:
        raise Problem("request.not_found")
    allowed = rules.kinships.value or ()
    return PolicyView(
        area=area,
        area_name=world.policies.name_of(area),
        on=today,
        relations=[
            RelationView(code=relation.code, text=relation.text)
            for relation in RELATIONS.values()
            if relation.kinship in allowed
        ],
        rules=[
            RuleView(
                key=key,
                title=rule.title,
                sentence=sentence,
                known=rule.value is not None,
                since=rule.since,
                reference=rule.reference,
            )
            for key, rule, sentence in sentences(rules)
        ],
    )


router = Router(path="/v1", tags=["规定"], route_handlers=[policies])
