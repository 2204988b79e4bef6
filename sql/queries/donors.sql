-- name: of_bindings(bindings, year)
-- A donor's side of each of these bindings: its terms, what was used of it, and the account.
SELECT b.id AS binding_id, b.donor_id, b.state, b.rank, b.begins_on, b.ends_on, b.effective_at,
       b.total_limit_fen, b.year_limit_fen, b.use_limit_fen,
       coalesce(u.used_fen, 0) AS used_fen, coalesce(u.used_year_fen, 0) AS used_year_fen,
       a.posted_fen, a.held_fen, a.version
  FROM binding b
  LEFT JOIN ledger.account a ON a.book_id = b.donor_id
  LEFT JOIN LATERAL (
        SELECT sum(w.used_fen + w.held_fen)::bigint AS used_fen,
               (sum(w.used_fen + w.held_fen) FILTER (WHERE w.year = :year))::bigint AS used_year_fen
          FROM ledger.allowance w WHERE w.book_id = b.donor_id AND w.binding_id = b.id) u ON true
 WHERE b.id = ANY (:bindings);
