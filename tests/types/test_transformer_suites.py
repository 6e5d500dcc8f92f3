"""Every transformer of ours passes the suite that others subclass; and the suite fails for those that break a law."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import fractions
import ipaddress
import pathlib
import uuid
from collections.abc import (
    Collection,
    Container,
    Iterable,
    Mapping,
    MutableMapping,
    MutableSequence,
    MutableSet,
    Reversible,
    Sequence,
)
from collections.abc import Set as AbstractSet
from importlib import import_module
from typing import Annotated, Any, Literal, Optional, Union

import numpy as np
import pytest
from google.protobuf import descriptor_pb2, struct_pb2

import strategies
from flytetypes import idl
from flytetypes._annotations import Annotation, parse
from flytetypes.errors import ConversionError
from flytetypes.testing import TransformerSuite
from flytetypes.types import (
    Converter,
    FlyteAnnotation,
    FlyteError,
    HashMethod,
    Inbox,
    Outbox,
    Pickled,
    Registry,
    TypeEngine,
    TypeTransformer,
    default_registry,
    kwtypes,
)
from flytetypes.types._file_values import FileValueTransformer


class Suite(TransformerSuite):
    """Of the library's own transformers."""


class TestPrimitives(Suite):
    annotations = (int, float, str, bool, None, dt.datetime, dt.date, dt.timedelta)


class TestLists(Suite):
    annotations = (list[int], list[str], list[list[dt.datetime]], list[Optional[float]])


class TestListOfAnything(Suite):
    annotation = list
    on_the_wire = False


class TestDicts(Suite):
    annotations = (dict, dict[str, int], dict[str, list[bool]], dict[int, str], dict[dt.date, Optional[int]])


class TestDictThatMayBePickled(Suite):
    annotation = Annotated[dict, kwtypes(allow_pickle=True)]


class TestUnions(Suite):
    annotations = (
        Optional[int],
        Union[int, str, None],
        Union[list[float], list[int]],
        Union[strategies.Inner, strategies.SameAsInner],
        Union[Annotated[int, FlyteAnnotation({"unit": "kg"})], str],
    )


class TestEnums(Suite):
    annotations = (
        *(strategies.Color, strategies.Level, strategies.Word),
        *(strategies.Number, strategies.Rank, strategies.Permission, strategies.Mode),
    )


class TestLiterals(Suite):
    annotations = (Literal["a", "b"], Literal[1, 2**60], Literal[True], Literal["a", 1, True, None])


class TestLiteralWithBytes(Suite):
    annotation = Literal["a", b"a"]
    on_the_wire = False


class TestMessages(Suite):
    annotations = (struct_pb2.Struct, descriptor_pb2.FieldDescriptorProto)
    inside_structs = False


class TestListsAsMessages(Suite):
    annotation = struct_pb2.ListValue
    inside_structs = False

    def test_a_literal_fits_the_type(self, annotation: Any) -> None:
        """It does not: flytekit announces a struct for every message, and writes this one as a collection."""
        with pytest.raises(AssertionError):
            super().test_a_literal_fits_the_type(annotation)


class TestErrors(Suite):
    annotation = FlyteError
    inside_structs = False


class TestPickles(Suite):
    annotations = (Pickled[complex], Pickled[strategies.Tree], Pickled[Any])
    inside_structs = False
    wrong_values = (None,)  # all else can be pickled


class TestAny(Suite):
    annotation = Any
    on_the_wire = False


class TestScalars(Suite):
    annotations = (bytes, bytearray, complex, range, dt.time, dt.timezone)


class TestTexts(Suite):
    annotations = (
        *(decimal.Decimal, fractions.Fraction, uuid.UUID),
        *(ipaddress.IPv4Address, ipaddress.IPv4Network, ipaddress.IPv4Interface),
        *(ipaddress.IPv6Address, ipaddress.IPv6Network, ipaddress.IPv6Interface),
        *(pathlib.Path, pathlib.PosixPath, pathlib.PurePath, pathlib.PurePosixPath, pathlib.PureWindowsPath),
    )


