"""Every wrong workflow is refused when it is compiled, by its code, with an address and a way to mend it; no task runs."""

from __future__ import annotations

import re

import pytest

from bad_workflows import BAD
from flytetypes import WorkflowError
from flytetypes._diagnostics import CODES
from flytetypes.compiler import check, lower


@pytest.mark.parametrize("name", BAD)
def test_it_is_refused_for_a_flyte_backend(name: str) -> None:
    wrong = BAD[name]
    entity = wrong.make()
    errors = [each for each in check(entity, "flyte") if each.is_error and each.code != "not-loadable"]
    if wrong.code == "not-loadable":
        errors = [each for each in check(entity, "flyte") if "reference workflow" in each.message]
    assert [each.code for each in errors] == [wrong.code], "\n".join(map(str, errors))
    (error,) = errors
    assert error.place is not None
    assert error.place.file == __file__.replace("compiler/test_bad_workflows", "bad_workflows")
    assert error.fix
    with pytest.raises(WorkflowError):
        lower([entity])


@pytest.mark.parametrize("name", BAD)
def test_what_only_a_flyte_backend_refuses_is_a_warning_here(name: str) -> None:
    wrong = BAD[name]
    found = check(wrong.make())
    if wrong.code == "local-only":
        assert [each.code for each in found if each.code == "local-only"] == ["local-only"]
        assert [each.code for each in found if each.is_error] == []
    else:
        assert [each.code for each in found if each.is_error] == [wrong.code]


def test_codes_are_words_with_a_meaning() -> None:
    assert {wrong.code for wrong in BAD.values()} <= set(CODES)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) and text.endswith(".") for code, text in CODES.items())
