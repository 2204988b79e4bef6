"""A small valid set of rows in the tables of money, to be added after those of `rows`."""

MONEY_ROWS = r"""
INSERT INTO ledger.account (book_id, posted_fen, held_fen, entry_count, version, opened_at)
VALUES ('00000000-0000-0000-0000-000000000001', 700, 0, 2, 2, '2025-01-01Z'),
       ('00000000-0000-0000-0000-000000000002', 900, 0, 2, 2, '2025-01-01Z');
INSERT INTO ledger.allowance (book_id, binding_id, year, used_fen, held_fen)
VALUES ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-0000000000b1', 2025,
    300, 0);
INSERT INTO ledger.transfer (book_id, transfer_id, journal_id, phase, purpose, binding_id, year,
    contra, amount_fen, hold_id, expires_at, booked_on, recorded_at)
VALUES ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000041',
    '00000000-0000-0000-0000-000000000042', 'single', 'settlement',
    '00000000-0000-0000-0000-0000000000b1', 2025, 'institution:H53060000001', -300, NULL, NULL,
    '2025-06-01', '2025-06-01Z'),
   ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000043',
    '00000000-0000-0000-0000-000000000042', 'hold', 'settlement', NULL, NULL,
    'institution:H53060000001', -100, NULL, '2025-06-02Z', '2025-06-01', '2025-06-01Z'),
   ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000044',
    '00000000-0000-0000-0000-000000000042', 'post', 'settlement', NULL, NULL,
    'institution:H53060000001', -100, '00000000-0000-0000-0000-000000000043', NULL,
    '2025-06-01', '2025-06-01Z');
INSERT INTO ledger.entry
    (book_id, number, transfer_id, contra, amount_fen, balance_fen, booked_on)
VALUES ('00000000-0000-0000-0000-000000000001', 1, '00000000-0000-0000-0000-000000000041',
    'institution:H53060000001', -300, 700, '2025-06-01');

INSERT INTO institution (code, name, kind, level, area, address, services, patient_areas, away,
    open_from, open_until)
VALUES ('H53060000001', '测试医院', 'hospital', 'secondary', '530600', '测试路1号',
    '{outpatient,pharmacy}', '{}', true, '2025-01-01', '2025-12-31');
INSERT INTO counter_key (institution_code, key_id, secret_sealed, made_at)
VALUES ('H53060000001', '00000000-0000-0000-0000-000000000051', '\x01', '2025-01-01Z');
INSERT INTO filing (id, person_id, from_area, to_area, reason, begins_on, ends_on, filed_at)
VALUES ('00000000-0000-0000-0000-000000000052', '00000000-0000-0000-0000-000000000001', '530600',
    '610100', 'temporary', '2025-06-01', '2025-06-30', '2025-05-01Z');

INSERT INTO settlement (book_id, settlement_id, institution_code, message_id, service, total_fen,
    fund_fen, own_fen, aid_fen, cash_fen, eligible_fen, pooled_fen, plan, settled_on, settled_at)
VALUES ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000061',
    'H53060000001', 'message-1', 'outpatient', 1000, 400, 300, 200, 100, 900, 400, '\x01',
    '2025-06-01', '2025-06-01Z');
INSERT INTO refund (book_id, refund_id, settlement_id, institution_code, message_id, total_fen,
    fund_fen, own_fen, aid_fen, cash_fen, plan, refunded_on, refunded_at)
VALUES ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000062',
    '00000000-0000-0000-0000-000000000061', 'H53060000001', 'message-2', 100, 10, 20, 30, 40,
    '\x01', '2025-06-02', '2025-06-02Z');
INSERT INTO counter_claim
    (institution_code, message_id, kind, fingerprint, claimed_book, claimed_id)
VALUES ('H53060000001', 'message-1', 'settlement', '\x01', '00000000-0000-0000-0000-000000000002',
    '00000000-0000-0000-0000-000000000061');
INSERT INTO code_claim (code_digest, claimed_book, claimed_id)
VALUES ('\x01', '00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000061');
INSERT INTO benefit_year (book_id, year, eligible_fen, fund_fen)
VALUES ('00000000-0000-0000-0000-000000000002', 2025, 900, 400);
INSERT INTO counter_event (book_id, event_id, settlement_id, kind, at)
VALUES ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000063',
    '00000000-0000-0000-0000-000000000061', 'settled', '2025-06-01Z');
INSERT INTO message (id, person_id, event_id, kind, amount_fen, about_id, place, created_at)
VALUES ('00000000-0000-0000-0000-000000000032', '00000000-0000-0000-0000-000000000001',
    '00000000-0000-0000-0000-000000000063', 'binding_active', 200,
    '00000000-0000-0000-0000-000000000002', '测试医院', '2025-06-01Z');

INSERT INTO credit_file (id, area, month, digest, received_at)
VALUES ('00000000-0000-0000-0000-000000000071', '530600', '2025-06-01', '\x01', '2025-06-01Z');
INSERT INTO credit (person_id, area, month, category, base_fen, amount_fen, file_id, transfer_id)
VALUES ('00000000-0000-0000-0000-000000000001', '530600', '2025-06-01', 'employee', 1000, 1000,
    '00000000-0000-0000-0000-000000000071', '00000000-0000-0000-0000-000000000045');
INSERT INTO difference (id, institution_code, day, message_id, kind, ours_fen, theirs_fen, source,
    found_at)
VALUES ('00000000-0000-0000-0000-000000000081', 'H53060000001', '2025-06-01', 'message-1',
    'amount', 1000, 999, 'institution', '2025-06-02Z');
INSERT INTO certificate (number, binding_id, content_sealed, issued_at)
VALUES ('GJ20250601000001', '00000000-0000-0000-0000-0000000000b1', '\x01', '2025-06-01Z');
"""