class TestNumpyScalars(Suite):
    annotations = (
        *(np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64),
        *(np.float16, np.float32, np.float64, np.bool_, np.str_),
    )


class TestSequences(Suite):
    annotations = (
        *(set[int], frozenset[str], collections.deque[float], tuple[dt.date, ...]),
        *(Sequence[int], Reversible[int], MutableSequence[dt.datetime], Collection[int], Iterable[list[int]]),
        *(Container[int], AbstractSet[str], MutableSet[float]),
    )


class TestSequencesOfAnything(Suite):
    annotations = (set, frozenset, collections.deque, tuple)


class TestMappings(Suite):
    annotations = (
        *(collections.OrderedDict, collections.defaultdict, collections.Counter),
        *(collections.OrderedDict[str, int], collections.defaultdict[int, list[str]], collections.Counter[str]),
        *(Mapping[str, int], Mapping[int, dt.datetime], MutableMapping[str, list[int]]),
    )


class TestTuples(Suite):
    annotations = (tuple[int, str], tuple[()], tuple[dt.datetime, Optional[list[int]]], strategies.Point)


class TestTypedDicts(Suite):
    annotations = (strategies.Movie, strategies.Options)


class TestDataclasses(Suite):
    annotations = (
        *(strategies.Inner, strategies.Child, strategies.Frozen, strategies.Slotted, strategies.KeywordOnly),
        *(strategies.Tree, strategies.Ping, strategies.Scaled, strategies.Counted),
        *(strategies.Box[int], strategies.Box[Optional[strategies.Inner]]),
    )


class TestModels(Suite):
    annotations = (strategies.Size, strategies.Product, strategies.Event, strategies.Crate[strategies.Size])


class TestAttrsClasses(Suite):
    annotations = tuple(strategies.LEAVES["attrs class"])


class TestMsgspecStructs(Suite):
    annotations = tuple(strategies.LEAVES["msgspec Struct"])


class TestAnnotated(Suite):
    annotations = (
        Annotated[int, FlyteAnnotation({"unit": "kg"})],
        Annotated[list[float], HashMethod(strategies.digest)],
        *strategies.LEAVES["Annotated with bounds"],
        *strategies.LEAVES["Annotated with lengths"],
        *strategies.LEAVES["Annotated with a predicate"],
    )


def all_transformers() -> list[TypeTransformer[Any]]:
    """Those of the library, also of the packages that are loaded when one of their classes is met.

    But for what stays in the store: `tests/data` and `tests/ext` are about that.
    """
    registry = default_registry()
    modules = {"flytetypes.ext.pydantic", "flytetypes.ext.msgspec", "flytetypes.ext.numpy", "flytetypes.ext.attrs"}
    builtin = {module for module in registry._tables.packages.values() if ".builtin." in module}
    for module in sorted(modules | builtin):
        import_module(module).register(registry)
    return registry.transformers()


def test_every_transformer_has_its_suite() -> None:
    registry = TypeEngine().registry
    suites = [
        cls for cls in globals().values() if isinstance(cls, type) and issubclass(cls, Suite) and cls is not Suite
    ]
    annotations = (annotation for suite in suites for annotation in suite.annotations or (suite.annotation,))
    tested = {registry.find(parse(annotation)).transformer.name for annotation in annotations}
    missing = [
        transformer.name
        for transformer in all_transformers()
        if transformer.name not in tested and not isinstance(transformer, FileValueTransformer)  # tests/ext
    ]
    assert missing == [], "give each of these a subclass of `Suite` in this file, with annotations that it compiles"


# --- the suite itself -------------------------------------------------------------------------------------------------


class Ledger:
    """What the transformers below compile."""

    def __init__(self, entries: list[int]) -> None:
        self.entries = entries

    def __repr__(self) -> str:
        return f"Ledger({self.entries})"


