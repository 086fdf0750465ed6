"""Comments made fit to be quoted: numbers, addresses, and what looks like a name are masked.

A list of names would not find those of staff or of people who are no customers, so forms are
masked: a surname before a title, what follows "my name is". What is left is looked through by the
leak scan; a person still reads quotes before they leave the bank.
"""

import re

from workbench.privacy.scan import leaks

MASK = "●"
RUNS = re.compile(f"{MASK}(?:[ -]?{MASK})+")
PLACE = re.compile(r"[\w.%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,18}", re.ASCII)
"""An address, without the Chinese words it is written into."""
NUMBERS = re.compile(r"[0-9０-９][0-9０-９ \-]{2,}[0-9０-９Xx]|[A-Za-z]*[0-9０-９]{4,}[A-Za-z0-9]*")
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙朱胡郭林罗郑梁谢宋唐韩冯邓曹彭曾肖田董袁潘蔡蒋杜叶苏魏吕丁沈姚卢姜崔钟谭陆"
    "汪范廖贾夏韦付邹孟熊秦邱薛闫侯龙陶黎贺顾郝龚邵钱覃戴莫欧阎"
)
"""Surnames that begin no ordinary word; the ones below do, and count only right before a title."""
WORDLIKE = "高何马许程任金方白石余毛万武孔汤江尹段雷史严"
TITLES = r"(?:先生|女士|小姐|经理|主任|行长|老师|师傅|主管|专员|总(?![^，。,.\s]))"
FORMS = (
    re.compile(rf"[{SURNAMES}][\u4e00-\u9fff]{{0,2}}?(?={TITLES})"),
    re.compile(rf"(?<![任如])[{WORDLIKE}](?={TITLES})"),
    re.compile(rf"(?<=[小老])[{SURNAMES}](?![额微区店时序])"),
    re.compile(r"(?<=我叫)[\u4e00-\u9fff]{2,3}"),
    re.compile(rf"(?<=我是)[{SURNAMES}][\u4e00-\u9fff]{{1,2}}(?=[，,。.]|$)"),
    re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Dr)\.? [A-Z][\w'-]+(?: [A-Z][\w'-]+)?"),
    re.compile(r"(?<=[Mm]y name is )[A-Z][\w'-]+(?: [A-Z][\w'-]+)?"),
)


def redacted(said: str) -> str | None:
    """Return a comment with numbers, addresses and names masked; None if something stays."""
    masked = PLACE.sub(MASK, " ".join(said.split()))
    for form in (NUMBERS, *FORMS):
        masked = form.sub(MASK, masked)
    masked = RUNS.sub(MASK, masked)
    return None if leaks(masked) else masked
