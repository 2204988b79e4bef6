-- name: items(institution_code, day, after, limit)
-- What an institution settled and refunded on a day, in the order of ids, which is that of time.
SELECT id, kind, settlement_id, message_id, at, total_fen, fund_fen, own_fen, aid_fen, cash_fen
  FROM ((SELECT settlement_id AS id, 'settlement' AS kind, settlement_id, message_id, settled_at AS at,
                total_fen, fund_fen, own_fen, aid_fen, cash_fen
           FROM settlement
          WHERE institution_code = :institution_code AND settled_on = :day AND settlement_id > :after
          ORDER BY settlement_id LIMIT :limit)
        UNION ALL
        (SELECT refund_id, 'refund', settlement_id, message_id, refunded_at,
                total_fen, fund_fen, own_fen, aid_fen, cash_fen
           FROM refund
          WHERE institution_code = :institution_code AND refunded_on = :day AND refund_id > :after
          ORDER BY refund_id LIMIT :limit)) AS items
 ORDER BY id LIMIT :limit;

-- name: totals(institution_code, day)
-- Always two rows: of settlements and of refunds.
SELECT 'settlement' AS kind, count(*) AS count, coalesce(sum(total_fen), 0)::bigint AS total_fen,
       coalesce(sum(fund_fen), 0)::bigint AS fund_fen, coalesce(sum(own_fen), 0)::bigint AS own_fen,
       coalesce(sum(aid_fen), 0)::bigint AS aid_fen, coalesce(sum(cash_fen), 0)::bigint AS cash_fen
  FROM settlement WHERE institution_code = :institution_code AND settled_on = :day
UNION ALL
SELECT 'refund', count(*), coalesce(sum(total_fen), 0)::bigint, coalesce(sum(fund_fen), 0)::bigint,
       coalesce(sum(own_fen), 0)::bigint, coalesce(sum(aid_fen), 0)::bigint,
       coalesce(sum(cash_fen), 0)::bigint
  FROM refund WHERE institution_code = :institution_code AND refunded_on = :day;

-- name: groups(institution_code, begins_on, ends_on)
-- Of a span of days, refunds taken off, by all that the other side's total may be asked by. A bill
-- that was taken back whole by the end does not stand.
SELECT settled_on, area, scheme, service, sum(standing)::bigint AS standing,
       sum(total_fen)::bigint AS total_fen, sum(fund_fen)::bigint AS fund_fen,
       sum(own_fen)::bigint AS own_fen, sum(aid_fen)::bigint AS aid_fen,
       sum(cash_fen)::bigint AS cash_fen
  FROM (SELECT s.settled_on, s.service,
               convert_from(s.plan, 'UTF8')::jsonb #>> '{patient,area}' AS area,
               convert_from(s.plan, 'UTF8')::jsonb #>> '{patient,scheme}' AS scheme,
               (s.total_fen > (SELECT coalesce(sum(r.total_fen), 0) FROM refund r
                                WHERE r.book_id = s.book_id AND r.settlement_id = s.settlement_id
                                  AND r.refunded_on <= :ends_on))::integer AS standing,
               s.total_fen, s.fund_fen, s.own_fen, s.aid_fen, s.cash_fen
          FROM settlement s
         WHERE s.institution_code = :institution_code
           AND s.settled_on BETWEEN :begins_on AND :ends_on
        UNION ALL
        SELECT s.settled_on, s.service,
               convert_from(s.plan, 'UTF8')::jsonb #>> '{patient,area}',
               convert_from(s.plan, 'UTF8')::jsonb #>> '{patient,scheme}', 0,
               -r.total_fen, -r.fund_fen, -r.own_fen, -r.aid_fen, -r.cash_fen
          FROM refund r JOIN settlement s ON s.book_id = r.book_id AND s.settlement_id = r.settlement_id
         WHERE r.institution_code = :institution_code
           AND r.refunded_on BETWEEN :begins_on AND :ends_on) AS moved
 GROUP BY settled_on, area, scheme, service;
