"""From a LiteralType to an annotation: the law that it has this very type, and what it looks like."""

# mypy: disable-error-code="type-arg"
from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import decimal
import enum
import gc
import inspect
import json
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Annotated, Any, ClassVar, Generic, Literal, NamedTuple, Optional, TypeVar, Union

import msgpack
import pydantic
import pytest
from google.protobuf import struct_pb2
from hypothesis import HealthCheck, assume, given, settings

from flytetypes import idl
from flytetypes._annotations import key_of
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.types import FlyteAnnotation, FlyteError, OfType, Pickle, Pickled, TypeEngine, source_code
from strategies import ENGINE, Case, Kind, cases, kinds

MANY = settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def type_of(annotation: Any) -> idl.LiteralType:
    """The type of an annotation, by an engine of its own: the engine that guesses has never met the classes in it."""
    return TypeEngine().literal_type(annotation)


def is_of_type(annotation: Any) -> bool:
    return any(isinstance(extra, OfType) for extra in getattr(annotation, "__metadata__", ()))


# --- the law ----------------------------------------------------------------------------------------------------------


@MANY
@given(kinds())
def test_a_guess_has_the_type_and_is_the_same_the_second_time(kind: Kind) -> None:
    literal_type = type_of(kind.annotation)
    engine = TypeEngine()
    guess = engine.guess(literal_type)
    assert engine.literal_type(guess) == literal_type
    assert engine.guess(literal_type) is guess
    assert not is_of_type(guess) or cannot_be_told(literal_type), f"{guess} needs no OfType"


_CLASSES_OF_SCHEMAS = ("Size", "Product", "Event", "Name", "Width", "Content", "FlyteFile", "FlyteDirectory")


def cannot_be_told(literal_type: idl.LiteralType) -> bool:
    """Whether a type holds what no annotation of ours gives back: for these OfType is right.

    A model's schema is pydantic's, and what is made for it is a dataclass, as it is for a file in a tuple. An integer beyond 2**53 may have been another
    one, `timedelta.max` is beyond itself, and the order of numbers in a set depends on their class. A default that holds a
    recursive class is read before that class is there. Bytes in a Literal, a date or a TypedDict in the arguments of a form, a NewType or a constraint in the text of a
    pickle: none is known any more. A class that has no schema may have fields that nothing tells; in a generic one what is made stands in such texts.
    """
    text = json.dumps(idl.to_json(literal_type))
    return (
        any(f'"title": "{name}"' in text for name in _CLASSES_OF_SCHEMAS)
        or "1.152921504606847e+18" in text
        or "9007199254740992" in text
        or "[120.0]" in text
        or "86400000000000.0" in text
        or ('"uniqueItems": true' in text and '"default": [' in text)
        or ('"$ref"' in text and ('"default": [' in text or '"default": {' in text))
        or has_vague_arguments(text)
        or has_unknown_name(text)
        or has_untold_fields(literal_type)
        or '"class": "strategies.Box"' in text
    )


def has_vague_arguments(text: str) -> bool:
    """Whether a form has arguments that share their type with others: dates with datetimes, TypedDicts with dicts."""
    return '"flytetypes.form"' in text and (
        '"format": "date"' in text or ('"arguments": ' in text and "STRUCT" in text)
    )


def has_unknown_name(text: str) -> bool:
    return any(
        word in text for word in ("Annotated[", "UserId", "Words", "Pair[", "<locals>", "<class 'strategies.Made")
    )


def has_untold_fields(literal_type: idl.LiteralType) -> bool:
    """Whether it is a struct without a schema that tells of fields, or has one inside."""
    match literal_type.WhichOneof("type"):
        case "collection_type":
            return has_untold_fields(literal_type.collection_type)
        case "map_value_type":
            return has_untold_fields(literal_type.map_value_type)
        case "union_type":
            return any(has_untold_fields(variant) for variant in literal_type.union_type.variants)
        case _:
            structure = literal_type.structure
            bare = literal_type.HasField("structure") and not structure.tag and not literal_type.HasField("metadata")
            return bare or any(has_untold_fields(announced) for announced in structure.dataclass_type.values())


