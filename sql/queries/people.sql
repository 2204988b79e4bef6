-- name: insert(id, id_number_index, id_number_sealed, name_sealed, area, at)!
INSERT INTO person (id, id_number_index, id_number_sealed, name_sealed, area, created_at)
VALUES (:id, :id_number_index, :id_number_sealed, :name_sealed, :area, :at)
ON CONFLICT (id_number_index) DO NOTHING;

-- name: find(indexes)^
SELECT id, id_number_sealed, name_sealed, area FROM person WHERE id_number_index = ANY (:indexes);

-- name: find_many(indexes)
SELECT id, id_number_index, id_number_sealed FROM person WHERE id_number_index = ANY (:indexes);

-- name: insert_many(ids, id_number_indexes, id_numbers_sealed, names_sealed, area, at)!
INSERT INTO person (id, id_number_index, id_number_sealed, name_sealed, area, created_at)
SELECT id, id_number_index, id_number_sealed, name_sealed, :area::text, :at::timestamptz
  FROM unnest(:ids::uuid[], :id_number_indexes::bytea[], :id_numbers_sealed::bytea[],
              :names_sealed::bytea[])
       AS given (id, id_number_index, id_number_sealed, name_sealed)
 ORDER BY id_number_index
ON CONFLICT (id_number_index) DO NOTHING;

-- name: get(id)^
SELECT id, id_number_sealed, name_sealed, area FROM person WHERE id = :id;

-- name: update(id, name_sealed, area)!
UPDATE person SET name_sealed = :name_sealed, area = :area WHERE id = :id;

-- name: lock(ids)
SELECT id FROM person WHERE id = ANY (:ids) ORDER BY id FOR NO KEY UPDATE;

-- name: sealed_elsewhere(after, data_key, index_key, limit)
SELECT id, id_number_sealed, name_sealed, area FROM person
 WHERE id > :after AND (get_byte(id_number_sealed, 0) <> :data_key::int
    OR get_byte(name_sealed, 0) <> :data_key::int OR get_byte(id_number_index, 0) <> :index_key::int)
 ORDER BY id LIMIT :limit;

-- name: reseal(id, id_number_index, id_number_sealed, name_sealed)!
UPDATE person SET id_number_index = :id_number_index, id_number_sealed = :id_number_sealed,
       name_sealed = :name_sealed
 WHERE id = :id;
