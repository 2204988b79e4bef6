-- name: record(at, booked_on, seen_books, seen_versions, journals, transfers, phases, purposes, books, bindings, years, contras, amounts, holds, expires)!
SELECT FROM ledger.record(
    :at, :booked_on, :seen_books, :seen_versions,
    :journals, :transfers, :phases, :purposes, :books, :bindings, :years, :contras, :amounts,
    :holds, :expires);
