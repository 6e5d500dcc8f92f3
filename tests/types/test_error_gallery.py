"""What users read when something does not fit: whole messages, one line each, and nothing written or changed.

The one place to see how errors sound: ``expected `X`, got `Y` value - at `path` ``.
"""

# mypy: disable-error-code="arg-type, typeddict-item, type-arg"
from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable
from dataclasses import InitVar, dataclass, field
from functools import reduce
from typing import Annotated, Any, Literal, NamedTuple, Optional, TypedDict, Union

import msgpack
import pydantic
import pytest

from flytetypes import idl
from flytetypes.errors import AnnotationError, ConversionError, FlyteTypesError, RegistrationError, StorageError
from flytetypes.storage import MemoryStore, StoreRouter
from flytetypes.types import (
    Converter,
    FlyteAnnotation,
    FlyteError,
    HashMethod,
    Pickled,
    Registry,
    TypeEngine,
    TypeTransformer,
    default_registry,
)

ROOT = "memory://gallery"


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def engine(store: MemoryStore) -> TypeEngine:
    # A registry of its own: messages name the forms that it knows, and other tests bring more.
    return TypeEngine(default_registry(), store=StoreRouter({"memory": store}), prefix=f"{ROOT}/objects")


class Ledger:
    """A class that nobody knows."""

    def __repr__(self) -> str:
        return "<a ledger>"


class Secret:
    """What pickle cannot hold."""

    def __repr__(self) -> str:
        return "<a secret>"

    def __reduce__(self) -> str:
        raise TypeError("a secret stays\nwhere it is")


@dataclass
class Item:
    quantity: int
    name: str = ""


@dataclass
class Order:
    items: list[Item] = field(default_factory=list)
    by_name: dict[str, Item] = field(default_factory=dict)
    gift: Item | None = None
    notes: Any = None


@dataclass
class RushOrder(Order):
    hours: int = 1


@dataclass
class Positive:
    value: int

    def __post_init__(self) -> None:
        if self.value < 0:
            raise ValueError("must not\nbe negative")


@dataclass
class Tree:
    value: int
    left: Tree | None = None


class Point(NamedTuple):
    x: int
    y: int


class Movie(TypedDict):
    title: str


ORIGIN = Point(0, 0)


@dataclass
class Fields:
    pair: tuple[int, str] = (0, "")
    numbers: set[int] = field(default_factory=set)
    point: Point = ORIGIN
    when: dt.datetime = dt.datetime(2024, 1, 1)
    movie: Movie = field(default_factory=lambda: Movie(title=""))


class Color(enum.Enum):
    RED = "red"
    GREEN = "green"


class Nothing(enum.Enum):
    pass


class Broken(enum.Enum):
    HALF = "\ud800"


class Size(pydantic.BaseModel):
    width: int
    unit: str = ""


@dataclass
class HasLedger:
    ledger: Ledger


@dataclass
class HasUnknown:
    thing: Missing  # noqa: F821


@dataclass
class NeedsSecret:
    secret: InitVar[int]


def fails(error: type[FlyteTypesError], convert: Callable[[], object]) -> str:
    with pytest.raises(error) as caught:
        convert()
    message = str(caught.value)
    assert "\n" not in message
    message.encode()  # can be printed
    return message


# --- annotations ------------------------------------------------------------------------------------------------------

NO_LEDGER = (
    "no transformer for `Ledger`: it is not a type variable, a NamedTuple, a TypedDict or a dataclass, and nothing is "
    "registered for it or its base classes. Register a transformer for `Ledger`, make it a dataclass, or annotate it as "
    "`Pickled[Ledger]`"
)

