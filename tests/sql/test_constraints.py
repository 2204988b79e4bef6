"""Every constraint of our tables says no when it should, by its own name (rule 6)."""

import asyncpg
import pytest

from service.constraint_table import CONSTRAINTS
from tests.sql.constraint_rows import MONEY_ALLOWED, MONEY_BREAKS, MONEY_OTHER_SIDES
from tests.sql.money_rows import MONEY_ROWS
from tests.sql.premium_rows import (
    PREMIUM_ALLOWED,
    PREMIUM_BREAKS,
    PREMIUM_OTHER_SIDES,
    PREMIUM_ROWS,
)
from tests.sql.rows import ROWS, copy

OTHER_BINDING = "00000000-0000-0000-0000-0000000000b2"
DONOR = "00000000-0000-0000-0000-000000000001"
OTHER_PARTY = "00000000-0000-0000-0000-000000000002"
THIRD = "00000000-0000-0000-0000-000000000003"
CLERK = "00000000-0000-0000-0000-0000000000c1"

BREAKS = {
    "person_one_per_id_number": copy("person"),
    "person_area_six_digits": copy("person", area="53060a"),
    "channel_account_one_per_subject": copy("channel_account", person_id=None, linked_at=None),
    "channel_account_one_per_person": copy("channel_account", subject_index=r"\x02"),
    "channel_account_known_channel": copy("channel_account", channel="sms"),
    "channel_account_linked_together": copy("channel_account", linked_at=None),
    "clerk_one_per_login": copy("clerk"),
    "clerk_known_roles": copy("clerk", roles=["intake", "owner"]),
    "clerk_area_six_digits": copy("clerk", area="5306"),
    "binding_with_another_person": copy("binding", beneficiary_id=DONOR),
    "binding_known_state": copy("binding", state="sleeping"),
    "binding_known_review": copy("binding", review="oracle"),
    "binding_known_channel": copy("binding", channel="post"),
    "binding_hall_has_clerk": copy("binding", channel="hall"),
    "binding_dates_in_order": copy("binding", ends_on="2025-01-01"),
    "binding_rank_positive": copy("binding", rank=0),
    "binding_limits_positive": copy("binding", use_limit_fen=0),
    "binding_used_only_signed": copy("binding", signed_at=None),
    "binding_effective_when_active": copy("binding", effective_at=None),
    "binding_over_has_a_time": copy("binding", state="ended"),
    "binding_one_live_per_pair": copy("binding"),
    "document_once_per_binding": copy("document"),
    "document_known_kind": copy("document", kind="letter"),
    "code_delegation_to_another_person": copy("code_delegation", delegate_id=DONOR),
    "code_delegation_ends_after_begin": copy("code_delegation", ended_at="2024-12-31Z"),
    "code_delegation_one_live_per_pair": copy("code_delegation"),
    "commitment_one_per_binding": copy("commitment", sequence=2),
    "commitment_chained": copy("commitment", binding_id=OTHER_BINDING),
    "commitment_sequence_from_1": copy("commitment", sequence=0),
    "audit_known_actor": copy("audit", actor_kind="robot", actor_id=None),
    "audit_actor_named": copy("audit", actor_id=None),
    "idempotency_key_once": copy("idempotency"),
    "idempotency_answered_whole": copy("idempotency", status=200),
    "message_once_per_event": copy("message"),
    "message_known_outcome": copy("message", outcome="lost", settled_at="2025-01-01Z"),
    "message_settled_whole": copy("message", outcome="sent"),
    **MONEY_BREAKS,
    **PREMIUM_BREAKS,
}
"""Constraint or unique index, and what breaks it and no other."""

OTHER_SIDES = {
    "channel_account_linked_together": copy("channel_account", person_id=None),
    "binding_hall_has_clerk": copy("binding", applied_by=CLERK),
    "binding_over_has_a_time": copy("binding", ended_at="2025-01-01Z"),
    "binding_rank_positive": copy("binding", rank=100),
    "audit_actor_named": copy("audit", actor_kind="system"),
    "idempotency_answered_whole": copy("idempotency", answer_sealed=r"\x01"),
    "message_settled_whole": copy("message", settled_at="2025-01-01Z"),
    **MONEY_OTHER_SIDES,
    **PREMIUM_OTHER_SIDES,
}
"""Those that look both ways, broken from the other side."""

