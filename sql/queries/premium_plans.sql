-- name: insert(book_id, plan_id, binding_id, insured_id, area, year, most_fen, at)!
INSERT INTO premium_plan (book_id, plan_id, binding_id, insured_id, area, year, most_fen, source,
                          made_at)
VALUES (:book_id, :plan_id, :binding_id, :insured_id, :area, :year, :most_fen, 'citizen', :at);

-- name: insert_many(plan_ids, bindings, area, year, mosts, at)
-- Of bindings the caller has locked, from an operator's file; who has a live plan for this year, or
-- for every year, keeps it.
INSERT INTO premium_plan (book_id, plan_id, binding_id, insured_id, area, year, most_fen, source,
                          made_at)
SELECT b.donor_id, given.plan_id, b.id, b.beneficiary_id, :area, :year, given.most_fen, 'file',
       :at::timestamptz
  FROM unnest(:plan_ids::uuid[], :bindings::uuid[], :mosts::bigint[])
       AS given (plan_id, binding_id, most_fen)
  JOIN binding b ON b.id = given.binding_id
 WHERE NOT EXISTS (SELECT FROM premium_plan p
                    WHERE p.book_id = b.donor_id AND p.insured_id = b.beneficiary_id
                      AND p.ended_at IS NULL AND (p.year IS NULL OR p.year = :year))
 ORDER BY b.donor_id, b.beneficiary_id
ON CONFLICT (book_id, insured_id, year) WHERE ended_at IS NULL DO NOTHING
RETURNING plan_id, book_id, insured_id, binding_id, most_fen;

-- name: live(book_id, insured_id)
SELECT plan_id, year FROM premium_plan
 WHERE book_id = :book_id AND insured_id = :insured_id AND ended_at IS NULL;

-- name: find(book_id, plan_id)^
-- With the relative's sealed name, what became of it last, and how its binding stands.
SELECT p.book_id, p.plan_id, p.binding_id, p.insured_id, p.area, p.year, p.most_fen, p.source,
       p.made_at, p.ended_at, i.name_sealed, b.state AS binding_state,
       o.state AS last_state, o.year AS last_year, o.reason AS last_reason
  FROM premium_plan p
  JOIN person i ON i.id = p.insured_id
  JOIN binding b ON b.id = p.binding_id
  LEFT JOIN LATERAL (
        SELECT state, year, reason FROM premium o
         WHERE o.book_id = p.book_id AND o.plan_id = p.plan_id ORDER BY o.year DESC LIMIT 1) o ON true
 WHERE p.book_id = :book_id AND p.plan_id = :plan_id;

-- name: page(book_id, before, limit)
SELECT p.book_id, p.plan_id, p.binding_id, p.insured_id, p.area, p.year, p.most_fen, p.source,
       p.made_at, p.ended_at, i.name_sealed, b.state AS binding_state,
       o.state AS last_state, o.year AS last_year, o.reason AS last_reason
  FROM premium_plan p
  JOIN person i ON i.id = p.insured_id
  JOIN binding b ON b.id = p.binding_id
  LEFT JOIN LATERAL (
        SELECT state, year, reason FROM premium o
         WHERE o.book_id = p.book_id AND o.plan_id = p.plan_id ORDER BY o.year DESC LIMIT 1) o ON true
 WHERE p.book_id = :book_id AND p.plan_id < :before
 ORDER BY p.plan_id DESC LIMIT :limit;

-- name: end(book_id, plan_id, at)!
UPDATE premium_plan SET ended_at = :at
 WHERE book_id = :book_id AND plan_id = :plan_id AND ended_at IS NULL;

-- name: due(area, year, after, limit)
-- A page of the live plans of an area for a year, in order of their ids, and which have their order.
SELECT p.book_id, p.plan_id,
       EXISTS (SELECT FROM premium o WHERE o.book_id = p.book_id AND o.plan_id = p.plan_id
                                       AND o.year = :year) AS ordered
  FROM (SELECT book_id, plan_id FROM premium_plan
         WHERE area = :area AND ended_at IS NULL AND (year IS NULL OR year = :year)
           AND plan_id > :after
         ORDER BY plan_id LIMIT :limit) p
 ORDER BY p.plan_id;

-- name: end_of_binding(book_id, binding_id, at)!
UPDATE premium_plan SET ended_at = :at
 WHERE book_id = :book_id AND binding_id = :binding_id AND ended_at IS NULL;

-- name: areas()
SELECT DISTINCT area FROM premium_plan WHERE ended_at IS NULL ORDER BY area;

-- name: limits(books, plan_ids)
-- What the payers of these plans agreed to at most; of a plan that is over nothing.
SELECT p.plan_id, p.most_fen
  FROM unnest(:books::uuid[], :plan_ids::uuid[]) AS asked (book_id, plan_id)
  JOIN premium_plan p ON p.book_id = asked.book_id AND p.plan_id = asked.plan_id
   AND p.ended_at IS NULL;