ANNOTATIONS: list[tuple[Any, str]] = [
    (Ledger, NO_LEDGER),
    (list[dict[str, Ledger]], NO_LEDGER),
    (HasLedger, f"{NO_LEDGER} - in field `ledger` of `HasLedger`"),
    (
        HasUnknown,
        (
            "`Missing` in the annotations of `HasUnknown` is not defined where they are looked up (module "
            "`test_error_gallery`, and the functions that are running): define it at module level, or name it in "
            "`task(localns={'Missing': ...})`"
        ),
    ),
    (
        NeedsSecret,
        "`NeedsSecret` needs `secret` to be made and does not keep it: give the InitVar a default",
    ),
    (
        Callable[[int], str],
        (
            "no transformer for `Callable[[int], str]`: it is not a type variable, a NamedTuple, a TypedDict or a dataclass, "
            "and nothing is registered for it or its base classes. Register a transformer for `Callable`, or annotate it as "
            "`Pickled[Callable[[int], str]]`"
        ),
    ),
    (Any, "`Any` says nothing about the value: annotate its class, or `Pickled[Any]` to have it pickled"),
    (list, "`list` says nothing about its elements: annotate `list[T]`"),
    (dict[int], "`dict[int]` has 1 in its brackets, and takes 2"),
    (
        "Item",
        (
            "`Item` is a name, and nothing says where to look it up: use the class itself, or define it before the function "
            "or class that names it"
        ),
    ),
    ([int], "`[<class 'int'>]` is not an annotation: use a class, or a form of `typing`"),
    (5, "`5` is not an annotation: use a class, or a form of `typing`"),
    (
        Literal["a", b"x"],
        (
            "`Literal['a', b'x']` has values other than str, int, float, bool and None: use an enum, or put it into a "
            "dataclass"
        ),
    ),
    (
        Literal["\ud800"],
        (
            "`Literal['\\ud800']` has a value that cannot be written: expected `str` that UTF-8 can carry, got `str` "
            "'\\ud800' (it has lone surrogates)"
        ),
    ),
    (Nothing, "`Nothing` has no members: no value could ever be of it"),
    (
        Broken,
        (
            "`Broken` has a value that cannot be written: expected `str` that UTF-8 can carry, got `str` '\\ud800' (it has "
            "lone surrogates)"
        ),
    ),
    (
        Annotated[int, FlyteAnnotation({"unit": "kg"}), FlyteAnnotation({"max": 5})],
        "`int` has 2 FlyteAnnotations: put all data into one",
    ),
    (
        Annotated[int, FlyteAnnotation({"cache-key-metadata": {}})],
        "the key 'cache-key-metadata' of a FlyteAnnotation is reserved: use another one",
    ),
    (
        Annotated[int, FlyteAnnotation({"unit": {1}})],
        "the data of a FlyteAnnotation on `int` is not JSON: a Struct holds JSON values, got `set`",
    ),
]


@pytest.mark.parametrize(("annotation", "message"), ANNOTATIONS, ids=[row[1][:60] for row in ANNOTATIONS])
def test_annotations(engine: TypeEngine, annotation: Any, message: str) -> None:
    assert fails(AnnotationError, lambda: engine.converter(annotation)) == message


# --- values -----------------------------------------------------------------------------------------------------------


def lists(depth: int, innermost: Any) -> Any:
    return reduce(lambda inner, _: [inner], range(depth), innermost)


def list_type(depth: int) -> Any:
    innermost: Any = int
    return reduce(lambda inner, _: list[inner], range(depth), innermost)


def holding_itself() -> dict[str, Any]:
    value: dict[str, Any] = {}
    value["self"] = [value]
    return value


def deep_tree() -> Tree:
    return reduce(lambda inner, value: Tree(value, inner), range(5_000), Tree(0))


SURROGATES = "expected `str` that UTF-8 can carry, got `str` '\\ud800' (it has lone surrogates)"
PLAIN = "a plain value (None, `bool`, `int`, `float`, `str`, `bytes`, `list`, `dict`)"

