-- People, the channel accounts they sign in with, and clerks.
-- Columns named *_sealed hold SM4-GCM ciphertext, *_index the SM3-HMAC blind index.

CREATE TABLE person (
    id                uuid PRIMARY KEY,
    id_number_index   bytea NOT NULL,
    id_number_sealed  bytea NOT NULL,
    name_sealed       bytea NOT NULL,
    area              text,
    created_at        timestamptz NOT NULL,
    CONSTRAINT person_one_per_id_number UNIQUE (id_number_index),
    CONSTRAINT person_area_six_digits   CHECK (area ~ '^[0-9]{6}$')
);

CREATE TABLE channel_account (
    id              uuid PRIMARY KEY,
    channel         text NOT NULL,
    app_id          text NOT NULL,
    subject_index   bytea NOT NULL,
    subject_sealed  bytea NOT NULL,
    certified_index bytea,
    person_id       uuid REFERENCES person,
    created_at      timestamptz NOT NULL,
    linked_at       timestamptz,
    CONSTRAINT channel_account_one_per_subject UNIQUE (channel, app_id, subject_index),
    CONSTRAINT channel_account_known_channel   CHECK (channel IN ('wechat', 'alipay')),
    CONSTRAINT channel_account_linked_together CHECK ((person_id IS NULL) = (linked_at IS NULL))
);
-- A citizen has one account per mini-program; linking another one takes its place.
CREATE UNIQUE INDEX channel_account_one_per_person
    ON channel_account (person_id, channel, app_id) WHERE person_id IS NOT NULL;

CREATE TABLE clerk (
    id              uuid PRIMARY KEY,
    login           text NOT NULL,
    password_hash   text NOT NULL,
    totp_sealed     bytea NOT NULL,
    totp_used_step  bigint NOT NULL DEFAULT 0,
    roles           text[] NOT NULL,
    area            text NOT NULL,
    disabled_at     timestamptz,
    created_at      timestamptz NOT NULL,
    CONSTRAINT clerk_one_per_login    UNIQUE (login),
    CONSTRAINT clerk_known_roles      CHECK (roles <@ ARRAY['intake', 'review']),
    CONSTRAINT clerk_area_six_digits  CHECK (area ~ '^[0-9]{6}$')
);
