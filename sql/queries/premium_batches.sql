-- name: insert(id, area, year, mode, at)!
INSERT INTO premium_batch (id, area, year, mode, made_at)
VALUES (:id, :area, :year, :mode, :at)
ON CONFLICT (area, year) DO NOTHING;

-- name: find(area, year)^
SELECT id, area, year, mode, made_at FROM premium_batch WHERE area = :area AND year = :year;

-- name: at_work(year)
-- Of this premium year and later ones, and those of the past that still have something to do.
SELECT id, area, year, mode, made_at FROM premium_batch b
 WHERE mode <> 'paused' AND (year >= :year OR EXISTS (
       SELECT FROM premium p
        WHERE p.batch_id = b.id AND p.state IN ('planned', 'held', 'paid')
          AND p.next_try_at IS NOT NULL))
 ORDER BY id;

-- name: every(area)
-- All, or those of one pooling area; the newest first.
SELECT id, area, year, mode, made_at FROM premium_batch
 WHERE :area = '' OR area = :area ORDER BY id DESC;

-- name: set_mode(id, mode)!
UPDATE premium_batch SET mode = :mode WHERE id = :id AND mode <> :mode;

-- name: counts(batch_ids, since)
SELECT batch_id, state, aside IS NOT NULL AS set_aside, count(*) AS orders,
       coalesce(sum(amount_fen), 0)::bigint AS amount_fen,
       count(*) FILTER (WHERE paid_at >= :since) AS paid_lately,
       min(next_try_at) AS next_try_at
  FROM premium WHERE batch_id = ANY (:batch_ids) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
