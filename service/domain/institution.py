"""Designated institutions (定点医药机构): what each is, where, and what may be settled there."""

from datetime import date
from typing import Literal

from msgspec import Struct

InstitutionKind = Literal["hospital", "clinic", "pharmacy", "vaccination", "checkup"]
InstitutionLevel = Literal["tertiary", "secondary", "primary", "none"]
Service = Literal[
    "outpatient", "emergency", "chronic", "inpatient", "pharmacy", "vaccine", "checkup"
]

KIND_TEXT: dict[InstitutionKind, str] = {
    "hospital": "医院",
    "clinic": "门诊部或诊所",
    "pharmacy": "定点零售药店",
    "vaccination": "预防接种门诊",
    "checkup": "体检机构",
}
LEVEL_TEXT: dict[InstitutionLevel, str] = {
    "tertiary": "三级",
    "secondary": "二级",
    "primary": "一级",
    "none": "",
}
SERVICE_TEXT: dict[Service, str] = {
    "outpatient": "普通门诊",
    "emergency": "急诊",
    "chronic": "门诊慢特病",
    "inpatient": "住院",
    "pharmacy": "定点药店购药",
    "vaccine": "预防接种",
    "checkup": "健康体检",
}


class Institution(Struct, frozen=True, kw_only=True):
    """`patient_areas`: prefixes of the insurance areas whose patients it may settle, none for all;
    `away`: whether patients insured elsewhere are settled there directly (异地直接结算)."""

    code: str
    name: str
    kind: InstitutionKind
    level: InstitutionLevel
    area: str
    address: str
    services: tuple[Service, ...]
    patient_areas: tuple[str, ...]
    away: bool
    open_from: date
    open_until: date | None

    def open_on(self, day: date) -> bool:
        return self.open_from <= day and (self.open_until is None or day <= self.open_until)

    def takes(self, patient_area: str) -> bool:
        """Whether its agreement covers people insured in this area."""
        return not self.patient_areas or any(
            patient_area.startswith(prefix) for prefix in self.patient_areas
        )


def area_prefix(area: str) -> str:
    """What the codes of all areas inside this one begin with: 530000 a province, 530600 a city,
    530602 a county (GB/T 2260). A prefix stays what it is."""
    while len(area) > 2 and area.endswith("00"):
        area = area[:-2]
    return area
