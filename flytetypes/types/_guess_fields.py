"""From what a struct says of a field to the field's annotation.

Two things are said: a fragment of the JSON schema, and in most cases the LiteralType by which the field is announced.
What Flyte leaves out of the announcements (tuples, bare lists, enums of numbers) is known by that alone. What comes out
is a candidate: whoever asked compares it with what was said.
"""

from __future__ import annotations

import collections
import datetime as dt
import enum
import typing
from collections import namedtuple
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Union

from flytetypes import idl
from flytetypes.types import _names
from flytetypes.types._forms import loaded_class
from flytetypes.types._guess import without_note
from flytetypes.types._guess_checks import NO_DEFAULT, describes, loaded_default, without_default, without_type
from flytetypes.types._guess_texts import annotation_of_text
from flytetypes.types._guessed import MODULE

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

Fragment = dict[str, Any]


class Unannounced:
    """Why there is no LiteralType of a field."""

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason


UNKNOWN: Final = Unannounced("where it stands nothing is announced")
HIDDEN: Final = Unannounced("Flyte leaves such fields out")
Announced = idl.LiteralType | Unannounced

# What compiling does not take in proportion to the input. Nobody writes so many.
_MAX_VARIANTS: Final = 64
_EXACT: Final = 2**53  # up to here a double holds every integer
_SIMPLE: Final[dict[int, Any]] = {
    idl.SimpleType.INTEGER: int,
    idl.SimpleType.FLOAT: float,
    idl.SimpleType.STRING: str,
    idl.SimpleType.BOOLEAN: bool,
    idl.SimpleType.DATETIME: dt.datetime,
    idl.SimpleType.DURATION: dt.timedelta,
    idl.SimpleType.NONE: type(None),
}
_TYPES: Final[dict[str, Any]] = {
    "integer": int,
    "number": float,
    "string": str,
    "boolean": bool,
    "null": type(None),
}
_FORMATS: Final[dict[str, str | type]] = {
    "date-time": dt.datetime,
    "date": dt.date,
    "time": dt.time,
    "base64": bytes,
    # Classes that are dear to import; text where they are not loaded.
    "decimal": "decimal.Decimal",
    "fraction": "fractions.Fraction",
    "uuid": "uuid.UUID",
    "path": "pathlib.Path",
    "ipv4": "ipaddress.IPv4Address",
    "ipv6": "ipaddress.IPv6Address",
    "ipv4network": "ipaddress.IPv4Network",
    "ipv6network": "ipaddress.IPv6Network",
    "ipv4interface": "ipaddress.IPv4Interface",
    "ipv6interface": "ipaddress.IPv6Interface",
}
# How pydantic writes these is not how a dataclass does.
_NOT_IN_MODELS: Final = frozenset({bytes, bytearray, complex, dt.timezone, dt.timedelta})


