"""`setlinfo` and `setldetail`: a bill as the national interface tells it, amounts in yuan.

`acct_pay` contains `acct_mulaid_pay`, what relatives paid. `psn_part_amt` is `acct_pay` and cash;
the whole is the fund and that, unless the area counts personal accounts into `fund_pay_sumamt`.
"""

from datetime import date, datetime

from msgspec import Struct

from service.domain.bill import Bill
from service.domain.calendar import SHANGHAI
from service.domain.institution import Service
from service.domain.money import yuan_text
from service.domain.refund import RefundPlan
from service.domain.settlement import Patient, Plan
from service.handlers.fsi_people import insutype, person_fields, psn_type
from service.handlers.fsi_wire import Output, yuan
from service.personal import Identity
from service.world import World

_FUNDS: dict[str, tuple[str, str]] = {
    "310": ("310100", "职工基本医疗保险统筹基金"),
    "390": ("390100", "城乡居民基本医疗保险基金"),
}
_ACCOUNT = ("310200", "职工基本医疗保险个人账户基金")
_OTHER_FUNDS = (
    *("act_pay_dedc", "pool_prop_selfpay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay"),
    *("maf_pay", "oth_pay"),
)
_MED_TYPES: dict[Service, str] = {
    "outpatient": "11",
    "emergency": "13",
    "chronic": "14",
    "inpatient": "21",
    "pharmacy": "41",
    "vaccine": "",
    "checkup": "",
}
_CLR_TYPES: dict[str, tuple[Service, ...]] = {
    "11": ("outpatient", "emergency", "chronic"),
    "21": ("inpatient",),
    "41": ("pharmacy",),
}
CASH = ("psn_cash_pay",)
CASH_AT_PHARMACY = ("psn_cash_pay", "pdn_cash_pay")
CASH_BACK = ("psn_cash_pay", "cash_payamt")
CASH_BACK_AT_PHARMACY = ("psn_cash_pay", "pdn_cash_pay", "cash_payamt")


class Shares(Struct, frozen=True, kw_only=True):
    """Who pays how much of a bill, or gets it back; fen. `account_in_fund`: the patient's area
    counts personal accounts into the fund's total."""

    total_fen: int
    fund_fen: int
    own_fen: int
    aid_fen: int
    cash_fen: int
    account_in_fund: bool

    @property
    def account_fen(self) -> int:
        return self.own_fen + self.aid_fen

    @property
    def fund_sum_fen(self) -> int:
        return self.fund_fen + (self.account_fen if self.account_in_fund else 0)

    def fields(self, *, balance_fen: int, cash: tuple[str, ...]) -> Output:
        return {
            "medfee_sumamt": yuan(self.total_fen),
            "hifp_pay": yuan(self.fund_fen),
            **dict.fromkeys(_OTHER_FUNDS, yuan(0)),
            "fund_pay_sumamt": yuan(self.fund_sum_fen),
            "psn_part_amt": yuan(self.account_fen + self.cash_fen),
            "acct_pay": yuan(self.account_fen),
            **dict.fromkeys(cash, yuan(self.cash_fen)),
            "acct_mulaid_pay": yuan(self.aid_fen),
            "hosp_part_amt": yuan(0),
            "balc": yuan(balance_fen),
        }


def shares_of(plan: Plan | RefundPlan, *, account_in_fund: bool) -> Shares:
    by = plan.returned_to if isinstance(plan, RefundPlan) else plan.paid_by
    return Shares(
        total_fen=plan.total_fen if isinstance(plan, RefundPlan) else plan.bill.total_fen,
        fund_fen=by("fund"),
        own_fen=by("own"),
        aid_fen=by("donor"),
        cash_fen=by("cash"),
        account_in_fund=account_in_fund,
    )


def account_in_fund(world: World, area: str, *, on: date) -> bool:
    """Whether `fund_pay_sumamt` has personal accounts in it, by the rule of the patient's area."""
    rules = world.policies.at(on, area)
    return rules is not None and rules.fund_includes_account.value is True


def keys(patient: Patient, identity: Identity, *, at: datetime) -> Output:
    """Whose bill it is, and of when."""
    return {
        **person_fields(patient, identity),
        "insutype": insutype(patient),
        "psn_type": psn_type(patient.person_kind),
        "setl_time": f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
        "clr_optins": patient.area,
        "clr_way": "1",
    }


def parts(bill: Bill) -> Output:
    """What the bill consists of."""
    return {
        "med_type": _MED_TYPES[bill.service],
        "clr_type": clr_type(bill.service),
        "fulamt_ownpay_amt": yuan(bill.own_expense_fen),
        "overlmt_selfpay": yuan(bill.over_limit_fen),
        "preselfpay_amt": yuan(bill.own_first_fen),
        "inscp_scp_amt": yuan(bill.eligible_fen),
    }


def setldetail(patient: Patient, shares: Shares) -> list[Output]:
    """One row per fund that pays; relatives' money comes from personal accounts too."""
    rows = []
    if shares.fund_fen:
        fund = _FUNDS.get(insutype(patient), ("", "基本医疗保险基金"))
        rows.append(_detail(fund, shares.fund_fen, ""))
    if shares.account_fen:
        aided = f"其中家庭共济 {yuan_text(shares.aid_fen)} 元" if shares.aid_fen else ""
        rows.append(_detail(_ACCOUNT, shares.account_fen, aided))
    return rows


def service_of(med_type: str) -> Service | None:
    """None for a kind of visit that is not settled here; 12 and 11 are both outpatient visits."""
    if med_type == "12":
        return "outpatient"
    return next(
        (service for service, code in _MED_TYPES.items() if code and code == med_type), None
    )


def clr_type(service: Service) -> str:
    return next((code for code, services in _CLR_TYPES.items() if service in services), "")


def _detail(fund: tuple[str, str], amount_fen: int, told: str) -> Output:
    return {
        "fund_pay_type": fund[0],
        "fund_pay_type_name": fund[1],
        "inscp_scp_amt": yuan(0),
        "crt_payb_lmt_amt": yuan(0),
        "fund_payamt": yuan(amount_fen),
        "setl_proc_info": told,
    }
