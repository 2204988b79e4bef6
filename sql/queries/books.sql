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

-- name: counts_by_day()
SELECT day, count(*) FILTER (WHERE kind = 'settlement') AS settlements,
       count(*) FILTER (WHERE kind = 'refund') AS refunds
  FROM (SELECT settled_on AS day, 'settlement' AS kind FROM settlement
        UNION ALL SELECT refunded_on, 'refund' FROM refund) happened
 GROUP BY day;

-- name: booked_before(day)
SELECT book_id, number FROM ledger.entry WHERE booked_on < :day;
