"""The table of problems: stable code, status, and the sentences a citizen reads."""

from typing import Literal

from msgspec import Struct

Retry = Literal["never", "same_key", "later"]
HOTLINE = "12393"


class Row(Struct, frozen=True):
    code: str
    status: int
    title: str
    detail: str
    next_step: str
    retry: Retry = "never"


_CALL = "如有疑问，请拨打医保服务热线 12393，或到当地医保经办机构服务大厅咨询。"
_AGAIN = "请稍等一会儿再试一次。您没有任何损失，也不会重复办理。"

# fmt: off
_TABLE = (
    # The request itself
    Row("request.malformed", 400, "请求内容无法读取", "发送的内容不是正确的格式。", "请退出小程序重新进入后再试。"),
    Row("request.invalid", 400, "填写的内容有误", "有些内容需要修改后再提交。", "请按每一项的提示修改。"),
    Row("request.not_found", 404, "没有找到", "没有找到您要查看的内容，可能已经不存在，或不属于您。", "请返回上一页重新选择。"),
    Row("request.method_not_allowed", 405, "不支持这样操作", "这个地址不支持这种请求方式。", "请退出小程序重新进入后再试。"),
    Row("request.too_large", 413, "内容太大", "发送的内容超过了允许的大小。", "如果是照片，请选择“压缩图”或用截图后再上传。"),
    Row("request.media_type", 415, "内容类型不支持", "这个地址不接受这种类型的内容。", "请退出小程序重新进入后再试。"),
    Row("request.too_many", 429, "操作太频繁", "短时间内操作次数太多，为了保护您的信息，请{wait}后再试。", "请等待后再试，不用重复点击。", "later"),
    # Idempotency-Key
    Row("idempotency.key_missing", 400, "缺少防重复编号", "这个操作需要请求头 Idempotency-Key（8 到 64 个字母、数字或 -_）。", "请退出小程序重新进入后再试。"),
    Row("idempotency.other_request", 422, "防重复编号已用于其他内容", "同一个防重复编号已经提交过不同的内容。", "请返回上一页，重新提交。"),
    Row("idempotency.running", 409, "正在办理", "同样的申请正在办理中，请不要重复提交。", _AGAIN, "same_key"),
    # Sessions
    Row("session.required", 401, "请先登录", "您还没有登录，或登录已经过期。", "请重新登录。"),
    Row("session.code_refused", 400, "登录没有成功", "登录凭证无效、已使用或已过期。", "请退出小程序重新进入，再登录一次。"),
    Row("session.app_unknown", 400, "小程序未登记", "没有找到这个小程序的登记信息，或需要说明是哪个小程序。", _CALL),
    Row("session.credential_needed", 403, "请先关联医保电子凭证", "这项业务需要先关联您的医保电子凭证（医保码）。", "请在首页点击“关联医保码”。"),
    Row("session.confirmation_needed", 403, "请再确认一次是您本人", "这项业务比较重要，需要您刚刚通过人脸或密码验证。", "请点击“本人验证”，验证后继续办理。"),
    Row("credential.refused", 400, "医保码授权没有成功", "医保码授权无效、已使用或已过期。", "请重新打开医保码授权，再试一次。"),
    Row("credential.other_person", 403, "不是同一个人", "医保码和当前登录的账号不是同一个人。", "请使用您本人的手机账号和您本人的医保码。"),
    Row("credential.not_insured", 422, "没有查到参保信息", "医保信息平台上没有查到您的参保信息。", "请先到当地医保经办机构办理参保登记。" + _CALL),
    # Clerks
    Row("clerk.refused", 401, "登录没有成功", "账号、密码或动态验证码不正确。", "请核对后重试。连续失败多次，账号会暂时锁定。"),
    Row("clerk.role_needed", 403, "没有这项权限", "您的账号没有办理这项业务的权限。", "请联系管理员。"),
    Row("clerk.other_area", 422, "不在本统筹区", "这位群众的参保地不在您所在的统筹区。", "请引导到参保地医保经办机构办理，或由本人在手机上办理。"),
    Row("clerk.own_application", 403, "不能审核自己受理的申请", "受理和审核须由不同的工作人员办理。", "请由另一位工作人员审核。"),
    # Areas and applications
    Row("area.not_served", 422, "该地区暂未开通", "{area}暂未通过本平台开通家庭共济。", "请向参保地医保部门咨询当地的办理方式。" + _CALL),
    Row("binding.relation_unknown", 400, "请选择亲属关系", "没有这种亲属关系代码。", "请从列表中选择您和家人的关系。"),
    Row("binding.with_oneself", 422, "不能绑定自己", "授权人和使用人是同一个人，自己的个人账户本来就可以直接使用。", "请填写要使用您个人账户的家人。"),
    Row("binding.relation_not_allowed", 422, "这种亲属关系不能绑定", "“{relation}”不在当地规定的范围内。目前可以绑定：{allowed}。", "可以由符合规定的其他家人为其绑定。" + _CALL),
    Row("binding.begins_in_the_past", 422, "开始日期不能早于今天", "共济的开始日期最早是今天。", "请重新选择开始日期。"),
    Row("binding.ends_before_it_begins", 422, "结束日期太早", "结束日期要晚于开始日期，也要晚于今天。", "请重新选择结束日期，或不填（长期有效）。"),
    Row("binding.limit_out_of_range", 422, "限额不正确", "限额要大于 0 元。", "请重新填写限额，或不填（不另设限额）。"),
    Row("binding.limits_contradict", 422, "限额互相矛盾", "每次限额不能大于每年限额，每年限额不能大于累计限额。", "请重新填写限额。"),
    Row("binding.donor_has_no_account", 422, "您没有可以共济的个人账户", "只有正常参加职工医保、有个人账户的人可以把账户共济给家人。", "如果您刚刚参加工作，请等单位办好参保后再试。" + _CALL),
    Row("binding.person_not_matched", 422, "姓名和身份证号码对不上", "没有查到姓名和身份证号码一致的参保人。", "请对照家人的身份证，把姓名和号码重新填写一遍。" + _CALL),
    Row("binding.beneficiary_not_enrolled", 422, "家人目前没有正常参保", "家人须正常参加基本医保（职工或居民医保），才能使用您的个人账户。", "请先为家人办理参保或续保，再来绑定。" + _CALL),
    Row("binding.outside_the_area", 422, "家人不在同一统筹区参保", "当地目前只能绑定同一统筹区（市）参保的家人。", _CALL),
    Row("binding.outside_the_province", 422, "家人不在本省参保", "目前只能绑定在本省参保的家人。", _CALL),
    Row("binding.exists", 409, "已经绑定或正在办理", "您和这位家人之间已经有一个绑定，或申请正在办理。", "请到“我的共济”查看进度，不用重复申请。"),
    Row("binding.donor_is_full", 409, "您绑定的家人已达上限", "当地规定一个账户最多绑定 {max} 位家人，您已达到上限。", "如需绑定新的家人，请先结束一个不再使用的绑定。"),
    Row("binding.beneficiary_is_full", 409, "这位家人的授权人已达上限", "当地规定一位使用人最多由 {max} 位授权人共济，这位家人已达到上限。", "如需更换，请由原来的授权人先结束绑定。" + _CALL),
    Row("binding.state_does_not_allow", 409, "现在不能这样办理", "这个绑定目前是“{state}”，不能办理这项操作。", "请刷新页面查看最新状态。"),
    Row("binding.change_empty", 400, "没有要修改的内容", "请至少修改一项内容。", "请填写要修改的顺位、限额、日期，或选择暂停、恢复。"),
    Row("binding.change_not_yours", 403, "这一项只能由授权人修改", "使用人只可以修改授权人的支付顺位。", "请由授权人在自己的手机上修改。"),
    # Documents, commitment, evidence
    Row("document.not_needed", 409, "不需要上传证明材料", "当地规定这次办理以签署承诺书为准，不用上传证明材料。", "请直接阅读并签署承诺书。"),
    Row("document.missing", 409, "请先上传证明材料", "当地规定 {age} 周岁以下的家人须上传证明材料照片。", "请拍照上传后再签署承诺书。"),
    Row("document.exists", 409, "这张照片已经上传", "同一张照片不用重复上传。", "请继续下一步。"),
    Row("document.too_many", 409, "证明材料已经够了", "一次申请最多上传 {max} 张照片。", "请继续下一步。"),
    Row("image.unreadable", 422, "图片无法读取", "上传的文件不是完整的 {formats} 图片。", "请重新拍照或截图后再上传。"),
    Row("image.dimensions", 422, "图片尺寸不合适", "图片的长或宽太小或太大，看不清或处理不了。", "请选择“压缩图”、用截图，或重新签名后再上传。"),
    Row("signature.blank", 422, "没有看到签名", "签名区域是空白的，或涂得太满。", "请在签名区域用手指写下您的姓名。"),
    Row("commitment.notice_not_agreed", 422, "请先阅读并勾选告知书", "签署承诺书之前，需要先阅读告知书并勾选同意。", "请返回告知书页面，阅读后勾选“我已阅读并同意”。"),
    Row("commitment.text_changed", 409, "承诺书内容有更新", "您看到的承诺书和现在的内容不一致，可能是信息或版本有更新。", "请重新打开承诺书，阅读最新内容后再签名。"),
    Row("commitment.signed", 409, "承诺书已经签署", "这个绑定的承诺书已经签署过了，不用重复签署。", "请到“我的共济”查看进度。"),
    # Code delegations
    Row("delegation.exists", 409, "已经添加过这位家人", "这位家人已经可以为您出示医保码。", "不用重复添加。"),
    Row("delegation.with_oneself", 422, "不能添加自己", "您自己的医保码本来就可以由您出示。", "请填写要帮您出示医保码的家人。"),
    # Family codes
    Row("family_code.nobody_to_show", 422, "不能为这位家人出示医保码", "只有家人把“代为出示医保码”授权给您，您才能为其出示。", "请由家人在自己的手机上添加您，或到服务大厅办理。"),
    Row("family_code.not_insured", 422, "目前没有正常参保", "没有查到正常的基本医保参保信息，不能使用家庭码结算。", _CALL),
    Row("family_code.refused", 422, "家庭码无效或已过期", "家庭码只在 60 秒内有效，只能用一次，新码会使旧码失效。", "请使用人在手机上重新打开家庭码，再扫一次。"),
    Row("family_code.used", 409, "家庭码已经使用过", "这个家庭码已经用于另一笔结算，或已在其他窗口扫过。", "请使用人在手机上重新打开家庭码，再扫一次。"),
    # Counters
    Row("counter.refused", 401, "机构身份没有通过验证", "机构编号、签名或时间戳不正确，或请求已经用过。", "请核对机构密钥和本机时间（误差不超过 5 分钟），重新签名后再试。"),
    Row("counter.message_reused", 422, "报文编号已用于其他内容", "同一个报文编号（msgid 或 Idempotency-Key）已经提交过不同的内容。", "请为新的业务使用新的编号；查询原来的结果请用原来的内容。"),
    Row("counter.running", 409, "正在办理", "同一个报文编号正在办理中。", _AGAIN, "same_key"),
    Row("counter.cancelled", 409, "这笔业务已经冲正", "这个报文编号已经被冲正，不能再结算。", "请使用新的报文编号重新结算。"),
    Row("counter.person_mismatch", 422, "人员编号和家庭码不一致", "请求里的人员编号不是出示家庭码的人。", "请重新扫码，获取人员信息后再结算。"),
    Row("counter.refund_stands", 409, "退费不能冲正", "这笔撤销已经办理，钱已经退回，不能再冲正。", "如需重新收费，请重新扫家庭码结算。"),
    Row("envelope.transaction_unknown", 422, "不支持这个交易", "没有这个交易编号（infno），或本平台不办理。", "请核对接口文档中的交易编号。"),
    Row("envelope.other_institution", 422, "机构编号不一致", "报文里的机构编号（fixmedins_code）和签名的机构不一致。", "请核对机构编号和密钥。"),
    Row("envelope.code_needed", 422, "请出示家庭码", "本平台只凭家庭码（就诊凭证类型 01）结算，不受理身份证号码和社保卡。", "请使用人或代办的家人在小程序打开家庭码，再扫一次。"),
    Row("envelope.service_unknown", 422, "医疗类别不支持", "本平台不办理这个医疗类别（med_type）的结算。", "请核对医疗类别，或使用其他方式支付。" + _CALL),
    Row("institution.closed", 403, "机构目前不能结算", "该机构的医保服务协议目前不在有效期内。", "请联系医保经办机构。"),
    Row("institution.service_not_agreed", 422, "机构没有开通这项服务", "该机构的医保服务协议不包括{service}。", "请到开通这项服务的定点机构办理。"),
    Row("institution.area_not_agreed", 422, "机构不能为该参保地结算", "该机构的医保服务协议不包括使用人的参保地。", "请先自费结算，保留票据，回参保地咨询报销。" + _CALL),
    Row("institution.not_for_away_patients", 422, "机构没有开通异地直接结算", "该机构目前不能为异地参保人直接结算。", "请到开通异地直接结算的定点机构，或保留票据回参保地办理。"),
    Row("bill.amount_out_of_range", 400, "金额不正确", "金额要大于 0，各部分不能为负数。", "请核对账单后重新提交。"),
    Row("bill.parts_do_not_add_up", 400, "账单各部分与总额不符", "全自费、超限价、先行自付和政策范围内金额之和应等于医疗费总额。", "请核对账单后重新提交。"),
    Row("bill.fund_exceeds_total", 400, "基金支付金额不正确", "基金已支付的金额不能大于医疗费总额。", "请核对账单后重新提交。"),
    Row("settlement.service_not_payable", 422, "这项费用不能用个人账户支付", "按当地规定，{service}费用不能用个人账户或家庭共济支付。", "请使用其他方式支付。" + _CALL),
    Row("settlement.filing_needed", 422, "请先办理异地就医备案", "使用人在外地就医，当地规定须先办理异地就医备案。", "请在小程序“异地就医备案”办理后，重新出示家庭码。" + _CALL),
    Row("settlement.facts_changing", 409, "账户正在变动", "账户正在被其他结算使用，这一笔还没有办理。", _AGAIN, "same_key"),
    Row("refund.exceeds_settlement", 422, "退费金额过大", "退费金额不能大于这笔结算还没有退的金额。", "请核对后重新提交。"),
    # Filings and certificates
    Row("filing.exists", 409, "已经备案", "这个地区的异地就医备案已经存在。", "不用重复备案，可以直接去就医。"),
    Row("filing.not_needed", 422, "不用备案", "就医地和参保地在同一统筹区，不用办理异地就医备案。", "可以直接去就医。"),
    Row("filing.dates_wrong", 422, "备案日期不正确", "开始日期最早是今天，结束日期不能早于开始日期。", "请重新选择日期。"),
    Row("certificate.not_in_force", 409, "现在不能开具证明", "只有已生效的共济绑定可以开具家庭共济证明。", "请到“我的共济”查看绑定状态。"),
    # Premiums for relatives
    Row("premium.not_by_account", 422, "当地不能用个人账户代缴", "这位家人的参保地没有规定可以用个人账户缴纳居民医保费。", "请用其他方式为家人缴费。" + _CALL),
    Row("premium.not_announced", 422, "缴费时间尚未公布", "这位家人的参保地尚未公布这一年度居民医保的缴费时间和标准。", "公布后这里会显示金额和截止日期；也可以先办理预约代缴。" + _CALL),
    Row("premium.amount_not_announced", 422, "缴费标准尚未公布", "参保地没有公布这类人员的个人缴费标准。", _CALL),
    Row("premium.not_open_yet", 422, "还没有到缴费时间", "{year}年度居民医保从{opens}开始缴费。", "到时候再来，或现在办理预约代缴。"),
    Row("premium.window_closed", 422, "缴费时间已过", "{year}年度居民医保的集中缴费{closed}结束。", "能否补缴、补缴多少，请向参保地医保经办机构咨询。" + _CALL),
    Row("premium.person_not_matched", 422, "家人的信息对不上", "医保信息平台上没有查到姓名和身份证号码一致的人员。", "请到参保地医保经办机构核对登记信息。" + _CALL),
    Row("premium.deceased", 422, "不能为这位家人缴费", "参保地登记的状态不允许缴费。", _CALL),
    Row("premium.employee", 422, "家人已参加职工医保", "这位家人正在参加职工医保，不用再缴居民医保费。", "如果情况有变化，请先到参保地医保经办机构办理。" + _CALL),
    Row("premium.suspended", 422, "家人的居民医保已暂停", "这位家人的居民医保登记是“暂停”，现在不能缴费。", "请先到参保地医保经办机构恢复登记，再来缴费。" + _CALL),
    Row("premium.not_registered", 422, "家人没有居民医保登记", "这位家人在参保地没有正常的居民医保登记（新生儿、首次参保的人需要先登记）。", "请先到参保地医保经办机构办理参保登记，再来缴费。" + _CALL),
    Row("premium.registered_elsewhere", 422, "家人登记在其他统筹区", "这位家人的居民医保登记在{area}，不在共济办理的统筹区。", "请按登记所在地的规定缴费。" + _CALL),
    Row("premium.already_paid", 409, "这一年已经缴过", "这位家人{year}年度的居民医保费已经缴过，不用再缴。", "如果是您自己办理的，可以到“代缴信息”查看。"),
    Row("premium.taken_care_of", 409, "已有人办理", "这位家人这一年度的居民医保费已经有人办理，不会重复扣款。", "不用再缴；如果是您自己办理的，请到“代缴信息”查看进度。"),
    Row("premium.nothing_to_pay", 422, "不用缴费", "按规定，这位家人个人不用缴费。", "不用办理。" + _CALL),
    Row("premium.amount_changed", 409, "应缴金额有变化", "现在应缴 {amount} 元，和您看到的不一样。没有扣款。", "请刷新页面，核对金额后重新提交。"),
    Row("premium.money_short", 409, "个人账户余额不够", "您的个人账户可用余额不够缴这笔费用。没有扣款。", "可以等余额够了再缴，或办理预约代缴，缴费期内余额够时自动缴。"),
    Row("premium.limit_reached", 409, "超过您设定的限额", "这笔费用超过您为这位家人设定的每次、每年或累计限额。没有扣款。", "如需缴费，请先在“我的共济”调整限额。"),
    Row("premium.plan_limit", 409, "超过预约的最高金额", "应缴金额超过您预约时同意的最高金额。没有扣款。", "请重新办理预约，或直接缴费。"),
    Row("premium.plan_ended", 409, "预约已取消", "这个预约已经取消。没有扣款。", "如需缴费，请重新办理预约，或直接缴费。"),
    Row("premium.binding_paused", 409, "共济已暂停", "您已暂停和这位家人的共济。", "请先在“我的共济”恢复，再来缴费。"),
    Row("premium.binding_ended", 409, "共济没有生效", "您和这位家人之间没有生效的共济。", "请先办理共济绑定；已经申请的，请先签署承诺书。"),
    Row("premium.binding_not_begun", 409, "共济还没有开始", "您和这位家人的共济还没有到开始日期。", "请到开始日期再来缴费。"),
    Row("premium.refund_not_announced", 422, "退费请咨询当地", "参保地没有公布代缴费用的退费办法。", "请向缴费地税务部门或医保经办机构咨询。" + _CALL),
    Row("premium.refund_too_late", 409, "已到账，不能退费", "这笔费用已经记到家人的医保，不能在这里退。", _CALL),
    Row("premium.refund_not_now", 409, "现在不能退费", "只有已缴费、医保还没有到账的，才可以申请退费。", "请刷新“代缴信息”查看最新状态。"),
    Row("premium_plan.exists", 409, "已经预约", "您已经为这位家人办理了这一年度（或每年）的预约。", "不用重复预约；如需修改，请先取消原来的预约。"),
    Row("premium_plan.year_past", 422, "年度不对", "预约的年度已经过去。", "请选择今年或以后的年度，或选择“每年”。"),
    Row("tax_notice.refused", 401, "通知没有通过验证", "签名、时间戳或应用编号不正确，或内容无法识别。", "请核对密钥和本机时间（误差不超过 5 分钟），重新签名后再发。"),
    # Outside trouble and our own
    Row("outside.wechat", 503, "微信暂时没有响应", "微信的服务暂时没有响应，您的操作没有办理。", _AGAIN, "later"),
    Row("outside.alipay", 503, "支付宝暂时没有响应", "支付宝的服务暂时没有响应，您的操作没有办理。", _AGAIN, "later"),
    Row("outside.platform", 503, "医保信息平台暂时没有响应", "医保信息平台暂时没有响应，您的操作没有办理。", _AGAIN, "later"),
    Row("outside.tax", 503, "税务部门系统暂时没有响应", "税务部门的系统暂时没有响应，您的操作没有办理。", _AGAIN, "later"),
    Row("service.sessions_away", 503, "服务暂时繁忙", "登录服务暂时没有响应。", _AGAIN, "later"),
    Row("service.database_away", 503, "服务暂时繁忙", "数据服务暂时没有响应，您的操作如已提交，重试不会重复办理。", _AGAIN, "same_key"),
    Row("service.fault", 500, "服务出了问题", "服务出了问题，我们已经记录下来。", _AGAIN + _CALL, "same_key"),
)
# fmt: on
ROWS: dict[str, Row] = {row.code: row for row in _TABLE}
