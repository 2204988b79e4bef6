-- name: get(code)^
SELECT code, name, kind, level, area, address, services, patient_areas, away, open_from, open_until
  FROM institution WHERE code = :code;

-- name: page(area_from, area_to, institution_kind, level, service, away, after, limit)
-- A range of area codes, so that the index by area serves a county as well as a province.
SELECT code, name, kind, level, area, address, services, patient_areas, away, open_from, open_until
  FROM institution
 WHERE area BETWEEN :area_from AND :area_to
   AND (:institution_kind::text IS NULL OR kind = :institution_kind)
   AND (:level::text IS NULL OR level = :level)
   AND (:service::text IS NULL OR :service = ANY (services))
   AND (:away::boolean IS NULL OR away = :away)
   AND code > :after
 ORDER BY code LIMIT :limit;

-- name: upsert(institutions)!
-- A JSON array in, one statement whatever its length.
INSERT INTO institution (code, name, kind, level, area, address, services, patient_areas, away,
    open_from, open_until)
SELECT code, name, kind, level, area, address, services, patient_areas, away, open_from, open_until
  FROM jsonb_to_recordset(:institutions::jsonb) AS given (code text, name text, kind text,
       level text, area text, address text, services text[], patient_areas text[], away boolean,
       open_from date, open_until date)
 ORDER BY code
ON CONFLICT (code) DO UPDATE SET name = EXCLUDED.name, kind = EXCLUDED.kind,
       level = EXCLUDED.level, area = EXCLUDED.area, address = EXCLUDED.address,
       services = EXCLUDED.services, patient_areas = EXCLUDED.patient_areas,
       away = EXCLUDED.away, open_from = EXCLUDED.open_from, open_until = EXCLUDED.open_until;
