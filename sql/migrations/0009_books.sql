-- Monthly account credits by file, the daily close, and what reconciliation found.

CREATE TABLE credit_file (
    id          uuid PRIMARY KEY,
    area        text NOT NULL,
    month       date NOT NULL,
    digest      bytea NOT NULL,
    received_at timestamptz NOT NULL,
    CONSTRAINT credit_file_once       UNIQUE (digest),
    CONSTRAINT credit_file_first_day  CHECK (extract(day FROM month) = 1),
    CONSTRAINT credit_file_area_six_digits CHECK (area ~ '^[0-9]{6}$')
);

-- One credit per person, area and month, whichever file it came in.
CREATE TABLE credit (
    person_id   uuid NOT NULL REFERENCES person,
    area        text NOT NULL,
    month       date NOT NULL,
    category    text NOT NULL,
    base_fen    bigint NOT NULL,
    amount_fen  bigint NOT NULL,
    file_id     uuid NOT NULL REFERENCES credit_file,
    transfer_id uuid NOT NULL,
    CONSTRAINT credit_once_per_month  PRIMARY KEY (person_id, area, month),
    CONSTRAINT credit_known_category  CHECK (category IN ('employee', 'flexible', 'retiree')),
    CONSTRAINT credit_amount_positive CHECK (amount_fen > 0 AND base_fen > 0)
);

-- A closed day: its totals and a digest over its entries, chained to the day before.
CREATE TABLE closed_day (
    day             date PRIMARY KEY,
    entries         bigint NOT NULL,
    settlements     bigint NOT NULL,
    refunds         bigint NOT NULL,
    paid_fen        bigint NOT NULL,
    returned_fen    bigint NOT NULL,
    credited_fen    bigint NOT NULL,
    digest          bytea NOT NULL,
    previous_digest bytea NOT NULL,
    closed_at       timestamptz NOT NULL
);

-- A statement of the other side against our books; resolved by a named act, never by an edit.
CREATE TABLE difference (
    id               uuid PRIMARY KEY,
    institution_code text NOT NULL REFERENCES institution,
    day              date NOT NULL,
    message_id       text NOT NULL,
    kind             text NOT NULL,
    ours_fen         bigint,
    theirs_fen       bigint,
    source           text NOT NULL,
    found_at         timestamptz NOT NULL,
    resolved_at      timestamptz,
    resolved_by      text,
    act              text,
    note             text,
    CONSTRAINT difference_once           UNIQUE NULLS NOT DISTINCT
        (institution_code, day, message_id, kind, source, ours_fen, theirs_fen),
    CONSTRAINT difference_known_kind     CHECK (kind IN ('missing_here', 'missing_there', 'amount')),
    CONSTRAINT difference_known_source   CHECK (source IN ('institution', 'platform')),
    CONSTRAINT difference_known_act      CHECK (act IN ('reversed', 'confirmed_by_other_side',
        'settled_again', 'accepted')),
    CONSTRAINT difference_resolved_whole CHECK ((resolved_at IS NULL) = (resolved_by IS NULL)
        AND (resolved_at IS NULL) = (act IS NULL) AND (resolved_at IS NULL) = (note IS NULL))
);
CREATE INDEX difference_open ON difference (found_at) WHERE resolved_at IS NULL;

-- 家庭共济证明: what a printed certificate says, so that its QR code can be checked.
CREATE TABLE certificate (
    number      text PRIMARY KEY,
    binding_id  uuid NOT NULL REFERENCES binding,
    content_sealed bytea NOT NULL,
    issued_at   timestamptz NOT NULL,
    CONSTRAINT certificate_number_shape CHECK (number ~ '^[0-9A-Z]{16,32}$')
);
CREATE INDEX certificate_by_binding ON certificate (binding_id);
