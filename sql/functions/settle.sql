-- Records settlements, one or many: claims, settlement rows, events and the ledger's legs, all of
-- them or none, in one round trip. The arrays of settlements run in parallel; the arrays of legs
-- are those of ledger.record. `_benefits_*` name the patients whose yearly benefit the estimate
-- rests on, and what it was (both null where there was no row).
--
-- Refusals: those of ledger.record, counter_claim_message_once, code_claim_code_once.
CREATE OR REPLACE FUNCTION settle(
    _at timestamptz, _on date,
    _books uuid[], _ids uuid[], _institutions text[], _messages text[], _fingerprints bytea[],
    _codes bytea[], _services text[], _totals bigint[], _funds bigint[], _owns bigint[],
    _aids bigint[], _cashes bigint[], _eligibles bigint[], _pooleds bigint[], _plans bytea[],
    _benefit_books uuid[], _benefit_eligibles bigint[], _benefit_funds bigint[],
    _seen_books uuid[], _seen_versions bigint[],
    _leg_journals uuid[], _leg_transfers uuid[], _leg_books uuid[], _leg_bindings uuid[],
    _leg_contras text[], _leg_amounts bigint[]
) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    _year   smallint := extract(year FROM _on);
    _legs   integer  := coalesce(array_length(_leg_books, 1), 0);
BEGIN
    IF EXISTS (SELECT FROM closed_day WHERE day = _on) THEN
        RAISE EXCEPTION 'decided before the day was closed' USING ERRCODE = 'LG002';
    END IF;

    INSERT INTO counter_claim (institution_code, message_id, kind, fingerprint, claimed_book, claimed_id)
    SELECT s.institution, s.message, 'settlement', s.fingerprint, s.book, s.id
      FROM unnest(_institutions, _messages, _fingerprints, _books, _ids)
           AS s (institution, message, fingerprint, book, id);

    INSERT INTO code_claim (code_digest, claimed_book, claimed_id)
    SELECT s.code, s.book, s.id FROM unnest(_codes, _books, _ids) AS s (code, book, id);

    INSERT INTO settlement (book_id, settlement_id, institution_code, message_id, service, total_fen,
                            fund_fen, own_fen, aid_fen, cash_fen, eligible_fen, pooled_fen, plan,
                            settled_on, settled_at)
    SELECT s.*, _on, _at
      FROM unnest(_books, _ids, _institutions, _messages, _services, _totals, _funds, _owns, _aids,
                  _cashes, _eligibles, _pooleds, _plans) AS s;

    INSERT INTO counter_event (book_id, event_id, settlement_id, kind, at)
    SELECT s.book, s.id, s.id, 'settled', _at FROM unnest(_books, _ids) AS s (book, id);

    IF _legs > 0 THEN
        PERFORM ledger.record(
            _at, _on, _seen_books, _seen_versions, _leg_journals, _leg_transfers,
            array_fill('single'::text, ARRAY[_legs]), array_fill('settlement'::text, ARRAY[_legs]),
            _leg_books, _leg_bindings,
            ARRAY(SELECT CASE WHEN b IS NULL THEN NULL ELSE _year END FROM unnest(_leg_bindings) AS b),
            _leg_contras, _leg_amounts,
            array_fill(NULL::uuid, ARRAY[_legs]), array_fill(NULL::timestamptz, ARRAY[_legs]));
    END IF;

    IF _benefit_books <> '{}' THEN
        PERFORM add_benefits(_year, _benefit_books, _benefit_eligibles, _benefit_funds,
                             _books, _eligibles, _pooleds);
    END IF;
END $$;

-- Adds to the yearly benefits, if they are still what the estimate saw.
CREATE OR REPLACE FUNCTION add_benefits(
    _year smallint, _seen_books uuid[], _seen_eligibles bigint[], _seen_funds bigint[],
    _books uuid[], _eligibles bigint[], _funds bigint[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE _changed bigint;
BEGIN
    INSERT INTO benefit_year (book_id, year, eligible_fen, fund_fen)
    SELECT seen.book, _year, 0, 0 FROM unnest(_seen_books) AS seen (book) ORDER BY seen.book
    ON CONFLICT (book_id, year) DO NOTHING;

    PERFORM FROM benefit_year WHERE book_id = ANY (_seen_books) AND year = _year
      ORDER BY book_id FOR UPDATE;

    UPDATE benefit_year y
       SET eligible_fen = y.eligible_fen + added.eligible_fen, fund_fen = y.fund_fen + added.fund_fen
      FROM (SELECT s.book, sum(s.eligible)::bigint AS eligible_fen, sum(s.fund)::bigint AS fund_fen
              FROM unnest(_books, _eligibles, _funds) AS s (book, eligible, fund) GROUP BY s.book) added,
           unnest(_seen_books, _seen_eligibles, _seen_funds) AS seen (book, eligible, fund)
     WHERE y.book_id = seen.book AND added.book = seen.book AND y.year = _year
       AND y.eligible_fen = coalesce(seen.eligible, 0) AND y.fund_fen = coalesce(seen.fund, 0);
    GET DIAGNOSTICS _changed = ROW_COUNT;
    IF _changed <> cardinality(_seen_books) THEN
        RAISE EXCEPTION 'decided on facts that have changed' USING ERRCODE = 'LG002';
    END IF;
END $$;
