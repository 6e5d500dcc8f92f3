"""Arrays of numpy: what comes back is what went in, and what a .npy file cannot give back is refused."""

from __future__ import annotations

import io
import subprocess
import sys
import tracemalloc
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Optional, Union

import numpy as np
import numpy.typing as npt
import pytest

from engines import KINDS, engine_of, refused
from flytetypes import idl
from flytetypes.errors import AnnotationError, ConversionError, StorageError
from flytetypes.storage import MemoryStore, StoreRouter
from flytetypes.testing import TransformerSuite
from flytetypes.types import HashMethod, TypeEngine, kwtypes

WITH_OBJECTS = Annotated[np.ndarray, kwtypes(allow_pickle=True)]
AS_PART = Annotated[np.ndarray, kwtypes(mmap_mode="r")]
AS_OWN_PART = Annotated[np.ndarray, kwtypes(mmap_mode="c")]
Matrix = np.ndarray[tuple[int, Literal[3]], np.dtype[np.floating[Any]]]


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> TypeEngine:
    return engine_of(request.param, tmp_path)


def back(engine: TypeEngine, value: Any, annotation: Any = np.ndarray) -> Any:
    return engine.to_python(engine.to_literal(value, annotation), annotation)


def assert_same(one: Any, other: Any) -> None:
    assert type(one) is np.ndarray
    assert (one.dtype, one.dtype.str, one.shape) == (other.dtype, other.dtype.str, other.shape)
    np.testing.assert_array_equal(one, other)


MANY_FIELDS = np.zeros(2, dtype=[(f"a field with a long name, number {number}", "i4") for number in range(1500)])
ARRAYS = {
    "integers": np.arange(10),
    "without dimensions": np.array(3.5),
    "empty": np.zeros((0, 3)),
    "empty in the middle": np.zeros((2, 0, 3), "f4"),
    "in Fortran's order": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    "of the other byte order": np.arange(4, dtype=">i8"),
    "of half precision": np.array([1.5, np.nan, -0.0], "f2"),
    "complex": np.array([1 + 2j]),
    "booleans": np.array([[True], [False]]),
    "texts": np.array(["a", "bc", ""]),
    "bytes with a zero inside": np.array([b"x\0y"]),
    "instants": np.array(["2024-01-02T03:04:05.123456789", "NaT"], "M8[ns]"),
    "durations": np.array([1, 2], "m8[s]"),
    "records": np.array([(1, 2.0, (3, 4))], dtype=[("a", "i4"), ("b", ">f8"), ("c", "u1", (2,))]),
    "records with gaps": np.zeros(3, np.dtype([("a", "i1"), ("b", "i8")], align=True)),
    "records with odd names": np.array([(1,)], dtype=[("é", "i4")]),
    "records of many fields": MANY_FIELDS,
    "void": np.zeros(2, "V5"),
    "every second": np.arange(20)[::2],
    "backwards": np.arange(5)[::-1],
    "transposed": np.arange(6).reshape(2, 3).T,
    "broadcast": np.broadcast_to(np.arange(3), (4, 3)),
    "read only": np.frombuffer(b"abcd", "u1"),
}


@pytest.mark.parametrize("annotation", [np.ndarray, AS_PART, AS_OWN_PART], ids=["read", "r", "c"])
@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS.keys())
def test_an_array_comes_back_as_it_was(engine: TypeEngine, array: Any, annotation: Any) -> None:
    assert_same(back(engine, array, annotation), array)


def test_the_order_in_memory_is_kept(engine: TypeEngine) -> None:
    for array in (ARRAYS["in Fortran's order"], ARRAYS["transposed"], np.ones((3, 2))):
        found = back(engine, array)
        assert found.flags.f_contiguous == array.flags.f_contiguous
        assert found.flags.c_contiguous == array.flags.c_contiguous


def test_the_file_is_what_numpy_writes(engine: TypeEngine) -> None:
    array = np.arange(6.0).reshape(2, 3)
    literal = engine.to_literal(array, np.ndarray)
    buffer = io.BytesIO()
    np.save(buffer, array)
    assert engine.store.get(literal.scalar.blob.uri) == buffer.getvalue()
    assert literal.scalar.blob.metadata.type == idl.BlobType(format="NumpyArray")
    assert literal.scalar.blob.uri.endswith(".npy")


