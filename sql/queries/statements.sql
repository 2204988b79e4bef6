-- name: movements(book_id, before, aid_only, limit)
-- Of an account, newest first; of a bill no more than the amount, the time and the kind of place.
SELECT e.number, e.amount_fen, e.balance_fen, t.purpose, t.recorded_at AS at, i.kind AS place,
       b.beneficiary_id, p.name_sealed
  FROM ledger.entry e
  JOIN ledger.transfer t ON t.book_id = e.book_id AND t.transfer_id = e.transfer_id
  LEFT JOIN institution i ON i.code = substring(t.contra FROM 13)
  LEFT JOIN binding b ON b.id = t.binding_id
  LEFT JOIN person p ON p.id = b.beneficiary_id
 WHERE e.book_id = :book_id AND e.number < :before AND (NOT :aid_only OR t.binding_id IS NOT NULL)
 ORDER BY e.number DESC LIMIT :limit;

-- name: bills(book_id, before, limit)
SELECT s.settlement_id, s.plan AS receipt,
       (SELECT coalesce(sum(r.total_fen), 0)::bigint FROM refund r
         WHERE r.book_id = s.book_id AND r.settlement_id = s.settlement_id) AS refunded_fen
  FROM settlement s
 WHERE s.book_id = :book_id AND s.settlement_id < :before
 ORDER BY s.settlement_id DESC LIMIT :limit;
