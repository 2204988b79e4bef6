-- name: insert(book_id, premium_id, insured_id, binding_id, area, year, at)!
-- One that a citizen pays now: planned only until the end of this transaction.
INSERT INTO premium (book_id, premium_id, insured_id, binding_id, area, year, state, next_try_at,
                     made_at)
VALUES (:book_id, :premium_id, :insured_id, :binding_id, :area, :year, 'planned', :at, :at);

-- name: insert_planned(ids, books, plans, batch_id, year, at)!
-- An order for each of these plans that has none for this year. Who ends a plan meanwhile waits, or
-- is waited for: an order never outlives the plan it was made of.
INSERT INTO premium (book_id, premium_id, insured_id, binding_id, plan_id, batch_id, area, year,
                     state, next_try_at, made_at)
SELECT p.book_id, given.id, p.insured_id, p.binding_id, p.plan_id, :batch_id, p.area, :year,
       'planned', :at::timestamptz, :at::timestamptz
  FROM unnest(:ids::uuid[], :books::uuid[], :plans::uuid[]) AS given (id, book_id, plan_id)
  JOIN premium_plan p ON p.book_id = given.book_id AND p.plan_id = given.plan_id
 WHERE p.ended_at IS NULL
 ORDER BY p.book_id, p.plan_id
   FOR SHARE OF p
ON CONFLICT (book_id, plan_id, year) WHERE plan_id IS NOT NULL DO NOTHING;

-- name: take_up_again(area, year, at)!
-- Those set aside are due again; what may have been sent is still asked about first.
UPDATE premium SET aside = NULL, tries = CASE state WHEN 'held' THEN 1 ELSE 0 END, next_try_at = :at
 WHERE area = :area AND year = :year AND aside IS NOT NULL
   AND state IN ('planned', 'held', 'paid');

-- name: skip_of_plan(book_id, plan_id, at)!
UPDATE premium
   SET state = 'skipped', reason = 'plan_ended', next_try_at = NULL, aside = NULL, ended_at = :at
 WHERE book_id = :book_id AND plan_id = :plan_id AND state = 'planned';

-- name: skip_of_binding(book_id, binding_id, at)!
UPDATE premium
   SET state = 'skipped', reason = 'binding_ended', next_try_at = NULL, aside = NULL, ended_at = :at
 WHERE book_id = :book_id AND binding_id = :binding_id AND state = 'planned';

-- name: wake_of_binding(book_id, binding_id, at)!
-- Orders that wait: what they wait for may have passed.
UPDATE premium SET next_try_at = :at
 WHERE book_id = :book_id AND binding_id = :binding_id AND state = 'planned'
   AND reason IS NOT NULL AND next_try_at > :at;

-- name: set_refunding(book_id, premium_id)!
UPDATE premium SET state = 'refunding', aside = NULL, next_try_at = NULL
 WHERE book_id = :book_id AND premium_id = :premium_id AND state = 'paid';

-- name: keep(book_id, premium_id, at)!
-- The refund was declined: the premium stays paid, and its credit is asked for again.
UPDATE premium SET state = 'paid', tries = 0, next_try_at = :at, to_tell = 'premium_kept'
 WHERE book_id = :book_id AND premium_id = :premium_id AND state = 'refunding';

-- name: set_refunded(book_id, premium_id, at)!
UPDATE premium
   SET state = 'refunded', aside = NULL, next_try_at = NULL, ended_at = :at,
       to_tell = 'premium_refunded'
 WHERE book_id = :book_id AND premium_id = :premium_id
   AND state IN ('refunding', 'paid', 'credited');

-- name: find(premium_id, person_id)^
-- For its payer; for its relative once money is held: what comes before is the payer's matter.
SELECT p.*, d.name_sealed AS payer_name_sealed, r.state AS refund_state
  FROM premium_order p JOIN person d ON d.id = p.book_id
  LEFT JOIN LATERAL (
        SELECT state FROM premium_refund r
         WHERE r.book_id = p.book_id AND r.premium_id = p.premium_id
         ORDER BY r.refund_id DESC LIMIT 1) r ON true
 WHERE p.premium_id = :premium_id
   AND (p.book_id = :person_id OR (p.insured_id = :person_id AND p.held_at IS NOT NULL));