def test_what_is_read_can_be_changed_and_the_object_stays(engine: TypeEngine) -> None:
    literal = engine.to_literal(np.arange(3), np.ndarray)
    for annotation in (np.ndarray, AS_OWN_PART):
        engine.to_python(literal, annotation)[0] = 7
    assert engine.to_python(literal, np.ndarray).tolist() == [0, 1, 2]


def test_a_mapped_array_is_read_from_the_file_itself_where_that_is_local(tmp_path: Path) -> None:
    engine = TypeEngine(prefix=f"{tmp_path}/")
    literal = engine.to_literal(np.arange(1000.0), np.ndarray)
    found: Any = engine.to_python(literal, AS_PART)
    assert found.base.filename == literal.scalar.blob.uri
    assert not found.flags.writeable


def test_a_mapped_array_can_be_passed_on(engine: TypeEngine) -> None:
    found = back(engine, np.arange(5), AS_PART)
    assert_same(back(engine, found), np.arange(5))
    assert_same(back(engine, found[1:3]), np.arange(1, 3))


def test_a_memmap_is_an_array(engine: TypeEngine, tmp_path: Path) -> None:
    mapped = np.memmap(tmp_path / "mapped", dtype="i4", mode="w+", shape=(3,))
    mapped[:] = [1, 2, 3]
    assert_same(back(engine, mapped), np.array([1, 2, 3], "i4"))
    assert_same(back(engine, mapped, Union[str, np.ndarray]), np.array([1, 2, 3], "i4"))


def test_writing_and_reading_hold_no_second_copy() -> None:
    array = np.zeros(4 << 20)  # 32 MiB
    engine = TypeEngine()
    engine.to_python(engine.to_literal(np.zeros(3), np.ndarray), np.ndarray)  # what is imported is not counted
    tracemalloc.start()
    try:
        literal = engine.to_literal(array, np.ndarray)
        written_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        engine.to_python(literal, np.ndarray)
        read_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        mapped = engine.to_python(literal, AS_PART)
        mapped_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert mapped.shape == array.shape
    assert written_bytes < 20 << 20
    assert read_bytes < array.nbytes * 1.3
    assert mapped_bytes < array.nbytes + (1 << 20)  # the array that was read before, and nothing else


SHAPE = "tuple[Any, ...]" if "tuple" in str(npt.NDArray[np.float64]) else "Any"


# --- refusals ---------------------------------------------------------------------------------------------------------

STRINGS = getattr(np.dtypes, "StringDType", None) if hasattr(np, "dtypes") else None

REFUSED: list[tuple[Any, Any, str]] = [
    (np.ndarray, [1], "expected `ndarray`, got `list` [1] - at `$`"),
    (
        np.ndarray,
        np.array([1, None]),
        (
            "expected `ndarray` whose values are no Python objects, got an array of `object` and of the shape (2,) (they "
            "would be pickled, and reading that runs code: convert it, as by `astype(float)` or `astype(str)`, or annotate "
            "it as `Annotated[np.ndarray, kwtypes(allow_pickle=True)]`) - at `$`"
        ),
    ),
    (
        np.ndarray,
        np.array([(1, "a")], dtype=[("a", "i4"), ("b", "O")]),
        (
            "expected `ndarray` whose values are no Python objects, got an array of `[('a', '<i4'), ('b', 'O')]` and of the "
            "shape (1,) (they would be pickled, and reading that runs code: convert it, as by `astype(float)` or "
            "`astype(str)`, or annotate it as `Annotated[np.ndarray, kwtypes(allow_pickle=True)]`) - at `$`"
        ),
    ),
    (
        np.ndarray,
        np.ma.masked_array([1, 2], [True, False]),
        (
            "expected `ndarray`, got `MaskedArray` masked_array(data=[--, 2], ...e], fill_value=999999) (a subclass would come back "
            "as its parent) - at `$`"
        ),
    ),
    (
        np.ndarray,
        np.array([1.0]).astype(np.dtype("f8", metadata={"unit": "m"})),
        (
            "expected `ndarray` that a .npy file can hold, got an array of `float64` and of the shape (1,) (the metadata of "
            "its dtype would be lost: pass `array.astype(array.dtype.str)`) - at `$`"
        ),
    ),
    (
        np.ndarray,
        np.zeros(1, np.dtype({"names": ["b", "a"], "formats": ["i4", "i4"], "offsets": [8, 0]})),
        (
            "expected `ndarray` that a .npy file can hold, got an array of `{'names': ['b', 'a'], 'formats': ['<i4', '<i4'], "
            "'offsets': [8, 0], 'itemsize': 12}` and of the shape (1,) (dtype.descr is not defined for types with "
            "overlapping or out-of-order fields) - at `$`"
        ),
    ),
    (
        npt.NDArray[np.float64],
        np.arange(3),
        f"expected `ndarray[{SHAPE}, dtype[float64]]`, got an array of `int64` and of the shape (3,) - at `$`",
    ),
    (
        Matrix,
        np.ones(3),
        (
            "expected `ndarray[tuple[int, Literal[3]], dtype[floating[Any]]]`, got an array of `float64` and of the shape "
            "(3,) - at `$`"
        ),
    ),
    (
        Matrix,
        np.ones((3, 2)),
        (
            "expected `ndarray[tuple[int, Literal[3]], dtype[floating[Any]]]`, got an array of `float64` and of the shape "
            "(3, 2) - at `$`"
        ),
    ),
    (
        Annotated[np.ndarray, "x"],
        np.array([1]),
        "expected nothing but `kwtypes(allow_pickle=..., mmap_mode=...)` in the annotation of `ndarray`, got 'x' - at `$`",
    ),
]


