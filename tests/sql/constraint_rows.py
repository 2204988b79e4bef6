"""Rows that the constraints on money, institutions and files refuse, and some they allow."""

from typing import Any

from tests.sql.rows import copy

NEW = "00000000-0000-0000-0000-0000000000fe"
"""An id no row has."""
HOLDER = "00000000-0000-0000-0000-000000000002"
HELD = "00000000-0000-0000-0000-000000000043"
EVENT = "00000000-0000-0000-0000-000000000063"
BINDING = "00000000-0000-0000-0000-0000000000b1"
TOLD: dict[str, Any] = {
    "binding_id": None,
    "event_id": NEW,
    "amount_fen": 200,
    "about_id": HOLDER,
    "place": "测试医院",
}
"""What makes the message of a binding one of an event."""
RESOLVED: dict[str, Any] = {
    "resolved_at": "2025-06-03Z",
    "resolved_by": "clerk",
    "act": "accepted",
    "note": "测试",
}


def transfer(**changes: Any) -> str:
    return copy("ledger.transfer", **{"transfer_id": NEW} | changes)


def resolution(**changes: Any) -> str:
    """The posting of a hold of another book, which has been posted already."""
    values: dict[str, Any] = {
        "book_id": HOLDER,
        "phase": "post",
        "hold_id": HELD,
        "binding_id": None,
        "year": None,
    }
    return transfer(**values | changes)


def settlement(**changes: Any) -> str:
    return copy("settlement", **{"settlement_id": NEW} | changes)


def refund(**changes: Any) -> str:
    return copy("refund", **{"refund_id": NEW} | changes)


def filing(**changes: Any) -> str:
    return copy("filing", **{"to_area": "110100"} | changes)


def difference(**changes: Any) -> str:
    return copy("difference", **{"message_id": "message-9"} | changes)


LEDGER = {
    "account_one_per_holder": copy("ledger.account"),
    "account_held_not_negative": copy("ledger.account", book_id=NEW, held_fen=-1),
    "account_never_overdrawn": copy("ledger.account", book_id=NEW, held_fen=701),
    "allowance_one_per_year": copy("ledger.allowance"),
    "allowance_used_not_negative": copy("ledger.allowance", year=2026, used_fen=-1),
    "allowance_held_not_negative": copy("ledger.allowance", year=2026, held_fen=-1),
    "transfer_once": copy("ledger.transfer"),
    "transfer_has_account": copy("ledger.transfer", book_id=NEW),
    "transfer_known_phase": transfer(phase="later"),
    "transfer_moves_something": transfer(amount_fen=0),
    "transfer_holds_pay_out": transfer(phase="hold", expires_at="2025-06-02Z", amount_fen=1),
    "transfer_resolves_a_hold": transfer(phase="post"),
    "transfer_hold_expires": transfer(phase="hold"),
    "transfer_binding_with_year": transfer(year=None),
    "transfer_hold_resolves_once": resolution(),
    "entry_one_per_number": copy("ledger.entry"),
    "entry_one_per_transfer": copy("ledger.entry", number=2),
    "entry_of_a_transfer": copy("ledger.entry", number=2, transfer_id=NEW),
    "entry_moves_something": copy("ledger.entry", number=2, amount_fen=0),
    "entry_balance_not_negative": copy("ledger.entry", number=2, balance_fen=-1),
}
COUNTER = {
    "institution_code_shape": copy("institution", code="H5306000000"),
    "institution_known_kind": copy("institution", kind="shop"),
    "institution_known_level": copy("institution", level="top"),
    "institution_area_six_digits": copy("institution", area="5306"),
    "institution_known_services": copy("institution", services=["outpatient", "massage"]),
    "institution_dates_in_order": copy("institution", open_until="2024-12-31"),
    "counter_key_once": copy("counter_key"),
    "filing_area_six_digits": filing(from_area="5306"),
    "filing_elsewhere": filing(to_area="530602"),
    "filing_known_reason": filing(reason="holiday"),
    "filing_dates_in_order": filing(ends_on="2025-05-31"),
    "filing_one_live_per_area": copy("filing"),
    "settlement_once": copy("settlement"),
    "settlement_adds_up": settlement(total_fen=1001),
    "settlement_parts_not_negative": settlement(aid_fen=-1, cash_fen=301),
    "refund_once": copy("refund"),
    "refund_of_a_settlement": refund(settlement_id=NEW),
    "refund_adds_up": refund(total_fen=101),
    "refund_parts_not_negative": refund(fund_fen=-1, cash_fen=51),
    "counter_claim_message_once": copy("counter_claim"),
    "counter_claim_known_kind": copy("counter_claim", kind="gift"),
    "code_claim_code_once": copy("code_claim"),
    "benefit_year_once": copy("benefit_year"),
    "benefit_year_not_negative": copy("benefit_year", year=2026, fund_fen=-1),
    "counter_event_once": copy("counter_event"),
    "counter_event_known_kind": copy("counter_event", event_id=NEW, kind="lost"),
    "message_about_one_thing": copy("message", binding_id=None),
    "message_amount_with_event": copy("message", **TOLD | {"amount_fen": None}),
    "message_once_per_counter_event": copy("message", **TOLD | {"event_id": EVENT}),
}
FILES = {
    "credit_file_once": copy("credit_file"),
    "credit_file_first_day": copy("credit_file", month="2025-06-02"),
    "credit_file_area_six_digits": copy("credit_file", area="5306"),
    "credit_once_per_month": copy("credit"),
    "credit_known_category": copy("credit", month="2025-07-01", category="student"),
    "credit_amount_positive": copy("credit", month="2025-07-01", amount_fen=0),
    "difference_once": copy("difference"),
    "difference_party_shape": difference(institution_code="somebody"),
    "difference_known_kind": difference(kind="odd"),
    "difference_known_source": difference(source="rumour"),
    "difference_known_act": difference(**RESOLVED | {"act": "forgotten"}),
    "difference_resolved_whole": difference(resolved_at="2025-06-03Z"),
    "certificate_number_shape": copy("certificate", number="GJ2025060100001"),
}
MONEY_BREAKS = LEDGER | COUNTER | FILES
"""Constraint or unique index, and what breaks it and no other."""

