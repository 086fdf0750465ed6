"""What is refused for its values: accounts of people on social networks, under any header."""

import duckdb
import pytest

from tests.data.files import customers
from workbench import settings
from workbench.data import reading, refused
from workbench.data.intake import take_in
from workbench.data.lake import Lake
from workbench.errors import DataError

ACCOUNTS = [
    "https://weibo.com/u/1234567890",
    "http://m.weibo.cn/someone",
    "www.douyin.com/user/MS4wLjABAAAA",
    "https://user.qzone.qq.com/10001",
    "xhslink.com/abc",
    "微信号：example_01",
    "微信: example-02",
    "WeChat ID: example03",
    "QQ:10001",
    "QQ号： 10002",
    "抖音号:example.04",
    "微博：@例甲",
    "wxid_ab12cd34ef56",
    "https://www.facebook.com/example",
]
OTHERS = [
    "微信",
    "QQ",
    "微博",
    "wechat",
    "微信支付：已开通",
    "微信：已绑定",
    "wechat: bound",
    "QQ: 是",
    "10001@qq.com",
    "someone@weibo.com",
    "https://www.example.com/weibo.com",
    "https://www.example-bank.com",
    "本机构官方微博 https://weibo.com/bank 已认证",
    "2026-09-30 10:00",
    "B1: 甲支行",
    "10001",
    "notweibo.com.cn",
    "客户反映微信号：不便透露，已转客服处理完毕",
]


def look(*columns):
    """Look at a file with the columns `col1`, `col2` and so on."""
    with duckdb.connect() as connection:
        names = [f"h{at}" for at in range(len(columns))]
        typed = ", ".join(f"{name} VARCHAR" for name in names)
        connection.execute(f"CREATE TABLE file ({typed})")
        marks = ", ".join("?" for _ in names)
        connection.executemany(
            f"INSERT INTO file VALUES ({marks})", list(zip(*columns, strict=True))
        )
        written = {name: f"col{at}" for at, name in enumerate(names, 1)}
        types = dict.fromkeys(names, "VARCHAR")
        raw = reading.Raw("file", {}, written, types, None, len(columns[0]), "utf-8")
        refused.look(connection, "a.csv", raw)


@pytest.mark.parametrize("account", ACCOUNTS)
def test_a_column_of_accounts_is_refused_under_any_header(account):
    with pytest.raises(DataError) as refusal:
        look(["x"] * 4, [account, account, f" {account} ", None])
    assert str(refusal.value) == (
        "a.csv: the column 'col2' holds social media of individuals: 3 of its first 3 values are "
        "addresses or names of accounts, which are never taken in; remove it at its source and "
        "fetch the file again"
    )


@pytest.mark.parametrize("other", OTHERS)
def test_what_only_names_a_network_is_taken_in(other):
    look([other] * 5)


def test_it_takes_more_than_half_of_the_values_and_three():
    account = ACCOUNTS[0]
    look([account] * 2)
    look([account] * 4 + ["x"] * 4)
    with pytest.raises(DataError, match="4 of its first 7 values"):
        look([account] * 4 + ["x"] * 3 + [None, ""])
    limit = settings.rulepack("refused")["content"]["rows"]
    look(["x"] * limit + [account] * 3 * limit)


def test_a_header_that_may_be_a_value_is_not_repeated():
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE file AS SELECT 'wxid_ab12cd34ef56' AS h0 FROM range(5)")
        written = {"h0": "https://weibo.com/u/1234567890"}
        raw = reading.Raw("file", {}, written, {"h0": "VARCHAR"}, None, 5, "utf-8")
        with pytest.raises(DataError) as refusal:
            refused.look(connection, "a.csv", raw)
    assert "1234567890" not in str(refusal.value)


def test_a_file_with_such_a_column_is_not_taken_in_at_all(drop, bank):
    lines = customers().splitlines()
    added = [
        f"{lines[0]},备注",
        *(f"{line},微信号:example{at}" for at, line in enumerate(lines[1:])),
    ]
    (drop / "customers.csv").write_text("\n".join(added) + "\n", "utf-8")
    with pytest.raises(DataError, match=r"customers\.csv: the column '备注' holds social media"):
        take_in([drop], bank)
    assert Lake(bank).ids() == []
