-- name: insert(id, at, actor_kind, actor_id, act, subject_kind, subject_id, detail)!
INSERT INTO audit (id, at, actor_kind, actor_id, act, subject_kind, subject_id, detail)
VALUES (:id, :at, :actor_kind, :actor_id, :act, :subject_kind, :subject_id, :detail);