@pytest.mark.parametrize(("annotation", "value", "message"), REFUSED, ids=[row[2][:50] for row in REFUSED])
def test_what_cannot_come_back_is_refused(annotation: Any, value: Any, message: str) -> None:
    engine = TypeEngine()
    assert refused(ConversionError, lambda: engine.to_literal(value, annotation)) == message


@pytest.mark.skipif(STRINGS is None, reason="this numpy has no strings of any length")
@pytest.mark.parametrize("annotation", [np.ndarray, WITH_OBJECTS])
def test_strings_of_any_length_are_refused(annotation: Any) -> None:
    assert STRINGS is not None
    value = np.array(["a"], dtype=STRINGS())
    assert refused(ConversionError, lambda: TypeEngine().to_literal(value, annotation)) == (
        "expected `ndarray` that a .npy file can hold, got an array of `StringDType()` and of the shape (1,) (a .npy "
        "file has no place for its dtype: pass `array.astype(str)`) - at `$`"
    )


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        (
            Annotated[np.ndarray, kwtypes(allow_pickel=True)],
            "`allow_pickel` says nothing about `ndarray`: there are 'allow_pickle' and 'mmap_mode'",
        ),
        (
            Annotated[np.ndarray, kwtypes(allow_pickle="yes")],
            "`allow_pickle` of `ndarray` is one of False, True, not 'yes'",
        ),
        (
            Annotated[np.ndarray, kwtypes(mmap_mode="r+")],
            "`mmap_mode` of `ndarray` is one of None, 'r', 'c', not 'r+', because it would change the stored object",
        ),
        (
            np.ndarray[int, np.dtype[np.int8]],  # type: ignore[type-var]
            "`int` is no shape of `ndarray[int, dtype[int8]]`: write `tuple[int, int]`",
        ),
        (
            np.ndarray[Any, np.dtype[int]],  # type: ignore[type-var]
            (
                "`dtype[int]` is no dtype of `ndarray[Any, dtype[int]]`: write `NDArray[np.float64]`, with a class of numpy's "
                "scalars"
            ),
        ),
    ],
)
def test_an_annotation_that_makes_no_sense_is_refused(annotation: Any, message: str) -> None:
    assert refused(AnnotationError, lambda: TypeEngine().converter(annotation)) == message


@pytest.mark.parametrize("cls", [np.matrix, np.ma.MaskedArray, np.recarray, np.char.chararray])
def test_a_class_of_arrays_that_says_more_is_not_annotated(cls: type) -> None:
    assert refused(AnnotationError, lambda: TypeEngine().converter(cls)).startswith(
        f"no transformer for `{cls.__name__}`"
    )


def test_a_wrong_array_is_refused_at_its_place(engine: TypeEngine) -> None:
    value = {"a": [np.ones(2)], "b": [np.ones(2), np.array([None])]}
    assert refused(ConversionError, lambda: engine.to_literal(value, dict[str, list[np.ndarray]])).endswith(
        ' - at `$["b"][1]`'
    )


