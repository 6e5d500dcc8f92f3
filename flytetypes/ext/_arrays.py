"""Arrays of numpy: one `.npy` file each, numpy's own format, which says dtype, shape and order.

np.ndarray                                        any array whose values are not Python objects
NDArray[np.float64]                               of a dtype, checked both ways; a shape may be told too
Annotated[np.ndarray, kwtypes(mmap_mode="r")]     read as a part of memory that is loaded when it is touched
Annotated[np.ndarray, kwtypes(allow_pickle=True)] Python objects too, which are pickled
"""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from flytetypes._annotations import Annotation, source_of
from flytetypes._record import Record
from flytetypes.errors import AnnotationError, ConversionError, told
from flytetypes.storage import HeldObject, ObjectStore, Written
from flytetypes.types import _names
from flytetypes.types._file_values import FileForm, FileValueTransformer, file_name, load_path
from flytetypes.types._markers import FlyteAnnotation, HashMethod, OfType

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

# A dtype of many fields has a long header; numpy reads 10,000 characters, and evaluates them.
_MAX_HEADER: Final = 200_000
_MAX_HEADER_1_0: Final = 60_000
_NAME: Final = file_name(".npy")
_OF_CONSTRAINTS: Final = ("annotated_types", "pydantic", "msgspec")

_AsPart = Literal["r", "c"]


class ArrayTransformer(FileValueTransformer):
    """`np.ndarray`, and what it has in brackets."""

    name = _names.NUMPY
    format = _names.NUMPY_FORMAT

    def form(self, annotation: Annotation, engine: TypeEngine) -> FileForm:
        """Files that are written and read in parts."""
        expected = f"`{annotation.source}`"
        switches, kinds = _Switches.of(annotation), _Kinds.of(annotation)
        # flytekit has the type of such an annotation, and refuses its values.
        other = next((extra for extra in annotation.extras if not _is_known(extra)), None)

        def check(array: Any) -> None:
            if other is not None:
                asked = f"nothing but `kwtypes(allow_pickle=..., mmap_mode=...)` in the annotation of {expected}"
                raise ConversionError(asked, got=repr(other))
            kinds.check(array, expected)

        def source(value: Any) -> Written:
            if type(value) not in (np.ndarray, np.memmap):
                reason = "a subclass would come back as its parent" if isinstance(value, np.ndarray) else None
                raise ConversionError(expected, value, reason=reason)
            check(value)
            _check_writable(value, expected, allow_pickle=switches.allow_pickle)
            return Written(lambda sink: _write(sink, value, expected), hold=lambda most: _hold(value, expected, most))

        def load(store: ObjectStore, uri: str) -> Any:
            array = load_path(store, uri, f"a .npy file of {expected}", switches.reader())
            check(array)
            return array

        def give(held: Any) -> Any | None:
            if type(held) is not _HeldArray or switches.mmap_mode is not None:
                return None
            check(held.array)
            return held.array.copy(order="K")

        # Pickles run code, whoever wrote them and whatever the type says.
        classes = (np.ndarray, np.memmap)
        return FileForm(source, load, annotation.key, classes, _NAME, switches.allow_pickle, give)


class _Switches(Record):
    """What `kwtypes(...)` says of an array."""

    allow_pickle: bool = False
    mmap_mode: _AsPart | None = None

    @classmethod
    def of(cls, annotation: Annotation) -> _Switches:
        said: dict[str, Any] = {}
        for extra in annotation.extras:
            if isinstance(extra, dict):
                said |= extra
        for name, value in said.items():
            if name not in _ALLOWED:
                raise AnnotationError(
                    f"`{name}` says nothing about `{annotation.source}`: there are {' and '.join(map(repr, _ALLOWED))}"
                )
            if not any(value is allowed or value == allowed for allowed in _ALLOWED[name]):
                because = ", because it would change the stored object" if value in ("r+", "w+") else ""
                allowed = ", ".join(map(repr, _ALLOWED[name]))
                raise AnnotationError(f"`{name}` of `{annotation.source}` is one of {allowed}, not {value!r}{because}")
        return cls(**said)

    def reader(self) -> Callable[[str], Any]:
        """From the path of a file to the array in it."""
        mode, allow_pickle = self.mmap_mode, self.allow_pickle

        def read(path: str) -> Any:
            with open(path, "rb") as file:  # noqa: PTH123 - numpy takes a file
                return np.lib.format.read_array(file, allow_pickle=allow_pickle, max_header_size=_MAX_HEADER)

        def read_as_part(path: str) -> Any:
            # The memory stays when the file is removed, where a copy of a remote object is read.
            part = np.lib.format.open_memmap(path, mode=mode or "r", max_header_size=_MAX_HEADER)
            return np.asarray(part)

        return read if mode is None else read_as_part


_ALLOWED: Final[dict[str, tuple[Any, ...]]] = {"allow_pickle": (False, True), "mmap_mode": (None, "r", "c")}


