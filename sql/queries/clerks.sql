-- name: insert(id, login, password_hash, totp_sealed, roles, area, at)!
INSERT INTO clerk (id, login, password_hash, totp_sealed, roles, area, created_at)
VALUES (:id, :login, :password_hash, :totp_sealed, :roles, :area, :at);

-- name: find(login)^
SELECT id, login, password_hash, totp_sealed, totp_used_step, roles, area, disabled_at
  FROM clerk WHERE login = :login;

-- name: record_sign_in(id, step)!
UPDATE clerk SET totp_used_step = :step
 WHERE id = :id AND totp_used_step < :step AND disabled_at IS NULL;

-- name: disable(id, at)!
UPDATE clerk SET disabled_at = :at WHERE id = :id AND disabled_at IS NULL;

-- name: sealed_elsewhere(after, data_key, limit)
SELECT id, login, password_hash, totp_sealed, totp_used_step, roles, area, disabled_at
  FROM clerk WHERE id > :after AND get_byte(totp_sealed, 0) <> :data_key::int
 ORDER BY id LIMIT :limit;

-- name: reseal(id, totp_sealed)!
UPDATE clerk SET totp_sealed = :totp_sealed WHERE id = :id;
