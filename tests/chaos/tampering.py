"""What a judge must see: changes of the books, and a part of the fault each is told as."""

Tampering = dict[str, tuple[str, str]]

TRIGGERS_OFF = "SET LOCAL session_replication_role = replica"
ONE = "WHERE settlement_id = (SELECT settlement_id FROM settlement WHERE own_fen > 1 LIMIT 1)"
ONE_REFUND = "WHERE refund_id = (SELECT refund_id FROM refund ORDER BY 1 LIMIT 1)"

TAMPERING: Tampering = {
    "a settlement is gone": (f"DELETE FROM settlement {ONE}", "is not in the books"),
    "a settlement nobody asked for": (
        "INSERT INTO settlement SELECT (jsonb_populate_record(NULL::settlement, to_jsonb(s) ||"
        f" jsonb_build_object('settlement_id', gen_random_uuid()))).* FROM settlement s {ONE}",
        "nobody was told",
    ),
    "an amount is another": (
        f"UPDATE settlement SET own_fen = own_fen - 1, cash_fen = cash_fen + 1 {ONE}",
        "other amounts than was told",
    ),
    "a refund is gone": (f"DELETE FROM refund {ONE_REFUND}", "refund"),
    "a refund is larger": (
        f"UPDATE refund SET cash_fen = cash_fen + 10000000, total_fen = total_fen + 10000000"
        f" {ONE_REFUND}",
        "more of",
    ),
    "a payment was not made": (
        "DELETE FROM ledger.transfer WHERE (book_id, transfer_id) = (SELECT book_id, transfer_id"
        " FROM ledger.transfer WHERE purpose = 'settlement' LIMIT 1)",
        "the ledger moved",
    ),
    "a balance is another": (
        "UPDATE ledger.account SET posted_fen = posted_fen + 1",
        "ledger.discrepancy: balance differs from entries",
    ),
    "money out of nothing": (
        "UPDATE ledger.transfer SET amount_fen = amount_fen + 1 WHERE purpose = 'credit'",
        "was credited otherwise",
    ),
    "a code was not spent": (
        "DELETE FROM code_claim WHERE claimed_id = (SELECT settlement_id FROM settlement LIMIT 1)",
        "the claims of codes",
    ),
    "a message was forgotten": (
        "DELETE FROM counter_claim WHERE message_id ="
        " (SELECT message_id FROM counter_claim LIMIT 1)",
        "the claims of messages",
    ),
    "an event was lost": ("DELETE FROM counter_event", "the events to be told"),
    "a benefit is another": (
        "UPDATE benefit_year SET fund_fen = fund_fen + 1",
        "benefits of",
    ),
    "another part of a bill counts": (
        "UPDATE benefit_year SET eligible_fen = eligible_fen + 1",
        "benefits of",
    ),
}

PREMIUMS: Tampering = {
    "an order is gone": (
        "DELETE FROM premium WHERE state = 'credited' AND plan_id IS NULL",
        "was acknowledged and is not in the books",
    ),
    "an order nobody asked for": (
        "INSERT INTO premium SELECT (jsonb_populate_record(NULL::premium, to_jsonb(p) ||"
        " jsonb_build_object('premium_id', gen_random_uuid()))).* FROM premium p"
        " WHERE plan_id IS NULL LIMIT 1",
        "is in the books and nobody was told",
    ),
    "an amount is another": (
        "UPDATE premium SET amount_fen = amount_fen + 1 WHERE state = 'credited'",
        "has another amount",
    ),
    "a receipt is another": (
        "UPDATE premium SET receipt_number = 'T0' WHERE state = 'credited'",
        "has the receipt T0",
    ),
    "a decline was not taken in": (
        "UPDATE premium SET state = 'paid', receipt_number = 'T0', paid_at = now(),"
        " receipted_at = now(), ended_at = NULL, next_try_at = now() WHERE state = 'declined'",
        "is paid with us and declined with the bureau",
    ),
    "a person is paid for twice": (
        "UPDATE premium SET insured_id ="
        " (SELECT insured_id FROM premium WHERE state = 'credited' LIMIT 1)"
        " WHERE state = 'credited'",
        "times with us",
    ),
    "an order is stuck": (
        "UPDATE premium SET state = 'paid', credited_at = NULL, next_try_at = now()"
        " WHERE state = 'credited'",
        "has not come to its end",
    ),
    "an order is left to a person": (
        "UPDATE premium SET aside = 'KeyError', next_try_at = NULL WHERE state = 'credited'",
        "was set aside: KeyError",
    ),
    "an order is forgotten": (
        "UPDATE premium SET state = 'planned', ended_at = NULL, held_at = NULL, next_try_at = now()"
        " WHERE state = 'declined'",
        "was forgotten",
    ),
    "a refund is gone": ("DELETE FROM premium_refund", "refunds of"),
    "a refund was declined": (
        "UPDATE premium_refund SET state = 'declined', reason = 'other', refunded_at = NULL",
        "the bureau says refunded",
    ),
    "a refund did not arrive": (
        "DELETE FROM ledger.transfer WHERE purpose = 'premium_refund'",
        "returned []",
    ),
    "a hold is open": ("DELETE FROM ledger.transfer WHERE phase = 'void'", "is open"),
    "a payment was not made": (
        "DELETE FROM ledger.transfer WHERE phase = 'post'",
        "the ledger has ('hold',) of",
    ),
    "the bureau has another sum": (
        "UPDATE ledger.entry SET amount_fen = amount_fen - 1 WHERE contra LIKE 'tax:%'",
        "the ledger gave the bureau",
    ),
    "a claim is gone": ("DELETE FROM premium_claim", "the claim of"),
    "a claim was left": (
        "INSERT INTO premium_claim SELECT gen_random_uuid(), year, area, book_id, premium_id"
        " FROM premium WHERE state = 'refunded' LIMIT 1",
        "the claim of",
    ),
    "a plan is gone": ("DELETE FROM premium_plan", "the plan"),
    "a plan is forgotten": (
        "DELETE FROM premium p USING premium_plan l WHERE p.plan_id = l.plan_id"
        " AND l.ended_at IS NULL",
        "was forgotten",
    ),
    "somebody was not told": ("DELETE FROM message", "was not told that it is"),
}
