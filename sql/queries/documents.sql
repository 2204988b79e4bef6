-- name: insert(id, binding_id, kind, image_digest, image_sealed, at)!
INSERT INTO document (id, binding_id, kind, image_digest, image_sealed, uploaded_at)
VALUES (:id, :binding_id, :kind, :image_digest, :image_sealed, :at);

-- name: of_bindings(binding_ids)
SELECT id, binding_id, kind, uploaded_at FROM document
 WHERE binding_id = ANY (:binding_ids) ORDER BY id;

-- name: image_in_area(id, binding_id, area)^
SELECT d.id, d.image_sealed
  FROM document d JOIN binding b ON b.id = d.binding_id
 WHERE d.id = :id AND b.id = :binding_id AND left(b.area, 4) = left(:area, 4);

-- name: sealed_elsewhere(after, data_key, limit)
SELECT id, image_sealed FROM document
 WHERE id > :after AND get_byte(image_sealed, 0) <> :data_key::int ORDER BY id LIMIT :limit;

-- name: reseal(id, image_sealed)!
UPDATE document SET image_sealed = :image_sealed WHERE id = :id;
