-- name: insert(book_id, event_id, settlement_id, kind, at)!
INSERT INTO counter_event (book_id, event_id, settlement_id, kind, at)
VALUES (:book_id, :event_id, :settlement_id, :kind, :at);

-- name: take(most)
-- Whoever takes an event tells it in the same transaction; others pass it over meanwhile.
DELETE FROM counter_event e
 USING (SELECT book_id, event_id FROM counter_event
         ORDER BY at LIMIT :most FOR UPDATE SKIP LOCKED) next
 WHERE e.book_id = next.book_id AND e.event_id = next.event_id
RETURNING e.book_id, e.event_id, e.settlement_id, e.kind, e.at;
