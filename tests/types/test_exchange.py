"""Conversions that move bytes: what is uploaded and downloaded, when, and how often."""

# mypy: disable-error-code="type-arg"
from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Union

import pytest

from flytetypes import idl
from flytetypes.errors import ConversionError, StorageError
from flytetypes.storage import MemoryStore, StoreRouter
from flytetypes.types import HashMethod, Outbox, Pickled, TypeEngine, kwtypes

ROOT = "memory://exchange"


class CountingStore(MemoryStore):
    """Notes the URIs that are read, and how many reads are under way at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []
        self.at_a_time = self.most_at_a_time = 0

    async def get_async(self, uri: str) -> bytes:
        self.read.append(uri)
        self.at_a_time += 1
        self.most_at_a_time = max(self.at_a_time, self.most_at_a_time)
        await asyncio.sleep(0)
        self.at_a_time -= 1
        return await super().get_async(uri)


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


@pytest.fixture
def engine(store: CountingStore) -> TypeEngine:
    return TypeEngine(store=StoreRouter({"memory": store}), prefix=f"{ROOT}/new")


def offloaded(store: MemoryStore, uri: str, literal: idl.Literal) -> idl.Literal:
    store.put(uri, literal.SerializeToString())
    pointer = idl.Literal()
    pointer.offloaded_metadata.uri = uri
    return pointer


def collection(items: Iterable[idl.Literal]) -> idl.Literal:
    literal = idl.Literal()
    literal.collection.literals.extend(items)
    return literal


# --- writing ----------------------------------------------------------------------------------------------------------


def test_an_object_goes_below_the_prefix_in_a_directory_of_its_own(engine: TypeEngine, store: CountingStore) -> None:
    uri = engine.to_literal({1}, Pickled[Any]).scalar.blob.uri
    root, bucket, new, directory, name = uri.removeprefix("memory://").rpartition("/")[0].split("/") + [uri[-32:]] * 2
    assert (root, bucket) == ("exchange", "new")
    assert len(new) == len(directory) == len(name) == 32
    assert store.list(ROOT) == [uri]


def test_what_a_union_tried_in_vain_is_not_uploaded(engine: TypeEngine, store: CountingStore) -> None:
    literal = engine.to_literal([{1}, None], Union[list[Pickled[Any]], list[Union[Pickled[set], None]]])
    (uri,) = store.list(ROOT)
    assert literal.scalar.union.value.collection.literals[0].scalar.union.value.scalar.blob.uri == uri


def test_a_savepoint_forgets_what_came_after_it() -> None:
    out = Outbox("memory://b/")
    kept = out.promise(b"1", "a")
    mark = out.savepoint()
    out.promise(b"2", "b")
    out.rollback(mark)
    assert list(out.uploads) == [kept]


def test_nothing_is_uploaded_when_a_later_part_does_not_fit(engine: TypeEngine, store: CountingStore) -> None:
    with pytest.raises(ConversionError):
        engine.to_literal([1, None], list[Pickled[Any]])
    assert store.list(ROOT) == []


def test_without_a_prefix_objects_go_to_a_directory_that_is_made_when_it_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    engine = TypeEngine()
    engine.to_literal([1], list[int])
    asyncio.run(engine.to_literal_async([1], list[int]))
    assert list(tmp_path.iterdir()) == []
    literal = engine.to_literal({1}, Pickled[Any])
    assert engine.to_python(literal, Pickled[Any]) == {1}
    assert Path(literal.scalar.blob.uri).is_relative_to(tmp_path)


# --- reading ----------------------------------------------------------------------------------------------------------


def test_the_objects_of_a_list_are_read_at_the_same_time_and_once(engine: TypeEngine, store: CountingStore) -> None:
    literal = engine.to_literal([{index} for index in range(40)], list[Pickled[Any]])
    literal.collection.literals.append(literal.collection.literals[0])
    assert engine.to_python(literal, list[Pickled[Any]]) == [*({index} for index in range(40)), {0}]
    assert len(store.read) == 40
    assert store.most_at_a_time > 10


def test_an_offloaded_literal_is_read_whatever_the_annotation(engine: TypeEngine, store: CountingStore) -> None:
    for value, annotation in (
        (5, int),
        ("a", str),
        (None, type(None)),
        ([1, 2], list[int]),
        ({"a": 1}, dict[str, int]),
        ({"a": 1}, dict),
        (5, Union[int, str]),
        ({1}, Pickled[Any]),
    ):
        pointer = offloaded(store, f"{ROOT}/value", engine.to_literal(value, annotation))
        assert engine.to_python(pointer, annotation) == value
        assert engine.from_bytes(pointer.SerializeToString(), annotation) == value
        assert asyncio.run(engine.to_python_async(pointer, annotation)) == value


def test_offloaded_literals_inside_a_literal_are_read_together(engine: TypeEngine, store: CountingStore) -> None:
    items = [offloaded(store, f"{ROOT}/{index}", engine.to_literal(index, int)) for index in range(50)]
    assert engine.to_python(collection(items), list[int]) == list(range(50))
    assert len(store.read) == 50


def test_what_offloaded_literals_refer_to_is_read_together_in_the_next_round(
    engine: TypeEngine, store: CountingStore
) -> None:
    inner = engine.to_literal([{index} for index in range(50)], list[Pickled[Any]])
    pointers = [offloaded(store, f"{ROOT}/{n}", offloaded(store, f"{ROOT}/{n}/inner", inner)) for n in range(20)]
    assert engine.to_python(collection(pointers), list[list[Pickled[Any]]]) == [[{n} for n in range(50)]] * 20
    assert len(store.read) == len(set(store.read)) == 50 + 20 + 20


def test_a_whole_call_reads_in_rounds_too(engine: TypeEngine, store: CountingStore) -> None:
    converter = engine.converter(list[int])
    literals = {
        f"x{index}": (converter, offloaded(store, f"{ROOT}/{index}", engine.to_literal([index], list[int])))
        for index in range(30)
    }
    given = {name: (of, pointer.SerializeToString()) for name, (of, pointer) in literals.items()}
    assert engine.from_bytes_all(given) == {f"x{index}": [index] for index in range(30)}
    assert len(store.read) == 30


def test_offloaded_literals_that_multiply_are_refused(
    engine: TypeEngine, store: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flytetypes.types._boxes.MAX_OPENED_BYTES", 100_000)
    level = engine.to_literal([1] * 100, list[int])
    for depth in range(4):
        level = collection([offloaded(store, f"{ROOT}/{depth}", level)] * 100)
    with pytest.raises(ConversionError, match="expected offloaded literals of at most 100,000 bytes, got larger ones"):
        engine.to_python(level, list[list[list[list[list[int]]]]])


def test_an_untyped_dict_that_msgpack_cannot_hold_is_pickled_where_that_is_allowed(
    engine: TypeEngine, store: CountingStore
) -> None:
    annotation = Annotated[dict, kwtypes(allow_pickle=True)]
    literal = engine.to_literal({"a": {1, 2}}, annotation)
    assert dict(literal.metadata) == {"format": "pickle"}
    assert engine.to_python(literal, annotation) == {"a": {1, 2}}
    assert engine.to_literal({"a": 1}, annotation).scalar.WhichOneof("value") == "binary"
    assert len(store.list(ROOT)) == 1


# --- under a running loop ---------------------------------------------------------------------------------------------


def test_plain_verbs_work_under_a_running_loop(engine: TypeEngine) -> None:
    async def convert() -> Any:
        return engine.to_python(engine.to_literal([{1}, {2}], list[Pickled[Any]]), list[Pickled[Any]])

    assert asyncio.run(convert()) == [{1}, {2}]


def test_async_verbs_do_the_same(engine: TypeEngine) -> None:
    async def convert() -> Any:
        literal = await engine.to_literal_async([{1}, {2}], list[Pickled[Any]])
        return await engine.to_python_async(literal, list[Pickled[Any]])

    assert asyncio.run(convert()) == [{1}, {2}]


def test_async_verbs_fail_the_same(engine: TypeEngine) -> None:
    with pytest.raises(ConversionError, match=r"expected `int`, got `str` 'x' - at `\$`"):
        asyncio.run(engine.to_literal_async("x", int))
    literal = engine.to_literal({1}, Pickled[Any])
    literal.scalar.blob.uri = f"{ROOT}/gone"
    with pytest.raises(StorageError, match="there is no object at `memory://exchange/gone`"):
        asyncio.run(engine.to_python_async(literal, Pickled[Any]))


# --- hashes -----------------------------------------------------------------------------------------------------------


def test_a_hash_is_of_the_value_it_is_annotated_on() -> None:
    engine = TypeEngine()
    hashed = Annotated[int, HashMethod(lambda value: f"hash of {value}")]
    assert engine.to_literal(5, hashed).hash == "hash of 5"
    assert [item.hash for item in engine.to_literal([1, 2], list[hashed]).collection.literals] == [
        "hash of 1",
        "hash of 2",
    ]
    whole = engine.to_literal([1, 2], Annotated[list[int], HashMethod(lambda value: str(len(value)))])
    assert (whole.hash, whole.collection.literals[0].hash) == ("2", "")


def test_the_first_hash_method_counts_and_an_empty_hash_is_none() -> None:
    engine = TypeEngine()
    two = Annotated[int, HashMethod(lambda _: "first"), HashMethod(lambda _: "second")]
    assert engine.to_literal(5, two).hash == "first"
    none = Annotated[int, HashMethod(lambda _: "")]
    assert engine.to_literal(5, none) == engine.to_literal(5, int)


def test_a_hash_changes_nothing_about_the_type_and_the_value() -> None:
    engine = TypeEngine()
    hashed = Annotated[int, HashMethod(str)]
    assert engine.literal_type(hashed) == engine.literal_type(int)
    assert engine.to_python(engine.to_literal(5, hashed), int) == 5
    assert engine.from_bytes(engine.to_bytes(5, hashed), hashed) == 5
