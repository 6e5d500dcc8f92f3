"""From an annotation to source code that gives it: what `flytetypes show --literal-type` prints.

Classes that guessing made are defined, each after those that it needs; others are imported.
"""

from __future__ import annotations

import builtins
import datetime as dt
import enum
import keyword
import sys
import types
import typing
from collections.abc import Iterable, Mapping, Set
from typing import Any, Final, Literal, Union

from flytetypes import idl
from flytetypes._record import Record
from flytetypes.errors import AnnotationError
from flytetypes.types._guessed import MISSING, MODULE, Guessed, MadeField, free_name, is_clean
from flytetypes.types._markers import FlyteAnnotation, OfType
from flytetypes.types.builtin.pickled import PICKLE, Pickle


class SourceCode(Record):
    """An annotation as source code; `str()` gives a text to be pasted, the annotation in its last line."""

    definitions: str
    """Imports and classes, to be executed before; empty for an annotation that needs none."""
    annotation: str
    """An expression."""

    def __str__(self) -> str:
        if not self.definitions:
            return self.annotation
        return f"{self.definitions}\n\n{self.annotation}"


def source_code(annotation: Any) -> SourceCode:
    """The source code of an annotation: what it evaluates to has the same LiteralType.

    Raises:
        AnnotationError: For what no text can name: a class that was defined inside a function, an object of somebody's
            own inside `Annotated`.
    """
    writer = _Writer()
    writer.find_hashed(annotation)
    text = writer.annotation(annotation)
    parts = [writer.imports(), *writer.definitions]
    return SourceCode("\n\n\n".join(part for part in parts if part), text)


# Names that a class of the text must not take away.
_TAKEN: Final = frozenset(
    {*vars(builtins), *sys.stdlib_module_names, "flytetypes", "idl", "dataclass", "field", "InitVar"}
    | {*typing.__all__, "OfType", "FlyteAnnotation", "Pickle", "Pickled", "kwtypes"}
)


def _constant(value: Any) -> str:
    """A constant, texts in double quotes where that needs no escapes."""
    text = repr(value)
    return f'"{text[1:-1]}"' if text.startswith("'") and '"' not in text else text


