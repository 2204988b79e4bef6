"""What is answered of a settlement or a refund, in the words of the national interface."""

import hashlib
from datetime import datetime
from typing import NoReturn

from service.domain.calendar import business_date
from service.domain.person import mask_id_number, mask_name
from service.domain.receipt import Receipt, RefundReceipt
from service.domain.settlement import Patient, Plan
from service.handlers import fsi_setlinfo
from service.handlers.fsi_setlinfo import account_in_fund, keys, parts, setldetail, shares_of
from service.handlers.fsi_wire import Call, Output, short_id
from service.personal import Identity, reveal
from service.problems import Problem
from service.store import accounts, people

_CODE_SHOWN = ("2101", "2102", "2206", "2207")
PHARMACY = ("2101", "2102", "2103")


async def bill_told(
    call: Call,
    patient: Patient,
    plan: Plan,
    *,
    at: datetime,
    setl_id: str,
    message_id: str,
    cash: tuple[str, ...] = (),
) -> Output:
    """A bill that is split, whether settled or only quoted. `cash`: the names cash goes by."""
    paid = shares_of(plan, account_in_fund=_included(call, patient, at=at))
    pharmacy = call.envelope.infno in PHARMACY
    names = cash or (fsi_setlinfo.CASH_AT_PHARMACY if pharmacy else fsi_setlinfo.CASH)
    info = {
        "setl_id": setl_id,
        "medins_setl_id": message_id,
        **keys(patient, await _identity(call, patient), at=at),
        **parts(plan.bill),
        **paid.fields(balance_fen=plan.balance_after_fen, cash=names),
    }
    return _told(call, info, setldetail(patient, paid))


async def settled(call: Call, receipt: Receipt, *, cash: tuple[str, ...] = ()) -> Output:
    return await bill_told(
        call,
        receipt.patient,
        receipt.plan,
        at=receipt.settled_at,
        setl_id=short_id(receipt.settlement_id),
        message_id=receipt.message_id,
        cash=cash,
    )


async def refunded(call: Call, receipt: Receipt, refund: RefundReceipt) -> Output:
    """Amounts as they went back, above zero; the balance is that of now."""
    patient = receipt.patient
    included = _included(call, patient, at=receipt.settled_at)
    back = shares_of(refund.plan, account_in_fund=included)
    async with call.world.database.read() as tx:
        account = await accounts.get(tx, book_id=patient.id)
    pharmacy = call.envelope.infno in PHARMACY
    cash = fsi_setlinfo.CASH_BACK_AT_PHARMACY if pharmacy else fsi_setlinfo.CASH_BACK
    info = {
        "setl_id": short_id(refund.refund_id),
        "init_setl_id": short_id(refund.settlement_id),
        "medins_setl_id": refund.message_id,
        **keys(patient, await _identity(call, patient), at=refund.refunded_at),
        **back.fields(balance_fen=account.posted_fen if account else 0, cash=cash),
    }
    return _told(call, info, setldetail(patient, back))


def _told(call: Call, info: Output, detail: list[Output]) -> Output:
    """`mdtrt_id` is the program's own: it comes back as it came."""
    return {
        "setlinfo": {"mdtrt_id": call.node.text("mdtrt_id"), **info},
        "setldetail": detail,
    }


def _included(call: Call, patient: Patient, *, at: datetime) -> bool:
    """`at`: when the bill was settled, whose rules hold for its refund too."""
    return account_in_fund(call.world, patient.area, on=business_date(at))


async def _identity(call: Call, patient: Patient) -> Identity:
    """Whole where the patient's code was shown with the request; later only masked."""
    async with call.world.database.read() as tx:
        known = reveal(call.world.vault, await people.get(tx, id=patient.id))
    if call.envelope.infno in _CODE_SHOWN:
        return known
    return Identity(
        id=known.id, id_number=mask_id_number(known.id_number), name=mask_name(known.name)
    )


def fingerprint(call: Call) -> bytes:
    """Of the transaction and all that stands in it; the envelope around it may be new."""
    kind = f"envelope-{call.envelope.infno}".encode()
    return hashlib.sha256(kind + b"\0" + call.node.content).digest()


def mismatch() -> NoReturn:
    raise Problem("counter.person_mismatch")
