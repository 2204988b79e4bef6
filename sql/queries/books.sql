-- name: discrepancies()
SELECT fault, book_id, subject_id FROM ledger.discrepancy;

-- name: legs()
SELECT coalesce(sum(amount_fen), 0)::bigint AS fen FROM ledger.leg;

-- name: settlements_apart()
-- What a settlement says accounts paid, against the transfers of its journal; either may be missing.
SELECT coalesce(s.settlement_id, t.journal_id) AS id, s.fen AS stated_fen, t.fen AS booked_fen
  FROM (SELECT settlement_id, own_fen + aid_fen AS fen FROM settlement) s
  FULL JOIN (SELECT journal_id, -sum(amount_fen)::bigint AS fen FROM ledger.transfer
              WHERE purpose = 'settlement' AND phase IN ('single', 'post') GROUP BY journal_id) t
    ON t.journal_id = s.settlement_id
 WHERE s.settlement_id IS NULL OR s.fen <> coalesce(t.fen, 0);

-- name: refunds_apart()
SELECT coalesce(r.refund_id, t.journal_id) AS id, r.fen AS stated_fen, t.fen AS booked_fen
  FROM (SELECT refund_id, own_fen + aid_fen AS fen FROM refund) r
  FULL JOIN (SELECT journal_id, sum(amount_fen)::bigint AS fen FROM ledger.transfer
              WHERE purpose = 'refund' AND phase IN ('single', 'post') GROUP BY journal_id) t
    ON t.journal_id = r.refund_id
 WHERE r.refund_id IS NULL OR r.fen <> coalesce(t.fen, 0);

-- name: refunded_too_much()
SELECT s.settlement_id AS id
  FROM settlement s
  JOIN (SELECT book_id, settlement_id, sum(own_fen) AS own_fen, sum(aid_fen) AS aid_fen,
               sum(total_fen) AS total_fen
          FROM refund GROUP BY book_id, settlement_id) r USING (book_id, settlement_id)
 WHERE r.own_fen > s.own_fen OR r.aid_fen > s.aid_fen OR r.total_fen > s.total_fen;

-- name: premiums_apart()
-- What an order says was paid, less what came back, against the transfers about it; and held likewise.
SELECT p.premium_id AS id,
       CASE WHEN p.state IN ('paid', 'credited', 'refunding') THEN p.amount_fen ELSE 0 END
         AS stated_fen, coalesce(t.paid_fen, 0)::bigint AS booked_fen,
       CASE WHEN p.state = 'held' THEN p.amount_fen ELSE 0 END AS stated_held_fen,
       coalesce(t.held_fen, 0)::bigint AS booked_held_fen
  FROM premium p
  LEFT JOIN (SELECT coalesce(r.premium_id, t.journal_id) AS premium_id,
                    -sum(t.amount_fen) FILTER (WHERE t.phase IN ('post', 'single')) AS paid_fen,
                    CASE WHEN bool_or(t.phase IN ('post', 'void')) THEN 0
                         ELSE -sum(t.amount_fen) FILTER (WHERE t.phase = 'hold') END AS held_fen
               FROM ledger.transfer t LEFT JOIN premium_refund r ON r.refund_id = t.journal_id
              WHERE t.purpose IN ('premium', 'premium_refund') GROUP BY 1) t USING (premium_id)
 WHERE (CASE WHEN p.state IN ('paid', 'credited', 'refunding') THEN p.amount_fen ELSE 0 END,
        CASE WHEN p.state = 'held' THEN p.amount_fen ELSE 0 END)
       <> (coalesce(t.paid_fen, 0), coalesce(t.held_fen, 0));

-- name: premiums_without_order()
-- Transfers about premiums that no order of ours is about.
SELECT t.journal_id AS id FROM ledger.transfer t
 WHERE t.purpose = 'premium' AND NOT EXISTS (SELECT FROM premium p WHERE p.premium_id = t.journal_id)
UNION ALL
SELECT t.journal_id FROM ledger.transfer t
 WHERE t.purpose = 'premium_refund'
   AND NOT EXISTS (SELECT FROM premium_refund r WHERE r.refund_id = t.journal_id);

-- name: claims_apart()
-- Live orders without their claim, and claims without a live order.
SELECT coalesce(p.premium_id, c.claimed_id) AS id
  FROM (SELECT premium_id, insured_id, year, area FROM premium
         WHERE state IN ('held', 'paid', 'credited', 'refunding')) p
  FULL JOIN premium_claim c ON c.claimed_id = p.premium_id AND c.insured_id = p.insured_id
        AND c.year = p.year AND c.area = p.area
 WHERE p.premium_id IS NULL OR c.claimed_id IS NULL;

-- name: counts_by_day()
SELECT day, count(*) FILTER (WHERE kind = 'settlement') AS settlements,
       count(*) FILTER (WHERE kind = 'refund') AS refunds
  FROM (SELECT settled_on AS day, 'settlement' AS kind FROM settlement
        UNION ALL SELECT refunded_on, 'refund' FROM refund) happened
 GROUP BY day;

-- name: booked_before(day)
SELECT book_id, number FROM ledger.entry WHERE booked_on < :day;