VALUES: list[tuple[Any, Any, str]] = [
    (int, "x", "expected `int`, got `str` 'x' - at `$`"),
    (int, True, "expected `int`, got `bool` True - at `$`"),
    (int, None, "expected `int`, got `None` - at `$`"),
    (int, 2**63, "expected `int` of 64 bits, got `int` 9223372036854775808 - at `$`"),
    (float, 2**53 + 1, "expected `float`, got `int` 9007199254740993 (no float is equal to it) - at `$`"),
    (str, b"x", "expected `str`, got `bytes` b'x' - at `$`"),
    (str, "\ud800", f"{SURROGATES} - at `$`"),
    (dt.date, dt.datetime(2024, 1, 1), "expected `date`, got `datetime` datetime.datetime(2024, 1, 1, 0, 0) - at `$`"),
    (
        dt.datetime,
        dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1))),
        (
            "expected `datetime` of the years 1 to 9999 in UTC, got `datetime` datetime.datetime(1, 1, 1, 0..."
            "ime.timedelta(seconds=3600))) - at `$`"
        ),
    ),
    (list[int], (1, 2), "expected `list[int]`, got `tuple` (1, 2) - at `$`"),
    (list[int], [1, "x"], "expected `int`, got `str` 'x' - at `$[1]`"),
    (list[int], [*range(500), "x"], "expected `int`, got `str` 'x' - at `$[500]`"),
    (list[int], [*range(500), 2**63], "expected `int` of 64 bits, got `int` 9223372036854775808 - at `$[500]`"),
    (list[str], ["a"] * 500 + ["\ud800"], f"{SURROGATES} - at `$[500]`"),
    (dict[str, list[int]], {"a": [1], "b": [2, "x"]}, "expected `int`, got `str` 'x' - at `$[\"b\"][1]`"),
    (dict[str, int], {"a": 1, 2: 2}, "expected a `str` key, got `int` 2 - at `$[2]`"),
    (dict[str, int], {"\ud800": 1}, f'{SURROGATES} - at `$["\\ud800"]`'),
    (dict[int, Item], {7: Item("x")}, "expected `int`, got `str` 'x' - at `$[7].quantity`"),
    (
        dict[tuple[int, int], int],
        {(1, 2): 3},
        (
            "expected a key that is a single value, got `tuple` (1, 2) (on the wire it is an array or a map: "
            "annotate a list of pairs, `list[tuple[K, V]]`) - at `$[(1, 2)]`"
        ),
    ),
    (dict, {"a": {1, 2}}, f'expected {PLAIN}, got `set` {{1, 2}} (its type is not declared) - at `$["a"]`'),
    (dict, holding_itself(), "expected `dict`, got a value that contains itself, or is nested too deep - at `$`"),
    (Order, "x", "expected `Order`, got `str` 'x' - at `$`"),
    (Order, Order([Item(1), Item("x")]), "expected `int`, got `str` 'x' - at `$.items[1].quantity`"),
    (Order, Order(by_name={"a": Item("x")}), "expected `int`, got `str` 'x' - at `$.by_name[\"a\"].quantity`"),
    (Order, Order(gift=Item(1, "\ud800")), f"{SURROGATES} - at `$.gift.name`"),
    (
        Order,
        Order(notes=[1, Ledger()]),
        f"expected {PLAIN}, got `Ledger` <a ledger> (its type is not declared) - at `$.notes[1]`",
    ),
    (
        Order,
        RushOrder(),
        (
            "expected `Order`, got `RushOrder` RushOrder(items=[], by_name=...ft=None, notes=None, hours=1) (a subclass would come back as its "
            "parent) - at `$`"
        ),
    ),
    (Item, {"name": "x"}, "expected `Item` with the field `quantity`, got a dict without it - at `$`"),
    (Item, {"quantity": 1, "colour": 2}, "expected a field of `Item`, got the key 'colour' - at `$`"),
    (Fields, Fields(pair=(1, 2)), "expected `str`, got `int` 2 - at `$.pair[1]`"),
    (Fields, Fields(pair=(1,)), "expected `tuple[int, str]`, got `tuple` (1,) - at `$.pair`"),
    (Fields, Fields(numbers={"x"}), "expected `int`, got `str` 'x' - at `$.numbers[0]`"),
    (Fields, Fields(point=Point(1, "x")), "expected `int`, got `str` 'x' - at `$.point.y`"),
    (Fields, Fields(movie={}), "expected `Movie` with the key 'title', got one without it - at `$.movie`"),
    (Tree, deep_tree(), "expected `Tree`, got a value that contains itself, or is nested too deep - at `$`"),
    (Optional[int], "x", "expected `int | None`, got `str` 'x' - at `$`"),
    (
        Union[list[int], list[str]],
        [1, "x"],
        (
            "expected `list[int] | list[str]`, got `list` [1, 'x'] (`list[int]`: expected `int`, got `str` 'x' at `$[1]`; "
            "`list[str]`: expected `str`, got `int` 1 at `$[0]`) - at `$`"
        ),
    ),
    (Optional[Item], Item("x"), "expected `int`, got `str` 'x' - at `$.quantity`"),
    (Literal["a", "b"], "zzz", "expected one of 'a', 'b', got `str` 'zzz' - at `$`"),
    (list[Literal[1, 2]], [1, True], "expected one of 1, 2, got `bool` True - at `$[1]`"),
    (Color, "blue", "expected `Color` (one of 'red', 'green'), got `str` 'blue' - at `$`"),
    (
        list_type(50),
        lists(50, 1),
        f"expected a value that protobuf's parsers can read: 49 lists deep at most, got one that is deeper - at `${'[0]' * 50}`",
    ),
    (Size, {"width": 1}, "expected `Size`, got `dict` {'width': 1} - at `$`"),
    (Size, Size(width=2**70), 'expected `int` of 64 bits, got `int` 1180591620717411303424 - at `$["width"]`'),
    (Size, Size(width=1, unit="\ud800"), f'{SURROGATES} - at `$["unit"]`'),
    (FlyteError, FlyteError("\ud800", "n0"), f"{SURROGATES} - at `$.message`"),
    (FlyteError, FlyteError("", "\ud800"), f"{SURROGATES} - at `$.failed_node_id`"),
    (Pickled[Any], None, "expected a value to pickle, got `None` - at `$`"),
    (
        list[Pickled[Any]],
        [1, Secret()],
        "expected a value that pickle can hold, got `Secret` <a secret> (a secret stays where it is) - at `$[1]`",
    ),
    (
        Annotated[int, HashMethod(lambda value: value)],
        5,
        "expected a HashMethod that returns `str`, got `int` 5 - at `$`",
    ),
]


