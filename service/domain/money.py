"""Money is integer fen everywhere; yuan exist only in sentences and in other people's formats."""

FEN_MAX = 10**12
"""No single amount is larger: ten thousand million yuan. Keeps sums inside a bigint."""


def yuan_text(amount_fen: int) -> str:
    """`1234.50` for 123450 fen."""
    sign = "-" if amount_fen < 0 else ""
    return f"{sign}{abs(amount_fen) // 100}.{abs(amount_fen) % 100:02d}"
