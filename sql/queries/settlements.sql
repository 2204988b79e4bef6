-- name: facts(institutions, messages, codes, patients, today, year)
-- One row per request and donor: all that the split rests on, in one round trip. Of bindings that
-- have ended only those of the last 90 days are told, so that a counter can say why nobody pays.
SELECT o.n, c.kind AS claimed_kind, c.fingerprint AS claimed_fingerprint, c.claimed_book, c.claimed_id,
       k.claimed_id AS code_claimed_id,
       a.posted_fen AS own_posted_fen, a.held_fen AS own_held_fen, a.version AS own_version,
       y.eligible_fen AS benefit_eligible_fen, y.fund_fen AS benefit_fund_fen,
       ARRAY(SELECT f.to_area FROM filing f
              WHERE f.person_id = o.patient AND f.ended_at IS NULL AND f.begins_on <= :today
                AND (f.ends_on IS NULL OR f.ends_on >= :today)) AS filed_areas,
       b.id AS binding_id, b.donor_id, b.state, b.rank, b.begins_on, b.ends_on, b.effective_at,
       b.total_limit_fen, b.year_limit_fen, b.use_limit_fen,
       d.posted_fen AS donor_posted_fen, d.held_fen AS donor_held_fen, d.version AS donor_version,
       u.used_fen, u.used_year_fen
  FROM unnest(:institutions::text[], :messages::text[], :codes::bytea[], :patients::uuid[])
       WITH ORDINALITY AS o (institution, message, code, patient, n)
  LEFT JOIN counter_claim c ON c.institution_code = o.institution AND c.message_id = o.message
  LEFT JOIN code_claim k ON k.code_digest = o.code
  LEFT JOIN ledger.account a ON a.book_id = o.patient
  LEFT JOIN benefit_year y ON y.book_id = o.patient AND y.year = :year
  LEFT JOIN binding b ON b.beneficiary_id = o.patient AND b.effective_at IS NOT NULL
        AND (b.state IN ('active', 'paused') OR b.ended_at >= :today::date - 90)
  LEFT JOIN ledger.account d ON d.book_id = b.donor_id
  LEFT JOIN LATERAL (
        SELECT sum(w.used_fen + w.held_fen)::bigint AS used_fen,
               (sum(w.used_fen + w.held_fen) FILTER (WHERE w.year = :year))::bigint AS used_year_fen
          FROM ledger.allowance w WHERE w.book_id = b.donor_id AND w.binding_id = b.id) u ON true
 ORDER BY o.n;

-- name: settle(at, on, books, ids, institutions, messages, fingerprints, codes, services, totals, funds, owns, aids, cashes, eligibles, pooleds, plans, benefit_books, benefit_eligibles, benefit_funds, seen_books, seen_versions, leg_journals, leg_transfers, leg_books, leg_bindings, leg_contras, leg_amounts)!
SELECT FROM settle(
       :at, :on, :books, :ids, :institutions, :messages, :fingerprints, :codes, :services,
              :totals, :funds, :owns, :aids, :cashes, :eligibles, :pooleds, :plans,
              :benefit_books, :benefit_eligibles, :benefit_funds, :seen_books, :seen_versions,
              :leg_journals, :leg_transfers, :leg_books, :leg_bindings, :leg_contras, :leg_amounts);

-- name: lock_accounts(patients)!
-- Those of the patients and of everybody who may pay for them, in the one order all lock in.
SELECT FROM ledger.account
 WHERE book_id IN (SELECT unnest(:patients::uuid[])
                   UNION
                   SELECT b.donor_id FROM binding b
                    WHERE b.beneficiary_id = ANY (:patients::uuid[]) AND b.state = 'active')
 ORDER BY book_id FOR NO KEY UPDATE;

-- name: find(institution_code, settlement_id)^
SELECT book_id, settlement_id, plan AS receipt,
       (SELECT coalesce(sum(r.total_fen), 0)::bigint FROM refund r
         WHERE r.book_id = s.book_id AND r.settlement_id = s.settlement_id) AS refunded_fen
  FROM settlement s
 WHERE settlement_id = :settlement_id AND institution_code = :institution_code;

-- name: get(book_id, settlement_id)^
SELECT book_id, settlement_id, plan AS receipt,
       (SELECT coalesce(sum(r.total_fen), 0)::bigint FROM refund r
         WHERE r.book_id = s.book_id AND r.settlement_id = s.settlement_id) AS refunded_fen
  FROM settlement s
 WHERE book_id = :book_id AND settlement_id = :settlement_id;

-- name: get_many(settlement_ids)
SELECT book_id, settlement_id, plan AS receipt FROM settlement
 WHERE settlement_id = ANY (:settlement_ids::uuid[]);

-- name: lock_of_institution(institution_code, settlement_id)^
SELECT book_id, settlement_id, plan AS receipt FROM settlement
 WHERE settlement_id = :settlement_id AND institution_code = :institution_code FOR NO KEY UPDATE;
