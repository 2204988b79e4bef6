-- name: insert(book_id, refund_id, settlement_id, institution_code, message_id, total_fen, fund_fen, own_fen, aid_fen, cash_fen, plan, on, at)!
INSERT INTO refund (book_id, refund_id, settlement_id, institution_code, message_id, total_fen, fund_fen,
                    own_fen, aid_fen, cash_fen, plan, refunded_on, refunded_at)
VALUES (:book_id, :refund_id, :settlement_id, :institution_code, :message_id, :total_fen, :fund_fen,
        :own_fen, :aid_fen, :cash_fen, :plan, :on, :at);

-- name: get(book_id, refund_id)^
SELECT plan AS receipt FROM refund WHERE book_id = :book_id AND refund_id = :refund_id;

-- name: get_many(book_ids, refund_ids)
SELECT plan AS receipt FROM refund
 WHERE book_id = ANY (:book_ids::uuid[]) AND refund_id = ANY (:refund_ids::uuid[]);

-- name: of_settlement(book_id, settlement_id)
SELECT plan AS receipt FROM refund
 WHERE book_id = :book_id AND settlement_id = :settlement_id ORDER BY refunded_at, refund_id;
