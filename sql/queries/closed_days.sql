-- name: last()^
SELECT day, entries, settlements, refunds, paid_fen, returned_fen, credited_fen, digest,
       previous_digest, closed_at
  FROM closed_day ORDER BY day DESC LIMIT 1;

-- name: every()
SELECT day, entries, settlements, refunds, paid_fen, returned_fen, credited_fen, digest,
       previous_digest, closed_at
  FROM closed_day ORDER BY day;

-- name: first_booked()^
SELECT min(booked_on) AS day FROM ledger.entry;

-- name: entries(day)
SELECT e.book_id, e.number, e.booked_on, e.contra, e.amount_fen, e.balance_fen, e.transfer_id,
       t.journal_id, t.phase, t.purpose, t.binding_id, t.year, t.hold_id, t.recorded_at
  FROM ledger.entry e JOIN ledger.transfer t USING (book_id, transfer_id)
 WHERE e.booked_on = :day
 ORDER BY e.book_id, e.number;

-- name: counts(day)^
SELECT (SELECT count(*) FROM settlement WHERE settled_on = :day) AS settlements,
       (SELECT count(*) FROM refund WHERE refunded_on = :day) AS refunds;

-- name: insert(day, entries, settlements, refunds, paid_fen, returned_fen, credited_fen, digest, previous_digest, closed_at)!
INSERT INTO closed_day (day, entries, settlements, refunds, paid_fen, returned_fen, credited_fen,
                        digest, previous_digest, closed_at)
VALUES (:day, :entries, :settlements, :refunds, :paid_fen, :returned_fen, :credited_fen, :digest,
        :previous_digest, :closed_at)
ON CONFLICT (day) DO NOTHING;