class FieldGuesser:
    """The annotations of the fields in one schema.

    Args:
        schema: The whole, in which references are looked up.
        engine: Guesses what is announced on its own.
        make_class: A class for an object, by its fragment; somebody to be told of the class before its fields are
            guessed; a name for one without a title.
        is_model: Whether the schema is pydantic's.
        size_bytes: Of the input; the result is in proportion to it, however often references repeat a part.
    """

    def __init__(
        self,
        schema: idl.Struct,
        engine: TypeEngine,
        make_class: Callable[[Fragment, Callable[[type], None], str], type],
        *,
        is_model: bool,
        size_bytes: int,
    ) -> None:
        self._schema = schema
        self._tree: Fragment | None = None
        self._engine = engine
        self._make_class = make_class
        self._is_model = is_model
        self._left = 200 + size_bytes // 8
        self._references: dict[str, Any] = {}
        self._costs: dict[str, int] = {}
        self._immutable = False

    def know(self, reference: str, cls: type) -> None:
        """What a reference stands for."""
        self._references[reference] = cls

    def guess(self, fragment: Fragment | None, announced: Announced, *, immutable: bool = False) -> Any:
        """An annotation for a field.

        Args:
            fragment: None where the class has no schema.
            announced: Its type, or why there is none.
            immutable: Whether its values may be defaults: then an array is a tuple.
        """
        before, self._immutable = self._immutable, immutable
        try:
            return self._field(fragment, announced)
        finally:
            self._immutable = before

    def _field(self, fragment: Fragment | None, announced: Announced) -> Any:
        if isinstance(announced, idl.LiteralType):
            return self._announced(fragment, announced)
        return Any if fragment is None else self._described(fragment, hidden=announced is HIDDEN)

    # --- by the announced type ------------------------------------------------------------------------------------

    def _announced(self, fragment: Fragment | None, announced: idl.LiteralType) -> Any:
        announced, note = without_note(announced)
        if note is not None:
            return Annotated[self._announced(fragment, announced), note]
        kind = announced.WhichOneof("type")
        if fragment is not None and "$ref" in fragment and kind != "simple":
            fragment = self._definition(fragment["$ref"])
        if kind == "simple" and announced.simple == idl.SimpleType.STRUCT:
            return self._struct(fragment, announced)
        if announced.HasField("annotation"):
            return self._engine.guess(_untagged(announced))
        match kind:
            case "simple" if announced.simple in _SIMPLE:
                return self._simple(fragment, announced)
            case "enum_type":
                title = fragment.get("title") if fragment is not None else None
                name = title if isinstance(title, str) and title.isidentifier() else "DynamicEnum"
                return self._engine.guesses.enum(name, tuple(announced.enum_type.values)) or Any
            case "collection_type":
                items = _part(fragment, "items")
                return list[self._field(items, announced.collection_type)]  # type: ignore[misc]  # made at run time
            case "map_value_type":
                values = _part(fragment, "additionalProperties")
                return dict[str, self._field(values, announced.map_value_type)]  # type: ignore[misc]
            case "union_type":
                return self._union(fragment, list(announced.union_type.variants))
            case "blob" if announced.blob.format == _names.PICKLE_FORMAT:
                return self._pickled(fragment, announced)
            case "blob" | "structured_dataset_type":
                return self._stored(fragment, announced)
            case _:
                return self._field(fragment, UNKNOWN)

    def _simple(self, fragment: Fragment | None, announced: idl.LiteralType) -> Any:
        form = fragment.get("format") if fragment is not None else None
        if announced.simple == idl.SimpleType.DATETIME and (form == "date" or announced.structure.tag == _names.DATE):
            return dt.date
        if announced.simple == idl.SimpleType.DURATION and form == "duration":
            return str
        return _SIMPLE[announced.simple]

    def _union(self, fragment: Fragment | None, announced: list[idl.LiteralType]) -> Any:
        if len(announced) > _MAX_VARIANTS:
            return Any
        fragments = fragment.get("anyOf") if fragment is not None else None
        if not isinstance(fragments, list) or len(fragments) != len(announced):
            fragments = [None] * len(announced)
        variants = [
            self._field(part if isinstance(part, dict) else None, variant)
            for part, variant in zip(fragments, announced, strict=True)
        ]
        return Union[tuple(variants)] if variants else Any  # noqa: UP007

    def _struct(self, fragment: Fragment | None, announced: idl.LiteralType) -> Any:
        if announced.HasField("metadata"):
            if _names.PROTOBUF_CLASS in announced.metadata.fields:
                return self._field(fragment, UNKNOWN)  # a message cannot be inside a struct
            return without_type(self._engine.guess(announced))
        if announced.structure.dataclass_type or _names.FORM in announced.annotation.annotations.fields:
            return without_type(self._engine.guess(_untagged(announced)))
        if fragment is not None and "$ref" in fragment:
            fragment = self._definition(fragment["$ref"])
        if fragment is None:
            return dict
        if isinstance(fragment.get("properties"), dict):
            return self._described(fragment, hidden=False)
        return self._mapping(fragment, dict)

    def _mapping(self, fragment: Fragment, cls: Any) -> Any:
        if "propertyNames" not in fragment and "additionalProperties" not in fragment:
            return cls if cls is dict else cls[Any, Any]
        names, values = _part(fragment, "propertyNames"), _part(fragment, "additionalProperties")
        # JSON has text for keys; what they were pydantic does not always say.
        key = str if self._is_model and not names else self._field(names or {}, UNKNOWN)
        return cls[key if _is_hashable(key) else Any, self._field(values or {}, UNKNOWN)]

    def _pickled(self, fragment: Fragment | None, announced: idl.LiteralType) -> Any:
        """What is announced as a pickle and is none: the text names its class."""
        found = annotation_of_text(_names.pickled_class(announced) or "")
        if (
            found is None
            or (found is Any and fragment)
            or (self._is_model and isinstance(found, type) and found in _NOT_IN_MODELS)
            or not (self._is_model or not fragment or _refers(fragment) or self._describes(found, fragment))
        ):
            return Any if fragment is None else self._described(fragment, hidden=False)
        return found

    def _stored(self, fragment: Fragment | None, announced: idl.LiteralType) -> Any:
        """A file, directory or dataset, where the schema is that of one; a model's is another."""
        found = self._engine.guess(_untagged(announced))
        if fragment is None or self._describes(found, fragment):
            return found
        return self._field(fragment, UNKNOWN)

    def _describes(self, annotation: Any, fragment: Fragment) -> bool:
        """Whether a class that happens to be loaded under a name is one of this schema."""
        return describes(annotation, without_default(fragment), self._engine)

    # --- by the schema alone --------------------------------------------------------------------------------------

    def _described(self, fragment: Any, *, hidden: bool) -> Any:
        self._left -= 1
        if not isinstance(fragment, dict) or self._left < 0:
            return Any
        if "$ref" in fragment:
            return self._referred(fragment["$ref"])
        for word in ("anyOf", "oneOf", "allOf"):
            if isinstance(fragment.get(word), list):
                return self._one_of(fragment[word], hidden=hidden)
        if "enum" in fragment or "const" in fragment:
            return self._literal(fragment["enum"] if "enum" in fragment else [fragment["const"]], hidden=hidden)
        kind = fragment.get("type")
        if isinstance(kind, list):
            return self._one_of([{**fragment, "type": one} for one in kind[:_MAX_VARIANTS]], hidden=hidden)
        if kind == "array":
            return self._array(fragment, hidden=hidden)
        if kind == "object":
            return self._object(fragment, hidden=hidden)
        return self._scalar(fragment, kind)

    def _scalar(self, fragment: Fragment, kind: Any) -> Any:
        form = fragment.get("format")
        if kind == "string":
            if "pattern" in fragment and not self._is_model and str(fragment["pattern"]).startswith("^UTC"):
                return dt.timezone
            known = _FORMATS.get(form) if isinstance(form, str) else None
            if isinstance(known, str):
                known = loaded_class(known)
            return str if known is None or (self._is_model and known in _NOT_IN_MODELS) else known
        if kind == "number" and form == "time-delta":
            return dt.timedelta
        if kind == "number" and form == "integer":
            return int
        return _TYPES.get(kind, Any) if isinstance(kind, str) else Any

    def _literal(self, values: Any, *, hidden: bool) -> Any:
        """`Literal[...]` of the values, where doubles did not lose what they were."""
        members: list[Any] = []
        for value in values if isinstance(values, list) else []:
            if type(value) is float:
                if not -_EXACT < value < _EXACT:
                    return Any
                value = int(value) if value.is_integer() else value
            if type(value) not in (str, bool, int, float, type(None)):
                return Any
            members.append(value)
        if not members:
            return Any
        made: Any = Literal[tuple(members)]
        kinds = set(map(type, members))
        if len(kinds) == 1 and kinds <= {bool, int, float}:
            # A Literal of one class would be announced; and bits may be joined.
            as_enum = self._engine.guesses.enum("DynamicEnum", tuple(members))
            return as_enum if hidden or issubclass(as_enum or str, enum.Flag) else made
        return made

    def _one_of(self, fragments: list[Any], *, hidden: bool) -> Any:
        if not fragments or len(fragments) > _MAX_VARIANTS:
            return Any
        # One of them is left out at least; where none is so by itself, any may be.
        anyone = hidden and not any(map(is_hidden, fragments))
        variants = [self._described(part, hidden=hidden and (anyone or is_hidden(part))) for part in fragments]
        return Union[tuple(variants)]  # noqa: UP007

    def _array(self, fragment: Fragment, *, hidden: bool) -> Any:
        places = fragment.get("prefixItems")
        if isinstance(places, list):
            return self._places(places)
        if fragment.get("maxItems") == 0:
            return tuple[()]
        items = fragment.get("items")
        if fragment.get("uniqueItems") is True:
            return frozenset if not items else frozenset[self._described(items, hidden=False)]  # type: ignore[misc]
        is_tuple = self._immutable or (hidden and bool(items) and not is_hidden(items))
        if not items:
            return tuple if is_tuple else list
        item = self._described(items, hidden=hidden and not is_tuple)
        made: Any = tuple if is_tuple else list
        return made[item, ...] if is_tuple else made[item]

    def _places(self, places: list[Any]) -> Any:
        annotations = [self._described(place, hidden=False) for place in places[: self._left + 1]]
        defaults = [index for index, place in enumerate(places) if isinstance(place, dict) and "default" in place]
        if not defaults or defaults != list(range(defaults[0], len(places))) or len(annotations) != len(places):
            return tuple[tuple(annotations)]  # type: ignore[misc]
        return self._named_tuple(annotations, places[defaults[0] :])

    def _named_tuple(self, annotations: list[Any], defaulted: list[Fragment]) -> Any:
        """Only a NamedTuple has places with defaults; nothing says how they are called."""
        names = [f"item{index}" for index in range(len(annotations))]
        defaults = []
        for annotation, place in zip(annotations[len(annotations) - len(defaulted) :], defaulted, strict=True):
            default = loaded_default(annotation, place["default"], self._engine)
            if default is NO_DEFAULT:
                return tuple[tuple(annotations)]  # type: ignore[misc]
            defaults.append(default)
        made: Any = namedtuple("Guessed", names, defaults=defaults, module=MODULE)  # type: ignore[misc]
        made.__annotations__ = dict(zip(names, annotations, strict=True))
        return made

    def _object(self, fragment: Fragment, *, hidden: bool) -> Any:
        properties = fragment.get("properties")
        if isinstance(properties, dict):
            if isinstance(fragment.get("title"), str):
                return self._make_class(fragment, lambda _: None, "Guessed")
            return self._typed_dict(fragment, properties)
        values = fragment.get("additionalProperties")
        is_map = fragment.get("propertyNames") == {"type": "string"}
        if not hidden or (is_map and is_hidden(values)):
            return self._mapping(fragment, dict)
        return self._mapping(fragment, collections.OrderedDict)  # Mapping itself is announced

    def _typed_dict(self, fragment: Fragment, properties: Fragment) -> Any:
        required = [name for name in _texts(fragment.get("required")) if name in properties]
        fields: dict[str, Any] = {}
        for name in dict.fromkeys([*required, *sorted(properties)]):
            annotation = self._described(properties[name], hidden=False)
            fields[name] = annotation if name in required else typing.NotRequired[annotation]
        made: Any = typing.TypedDict("Guessed", fields)  # type: ignore[misc]
        made.__module__ = MODULE
        return made

    # --- references -----------------------------------------------------------------------------------------------

    def _definition(self, reference: Any) -> Fragment | None:
        """The fragment that a reference leads to, over further ones if need be."""
        if self._tree is None:  # most schemas have no references
            self._tree = idl.read_struct(self._schema)
        seen: set[str] = set()
        while isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            fragment: Any = self._tree
            for step in reference.removeprefix("#/").split("/"):
                fragment = fragment.get(step) if isinstance(fragment, dict) else None
            if not isinstance(fragment, dict):
                return None
            if "$ref" not in fragment:
                return fragment
            reference = fragment["$ref"]
        return None

    def _referred(self, reference: Any) -> Any:
        if not isinstance(reference, str):
            return Any
        if reference in self._references:
            self._left -= self._costs.get(reference, 0)
            return self._references[reference]
        fragment = self._definition(reference)
        if fragment is None:
            return Any
        before = self._left
        self._references[reference] = Any  # what only refers to itself says nothing
        if isinstance(fragment.get("properties"), dict):
            name = reference.rpartition("/")[2]
            annotation = self._make_class(fragment, lambda cls: self.know(reference, cls), name)
        else:
            with self._apart():
                annotation = self._described(fragment, hidden=False)
        self._references[reference] = annotation
        self._costs[reference] = before - self._left
        return annotation

    @contextmanager
    def _apart(self) -> Iterator[None]:
        before, self._immutable = self._immutable, False
        yield
        self._immutable = before


