-- name: insert(number, binding_id, content_sealed, at)!
INSERT INTO certificate (number, binding_id, content_sealed, issued_at)
VALUES (:number, :binding_id, :content_sealed, :at);

-- name: find(number)^
SELECT number, binding_id, content_sealed FROM certificate WHERE number = :number;

-- name: last_of_binding(binding_id)^
SELECT number, binding_id, content_sealed FROM certificate WHERE binding_id = :binding_id
 ORDER BY issued_at DESC LIMIT 1;

-- name: sealed_elsewhere(after, data_key, limit)
SELECT number, binding_id, content_sealed FROM certificate
 WHERE number > :after AND get_byte(content_sealed, 0) <> :data_key::int
 ORDER BY number LIMIT :limit;

-- name: reseal(number, content_sealed)!
UPDATE certificate SET content_sealed = :content_sealed WHERE number = :number;
