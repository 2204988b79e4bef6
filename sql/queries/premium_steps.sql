-- name: take_alone(state, now, until, most)
-- Orders of citizens that are due, leased until then; who else is at work takes others.
WITH due AS (
    SELECT book_id, premium_id FROM premium
     WHERE batch_id IS NULL AND state = :state AND next_try_at <= :now
     ORDER BY next_try_at LIMIT :most FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE premium p SET next_try_at = :until, tries = p.tries + 1 FROM due
     WHERE p.book_id = due.book_id AND p.premium_id = due.premium_id
    RETURNING p.book_id, p.premium_id
)
SELECT o.* FROM taken JOIN premium_order o USING (book_id, premium_id)
 ORDER BY book_id, premium_id;

-- name: take_of_batch(batch_id, state, now, until, most)
WITH due AS (
    SELECT book_id, premium_id FROM premium
     WHERE batch_id = :batch_id AND state = :state AND next_try_at <= :now
     ORDER BY next_try_at LIMIT :most FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE premium p SET next_try_at = :until, tries = p.tries + 1 FROM due
     WHERE p.book_id = due.book_id AND p.premium_id = due.premium_id
    RETURNING p.book_id, p.premium_id
)
SELECT o.* FROM taken JOIN premium_order o USING (book_id, premium_id)
 ORDER BY book_id, premium_id;

-- name: lock(premium_ids)
-- In the one order all lock in: orders, then accounts, then claims.
SELECT * FROM premium_facts WHERE premium_id = ANY (:premium_ids) ORDER BY book_id, premium_id
   FOR NO KEY UPDATE;

-- name: set_held(books, ids, categories, amounts, lates, tries, at, until)!
-- `tries` 0: nobody has sent it yet; 1: the caller does so under a lease until then.
UPDATE premium p
   SET state = 'held', category = held.category, amount_fen = held.amount_fen, late = held.late,
       reason = NULL, tries = :tries, held_at = :at, next_try_at = :until
  FROM unnest(:books::uuid[], :ids::uuid[], :categories::text[], :amounts::bigint[],
              :lates::boolean[]) AS held (book_id, premium_id, category, amount_fen, late)
 WHERE p.book_id = held.book_id AND p.premium_id = held.premium_id;

-- name: set_waiting(books, ids, reasons, words, nexts)!
-- What may pass is tried again; the payer is told once, when the reason is new.
UPDATE premium p
   SET reason = waiting.reason, tries = 0, next_try_at = waiting.next_try_at,
       to_tell = CASE WHEN p.reason IS DISTINCT FROM waiting.reason THEN waiting.word
                      ELSE p.to_tell END
  FROM unnest(:books::uuid[], :ids::uuid[], :reasons::text[], :words::text[],
              :nexts::timestamptz[]) AS waiting (book_id, premium_id, reason, word, next_try_at)
 WHERE p.book_id = waiting.book_id AND p.premium_id = waiting.premium_id;

-- name: set_skipped(books, ids, reasons, words, at)!
UPDATE premium p
   SET state = 'skipped', reason = skipped.reason, aside = NULL, next_try_at = NULL,
       ended_at = :at, to_tell = skipped.word
  FROM unnest(:books::uuid[], :ids::uuid[], :reasons::text[], :words::text[])
       AS skipped (book_id, premium_id, reason, word)
 WHERE p.book_id = skipped.book_id AND p.premium_id = skipped.premium_id;

-- name: set_paid(books, ids, amounts, receipts, receipted, at)!
-- Set aside or not: what the bureau says for certain ends the wait.
UPDATE premium p
   SET state = 'paid', amount_fen = paid.amount_fen, receipt_number = paid.receipt_number,
       receipted_at = paid.receipted_at, paid_at = :at, tries = 0, aside = NULL, next_try_at = :at,
       to_tell = 'premium_paid'
  FROM unnest(:books::uuid[], :ids::uuid[], :amounts::bigint[], :receipts::text[],
              :receipted::timestamptz[])
       AS paid (book_id, premium_id, amount_fen, receipt_number, receipted_at)
 WHERE p.book_id = paid.book_id AND p.premium_id = paid.premium_id;

-- name: set_declined(books, ids, reasons, words, at)!
UPDATE premium p
   SET state = 'declined', reason = declined.reason, aside = NULL, next_try_at = NULL,
       ended_at = :at, to_tell = declined.word
  FROM unnest(:books::uuid[], :ids::uuid[], :reasons::text[], :words::text[])
       AS declined (book_id, premium_id, reason, word)
 WHERE p.book_id = declined.book_id AND p.premium_id = declined.premium_id;

-- name: set_credited(ids, at)
-- Not before the payer has been told that the refund was declined: asked about again.
UPDATE premium
   SET state = 'credited', credited_at = :at, aside = NULL, next_try_at = NULL,
       to_tell = 'premium_credited'
 WHERE premium_id = ANY (:ids) AND state = 'paid' AND to_tell IS DISTINCT FROM 'premium_kept'
RETURNING premium_id;

-- name: put_off(books, ids, nexts)!
-- Of those that nothing was decided about. Who took them in the meantime has the word.
UPDATE premium p SET next_try_at = later.next_try_at
  FROM unnest(:books::uuid[], :ids::uuid[], :nexts::timestamptz[])
       AS later (book_id, premium_id, next_try_at)
 WHERE p.book_id = later.book_id AND p.premium_id = later.premium_id AND p.next_try_at IS NOT NULL;

-- name: set_aside(book_id, premium_id, kind)!
UPDATE premium SET aside = :kind, next_try_at = NULL
 WHERE book_id = :book_id AND premium_id = :premium_id AND next_try_at IS NOT NULL;
