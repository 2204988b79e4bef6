-- name: open(book_ids, at)!
INSERT INTO ledger.account (book_id, opened_at)
SELECT DISTINCT book_id, :at::timestamptz FROM unnest(:book_ids::uuid[]) AS given (book_id)
 ORDER BY book_id
ON CONFLICT (book_id) DO NOTHING;

-- name: get(book_id)^
SELECT book_id, posted_fen, held_fen, entry_count, version, opened_at
  FROM ledger.account WHERE book_id = :book_id;

-- name: touch(book_id)!
UPDATE ledger.account SET version = version + 1 WHERE book_id = :book_id;

-- name: lock(book_ids)!
-- In the one order all lock in.
SELECT FROM ledger.account WHERE book_id = ANY (:book_ids) ORDER BY book_id FOR NO KEY UPDATE;
