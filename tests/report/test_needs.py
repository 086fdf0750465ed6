import pytest

from workbench.errors import ParameterError
from workbench.report import needs


def test_a_need_is_met_by_a_notebook_or_by_what_it_provides():
    found = needs.upstream(
        {"a": ["model", "b"], "b": [], "c": []}, {"a": [], "b": [], "c": ["model"]}
    )
    assert found == {"a": {"model": "c", "b": "b"}, "b": {}, "c": {}}


@pytest.mark.parametrize(
    ("wanted", "provides", "said"),
    [
        ({"a": ["modle"], "b": []}, {"b": ["model"]}, "'a' needs 'modle', .* did you mean 'model'"),
        ({"a": [], "b": []}, {"a": ["model"], "b": ["model"]}, "both 'a' and 'b' provide 'model'"),
        ({"a": [], "b": []}, {"a": ["b"]}, "both 'a' and 'b' provide 'b'"),
        ({"a": ["b"], "b": ["c"], "c": ["a"]}, {}, "in a circle: [abc] → [abc] → [abc] → [abc]$"),
        ({"a": ["a"]}, {}, "in a circle: a → a$"),
    ],
)
def test_what_does_not_fit_together_is_named(wanted, provides, said):
    with pytest.raises(ParameterError, match=said) as caught:
        needs.upstream(wanted, {name: provides.get(name, []) for name in wanted})
    assert "\n" not in str(caught.value)


def test_the_circle_is_told_in_the_direction_of_need():
    circle = {"a": ["b"], "b": ["c"], "c": ["a"]}
    with pytest.raises(ParameterError) as caught:
        needs.upstream(circle, {name: [] for name in circle})
    path = str(caught.value).rpartition(": ")[2].split(" → ")
    assert all(path[at + 1] in circle[path[at]] for at in range(3))


def test_notebooks_that_need_each_other_stay_together():
    wanted = {"a": [], "b": ["a"], "c": [], "d": ["b", "e"], "e": []}
    assert needs.together(wanted) == [["a", "b", "d", "e"], ["c"]]
