"""Who binds whom in the walkthrough, what is refused on the way, and the bill they pay."""

from typing import Any

from msgspec import Struct

from service.development import SHAANXI_ALIPAY, YUNNAN_WECHAT
from service.gateways.platform.population import PEOPLE
from service.gateways.platform.synthetic import SandboxPerson


class Story(Struct, frozen=True, kw_only=True):
    """Who binds whom, by which mini-program, and which refusal is shown on the way."""

    title: str
    channel: str
    app_id: str
    donor: SandboxPerson
    relative: SandboxPerson
    relation: str
    refused: SandboxPerson
    refused_relation: str
    refusal: str
    institution: str
    bill: dict[str, Any]
    use_limit_fen: int
    file_for: str = ""


STORIES = (
    Story(
        title="云南昭通 · 微信“云南医保”小程序：为妻子开通（妻子在昆明参保，省内跨统筹区）",
        channel="wechat",
        app_id=YUNNAN_WECHAT,
        donor=PEOPLE["zhaotong_donor"],
        relative=PEOPLE["zhaotong_spouse"],
        relation="12",
        refused=PEOPLE["zhaotong_daughter_in_law"],
        refused_relation="38",
        refusal="binding.relation_not_allowed",
        institution="H53060200001",
        bill={"service": "outpatient", "total_fen": 18650},
        use_limit_fen=15_000,
        file_for="530600",
    ),
    Story(
        title="陕西西安 · 支付宝“陕西医保”小程序：为妹妹开通（妹妹自己也有个人账户）",
        channel="alipay",
        app_id=SHAANXI_ALIPAY,
        donor=PEOPLE["xian_donor"],
        relative=PEOPLE["xian_second_donor"],
        relation="77",
        refused=PEOPLE["guangzhou_stranger"],
        refused_relation="71",
        refusal="binding.outside_the_province",
        institution="H61010000001",
        bill={"service": "outpatient", "total_fen": 80_000},
        use_limit_fen=20_000,
    ),
)