class _Kinds(Record):
    """What stands in the brackets of `np.ndarray[shape, np.dtype[scalar]]`; None for what is free."""

    shape: tuple[int | None, ...] | None = None
    scalars: tuple[type, ...] | None = None

    @classmethod
    def of(cls, annotation: Annotation) -> _Kinds:
        if not annotation.args:
            return cls()
        if len(annotation.args) != 2:
            raise AnnotationError(f"`{annotation.source}` has a shape and a dtype in its brackets, and nothing else")
        shape, dtype = annotation.args
        return cls(_shape_of(shape, annotation), _scalars_of(dtype, annotation))

    def check(self, array: Any, expected: str) -> None:
        fits = self.scalars is None or issubclass(array.dtype.type, self.scalars)
        if fits and self.shape is not None:
            fits = len(self.shape) == array.ndim and all(
                wanted in (None, size) for wanted, size in zip(self.shape, array.shape, strict=True)
            )
        if not fits:
            raise ConversionError(expected, got=_told(array))


def _shape_of(shape: Any, annotation: Annotation) -> tuple[int | None, ...] | None:
    """The sizes that a shape asks for; None for any, also for each of them."""
    args = typing.get_args(shape)
    if typing.get_origin(shape) is not tuple or Ellipsis in args:
        if shape is Any or typing.get_origin(shape) is tuple or isinstance(shape, typing.TypeVar):
            return None
        raise AnnotationError(f"`{source_of(shape)}` is no shape of `{annotation.source}`: write `tuple[int, int]`")
    sizes: list[int | None] = []
    for arg in args:
        (size,) = typing.get_args(arg) if typing.get_origin(arg) is Literal else (None,)
        sizes.append(size)
    return tuple(sizes)


def _scalars_of(dtype: Any, annotation: Annotation) -> tuple[type, ...] | None:
    """The classes of scalars that a dtype asks for; None for any."""
    scalar = typing.get_args(dtype)[0] if typing.get_origin(dtype) is np.dtype else dtype
    if scalar is Any or isinstance(scalar, typing.TypeVar) or scalar is np.dtype:
        return None
    members = typing.get_args(scalar) if not isinstance(typing.get_origin(scalar), type) else ()
    scalars = tuple(typing.get_origin(member) or member for member in members or (scalar,))
    if not all(isinstance(member, type) and issubclass(member, np.generic) for member in scalars):
        raise AnnotationError(
            f"`{source_of(dtype)}` is no dtype of `{annotation.source}`: write `NDArray[np.float64]`, with a class of "
            "numpy's scalars"
        )
    return scalars


def _is_known(extra: Any) -> bool:
    if isinstance(extra, (dict, FlyteAnnotation, HashMethod, OfType)):
        return True
    return type(extra).__module__.partition(".")[0] in _OF_CONSTRAINTS


def _check_writable(array: Any, expected: str, *, allow_pickle: bool) -> None:
    """Raise for an array that a .npy file cannot give back."""
    dtype = array.dtype
    if dtype.hasobject and dtype.kind != "T":
        if allow_pickle:
            return
        raise ConversionError(
            f"{expected} whose values are no Python objects",
            got=_told(array),
            reason="they would be pickled, and reading that runs code: convert it, as by `astype(float)` or "
            "`astype(str)`, or annotate it as `Annotated[np.ndarray, kwtypes(allow_pickle=True)]`",
        )
    reason = None
    if dtype.metadata is not None:
        reason = "the metadata of its dtype would be lost: pass `array.astype(array.dtype.str)`"
    elif dtype.kind == "T":  # numpy would pickle it
        reason = "a .npy file has no place for its dtype: pass `array.astype(str)`"
    else:
        try:
            kept = np.lib.format.descr_to_dtype(np.lib.format.dtype_to_descr(dtype)) == dtype
        except (ValueError, TypeError) as error:
            kept, reason = False, str(error)
        if kept:
            return
    reason = reason or "a .npy file has no place for its dtype: convert it to one of numpy's own"
    raise ConversionError(f"{expected} that a .npy file can hold", got=_told(array), reason=reason)


def _write(sink: Any, array: Any, expected: str) -> None:
    # Of version 1.0 where that does: what numpy writes by itself, but without a warning for the others.
    header = repr(np.lib.format.header_data_from_array_1_0(array))
    version = (1, 0) if header.isascii() and len(header) < _MAX_HEADER_1_0 else (3, 0)
    try:
        np.lib.format.write_array(sink, array, version=version, allow_pickle=array.dtype.hasobject)
    except OSError:
        raise
    except Exception as error:  # pickling runs code of the objects
        reason = told(error)
        raise ConversionError(f"{expected} that a .npy file can hold", got=_told(array), reason=reason) from error


class _HeldArray(Record):
    """What is held of an array: a copy, with the dtype and the order that a file of it would give."""

    array: Any


def _hold(array: Any, expected: str, max_bytes: int) -> HeldObject | None:
    """An array in memory; None for one that is to be written."""
    if array.dtype.kind not in _HELD_KINDS or array.nbytes > max_bytes:
        return None
    order: Literal["C", "F"] = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
    copy = np.empty(array.shape, np.dtype(array.dtype.str), order)
    copy[...] = array
    return HeldObject(_HeldArray(copy), copy.nbytes, lambda sink: _write(sink, copy, expected))


_HELD_KINDS: Final = "biufcmMSU"


def _told(array: Any) -> str:
    """An array as errors show it: its values may be many."""
    return f"an array of `{array.dtype}` and of the shape {array.shape}"
