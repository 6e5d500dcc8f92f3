"""Taking annotations apart: `Annotated`, aliases, `NewType`, unions of both spellings, forward references.

An annotation is parsed once into an `Annotation`, which says what it is made of, how it reads in an error, and by which
key what was compiled from it may be shared. Nothing here knows about literals.
"""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, ForwardRef, Literal, Union

from flytetypes._own import is_own
from flytetypes.errors import AnnotationError, told

__all__ = ["Annotation", "concrete_class", "hints_of", "key_of", "parse", "source_of", "substituted"]

# `X | Y` gives types.UnionType, `Union[X, Y]` a typing alias; one origin for both.
_UNIONS: tuple[Any, ...] = (Union, types.UnionType)
_TRANSPARENT = ("Final", "ClassVar", "Required", "NotRequired", "ReadOnly")


class Annotation:
    """One annotation, taken apart.

    Attributes:
        source: How it reads in errors: `list[int]`, `Inner`, `int | None`.
        bare: The annotation without `Annotated`, names of aliases and `NewType`.
        origin: The class or special form: `list` of `list[int]`, `Union` of `int | str`, the class itself otherwise.
        args: What stands in the brackets, unparsed; empty when there are none.
        extras: The further arguments of `Annotated`, outermost last.
        key: Equal for annotations that mean the same, order included; hashable.
    """

    __slots__ = ("args", "bare", "extras", "key", "origin", "source")

    def __init__(self, bare: Any, extras: tuple[Any, ...]) -> None:
        self.bare = bare
        self.extras = extras
        self.origin, self.args = _origin_and_args(bare)
        self.source = source_of(bare)
        self.key = (key_of(bare), str(bare) if extras else "", *(_metadata_key(extra) for extra in extras))
        try:
            hash(self.key)
        except TypeError:
            raise AnnotationError(f"`{self.source}` is not an annotation: use a class, or a form of `typing`") from None

    def __repr__(self) -> str:
        return f"Annotation({self.source})"

    def arguments(self, count: int) -> tuple[Any, ...]:
        """What stands in the brackets: nothing, or `count` things. Built-in classes themselves do not check that."""
        if self.args and len(self.args) != count:
            raise AnnotationError(f"`{self.source}` has {len(self.args)} in its brackets, and takes {count}")
        return self.args


def parse(annotation: Any) -> Annotation:
    """Take an annotation apart.

    Raises:
        AnnotationError: For a string that nobody evaluated: see `hints_of`.
    """
    extras: tuple[Any, ...] = ()
    while True:
        if annotation is None:
            annotation = type(None)
        if isinstance(annotation, (str, ForwardRef)):
            name = annotation if isinstance(annotation, str) else annotation.__forward_arg__
            raise AnnotationError(
                f"`{name}` is a name, and nothing says where to look it up: use the class itself, "
                "or define it before the function or class that names it"
            )
        if hasattr(annotation, "__metadata__"):
            # Inner extras come first in the text, so they come first here: Annotated[Annotated[T, a], b] has (a, b).
            extras = (*annotation.__metadata__, *extras)
            annotation = annotation.__origin__
        elif _is_alias(annotation):
            annotation = annotation.__value__
        elif _is_alias(typing.get_origin(annotation)):
            alias = typing.get_origin(annotation)
            # By its parameters, not by the order in which these stand in its value.
            filled = dict(zip(alias.__type_params__, typing.get_args(annotation), strict=False))
            annotation = substituted(alias.__value__, filled)
        elif hasattr(annotation, "__supertype__"):  # a NewType is its supertype at run time
            annotation = annotation.__supertype__
        elif _is_transparent(typing.get_origin(annotation)):
            annotation = typing.get_args(annotation)[0]
        else:
            return Annotation(annotation, extras)


def _is_alias(annotation: Any) -> bool:
    # By name: the class is that of `typing` or of `typing_extensions`, and neither is imported to find out.
    return type(annotation).__name__ == "TypeAliasType"


def _is_transparent(origin: Any) -> bool:
    """Whether a form says something about a name, not about its value: `Final[int]` is an int."""
    return getattr(origin, "_name", None) in _TRANSPARENT and type(origin).__module__ in ("typing", "typing_extensions")


def _origin_and_args(bare: Any) -> tuple[Any, tuple[Any, ...]]:
    origin = typing.get_origin(bare)
    if origin in _UNIONS:
        return Union, typing.get_args(bare)
    if origin is None:
        return bare, ()
    return origin, typing.get_args(bare)


def key_of(annotation: Any) -> Any:
    """A hashable that is equal for annotations that mean the same.

    `Union[int, str] == Union[str, int]` in Python, and `Literal[0] == Literal[False]`; the order and the class are on
    the wire, so they are in the key.
    """
    if type(annotation) is not types.GenericAlias and isinstance(
        annotation, type
    ):  # `list[int]` says that it is a type
        return annotation
    if hasattr(annotation, "__metadata__"):
        # With its text: what a pickle says of its class is how that was spelled, `typing.Set[int]` or `set[int]`.
        origin = annotation.__origin__
        return ("annotated", key_of(origin), str(origin), *(_metadata_key(m) for m in annotation.__metadata__))
    origin, args = _origin_and_args(annotation)
    if origin is Literal:
        return ("literal", *((type(arg), arg) for arg in args))
    if args:
        return (origin, *(tuple(map(key_of, arg)) if isinstance(arg, list) else key_of(arg) for arg in args))
    if origin is not annotation:
        # typing.List is list without arguments; `tuple[()]` has none, and says so.
        return ("bare" if getattr(annotation, "__args__", None) is None else "empty", origin)
    return annotation


