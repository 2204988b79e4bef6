"""Transactions about who is who: 9001 sign-in of a counter, 1101 the person behind a code."""

import secrets

from service.domain.calendar import SHANGHAI, business_date
from service.domain.enrolment import PersonKind, Scheme
from service.domain.person import IdNumber, parse_id_number
from service.domain.settlement import Patient
from service.flows.identify_patient import Identified, identify_patient
from service.gateways.platform.wire_people import PERSON_KINDS, SEXES
from service.handlers.answers import granted
from service.handlers.fsi_wire import Call, Output, short_id, yuan
from service.personal import Identity
from service.problems import Problem

_FAMILY_CODE = "01"
_ID_CARD = "01"
INSUTYPES: dict[Scheme, str] = {"employee": "310", "resident": "390", "other": ""}


async def sign_in(call: Call) -> Output:
    """9001: nothing hangs on it, the header signature is the key; programs want the number."""
    call.node.text("opter_no", most=30, needed=True)
    call.node.text("mac", most=60)
    call.node.text("ip", most=60)
    at = call.world.clock().astimezone(SHANGHAI)
    signed = {
        "sign_time": f"{at:%Y-%m-%d %H:%M:%S}",
        "sign_no": f"S{at:%Y%m%d%H%M%S}{secrets.token_hex(6).upper()}",
    }
    return {"signinoutb": signed, **signed}


async def identify(call: Call) -> Output:
    """1101: the person whose family code was scanned. The code is this counter's from now on."""
    found = granted(await identify_patient(call.world, call.institution, code=shown_code(call)))
    patient, today = found.patient, business_date(call.world.clock())
    number = parse_id_number(found.identity.id_number, today=today)
    assert isinstance(number, IdNumber)
    base = {
        **person_fields(patient, found.identity),
        "gend": next(code for code, sex in SEXES.items() if sex == number.sex),
        "naty": "",
        "brdy": number.born_on.isoformat(),
        "age": number.age_on(today),
    }
    return {"baseinfo": base, "insuinfo": [_insurance(found)], "idetinfo": []}


def shown_code(call: Call) -> str:
    """The family code in `mdtrt_cert_no`. Raises Problem for other certificates."""
    if call.node.text("mdtrt_cert_type", most=3, needed=True) != _FAMILY_CODE:
        raise Problem("envelope.code_needed")
    return call.node.text("mdtrt_cert_no", most=128, needed=True)


def person_fields(patient: Patient, identity: Identity) -> Output:
    """In clear: a counter that has the code may know whom it serves."""
    return {
        "psn_no": short_id(patient.id),
        "psn_cert_type": _ID_CARD,
        "certno": identity.id_number,
        "psn_name": identity.name,
    }


def insutype(patient: Patient) -> str:
    return INSUTYPES[patient.scheme]


def psn_type(kind: PersonKind) -> str:
    return next((code for code, known in PERSON_KINDS.items() if known == kind), "")


def _insurance(found: Identified) -> Output:
    return {
        "balc": yuan(found.balance_fen or 0),
        "insutype": insutype(found.patient),
        "psn_type": psn_type(found.patient.person_kind),
        "psn_insu_stas": "1",
        "psn_insu_date": "",
        "paus_insu_date": "",
        "cvlserv_flag": "",
        "insuplc_admdvs": found.patient.area,
        "emp_name": "",
    }
