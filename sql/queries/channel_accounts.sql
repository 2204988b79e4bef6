-- name: insert(id, channel, app_id, subject_index, subject_sealed, certified_index, at)!
INSERT INTO channel_account
    (id, channel, app_id, subject_index, subject_sealed, certified_index, created_at)
VALUES (:id, :channel, :app_id, :subject_index, :subject_sealed, :certified_index, :at)
ON CONFLICT (channel, app_id, subject_index) DO NOTHING;

-- name: find(channel, app_id, subject_indexes)^
SELECT id, channel, app_id, subject_index, subject_sealed, certified_index, person_id
  FROM channel_account
 WHERE channel = :channel AND app_id = :app_id AND subject_index = ANY (:subject_indexes);

-- name: lock(id)^
SELECT id, channel, app_id, subject_index, subject_sealed, certified_index, person_id
  FROM channel_account WHERE id = :id FOR UPDATE;

-- name: certify(id, certified_index)!
UPDATE channel_account SET certified_index = :certified_index WHERE id = :id;

-- name: unlink_others(person_id, channel, app_id, id)!
UPDATE channel_account SET person_id = NULL, linked_at = NULL
 WHERE person_id = :person_id AND channel = :channel AND app_id = :app_id AND id <> :id;

-- name: link(id, person_id, at)!
UPDATE channel_account SET person_id = :person_id, linked_at = :at WHERE id = :id;

-- name: of_person(person_id)
SELECT id, channel, app_id, subject_index, subject_sealed, certified_index, person_id
  FROM channel_account WHERE person_id = :person_id ORDER BY linked_at DESC;

-- name: sealed_elsewhere(after, data_key, index_key, limit)
SELECT id, channel, app_id, subject_index, subject_sealed, certified_index, person_id
  FROM channel_account
 WHERE id > :after AND (get_byte(subject_sealed, 0) <> :data_key::int
    OR get_byte(subject_index, 0) <> :index_key::int)
 ORDER BY id LIMIT :limit;

-- name: reseal(id, subject_index, subject_sealed)!
-- The certified identity stays under its key, for sessions from before; a sign-in renews it.
UPDATE channel_account
   SET subject_index = :subject_index, subject_sealed = :subject_sealed
 WHERE id = :id;
