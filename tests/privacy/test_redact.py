"""Quotes hold no number, address or name; ordinary words stay."""

import pytest

from workbench.privacy.redact import redacted


@pytest.mark.parametrize(
    ("said", "masked"),
    [
        ("请打13800138000联系", "请打●联系"),
        ("卡号6222 0212 3456 7890 123被扣款", "卡号●被扣款"),
        ("邮箱zhang.san@example.com没有回复", "邮箱●没有回复"),
        ("张经理很好", "●经理很好"),
        ("李建国主任不理人", "●主任不理人"),
        ("找小王办的", "找小●办的"),
        ("我叫陈小明，贷款慢", "我叫●，贷款慢"),
        ("高经理和何女士都热情", "●经理和●女士都热情"),
        ("Mr. Smith was rude", "● was rude"),
        ("my name is Jane Doe and I wait", "my name is ● and I wait"),
        ("公司91350211M000100Y43", "公司●"),
        ("合同 HT20260930123 丢了", "合同 ● 丢了"),
    ],
)
def test_what_identifies_somebody_is_masked(said, masked):
    assert redacted(said) == masked


@pytest.mark.parametrize(
    "said",
    [
        "客户经理很负责，办得快",
        "任何经理都说不清",
        "向客户经理反映过3次",
        "小额贷款利率高，小区网点少，小程序好用",
        "等了3个月，晚了1天",
        "The rate is 4.5 % and I waited 12 days",
        "方便的话请高效一些",
        "线上签约总失败",
    ],
)
def test_ordinary_words_and_small_numbers_stay(said):
    assert redacted(said) == said


def test_a_comment_in_which_something_stays_is_not_quoted():
    # The scan looks through what a reader does not see; the masks do not.
    assert redacted("电话" + "\u200b".join("13800138000")) is None