def test_what_cannot_be_pickled_is_refused_at_its_place(engine: TypeEngine) -> None:
    value = [np.array([1, None]), np.array([lambda: 1])]
    message = refused(ConversionError, lambda: engine.to_literal(value, list[WITH_OBJECTS]))
    assert message.startswith("expected `ndarray` that a .npy file can hold, got an array of `object`")
    assert message.endswith(" - at `$[1]`")


# --- brackets ---------------------------------------------------------------------------------------------------------

ANY_OF = np.ndarray[Any, np.dtype[Union[np.int8, np.int16]]]


@pytest.mark.parametrize(
    ("annotation", "array"),
    [
        (npt.NDArray[np.float64], np.ones(3)),
        (npt.NDArray[np.datetime64], np.array(["2024-01-01"], "M8[D]")),
        (npt.NDArray[np.integer[Any]], np.ones(3, "u2")),
        (npt.NDArray[Any], np.ones(3)),
        (npt.NDArray[np.generic], np.ones(3)),
        (ANY_OF, np.ones(3, "i2")),
        (np.ndarray[Any, Any], np.ones(3)),
        (np.ndarray[tuple[int, int], np.dtype[Any]], np.ones((3, 2))),
        (np.ndarray[tuple[int, ...], np.dtype[np.float64]], np.ones((3, 2, 1))),
        (np.ndarray[tuple[()], np.dtype[np.float64]], np.array(1.0)),
        (Matrix, np.ones((2, 3), "f4")),
    ],
)
def test_what_stands_in_brackets_is_checked(engine: TypeEngine, annotation: Any, array: Any) -> None:
    assert_same(back(engine, array, annotation), array)
    assert engine.literal_type(annotation) == engine.literal_type(np.ndarray)


def test_it_is_checked_when_reading_too(engine: TypeEngine) -> None:
    literal = engine.to_literal([np.ones(2), np.arange(2)], list[np.ndarray])
    message = refused(ConversionError, lambda: engine.to_python(literal, list[npt.NDArray[np.float64]]))
    assert message.endswith(", got an array of `int64` and of the shape (2,) - at `$[1]`")


# --- Python objects ---------------------------------------------------------------------------------------------------


def test_objects_are_pickled_where_the_annotation_says_so(engine: TypeEngine) -> None:
    array = np.array([1, "a", None, {"b": [2.5]}], dtype=object)
    assert back(engine, array, WITH_OBJECTS).tolist() == array.tolist()
    assert engine.converter(WITH_OBJECTS).runs_code
    assert not engine.converter(np.ndarray).runs_code


def test_pickles_are_not_read_without_the_annotation(engine: TypeEngine) -> None:
    literal = engine.to_literal(np.array([None]), WITH_OBJECTS)
    message = refused(ConversionError, lambda: engine.to_python(literal, np.ndarray))
    assert message.startswith("expected a .npy file of `ndarray`, got ")
    assert message.endswith(" bytes (ValueError: Object arrays cannot be loaded when allow_pickle=False) - at `$`")


# --- wherever it stands -----------------------------------------------------------------------------------------------


@dataclass
class Sample:
    pixels: np.ndarray
    masks: list[npt.NDArray[np.bool_]]
    extra: Optional[dict[str, np.ndarray]] = None


def test_inside_a_struct_it_is_the_path_of_its_file(engine: TypeEngine) -> None:
    sample = Sample(np.ones((2, 2)), [np.array([True]), np.array([False])], {"a": np.arange(3)})
    found = back(engine, sample, Sample)
    assert_same(found.pixels, sample.pixels)
    for one, other in zip(found.masks, sample.masks, strict=True):
        assert_same(one, other)
    assert_same(found.extra["a"], np.arange(3))


def test_a_struct_may_hold_many_arrays(engine: TypeEngine) -> None:
    sample = Sample(np.ones(1), [np.ones(size, bool) for size in range(40)])
    assert [mask.size for mask in back(engine, sample, Sample).masks] == list(range(40))


def test_a_struct_announces_it_as_flytekit_does() -> None:
    engine = TypeEngine()
    literal_type = engine.literal_type(Sample)
    assert literal_type.structure.dataclass_type["pixels"] == engine.literal_type(np.ndarray)
    assert not literal_type.HasField("metadata")  # flytekit has no schema of a class with an array


