-- name: insert(id, person_id, binding_id, kind, at)!
INSERT INTO message (id, person_id, binding_id, kind, created_at)
VALUES (:id, :person_id, :binding_id, :kind, :at)
ON CONFLICT (binding_id, person_id, kind) DO NOTHING;

-- name: get(id)^
SELECT id, person_id, binding_id, kind, created_at, outcome FROM message WHERE id = :id;

-- name: settle(id, outcome, at)!
UPDATE message SET outcome = :outcome, settled_at = :at WHERE id = :id AND outcome IS NULL;