-- name: page(person_id, before, limit)
-- As payer and as relative, newest first; each side is read from its own index.
WITH mine AS (
    (SELECT book_id, premium_id FROM premium
      WHERE book_id = :person_id AND premium_id < :before ORDER BY premium_id DESC LIMIT :limit)
    UNION ALL
    (SELECT book_id, premium_id FROM premium
      WHERE insured_id = :person_id AND held_at IS NOT NULL AND premium_id < :before
      ORDER BY premium_id DESC LIMIT :limit)
)
SELECT p.*, d.name_sealed AS payer_name_sealed, r.state AS refund_state
  FROM mine m
  JOIN premium_order p ON p.book_id = m.book_id AND p.premium_id = m.premium_id
  JOIN person d ON d.id = p.book_id
  LEFT JOIN LATERAL (
        SELECT state FROM premium_refund r
         WHERE r.book_id = p.book_id AND r.premium_id = p.premium_id
         ORDER BY r.refund_id DESC LIMIT 1) r ON true
 ORDER BY p.premium_id DESC LIMIT :limit;

-- name: take_untold(most)
WITH untold AS (
    SELECT book_id, premium_id, to_tell FROM premium WHERE to_tell IS NOT NULL
     ORDER BY premium_id LIMIT :most FOR UPDATE SKIP LOCKED
)
UPDATE premium p SET to_tell = NULL FROM untold u
 WHERE p.book_id = u.book_id AND p.premium_id = u.premium_id
RETURNING p.book_id, p.premium_id, p.insured_id, u.to_tell AS kind, p.amount_fen, p.reason;

-- name: report(area, year)
SELECT premium_id, batch_id, plan_id, state, reason, aside, category, amount_fen, receipt_number,
       made_at, held_at, receipted_at, credited_at, ended_at
  FROM premium WHERE area = :area AND year = :year ORDER BY premium_id;

-- name: booked(area, year)
-- What the ledger says of the same orders: paid net of refunds, and what is still held.
SELECT coalesce(sum(paid_fen), 0)::bigint AS paid_fen,
       coalesce(sum(held_fen), 0)::bigint AS held_fen
  FROM (SELECT -sum(t.amount_fen) FILTER (WHERE t.phase IN ('post', 'single')) AS paid_fen,
               CASE WHEN bool_or(t.phase IN ('post', 'void')) THEN 0
                    ELSE -sum(t.amount_fen) FILTER (WHERE t.phase = 'hold') END AS held_fen
          FROM (SELECT book_id, premium_id AS journal_id FROM premium
                 WHERE area = :area AND year = :year
                UNION ALL
                SELECT r.book_id, r.refund_id FROM premium_refund r
                  JOIN premium p ON p.book_id = r.book_id AND p.premium_id = r.premium_id
                 WHERE p.area = :area AND p.year = :year) o
          JOIN ledger.transfer t ON t.journal_id = o.journal_id AND t.book_id = o.book_id
         GROUP BY t.book_id, t.journal_id) booked;

-- name: paid_between(area, since, until)
-- What the bureau booked in a time, by its own clock: payments and refunds, each by its number.
SELECT p.premium_id AS number, p.amount_fen AS account_fen, 0::bigint AS refunded_fen
  FROM premium p
 WHERE p.area = :area AND p.receipted_at >= :since AND p.receipted_at < :until
UNION ALL
SELECT r.refund_id, 0::bigint, r.amount_fen
  FROM premium_refund r JOIN premium p ON p.book_id = r.book_id AND p.premium_id = r.premium_id
 WHERE p.area = :area AND r.refunded_at >= :since AND r.refunded_at < :until;

-- name: to_compare(area, year, after, limit)
-- Paid, or given back and not paid by another order: what the enrolment should say.
SELECT * FROM premium_order p
 WHERE p.area = :area AND p.year = :year AND p.premium_id > :after
   AND (p.state IN ('paid', 'credited') OR p.state = 'refunded' AND NOT EXISTS (
        SELECT FROM premium_claim c
         WHERE c.insured_id = p.insured_id AND c.year = p.year AND c.area = p.area))
 ORDER BY p.premium_id LIMIT :limit;

-- name: get_order(premium_id)^
SELECT * FROM premium_order WHERE premium_id = :premium_id;
