"""Iterators: drained once when they are written, read one by one, as streams where they are JSON."""

from __future__ import annotations

import asyncio
import collections.abc
import json
import tracemalloc
import typing
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union

import pytest

from engines import KINDS, back, engine_of, refused
from flytetypes import idl
from flytetypes.data import JSON
from flytetypes.errors import AnnotationError, ConversionError, StorageError
from flytetypes.storage import MemoryStore, ObjectStore, StoreRouter, run_sync
from flytetypes.testing import TransformerSuite
from flytetypes.types import Pickled, TypeEngine


class CountingStore(MemoryStore):
    """Counts what is read of it, and refuses what it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.gets: list[str] = []
        self.full = False

    def get(self, uri: str) -> bytes:
        self.gets.append(uri)
        return super().get(uri)

    def put(self, uri: str, data: bytes) -> None:
        if self.full:
            raise StorageError("the store is full", uri=uri)
        super().put(uri, data)


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> TypeEngine:
    return engine_of(request.param, tmp_path)


@dataclass
class Row:
    name: str
    parts: Pickled[Any] | int = 0


@dataclass
class Plain:
    name: str


def breaking() -> Iterator[int]:
    yield 1
    raise KeyError("broken")


# --- Iterator[T] ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [[1, 2, 3], (1, 2, 3), range(1, 4), iter([1, 2, 3]), (n for n in (1, 2, 3)), {1: 0, 2: 0, 3: 0}.keys()],
    ids=["list", "tuple", "range", "iterator", "generator", "keys"],
)
def test_whatever_can_be_iterated_over_is_drained(value: Any) -> None:
    engine = TypeEngine()
    literal = engine.to_literal(value, Iterator[int])
    assert literal == engine.to_literal([1, 2, 3], list[int])
    assert list(engine.to_python(literal, Iterator[int])) == [1, 2, 3]


def test_it_is_a_list_on_the_wire(engine: TypeEngine) -> None:
    assert engine.literal_type(Iterator[int]) == engine.literal_type(list[int])
    assert engine.literal_type(typing.Iterator[int]) == engine.literal_type(list[int])
    assert engine.to_python(engine.to_literal(iter("ab"), Iterator[str]), list[str]) == ["a", "b"]
    assert list(engine.to_python(engine.to_literal(["a", "b"], list[str]), Iterator[str])) == ["a", "b"]
    assert engine.to_bytes(iter([1]), Iterator[int]) == engine.to_bytes([1], list[int])


def test_it_knows_how_much_is_left(engine: TypeEngine) -> None:
    found = back(engine, iter(range(3)), Iterator[int])
    assert len(found) == 3
    assert next(found) == 0
    assert len(found) == 2
    assert list(found) == [1, 2]
    assert len(found) == 0
    assert next(found, None) is None


def test_elements_are_made_one_by_one() -> None:
    store = CountingStore()
    engine = TypeEngine(store=StoreRouter({"memory": store}), prefix="memory://streams/")
    found = back(engine, iter([object, dict, list]), Iterator[Pickled[type]])
    assert store.gets == []
    assert next(found) is object
    assert len(store.gets) == 1
    assert list(found) == [dict, list]


def test_a_wrong_element_is_told_where_it_is_read(engine: TypeEngine) -> None:
    literal = engine.to_literal([1, 2], list[int])
    literal.collection.literals[1].scalar.primitive.string_value = "x"
    found = engine.to_python(literal, Iterator[int])
    assert next(found) == 1
    assert refused(ConversionError, lambda: next(found)) == "expected `int`, got the literal 'x' - at `$[1]`"


def test_passed_on_unread_it_is_not_read(engine: TypeEngine) -> None:
    literal = engine.to_literal(iter([1, 2]), Iterator[int])
    found = engine.to_python(literal, Iterator[int])
    assert engine.to_literal(found, Iterator[int]) == literal
    next(found)
    assert list(back(engine, found, Iterator[int])) == [2]


def test_it_is_drained_once_though_names_depend_on_content() -> None:
    engine = TypeEngine(
        store=StoreRouter({"memory": MemoryStore()}), prefix="memory://streams/", content_addressed=True
    )
    annotation = Iterator[Pickled[type]]
    assert list(back(engine, iter([dict, list]), annotation)) == [dict, list]
    assert [list(found) for found in back(engine, [iter([dict])], list[annotation])] == [[dict]]


def test_an_upload_that_fails_is_told_with_its_element() -> None:
    store = CountingStore()
    engine = TypeEngine(store=StoreRouter({"memory": store}), prefix="memory://streams/")
    store.full = True
    with pytest.raises(StorageError) as caught:
        engine.to_literal({"a": iter([dict])}, dict[str, Iterator[Pickled[type]]])
    assert str(caught.value) == 'the store is full - at `$["a"][0]`'


def test_one_iterator_in_two_places_is_the_same_in_both(engine: TypeEngine) -> None:
    one = iter([1, 2])
    assert [list(found) for found in back(engine, [one, one], list[Iterator[int]])] == [[1, 2], [1, 2]]


def test_an_offloaded_list_is_read_in_parts() -> None:
    store = CountingStore()
    engine = TypeEngine(store=StoreRouter({"memory": store}), prefix="memory://streams/")
    literal = engine.to_literal(list(range(5000)), list[int])
    store.put("memory://streams/list.pb", literal.SerializeToString())
    pointer = idl.Literal()
    pointer.offloaded_metadata.uri = "memory://streams/list.pb"
    found = engine.to_python(pointer, Iterator[int])
    assert store.gets == []
    assert len(found) == 5000
    assert list(found) == list(range(5000))
    assert store.gets == ["memory://streams/list.pb"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("ab", "expected `Iterator[str]` or what it can be made of, a list or a generator, got `str` 'ab' - at `$`"),
        (
            {"a": 1},
            "expected `Iterator[str]` or what it can be made of, a list or a generator, got `dict` {'a': 1} - at `$`",
        ),
        (5, "expected `Iterator[str]` or what it can be made of, a list or a generator, got `int` 5 - at `$`"),
        (iter(["a", 1]), "expected `str`, got `int` 1 - at `$[1]`"),
    ],
)
def test_what_is_no_iterator_is_refused(value: Any, message: str) -> None:
    assert refused(ConversionError, lambda: TypeEngine().to_literal(value, Iterator[str])) == message


@pytest.mark.parametrize("annotation", [Iterator[int], Iterator[JSON]], ids=str)
def test_an_iterator_that_fails_is_refused_where_it_fails(engine: TypeEngine, annotation: Any) -> None:
    with pytest.raises(ConversionError) as caught:
        engine.to_literal([iter([]), breaking()], list[annotation])
    assert str(caught.value).endswith(" that comes to its end, got one that fails (KeyError: 'broken') - at `$[1][1]`")
    assert isinstance(caught.value.__cause__, KeyError)


def test_a_union_takes_an_iterator(engine: TypeEngine) -> None:
    annotation = Union[str, Iterator[int]]
    assert list(back(engine, (n for n in range(2)), annotation)) == [0, 1]
    assert back(engine, "a", annotation) == "a"
    literal = engine.to_literal(iter([1]), annotation)
    assert literal.scalar.union.type.structure.tag == "Typed Iterator"


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        (Iterator, "`Iterator` says nothing about its elements: annotate `Iterator[T]`"),
        (AsyncIterable, "`AsyncIterable` says nothing about its elements: annotate `AsyncIterable[T]`"),
    ],
)
def test_an_iterator_of_anything_is_refused(annotation: Any, message: str) -> None:
    assert refused(AnnotationError, lambda: TypeEngine().converter(annotation)) == message


@pytest.mark.parametrize(
    ("annotation", "source"),
    [(Iterator[int], "Iterator[int]"), (Iterator[JSON], "Iterator[JSON]"), (AsyncIterator[int], "AsyncIterator[int]")],
)
def test_a_struct_holds_no_iterator(annotation: Any, source: str) -> None:
    item = source.partition("[")[2].removesuffix("]")
    assert refused(AnnotationError, lambda: TypeEngine().plain(annotation)) == (
        f"`{source}` cannot be inside a struct: reading uses it up. Pass it on its own, or annotate `list[{item}]`"
    )


# --- Iterator[JSON] ---------------------------------------------------------------------------------------------------

DOCUMENTS: list[Any] = [None, True, 1, 2**80, -0.0, 1.5, "é\n\ud800", [], {}, {"a": [{"b": None}], "": 1}]


def test_documents_come_back_as_they_were(engine: TypeEngine) -> None:
    found = list(back(engine, iter(DOCUMENTS), Iterator[JSON]))
    assert found == DOCUMENTS
    assert list(map(type, found)) == list(map(type, DOCUMENTS))


def test_the_file_has_a_document_in_each_line(engine: TypeEngine) -> None:
    literal = engine.to_literal((document for document in DOCUMENTS), Iterator[JSON])
    lines = engine.store.get(literal.scalar.blob.uri).decode().splitlines()
    assert [json.loads(line) for line in lines] == DOCUMENTS
    assert literal.scalar.blob.metadata.type == idl.BlobType(format="jsonl")
    assert literal.scalar.blob.uri.endswith(".jsonl")


def test_no_documents_are_an_empty_file(engine: TypeEngine) -> None:
    literal = engine.to_literal(iter([]), Iterator[JSON])
    assert engine.store.get(literal.scalar.blob.uri) == b""
    assert list(engine.to_python(literal, Iterator[JSON])) == []


def test_the_type_is_flytekits_and_is_guessed(engine: TypeEngine) -> None:
    for annotation in (Iterator[JSON], typing.Iterator[JSON]):
        assert idl.to_json(engine.literal_type(annotation)) == {
            "blob": {"format": "jsonl"},
            "metadata": {"format": "json iterator"},
        }
    assert TypeEngine().guess(engine.literal_type(Iterator[JSON])) == Iterator[JSON]
    bare = idl.LiteralType()
    bare.blob.format = "jsonl"
    assert TypeEngine().guess(bare) != Iterator[JSON]


def test_a_stream_is_written_and_read_with_constant_memory(tmp_path: Path) -> None:
    engine = TypeEngine(prefix=f"{tmp_path}/")
    count = 60_000
    list(back(engine, [{}], Iterator[JSON]))  # what is imported is not counted
    tracemalloc.start()
    try:
        literal = engine.to_literal(({"number": n, "text": "x" * 500} for n in range(count)), Iterator[JSON])
        found = sum(1 for _ in engine.to_python(literal, Iterator[JSON]))
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found == count
    assert Path(literal.scalar.blob.uri).stat().st_size > 30 << 20
    assert peak_bytes < 4 << 20


def test_nothing_is_read_before_it_is_asked_for() -> None:
    store = CountingStore()
    engine = TypeEngine(store=StoreRouter({"memory": store}), prefix="memory://streams/")
    literal = engine.to_literal([1, 2], Iterator[JSON])
    found = engine.to_python(literal, Iterator[JSON])
    assert engine.to_literal(found, Iterator[JSON]) == literal  # passed on, the file stays where it is
    literal.scalar.blob.uri = "memory://streams/missing"
    found = engine.to_python(literal, Iterator[JSON])
    with pytest.raises(StorageError):
        next(found)


def test_what_has_been_begun_is_written_anew(engine: TypeEngine) -> None:
    found = back(engine, [1, 2, 3], Iterator[JSON])
    next(found)
    assert list(back(engine, found, Iterator[JSON])) == [2, 3]


def test_it_can_be_closed(engine: TypeEngine) -> None:
    found = back(engine, [1, 2, 3], Iterator[JSON])
    next(found)
    found.close()
    assert list(found) == []


WRONG: list[tuple[Any, str]] = [
    (
        {"a": (1,)},
        (
            "expected a JSON document (None, `bool`, `int`, `float`, `str`, `list`, `dict`), got `tuple` (1,) - at "
            '`$[1]["a"]`'
        ),
    ),
    (
        [float("nan")],
        (
            "expected a JSON document (None, `bool`, `int`, `float`, `str`, `list`, `dict`), got `float` nan (JSON has "
            "no number for it) - at `$[1][0]`"
        ),
    ),
    ({1: 2}, "expected a JSON document, whose keys are `str`, got `int` 1 - at `$[1]`"),
    (
        b"x",
        (
            "expected a JSON document (None, `bool`, `int`, `float`, `str`, `list`, `dict`), got `bytes` b'x' - at "
            "`$[1]`"
        ),
    ),
]


@pytest.mark.parametrize(("document", "message"), WRONG, ids=["tuple", "nan", "key", "bytes"])
def test_what_json_would_change_is_refused_and_nothing_is_left(engine: TypeEngine, document: Any, message: str) -> None:
    assert refused(ConversionError, lambda: engine.to_literal(iter([1, document]), Iterator[JSON])) == message
    assert engine.store.list(engine.prefix.rstrip("/")) == []


def test_a_document_that_nests_too_deep_is_refused(engine: TypeEngine) -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert refused(ConversionError, lambda: engine.to_literal([deep], Iterator[JSON])) == (
        "expected a JSON document, got one that is nested too deep - at `$[0]`"
    )


def test_one_stream_in_two_places_is_refused(engine: TypeEngine) -> None:
    one = iter([1, 2])
    message = refused(ConversionError, lambda: engine.to_literal([one, one], list[Iterator[JSON]]))
    assert message.startswith("expected a value that is there once, got `list_iterator` ")
    assert " (reading it uses it up) - at `$[" in message
    assert [list(found) for found in back(engine, [[1], [1]], list[Iterator[JSON]])] == [[1], [1]]


def put(store: ObjectStore, prefix: str, data: bytes) -> idl.Literal:
    literal = idl.Literal()
    literal.scalar.blob.uri = f"{prefix}x.jsonl"
    store.put(literal.scalar.blob.uri, data)
    return literal


def test_empty_lines_are_passed_over(engine: TypeEngine) -> None:
    literal = put(engine.store, engine.prefix, b'{"a": 1}\r\n\n  \n2')
    assert list(engine.to_python(literal, Iterator[JSON])) == [{"a": 1}, 2]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"nope", "Expecting value: line 1 column 1 (char 0)"),
        (b"[" * 100_000, "it nests too deep"),
        (b"\xff\xfe", "'utf-8' codec can't decode"),
    ],
    ids=["text", "deep", "bytes"],
)
def test_a_line_that_is_no_document_is_named(engine: TypeEngine, line: bytes, reason: str) -> None:
    literal = put(engine.store, engine.prefix, b"1\n" + line + b"\n3\n")
    found = engine.to_python(literal, Iterator[JSON])
    assert next(found) == 1
    message = refused(ConversionError, lambda: next(found))
    assert message.startswith(
        f"expected a JSON document in each line, got line 2 of `{literal.scalar.blob.uri}` ({reason}"
    )


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [(Iterator[JSON], "the file of an `Iterator[JSON]`"), (Iterator[int], "`Iterator[int]`")],
)
def test_another_literal_is_refused(annotation: Any, expected: str) -> None:
    engine = TypeEngine()
    assert refused(ConversionError, lambda: engine.to_python(engine.to_literal(1, int), annotation)) == (
        f"expected {expected}, got the literal 1 - at `$`"
    )


def test_a_mark_of_the_byte_order_is_passed_over(engine: TypeEngine) -> None:
    assert list(engine.to_python(put(engine.store, engine.prefix, b"\xef\xbb\xbf[1]\n"), Iterator[JSON])) == [[1]]


# --- async ------------------------------------------------------------------------------------------------------------


async def counting(count: int) -> AsyncIterator[int]:
    for number in range(count):
        await asyncio.sleep(0)
        yield number


async def breaking_async() -> AsyncIterator[int]:
    yield 1
    raise KeyError("broken")


async def collected(values: AsyncIterable[Any]) -> list[Any]:
    return [value async for value in values]


ASYNC = [AsyncIterator[int], AsyncIterable[int], AsyncIterator[JSON], AsyncIterable[JSON], typing.AsyncIterator[JSON]]


@pytest.mark.parametrize("annotation", ASYNC, ids=str)
def test_an_async_iterator_goes_in_and_out(engine: TypeEngine, annotation: Any) -> None:
    literal = engine.to_literal(counting(3000), annotation)
    assert asyncio.run(collected(engine.to_python(literal, annotation))) == list(range(3000))
    assert (
        engine.guess(engine.literal_type(annotation))
        == collections.abc.__dict__[annotation.__origin__.__name__][annotation.__args__]
    )


@pytest.mark.parametrize("annotation", ASYNC, ids=str)
def test_a_running_loop_is_no_obstacle(engine: TypeEngine, annotation: Any) -> None:
    async def main() -> None:
        for literal in (
            await engine.to_literal_async(counting(3), annotation),
            engine.to_literal(counting(3), annotation),
        ):
            assert await collected(await engine.to_python_async(literal, annotation)) == [0, 1, 2]
            assert await collected(engine.to_python(literal, annotation)) == [0, 1, 2]

    asyncio.run(main())


def test_on_the_wire_it_is_what_an_iterator_is(engine: TypeEngine) -> None:
    assert list(engine.to_python(engine.to_literal(counting(3), AsyncIterator[int]), Iterator[int])) == [0, 1, 2]
    literal = engine.to_literal(counting(3), AsyncIterator[JSON])
    assert list(engine.to_python(literal, Iterator[JSON])) == [0, 1, 2]


def test_it_too_knows_nothing_before_it_is_read() -> None:
    store = CountingStore()
    engine = TypeEngine(store=StoreRouter({"memory": store}), prefix="memory://streams/")
    annotation = AsyncIterator[Pickled[type]]

    async def types() -> AsyncIterator[type]:
        yield dict
        yield list

    literal = engine.to_literal(types(), annotation)
    found = engine.to_python(literal, annotation)
    assert store.gets == []
    assert engine.to_literal(found, annotation) == literal
    assert asyncio.run(collected(found)) == [dict, list]


@pytest.mark.parametrize("annotation", [AsyncIterator[int], AsyncIterator[JSON]], ids=str)
def test_an_async_iterator_that_fails_is_refused_where_it_fails(engine: TypeEngine, annotation: Any) -> None:
    message = refused(ConversionError, lambda: engine.to_literal(breaking_async(), annotation))
    assert message.endswith(" that comes to its end, got one that fails (KeyError: 'broken') - at `$[1]`")


@pytest.mark.parametrize("annotation", [AsyncIterator[int], AsyncIterable[JSON]], ids=str)
def test_what_is_not_async_is_refused(annotation: Any) -> None:
    message = refused(ConversionError, lambda: TypeEngine().to_literal([1], annotation))
    assert message.endswith(", such as an async generator, got `list` [1] - at `$`")


def test_documents_before_a_bad_line_are_read(engine: TypeEngine) -> None:
    found = engine.to_python(put(engine.store, engine.prefix, b"1\n2\nnope\n"), AsyncIterator[JSON])

    async def main() -> list[Any]:
        read = [await anext(found), await anext(found)]
        with pytest.raises(ConversionError):
            await anext(found)
        return read

    assert asyncio.run(main()) == [1, 2]


# --- the laws ---------------------------------------------------------------------------------------------------------


def drained(value: Any) -> Any:
    """What is in a value, its iterators as lists."""
    if isinstance(value, AsyncIterable):
        return run_sync(collected(value))
    if isinstance(value, dict):
        return {key: drained(item) for key, item in value.items()}
    if isinstance(value, (list, Iterator)):
        return [drained(item) for item in value]
    return value


class Again(AsyncIterable[int]):
    """An async iterable that can be read again."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = numbers

    async def __aiter__(self) -> AsyncIterator[int]:
        for number in self.numbers:
            yield number

    def __repr__(self) -> str:
        return f"Again{self.numbers}"


class OfIterators(TransformerSuite):
    inside_structs = False
    examples = 6

    def same(self, one: Any, other: Any) -> bool:
        return bool(drained(one) == drained(other))


class TestIterators(OfIterators):
    annotation = Iterator[int]

    def values(self, annotation: Any) -> Iterable[Any]:
        return [[], [1, 2], [2**40]]


class TestAsyncIterators(OfIterators):
    annotations = (AsyncIterator[int], AsyncIterable[int], AsyncIterator[JSON], AsyncIterable[JSON])

    def values(self, annotation: Any) -> Iterable[Any]:
        return [Again(), Again(1, 2)]


class TestJsonIterators(OfIterators):
    annotation = Iterator[JSON]

    def values(self, annotation: Any) -> Iterable[Any]:
        return [[], [{"a": 1}, None], [[]]]
