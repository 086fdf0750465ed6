"""What customers of the demo bank write, by subject, in Chinese and in English. All invented."""

COMPLAINTS_ZH: dict[str, tuple[str, ...]] = {
    "opening": ("客户反映：", "来电人表示，", "投诉人称，", "客户来访反映，", ""),
    "ending": (
        "要求尽快答复。",
        "希望给出书面说明。",
        "要求减免相关费用。",
        "联系电话［已脱敏］。",
        "多次反映未果。",
        "",
    ),
    "rate_and_fee": (
        "提前还款被收取违约金，签约时未告知，",
        "利率比宣传时高，重定价后月供没有下降，",
        "同业利率更低，申请调整利率一直没有结果，",
        "账单上有一笔评估费，不清楚收费依据，",
    ),
    "collection": (
        "逾期两天就接到多次催收电话，影响正常工作，",
        "催收人员联系了家属［姓名］，认为侵犯隐私，",
        "已经承诺月底还款，仍然每天接到电话，",
    ),
    "credit_record": (
        "因系统扣款失败造成逾期，征信上有记录，要求消除，",
        "贷款已结清，征信仍显示未结清，影响在他行申请，",
        "征信被多查询了一次，没有授权，",
    ),
    "approval": ("申请被拒绝，没有说明原因，", "额度比承诺的低，认为审批标准不透明，"),
    "efficiency": (
        "材料补了三次，一个月还没有放款，",
        "抵押登记拖了两周，耽误了付货款，",
        "申请状态一直是审批中，没有人联系，",
    ),
    "marketing": (
        "已经要求不要再打营销电话，仍然接到推销，",
        "短信说利率优惠，到网点却说没有资格，",
    ),
    "service_attitude": ("柜台人员态度冷淡，问题没有解决，", "客户经理说话不耐烦，电话经常不接，"),
    "privacy": ("个人资料似乎被泄露，接到中介电话，", "网点大厅当众核对证件和收入，"),
    "system": ("手机银行还款失败，显示系统繁忙，", "线上签约页面打不开，反复提交，"),
    "other": ("停车不便，排队时间长，", "合同邮寄丢失，需要补寄，"),
}
COMPLAINTS_EN: dict[str, tuple[str, ...]] = {
    "opening": ("Customer says: ", "", "By e-mail: "),
    "ending": (" Please reply soon.", " Phone [redacted].", ""),
    "rate_and_fee": (
        "I was charged for early repayment and nobody had told me.",
        "My rate is higher than what was advertised.",
    ),
    "collection": ("Two days late and I get five calls a day.",),
    "credit_record": ("The loan is repaid but the bureau still shows it as open.",),
    "approval": ("My application was declined without a reason.",),
    "efficiency": ("Third request for documents, still no money after a month.",),
    "marketing": ("I asked not to be called about offers and was called again.",),
    "service_attitude": ("The clerk at the counter was rude.",),
    "privacy": ("A broker called me and knew about my loan.",),
    "system": ("The app fails when I try to repay.",),
    "other": ("The contract was lost in the mail.",),
}

TOPICS = ("price", "speed", "process", "attitude", "professional", "online", "collection", "praise")
"""What a comment in a survey is about."""
COMMENTS_ZH: dict[str, tuple[str, ...]] = {
    "price": (
        "利率比其他银行高一点",
        "希望利率能再优惠些",
        "提前还款收费不合理",
        "重定价后没怎么降",
    ),
    "speed": ("审批太慢，等了三个多星期", "放款时间比说好的晚", "急用钱的时候总是等"),
    "process": (
        "材料反复补，跑了好几趟",
        "手续太多，同样的资料交了两遍",
        "流程不透明，不知道到哪一步了",
    ),
    "attitude": ("柜台态度一般", "打电话经常没人接", "工作人员爱搭不理"),
    "professional": ("客户经理换得太勤，业务不熟", "问的问题答不上来", "推荐的产品不适合我们"),
    "online": ("手机银行经常闪退", "线上签约总失败，还得去网点", "希望能在线上查进度"),
    "collection": ("晚了一天就打好几个电话", "催款语气不好", "已经还了还在催"),
    "praise": (
        "客户经理很负责，办得快",
        "服务不错，会推荐朋友",
        "线上办理方便，很满意",
        "多年合作，一直很好",
    ),
}
COMMENTS_EN: dict[str, tuple[str, ...]] = {
    "price": ("The rate is higher than elsewhere", "Please lower the fee for early repayment"),
    "speed": ("Approval took far too long", "I waited three weeks for the money"),
    "process": ("Too many documents, some of them twice", "Nobody could say where my case was"),
    "attitude": ("Staff at the counter were not friendly", "Nobody answers the phone"),
    "professional": ("My manager changes every few months", "They could not answer my questions"),
    "online": ("The app crashes when I sign", "I would like to follow my case online"),
    "collection": ("One day late and I got five calls",),
    "praise": ("Fast and friendly, thank you", "Very good service, easy to deal with"),
}
