-- name: claim(principal, key, route, fingerprint, claim, until, at)!
-- A new key, or one whose first request died before its answer (same request only), or our own
-- claim again when the answer to its commit was lost.
INSERT INTO idempotency
    (principal, key, route, fingerprint, claim, claimed_until, created_at)
VALUES (:principal, :key, :route, :fingerprint, :claim, :until, :at)
ON CONFLICT (principal, key) DO UPDATE SET claim = :claim, claimed_until = :until
 WHERE idempotency.status IS NULL AND idempotency.fingerprint = :fingerprint
   AND (idempotency.claimed_until < :at OR idempotency.claim = :claim);

-- name: find(principal, key)^
SELECT fingerprint, claim, status, answer_sealed FROM idempotency
 WHERE principal = :principal AND key = :key;

-- name: lock(principal, key)^
SELECT fingerprint, claim, status, answer_sealed FROM idempotency
 WHERE principal = :principal AND key = :key FOR UPDATE;

-- name: answer(principal, key, claim, status, answer_sealed)!
UPDATE idempotency SET status = :status, answer_sealed = :answer_sealed
 WHERE principal = :principal AND key = :key AND claim = :claim AND status IS NULL;

-- name: release(principal, key, claim)!
DELETE FROM idempotency
 WHERE principal = :principal AND key = :key AND claim = :claim AND status IS NULL;

-- name: purge(before, limit)!
DELETE FROM idempotency
 WHERE (principal, key) IN (SELECT principal, key FROM idempotency
                             WHERE created_at < :before ORDER BY created_at LIMIT :limit);
