"""Records: classes of named values that never change, declared as dataclasses are.

They stand in for `@dataclass(frozen=True)`, which costs an import of `inspect` and half a millisecond a class: a
quarter of the time until a first value is converted (`benchmarks/`, import). For type checkers they are frozen
dataclasses.
"""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn, dataclass_transform


@dataclass_transform(frozen_default=True)
class Record:
    """Subclasses annotate their fields, in order; a value in the class body is a field's default.

    Records are equal when they are of one class with equal fields, and hashable when all fields are.
    """

    __match_args__: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        own = (
            name
            for name, annotation in cls.__annotations__.items()
            if name not in cls.__match_args__ and "ClassVar" not in str(annotation)
        )
        setattr(cls, "__match_args__", (*cls.__match_args__, *own))  # noqa: B010 - mypy takes it for constant

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        names = self.__match_args__
        values = self.__dict__
        if len(args) == len(names) and not kwargs:  # the usual case where many are made
            values.update(zip(names, args, strict=True))
            return
        if len(args) > len(names):
            raise TypeError(f"{type(self).__name__} has {len(names)} fields, got {len(args)} values")
        values.update(zip(names, args, strict=False))
        for name, value in kwargs.items():
            if name not in names or name in values:
                raise TypeError(f"{type(self).__name__} has no field `{name}`, or got it twice")
            values[name] = value
        for name in names:
            if name not in values and not hasattr(type(self), name):
                raise TypeError(f"{type(self).__name__} needs `{name}`")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} never changes: make a new one")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} never changes: make a new one")

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__match_args__)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other._values() == self._values()

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
        return f"{type(self).__qualname__}({fields})"
