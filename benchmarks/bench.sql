-- In the bench's databases only: ids that can be computed, and the limit that pgbench measures.

-- The n-th id, shaped like a UUIDv7. `benchmarks.population.nth_id` computes the same.
CREATE OR REPLACE FUNCTION bench_id(_n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (lpad(to_hex(_n), 12, '0') || '70008000000000000000')::uuid
$$;

-- Whether person `_n` keeps money: donors, every third patient, and the hot donor `_hot`.
CREATE OR REPLACE FUNCTION bench_rich(_n bigint, _hot bigint) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN _n >= _hot THEN _n = _hot ELSE _n % 3 > 0 OR (_n / 3) % 3 = 0 END
$$;

-- One settlement by our own function `settle`, with the same legs and row sizes as over HTTP.
-- Includes: both claims, the settlement with a receipt of usual length, its event, transfers,
-- entries, accounts and allowances, in one durable transaction.
-- Leaves out: reading the facts (bindings, limits, claims), deciding the split (the amounts are
-- given), the account versions it was decided on, and all of HTTP, JSON, signatures and Redis.
-- So it is a limit, not a competitor.
CREATE OR REPLACE FUNCTION bench_record(
    _patient uuid, _legs uuid[], _bindings uuid[], _amounts bigint[], _cash bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    _id      uuid := uuidv7();
    _at      timestamptz := clock_timestamp();
    _place   text := 'H5306020' || lpad((get_byte(uuid_send(_id), 15) % 20)::text, 4, '0');
    _digest  bytea := sha256(uuid_send(_id));
    _paid    bigint := -_amounts[1] - coalesce(_amounts[2], 0);
    _own     bigint := CASE WHEN _legs[1] = _patient THEN _paid ELSE 0 END;
    _two     boolean := cardinality(_legs) = 2;
BEGIN
    PERFORM settle(
        _at, (_at AT TIME ZONE 'Asia/Shanghai')::date,
        ARRAY[_patient], ARRAY[_id], ARRAY[_place], ARRAY[_id::text], ARRAY[_digest],
        ARRAY[_digest], ARRAY['outpatient'], ARRAY[_paid + _cash + 2500], ARRAY[2500::bigint],
        ARRAY[_own], ARRAY[_paid - _own], ARRAY[_cash], ARRAY[0::bigint], ARRAY[0::bigint],
        ARRAY[decode(repeat('7b22', 800), 'hex')],
        '{}', '{}', '{}', '{}', '{}',
        CASE WHEN _two THEN ARRAY[_id, _id] ELSE ARRAY[_id] END,
        CASE WHEN _two THEN ARRAY[uuidv7(), uuidv7()] ELSE ARRAY[uuidv7()] END,
        _legs, _bindings,
        CASE WHEN _two THEN ARRAY['institution:' || _place, 'institution:' || _place]
             ELSE ARRAY['institution:' || _place] END,
        _amounts);
END $$;

CREATE OR REPLACE FUNCTION bench_settle(_k bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE _patient uuid := bench_id(_k * 3);
BEGIN
    IF _k % 3 = 0 THEN
        PERFORM bench_record(_patient, ARRAY[_patient], ARRAY[NULL::uuid], ARRAY[-7500::bigint], 0);
    ELSE
        PERFORM bench_record(
            _patient, ARRAY[bench_id(_k * 3 + 1), bench_id(_k * 3 + 2)],
            ARRAY[bench_id(_k * 2), bench_id(_k * 2 + 1)],
            ARRAY[-3000, CASE WHEN _k % 3 = 1 THEN -4500 ELSE -3000 END]::bigint[],
            CASE WHEN _k % 3 = 1 THEN 0 ELSE 1500 END);
    END IF;
END $$;

-- The same with one donor for everybody: the `_k`-th of the patients behind person `_hot`.
CREATE OR REPLACE FUNCTION bench_settle_hot(_k bigint, _hot bigint, _families bigint)
RETURNS void LANGUAGE sql AS $$
    SELECT bench_record(bench_id(_hot + 1 + _k), ARRAY[bench_id(_hot)],
                        ARRAY[bench_id(_families * 2 + _k)], ARRAY[-7500::bigint], 0)
$$;
