-- name: insert(institution_code, key_id, secret_sealed, at)!
INSERT INTO counter_key (institution_code, key_id, secret_sealed, made_at)
VALUES (:institution_code, :key_id, :secret_sealed, :at);

-- name: of_institution(institution_code)
SELECT key_id, secret_sealed FROM counter_key
 WHERE institution_code = :institution_code AND revoked_at IS NULL ORDER BY key_id DESC;

-- name: revoke_all(institution_code, at)
UPDATE counter_key SET revoked_at = :at
 WHERE institution_code = :institution_code AND revoked_at IS NULL
RETURNING key_id, secret_sealed;

-- name: sealed_elsewhere(after, data_key, limit)
SELECT key_id, secret_sealed FROM counter_key
 WHERE key_id > :after AND get_byte(secret_sealed, 0) <> :data_key::int
 ORDER BY key_id LIMIT :limit;

-- name: reseal(key_id, secret_sealed)!
UPDATE counter_key SET secret_sealed = :secret_sealed WHERE key_id = :key_id;