class _Writer:
    """One text in the making."""

    def __init__(self) -> None:
        self.definitions: list[str] = []
        self._modules: set[str] = set()
        self._imported: dict[str, set[str]] = {}
        self._names: dict[Any, str] = {}
        self._open: set[type] = set()
        self._mentions_open = False
        self._hashed: set[type] = set()
        self._is_told = False  # whether the text of what is being written may be on the wire

    def imports(self) -> str:
        """The lines that the rest needs, the standard library's first."""
        lines = [(module, f"import {module}") for module in sorted(self._modules)]
        lines += [
            (module, f"from {module} import {', '.join(sorted(names))}")
            for module, names in sorted(self._imported.items())
        ]
        groups: dict[bool, list[str]] = {True: [], False: []}
        for module, line in lines:
            groups[module.partition(".")[0] in sys.stdlib_module_names].append(line)
        return "\n\n".join("\n".join(group) for group in groups.values() if group)

    def find_hashed(self, annotation: Any) -> None:
        """Note the classes that have to be hashable: their instances are defaults, in sets, or keys."""
        pending, seen = [(annotation, False)], set()
        while pending:
            part, hashed = pending.pop()
            if isinstance(part, type) and typing.get_origin(part) is None:
                if part.__module__ != MODULE or (part, hashed) in seen:
                    continue
                seen.add((part, hashed))
                if hashed:
                    self._hashed.add(part)
                fields = part.__guessed__ if issubclass(part, Guessed) else ()
                self._hashed.update(type(field.default) for field in fields)
                pending += [(field.annotation, False) for field in fields]
                pending += [(hint, hashed) for hint in vars(part).get("__annotations__", {}).values()]
            else:
                origin, args = typing.get_origin(part), typing.get_args(part)
                keyed = isinstance(origin, type) and issubclass(origin, (Set, Mapping))
                pending += [(arg, hashed or (keyed and index == 0)) for index, arg in enumerate(args)]

    # --- annotations ----------------------------------------------------------------------------------------------

    def annotation(self, annotation: Any) -> str:
        """The expression of an annotation; what it needs is defined before."""
        if annotation is type(None) and self._is_told:
            return "type(None)"  # is told as `NoneType`
        if annotation is None or annotation is type(None):
            return "None"
        if annotation is Ellipsis:
            return "..."
        if isinstance(annotation, list):
            return f"[{self._all(annotation)}]"
        if isinstance(annotation, typing.TypeVar):
            return self._type_variable(annotation)
        if hasattr(annotation, "__metadata__"):
            return self._annotated(annotation)
        origin = typing.get_origin(annotation)
        if isinstance(annotation, types.UnionType) or (origin is Union and not self._is_told):
            return " | ".join(map(self.annotation, typing.get_args(annotation)))
        if origin is Literal:
            return f"{self._typing('Literal')}[{', '.join(map(_constant, typing.get_args(annotation)))}]"
        if origin is Union:
            return f"{self._typing('Union')}[{self._all(typing.get_args(annotation))}]"
        if origin is not None:
            return self._alias(annotation, origin)
        if isinstance(annotation, type):
            return self._class(annotation)
        if type(annotation).__module__ == "typing":
            name = getattr(annotation, "_name", None) or getattr(annotation, "__name__", None)
            if isinstance(name, str):
                return self._typing(name)
        inner = getattr(annotation, "type", None)
        if type(annotation).__name__ == "InitVar":
            return f"{self._from('dataclasses', 'InitVar')}[{self.annotation(inner)}]"
        raise AnnotationError(f"`{annotation!r}` cannot be written as source code")

    def _all(self, annotations: Iterable[Any]) -> str:
        return ", ".join(map(self.annotation, annotations))

    def _alias(self, annotation: Any, origin: Any) -> str:
        if not hasattr(annotation, "__args__"):  # `typing.Dict` itself
            return self._origin(annotation, origin)
        told = self._is_told
        # A struct announces a `set[Optional[int]]` by this very text.
        self._is_told = told or origin not in (list, dict, tuple)
        text = f"{self._origin(annotation, origin)}[{self._all(typing.get_args(annotation)) or '()'}]"
        self._is_told = told
        return text

    def _origin(self, annotation: Any, origin: Any) -> str:
        """What stands before the brackets, in the spelling that it has: `typing.Set[int]` is not `set[int]`."""
        if not isinstance(annotation, types.GenericAlias) and type(annotation).__module__ == "typing":
            name = getattr(annotation, "_name", None)
            if name is not None and origin.__module__ in ("builtins", "collections", "collections.abc", "typing"):
                return self._typing(name)
        return self._class(origin) if isinstance(origin, type) else self._typing(origin.__name__)

    def _annotated(self, annotation: Any) -> str:
        told = self._is_told
        # The type of a pickle tells the text of its class.
        self._is_told = told or any(isinstance(extra, Pickle) for extra in annotation.__metadata__)
        inner = self.annotation(annotation.__origin__)
        self._is_told = told
        if annotation.__metadata__ == (PICKLE,):
            return f"{self._from('flytetypes.types', 'Pickled')}[{inner}]"
        extras = ", ".join(map(self._extra, annotation.__metadata__))
        return f"{self._typing('Annotated')}[{inner}, {extras}]"

    def _extra(self, extra: Any) -> str:
        if isinstance(extra, OfType):
            if ".FromString" in (text := extra.source()):
                self._from("flytetypes", "idl")
            self._from("flytetypes.types", "OfType")
            return text
        if isinstance(extra, (FlyteAnnotation, Pickle)):
            self._from("flytetypes.types", type(extra).__name__)
            return repr(extra)
        if isinstance(extra, str):  # the format of a dataset
            return _constant(extra)
        if isinstance(extra, Mapping):  # its columns
            self._from("flytetypes.types", "kwtypes")
            columns = {name: self.annotation(hint) for name, hint in extra.items()}
            if all(map(is_clean, columns)):
                return f"kwtypes({', '.join(f'{name}={hint}' for name, hint in columns.items())})"
            return f"kwtypes(**{{{', '.join(f'{_constant(name)}: {hint}' for name, hint in columns.items())}}})"
        raise AnnotationError(f"`{extra!r}` inside Annotated cannot be written as source code")

    def _type_variable(self, variable: typing.TypeVar) -> str:
        name = self._names.get(variable)
        if name is None:
            name = self._names[variable] = self._free(variable.__name__)
            made = self._from("typing", "TypeVar")
            self.definitions.append(f"{name} = {made}({_constant(variable.__name__)})")
        return name

    def _typing(self, name: str) -> str:
        return self._from("typing", name)

    def _from(self, module: str, name: str) -> str:
        self._imported.setdefault(module, set()).add(name)
        return name

    # --- classes --------------------------------------------------------------------------------------------------

    def _class(self, cls: type) -> str:
        known = self._names.get(cls)
        if known is not None:
            self._mentions_open = self._mentions_open or cls in self._open
            return known
        if cls.__module__ == MODULE:
            return self._define(cls)
        if cls.__module__ == "builtins":
            return cls.__qualname__
        if cls.__module__ == "typing":  # `Any` is a class
            return self._typing(cls.__name__)
        if cls is idl.Literal:
            return f"{self._from('flytetypes', 'idl')}.Literal"
        if "<" in cls.__qualname__ or cls.__module__ == "__main__":
            raise AnnotationError(f"`{cls.__qualname__}` cannot be named in source code: move it into a module")
        module = _module_of(cls)
        self._modules.add(module)
        return f"{module}.{cls.__qualname__}"

    def _define(self, cls: type) -> str:
        name = self._names[cls] = self._free(cls.__name__)
        self._open.add(cls)
        # Their text may mention classes around them, which says nothing about what mentions these.
        outside, self._mentions_open = self._mentions_open, False
        told, self._is_told = self._is_told, False
        if issubclass(cls, Guessed):
            text = self._dataclass(name, cls)
        elif issubclass(cls, enum.Enum):
            text = self._enum(name, cls)
        elif hasattr(cls, "_fields"):
            text = self._named_tuple(name, cls)
        else:
            text = self._typed_dict(name, cls)
        self._open.discard(cls)
        self._mentions_open, self._is_told = outside, told
        if name != cls.__name__:
            text += f"\n\n\n{name}.__name__ = {_constant(cls.__name__)}  # as its schema says"
        self.definitions.append(text)
        return name

    def _free(self, name: str) -> str:
        return free_name(name, {*_TAKEN, *self._names.values()})

    def _dataclass(self, name: str, cls: type[Guessed]) -> str:
        decorator = self._from("dataclasses", "dataclass")
        hashed = ", unsafe_hash=True" if cls in self._hashed else ""
        if any(field.name == "field" for field in cls.__guessed__):  # which would hide the function of that name
            self._modules.add("dataclasses")
            function = "dataclasses.field"
        else:
            function = "field"
        fields = [f"    {self._field(field, function)}" for field in cls.__guessed__]
        if function == "field" and any(" = field(" in field for field in fields):
            self._from("dataclasses", "field")
        if any(field.alias is not None for field in cls.__guessed__):
            fields += ["", "    class Config:", "        serialize_by_alias = True"]
        return "\n".join([f"@{decorator}(kw_only=True{hashed})", f"class {name}:", *(fields or ["    pass"])])

    def _field(self, field: MadeField, function: str) -> str:
        text = f"{field.name}: {self._quoted(field.annotation)}"
        facts: list[str] = []
        if field.alias is not None:
            facts.append(f'metadata={{"alias": {_constant(field.alias)}}}')
        if not field.in_init and not field.pseudo:
            facts.append("init=False")
        if field.default is not MISSING:
            default = self.value(field.default)
            if not facts:
                return f"{text} = {default}"
            facts.insert(0, f"default={default}")
        elif field.factory is not None:
            made: Any = field.factory
            if made is type(None):
                factory = "lambda: None"
            elif made in self._open:  # its name is there when the class is
                factory = f"lambda: {self._names[made]}()"
            else:
                factory = self.annotation(made)
            facts.insert(0, f"default_factory={factory}")
        return f"{text} = {function}({', '.join(facts)})" if facts else text

    def _quoted(self, annotation: Any) -> str:
        """An annotation inside a class: quoted where it mentions one that is not there yet."""
        before, self._mentions_open = self._mentions_open, False
        text = self.annotation(annotation)
        quoted = self._mentions_open
        self._mentions_open = before or quoted
        return _constant(text) if quoted else text

    def _enum(self, name: str, cls: type[enum.Enum]) -> str:
        self._modules.add("enum")
        members = {member.name: member.value for member in cls}
        base = next(base.__name__ for base in cls.__mro__ if base.__module__ == "enum")
        if all(is_clean(member) and not keyword.issoftkeyword(member) for member in members):
            return "\n".join(
                [f"class {name}(enum.{base}):", *(f"    {key} = {_constant(item)}" for key, item in members.items())]
            )
        pairs = ", ".join(f"({_constant(key)}, {_constant(item)})" for key, item in members.items())
        return f"{name} = enum.{base}({_constant(name)}, [{pairs}])"

    def _named_tuple(self, name: str, cls: Any) -> str:
        lines = [f"class {name}({self._typing('NamedTuple')}):"]
        for field in cls._fields:
            text = f"    {field}: {self._quoted(cls.__annotations__[field])}"
            defaulted = field in cls._field_defaults
            lines.append(f"{text} = {self.value(cls._field_defaults[field])}" if defaulted else text)
        return "\n".join(lines)

    def _typed_dict(self, name: str, cls: Any) -> str:
        made = self._typing("TypedDict")
        fields = ", ".join(f"{_constant(key)}: {self._quoted(hint)}" for key, hint in cls.__annotations__.items())
        return f"{name} = {made}({_constant(name)}, {{{fields}}})"

    # --- values ---------------------------------------------------------------------------------------------------

    def value(self, value: Any) -> str:
        """The expression of a default."""
        cls = type(value)
        if cls is float and value - value != 0:
            return f'float("{value}")'
        if value is None or cls in (bool, int, float, str, bytes, bytearray, complex, range):
            return _constant(value)
        if isinstance(value, enum.Enum):
            return f"{self._class(cls)}({_constant(value.value)})"
        if hasattr(cls, "__dataclass_fields__"):
            names = [name for name, field in cls.__dataclass_fields__.items() if field.init and hasattr(value, name)]
            fields = ", ".join(f"{name}={self.value(getattr(value, name))}" for name in names)
            return f"{self._class(cls)}({fields})"
        if cls in (tuple, list, frozenset, set):
            items = ", ".join(map(self.value, value))
            match cls.__name__:
                case "tuple":
                    return f"({items},)" if value else "()"
                case "list":
                    return f"[{items}]"
                case _:
                    return f"{cls.__name__}([{items}])"
        if cls is dict:
            return f"{{{', '.join(f'{self.value(key)}: {self.value(item)}' for key, item in value.items())}}}"
        if isinstance(value, tuple) and hasattr(cls, "_fields"):
            return f"{self._class(cls)}({', '.join(map(self.value, value))})"
        return self._value_of_library(value)

    def _value_of_library(self, value: Any) -> str:
        cls = type(value)
        match _module_of(cls):
            case "datetime":
                self._modules.add("datetime")
                if isinstance(value, (dt.datetime, dt.time)) and value.tzinfo is not None:
                    self._modules.add(type(value.tzinfo).__module__)
                return repr(value)
            case "decimal" | "uuid" | "ipaddress" | "fractions" | "pathlib" as module:
                self._modules.add(module)
                return f"{module}.{cls.__name__}({_constant(str(value))})"
            case _:
                raise AnnotationError(f"the default `{value!r}` cannot be written as source code")


def _module_of(cls: type) -> str:
    """Where a class is imported from: Python 3.13 alone says `pathlib._local` of paths."""
    return "pathlib" if cls.__module__ == "pathlib._local" else cls.__module__