@pytest.mark.parametrize(("annotation", "value", "message"), VALUES, ids=[row[2][:60] for row in VALUES])
def test_values(engine: TypeEngine, store: MemoryStore, annotation: Any, value: Any, message: str) -> None:
    before = snapshot(value)
    converter = engine.converter(annotation)
    assert fails(ConversionError, lambda: converter.to_literal(value)) == message
    assert fails(ConversionError, lambda: converter.to_bytes(value)) == message
    assert snapshot(value) == before, "the value was changed"
    assert store.list(ROOT) == [], "something was written"


def snapshot(value: object) -> str:
    try:
        return repr(value)
    except RecursionError:
        return "too deep to show"


# --- literals ---------------------------------------------------------------------------------------------------------


def literal(tree: dict[str, Any]) -> idl.Literal:
    return idl.from_json(idl.Literal, tree)


def packed(tree: Any, **metadata: str) -> idl.Literal:
    found = idl.Literal(metadata=metadata)
    found.scalar.binary.value = tree if isinstance(tree, bytes) else msgpack.packb(tree)
    found.scalar.binary.tag = "msgpack"
    return found


INTEGER = literal({"scalar": {"primitive": {"integer": "5"}}})
TEXT = literal({"scalar": {"primitive": {"stringValue": "x"}}})
FRACTION = literal({"scalar": {"primitive": {"floatValue": 3.7}}})
OTHER_VARIANT = literal(
    {"scalar": {"union": {"value": {"scalar": {"primitive": {"boolean": True}}}, "type": {"simple": "BOOLEAN"}}}}
)

