"""Small policy files, written by the tests."""

from datetime import date

_BENEFIT = "{ deductible_fen = 1, cap_fen = 2, tertiary_percent = 3, other_percent = 4 }"
_RATE = '{ of = "base", permille = 20 }'
VALUES = {
    "kinships": '["spouse"]',
    "donor_scheme": '"employee"',
    "beneficiary_enrolled": "true",
    "area_scope": '"same_area"',
    "beneficiaries_per_donor_max": "10",
    "donors_per_beneficiary_max": "3",
    "kinship_proof": '"commitment"',
    "proof_under_age": "14",
    "proof_documents": '["household_register"]',
    "used_amounts_returned": "false",
    "card_lending_allowed": "false",
    "excluded_uses": '["测试用途"]',
    "commitment_version": '"2026-1"',
    "payable_services": '["outpatient"]',
    "pays_own_expense": "true",
    "donors_pay_when": '"own_account_short"',
    "mixed_payment": "true",
    "away_filing": '"outside_area"',
    "outpatient_pooling": f"{{ working = {_BENEFIT}, retired = {_BENEFIT} }}",
    "fund_includes_account": "false",
    "account_credits": f"{{ employee = {_RATE}, flexible = {_RATE}, retiree = {_RATE} }}",
    "premium_by_account": "true",
    "premium_window": (
        "{ year = 2026, opens_on = 2025-10-01, closes_on = 2025-12-25,"
        " amounts_fen = { ordinary = 40000, orphan = 0 } }"
    ),
    "premium_late": (
        "{ year = 2026, closes_on = 2026-02-28, amounts_fen = { ordinary = 100000 } }"
    ),
    "premium_waiting": "{ fixed_months = 3, months_per_further_year = 1, stated_from_year = 2025 }",
    "premium_newborn_days": "90",
    "premium_refund": '"before_credit"',
    "in_person": '"测试大厅"',
    "hotline": '"12393"',
}
BEGAN = date(2021, 1, 1)


def value(
    toml: str, since: date = BEGAN, until: date | None = None, reference: str = "依据"
) -> str:
    lines = [f"since = {since}", toml, f'reference = "{reference}"']
    return "\n".join([*lines, f"until = {until}" if until else ""])


def rule(name: str, *values: str, title: str = "") -> str:
    parts = [f"[[{name}.values]]\n{text}" for text in values]
    return "\n".join([f"[{name}]", f'title = "{title}"' if title else "", *parts])


def at_most(*values: str) -> str:
    return rule("beneficiaries_per_donor_max", *values)


def file(area: str, *rules: str, names: str = "") -> str:
    return "\n".join([f'area = "{area}"', f"names = {{ {names} }}", *rules])


def nation(**instead: str) -> str:
    rules = {
        name: rule(name, value(f"value = {toml}", reference="国家依据"), title=f"题目{name}")
        for name, toml in VALUES.items()
    }
    return file("000000", *(rules | instead).values(), names='"000000" = "全国"')
