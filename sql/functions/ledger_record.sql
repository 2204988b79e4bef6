-- Records one journal or many in one call: all of them or none. Conservation lives here, policy
-- does not: this function knows nothing of relatives, provinces or what money is for.
--
-- Arrays run in parallel. Per leg: its journal, phase, purpose, book, the binding and year whose
-- allowance it uses (or null), contra code, signed amount in fen, and for post and void the hold.
-- `_seen_*`: the account versions the decision rests on; null where there was no account.
--
-- Refusals: LG001 a resolution does not match its hold, LG002 something changed since it was decided
-- (a version, or the day was closed);
-- otherwise the name of a constraint: account_never_overdrawn, transfer_once, ...
CREATE OR REPLACE FUNCTION ledger.record(
    _at timestamptz, _booked_on date,
    _seen_books uuid[], _seen_versions bigint[],
    _journals uuid[], _transfers uuid[], _phases text[], _purposes text[], _books uuid[],
    _bindings uuid[], _years smallint[], _contras text[], _amounts bigint[],
    _holds uuid[], _expires timestamptz[]
) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    -- One order for everybody: two calls never wait for each other in a circle.
    PERFORM FROM ledger.account WHERE book_id = ANY (_seen_books || _books)
      ORDER BY book_id FOR NO KEY UPDATE;

    IF EXISTS (
        SELECT FROM unnest(_seen_books, _seen_versions) AS seen (book_id, version)
          LEFT JOIN ledger.account a ON a.book_id = seen.book_id
         WHERE a.version IS DISTINCT FROM seen.version
    ) OR EXISTS (SELECT FROM closed_day WHERE day = _booked_on) THEN
        RAISE EXCEPTION 'decided on facts that have changed' USING ERRCODE = 'LG002';
    END IF;

    IF EXISTS (
        SELECT FROM unnest(_phases, _books, _bindings, _years, _contras, _amounts, _holds)
               AS leg (phase, book_id, binding_id, year, contra, amount_fen, hold_id)
          LEFT JOIN ledger.transfer h
            ON h.book_id = leg.book_id AND h.transfer_id = leg.hold_id AND h.phase = 'hold'
         WHERE leg.hold_id IS NOT NULL
           AND (h.transfer_id IS NULL OR h.contra <> leg.contra OR leg.amount_fen < h.amount_fen
                OR h.binding_id IS DISTINCT FROM leg.binding_id OR h.year IS DISTINCT FROM leg.year
                OR (leg.phase = 'void' AND leg.amount_fen <> h.amount_fen))
    ) THEN
        RAISE EXCEPTION 'resolution does not match its hold' USING ERRCODE = 'LG001';
    END IF;

    INSERT INTO ledger.transfer (book_id, transfer_id, journal_id, phase, purpose, binding_id, year,
                                 contra, amount_fen, hold_id, expires_at, booked_on, recorded_at)
    SELECT leg.book_id, leg.transfer_id, leg.journal_id, leg.phase, leg.purpose, leg.binding_id,
           leg.year, leg.contra, leg.amount_fen, leg.hold_id, leg.expires_at, _booked_on, _at
      FROM unnest(_books, _transfers, _journals, _phases, _purposes, _bindings, _years, _contras,
                  _amounts, _holds, _expires)
           AS leg (book_id, transfer_id, journal_id, phase, purpose, binding_id, year, contra,
                   amount_fen, hold_id, expires_at);

    WITH movement AS (
        SELECT leg.place, leg.book_id, leg.transfer_id, leg.contra,
               CASE WHEN leg.phase IN ('single', 'post') THEN leg.amount_fen ELSE 0 END AS posted_fen,
               CASE leg.phase WHEN 'single' THEN 0 WHEN 'hold' THEN -leg.amount_fen
                    ELSE (SELECT h.amount_fen FROM ledger.transfer h
                           WHERE h.book_id = leg.book_id AND h.transfer_id = leg.hold_id) END AS held_fen
          FROM unnest(_books, _transfers, _phases, _contras, _amounts, _holds) WITH ORDINALITY
               AS leg (book_id, transfer_id, phase, contra, amount_fen, hold_id, place)
    ), moved AS (
        UPDATE ledger.account a
           SET posted_fen = a.posted_fen + d.posted_fen, held_fen = a.held_fen + d.held_fen,
               entry_count = a.entry_count + d.entries, version = a.version + 1
          FROM (SELECT book_id, sum(posted_fen)::bigint AS posted_fen, sum(held_fen)::bigint AS held_fen,
                       count(*) FILTER (WHERE posted_fen <> 0) AS entries
                  FROM movement GROUP BY book_id) d
         WHERE a.book_id = d.book_id
        RETURNING a.book_id, a.posted_fen, a.entry_count
    )
    INSERT INTO ledger.entry (book_id, number, transfer_id, contra, amount_fen, balance_fen, booked_on)
    SELECT m.book_id, a.entry_count + 1 - row_number() OVER later, m.transfer_id, m.contra, m.posted_fen,
           a.posted_fen + m.posted_fen - sum(m.posted_fen) OVER later, _booked_on
      FROM movement m JOIN moved a ON a.book_id = m.book_id
     WHERE m.posted_fen <> 0
    WINDOW later AS (PARTITION BY m.book_id ORDER BY m.place DESC);

    -- Whoever holds the account's lock is alone with its allowances.
    WITH delta AS (
        SELECT leg.book_id, leg.binding_id, leg.year,
               sum(CASE WHEN leg.phase IN ('single', 'post') THEN -leg.amount_fen ELSE 0 END) AS used_fen,
               sum(CASE leg.phase WHEN 'single' THEN 0 WHEN 'hold' THEN -leg.amount_fen
                        ELSE (SELECT h.amount_fen FROM ledger.transfer h
                               WHERE h.book_id = leg.book_id AND h.transfer_id = leg.hold_id) END) AS held_fen
          FROM unnest(_books, _phases, _bindings, _years, _amounts, _holds)
               AS leg (book_id, phase, binding_id, year, amount_fen, hold_id)
         WHERE leg.binding_id IS NOT NULL
         GROUP BY leg.book_id, leg.binding_id, leg.year
    ), known AS (
        UPDATE ledger.allowance w
           SET used_fen = w.used_fen + d.used_fen, held_fen = w.held_fen + d.held_fen
          FROM delta d
         WHERE (w.book_id, w.binding_id, w.year) = (d.book_id, d.binding_id, d.year)
        RETURNING w.book_id, w.binding_id, w.year
    )
    INSERT INTO ledger.allowance (book_id, binding_id, year, used_fen, held_fen)
    SELECT d.book_id, d.binding_id, d.year, d.used_fen, d.held_fen FROM delta d
     WHERE NOT EXISTS (SELECT FROM known k
                        WHERE (k.book_id, k.binding_id, k.year) = (d.book_id, d.binding_id, d.year));
END $$;
