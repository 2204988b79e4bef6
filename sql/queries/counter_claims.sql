-- name: find(institution_code, message_id)^
SELECT kind, fingerprint, claimed_book AS book_id, claimed_id AS id FROM counter_claim
 WHERE institution_code = :institution_code AND message_id = :message_id;

-- name: insert(institution_code, message_id, kind, fingerprint, claimed_book, claimed_id)!
INSERT INTO counter_claim (institution_code, message_id, kind, fingerprint, claimed_book, claimed_id)
VALUES (:institution_code, :message_id, :kind, :fingerprint, :claimed_book, :claimed_id);