# How pydantic writes; fields that are in no schema, where a union does not announce them.
UNTOLD = {"pydantic model", "generic pydantic model", "dataclass with a field outside __init__"}


@MANY
@given(cases())
def test_what_was_written_is_read_by_the_guess_and_written_again_alike(case: Case) -> None:
    """But for what the type does not tell: hashes, some arguments of forms, and what is in `UNTOLD`."""
    converter = ENGINE.converter(case.annotation)
    text = str(converter.literal_type)
    assume('"flytetypes.form"' not in text or "DATETIME" not in text)
    assume(not case.names & UNTOLD)
    literal = converter.to_literal(case.value)
    engine = TypeEngine(store=ENGINE.store, prefix=ENGINE.prefix)
    guess = engine.guess(converter.literal_type)
    again = engine.to_literal(engine.to_python(literal, guess), guess)
    assert comparable(again) == comparable(literal)


def comparable(literal: idl.Literal) -> Any:
    """What a literal holds: maps without their order, and no hash; of an object in the store only that it is one."""
    match literal.WhichOneof("value"):
        case "collection":
            items = [comparable(item) for item in literal.collection.literals]
            return sorted(items, key=repr) if literal.metadata else items  # what is noted may be that it is a set
        case "map":
            return {key: comparable(item) for key, item in sorted(literal.map.literals.items())}
        case "scalar" if literal.scalar.WhichOneof("value") == "union":
            union = literal.scalar.union
            return comparable(union.value), union.type.SerializeToString(deterministic=True)
        case "scalar" if literal.scalar.binary.tag == "msgpack":
            return unordered(msgpack.unpackb(literal.scalar.binary.value, strict_map_key=False))
        case "scalar" if literal.scalar.WhichOneof("value") == "blob":
            return literal.scalar.blob.metadata.type.format
        case _:
            return literal.scalar.SerializeToString(deterministic=True)


def unordered(tree: Any) -> Any:
    if isinstance(tree, dict):
        return dict(sorted((repr(key), unordered(item)) for key, item in tree.items()))
    if isinstance(tree, list):
        return [unordered(item) for item in tree]
    return repr(tree)


@MANY
@given(kinds())
def test_the_source_code_of_a_guess_gives_the_type(kind: Kind) -> None:
    literal_type = type_of(kind.annotation)
    try:
        code = source_code(TypeEngine().guess(literal_type))
    except AnnotationError as error:  # a class of attrs or msgspec that is loaded here
        assume("cannot be written as source code" not in str(error))
        raise
    assert TypeEngine().literal_type(pasted(code)) == literal_type


def pasted(code: Any) -> Any:
    """The annotation that a text gives where it is pasted into a module."""
    module = ModuleType("pasted")
    sys.modules[module.__name__] = module  # where its classes look their annotations up
    exec(code.definitions, vars(module))
    return eval(code.annotation, vars(module))


# --- what a guess is --------------------------------------------------------------------------------------------------


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Spelling(enum.Enum):
    CLASS = "class"
    EMPTY = ""
    SPACED = "a b"
    DUNDER = "__x__"
    MRO = "mro"


@pytest.mark.parametrize(
    "annotation",
    [
        *(int, float, str, bool, dt.datetime, dt.timedelta, type(None), FlyteError, dict, bytes, decimal.Decimal),
        *(list[int], dict[str, list[str]], set[int], tuple[int, str], Sequence[float], collections.deque[int]),
        *(Optional[int], Union[dt.datetime, dt.date, None], Union[int, list[int], dict[str, float]]),
        *(Literal["a", "b"], Literal[1, 2], Literal[True], Literal[1.5], Literal["a", 1, None]),
        *(Pickled[Any], Pickled[set], Pickled[set[int]], struct_pb2.Struct, list[struct_pb2.ListValue]),
    ],
    ids=str,
)
def test_what_the_type_tells_comes_back_as_it_was(annotation: Any) -> None:
    assert key_of(TypeEngine().guess(type_of(annotation))) == key_of(annotation)


def test_a_class_that_the_engine_has_compiled_is_the_guess() -> None:
    engine = TypeEngine()
    for annotation in (Point, list[Point], Optional[Node], Box[int], Size):
        assert key_of(engine.guess(engine.literal_type(annotation))) == key_of(annotation)


