-- name: insert_many(ids, institutions, days, messages, kinds, ours, theirs, sources, at)!
INSERT INTO difference (id, institution_code, day, message_id, kind, ours_fen, theirs_fen, source,
                        found_at)
SELECT id, institution_code, day, message_id, kind, ours_fen, theirs_fen, source, :at::timestamptz
  FROM unnest(:ids::uuid[], :institutions::text[], :days::date[], :messages::text[],
              :kinds::text[], :ours::bigint[], :theirs::bigint[], :sources::text[])
       AS found (id, institution_code, day, message_id, kind, ours_fen, theirs_fen, source)
 ORDER BY institution_code, day, message_id, kind, source
ON CONFLICT DO NOTHING;

-- name: known_institutions(codes)
SELECT code FROM institution WHERE code = ANY (:codes);

-- name: ours(day)
-- What personal accounts paid and got back on a day, a row per settlement; one of an earlier day is
-- there when something went back to accounts on this day.
WITH returned AS (
    SELECT book_id, settlement_id, sum(own_fen + aid_fen)::bigint AS fen
      FROM refund WHERE refunded_on = :day GROUP BY book_id, settlement_id
)
SELECT s.institution_code, s.message_id, s.total_fen, s.own_fen + s.aid_fen AS account_fen,
       coalesce(r.fen, 0) AS refunded_fen
  FROM settlement s LEFT JOIN returned r USING (book_id, settlement_id)
 WHERE s.settled_on = :day
UNION ALL
SELECT s.institution_code, s.message_id, s.total_fen, s.own_fen + s.aid_fen, r.fen
  FROM returned r JOIN settlement s USING (book_id, settlement_id)
 WHERE s.settled_on <> :day AND r.fen > 0
 ORDER BY institution_code, message_id;

-- name: page(after, resolved_too, limit)
SELECT id, institution_code, day, message_id, kind, ours_fen, theirs_fen, source, found_at,
       resolved_at, resolved_by, act
  FROM difference
 WHERE id > :after AND (:resolved_too::boolean OR resolved_at IS NULL)
 ORDER BY id LIMIT :limit;

-- name: lock(id)^
SELECT id, institution_code, day, message_id, kind, ours_fen, theirs_fen, source, found_at,
       resolved_at, resolved_by, act
  FROM difference WHERE id = :id FOR UPDATE;

-- name: resolve(id, act, by, note, at)!
UPDATE difference SET act = :act, resolved_by = :by, note = :note, resolved_at = :at
 WHERE id = :id AND resolved_at IS NULL;

-- name: get(id)^
SELECT id, institution_code, day, message_id, kind, ours_fen, theirs_fen, source, found_at,
       resolved_at, resolved_by, act
  FROM difference WHERE id = :id;

-- name: money_waits(id)^
-- Whether money is held for what the tax bureau says otherwise, or a refund of it is under way.
SELECT EXISTS (SELECT FROM premium p WHERE p.premium_id = d.number AND p.state = 'held')
    OR EXISTS (SELECT FROM premium_refund r WHERE r.refund_id = d.number AND r.state = 'asked')
       AS waits
  FROM (SELECT message_id::uuid AS number FROM difference WHERE id = :id AND source = 'tax') d;
