"""The one policy `run` makes up: a collection window that is always open in 昭通, to try paying in.

No real window is open all year, and Yunnan's is not announced. It stands beside the shipped
policies, in the data folder, and says of itself that it is a demonstration.
"""

from datetime import date, timedelta
from pathlib import Path

AREA = "530600"
_REFERENCE = "演示数据，不是任何地方的政策：便于在本机试用代缴"


def write_policies(folder: Path, *, today: date) -> Path:
    """The folder, with the window around `today` (Asia/Shanghai) for the coming premium year."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    opens, closes = today - timedelta(days=30), today + timedelta(days=60)
    year = today.year + 1
    content = f"""area = "{AREA}"

[names]

[premium_window]
[[premium_window.values]]
since = {opens}
reference = "{_REFERENCE}"
[premium_window.values.value]
year = {year}
opens_on = {opens}
closes_on = {closes}
amounts_fen = {{ ordinary = 40000, low_income = 11000, extreme_poverty = 0 }}

[premium_refund]
[[premium_refund.values]]
since = {opens}
value = "before_credit"
reference = "{_REFERENCE}"
"""
    (folder / "5306-demonstration.toml").write_text(content)
    return folder
