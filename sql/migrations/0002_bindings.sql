-- Bindings, the images that prove kinship, and code delegations.

CREATE TABLE binding (
    id               uuid PRIMARY KEY,
    donor_id         uuid NOT NULL REFERENCES person,
    beneficiary_id   uuid NOT NULL REFERENCES person,
    area             text NOT NULL,
    relation         text NOT NULL,
    phone_sealed     bytea,
    channel          text NOT NULL,
    state            text NOT NULL,
    review           text,
    applied_by       uuid REFERENCES clerk,
    begins_on        date NOT NULL,
    ends_on          date,
    rank             integer NOT NULL,
    total_limit_fen  bigint,
    year_limit_fen   bigint,
    use_limit_fen    bigint,
    applied_at       timestamptz NOT NULL,
    signed_at        timestamptz,
    effective_at     timestamptz,
    ended_at         timestamptz,
    CONSTRAINT binding_with_another_person CHECK (donor_id <> beneficiary_id),
    CONSTRAINT binding_known_state CHECK (state IN ('awaiting_signature', 'under_review', 'active',
        'paused', 'ended', 'rejected', 'withdrawn')),
    CONSTRAINT binding_known_review   CHECK (review IN ('data_check', 'clerk')),
    CONSTRAINT binding_known_channel  CHECK (channel IN ('wechat', 'alipay', 'hall')),
    CONSTRAINT binding_hall_has_clerk CHECK ((channel = 'hall') = (applied_by IS NOT NULL)),
    CONSTRAINT binding_dates_in_order CHECK (ends_on > begins_on),
    CONSTRAINT binding_rank_positive  CHECK (rank BETWEEN 1 AND 99),
    CONSTRAINT binding_limits_positive CHECK (total_limit_fen > 0 AND year_limit_fen > 0
        AND use_limit_fen > 0),
    CONSTRAINT binding_used_only_signed CHECK (state NOT IN ('under_review', 'active', 'paused')
        OR signed_at IS NOT NULL),
    CONSTRAINT binding_effective_when_active CHECK (state NOT IN ('active', 'paused')
        OR effective_at IS NOT NULL),
    CONSTRAINT binding_over_has_a_time CHECK ((state IN ('ended', 'rejected', 'withdrawn'))
        = (ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX binding_one_live_per_pair ON binding (donor_id, beneficiary_id)
    WHERE state IN ('awaiting_signature', 'under_review', 'active', 'paused');
CREATE INDEX binding_by_donor       ON binding (donor_id, id);
CREATE INDEX binding_by_beneficiary ON binding (beneficiary_id, id);
CREATE INDEX binding_by_review      ON binding (area, id) WHERE state = 'under_review';
CREATE INDEX binding_by_last_day    ON binding (ends_on)
    WHERE state IN ('awaiting_signature', 'under_review', 'active', 'paused');

CREATE TABLE document (
    id              uuid PRIMARY KEY,
    binding_id      uuid NOT NULL REFERENCES binding,
    kind            text NOT NULL,
    image_digest    bytea NOT NULL,
    image_sealed    bytea NOT NULL,
    uploaded_at     timestamptz NOT NULL,
    CONSTRAINT document_once_per_binding UNIQUE (binding_id, image_digest),
    CONSTRAINT document_known_kind CHECK (kind IN ('marriage_certificate', 'household_register'))
);

-- 亲情账户: the owner lets a delegate show the owner's code. It lends a screen, never money.
CREATE TABLE code_delegation (
    id           uuid PRIMARY KEY,
    owner_id     uuid NOT NULL REFERENCES person,
    delegate_id  uuid NOT NULL REFERENCES person,
    began_at     timestamptz NOT NULL,
    ended_at     timestamptz,
    CONSTRAINT code_delegation_to_another_person CHECK (owner_id <> delegate_id),
    CONSTRAINT code_delegation_ends_after_begin  CHECK (ended_at >= began_at)
);
CREATE UNIQUE INDEX code_delegation_one_live_per_pair
    ON code_delegation (owner_id, delegate_id) WHERE ended_at IS NULL;
CREATE INDEX code_delegation_by_delegate ON code_delegation (delegate_id);
