-- The ledger of personal accounts. A book is one holder's: `book_id` is that person's id and comes
-- first in every key, so that one holder's rows can live together on one shard. No serials, no
-- triggers: ids, times and actors are given by the caller.
--
-- Amounts are signed fen as the holder sees them: below zero is paid out. What stands on the other
-- side (an institution, the fund, the tax bureau) is a contra code on the row and never a balance
-- row: nothing is locked but the holder's own account.

CREATE SCHEMA ledger;

-- The personal account: bounded, its balance on the row. `version` counts everything that a
-- decision about this holder may rest on; `entry_count` is the length of the chain of entries.
CREATE TABLE ledger.account (
    book_id     uuid   NOT NULL,
    posted_fen  bigint NOT NULL DEFAULT 0,
    held_fen    bigint NOT NULL DEFAULT 0,
    entry_count bigint NOT NULL DEFAULT 0,
    version     bigint NOT NULL DEFAULT 0,
    opened_at   timestamptz NOT NULL,
    CONSTRAINT account_one_per_holder    PRIMARY KEY (book_id),
    CONSTRAINT account_held_not_negative CHECK (held_fen >= 0),
    CONSTRAINT account_never_overdrawn   CHECK (posted_fen >= held_fen)
) WITH (fillfactor = 70);

-- What a binding has used of its donor's account in a calendar year (Asia/Shanghai).
CREATE TABLE ledger.allowance (
    book_id    uuid     NOT NULL,
    binding_id uuid     NOT NULL,
    year       smallint NOT NULL,
    used_fen   bigint   NOT NULL,
    held_fen   bigint   NOT NULL,
    CONSTRAINT allowance_one_per_year      PRIMARY KEY (book_id, binding_id, year),
    CONSTRAINT allowance_used_not_negative CHECK (used_fen >= 0),
    CONSTRAINT allowance_held_not_negative CHECK (held_fen >= 0)
) WITH (fillfactor = 70);

-- Every instruction. Its id is chosen by the caller and derived from the order: recorded once.
CREATE TABLE ledger.transfer (
    book_id     uuid   NOT NULL,
    transfer_id uuid   NOT NULL,
    journal_id  uuid   NOT NULL,
    phase       text   NOT NULL,
    purpose     text   NOT NULL,
    binding_id  uuid,
    year        smallint,
    contra      text   NOT NULL,
    amount_fen  bigint NOT NULL,
    hold_id     uuid,
    expires_at  timestamptz,
    booked_on   date   NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT transfer_once              PRIMARY KEY (book_id, transfer_id),
    CONSTRAINT transfer_has_account       FOREIGN KEY (book_id) REFERENCES ledger.account,
    CONSTRAINT transfer_known_phase       CHECK (phase IN ('single', 'hold', 'post', 'void')),
    CONSTRAINT transfer_moves_something   CHECK (amount_fen <> 0),
    CONSTRAINT transfer_holds_pay_out     CHECK (phase = 'single' OR amount_fen < 0),
    CONSTRAINT transfer_resolves_a_hold   CHECK ((phase IN ('post', 'void')) = (hold_id IS NOT NULL)),
    CONSTRAINT transfer_hold_expires      CHECK ((phase = 'hold') = (expires_at IS NOT NULL)),
    CONSTRAINT transfer_binding_with_year CHECK ((binding_id IS NULL) = (year IS NULL))
);
CREATE UNIQUE INDEX transfer_hold_resolves_once
    ON ledger.transfer (book_id, hold_id) WHERE hold_id IS NOT NULL;
CREATE INDEX transfer_by_journal ON ledger.transfer (journal_id);

-- Money that moved, chained: number follows number, and each balance is the one before plus amount.
CREATE TABLE ledger.entry (
    book_id     uuid   NOT NULL,
    number      bigint NOT NULL,
    transfer_id uuid   NOT NULL,
    contra      text   NOT NULL,
    amount_fen  bigint NOT NULL,
    balance_fen bigint NOT NULL,
    booked_on   date   NOT NULL,
    CONSTRAINT entry_one_per_number        PRIMARY KEY (book_id, number),
    CONSTRAINT entry_one_per_transfer      UNIQUE (book_id, transfer_id),
    CONSTRAINT entry_of_a_transfer         FOREIGN KEY (book_id, transfer_id) REFERENCES ledger.transfer,
    CONSTRAINT entry_moves_something       CHECK (amount_fen <> 0),
    CONSTRAINT entry_balance_not_negative  CHECK (balance_fen >= 0)
);
CREATE INDEX entry_by_day ON ledger.entry USING brin (booked_on);