def test_an_enum_has_members_that_are_called_as_their_values_as_far_as_that_can_be() -> None:
    guess = TypeEngine().guess(type_of(Spelling))
    assert {member.name: member.value for member in guess} == {
        "class": "class",
        "member": "",
        "a b": "a b",
        "x": "__x__",
        "member_mro": "mro",
    }


def test_two_variants_of_one_type_are_two_classes() -> None:
    @dataclass
    class Point:  # another one, with the same name
        x: int
        y: float = 0.5

    annotation = Union[globals()["Point"], Point]
    engine = TypeEngine()
    one, other = engine.guess(type_of(annotation)).__args__
    assert one is not other
    literal = ENGINE.to_literal(Point(1), annotation)
    guess = engine.guess(type_of(annotation))
    assert type(engine.to_python(literal, guess)) is other
    assert engine.to_literal(other(x=1), guess).metadata["flytetypes.variant"] == "1"


def test_a_value_of_the_second_of_two_equal_enums_is_written_as_its_own() -> None:
    class Second(enum.Enum):
        RED = "red"
        BLUE = "blue"

    literal = ENGINE.to_literal(Second.RED, Union[Color, Second])
    engine = TypeEngine()
    guess = engine.guess(type_of(Union[Color, Second]))
    assert engine.to_literal(engine.to_python(literal, guess), guess) == literal


def test_data_of_users_is_an_annotation_again() -> None:
    literal_type = type_of(Annotated[list[Annotated[int, FlyteAnnotation({"unit": "kg"})]], FlyteAnnotation({"n": 1})])
    guess = TypeEngine().guess(literal_type)
    assert source_code(guess).annotation == (
        "Annotated[list[Annotated[int, FlyteAnnotation({'unit': 'kg'})]], FlyteAnnotation({'n': 1.0})]"
    )


def test_a_pickle_of_a_class_that_is_not_here_keeps_its_name() -> None:
    literal_type = idl.from_json(
        idl.LiteralType,
        {"blob": {"format": "PythonPickle"}, "metadata": {"python_class_name": "<class 'shop.Cart'>"}},
    )
    guess = TypeEngine().guess(literal_type)
    assert guess == Annotated[Any, Pickle("<class 'shop.Cart'>")]
    assert str(source_code(guess)).endswith("Annotated[Any, Pickle(\"<class 'shop.Cart'>\")]")


def test_a_message_of_a_class_that_is_not_loaded_is_a_dict() -> None:
    literal_type = idl.from_json(idl.LiteralType, {"simple": "STRUCT", "metadata": {"pb_type": "shop_pb2.Cart"}})
    guess = TypeEngine().guess(literal_type)
    assert guess == Annotated[dict, OfType(literal_type)]


def test_a_form_that_nobody_here_knows_is_what_it_is_on_the_wire() -> None:
    note = {"annotations": {"flytetypes.form": {"name": "of another time"}}}
    literal_type = idl.from_json(idl.LiteralType, {"collectionType": {"simple": "INTEGER"}, "annotation": note})
    guess = TypeEngine().guess(literal_type)
    assert guess == Annotated[list[int], OfType(literal_type)]


def test_an_integer_beyond_what_a_double_holds_is_no_member_of_a_literal() -> None:
    literal_type = type_of(Literal[1, 2**60])
    assert TypeEngine().guess(literal_type) == Annotated[int, OfType(literal_type)]


@pytest.mark.parametrize(
    "wire",
    [
        {"enumType": {}},
        {"unionType": {}},
        {"unionType": {"variants": [{"simple": "INTEGER", "structure": {"tag": "int"}}]}},
    ],
    ids=str,
)
def test_a_type_that_has_no_annotation_has_its_literals_for_values(wire: dict[str, Any]) -> None:
    literal_type = idl.from_json(idl.LiteralType, wire)
    engine = TypeEngine()
    guess = engine.guess(literal_type)
    assert guess == Annotated[idl.Literal, OfType(literal_type)]
    literal = idl.from_json(idl.Literal, {"scalar": {"blob": {"uri": "s3://bucket/key"}}})
    assert engine.to_python(literal, guess) == literal
    assert engine.to_python(literal, guess) is not literal
    assert engine.to_literal(literal, guess) == literal
    with pytest.raises(ConversionError) as caught:
        engine.to_literal("x", list[guess])
    assert str(caught.value) == "expected `list[Literal]`, got `str` 'x' - at `$`"
    with pytest.raises(ConversionError) as caught:
        engine.to_literal(["x"], list[guess])
    assert str(caught.value) == "expected a `Literal`, got `str` 'x' - at `$[0]`"


