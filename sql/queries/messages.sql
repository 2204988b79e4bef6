-- name: insert(id, person_id, binding_id, kind, at)!
INSERT INTO message (id, person_id, binding_id, kind, created_at)
VALUES (:id, :person_id, :binding_id, :kind, :at)
ON CONFLICT (binding_id, person_id, kind) DO NOTHING;

-- name: insert_events(ids, people, events, kinds, amounts, abouts, places, times)
INSERT INTO message (id, person_id, event_id, kind, amount_fen, about_id, place, created_at)
SELECT * FROM unnest(:ids::uuid[], :people::uuid[], :events::uuid[], :kinds::text[],
                     :amounts::bigint[], :abouts::uuid[], :places::text[], :times::timestamptz[])
ON CONFLICT (event_id, person_id, kind) DO NOTHING
RETURNING id;

-- name: get(id)^
SELECT id, person_id, binding_id, kind, amount_fen, about_id, place, created_at, outcome
  FROM message WHERE id = :id;

-- name: settle(id, outcome, at)!
UPDATE message SET outcome = :outcome, settled_at = :at WHERE id = :id AND outcome IS NULL;
