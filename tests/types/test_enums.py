"""Enums inside structs, where members may combine."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

import pytest

from flytetypes import ConversionError, TypeEngine, idl
from flytetypes.types import Outbox


class Access(enum.Flag):
    READ = 1
    WRITE = 2
    RUN = 4


@dataclass
class File:
    access: Access


@pytest.mark.parametrize("access", [Access.READ, Access.READ | Access.RUN, Access(0)])
@pytest.mark.parametrize("old_format", [False, True])
def test_flags_combine(access: Access, *, old_format: bool) -> None:
    converter = TypeEngine().converter(File)
    literal = idl.Literal()
    converter.encode(File(access), literal, Outbox(old_format=old_format))
    assert converter.to_python(literal) == File(access)


@pytest.mark.parametrize("wrong", [8, "READ", 1.5, float("inf"), float("nan")])
def test_a_bit_of_no_member_is_refused(wrong: Any) -> None:
    @dataclass
    class Loose:
        access: Any

    engine = TypeEngine()
    with pytest.raises(ConversionError, match=r"^expected `Access` \(one of 1, 2, 4\), got .* - at `\$.access`$"):
        engine.to_python(engine.to_literal(Loose(wrong), Loose), File)
