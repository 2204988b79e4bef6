-- Idempotency keys with the stored answers, and messages waiting to be sent.

CREATE TABLE idempotency (
    principal       uuid NOT NULL,
    key             text NOT NULL,
    route           text NOT NULL,
    fingerprint     bytea NOT NULL,
    claim           uuid NOT NULL,
    claimed_until   timestamptz NOT NULL,
    status          smallint,
    answer_sealed   bytea,
    created_at      timestamptz NOT NULL,
    CONSTRAINT idempotency_key_once PRIMARY KEY (principal, key),
    CONSTRAINT idempotency_answered_whole CHECK ((status IS NULL) = (answer_sealed IS NULL))
);
CREATE INDEX idempotency_by_age ON idempotency (created_at);

CREATE TABLE message (
    id          uuid PRIMARY KEY,
    person_id   uuid NOT NULL REFERENCES person,
    binding_id  uuid NOT NULL REFERENCES binding,
    kind        text NOT NULL,
    created_at  timestamptz NOT NULL,
    outcome     text,
    settled_at  timestamptz,
    CONSTRAINT message_once_per_event UNIQUE (binding_id, person_id, kind),
    CONSTRAINT message_known_outcome  CHECK (outcome IN ('sent', 'refused', 'rejected', 'no_account')),
    CONSTRAINT message_settled_whole  CHECK ((outcome IS NULL) = (settled_at IS NULL))
);
