-- 居民医保费代缴: standing orders of citizens, batches over them, orders, refunds, and who is paid for.
-- A premium lives in its payer's book; one person, year and area is paid for once, whoever pays.

CREATE TABLE premium_plan (
    book_id    uuid     NOT NULL,
    plan_id    uuid     NOT NULL,
    binding_id uuid     NOT NULL,
    insured_id uuid     NOT NULL,
    area       text     NOT NULL,
    year       smallint,
    most_fen   bigint   NOT NULL,
    source     text     NOT NULL,
    made_at    timestamptz NOT NULL,
    ended_at   timestamptz,
    CONSTRAINT premium_plan_once            PRIMARY KEY (book_id, plan_id),
    CONSTRAINT premium_plan_known_source    CHECK (source IN ('citizen', 'file')),
    CONSTRAINT premium_plan_most_positive   CHECK (most_fen > 0),
    CONSTRAINT premium_plan_area_six_digits CHECK (area ~ '^[0-9]{6}$')
);
CREATE UNIQUE INDEX premium_plan_one_live_per_relative
    ON premium_plan (book_id, insured_id, year) NULLS NOT DISTINCT WHERE ended_at IS NULL;
CREATE INDEX premium_plan_by_area ON premium_plan (area, plan_id) WHERE ended_at IS NULL;

-- All due plans of an area and premium year. `paused` moves nothing; `draining` holds no new money
-- and brings what is under way to its end.
CREATE TABLE premium_batch (
    id            uuid PRIMARY KEY,
    area          text     NOT NULL,
    year          smallint NOT NULL,
    mode          text     NOT NULL,
    made_at       timestamptz NOT NULL,
    CONSTRAINT premium_batch_once           UNIQUE (area, year),
    CONSTRAINT premium_batch_known_mode     CHECK (mode IN ('running', 'paused', 'draining')),
    CONSTRAINT premium_batch_area_six_digits CHECK (area ~ '^[0-9]{6}$')
);

