-- What is kept for ever: signed commitments and the audit trail. Neither is changed or deleted.

CREATE TABLE commitment (
    id                uuid PRIMARY KEY,
    binding_id        uuid NOT NULL REFERENCES binding,
    donor_id          uuid NOT NULL REFERENCES person,
    sequence          integer NOT NULL,
    template_version  text NOT NULL,
    text_digest       bytea NOT NULL,
    image_digest      bytea NOT NULL,
    pack_digest       bytea NOT NULL,
    previous_digest   bytea NOT NULL,
    pack_sealed       bytea NOT NULL,
    image_sealed      bytea NOT NULL,
    signature         bytea NOT NULL,
    key_id            text NOT NULL,
    signed_at         timestamptz NOT NULL,
    CONSTRAINT commitment_one_per_binding UNIQUE (binding_id),
    CONSTRAINT commitment_chained         UNIQUE (donor_id, sequence),
    CONSTRAINT commitment_sequence_from_1 CHECK (sequence >= 1)
);

CREATE TABLE audit (
    id            uuid PRIMARY KEY,
    at            timestamptz NOT NULL,
    actor_kind    text NOT NULL,
    actor_id      uuid,
    act           text NOT NULL,
    subject_kind  text NOT NULL,
    subject_id    uuid NOT NULL,
    detail        jsonb NOT NULL,
    CONSTRAINT audit_known_actor CHECK (actor_kind IN ('citizen', 'clerk', 'system', 'operator')),
    CONSTRAINT audit_actor_named CHECK ((actor_kind IN ('citizen', 'clerk')) = (actor_id IS NOT NULL))
);
CREATE INDEX audit_by_subject ON audit (subject_id, id);
CREATE INDEX audit_by_actor   ON audit (actor_id, id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'GJ001';
END $$;

CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER commitment_append_only BEFORE DELETE ON commitment
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_not_emptied BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER commitment_not_emptied BEFORE TRUNCATE ON commitment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- Only the ciphertext may change, when keys are rotated: the digests still prove the plain text.
CREATE TRIGGER commitment_unchanging BEFORE UPDATE ON commitment
    FOR EACH ROW WHEN ((OLD.id, OLD.binding_id, OLD.donor_id, OLD.sequence, OLD.template_version,
        OLD.text_digest, OLD.image_digest, OLD.pack_digest, OLD.previous_digest, OLD.signature,
        OLD.key_id, OLD.signed_at) IS DISTINCT FROM (NEW.id, NEW.binding_id, NEW.donor_id,
        NEW.sequence, NEW.template_version, NEW.text_digest, NEW.image_digest, NEW.pack_digest,
        NEW.previous_digest, NEW.signature, NEW.key_id, NEW.signed_at))
    EXECUTE FUNCTION refuse_change();

-- What the domain calls a binding, and the same with the parties' sealed names for a page.
CREATE VIEW binding_facts AS
SELECT id, donor_id, beneficiary_id, area, relation, channel, state, review, applied_by, begins_on,
       ends_on, rank, total_limit_fen, year_limit_fen, use_limit_fen, applied_at, signed_at,
       effective_at, ended_at
  FROM binding;

CREATE VIEW binding_parties AS
SELECT b.*, d.name_sealed AS donor_name_sealed, d.id_number_sealed AS donor_id_number_sealed,
       u.name_sealed AS beneficiary_name_sealed, u.id_number_sealed AS beneficiary_id_number_sealed,
       (SELECT c.id FROM commitment c WHERE c.binding_id = b.id) AS commitment_id
  FROM binding_facts b
  JOIN person d ON d.id = b.donor_id
  JOIN person u ON u.id = b.beneficiary_id;
