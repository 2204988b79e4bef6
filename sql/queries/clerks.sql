-- name: insert(id, login, password_hash, totp_sealed, roles, area, at)!
INSERT INTO clerk (id, login, password_hash, totp_sealed, roles, area, created_at)
VALUES (:id, :login, :password_hash, :totp_sealed, :roles, :area, :at);

-- name: find(login)^
SELECT id, login, password_hash, totp_sealed, totp_used_step, roles, area, failures, locked_until
  FROM clerk WHERE login = :login;

-- name: record_failure(id, locked_until)!
UPDATE clerk SET failures = failures + 1, locked_until = :locked_until WHERE id = :id;

-- name: record_success(id, step)!
UPDATE clerk SET failures = 0, locked_until = NULL, totp_used_step = :step
 WHERE id = :id AND totp_used_step < :step;

-- name: sealed_elsewhere(after, data_key, limit)
SELECT id, login, password_hash, totp_sealed, totp_used_step, roles, area, failures, locked_until
  FROM clerk WHERE id > :after AND get_byte(totp_sealed, 0) <> :data_key::int
 ORDER BY id LIMIT :limit;

-- name: reseal(id, totp_sealed)!
UPDATE clerk SET totp_sealed = :totp_sealed WHERE id = :id;