-- One order. `next_try_at` is both the time of its next step and the lease of who is at it: whoever
-- dies leaves it to be found again. `aside`: what kind of fault made a person look at it.
-- `to_tell`: what a message is still to be sent about; telling takes it away.
CREATE TABLE premium (
    book_id        uuid     NOT NULL,
    premium_id     uuid     NOT NULL,
    insured_id     uuid     NOT NULL,
    binding_id     uuid     NOT NULL,
    plan_id        uuid,
    batch_id       uuid,
    area           text     NOT NULL,
    year           smallint NOT NULL,
    category       text,
    amount_fen     bigint,
    late           boolean  NOT NULL DEFAULT false,
    state          text     NOT NULL,
    reason         text,
    tries          integer  NOT NULL DEFAULT 0,
    next_try_at    timestamptz,
    aside          text,
    to_tell        text,
    receipt_number text,
    made_at        timestamptz NOT NULL,
    held_at        timestamptz,
    receipted_at   timestamptz,
    paid_at        timestamptz,
    credited_at    timestamptz,
    ended_at       timestamptz,
    CONSTRAINT premium_once              PRIMARY KEY (book_id, premium_id),
    CONSTRAINT premium_for_another       CHECK (book_id <> insured_id),
    CONSTRAINT premium_area_six_digits   CHECK (area ~ '^[0-9]{6}$'),
    CONSTRAINT premium_known_category    CHECK (category IN ('ordinary', 'low_income', 'monitored',
        'extreme_poverty', 'orphan')),
    CONSTRAINT premium_known_state       CHECK (state IN ('planned', 'held', 'paid', 'credited',
        'declined', 'skipped', 'refunding', 'refunded')),
    CONSTRAINT premium_amount_positive   CHECK (amount_fen > 0),
    CONSTRAINT premium_held_has_amount   CHECK ((state IN ('planned', 'skipped')) = (held_at IS NULL)
        AND (held_at IS NULL OR (amount_fen IS NOT NULL AND category IS NOT NULL))),
    CONSTRAINT premium_paid_has_receipt  CHECK ((state IN ('paid', 'credited', 'refunding', 'refunded'))
        = (receipt_number IS NOT NULL) AND (receipt_number IS NULL) = (paid_at IS NULL)
        AND (receipt_number IS NULL) = (receipted_at IS NULL)),
    CONSTRAINT premium_credited_has_time CHECK (state <> 'credited' OR credited_at IS NOT NULL),
    CONSTRAINT premium_refused_says_why  CHECK (state NOT IN ('declined', 'skipped')
        OR reason IS NOT NULL),
    CONSTRAINT premium_over_has_a_time   CHECK ((state IN ('declined', 'skipped', 'refunded'))
        = (ended_at IS NOT NULL)),
    CONSTRAINT premium_waits_or_is_over  CHECK ((next_try_at IS NOT NULL)
        = (aside IS NULL AND state IN ('planned', 'held', 'paid')))
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
CREATE UNIQUE INDEX premium_once_per_plan_and_year
    ON premium (book_id, plan_id, year) WHERE plan_id IS NOT NULL;
CREATE INDEX premium_by_id      ON premium (premium_id);
CREATE INDEX premium_by_insured ON premium (insured_id, premium_id);
CREATE INDEX premium_by_batch   ON premium (batch_id, state)
    INCLUDE (aside, amount_fen, paid_at, next_try_at) WHERE batch_id IS NOT NULL;
CREATE INDEX premium_by_binding ON premium (book_id, binding_id) WHERE state = 'planned';
CREATE INDEX premium_aside      ON premium (area, year) WHERE aside IS NOT NULL;
CREATE INDEX premium_due_alone  ON premium (state, next_try_at)
    WHERE next_try_at IS NOT NULL AND batch_id IS NULL;
CREATE INDEX premium_due_in_batch ON premium (batch_id, state, next_try_at)
    WHERE next_try_at IS NOT NULL AND batch_id IS NOT NULL;
CREATE INDEX premium_by_receipt ON premium USING brin (receipted_at);
CREATE INDEX premium_untold     ON premium (premium_id) WHERE to_tell IS NOT NULL;

-- Uniqueness across payers lives in a table whose key is just that.
CREATE TABLE premium_claim (
    insured_id   uuid     NOT NULL,
    year         smallint NOT NULL,
    area         text     NOT NULL,
    claimed_book uuid     NOT NULL,
    claimed_id   uuid     NOT NULL,
    CONSTRAINT premium_claim_once PRIMARY KEY (insured_id, year, area)
);

-- A refund is an order of its own, under a number of its own at the tax bureau.
CREATE TABLE premium_refund (
    book_id     uuid   NOT NULL,
    refund_id   uuid   NOT NULL,
    premium_id  uuid   NOT NULL,
    amount_fen  bigint NOT NULL,
    state       text   NOT NULL,
    reason      text,
    tries       integer NOT NULL DEFAULT 0,
    next_try_at timestamptz,
    asked_at    timestamptz NOT NULL,
    refunded_at timestamptz,
    ended_at    timestamptz,
    CONSTRAINT premium_refund_once            PRIMARY KEY (book_id, refund_id),
    CONSTRAINT premium_refund_of_a_premium    FOREIGN KEY (book_id, premium_id) REFERENCES premium,
    CONSTRAINT premium_refund_amount_positive CHECK (amount_fen > 0),
    CONSTRAINT premium_refund_known_state     CHECK (state IN ('asked', 'refunded', 'declined')),
    CONSTRAINT premium_refund_waits_or_is_over CHECK ((state = 'asked') = (next_try_at IS NOT NULL)
        AND (state = 'asked') = (ended_at IS NULL) AND (state = 'declined') = (reason IS NOT NULL)
        AND (state = 'refunded') = (refunded_at IS NOT NULL))
);
CREATE UNIQUE INDEX premium_refund_one_live ON premium_refund (book_id, premium_id)
    WHERE state <> 'declined';
CREATE INDEX premium_refund_by_id  ON premium_refund (refund_id);
CREATE INDEX premium_refund_due    ON premium_refund (next_try_at) WHERE next_try_at IS NOT NULL;
CREATE INDEX premium_refund_by_day ON premium_refund USING brin (refunded_at);

-- What the domain calls a premium, and the same with what the bureau is told of the relative.
CREATE VIEW premium_facts AS
SELECT book_id, premium_id, insured_id, binding_id, plan_id, batch_id, area, year, category,
       amount_fen, late, state, reason, tries, aside, receipt_number, made_at, held_at, receipted_at,
       paid_at, credited_at, ended_at
  FROM premium;

CREATE VIEW premium_order AS
SELECT p.*, i.id_number_sealed, i.name_sealed
  FROM premium_facts p JOIN person i ON i.id = p.insured_id;

-- Messages about money that moved elsewhere than at a counter have no kind of place.
ALTER TABLE message
    DROP CONSTRAINT message_amount_with_event,
    ADD CONSTRAINT message_amount_with_event CHECK ((event_id IS NULL) = (amount_fen IS NULL)
        AND (event_id IS NULL) = (about_id IS NULL) AND (place IS NULL OR event_id IS NOT NULL));

-- The other side may be the tax bureau (`tax:610100`) or the enrolment (`enrolment:610100`), where
-- the message is the number of the order; to ask again by that number is an act that resolves.
ALTER TABLE difference
    DROP CONSTRAINT difference_institution_code_fkey,
    ADD CONSTRAINT difference_party_shape CHECK (institution_code ~ '^[A-Z][0-9]{11}$'
        OR institution_code ~ '^(tax|enrolment):[0-9]{6}$'),
    DROP CONSTRAINT difference_known_source,
    DROP CONSTRAINT difference_known_act,
    ADD CONSTRAINT difference_known_source CHECK (source IN ('institution', 'platform', 'tax')),
    ADD CONSTRAINT difference_known_act    CHECK (act IN ('reversed', 'confirmed_by_other_side',
        'settled_again', 'accepted', 'asked_again', 'booked_as_theirs', 'voided'));
