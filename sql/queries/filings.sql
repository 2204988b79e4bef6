-- name: insert(id, person_id, from_area, to_area, reason, begins_on, ends_on, at)!
INSERT INTO filing (id, person_id, from_area, to_area, reason, begins_on, ends_on, filed_at)
VALUES (:id, :person_id, :from_area, :to_area, :reason, :begins_on, :ends_on, :at);

-- name: page(person_id, after, limit)
SELECT id, person_id, from_area, to_area, reason, begins_on, ends_on, filed_at, ended_at
  FROM filing WHERE person_id = :person_id AND ended_at IS NULL AND id < :after
 ORDER BY id DESC LIMIT :limit;

-- name: find(id, person_id)^
SELECT id, person_id, from_area, to_area, reason, begins_on, ends_on, filed_at, ended_at
  FROM filing WHERE id = :id AND person_id = :person_id;

-- name: end(id, person_id, at)!
UPDATE filing SET ended_at = :at WHERE id = :id AND person_id = :person_id AND ended_at IS NULL;

-- name: end_lapsed(person_id, to_area, today, at)!
UPDATE filing SET ended_at = :at
 WHERE person_id = :person_id AND to_area = :to_area AND ended_at IS NULL AND ends_on < :today;