MONEY_OTHER_SIDES = {
    "transfer_resolves_a_hold": transfer(hold_id=HELD),
    "transfer_hold_expires": transfer(expires_at="2025-06-02Z"),
    "transfer_binding_with_year": transfer(binding_id=None),
    "transfer_holds_pay_out": resolution(hold_id=NEW, amount_fen=1),
    "account_never_overdrawn": copy("ledger.account", book_id=NEW, posted_fen=-1),
    "institution_code_shape": copy("institution", code="H530600000012"),
    "filing_area_six_digits": filing(to_area="1101000"),
    "filing_one_live_per_area": copy("filing", begins_on="2025-06-02", reason="referral"),
    "settlement_parts_not_negative": settlement(pooled_fen=401),
    "refund_parts_not_negative": refund(total_fen=0, fund_fen=0, own_fen=0, aid_fen=0, cash_fen=0),
    "benefit_year_not_negative": copy("benefit_year", year=2026, eligible_fen=-1),
    "message_about_one_thing": copy("message", **TOLD | {"binding_id": BINDING}),
    **{
        f"message_amount_with_event without {name}": copy("message", **TOLD | {name: None})
        for name in ("amount_fen", "about_id")
    },
    **{
        f"message_amount_with_event only {name}": copy("message", **{name: TOLD[name]})
        for name in ("amount_fen", "about_id", "place")
    },
    "credit_amount_positive": copy("credit", month="2025-07-01", base_fen=0),
    "certificate_number_shape": copy("certificate", number="gj20250601000002"),
    **{
        f"difference_resolved_whole without {name}": difference(**RESOLVED | {name: None})
        for name in RESOLVED
    },
}
"""Those that look several ways, from another side; words after a name tell rows apart."""

MONEY_ALLOWED = {
    "an account of another holder": copy("ledger.account", book_id=NEW, held_fen=700),
    "an allowance of another year": copy("ledger.allowance", year=2026),
    "another hold": transfer(phase="hold", expires_at="2025-06-02Z"),
    "a resolution of another hold": resolution(hold_id=NEW),
    "a transfer of that id in another book": copy("ledger.transfer", book_id=HOLDER),
    "a filing once the other has ended": copy("filing", ended_at="2025-06-02Z"),
    "a filing without end": filing(ends_on=None),
    "an institution without end": copy("institution", code="P53060000002", open_until=None),
    "a message of money that moved nowhere in particular": copy(
        "message", **TOLD | {"place": None}
    ),
    "a message of another event": copy("message", **TOLD | {"amount_fen": 0}),
    "the same message number elsewhere": copy("counter_claim", institution_code="P53060000002"),
    "a refund of the rest": refund(total_fen=1, fund_fen=0, own_fen=0, aid_fen=0, cash_fen=1),
    "a difference that is resolved": difference(**RESOLVED),
    "the other side's word on the same": copy("difference", source="platform"),
    "a certificate of the same binding": copy("certificate", number="GJ20250601000002"),
    "a credit of another month": copy("credit", month="2025-07-01"),
}