LITERALS: list[tuple[Any, idl.Literal, str]] = [
    (int, TEXT, "expected `int`, got the literal 'x' - at `$`"),
    (int, FRACTION, "expected `int`, got `float` 3.7 (the fraction would be lost) - at `$`"),
    (int, idl.Literal(), "expected `int`, got the literal nothing - at `$`"),
    (int, packed("x"), "expected `int`, got `str` 'x' - at `$`"),
    (bool, INTEGER, "expected `bool`, got the literal 5 - at `$`"),
    (list[int], INTEGER, "expected `list[int]`, got the literal 5 - at `$`"),
    (
        list[int],
        literal(
            {"collection": {"literals": [{"scalar": {"primitive": {"integer": "1"}}}, {"scalar": {"noneType": {}}}]}}
        ),
        "expected `int`, got the literal None - at `$[1]`",
    ),
    (list[int], packed([1, "x"]), "expected `int`, got `str` 'x' - at `$[1]`"),
    (
        dict[str, int],
        literal({"map": {"literals": {"a": {"scalar": {"primitive": {"boolean": True}}}}}}),
        'expected `int`, got the literal True - at `$["a"]`',
    ),
    (dict[str, int], literal({"collection": {}}), "expected `dict[str, int]`, got the literal [] - at `$`"),
    (dict, literal({"map": {}}), "expected `dict`, got the literal {} - at `$`"),
    (Color, TEXT, "expected `Color` (one of 'red', 'green'), got `str` 'x' - at `$`"),
    (Literal["a", "b"], TEXT, "expected one of 'a', 'b', got `str` 'x' - at `$`"),
    (
        dt.datetime,
        literal({"scalar": {"primitive": {"duration": "5s"}}}),
        "expected `datetime`, got the literal 5s - at `$`",
    ),
    (dt.datetime, packed("yesterday"), "expected `datetime`, got `str` 'yesterday' - at `$`"),
    (Item, INTEGER, "expected `Item`, got the literal 5 - at `$`"),
    (Item, packed([1, 2]), "expected `Item`, got `list` [1, 2] - at `$`"),
    (Item, packed({"name": "x"}), "expected `Item` with the field `quantity`, got one without it - at `$`"),
    (Item, packed({"quantity": 1.5}), "expected `int`, got `float` 1.5 (the fraction would be lost) - at `$.quantity`"),
    (
        Order,
        packed({"items": [{"quantity": 1}, {}]}),
        "expected `Item` with the field `quantity`, got one without it - at `$.items[1]`",
    ),
    (
        Order,
        packed({"gift": {"quantity": []}}),
        "expected `Item | None`, got `dict` {'quantity': []} (`Item`: expected `int`, got `list` [] at `$.quantity`) - at `$.gift`",
    ),
    (
        Item,
        packed(b"\x81\xa8quant"),
        "expected one whole value in msgpack, got 7 bytes (Unpack failed: incomplete input) - at `$`",
    ),
    (Item, packed(b"\xc1"), "expected one whole value in msgpack, got 1 bytes (this is not msgpack) - at `$`"),
    (
        Item,
        packed(msgpack.packb({"quantity": msgpack.ExtType(5, b"x")})),
        "expected one whole value in msgpack, got 13 bytes (extension type 5) - at `$`",
    ),
    (
        Item,
        packed(msgpack.packb({}) + b"\x00"),
        "expected one whole value in msgpack, got 2 bytes (unpack(b) received extra data.) - at `$`",
    ),
    (
        Item,
        packed(b"\x91" * 3000 + b"\x00"),
        "expected one whole value in msgpack, got 3001 bytes (it is nested too deep) - at `$`",
    ),
    (
        Item,
        literal({"scalar": {"binary": {"value": "", "tag": "cbor"}}}),
        "expected `Item`, got binary data with the tag 'cbor' (only msgpack is known) - at `$`",
    ),
    (
        Positive,
        packed({"value": -1}),
        "expected values that `Positive` accepts, got `ValueError` (must not be negative) - at `$`",
    ),
    (
        Size,
        packed({"width": "wide"}),
        "expected a value that `Size` accepts, got `str` 'wide' (Input should be a valid integer, unable to parse string as an integer) - at `$.width`",
    ),
    (Size, packed([1]), "expected `Size`, got `list` [1] - at `$`"),
    (Optional[int], TEXT, "expected `int | None`, got the literal 'x' - at `$`"),
    (Optional[int], OTHER_VARIANT, "expected `int | None`, got a value of the variant bool with the tag '' - at `$`"),
    (
        Union[Item, Positive],
        packed({}),
        "expected `Item | Positive`, got the literal binary(msgpack, 1 bytes) (`Item`: expected `Item` with the field `quantity`, got one without it; `Positive`: expected `Positive` with the field `value`, got one without it) - at `$`",
    ),
    (FlyteError, INTEGER, "expected `FlyteError`, got the literal 5 - at `$`"),
    (Pickled[Any], INTEGER, "expected a pickle file, got the literal 5 - at `$`"),
    (idl.Struct, INTEGER, "expected `Struct`, got the literal 5 - at `$`"),
]


