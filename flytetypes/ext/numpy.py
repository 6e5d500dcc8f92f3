"""Scalars of numpy as annotations: the number or text that they equal, and in the form which class it was.

Where `int`, `float`, `bool` or `str` is declared they are taken too, without this module, and come back as those.
Arrays are the subject of `_arrays`; both are registered here, when a class of numpy is first looked up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flytetypes._annotations import Annotation
from flytetypes.errors import ConversionError
from flytetypes.ext._arrays import ArrayTransformer
from flytetypes.types._converter import Converter
from flytetypes.types._forms import represented, with_form
from flytetypes.types._plain import Dumping, Loading, PlainCodec
from flytetypes.types._registry import Registry
from flytetypes.types.builtin.formed import FormTransformer

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine


class ScalarTransformer(FormTransformer):
    """One class of scalars.

    Args:
        cls: The class.
        base: What Python has for it.
    """

    def __init__(self, cls: type[np.generic], base: type) -> None:
        # `bool_` before numpy 2, `bool` since.
        self.name = f"numpy.{cls.__name__.rstrip('_')}"  # type: ignore[misc]  # one class serves many names
        self.cls: Any = cls
        self._base = base
        # numpy 1 warns of an integer that does not fit, and takes what is left of it.
        self._fitting = range(np.iinfo(cls).min, int(np.iinfo(cls).max) + 1) if issubclass(cls, np.integer) else None

    def compile_form(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """What its Python class is."""
        base = engine.converter(self._base)
        return represented(
            annotation,
            self.name,
            base,
            dump=self._dump,
            load=self._load,
            classes=(self.cls,),
            literal_type=lambda typing: with_form(base.type_within(typing), self.name),
            plain=engine.plain(annotation),
        )

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """What its Python class is."""
        base = engine.plain(self._base)

        def dump(value: Any, dumping: Dumping) -> Any:
            return base.dump(self._dump(value), dumping)

        def load(tree: Any, loading: Loading) -> Any:
            return self._load(base.load(tree, loading))

        return PlainCodec(
            annotation.source,
            self.name,
            dump=dump,
            load=load,
            describe=lambda describing: describing.if_ours(base.describe(describing)),
            classes=(self.cls,),
            natives=base.natives,
            loads=base.loads,
        )

    def _dump(self, value: Any) -> Any:
        if type(value) is not self.cls:
            raise ConversionError(f"`{self.name}`", value)
        return _of_python(value)

    def _load(self, value: Any) -> Any:
        if self._fitting is not None and value not in self._fitting:
            raise ConversionError(f"`{self.name}`", value)
        with np.errstate(over="ignore"):
            try:
                scalar = self.cls(value)
            except (OverflowError, ValueError):
                raise ConversionError(f"`{self.name}`", value) from None
        if _of_python(scalar) != value and value == value:  # NaN is not itself
            raise ConversionError(f"`{self.name}`", value, reason="it would be rounded")
        return scalar


def _of_python(scalar: Any) -> Any:
    return str.__str__(scalar) if isinstance(scalar, str) else scalar.item()  # which cuts NULs at the end of a text


def register(registry: Registry) -> None:
    """The scalars whose values Python has too, and arrays; not their subclasses, which say more than is written."""
    registry.register(ArrayTransformer(), np.ndarray, subclasses=False)
    integers = (np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64)
    for classes, base in ((integers, int), ((np.float16, np.float32, np.float64), float), ((np.bool_,), bool)):
        for cls in classes:
            registry.register(ScalarTransformer(cls, base), cls, subclasses=False)
    registry.register(ScalarTransformer(np.str_, str), np.str_, subclasses=False)