class LedgerTransformer(TypeTransformer[Ledger]):
    """A right one; those below break a law each."""

    name = "ledger"

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[Ledger]:
        entries = engine.converter(list[int])

        def encode(value: Ledger, into: idl.Literal, out: Outbox) -> None:
            if type(value) is not Ledger:
                raise self.error(value)
            entries.encode(self.written(value), into, out)

        return Converter(
            annotation,
            self.name,
            literal_type=self.literal_type(engine),
            encode=encode,
            decode=lambda literal, inbox: self.read(literal, inbox, entries),
            engine=engine,
            classes=(Ledger,),
            levels=entries.levels,
        )

    def error(self, value: Any) -> Exception:
        return ConversionError("`Ledger`", value)

    def written(self, value: Ledger) -> list[int]:
        return value.entries

    def read(self, literal: idl.Literal, inbox: Inbox, entries: Converter[list[int]]) -> Ledger:
        return Ledger(entries.decode(literal, inbox))

    def literal_type(self, engine: TypeEngine) -> idl.LiteralType:
        return engine.converter(list[int]).literal_type


class LedgerSuite(TransformerSuite):
    annotation = Ledger
    inside_structs = False
    transformer: type[LedgerTransformer] = LedgerTransformer

    def register(self, registry: Registry) -> None:
        registry.register(self.transformer(), Ledger)

    def values(self, annotation: Any) -> Iterable[Any]:
        return [Ledger([]), Ledger([3, 1]), Ledger([2])]


class TestLedger(LedgerSuite):
    """A class of a user's, with values by hand; it has no guess of its own, and needs none."""


class Forgetful(LedgerTransformer):
    def written(self, value: Ledger) -> list[int]:
        return value.entries[:1]


class Greedy(LedgerTransformer):
    def written(self, value: Ledger) -> list[int]:
        value.entries.append(0)
        return value.entries


class Moody(LedgerTransformer):
    calls = 0

    def written(self, value: Ledger) -> list[int]:
        Moody.calls += 1
        return [*value.entries, Moody.calls]

    def read(self, literal: idl.Literal, inbox: Inbox, entries: Converter[list[int]]) -> Ledger:
        return Ledger(entries.decode(literal, inbox)[:-1])


class Mistyped(LedgerTransformer):
    def literal_type(self, engine: TypeEngine) -> idl.LiteralType:
        return engine.converter(dict[str, int]).literal_type


class Changeable(LedgerTransformer):
    types = 0

    def literal_type(self, engine: TypeEngine) -> idl.LiteralType:
        Changeable.types += 1
        literal_type = engine.literal_type(list[int])
        literal_type.annotation.annotations.fields["count"].number_value = Changeable.types
        return literal_type


class Rude(LedgerTransformer):
    def error(self, value: Any) -> Exception:
        return ValueError(value)


class Trusting(LedgerTransformer):
    def read(self, literal: idl.Literal, inbox: Inbox, entries: Converter[list[int]]) -> Ledger:
        return Ledger([item.scalar.primitive.integer for item in literal.collection.literals])


@pytest.mark.parametrize(
    ("transformer", "law"),
    [
        (Forgetful, "test_what_comes_back_is_what_went_in"),
        (Greedy, "test_converting_leaves_the_value_as_it_was"),
        (Moody, "test_a_value_has_the_same_bytes_every_time_and_everywhere"),
        (Mistyped, "test_a_literal_fits_the_type"),
        (Changeable, "test_the_type_is_the_same_every_time_and_everywhere"),
        (Rude, "test_a_wrong_value_is_refused"),
        (Trusting, "test_a_literal_that_says_nothing_is_refused_at_its_place"),
    ],
)
def test_the_suite_fails_for_a_transformer_that_breaks_a_law(transformer: type[LedgerTransformer], law: str) -> None:
    class Broken(LedgerSuite):
        pass

    Broken.transformer = transformer
    with pytest.raises((AssertionError, ValueError, pytest.fail.Exception)):
        getattr(Broken(), law)(Ledger)


def test_a_suite_that_names_no_annotation_says_what_to_do() -> None:
    class Empty(TransformerSuite):
        pass

    class Wanted:
        fixturenames = ("annotation",)

    with pytest.raises(pytest.UsageError) as caught:
        Empty().pytest_generate_tests(Wanted())  # type: ignore[arg-type]
    assert str(caught.value) == "Empty has nothing to test: give it an `annotation`"