def test_a_variant_that_has_no_annotation_is_written_under_its_tag() -> None:
    empty = {"enumType": {}, "structure": {"tag": "Empty"}}
    none = {"simple": "NONE", "structure": {"tag": "none"}}
    literal_type = idl.from_json(idl.LiteralType, {"unionType": {"variants": [empty, none]}})
    engine = TypeEngine()
    guess = engine.guess(literal_type)
    assert not is_of_type(guess)
    literal = engine.to_literal(idl.from_json(idl.Literal, {"scalar": {"blob": {"uri": "s3://b/k"}}}), guess)
    assert idl.to_json(literal.scalar.union.type) == empty
    assert engine.to_python(literal, guess) == literal.scalar.union.value


@pytest.mark.parametrize("where", ["{}", '{"collectionType": {}}', '{"unionType": {"variants": [{}]}}'])
def test_a_type_that_says_nothing_is_refused(where: str) -> None:
    with pytest.raises(AnnotationError) as caught:
        TypeEngine().guess(idl.from_json(idl.LiteralType, json.loads(where)))
    assert str(caught.value) == "no annotation is known for the type nothing"


# --- classes that are made --------------------------------------------------------------------------------------------


@dataclass
class Point:
    x: int
    y: float = 0.5


@dataclass
class Node:
    value: int
    left: Node | None = None
    others: list[Node] = field(default_factory=list)
    parent: Tree | None = None


@dataclass
class Tree:
    root: Node
    named: dict[str, Tree] = field(default_factory=dict)


T = TypeVar("T")


@dataclass
class Box(Generic[T]):
    content: T


class Size(pydantic.BaseModel):
    width: int
    unit: str = "cm"


class Crate(pydantic.BaseModel):
    sizes: list[Size]
    inner: Crate | None = None
    lasts: dt.timedelta = dt.timedelta(1)
    raw: bytes = b"x"


class Place(NamedTuple):
    x: int
    name: str = "here"


@dataclass
class Unusual:
    counted: ClassVar[int] = 0
    when: dataclasses.InitVar[int] = 0
    made: int = field(init=False, default=3)
    price: decimal.Decimal = decimal.Decimal("1.5")
    place: Place = Place(1)  # noqa: RUF009 - a tuple
    pair: tuple[int, Point] = (1, Point(2))
    rank: enum.IntEnum = field(default_factory=lambda: None)  # type: ignore[assignment]
    tags: frozenset[str] = frozenset({"a"})


Unusual.__annotations__["rank"] = enum.IntEnum("Rank", ["A", "B", "C"])
setattr(Point, "__hash__", lambda self: hash((self.x, self.y)))  # noqa: B010 - the default of a field has to have one


def made(annotation: Any) -> Any:
    guess = TypeEngine().guess(type_of(annotation))
    assert not is_of_type(guess)
    return guess


def test_a_made_class_is_a_dataclass() -> None:
    cls = made(Point)
    assert "x" in cls.__dataclass_fields__
    assert (cls.__name__, cls.__module__) == ("Point", "flytetypes.guessed")
    assert "flytetypes.guessed" not in sys.modules
    assert str(inspect.signature(cls)) == "(*, x: int, y: float = 0.5)"
    value = cls(x=1)
    assert repr(value) == "Point(x=1, y=0.5)"
    assert value == cls(x=1, y=0.5) != cls(x=2)
    assert hash(value) == hash(cls(x=1))
    assert dataclasses.replace(value, x=3) == cls(x=3)
    assert dataclasses.asdict(value) == {"x": 1, "y": 0.5}
    assert value != Point(1)
    with pytest.raises(TypeError, match=r"^Point\(\) needs the argument 'x'$"):
        cls()
    with pytest.raises(TypeError, match=r"^Point\(\) takes no argument 'z'$"):
        cls(x=1, z=1)


