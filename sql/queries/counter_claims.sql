-- name: find(institution_code, message_id)^
SELECT kind, fingerprint, claimed_book AS book_id, claimed_id AS id FROM counter_claim
 WHERE institution_code = :institution_code AND message_id = :message_id;

-- name: refuse(institutions, messages, fingerprints, nobody)!
INSERT INTO counter_claim (institution_code, message_id, kind, fingerprint, claimed_book, claimed_id)
SELECT o.institution, o.message, 'refused', o.fingerprint, :nobody::uuid, :nobody::uuid
  FROM unnest(:institutions::text[], :messages::text[], :fingerprints::bytea[])
       AS o (institution, message, fingerprint)
 ORDER BY o.institution, o.message;

-- name: insert(institution_code, message_id, kind, fingerprint, claimed_book, claimed_id)!
INSERT INTO counter_claim (institution_code, message_id, kind, fingerprint, claimed_book, claimed_id)
VALUES (:institution_code, :message_id, :kind, :fingerprint, :claimed_book, :claimed_id);
