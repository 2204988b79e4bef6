-- One bill at a counter, split and recorded; its claims, refunds, and events waiting to be told.
-- A settlement lives in the patient's book; the shares of donors are transfers in theirs.

CREATE TABLE settlement (
    book_id          uuid   NOT NULL,
    settlement_id    uuid   NOT NULL,
    institution_code text   NOT NULL,
    message_id       text   NOT NULL,
    service          text   NOT NULL,
    total_fen        bigint NOT NULL,
    fund_fen         bigint NOT NULL,
    own_fen          bigint NOT NULL,
    aid_fen          bigint NOT NULL,
    cash_fen         bigint NOT NULL,
    eligible_fen     bigint NOT NULL,
    pooled_fen    bigint NOT NULL,
    plan             bytea  NOT NULL,
    settled_on       date   NOT NULL,
    settled_at       timestamptz NOT NULL,
    CONSTRAINT settlement_once             PRIMARY KEY (book_id, settlement_id),
    CONSTRAINT settlement_adds_up          CHECK (total_fen = fund_fen + own_fen + aid_fen + cash_fen),
    CONSTRAINT settlement_parts_not_negative CHECK (total_fen > 0 AND fund_fen >= 0 AND own_fen >= 0
        AND aid_fen >= 0 AND cash_fen >= 0 AND eligible_fen >= 0 AND pooled_fen BETWEEN 0 AND fund_fen)
);
CREATE INDEX settlement_by_institution ON settlement (institution_code, settled_on, settlement_id);
CREATE INDEX settlement_by_id          ON settlement (settlement_id);
CREATE INDEX settlement_by_day         ON settlement USING brin (settled_on);

-- A refund, whole or in part: to exactly the accounts that paid.
CREATE TABLE refund (
    book_id          uuid   NOT NULL,
    refund_id        uuid   NOT NULL,
    settlement_id    uuid   NOT NULL,
    institution_code text   NOT NULL,
    message_id       text   NOT NULL,
    total_fen        bigint NOT NULL,
    fund_fen         bigint NOT NULL,
    own_fen          bigint NOT NULL,
    aid_fen          bigint NOT NULL,
    cash_fen         bigint NOT NULL,
    plan             bytea  NOT NULL,
    refunded_on      date   NOT NULL,
    refunded_at      timestamptz NOT NULL,
    CONSTRAINT refund_once                PRIMARY KEY (book_id, refund_id),
    CONSTRAINT refund_of_a_settlement     FOREIGN KEY (book_id, settlement_id) REFERENCES settlement,
    CONSTRAINT refund_adds_up             CHECK (total_fen = fund_fen + own_fen + aid_fen + cash_fen),
    CONSTRAINT refund_parts_not_negative  CHECK (total_fen > 0 AND fund_fen >= 0 AND own_fen >= 0
        AND aid_fen >= 0 AND cash_fen >= 0)
);
CREATE INDEX refund_by_settlement  ON refund (book_id, settlement_id);
CREATE INDEX refund_by_institution ON refund (institution_code, refunded_on, refund_id);
CREATE INDEX refund_by_day         ON refund USING brin (refunded_on);

-- Uniqueness across books lives in tables whose key is just that.
CREATE TABLE counter_claim (
    institution_code text  NOT NULL,
    message_id       text  NOT NULL,
    kind             text  NOT NULL,
    fingerprint      bytea NOT NULL,
    claimed_book     uuid  NOT NULL,
    claimed_id       uuid  NOT NULL,
    CONSTRAINT counter_claim_message_once PRIMARY KEY (institution_code, message_id),
    CONSTRAINT counter_claim_known_kind   CHECK (kind IN ('settlement', 'refund', 'cancelled', 'refused'))
);
CREATE TABLE code_claim (
    code_digest  bytea NOT NULL,
    claimed_book uuid  NOT NULL,
    claimed_id   uuid  NOT NULL,
    CONSTRAINT code_claim_code_once PRIMARY KEY (code_digest)
);

-- What the patient has had from the outpatient fund in a calendar year, as estimated here.
CREATE TABLE benefit_year (
    book_id      uuid     NOT NULL,
    year         smallint NOT NULL,
    eligible_fen bigint   NOT NULL,
    fund_fen     bigint   NOT NULL,
    CONSTRAINT benefit_year_once         PRIMARY KEY (book_id, year),
    CONSTRAINT benefit_year_not_negative CHECK (eligible_fen >= 0 AND fund_fen >= 0)
);

-- What happened and has not been told yet: thin rows in the event's own transaction.
CREATE TABLE counter_event (
    book_id       uuid NOT NULL,
    event_id      uuid NOT NULL,
    settlement_id uuid NOT NULL,
    kind          text NOT NULL,
    at            timestamptz NOT NULL,
    CONSTRAINT counter_event_once       PRIMARY KEY (book_id, event_id),
    CONSTRAINT counter_event_known_kind CHECK (kind IN ('settled', 'refunded'))
);

CREATE INDEX counter_event_by_time ON counter_event (at);

ALTER TABLE message
    ALTER COLUMN binding_id DROP NOT NULL,
    ADD COLUMN event_id   uuid,
    ADD COLUMN amount_fen bigint,
    ADD COLUMN about_id   uuid REFERENCES person,
    ADD COLUMN place      text,
    ADD CONSTRAINT message_about_one_thing  CHECK ((binding_id IS NULL) <> (event_id IS NULL)),
    ADD CONSTRAINT message_amount_with_event CHECK ((event_id IS NULL) = (amount_fen IS NULL)
        AND (event_id IS NULL) = (about_id IS NULL) AND (event_id IS NULL) = (place IS NULL)),
    ADD CONSTRAINT message_once_per_counter_event UNIQUE (event_id, person_id, kind);