@pytest.mark.parametrize(("annotation", "found", "message"), LITERALS, ids=[row[2][:60] for row in LITERALS])
def test_literals(engine: TypeEngine, annotation: Any, found: idl.Literal, message: str) -> None:
    converter = engine.converter(annotation)
    assert fails(ConversionError, lambda: converter.to_python(found)) == message
    assert fails(ConversionError, lambda: converter.from_bytes(found.SerializeToString())) == message


CUT = "expected a serialised Literal, got {} bytes that are cut off or no Literal - at `$`"


@pytest.mark.parametrize(
    ("annotation", "value"),
    [(int, 5), (str, "text"), (list[int], [1, 2]), (dict[str, int], {"a": 1}), (Item, Item(1)), (Optional[int], 1)],
    ids=str,
)
def test_bytes_that_are_cut_off(engine: TypeEngine, annotation: Any, value: Any) -> None:
    converter = engine.converter(annotation)
    data = converter.to_bytes(value)[:-1]
    assert fails(ConversionError, lambda: converter.from_bytes(data)) == CUT.format(len(data))


def test_a_pickle_is_not_read_without_its_annotation(engine: TypeEngine) -> None:
    found = engine.to_literal({"a": 1}, Pickled[dict])
    message = fails(ConversionError, lambda: engine.to_python(found, dict))
    assert message == f"expected `dict`, got the literal file(PythonPickle) {found.scalar.blob.uri} - at `$`"


def test_a_pickle_of_what_is_not_here(engine: TypeEngine, store: MemoryStore) -> None:
    found = engine.to_literal({"a": 1}, Pickled[Any])
    store.put(found.scalar.blob.uri, b"cnowhere\nThing\n.")
    message = fails(ConversionError, lambda: engine.to_python(found, Pickled[Any]))
    assert message == (
        "expected a pickle that can be read here, got 16 other bytes (ModuleNotFoundError: No module named 'nowhere') "
        "- at `$`"
    )


# --- the store --------------------------------------------------------------------------------------------------------


class FullStore(MemoryStore):
    """Takes one object, and then no more."""

    def put(self, uri: str, data: bytes) -> None:
        if self.list("memory://full"):
            raise StorageError(f"cannot write `{uri}`: the store is full", uri=uri)
        super().put(uri, data)


def test_a_failed_upload_has_the_path_of_its_value() -> None:
    store = FullStore()
    store.put("memory://full/already", b"")
    engine = TypeEngine(store=StoreRouter({"memory": store}), prefix="memory://full/objects")
    with pytest.raises(StorageError) as caught:
        engine.to_literal({"a": [1], "b": [2, 3]}, dict[str, list[Pickled[Any]]])
    error = caught.value
    assert str(error) == f'cannot write `{error.uri}`: the store is full - at `$["a"][0]`'
    assert store.list("memory://full") == ["memory://full/already"]


