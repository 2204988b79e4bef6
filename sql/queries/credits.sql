-- name: insert_file(id, area, month, digest, at)!
INSERT INTO credit_file (id, area, month, digest, received_at)
VALUES (:id, :area, :month, :digest, :at)
ON CONFLICT (digest) DO NOTHING;

-- name: find_file(digest)^
SELECT id FROM credit_file WHERE digest = :digest;

-- name: insert(file_id, area, month, person_ids, categories, bases_fen, amounts_fen, transfer_ids)
INSERT INTO credit (person_id, area, month, category, base_fen, amount_fen, file_id, transfer_id)
SELECT person_id, :area::text, :month::date, category, base_fen, amount_fen, :file_id::uuid,
       transfer_id
  FROM unnest(:person_ids::uuid[], :categories::text[], :bases_fen::bigint[],
              :amounts_fen::bigint[], :transfer_ids::uuid[])
       AS given (person_id, category, base_fen, amount_fen, transfer_id)
 ORDER BY person_id
ON CONFLICT (person_id, area, month) DO NOTHING
RETURNING person_id;

-- name: find(area, month, person_ids)
SELECT person_id, amount_fen FROM credit
 WHERE person_id = ANY (:person_ids) AND area = :area AND month = :month;
