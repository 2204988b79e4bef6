"""A small valid set of rows, one or two in every table of ours, and changed copies of them."""

import msgspec

ROWS = r"""
INSERT INTO person (id, id_number_index, id_number_sealed, name_sealed, area, created_at)
SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, decode('0' || n, 'hex'), '\x01', '\x01',
       '530600', '2025-01-01Z' FROM generate_series(1, 3) n;

INSERT INTO clerk (id, login, password_hash, totp_sealed, roles, area, created_at)
VALUES ('00000000-0000-0000-0000-0000000000c1', 'clerk', 'hash', '\x01', '{intake,review}',
    '530600', '2025-01-01Z');

INSERT INTO channel_account
    (id, channel, app_id, subject_index, subject_sealed, person_id, created_at, linked_at)
VALUES ('00000000-0000-0000-0000-0000000000a1', 'wechat', 'app', '\x01', '\x01',
    '00000000-0000-0000-0000-000000000001', '2025-01-01Z', '2025-01-01Z');

INSERT INTO binding (id, donor_id, beneficiary_id, area, relation, channel, state, begins_on,
    ends_on, rank, total_limit_fen, year_limit_fen, use_limit_fen, applied_at, signed_at,
    effective_at)
VALUES ('00000000-0000-0000-0000-0000000000b1', '00000000-0000-0000-0000-000000000001',
    '00000000-0000-0000-0000-000000000002', '530600', '12', 'wechat', 'active', '2025-01-01',
    '2025-12-31', 1, 300, 200, 100, '2025-01-01Z', '2025-01-01Z', '2025-01-01Z');
INSERT INTO binding (id, donor_id, beneficiary_id, area, relation, channel, state, applied_by,
    begins_on, rank, applied_at)
VALUES ('00000000-0000-0000-0000-0000000000b2', '00000000-0000-0000-0000-000000000001',
    '00000000-0000-0000-0000-000000000003', '530600', '20', 'hall', 'awaiting_signature',
    '00000000-0000-0000-0000-0000000000c1', '2025-01-01', 1, '2025-01-01Z');

INSERT INTO document (id, binding_id, kind, image_digest, image_sealed, uploaded_at)
VALUES ('00000000-0000-0000-0000-0000000000d1', '00000000-0000-0000-0000-0000000000b1',
    'household_register', '\x01', '\x01', '2025-01-01Z');

INSERT INTO code_delegation (id, owner_id, delegate_id, began_at)
VALUES ('00000000-0000-0000-0000-0000000000e1', '00000000-0000-0000-0000-000000000001',
    '00000000-0000-0000-0000-000000000002', '2025-01-01Z');

INSERT INTO commitment (id, binding_id, donor_id, sequence, template_version, text_digest,
    image_digest, pack_digest, previous_digest, pack_sealed, image_sealed, signature, key_id,
    signed_at)
VALUES ('00000000-0000-0000-0000-0000000000f1', '00000000-0000-0000-0000-0000000000b1',
    '00000000-0000-0000-0000-000000000001', 1, '2026-1', '\x01', '\x01', '\x01', '\x00', '\x01',
    '\x01', '\x01', 'key', '2025-01-01Z');

INSERT INTO audit (id, at, actor_kind, actor_id, act, subject_kind, subject_id, detail)
VALUES ('00000000-0000-0000-0000-000000000011', '2025-01-01Z', 'citizen',
    '00000000-0000-0000-0000-000000000001', 'binding.applied', 'binding',
    '00000000-0000-0000-0000-0000000000b1', '{}');

INSERT INTO idempotency (principal, key, route, fingerprint, claim, claimed_until, created_at)
VALUES ('00000000-0000-0000-0000-000000000001', 'key-0001', 'POST /v1/bindings', '\x01',
    '00000000-0000-0000-0000-000000000021', '2025-01-01Z', '2025-01-01Z');

INSERT INTO message (id, person_id, binding_id, kind, created_at)
VALUES ('00000000-0000-0000-0000-000000000031', '00000000-0000-0000-0000-000000000001',
    '00000000-0000-0000-0000-0000000000b1', 'binding_active', '2025-01-01Z');
"""

ANOTHER = "00000000-0000-0000-0000-0000000000ff"
"""An id no row has."""

Value = str | int | list[str] | None


def copy(table: str, **changes: Value) -> str:
    """The statement that adds the table's first row again, changed, under another id."""
    values = changes if table == "idempotency" else {"id": ANOTHER, **changes}
    text = msgspec.json.encode(values).decode()
    return (
        f"INSERT INTO {table}"
        f" SELECT (jsonb_populate_record(NULL::{table}, to_jsonb(r) || '{text}')).*"
        f" FROM (SELECT * FROM {table} ORDER BY 1 LIMIT 1) r"
    )
