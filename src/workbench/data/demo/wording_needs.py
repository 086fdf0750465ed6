"""Needs in the words of customers of the demo bank, by topic, Chinese and English. All invented."""

OF_PURPOSE = ("working_capital", "equipment", "home", "renovation", "vehicle", "consumption")
"""Topic of each purpose of a loan, in the order of `applications.PURPOSES`."""

NEEDS_ZH: dict[str, tuple[str, ...]] = {
    "working_capital": (
        "备货周转，旺季前需要补充流动资金",
        "下游回款慢，想先支付供应商货款",
        "订单增加，采购原材料缺周转资金",
        "发工资和进货都压在月底，想备一笔周转款",
    ),
    "equipment": (
        "更换设备，希望期限长一些",
        "新上一条生产线，需要项目资金",
        "购置两台机床，分三年还",
        "门店扩大经营，要添置设备",
    ),
    "home": ("购买首套住房", "孩子上学，想换一套学区房", "看中一套二手房，首付已备好"),
    "renovation": ("家庭装修", "新房交付，准备装修和买家具", "老房翻新，预算二十万左右"),
    "vehicle": ("购车", "想换一辆新能源车", "跑业务需要买一辆车"),
    "consumption": ("孩子出国留学的费用", "家电更新和日常大额消费", "筹办婚礼，需要一笔消费资金"),
    "refinance": (
        "置换他行利率较高的贷款",
        "别家银行利息高，想转到贵行来",
        "有一笔网贷利率太高，希望用低息贷款还掉",
    ),
    "flexible": (
        "希望随借随还，减少利息",
        "用款时间不固定，想要循环额度",
        "不想每月还本金，最好按季灵活还款",
    ),
    "amount": (
        "额度能高一点",
        "现有额度不够用，希望提额",
        "批的金额只够一半，需要增加额度",
    ),
    "simpler": (
        "手续简单一点，材料少一些",
        "希望放款快，最好当天到账",
        "不想来回跑网点，能在手机上办",
    ),
}
NEEDS_EN: dict[str, tuple[str, ...]] = {
    "working_capital": (
        "We need working capital before the busy season.",
        "Customers pay late and suppliers want cash now.",
    ),
    "equipment": ("We are replacing two machines and want a longer term.", "New production line."),
    "home": ("Buying our first home.", "We want to move to a larger flat."),
    "renovation": ("Renovating the house.", "The flat is handed over and needs fitting out."),
    "vehicle": ("I want to buy a car.", "We need a van for deliveries."),
    "consumption": ("Tuition for my daughter abroad.", "A wedding in autumn."),
    "refinance": (
        "I would like to replace a dearer loan of another bank.",
        "Another bank charges me more, I want to move the loan here.",
    ),
    "flexible": (
        "I want to draw and repay whenever I like.",
        "A revolving line would suit us better.",
    ),
    "amount": ("The limit is too low, I need a higher amount.", "Could the limit be raised?"),
    "simpler": ("Fewer papers, please.", "I need the money quickly and would rather do it online."),
}
