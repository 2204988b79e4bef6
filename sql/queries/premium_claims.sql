-- name: insert_many(insured, years, areas, books, ids)
-- Those that were free, by the order that has them now; sorted, so that nobody waits in a circle.
INSERT INTO premium_claim (insured_id, year, area, claimed_book, claimed_id)
SELECT * FROM unnest(:insured::uuid[], :years::smallint[], :areas::text[], :books::uuid[],
                     :ids::uuid[]) AS wanted (insured_id, year, area, claimed_book, claimed_id)
 ORDER BY insured_id, year, area
ON CONFLICT (insured_id, year, area) DO NOTHING
RETURNING claimed_id;

-- name: delete_many(insured, years, areas, ids)!
DELETE FROM premium_claim c
 USING unnest(:insured::uuid[], :years::smallint[], :areas::text[], :ids::uuid[])
       AS free (insured_id, year, area, id)
 WHERE c.insured_id = free.insured_id AND c.year = free.year AND c.area = free.area
   AND c.claimed_id = free.id;

-- name: of_people(insured, year)
SELECT insured_id, area, claimed_book FROM premium_claim
 WHERE insured_id = ANY (:insured) AND year = :year;
