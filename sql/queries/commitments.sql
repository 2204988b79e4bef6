-- name: insert(id, binding_id, donor_id, sequence, template_version, text_digest, image_digest, pack_digest, previous_digest, pack_sealed, image_sealed, signature, key_id, at)!
INSERT INTO commitment (id, binding_id, donor_id, sequence, template_version, text_digest,
    image_digest, pack_digest, previous_digest, pack_sealed, image_sealed, signature, key_id,
    signed_at)
VALUES (:id, :binding_id, :donor_id, :sequence, :template_version, :text_digest, :image_digest,
    :pack_digest, :previous_digest, :pack_sealed, :image_sealed, :signature, :key_id, :at);

-- name: last_of_donor(donor_id)^
SELECT sequence, pack_digest FROM commitment WHERE donor_id = :donor_id
 ORDER BY sequence DESC LIMIT 1;

-- name: find_of_donor(id, donor_id)^
SELECT id, binding_id, image_digest, pack_digest, pack_sealed, image_sealed, signature, key_id
  FROM commitment
 WHERE id = :id AND donor_id = :donor_id;

-- name: sealed_elsewhere(after, data_key, limit)
SELECT id, binding_id, image_digest, pack_digest, pack_sealed, image_sealed, signature, key_id
  FROM commitment
 WHERE id > :after AND (get_byte(pack_sealed, 0) <> :data_key::int
    OR get_byte(image_sealed, 0) <> :data_key::int)
 ORDER BY id LIMIT :limit;

-- name: reseal(id, pack_sealed, image_sealed)!
UPDATE commitment SET pack_sealed = :pack_sealed, image_sealed = :image_sealed WHERE id = :id;

-- name: chain(donor_id, sequence, limit)
SELECT id, binding_id, image_digest, pack_digest, pack_sealed, image_sealed, signature, key_id,
       donor_id, sequence, previous_digest
  FROM commitment WHERE (donor_id, sequence) > (:donor_id, :sequence)
 ORDER BY donor_id, sequence LIMIT :limit;

-- name: bindings_without(limit)
SELECT b.id FROM binding b
 WHERE b.state IN ('under_review', 'active', 'paused')
   AND NOT EXISTS (SELECT 1 FROM commitment c WHERE c.binding_id = b.id)
 ORDER BY b.id LIMIT :limit;