ALLOWED = {
    "a second binding once the first is over": copy(
        "binding", state="ended", ended_at="2025-06-01Z"
    ),
    "limits left open": copy("binding", donor_id=THIRD, total_limit_fen=None, use_limit_fen=None),
    "a delegation that ended": copy("code_delegation", ended_at="2025-01-01Z"),
    "another account of the person in another app": copy("channel_account", app_id="app-2"),
    "an unlinked account": copy(
        "channel_account", subject_index=r"\x02", person_id=None, linked_at=None
    ),
    "an act of the system": copy("audit", actor_kind="system", actor_id=None),
    "the next of a chain": copy("commitment", binding_id=OTHER_BINDING, sequence=2),
    "the other party's message": copy("message", person_id=OTHER_PARTY),
    **MONEY_ALLOWED,
    **PREMIUM_ALLOWED,
}

# Left out: NOT NULL, and foreign keys and primary keys that bear the names PostgreSQL gives. No
# request chooses whether a column is filled or which id is taken: a broken one is a fault of ours.
OURS = r"""
WITH ours AS (SELECT oid, relname FROM pg_class
               WHERE relkind = 'r'
                 AND relnamespace IN ('public'::regnamespace, 'ledger'::regnamespace)
                 AND relname NOT LIKE 'pgqueuer%' AND relname <> 'migration')
SELECT conname FROM pg_constraint JOIN ours ON ours.oid = conrelid
 WHERE contype IN ('c', 'u', 'x') OR (contype = 'p' AND conname <> relname || '_pkey')
    OR (contype = 'f' AND conname !~ '_fkey[0-9]*$')
UNION
SELECT i.relname FROM pg_index x JOIN ours ON ours.oid = x.indrelid
                                 JOIN pg_class i ON i.oid = x.indexrelid
 WHERE x.indisunique AND NOT x.indisprimary
"""


async def broken(connection: asyncpg.Connection, statement: str) -> str | None:
    """The constraint that refuses the statement on the base rows."""
    await connection.execute(ROWS + MONEY_ROWS + PREMIUM_ROWS)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as caught:
        await connection.execute(statement)
    return caught.value.constraint_name


async def ours(connection: asyncpg.Connection) -> set[str]:
    return {row[0] for row in await connection.fetch(OURS)}


@pytest.mark.parametrize("name", BREAKS)
async def test_it_says_no_by_its_own_name(name: str, schema: asyncpg.Connection) -> None:
    assert await broken(schema, BREAKS[name]) == name


@pytest.mark.parametrize("name", OTHER_SIDES)
async def test_the_other_side_is_refused_too(name: str, schema: asyncpg.Connection) -> None:
    assert await broken(schema, OTHER_SIDES[name]) == name.partition(" ")[0]


@pytest.mark.parametrize("what", ALLOWED)
async def test_it_says_no_to_nothing_else(what: str, schema: asyncpg.Connection) -> None:
    await schema.execute(ROWS + MONEY_ROWS + PREMIUM_ROWS)
    await schema.execute(ALLOWED[what])


async def test_every_constraint_has_a_row_in_the_table(schema: asyncpg.Connection) -> None:
    known = await ours(schema)
    assert known == set(BREAKS), f"untested or gone: {sorted(known ^ set(BREAKS))}"


async def test_every_constraint_stands_for_a_problem(schema: asyncpg.Connection) -> None:
    known = await ours(schema)
    assert known == set(CONSTRAINTS), f"unmapped or gone: {sorted(known ^ set(CONSTRAINTS))}"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET detail = '{\"changed\": 1}'",
        "DELETE FROM audit",
        "DELETE FROM commitment",
        *(
            f"UPDATE commitment SET {change}"
            for change in (
                "id = '00000000-0000-0000-0000-0000000000ff'",
                f"binding_id = '{OTHER_BINDING}'",
                f"donor_id = '{OTHER_PARTY}'",
                "sequence = 2",
                "template_version = '2026-2'",
                r"text_digest = '\x02'",
                r"image_digest = '\x02'",
                r"pack_digest = '\x02'",
                r"previous_digest = '\x02'",
                r"signature = '\x02'",
                "key_id = 'another'",
                "signed_at = now()",
            )
        ),
    ],
)
async def test_what_is_kept_for_ever_is_not_changed(
    statement: str, schema: asyncpg.Connection
) -> None:
    await schema.execute(ROWS)
    with pytest.raises(asyncpg.PostgresError) as caught:
        await schema.execute(statement)
    assert caught.value.sqlstate == "GJ001"


async def test_only_ciphertext_of_a_commitment_changes(schema: asyncpg.Connection) -> None:
    """Key rotation seals anew; every other column is listed in the test above."""
    await schema.execute(ROWS)
    await schema.execute(r"UPDATE commitment SET pack_sealed = '\x02', image_sealed = '\x02'")
    columns = await schema.fetchval(
        "SELECT count(*) FROM information_schema.columns"
        " WHERE table_name = 'commitment' AND column_name NOT IN ('pack_sealed', 'image_sealed')"
    )
    assert columns == 12, "a new column of commitment must be named in commitment_unchanging"
