"""What torch has: tensors, modules and checkpoints, one `.pt` file each.

Tensors and checkpoints are read without unpickling what is not data (`weights_only`); whole modules are pickles, and
reading one runs code. Where what is read goes is up to the reader, by `kwtypes(device="cuda:0")` inside `Annotated`:
without it where it was when it was written, or to the CPU where that device is not.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import torch

from flytetypes._annotations import Annotation
from flytetypes.errors import AnnotationError, ConversionError, describe, key_step, told
from flytetypes.storage import ObjectStore, Written
from flytetypes.types import _names
from flytetypes.types._file_values import FileForm, FileValueTransformer, file_name, load_path
from flytetypes.types._registry import Registry

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

_NAME: Final = file_name(".pt")
_DEVICE: Final = "device"


class PyTorchCheckpoint(dict[str, Any]):
    """What is to be kept of a training: a dict of tensors, numbers, texts, and lists and dicts of those.

    A state dict is one: `PyTorchCheckpoint(model.state_dict())`. So is what flytekit makes of its arguments:

    Args:
        content: Entries.
        module: Its state dict becomes the entry `module_state_dict`.
        hyperparameters: Entries.
        optimizer: Its state dict becomes the entry `optimizer_state_dict`.
    """

    def __init__(
        self,
        content: Mapping[str, Any] | None = None,
        *,
        module: torch.nn.Module | None = None,
        hyperparameters: Mapping[str, Any] | None = None,
        optimizer: torch.optim.Optimizer | None = None,
    ) -> None:
        super().__init__(content or {})
        if module is not None:
            self["module_state_dict"] = module.state_dict()
        if optimizer is not None:
            self["optimizer_state_dict"] = optimizer.state_dict()
        self.update(hyperparameters or {})


class _TorchTransformer(FileValueTransformer):
    """The base of those below: how a value is checked, and what of it is saved."""

    weights_only = True

    def __init__(self, *classes: type) -> None:
        self.classes = classes

    def accepts(self, value: Any, cls: type) -> bool:
        """Whether it is a value of a class that comes back as what it was."""
        return type(value) in self.classes and isinstance(value, cls)

    def check(self, value: Any) -> None:
        """Raise `ConversionError` for a value with something in it that could not be read again."""

    def saved(self, value: Any) -> Any:
        """What is handed to `torch.save`."""
        return value

    def loaded(self, value: Any) -> Any:
        """The value, from what `torch.load` gave."""
        return value

    def form(self, annotation: Annotation, engine: TypeEngine) -> FileForm:
        """What `torch.save` writes."""
        cls: type = annotation.origin
        expected = f"`{annotation.source}`"
        place = _place_of(annotation)

        def source(value: Any) -> Written:
            if not self.accepts(value, cls):
                is_cut = isinstance(value, cls) and type(value) not in self.classes
                reason = "a subclass would come back as its parent" if is_cut else None
                raise ConversionError(expected, value, reason=reason)
            self.check(value)
            return Written(lambda sink: write(sink, value))

        def write(sink: Any, value: Any) -> None:
            try:
                torch.save(self.saved(value), sink)
            except OSError:
                raise
            except Exception as error:  # pickling runs code of the object
                raise ConversionError(f"{expected} that torch can save", value, reason=told(error)) from error

        def load(store: ObjectStore, uri: str) -> Any:
            value = self.loaded(load_path(store, uri, f"a file that torch can load as {expected}", read))
            if not self.accepts(value, cls):
                raise ConversionError(expected, got=f"{describe(value)} from the file")
            return value

        def read(path: str) -> Any:
            return torch.load(path, map_location=place, weights_only=self.weights_only)

        classes = self.classes if self.weights_only else (cls,)
        return FileForm(source, load, annotation.key, classes, _NAME, runs_code=not self.weights_only)


class TensorTransformer(_TorchTransformer):
    """`torch.Tensor` and `nn.Parameter`; a tensor that is a view is written without the rest of what it shows."""

    name = _names.TORCH_TENSOR
    format = _names.TORCH_TENSOR_FORMAT

    def saved(self, value: Any) -> Any:
        """The tensor, or a copy of it alone."""
        if value.layout is not torch.strided or type(value) is not torch.Tensor:
            return value
        if value.untyped_storage().nbytes() <= value.numel() * value.element_size():
            return value
        return value.detach().clone().requires_grad_(value.requires_grad)


class ModuleTransformer(_TorchTransformer):
    """`nn.Module`, and every class derived from it: the object as a pickle, which needs its class when it is read."""

    name = _names.TORCH_MODULE
    format = _names.TORCH_MODULE_FORMAT
    weights_only = False

    def accepts(self, value: Any, cls: type) -> bool:
        """Its class is in the file."""
        return isinstance(value, cls)


class CheckpointTransformer(_TorchTransformer):
    """`PyTorchCheckpoint`."""

    name = _names.TORCH_CHECKPOINT
    format = _names.TORCH_CHECKPOINT_FORMAT

    def check(self, value: Any) -> None:
        """Nothing but data is read again."""
        _check_data(dict(value))

    def saved(self, value: Any) -> Any:
        """A plain dict, which everybody can read."""
        return dict(value)

    def loaded(self, value: Any) -> Any:
        """Of the class that is annotated."""
        return PyTorchCheckpoint(value) if isinstance(value, dict) else value


def _place_of(annotation: Annotation) -> Any:
    """The `map_location` for what is read: the device that the annotation says, else that of the writer or the CPU."""
    said: dict[str, Any] = {}
    for extra in annotation.extras:
        if isinstance(extra, dict):
            said |= extra
    other = next((name for name in said if name != _DEVICE), None)
    if other is not None:
        raise AnnotationError(f"`{other}` says nothing about `{annotation.source}`: there is {_DEVICE!r}")
    if _DEVICE not in said:
        return _where_it_was
    try:
        return torch.device(said[_DEVICE])
    except (RuntimeError, TypeError) as error:
        raise AnnotationError(f"`{_DEVICE}` of `{annotation.source}` is no device of torch: {error}") from None


def _where_it_was(storage: Any, location: str) -> Any:
    """None for a device that is here, which torch then takes; else the storage as it is, on the CPU."""
    kind, _, number = location.partition(":")
    if kind == "cuda" and torch.cuda.is_available() and int(number or 0) < torch.cuda.device_count():
        return None
    return None if kind == "mps" and torch.backends.mps.is_available() else storage


_LEAVES: Final = (type(None), bool, int, float, str, torch.Tensor, torch.nn.Parameter)
_TORCH_LEAVES: Final = (torch.Size, torch.dtype)


def _check_data(value: Any) -> None:
    """Raise `ConversionError`, with its path, for what `weights_only` would refuse to read."""
    if type(value) in _LEAVES or isinstance(value, _TORCH_LEAVES):
        return
    if type(value) in (dict, OrderedDict):
        entries = [(key_step(key), item) for key, item in value.items()]
    elif type(value) in (list, tuple):
        entries = [(f"[{index}]", item) for index, item in enumerate(value)]
    else:
        raise ConversionError(
            "tensors, numbers, texts, and lists and dicts of those",
            value,
            reason="anything else would run code when it is read",
        )
    for step, item in entries:
        try:
            _check_data(item)
        except ConversionError as error:
            raise error.within(step)  # noqa: B904 - the same error, with one more step


def register(registry: Registry) -> None:
    """Modules by their MRO; tensors and checkpoints for themselves."""
    tensor, parameter = torch.Tensor, torch.nn.Parameter
    registry.register(TensorTransformer(tensor, parameter), tensor, parameter, subclasses=False)
    registry.register(ModuleTransformer(torch.nn.Module), torch.nn.Module)
    registry.register(CheckpointTransformer(PyTorchCheckpoint), PyTorchCheckpoint, subclasses=False)