class _ById:
    """An object as a key by its identity; holds it, so that the identity stays its own."""

    __slots__ = ("held",)

    def __init__(self, held: object) -> None:
        self.held = held

    def __hash__(self) -> int:
        return id(self.held)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other.held is self.held


def _metadata_key(extra: object) -> Any:
    # Equal objects of one class may still behave differently, but for text and numbers that cannot be.
    return (type(extra), extra) if isinstance(extra, (str, int, float, bytes, type)) else _ById(extra)


def source_of(annotation: Any) -> str:
    """An annotation as a person writes it: `dict[str, list[int]]`, `Color`, `int | None`."""
    if annotation is type(None) or annotation is None:
        return "None"
    if annotation is Ellipsis:
        return "..."
    if isinstance(annotation, str):
        return annotation
    if isinstance(annotation, ForwardRef):
        return annotation.__forward_arg__
    if hasattr(annotation, "__metadata__"):
        return source_of(annotation.__origin__)
    origin, args = _origin_and_args(annotation)
    if origin is Union and args:
        return " | ".join(source_of(arg) for arg in args)
    if origin is Literal and args:
        return f"Literal[{', '.join(map(repr, args))}]"
    name = getattr(origin, "__qualname__", None) or getattr(origin, "__name__", None) or str(origin)
    name = name.rpartition("<locals>.")[2]
    if args:
        texts = [f"[{', '.join(map(source_of, arg))}]" if isinstance(arg, list) else source_of(arg) for arg in args]
        return f"{name}[{', '.join(texts)}]"
    if origin is tuple and getattr(annotation, "__args__", None) == ():
        return "tuple[()]"
    return name.removeprefix("typing.")


def concrete_class(cls: type) -> type:
    """The class that is made where an abstract one of `collections.abc` is annotated; any other class itself."""
    if cls.__module__ != "collections.abc":
        return cls
    return next((made for made in (list, set, dict) if issubclass(made, cls)), cls)


def hints_of(
    target: Callable[..., Any] | type, localns: Mapping[str, Any] | None = None, *, what: str | None = None
) -> dict[str, Any]:
    """The annotations of a function or class, evaluated, `Annotated` kept.

    Args:
        target: The function, or the class (its bases' annotations are included).
        localns: Names that are local to where it was defined.
        what: How to name the target in an error; by default its qualified name.

    Raises:
        AnnotationError: When a name in an annotation cannot be found.
    """
    name = what or getattr(target, "__qualname__", str(target))
    names = {**_own_names(target), **(localns or {})}
    while True:
        try:
            return typing.get_type_hints(target, localns=names, include_extras=True)
        except NameError as error:
            missing = error.name or ""
            found = _local_to_callers(missing)
            if missing in names or not found:
                raise AnnotationError(
                    f"`{missing}` in the annotations of `{name}` is not defined where they are looked up (module "
                    f"`{target.__module__}`, and the functions that are running): define it at module level, "
                    f"or name it in `task(localns={{'{missing}': ...}})`"
                ) from None
            names[missing] = found[0]
        except Exception as error:  # annotations that are text are code of the user's
            raise AnnotationError(f"the annotations of `{name}` cannot be evaluated: {told(error)}") from error


def _own_names(target: Any) -> dict[str, Any]:
    """What a class may name without any module knowing it: itself, and its type parameters (PEP 695)."""
    if not isinstance(target, type):
        return {}
    parameters = {p.__name__: p for base in target.__mro__ for p in getattr(base, "__type_params__", ())}
    return {**parameters, target.__name__: target}


def _local_to_callers(name: str) -> list[Any]:
    """What a name stands for in the innermost running function that has it, our own aside; empty if none has.

    Annotations that are text forget where they were written; a local class is mostly used near to where it is defined.
    """
    frame: types.FrameType | None = sys._getframe(1)  # noqa: SLF001 - `inspect` is dear to import, and does the same
    while frame is not None:
        if name in frame.f_locals and not is_own(frame.f_globals.get("__name__", "")):
            return [frame.f_locals[name]]
        frame = frame.f_back
    return []


def substituted(hint: Any, filled: Mapping[Any, Any], itself: Any = typing.Self) -> Any:
    """A hint with its type variables replaced where they are known, and `Self` by the class that it is in."""
    if hint is typing.Self:
        return itself
    if isinstance(hint, typing.TypeVar):
        return filled.get(hint, hint)
    args = typing.get_args(hint)
    if not args or typing.get_origin(hint) is Literal:
        return hint
    if hasattr(hint, "__metadata__"):
        inner = substituted(hint.__origin__, filled, itself)
        return hint if inner is hint.__origin__ else typing.Annotated[inner, *hint.__metadata__]
    replaced = tuple(substituted(arg, filled, itself) for arg in args)
    if all(one is other for one, other in zip(args, replaced, strict=True)):
        return hint
    if isinstance(hint, types.UnionType):
        return Union[replaced]  # noqa: UP007 - made at run time
    if isinstance(hint, types.GenericAlias):
        return types.GenericAlias(typing.get_origin(hint), replaced)
    if _is_alias(typing.get_origin(hint)):
        return typing.get_origin(hint)[replaced]
    return hint.copy_with(replaced)