def test_an_object_that_is_gone(engine: TypeEngine, store: MemoryStore) -> None:
    found = engine.to_literal(1, Pickled[Any])
    uri = found.scalar.blob.uri
    store.delete(uri)
    assert fails(StorageError, lambda: engine.to_python(found, Pickled[Any])) == f"there is no object at `{uri}`"


def test_a_scheme_that_no_store_is_for(engine: TypeEngine) -> None:
    found = engine.to_literal(1, Pickled[Any])
    found.scalar.blob.uri = "s3://bucket/key"
    assert fails(StorageError, lambda: engine.to_python(found, Pickled[Any])) == (
        "no store for `s3` of `s3://bucket/key`; there are stores for `memory`"
    )


def offloaded(uri: str) -> idl.Literal:
    found = idl.Literal()
    found.offloaded_metadata.uri = uri
    return found


def test_a_chain_of_offloaded_literals_that_is_too_long(engine: TypeEngine, store: MemoryStore) -> None:
    for link in range(40):
        store.put(f"{ROOT}/{link}", offloaded(f"{ROOT}/{link + 1}").SerializeToString())
    message = fails(ConversionError, lambda: engine.to_python(offloaded(f"{ROOT}/0"), int))
    assert message == "expected literals offloaded at most 16 times over, got a longer chain - at `$`"


def test_a_chain_of_offloaded_literals_without_an_end(engine: TypeEngine, store: MemoryStore) -> None:
    store.put(f"{ROOT}/a", offloaded(f"{ROOT}/b").SerializeToString())
    store.put(f"{ROOT}/b", offloaded(f"{ROOT}/a").SerializeToString())
    found = idl.Literal()
    found.collection.literals.extend([literal({"scalar": {"primitive": {"integer": "1"}}}), offloaded(f"{ROOT}/a")])
    assert fails(ConversionError, lambda: engine.to_python(found, list[int])) == (
        "expected a literal, got an offloaded one that leads back to itself by `memory://gallery/a` - at `$[1]`"
    )


def test_an_offloaded_literal_that_is_none(engine: TypeEngine, store: MemoryStore) -> None:
    store.put(f"{ROOT}/a", b"\xff")
    assert fails(ConversionError, lambda: engine.to_python(offloaded(f"{ROOT}/a"), int)) == (
        "expected a serialised Literal, got 1 other bytes at `memory://gallery/a` - at `$`"
    )


# --- registering ------------------------------------------------------------------------------------------------------


class LedgerTransformer(TypeTransformer[Ledger]):
    name = "Ledger"

    def compile(self, annotation: Any, engine: Any) -> Converter[Ledger]:
        raise NotImplementedError


class OtherTransformer(LedgerTransformer):
    name = "Other"


class FormerLedger(LedgerTransformer):
    name = "Another"
    aliases = ("Ledger",)


def test_two_transformers_for_one_class() -> None:
    registry = Registry()
    registry.register(LedgerTransformer(), Ledger)
    assert fails(RegistrationError, lambda: registry.register(OtherTransformer(), Ledger)) == (
        "`Ledger` is already registered for LedgerTransformer ('Ledger'); OtherTransformer ('Other') cannot have it too. "
        "Use `registry.scope()` or `registry.copy()` to replace it"
    )


def test_two_transformers_of_one_name() -> None:
    registry = Registry()
    registry.register(LedgerTransformer(), Ledger)
    assert fails(RegistrationError, lambda: registry.register(FormerLedger(), Item)) == (
        "the name 'Ledger' is already that of LedgerTransformer ('Ledger'); FormerLedger ('Another') needs another one, "
        "because stored data could not tell them apart"
    )


def test_two_modules_for_one_package() -> None:
    registry = Registry()
    registry.register_package("ledgers", "ledgers_for_flyte")
    assert fails(RegistrationError, lambda: registry.register_package("ledgers", "other_ledgers")) == (
        "classes of `ledgers` are already brought by `ledgers_for_flyte`, not by `other_ledgers`"
    )
