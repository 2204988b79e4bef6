-- name: insert(book_id, refund_id, premium_id, amount_fen, at)!
INSERT INTO premium_refund (book_id, refund_id, premium_id, amount_fen, state, next_try_at, asked_at)
VALUES (:book_id, :refund_id, :premium_id, :amount_fen, 'asked', :at, :at);

-- name: take_due(now, until, most)
-- Due, leased until then. `tries`: how often it was taken before.
WITH due AS (
    SELECT book_id, refund_id FROM premium_refund WHERE next_try_at <= :now
     ORDER BY next_try_at LIMIT :most FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE premium_refund r SET next_try_at = :until, tries = r.tries + 1 FROM due
     WHERE r.book_id = due.book_id AND r.refund_id = due.refund_id
    RETURNING r.book_id, r.refund_id
)
SELECT r.book_id, r.refund_id, r.premium_id, r.amount_fen, r.state, r.reason, r.tries, r.asked_at,
       r.refunded_at, r.ended_at
  FROM taken JOIN premium_refund r USING (book_id, refund_id) ORDER BY r.refund_id;

-- name: find(refund_id)^
SELECT book_id, refund_id, premium_id, amount_fen, state, reason, tries, asked_at, refunded_at,
       ended_at
  FROM premium_refund WHERE refund_id = :refund_id;

-- name: settle(book_id, refund_id, state, reason, refunded_at, at)!
UPDATE premium_refund
   SET state = :state, reason = :reason, refunded_at = :refunded_at, ended_at = :at,
       next_try_at = NULL
 WHERE book_id = :book_id AND refund_id = :refund_id AND state = 'asked';

-- name: put_off(book_id, refund_id, next)!
UPDATE premium_refund SET next_try_at = :next
 WHERE book_id = :book_id AND refund_id = :refund_id AND next_try_at IS NOT NULL;

-- name: correct(book_id, refund_id, refunded_at, at)!
-- One that had been declined was carried out after all, as an operator has settled with the bureau.
UPDATE premium_refund SET state = 'refunded', reason = NULL, refunded_at = :refunded_at, ended_at = :at
 WHERE book_id = :book_id AND refund_id = :refund_id AND state = 'declined';