def test_a_union_takes_an_array_for_what_it_is(engine: TypeEngine) -> None:
    annotation = Union[npt.NDArray[np.float64], npt.NDArray[np.int64], str, None]
    for array in (np.ones(2), np.arange(2)):
        assert_same(back(engine, array, annotation), array)
    assert back(engine, "a", annotation) == "a"


def test_a_hash_can_be_told(engine: TypeEngine) -> None:
    annotation = Annotated[np.ndarray, HashMethod(lambda array: str(array.sum()))]
    assert engine.to_literal(np.arange(4), annotation).hash == "6"


def test_equal_arrays_are_one_object_where_objects_are_named_by_content() -> None:
    engine = TypeEngine(store=StoreRouter({"memory": MemoryStore()}), prefix="memory://arrays", content_addressed=True)
    one, other, third = (engine.to_literal(np.arange(size), np.ndarray) for size in (3, 3, 4))
    assert one == other
    assert one != third
    assert len(engine.store.list("memory://arrays")) == 2


# --- bad input --------------------------------------------------------------------------------------------------------


def literal_of(uri: str, **more: Any) -> idl.Literal:
    literal = idl.Literal()
    literal.scalar.blob.uri = uri
    for name, value in more.items():
        setattr(literal.scalar.blob.metadata.type, name, value)
    return literal


def npy(array: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def huge() -> bytes:
    """A file that says it has a million times a million numbers, and has three."""
    return npy(np.arange(3)).replace(b"(3,), }" + b" " * 12, b"(1000000000000,), }", 1)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x93NUMPY",
        b"no array at all",
        npy(np.arange(100))[:-1],
        npy(np.arange(3)).replace(b"<i8", b"<q9"),
        huge(),
    ],
    ids=["empty", "cut in its magic", "another", "cut off", "of no dtype", "huge"],
)
@pytest.mark.parametrize("annotation", [np.ndarray, AS_PART], ids=["read", "r"])
def test_a_file_that_is_no_array_is_refused(engine: TypeEngine, annotation: Any, data: bytes) -> None:
    uri = f"{engine.prefix}x.npy"
    engine.store.put(uri, data)
    message = refused(ConversionError, lambda: engine.to_python([literal_of(uri)][0], annotation))
    assert message.startswith(f"expected a .npy file of `ndarray`, got {len(data)} bytes (")


def test_a_file_that_is_gone_is_an_error_of_the_store(engine: TypeEngine) -> None:
    literal = engine.to_literal(np.arange(3), np.ndarray)
    engine.store.delete(literal.scalar.blob.uri)
    with pytest.raises(StorageError) as caught:
        engine.to_python(literal, np.ndarray)
    assert caught.value.uri == literal.scalar.blob.uri


def test_a_directory_is_refused(engine: TypeEngine) -> None:
    literal = literal_of("memory://a/b", dimensionality=idl.BlobType.MULTIPART)
    assert refused(ConversionError, lambda: engine.to_python(literal, np.ndarray)) == (
        "expected the file of a `ndarray`, got the directory `memory://a/b` - at `$`"
    )


def test_another_literal_is_refused(engine: TypeEngine) -> None:
    assert refused(ConversionError, lambda: engine.to_python(engine.to_literal(1, int), np.ndarray)) == (
        "expected the file of a `ndarray`, got the literal 1 - at `$`"
    )


# --- types ------------------------------------------------------------------------------------------------------------


def run(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr.strip().rpartition("\n")[2]


def test_a_guess_finds_the_class_only_where_numpy_is_loaded() -> None:
    program = """
import sys
from flytetypes import TypeEngine, idl
literal_type = idl.LiteralType()
literal_type.blob.format = "NumpyArray"
print(TypeEngine().guess(literal_type).__name__, "numpy" in sys.modules)
import numpy
print(TypeEngine().guess(literal_type).__name__)
"""
    assert run(program).split() == ['FlyteFile["NumpyArray"]', "False", "ndarray"]


def test_arrays_are_explained() -> None:
    assert str(TypeEngine().explain(WITH_OBJECTS)).splitlines()[0] == (
        "ndarray: file(NumpyArray), by Numpy Array, in the store, runs code when read"
    )


class TestArrays(TransformerSuite):
    annotations = (np.ndarray, npt.NDArray[np.float64], AS_OWN_PART)
    examples = 8

    def values(self, annotation: Any) -> Iterable[Any]:
        return [np.ones((2, 2)), np.zeros((0, 3)), np.array(2.5)]
