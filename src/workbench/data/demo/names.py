"""Chinese names and wording of the demo bank; names of people are made up of syllables."""

import numpy as np

CITY = "990100"
"""Code of the bank's city, which no country's list knows; districts count up from it."""
DISTRICTS = 12

SUB_BRANCHES = ("江滨", "高新", "城东", "临湖", "云山", "港口", "开发区", "新城", "古镇", "机场")
ROADS = (
    *("建设路", "解放路", "人民路", "滨江路", "学府路", "文化路", "长乐路", "青年路", "科技路"),
    *("环城路", "和平路", "新华路", "湖滨路", "体育路", "迎宾路", "胜利路", "兴业路", "振兴路"),
    *("光明路", "友谊路", "幸福路", "东风路", "朝阳路", "团结路", "花园路"),
)

PRODUCTS = (
    ("P01", "流动资金贷款", "working_capital", "medium", "2012-01-01"),
    ("P02", "项目固定资产贷款", "fixed_asset", "large_corporate", "2012-01-01"),
    ("P03", "厂房抵押贷", "secured", "small", "2014-06-01"),
    ("P04", "助企保证贷", "guaranteed", "small", "2016-03-01"),
    ("P05", "小微信用快贷", "credit", "micro", "2019-05-01"),
    ("P06", "个人经营贷", "business_owner", "business_owner", "2015-09-01"),
    ("P07", "经营循环贷", "business_owner", "business_owner", "2020-04-01"),
    ("P08", "个人住房按揭贷款", "mortgage", "individual", "2010-01-01"),
    ("P09", "安居消费贷", "consumer", "individual", "2017-08-01"),
    ("P10", "随心信用消费贷", "consumer", "individual", "2018-11-01"),
    ("P11", "供应链票据融资", "trade_finance", "medium", "2021-03-01"),
)
"""Number, name, type, target segment, first day."""
WORKING, FIXED, FACTORY, GUARANTEED, MICRO_CREDIT = range(5)
OWNER_TERM, OWNER_REVOLVING, HOME, HOUSEHOLD, CONSUMER, TRADE = range(5, len(PRODUCTS))

QUESTIONS = (
    ("Q1", "您有多大可能向亲友或同行推荐我行的贷款服务？", "recommend", "nps_0_10"),
    ("Q2", "总体而言，您对我行贷款服务是否满意？", "overall", "likert_5"),
    ("Q3", "您对贷款办理流程是否满意？", "process", "likert_5"),
    ("Q4", "您对审批和放款的速度是否满意？", "speed", "likert_5"),
    ("Q5", "您对客户经理的专业能力是否满意？", "professional", "likert_5"),
    ("Q6", "您对工作人员的服务态度是否满意？", "attitude", "likert_5"),
    ("Q7", "您对贷款利率和费用是否满意？", "price", "likert_5"),
    ("Q8", "办理这笔贷款对您来说有多省力？", "effort", "likert_7"),
)
"""Number, wording, dimension, scale."""
ENGLISH = (
    "How likely are you to recommend our loan service to friends or partners?",
    "Overall, how satisfied are you with our loan service?",
    "How satisfied are you with the process of your loan?",
    "How satisfied are you with the speed of approval and payout?",
    "How satisfied are you with the professional skill of your relationship manager?",
    "How satisfied are you with the attitude of our staff?",
    "How satisfied are you with interest and fees?",
    "How easy was it to get this loan done?",
)
OPEN = (
    *("Q9", "您对我行贷款服务还有什么意见或建议？"),
    "What else would you like to tell us about our loan service?",
)
"""The open question: number, Chinese and English wording."""

NEEDS = (
    "备货周转，旺季前需要补充流动资金",
    "下游回款慢，想先支付供应商货款",
    "更换设备，希望期限长一些",
    "门店装修和扩大经营",
    "购买首套住房",
    "置换他行利率较高的贷款",
    "家庭装修",
    "购车",
    "希望随借随还，减少利息",
    "额度能高一点，手续简单一点",
)

NOTES = (
    "客户咨询提前还款流程，已告知所需材料",
    "客户反映利率高于同业，已登记并转产品部门",
    "提醒还款日，客户表示按时扣款",
    "实地走访，经营正常，库存略有上升",
    "客户投诉审批时间过长，已致歉并催办",
    "更新联系方式与经营地址",
    "介绍循环贷产品，客户考虑中",
    "电话未接通，次日再联系",
)

STATUS = ("正常", "逾期", "非应计", "核销后收回", "结清")
"""Status codes of the core system."""


def outlets(count: int) -> list[str]:
    """Return `count` distinct names of outlets."""
    number = np.arange(count)
    road, round_ = number % len(ROADS), number // len(ROADS)
    area = ("", *SUB_BRANCHES)
    return [
        f"{area[turn % len(area)]}{ROADS[place]}{'' if turn < len(area) else turn}支行"
        for place, turn in zip(road, round_, strict=True)
    ]


SURNAMES = ("虚", "拟", "示", "样", "例", "设")
SYLLABLES = (
    *("甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸"),
    *("子", "丑", "寅", "卯", "辰", "巳", "午", "未", "申", "酉", "戌", "亥"),
)
"""Names nobody has: no surname of the country's, and the characters of the calendar."""
TRADES = {
    "A": "农业",
    "C": "制造",
    "D": "热力",
    "E": "建筑",
    "F": "商贸",
    "G": "物流",
    "H": "餐饮",
    "I": "软件",
    "K": "置业",
    "L": "商务",
    "M": "技术",
    "N": "环境",
    "O": "服务",
}
"""Word in a firm's name, by industry section."""
