-- name: insert(id, owner_id, delegate_id, at)!
INSERT INTO code_delegation (id, owner_id, delegate_id, began_at)
VALUES (:id, :owner_id, :delegate_id, :at);

-- name: of_person(person_id)
SELECT c.id, c.owner_id, c.delegate_id, c.began_at, c.ended_at,
       o.name_sealed AS owner_name_sealed, d.name_sealed AS delegate_name_sealed
  FROM code_delegation c
  JOIN person o ON o.id = c.owner_id
  JOIN person d ON d.id = c.delegate_id
 WHERE (c.owner_id = :person_id OR c.delegate_id = :person_id) AND c.ended_at IS NULL
 ORDER BY c.id DESC LIMIT 50;

-- name: find(id, owner_id)^
SELECT c.id, c.owner_id, c.delegate_id, c.began_at, c.ended_at,
       o.name_sealed AS owner_name_sealed, d.name_sealed AS delegate_name_sealed
  FROM code_delegation c
  JOIN person o ON o.id = c.owner_id
  JOIN person d ON d.id = c.delegate_id
 WHERE c.id = :id AND c.owner_id = :owner_id;

-- name: end(id, owner_id, at)!
UPDATE code_delegation SET ended_at = :at
 WHERE id = :id AND owner_id = :owner_id AND ended_at IS NULL;

-- name: shown_by(id, delegate_id)^
SELECT c.id, c.owner_id, c.delegate_id, c.began_at, c.ended_at,
       o.name_sealed AS owner_name_sealed, d.name_sealed AS delegate_name_sealed
  FROM code_delegation c
  JOIN person o ON o.id = c.owner_id
  JOIN person d ON d.id = c.delegate_id
 WHERE c.id = :id AND c.delegate_id = :delegate_id AND c.ended_at IS NULL;
