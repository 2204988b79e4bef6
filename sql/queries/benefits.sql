-- name: give_back(book_id, year, eligible_fen, fund_fen)!
UPDATE benefit_year
   SET eligible_fen = greatest(0, eligible_fen - :eligible_fen), fund_fen = greatest(0, fund_fen - :fund_fen)
 WHERE book_id = :book_id AND year = :year;
