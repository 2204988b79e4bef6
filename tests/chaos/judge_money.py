"""The judge's sums: conservation, balances, limits and benefits, from the books alone."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

import asyncpg

from tests.chaos.population import Population

FAULTS = "SELECT fault, book_id, subject_id FROM ledger.discrepancy"
SUM = "SELECT coalesce(sum(amount_fen), 0)::bigint FROM ledger.leg"
ACCOUNTS = """
SELECT a.book_id, a.posted_fen, a.held_fen,
       coalesce(sum(t.amount_fen) FILTER (WHERE t.purpose = 'credit'), 0)::bigint AS credited_fen,
       coalesce(-sum(t.amount_fen) FILTER (WHERE t.purpose = 'settlement'), 0)::bigint AS paid_fen,
       coalesce(sum(t.amount_fen) FILTER (WHERE t.purpose = 'refund'), 0)::bigint AS refunded_fen,
       coalesce(sum(t.amount_fen) FILTER (WHERE t.purpose = 'premium' AND t.phase = 'post'
           OR t.purpose = 'premium_refund'), 0)::bigint AS premiums_fen
  FROM ledger.account a LEFT JOIN ledger.transfer t USING (book_id)
 GROUP BY a.book_id
"""
USES = """
SELECT t.binding_id, -t.amount_fen AS amount_fen
  FROM ledger.entry e JOIN ledger.transfer t USING (book_id, transfer_id)
 WHERE t.binding_id IS NOT NULL ORDER BY e.book_id, e.number
"""
BENEFITS = """
-- A refund gives the eligible part back in proportion, rounded down over all refunds so far.
SELECT s.book_id, y.fund_fen AS kept_fund_fen,
       sum(s.pooled_fen - coalesce(r.fund_fen, 0))::bigint AS fund_fen,
       sum(s.eligible_fen - div(s.eligible_fen * coalesce(r.total_fen, 0), s.total_fen))::bigint
         AS eligible_fen, y.eligible_fen AS kept_eligible_fen
  FROM settlement s
  LEFT JOIN benefit_year y ON y.book_id = s.book_id
  LEFT JOIN (SELECT settlement_id, sum(fund_fen) AS fund_fen, sum(total_fen) AS total_fen
               FROM refund GROUP BY 1) r
    ON r.settlement_id = s.settlement_id
 WHERE s.pooled_fen > 0 OR s.eligible_fen > 0 GROUP BY s.book_id, y.fund_fen, y.eligible_fen
"""


async def faults_of_money(connection: asyncpg.Connection, people: Population) -> list[str]:
    """Every fault a sentence."""
    found = [
        f"ledger.discrepancy: {row['fault']} {row['book_id']} {row['subject_id']}"
        for row in await connection.fetch(FAULTS)
    ]
    if total := await connection.fetchval(SUM):
        found.append(f"the legs of all books sum up to {total} instead of nothing")
    found += _balances(await connection.fetch(ACCOUNTS), people)
    found += _limits(await connection.fetch(USES), people)
    for row in await connection.fetch(BENEFITS):
        right = row["eligible_fen"], row["fund_fen"]
        kept = row["kept_eligible_fen"], row["kept_fund_fen"]
        if right != kept:
            found.append(f"benefits of {row['book_id']}: {kept} for {right}")
    return found


def _balances(accounts: Iterable[asyncpg.Record], people: Population) -> Iterable[str]:
    seen = set()
    for row in accounts:
        seen.add(row["book_id"])
        if row["posted_fen"] < 0 or row["held_fen"]:
            yield f"account {row['book_id']} holds {row['posted_fen']}, promised {row['held_fen']}"
        if row["credited_fen"] != people.credits.get(row["book_id"]):
            yield f"account {row['book_id']} was credited otherwise than it was"
        at_counters = row["refunded_fen"] - row["paid_fen"]
        if row["credited_fen"] + at_counters + row["premiums_fen"] != row["posted_fen"]:
            yield f"account {row['book_id']}: credits, payments, refunds do not make its balance"
    if missing := people.credits.keys() - seen:
        yield f"accounts are gone: {missing}"


def _limits(uses: Iterable[asyncpg.Record], people: Population) -> Iterable[str]:
    """At no moment more was used of a binding than its limits of year and in total allow."""
    most = {bound.id: bound for bound in people.bindings}
    used: dict[UUID, int] = defaultdict(int)
    for use in uses:
        bound = most[use["binding_id"]]
        used[bound.id] += use["amount_fen"]
        for limit in (bound.total_limit_fen, bound.year_limit_fen):
            if limit is not None and used[bound.id] > limit:
                yield f"{used[bound.id]} was used of {bound.id}, which allows {limit}"
        if used[bound.id] < 0:
            yield f"more was returned to {bound.id} than was used of it"
