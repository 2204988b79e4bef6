-- name: insert(id, donor_id, beneficiary_id, area, relation, phone_sealed, channel, applied_by, review, begins_on, ends_on, rank, total_fen, year_fen, use_fen, at)!
INSERT INTO binding (id, donor_id, beneficiary_id, area, relation, phone_sealed, channel, state,
    applied_by, review, begins_on, ends_on, rank, total_limit_fen, year_limit_fen, use_limit_fen,
    applied_at)
VALUES (:id, :donor_id, :beneficiary_id, :area, :relation, :phone_sealed, :channel,
    'awaiting_signature', :applied_by, :review, :begins_on, :ends_on, :rank, :total_fen, :year_fen,
    :use_fen, :at);

-- name: standing(donor_id, beneficiary_id, today)^
SELECT coalesce(bool_or(donor_id = :donor_id AND beneficiary_id = :beneficiary_id), false)
           AS already_bound,
       count(*) FILTER (WHERE donor_id = :donor_id AND state <> 'awaiting_signature')
           AS bindings_of_donor,
       count(*) FILTER (WHERE beneficiary_id = :beneficiary_id AND state <> 'awaiting_signature')
           AS donors_of_beneficiary
  FROM binding
 WHERE (donor_id = :donor_id OR beneficiary_id = :beneficiary_id)
   AND state IN ('awaiting_signature', 'under_review', 'active', 'paused')
   AND (ends_on IS NULL OR ends_on >= :today);

-- name: get(id)^
SELECT * FROM binding_parties WHERE id = :id;

-- name: find(id, person_id)^
SELECT * FROM binding_parties
 WHERE id = :id AND (donor_id = :person_id OR beneficiary_id = :person_id);

-- name: find_of_donor(id, donor_id)^
SELECT * FROM binding_parties WHERE id = :id AND donor_id = :donor_id;

-- name: find_in_area(id, area)^
SELECT * FROM binding_parties WHERE id = :id AND left(area, 4) = left(:area, 4);

-- name: page(person_id, after, limit)
SELECT * FROM binding_parties
 WHERE (donor_id = :person_id OR beneficiary_id = :person_id) AND id < :after
 ORDER BY id DESC LIMIT :limit;

-- name: for_status(person_id, limit)
-- Those in force or under way first, then the latest of the others.
SELECT * FROM binding_parties
 WHERE donor_id = :person_id OR beneficiary_id = :person_id
 ORDER BY state IN ('awaiting_signature', 'under_review', 'active', 'paused') DESC, id DESC
 LIMIT :limit;

-- name: reviews(area, after, limit)
SELECT * FROM binding_parties
 WHERE state = 'under_review' AND review = 'clerk' AND left(area, 4) = left(:area, 4) AND id > :after
 ORDER BY id LIMIT :limit;

-- name: lock(id)^
SELECT * FROM binding_facts WHERE id = :id FOR UPDATE;

-- name: set_state(id, state, review, signed_at, effective_at, ended_at)!
UPDATE binding SET state = :state, review = :review, signed_at = :signed_at,
       effective_at = :effective_at, ended_at = :ended_at
 WHERE id = :id;

-- name: set_terms(id, begins_on, ends_on, rank, total_fen, year_fen, use_fen, effective_at)!
UPDATE binding SET begins_on = :begins_on, ends_on = :ends_on, rank = :rank,
       total_limit_fen = :total_fen, year_limit_fen = :year_fen, use_limit_fen = :use_fen,
       effective_at = :effective_at
 WHERE id = :id;

-- name: expired(today, limit)
SELECT * FROM binding_facts
 WHERE state IN ('awaiting_signature', 'under_review', 'active', 'paused') AND ends_on < :today
 ORDER BY ends_on, id LIMIT :limit;

-- name: phones_sealed_elsewhere(after, data_key, limit)
SELECT id, phone_sealed FROM binding
 WHERE id > :after AND get_byte(phone_sealed, 0) <> :data_key::int
 ORDER BY id LIMIT :limit;

-- name: reseal_phone(id, phone_sealed)!
UPDATE binding SET phone_sealed = :phone_sealed WHERE id = :id;

-- name: relatives(donor_id, limit)
-- Whom a donor shares with now, with what the platform is asked about.
SELECT b.id, b.beneficiary_id, b.area AS binding_area, b.relation, p.area, p.id_number_sealed,
       p.name_sealed
  FROM binding b JOIN person p ON p.id = b.beneficiary_id
 WHERE b.donor_id = :donor_id AND b.state IN ('active', 'paused')
 ORDER BY b.id LIMIT :limit;

-- name: of_pairs(donors, beneficiaries)
-- The binding in force or paused of each pair that has one; nobody plans by it meanwhile.
SELECT b.id, b.donor_id, b.beneficiary_id, p.area
  FROM unnest(:donors::uuid[], :beneficiaries::uuid[]) AS pair (donor_id, beneficiary_id)
  JOIN binding b ON b.donor_id = pair.donor_id AND b.beneficiary_id = pair.beneficiary_id
  JOIN person p ON p.id = b.beneficiary_id
 WHERE b.state IN ('active', 'paused')
 ORDER BY b.id FOR NO KEY UPDATE OF b;