def test_recursive_classes_mention_themselves() -> None:
    tree = made(Tree)
    hints: dict[str, Any] = {field.name: field.type for field in dataclasses.fields(tree)}
    node = hints["root"]
    assert hints == {"root": node, "named": dict[str, tree]}
    assert {field.name: field.type for field in dataclasses.fields(node)} == {
        "value": int,
        "left": Optional[node],
        "others": list[node],
        "parent": Optional[tree],
    }


def test_what_only_dataclasses_have_is_made_again() -> None:
    cls = made(Unusual)
    assert {field.name: field.init for field in dataclasses.fields(cls)} == {
        **dict.fromkeys(("pair", "place", "price", "rank", "tags"), True),
        "made": False,
    }
    assert cls.__dataclass_fields__["counted"].type == ClassVar[int]
    assert cls.__dataclass_fields__["when"].type.type is int
    value = cls(rank=None, when=4)
    assert (value.price, value.place, value.tags) == (decimal.Decimal("1.5"), (1, "here"), frozenset({"a"}))
    assert (value.pair[0], value.pair[1].x) == (1, 2)


def test_the_same_class_is_made_alone_and_inside_others() -> None:
    engine = TypeEngine()
    guess = engine.guess(type_of(Tree))
    assert engine.guess(type_of(list[Tree])) == list[guess]
    assert engine.guess(type_of(Optional[Tree])) == Optional[guess]
    node = next(field.type for field in dataclasses.fields(guess) if field.name == "root")
    assert engine.guess(engine.literal_type(node)) is node


def test_a_class_is_made_once_while_anybody_holds_it() -> None:
    engine = TypeEngine()
    literal_type = type_of(Point)
    guess = engine.guess(literal_type)
    engine.guesses.forget()
    assert engine.guess(literal_type) is guess
    kept = len(engine.guesses.classes)
    del guess
    engine._forget()
    gc.collect()
    assert len(engine.guesses.classes) < kept


def test_threads_get_the_same_class() -> None:
    engine = TypeEngine()
    literal_type = type_of(Tree)
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(engine.guess(literal_type))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


@pytest.mark.parametrize(
    "name", ["class", "a b", "", "__init__", "mro", "Config", "1st", "\N{LATIN SMALL LIGATURE FI}"]
)
def test_a_field_that_cannot_be_called_as_it_is_has_an_alias(name: str) -> None:
    schema = {
        "type": "object",
        "title": "Odd",
        "properties": {name: {"type": "integer"}, "field": {"type": "integer"}},
        "additionalProperties": False,
        "required": [name, "field"],
    }
    literal_type = idl.LiteralType(simple=idl.SimpleType.STRUCT)
    idl.fill_struct(literal_type.metadata, schema)
    idl.fill_struct(literal_type.annotation.annotations, {"cache-key-metadata": {"serialization-format": "msgpack"}})
    literal_type.structure.dataclass_type[name].simple = idl.SimpleType.INTEGER
    literal_type.structure.dataclass_type["field"].simple = idl.SimpleType.INTEGER
    engine = TypeEngine()
    guess = engine.guess(literal_type)
    assert engine.literal_type(guess) == literal_type
    cls = guess.__origin__
    literal = idl.Literal()
    literal.scalar.binary.value = msgpack.packb({name: 1, "field": 2})
    literal.scalar.binary.tag = "msgpack"
    value = engine.to_python(literal, guess)
    assert [getattr(value, each.name) for each in dataclasses.fields(cls)] == [1, 2]
    assert engine.to_literal(value, guess) == literal
    assert TypeEngine().literal_type(pasted(source_code(guess))) == literal_type


def test_a_model_is_a_dataclass_that_writes_what_the_model_writes() -> None:
    value = Crate(sizes=[Size(width=1)], inner=Crate(sizes=[]))
    literal_type = type_of(Crate)
    engine = TypeEngine()
    guess = engine.guess(literal_type)
    assert is_of_type(guess)
    literal = ENGINE.to_literal(value, Crate)
    back = engine.to_python(literal, guess)
    assert (back.sizes[0].width, back.inner.sizes, back.lasts, back.raw) == (1, [], "P1D", "x")
    assert comparable(engine.to_literal(back, guess)) == comparable(literal)