def _untagged(announced: idl.LiteralType) -> idl.LiteralType:
    """The type of a variant without the tag that makes it one."""
    if not announced.structure.tag:
        return announced
    bare = idl.LiteralType()
    bare.CopyFrom(announced)
    bare.ClearField("structure")
    return bare


def _part(fragment: Fragment | None, word: str) -> Fragment | None:
    """A part of a fragment; one that is not there says nothing, which is `{}`."""
    if fragment is None:
        return None
    part = fragment.get(word, {})
    return part if isinstance(part, dict) else {}


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _refers(fragment: Any) -> bool:
    """Whether there is a reference in a fragment, which means something in its schema only."""
    if isinstance(fragment, dict):
        return "$ref" in fragment or any(map(_refers, fragment.values()))
    return isinstance(fragment, list) and any(map(_refers, fragment))


def _is_hashable(annotation: Any) -> bool:
    origin = typing.get_origin(annotation) or annotation
    if origin in (Union, UnionType):
        return all(map(_is_hashable, typing.get_args(annotation)))
    return getattr(origin, "__hash__", None) is not None


def is_hidden(fragment: Any) -> bool:
    """Whether a field of this fragment is left out of the announcements, whatever its annotation is."""
    if not isinstance(fragment, dict):
        return False
    if isinstance(fragment.get("anyOf"), list):
        return any(map(is_hidden, fragment["anyOf"]))
    if "const" in fragment:
        return not isinstance(fragment["const"], (str, bool, float))
    if "enum" in fragment:
        values = fragment["enum"]
        return isinstance(values, list) and not all(isinstance(value, str) for value in values)
    match fragment.get("type"):
        case "array":
            return (
                "prefixItems" in fragment
                or "maxItems" in fragment
                or ("uniqueItems" not in fragment and ("items" not in fragment or is_hidden(fragment["items"])))
            )
        case "object":
            is_map = fragment.get("propertyNames") == {"type": "string"}
            return is_map and is_hidden(fragment.get("additionalProperties"))
        case _:
            return False
