"""What guessing makes: dataclasses and enums for types that nobody here has a class for.

They are ordinary classes of their kind, of the module `flytetypes.guessed`, which does not exist. Nothing is executed
to make them: the methods of the dataclasses are those of one base, which read the fields.
"""

from __future__ import annotations

import enum
import keyword
import re
import reprlib
import unicodedata
from collections.abc import Callable, Collection, Iterable
from typing import Any, Final

from flytetypes._record import Record

MODULE: Final = "flytetypes.guessed"
MISSING: Any = object()


class MadeField(Record):
    """One field of a dataclass to be made."""

    name: str
    annotation: Any
    alias: str | None = None
    """Its name on the wire, where that is another one."""
    default: Any = MISSING
    factory: Callable[[], Any] | None = None
    """Makes what stands for it when it is left out; for a field that may be, by a default that nobody told."""
    in_init: bool = True
    pseudo: bool = False
    """Whether it is a ClassVar or an InitVar."""


_NO_FIELDS: Final[tuple[MadeField, ...]] = ()


class _Signature:
    """The signature of a made class, put together when somebody asks for it."""

    def __get__(self, instance: object, cls: type[Guessed]) -> Any:
        import inspect  # dear to import; whoever asks for a signature has it already

        return inspect.Signature(
            [
                inspect.Parameter(
                    field.name,
                    inspect.Parameter.KEYWORD_ONLY,
                    annotation=field.annotation,
                    default=inspect.Parameter.empty
                    if field.default is MISSING and field.factory is None
                    else field.factory
                    if field.default is MISSING
                    else field.default,
                )
                for field in cls.__guessed__
                if field.in_init
            ]
        )


class Guessed:
    """The base of made dataclasses.

    Instances are hashable as long as their values are, because an instance may be the default of a field.
    """

    # Without an annotation: those of a base are evaluated with those of a class.
    __guessed__ = _NO_FIELDS
    __signature__ = _Signature()

    def __init__(self, /, **values: Any) -> None:
        own = self.__dict__
        for field in self.__guessed__:
            name = field.name
            if not field.in_init:
                continue
            if name in values:
                value = values.pop(name)
                if not field.pseudo:
                    own[name] = value
            elif not field.pseudo:
                if field.factory is not None:
                    own[name] = field.factory()
                elif field.default is MISSING:
                    raise TypeError(f"{type(self).__name__}() needs the argument '{name}'")
                else:
                    own[name] = field.default
        if values:
            raise TypeError(f"{type(self).__name__}() takes no argument '{next(iter(values))}'")

    def __eq__(self, other: object) -> bool:
        return self.__dict__ == other.__dict__ if type(self) is type(other) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), *self.__dict__.values()))

    @reprlib.recursive_repr()
    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items())
        return f"{type(self).__qualname__}({values})"


def new_class(name: str) -> type[Guessed]:
    """A class without fields so far: it may be named in annotations, its own among them, before it has any."""
    return type(name, (Guessed,), {"__module__": MODULE, "__doc__": "Made for a type that was met on the wire."})


def complete(cls: type[Guessed], fields: Iterable[MadeField]) -> None:
    """Make a dataclass of a new class."""
    import dataclasses

    fields = tuple(fields)
    annotations: dict[str, Any] = {}
    for field in fields:
        annotations[field.name] = field.annotation
        metadata = None if field.alias is None else {"alias": field.alias}
        if field.default is not MISSING:
            described = dataclasses.field(default=field.default, metadata=metadata, init=field.in_init)
        elif field.factory is not None:
            described = dataclasses.field(default_factory=field.factory, metadata=metadata, init=field.in_init)
        elif metadata is not None or not field.in_init:
            described = dataclasses.field(metadata=metadata, init=field.in_init)
        else:
            continue
        setattr(cls, field.name, described)
    if any(field.alias is not None for field in fields):
        cls.Config = type("Config", (), {"serialize_by_alias": True})  # type: ignore[attr-defined]  # mashumaro's
    cls.__annotations__ = annotations
    cls.__guessed__ = fields
    dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=True)(cls)


def make_enum(name: str, values: Iterable[Any]) -> type[enum.Enum] | None:
    """An enum of plain values; each member is called as its value as far as that can be. None for no values.

    Of integers it is an IntEnum; or an IntFlag where each is a bit, because what is of both may be a value too.
    """
    values = list(values)
    members: dict[str, Any] = {}
    for value in values:
        member = value if isinstance(value, str) else f"value_{value}"
        if not _is_member_name(member):
            member = clean_name(member, "member").strip("_")
            member = member if _is_member_name(member) else f"member_{member}"
        members[free_name(member, members)] = value
    if not members:
        return None
    base: Any = enum.Enum
    if all(type(value) is int for value in values):
        base = enum.IntFlag if all(value > 0 and value.bit_count() == 1 for value in values) else enum.IntEnum
    made: type[enum.Enum] = base(name, list(members.items()), module=MODULE, qualname=name)
    return made


def _is_member_name(name: str) -> bool:
    # Names of these shapes mean something to Enum, or are no members at all.
    return name not in ("", "mro") and not (name.startswith("_") or name.endswith("_"))


def twin_of(cls: type[Any]) -> type[Any] | None:
    """Another class like one that was made, for values of its own; None for classes of other people."""
    if cls.__module__ != MODULE:
        return None
    if issubclass(cls, Guessed):
        twin = new_class(cls.__name__)
        complete(twin, cls.__guessed__)
        return twin
    return make_enum(cls.__name__, [member.value for member in cls]) if issubclass(cls, enum.Enum) else None


def is_clean(name: str) -> bool:
    """Whether a name can be that of a field, also when it is pasted into a class."""
    return (
        name.isidentifier()
        and not keyword.iskeyword(name)
        and not name.startswith("__")  # would be mangled, or means something to Python
        and not hasattr(type, name)  # `mro`, which every class has already
        and name != "Config"
        and (name.isascii() or unicodedata.normalize("NFKC", name) == name)
    )


def clean_name(name: str, otherwise: str) -> str:
    """A name like this one that can be that of a class or of a field."""
    if is_clean(name):
        return name
    clean = re.sub(r"\W", "_", unicodedata.normalize("NFKC", name)).lstrip("_")
    if not clean:
        return otherwise
    if not clean[0].isidentifier():
        clean = f"{otherwise}_{clean}"
    return clean if is_clean(clean) else f"{clean}_"


def free_name(name: str, taken: Collection[str]) -> str:
    """The name, or `name_2` and so on where it is taken."""
    free, count = name, 1
    while free in taken:
        count += 1
        free = f"{name}_{count}"
    return free