def test_draft_07_is_read_too() -> None:
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$ref": "#/definitions/Foo",
        "definitions": {
            "Foo": {
                "type": "object",
                "properties": {
                    "a": {"title": "a", "type": "integer"},
                    "b": {"title": "b", "type": ["number", "null"], "default": None},
                    "g": {"type": "object", "$ref": "#/definitions/Inner"},
                    "n": {"title": "n", "type": "number", "format": "integer"},
                    "u": {},
                    "l": {"type": "array"},
                },
                "required": ["a"],
            },
            "Inner": {"type": "object", "properties": {"x": {"type": "integer"}}},
        },
    }
    literal_type = idl.LiteralType(simple=idl.SimpleType.STRUCT)
    idl.fill_struct(literal_type.metadata, schema)
    guess = TypeEngine().guess(literal_type)
    assert is_of_type(guess)
    cls = guess.__origin__
    hints: dict[str, Any] = {each.name: each.type for each in dataclasses.fields(cls)}
    assert (cls.__name__, hints.pop("g").__name__) == ("Foo", "Inner")
    assert hints == {"a": int, "b": Optional[float], "l": list, "n": int, "u": Any}


def test_a_class_without_a_schema_is_a_dict_because_it_may_hide_fields() -> None:
    @dataclass
    class Hiding:
        shown: int
        hidden: tuple[complex, int] = (1j, 1)

    literal_type = type_of(Hiding)
    assert TypeEngine().guess(literal_type) == Annotated[dict, OfType(literal_type)]


# --- OfType -----------------------------------------------------------------------------------------------------------


def test_of_type_is_equal_by_its_content_and_reads_as_source() -> None:
    literal_type = idl.LiteralType(simple=idl.SimpleType.INTEGER)
    one, other = OfType(literal_type), OfType.from_json('{"simple": "INTEGER"}')
    assert one == other
    assert hash(one) == hash(other)
    assert one != OfType(idl.LiteralType(simple=idl.SimpleType.FLOAT))
    assert repr(one) == 'OfType.from_json(\'{"simple": "INTEGER"}\')'
    literal_type.simple = idl.SimpleType.FLOAT
    assert one == other, "the type is copied"


def test_of_type_with_what_json_has_not_reads_as_source_too() -> None:
    literal_type = idl.LiteralType(simple=idl.SimpleType.INTEGER)
    literal_type.metadata.fields["x"].number_value = float("nan")
    again = eval(repr(OfType(literal_type)), {"OfType": OfType, "idl": idl})
    assert again == OfType(literal_type)


def test_of_type_changes_the_type_and_not_the_literal() -> None:
    literal_type = type_of(Annotated[list[int], FlyteAnnotation({"k": 1})])
    engine = TypeEngine()
    annotation = Annotated[list[int], OfType(literal_type)]
    assert engine.literal_type(annotation) == literal_type
    assert engine.to_bytes([1, 2], annotation) == engine.to_bytes([1, 2], list[int])
    assert engine.from_bytes(engine.to_bytes([1, 2], annotation), annotation) == [1, 2]


def test_of_type_that_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError, match="no field named"):
        OfType.from_json('{"simpel": "INTEGER"}')


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "title": "T", "properties": {"x": {"type": "integer"}}, "required": []},
        {"title": "T", "properties": {}, "additionalProperties": False, "required": ["x"]},
        {"type": "object", "title": "T", "additionalProperties": False, "description": "no properties"},
        {"$ref": "#/$defs/T", "$defs": {"T": {"title": "T", "type": "object"}}},
    ],
)
def test_the_type_that_is_asked_about_stays_as_it_is(schema: dict[str, Any]) -> None:
    """Looking a key up in a protobuf map makes it."""
    literal_type = idl.from_json(idl.LiteralType, {"simple": "STRUCT", "metadata": schema})
    before = literal_type.SerializeToString(deterministic=True)
    engine = TypeEngine()
    guessed = engine.guess(literal_type)
    assert literal_type.SerializeToString(deterministic=True) == before
    assert engine.literal_type(guessed).SerializeToString(deterministic=True) == before
