from itertools import chain

import pandas as pd
import pytest

from tests.report import sample
from workbench.errors import NothingToDoError, ParameterError
from workbench.report import parts
from workbench.report.pack import Entry, Pack
from workbench.report.parts import Shard


def entry(name, *needs):
    return Entry.model_validate({"notebook": name, "needs": needs})


PLAIN = Pack(name="p", notebooks=(entry("a"), entry("b"), entry("c", "a"), entry("d")))
BRANCHES = PLAIN.model_copy(update={"for_each": "branches"})


@pytest.fixture
def bank(tmp_path):
    return sample.SampleBank(tmp_path)


def test_a_pack_is_one_part_and_a_fan_out_one_for_each_branch(bank):
    assert [part.name for part in parts.every(PLAIN, bank, None)] == ["p"]
    found = parts.every(BRANCHES, bank, None)
    assert [part.name for part in found] == ["p/branches/B1", "p/branches/B2"]
    assert [part.short for part in found] == ["B1", "B2"]
    assert found[0].branch.name == "金融街支行"


@pytest.mark.parametrize("of", [1, 2, 3])
def test_shards_share_all_notebooks_and_keep_those_together_that_need_each_other(bank, of):
    shards = [Shard(number, of) for number in range(1, of + 1)]
    own = [parts.mine(PLAIN, parts.every(PLAIN, bank, each), each) for each in shards]
    names = [[each.name for each in part.notebooks] for (part,) in own]
    assert sorted(chain(*names)) == ["a", "b", "c", "d"]
    assert [group for group in names if "c" in group and "a" not in group] == []
    assert [part.name for (part,) in own] == [f"p/parts/{n}-of-{of}" for n in range(1, of + 1)]


def test_shards_share_all_branches(bank):
    every = parts.every(BRANCHES, bank, Shard(1, 2))
    own = [parts.mine(BRANCHES, every, Shard(number, 2)) for number in (1, 2)]
    assert [[part.short for part in share] for share in own] == [["B1"], ["B2"]]


def test_a_shard_without_a_share_has_nothing_to_do(bank):
    shard = Shard(4, 4)
    with pytest.raises(NothingToDoError, match="'p' has 3 parts; shard 4/4 has none"):
        parts.mine(PLAIN, parts.every(PLAIN, bank, shard), shard)


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "a/b", "1/2/3", "-1/2", ""])
def test_a_shard_that_is_none_is_refused(text):
    with pytest.raises(ParameterError, match=r"--shard is .*; expected i/n"):
        Shard.read(text)


def test_a_branch_whose_id_is_no_folder_name_gets_one(bank, monkeypatch):
    rows = pd.DataFrame({"branch_id": ["../x/1"], "branch_name": ["x"]})
    monkeypatch.setattr(sample.SampleBank, "query", lambda *_: rows)
    assert parts.every(BRANCHES, bank, None)[0].name == "p/branches/%2E.%2Fx%2F1"


def test_a_bank_without_branches_is_refused(bank, monkeypatch):
    monkeypatch.setattr(sample.SampleBank, "query", lambda *_: pd.DataFrame({"branch_id": []}))
    with pytest.raises(ParameterError, match="no branch with customers"):
        parts.every(BRANCHES, bank, None)