-- Both sides of every movement as an accountant writes it: their sum is zero, always and everywhere.
CREATE VIEW ledger.leg AS
SELECT book_id, number, transfer_id, 'account:' || book_id AS code, amount_fen, booked_on
  FROM ledger.entry
UNION ALL
SELECT book_id, number, transfer_id, contra, -amount_fen, booked_on FROM ledger.entry;

CREATE VIEW ledger.balance AS
SELECT 'account:' || book_id AS code, posted_fen AS balance_fen FROM ledger.account
UNION ALL
SELECT contra, -sum(amount_fen)::bigint FROM ledger.entry GROUP BY contra;

CREATE VIEW ledger.open_hold AS
SELECT h.* FROM ledger.transfer h
 WHERE h.phase = 'hold'
   AND NOT EXISTS (SELECT FROM ledger.transfer r
                    WHERE r.book_id = h.book_id AND r.hold_id = h.transfer_id);

-- Empty when the books are right.
CREATE VIEW ledger.discrepancy AS
SELECT 'balance differs from entries' AS fault, book_id, book_id AS subject_id
  FROM ledger.account a
  FULL JOIN (SELECT book_id, sum(amount_fen) AS amount_fen, count(*) AS entries, max(number) AS last
               FROM ledger.entry GROUP BY book_id) e USING (book_id)
 WHERE a.posted_fen IS DISTINCT FROM coalesce(e.amount_fen, 0)
    OR a.entry_count IS DISTINCT FROM coalesce(e.entries, 0)
    OR a.entry_count IS DISTINCT FROM coalesce(e.last, 0)
UNION ALL
SELECT 'chain of entries broken', q.book_id, q.transfer_id
  FROM (SELECT *, lag(balance_fen, 1, 0::bigint) OVER chain AS before, row_number() OVER chain AS place
          FROM ledger.entry WINDOW chain AS (PARTITION BY book_id ORDER BY number)) q
 WHERE q.balance_fen <> q.before + q.amount_fen OR q.number <> q.place
UNION ALL
SELECT 'transfer and entry differ', coalesce(t.book_id, e.book_id),
       coalesce(t.transfer_id, e.transfer_id)
  FROM (SELECT * FROM ledger.transfer WHERE phase IN ('single', 'post')) t
  FULL JOIN ledger.entry e ON e.book_id = t.book_id AND e.transfer_id = t.transfer_id
 WHERE t.book_id IS NULL OR e.book_id IS NULL OR t.amount_fen <> e.amount_fen
    OR t.contra <> e.contra OR t.booked_on <> e.booked_on
UNION ALL
SELECT 'held differs from open holds', book_id, book_id
  FROM ledger.account a
  FULL JOIN (SELECT book_id, -sum(amount_fen) AS held_fen FROM ledger.open_hold GROUP BY book_id) h
    USING (book_id)
 WHERE a.held_fen IS DISTINCT FROM coalesce(h.held_fen, 0)
UNION ALL
SELECT 'allowance differs from transfers', coalesce(w.book_id, t.book_id),
       coalesce(w.binding_id, t.binding_id)
  FROM ledger.allowance w
  FULL JOIN (SELECT book_id, binding_id, year,
                    -coalesce(sum(amount_fen) FILTER (WHERE phase IN ('single', 'post')), 0) AS used_fen
               FROM ledger.transfer WHERE binding_id IS NOT NULL
              GROUP BY book_id, binding_id, year) t
    ON (t.book_id, t.binding_id, t.year) = (w.book_id, w.binding_id, w.year)
 WHERE w.used_fen IS DISTINCT FROM t.used_fen
UNION ALL
SELECT 'allowance held differs from open holds', w.book_id, w.binding_id
  FROM ledger.allowance w
  LEFT JOIN (SELECT book_id, binding_id, year, -sum(amount_fen) AS held_fen FROM ledger.open_hold
              WHERE binding_id IS NOT NULL GROUP BY book_id, binding_id, year) h
    USING (book_id, binding_id, year)
 WHERE w.held_fen <> coalesce(h.held_fen, 0);
