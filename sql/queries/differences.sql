-- name: insert_many(ids, institutions, days, messages, kinds, ours, theirs, sources, at)!
INSERT INTO difference (id, institution_code, day, message_id, kind, ours_fen, theirs_fen, source,
                        found_at)
SELECT id, institution_code, day, message_id, kind, ours_fen, theirs_fen, source, :at::timestamptz
  FROM unnest(:ids::uuid[], :institutions::text[], :days::date[], :messages::text[],
              :kinds::text[], :ours::bigint[], :theirs::bigint[], :sources::text[])
       AS found (id, institution_code, day, message_id, kind, ours_fen, theirs_fen, source)
 ORDER BY institution_code, day, message_id, kind, source
ON CONFLICT DO NOTHING;
