-- Designated institutions (定点医药机构), the keys of their counters, and away-from-home filings.

CREATE TABLE institution (
    code         text PRIMARY KEY,
    name         text NOT NULL,
    kind         text NOT NULL,
    level        text NOT NULL,
    area         text NOT NULL,
    address      text NOT NULL,
    services     text[] NOT NULL,
    patient_areas text[] NOT NULL,
    away         boolean NOT NULL,
    open_from    date NOT NULL,
    open_until   date,
    CONSTRAINT institution_code_shape      CHECK (code ~ '^[A-Z][0-9]{11}$'),
    CONSTRAINT institution_known_kind      CHECK (kind IN ('hospital', 'clinic', 'pharmacy', 'vaccination', 'checkup')),
    CONSTRAINT institution_known_level     CHECK (level IN ('tertiary', 'secondary', 'primary', 'none')),
    CONSTRAINT institution_area_six_digits CHECK (area ~ '^[0-9]{6}$'),
    CONSTRAINT institution_known_services  CHECK (services <@ ARRAY['outpatient', 'emergency', 'chronic',
        'inpatient', 'pharmacy', 'vaccine', 'checkup']),
    CONSTRAINT institution_dates_in_order  CHECK (open_until >= open_from)
);
CREATE INDEX institution_by_area ON institution (area, code);

-- The secret a counter signs with; the newest one that is not revoked holds.
CREATE TABLE counter_key (
    institution_code text NOT NULL REFERENCES institution,
    key_id           uuid NOT NULL,
    secret_sealed    bytea NOT NULL,
    made_at          timestamptz NOT NULL,
    revoked_at       timestamptz,
    CONSTRAINT counter_key_once PRIMARY KEY (institution_code, key_id)
);

-- 异地就医备案: where a person may be treated away from home, and until when.
CREATE TABLE filing (
    id           uuid PRIMARY KEY,
    person_id    uuid NOT NULL REFERENCES person,
    from_area    text NOT NULL,
    to_area      text NOT NULL,
    reason       text NOT NULL,
    begins_on    date NOT NULL,
    ends_on      date,
    filed_at     timestamptz NOT NULL,
    ended_at     timestamptz,
    CONSTRAINT filing_area_six_digits CHECK (from_area ~ '^[0-9]{6}$' AND to_area ~ '^[0-9]{6}$'),
    CONSTRAINT filing_elsewhere       CHECK (left(from_area, 4) <> left(to_area, 4)),
    CONSTRAINT filing_known_reason    CHECK (reason IN ('settled_retiree', 'long_term_resident',
        'posted_worker', 'referral', 'temporary')),
    CONSTRAINT filing_dates_in_order  CHECK (ends_on >= begins_on)
);
CREATE UNIQUE INDEX filing_one_live_per_area ON filing (person_id, to_area) WHERE ended_at IS NULL;
