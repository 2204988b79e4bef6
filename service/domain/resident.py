"""How a person stands in the residents' scheme (居民医保) for one premium year."""

from typing import Literal

from msgspec import Struct

from service.domain.enrolment import EnrolmentStatus

Category = Literal["ordinary", "low_income", "monitored", "extreme_poverty", "orphan"]
"""What a resident's premium depends on: 普通居民, 低保对象, 监测对象, 特困人员, 孤儿."""

CATEGORY_TEXT: dict[Category, str] = {
    "ordinary": "普通居民",
    "low_income": "低保对象",
    "monitored": "监测对象",
    "extreme_poverty": "特困人员",
    "orphan": "孤儿",
}


class Resident(Struct, frozen=True, kw_only=True):
    """What the insurance platform says of one person and one premium year.

    `known`: number and name belong together; nothing else holds when they do not. `area` and
    `status` are those of the registration as a resident, None and "none" when there is none.
    `employee`: actively enrolled in the employees' scheme. `last_year`: the last premium year
    before the asked one that is credited; None where the platform has no record.
    `credited`: the premium of the asked year has arrived (参保登记生效).
    """

    known: bool
    alive: bool = True
    employee: bool = False
    status: EnrolmentStatus = "none"
    area: str | None = None
    category: Category = "ordinary"
    last_year: int | None = None
    credited: bool = False
