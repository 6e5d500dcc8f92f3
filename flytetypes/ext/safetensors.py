"""Tensors as safetensors files: the one format that numpy and torch both read, without running code from it.

Annotated[np.ndarray, SafeTensors()]                  one array
Annotated[dict[str, torch.Tensor], SafeTensors()]     what a model consists of, by name, in one file

Without the marker a dict of tensors is a map on the wire, with a file for each of them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from flytetypes._annotations import Annotation, parse, source_of
from flytetypes._lazy import require
from flytetypes._record import Record
from flytetypes.errors import AnnotationError, ConversionError, key_step, told
from flytetypes.storage import ObjectStore, Saved
from flytetypes.types import _names
from flytetypes.types._file_values import FileForm, FileValueTransformer, file_name, load_path
from flytetypes.types._plain import check_text

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

_NAME: Final = file_name(".safetensors")
_ALONE: Final = "tensor"  # the name of a tensor that stands alone
_RESERVED: Final = "__metadata__"  # of the format's own facts
_OF_NUMPY: Final = frozenset(
    [f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)]
    + [*("float16", "float32", "float64", "bool", "complex64")]
)
_NATIVE_ORDERS: Final = ("=", "|", "<" if sys.byteorder == "little" else ">")


class SafeTensors(FileValueTransformer):
    """`Annotated[T, SafeTensors()]`, where T is an array of numpy, a tensor of torch, or a `dict[str, ...]` of them.

    Args:
        device: Where torch puts what is read: `cpu`, `cuda:0`.
    """

    name = "SafeTensors"
    format = _names.SAFETENSORS_FORMAT

    def __init__(self, device: str = "cpu") -> None:
        self._device = device

    def __repr__(self) -> str:
        return "SafeTensors()" if self._device == "cpu" else f"SafeTensors({self._device!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SafeTensors) and other._device == self._device

    def __hash__(self) -> int:
        return hash((SafeTensors, self._device))

    def form(self, annotation: Annotation, engine: TypeEngine) -> FileForm:
        """The format's own file, by its own library."""
        expected = f"`{annotation.source}`"
        by_name = annotation.origin is dict and annotation.args[:1] == (str,)
        item = Annotation(parse(annotation.args[1] if by_name else annotation.bare).bare, ())
        package = _package_of(item, annotation)
        purpose = f"storing {expected} as a safetensors file"
        require("safetensors", extra="safetensors", purpose=purpose)
        library = require(f"safetensors.{package}", extra="safetensors", purpose=purpose)
        found = engine.registry.find(item).transformer
        if not isinstance(found, FileValueTransformer):
            raise _unknown(annotation)
        tensors = _Tensors(
            expected,
            found.form(item, engine).source,
            library.save_file,
            partial(library.load_file, device=self._device) if package == "torch" else library.load_file,
        )
        if by_name:
            return FileForm(tensors.source_of_all, tensors.load_all, annotation.key, (dict,), _NAME)
        return FileForm(tensors.source_of_one, tensors.load_one, annotation.key, (item.origin,), _NAME)


class _Tensors(Record):
    """The tensors of one annotation, alone or by name.

    Attributes:
        expected: The annotation, for errors.
        check: Raises `ConversionError` for a tensor that is not of the annotation.
        save_file: From tensors by name to the file at a path.
        load_file: Back.
    """

    expected: str
    check: Callable[[Any], object]
    save_file: Callable[[dict[str, Any], str], object]
    load_file: Callable[[str], dict[str, Any]]

    def source_of_one(self, value: Any) -> Saved:
        return self._source({_ALONE: self._checked(value)})

    def source_of_all(self, value: Any) -> Saved:
        return self._source(self._all_checked(value))

    def load_one(self, store: ObjectStore, uri: str) -> Any:
        tensors = self._load(store, uri)
        if len(tensors) != 1:
            raise ConversionError("a safetensors file of one tensor", got=f"one of {len(tensors)}")
        (tensor,) = tensors.values()
        return self._checked(tensor)

    def load_all(self, store: ObjectStore, uri: str) -> dict[str, Any]:
        return self._all_checked(self._load(store, uri))

    def _checked(self, tensor: Any) -> Any:
        self.check(tensor)
        _check_dtype(tensor)
        return tensor

    def _all_checked(self, value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise ConversionError(self.expected, value)
        for name, tensor in value.items():
            if type(name) is not str or name == _RESERVED:
                raise ConversionError(f"a `str` other than {_RESERVED!r} as the name of a tensor", name)
            check_text(name)
            try:
                self._checked(tensor)
            except ConversionError as error:
                raise error.within(key_step(name))  # noqa: B904 - the same error, with its address
        return value

    def _source(self, tensors: dict[str, Any]) -> Saved:
        return Saved(lambda path: self._save(tensors, path), _NAME)

    def _save(self, tensors: dict[str, Any], path: str) -> None:
        try:
            self.save_file({name: _contiguous(tensor) for name, tensor in tensors.items()}, path)
        except Exception as error:  # tensors that share memory, among others
            names = ", ".join(map(repr, tensors))
            raise ConversionError("tensors that a safetensors file can hold", got=names, reason=told(error)) from error

    def _load(self, store: ObjectStore, uri: str) -> dict[str, Any]:
        found: dict[str, Any] = load_path(store, uri, f"a safetensors file of {self.expected}", self.load_file)
        return found


def _package_of(item: Annotation, annotation: Annotation) -> str:
    """Which package the tensors are of; it has been imported, or nobody could name its class."""
    cls = item.origin
    package = cls.__module__.partition(".")[0] if isinstance(cls, type) else ""
    if (package, getattr(cls, "__name__", "")) not in (("numpy", "ndarray"), ("torch", "Tensor")):
        raise _unknown(annotation)
    return package


def _unknown(annotation: Annotation) -> AnnotationError:
    return AnnotationError(
        f"`{source_of(annotation.bare)}` cannot be a safetensors file: annotate `np.ndarray`, `torch.Tensor`, or a "
        "`dict[str, ...]` of one of them"
    )


def _check_dtype(tensor: Any) -> None:
    """Raise `ConversionError` for an array that the format cannot give back."""
    dtype = tensor.dtype
    if not hasattr(dtype, "byteorder"):  # of torch, whose library refuses what does not fit
        return
    if dtype.name not in _OF_NUMPY or dtype.byteorder not in _NATIVE_ORDERS:
        raise ConversionError(
            "`ndarray` of numbers in the byte order of this machine",
            got=f"an array of `{dtype}` ('{dtype.str}') and of the shape {tensor.shape}",
            reason="a safetensors file has no place for others: convert it, as by `astype(float)`",
        )


def _contiguous(tensor: Any) -> Any:
    # The library reads from where the memory begins, and takes the caller's word for its order.
    if hasattr(tensor, "is_contiguous"):
        return tensor if tensor.is_contiguous() else tensor.contiguous()
    return tensor if tensor.flags.c_contiguous else tensor.copy(order="C")
