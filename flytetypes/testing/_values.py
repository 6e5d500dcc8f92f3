# ruff: noqa: ARG001, ARG005 - the signatures are given: what makes a strategy takes (annotation, limits, place)
"""Hypothesis strategies for annotations: values that an annotation accepts and gives back as they are.

What an annotation *is* comes from `parse`, as for the engine; which values it *has* is told here once more and from the
outside, so that the laws of `TransformerSuite` have something to compare the engine with. The engine itself is asked
about unions only, where an earlier variant may take a value and give back another one.
"""

from __future__ import annotations

import collections
import collections.abc
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import functools
import ipaddress
import math
import pathlib
import typing
import uuid
import zoneinfo
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, TypeVar, Union

from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument, ResolutionFailed
from hypothesis.strategies import SearchStrategy

from flytetypes import idl
from flytetypes._annotations import Annotation, hints_of, parse, source_of
from flytetypes.data import FlyteFile, Handle
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.interface import default_engine
from flytetypes.testing._limits import Limits
from flytetypes.testing._messages import message_values
from flytetypes.testing._same import same
from flytetypes.types import FlyteError, Pickle, TypeEngine

Values = SearchStrategy[Any]


def values(annotation: Any, engine: TypeEngine | None = None) -> Values:
    """A Hypothesis strategy for the values of an annotation.

    Every value has exactly the classes that the annotation says, all the way down, so a conversion that keeps values
    has to give back the same. The awkward ones are among them: NaN, the ends of ranges, skipped and repeated hours,
    empty containers, text beyond ASCII. They are small: a few elements on each level.

    Args:
        annotation: Any that the engine supports, recursive and generic classes included. Constraints of
            `annotated_types` inside `Annotated` are kept. A class of your own that is none of the known forms is drawn
            by `hypothesis.strategies.from_type`: tell it how with `register_type_strategy`.
        engine: Asked which variant of a union takes a value, where several might; by default the default one.

    Raises:
        AnnotationError: For an annotation that has no values, or of which nobody knows any.

        >>> values(dict[str, list[int]]).validate()
    """
    engine = engine or default_engine()
    drawn = _of(annotation, _Place(engine, memo=_memo_of(engine)))
    if drawn.is_empty:
        raise AnnotationError(f"`{source_of(annotation)}` has no values: each would have to contain another one")
    return drawn


# The engine that was asked about last, and the strategies that it led to: tests that draw annotations ask for the same
# ones over and over, and a strategy takes a while to build.
_latest: list[tuple[TypeEngine, dict[Any, Values]]] = []
_MEMO_SIZE: Final = 10_000


def _memo_of(engine: TypeEngine) -> dict[Any, Values]:
    for known, memo in _latest:
        if known is engine and len(memo) < _MEMO_SIZE:
            return memo
    fresh: dict[Any, Values] = {}
    _latest[:] = [(engine, fresh)]
    return fresh


@dataclass(frozen=True)
class _Place:
    """Where a value is going to stand, which says what it may be."""

    engine: TypeEngine
    depth: int = 0
    """How many containers are around it: the deeper, the smaller."""
    hashed: bool = False
    """Whether it is a key, or an element of a set, or a part of one: it then equals itself, and there is one zero."""
    in_model: bool = False
    """Whether it is in a pydantic model, which travels as JSON."""
    open: tuple[Any, ...] = ()
    """The keys of the classes around it."""
    memo: dict[Any, Values] = field(default_factory=dict, compare=False, repr=False)

    @property
    def size(self) -> int:
        return max(1, 3 - self.depth)

    def below(self) -> _Place:
        return replace(self, depth=self.depth + 1)

    def key(self) -> _Place:
        return replace(self, depth=self.depth + 1, hashed=True)

    def inside(self, annotation: Annotation, *, in_model: bool = False) -> _Place:
        return replace(
            self, depth=self.depth + 1, open=(*self.open, annotation.key), in_model=self.in_model or in_model
        )


# How often a class may be met inside itself before it has to come to an end.
_TURNS: Final = 2


def _of(annotation: Any, place: _Place) -> Values:
    parsed = parse(annotation)
    memo = (parsed.key, place.depth, place.hashed, place.in_model, place.open)
    found = place.memo.get(memo)
    if found is None:
        limits = Limits(parsed.extras)
        if any(isinstance(extra, Pickle) for extra in parsed.extras):
            found = _bare(parsed, limits, place).filter(lambda value: value is not None)
        else:
            found = _bare(parsed, limits, place)
        if limits.any:
            found = found.filter(limits.accept)
        place.memo[memo] = found
    return found


def _bare(annotation: Annotation, limits: Limits, place: _Place) -> Values:
    """The values of an annotation without what `Annotated` adds, but for limits that are better drawn than filtered."""
    maker = _MAKERS.get(annotation.origin)
    if maker is not None:
        return maker(annotation, limits, place)
    cls = annotation.origin
    if isinstance(cls, TypeVar):
        return _anything(annotation, limits, place)
    if isinstance(cls, type):
        for matches, of_form in _FORMS:
            if matches(cls):
                if place.open.count(annotation.key) > _TURNS:
                    return st.nothing()
                return of_form(annotation, place)
    return _registered(annotation)


def _registered(annotation: Annotation) -> Values:
    try:
        found: Values = st.from_type(annotation.bare)
        found.validate()
    except (ResolutionFailed, InvalidArgument) as error:
        source = annotation.source
        raise AnnotationError(
            f"no values of `{source}` are known: register them with "
            f"`hypothesis.strategies.register_type_strategy({source}, ...)`"
        ) from error
    return found


# --- single values ----------------------------------------------------------------------------------------------------

Maker = Callable[[Annotation, Limits, _Place], Values]

_CHARACTERS: Final = st.characters(exclude_categories=["Cs"])
_TEXT: Final = st.text(_CHARACTERS, max_size=8)
_INT64: Final = (-(2**63), 2**63 - 1)
_ODD_INTEGERS: Final = (0, -1, 2**31, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63))
_KEY_FLOATS: Final = st.floats(allow_nan=False).map(lambda number: number + 0.0)  # -0.0 and 0.0 are one key

_ZONES: Final = [
    None,
    dt.UTC,
    zoneinfo.ZoneInfo("UTC"),
    zoneinfo.ZoneInfo("Europe/Paris"),
    zoneinfo.ZoneInfo("America/New_York"),
    zoneinfo.ZoneInfo("Asia/Kolkata"),
    zoneinfo.ZoneInfo("Australia/Lord_Howe"),  # its clock changes by half an hour
    dt.timezone(dt.timedelta(hours=5, minutes=30)),
    dt.timezone(-dt.timedelta(hours=23, minutes=59)),
    dt.timezone(dt.timedelta(seconds=-61, microseconds=5)),
]
# Skipped and repeated hours of Paris and New York, where `fold` counts.
_TRICKY_TIMES: Final = [
    dt.datetime(2024, 3, 31, 2, 30),
    dt.datetime(2024, 10, 27, 2, 30),
    dt.datetime(2024, 3, 10, 2, 30, 0, 1),
    dt.datetime(2024, 11, 3, 1, 30),
]
# One day from the ends, so that the instant is in the years 1 to 9999 in every zone.
_DAY: Final = dt.timedelta(days=1)
_DATETIMES: Final = st.builds(
    lambda wall, zone, fold: wall.replace(tzinfo=zone, fold=fold),
    st.datetimes(dt.datetime.min + _DAY, dt.datetime.max - _DAY) | st.sampled_from(_TRICKY_TIMES),
    st.sampled_from(_ZONES),
    st.sampled_from([0, 1]),
)
_TIMES: Final = st.builds(lambda time, zone: time.replace(tzinfo=zone), st.times(), st.sampled_from(_ZONES))
_TIMEZONES: Final = st.integers(-1439, 1439).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))
_DELTAS: Final = st.timedeltas() | st.sampled_from(
    [dt.timedelta.min, dt.timedelta.max, dt.timedelta(microseconds=-1), dt.timedelta(seconds=2**32, microseconds=1)]
)
_PATH_TEXT: Final = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


def _integers(_: Annotation, limits: Limits, place: _Place) -> Values:
    lowest, highest = limits.span(*_INT64)
    step = fractions.Fraction(limits.bounds.get("multiple_of", 1))
    if step != 1:
        return st.integers(math.ceil(lowest / step), math.floor(highest / step)).map(lambda number: int(number * step))
    odd = [number for number in _ODD_INTEGERS if lowest <= number <= highest]
    drawn = st.integers(math.ceil(lowest), math.floor(highest))
    return drawn | st.sampled_from(odd) if odd else drawn


def _floats(_: Annotation, limits: Limits, place: _Place) -> Values:
    if "multiple_of" in limits.bounds:
        step = limits.bounds["multiple_of"]
        return st.integers(-(2**20), 2**20).map(lambda number: float(number * step))
    if place.hashed and not limits.bounds:
        return _KEY_FLOATS
    lowest, highest = limits.span()
    drawn = st.floats(lowest, highest, allow_nan=lowest is None and highest is None)
    return drawn.map(lambda number: number + 0.0) if place.hashed else drawn


def _texts(_: Annotation, limits: Limits, place: _Place) -> Values:
    if limits.pattern is not None:
        return st.from_regex(limits.pattern).filter(lambda text: not any("\ud800" <= char <= "\udfff" for char in text))
    shortest, longest = limits.lengths(8)
    return st.text(_CHARACTERS, min_size=shortest, max_size=longest)


def _bytes(annotation: Annotation, limits: Limits, place: _Place) -> Values:
    shortest, longest = limits.lengths(8)
    drawn = st.binary(min_size=shortest, max_size=longest)
    return drawn.map(bytearray) if annotation.origin is bytearray else drawn


def _dates(_: Annotation, limits: Limits, place: _Place) -> Values:
    lowest, highest = limits.span(dt.date.min, dt.date.max)
    return st.dates(lowest, highest)


def _deltas(_: Annotation, limits: Limits, place: _Place) -> Values:
    if place.in_model:  # pydantic's own ISO durations are exact within these
        return st.timedeltas(*limits.span(dt.timedelta(days=-9999), dt.timedelta(days=9999)))
    return st.timedeltas(*limits.span(dt.timedelta.min, dt.timedelta.max)) if limits.bounds else _DELTAS


def _decimals(_: Annotation, limits: Limits, place: _Place) -> Values:
    lowest, highest = limits.span()
    bounded = place.in_model or lowest is not None or highest is not None
    return st.decimals(
        lowest, highest, allow_nan=not (bounded or place.hashed), allow_infinity=False if bounded else None
    )


def _complexes(_: Annotation, limits: Limits, place: _Place) -> Values:
    if place.hashed:
        return st.complex_numbers(allow_nan=False).map(lambda number: complex(number.real + 0.0, number.imag + 0.0))
    return st.complex_numbers()


def _ranges(_: Annotation, limits: Limits, place: _Place) -> Values:
    ends = st.integers(-(2**31), 2**31)
    return st.builds(range, ends, ends, st.integers(-9, 9).filter(bool))


def _paths(annotation: Annotation, limits: Limits, place: _Place) -> Values:
    return _PATH_TEXT.map(annotation.origin)


def _prefix(address: Any, bits: int, cls: Any) -> Any:
    return cls((int(address), bits), strict=False) if "Network" in cls.__name__ else cls((int(address), bits))


def _addresses(annotation: Annotation, limits: Limits, place: _Place) -> Values:
    cls = annotation.origin
    short = "4" in cls.__name__
    addresses = st.ip_addresses(v=4) if short else st.ip_addresses(v=6)
    if cls in (ipaddress.IPv4Address, ipaddress.IPv6Address):
        return addresses
    return st.builds(_prefix, addresses, st.integers(0, 32 if short else 128), st.just(cls))


def _always(drawn: Values) -> Maker:
    return lambda annotation, limits, place: drawn


# --- plain values -----------------------------------------------------------------------------------------------------


def _plain_keys() -> Values:
    return st.integers(*_INT64) | _TEXT | _KEY_FLOATS | st.booleans() | st.none() | st.binary(max_size=4)


@functools.cache
def _plain_values() -> Values:
    """What an untyped container may hold: whatever msgpack has, and tuples."""
    uint64 = st.integers(-(2**63), 2**64 - 1)
    return st.recursive(
        st.none() | st.booleans() | uint64 | st.floats() | _TEXT | st.binary(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.lists(inner, max_size=3).map(tuple)
            | st.dictionaries(_plain_keys(), inner, max_size=3)
        ),
        max_leaves=8,
    )


@functools.cache
def _json_values() -> Values:
    """What an untyped place of a pydantic model may hold."""
    return st.recursive(
        st.none() | st.booleans() | st.integers(*_INT64) | st.floats() | _TEXT,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
        max_leaves=8,
    )


def _anything(_: Annotation, limits: Limits, place: _Place) -> Values:
    if place.hashed:
        return _plain_keys()
    return _json_values() if place.in_model else _plain_values()


# --- containers -------------------------------------------------------------------------------------------------------


def _items(item: Values, limits: Limits, place: _Place, **unique: Any) -> Values:
    """Lists; of what has no values empty ones."""
    shortest, longest = limits.lengths(place.size)
    if item.is_empty:
        return st.nothing() if shortest else st.builds(list)
    return st.lists(item, min_size=shortest, max_size=longest, **unique)


def _sequence(*classes: Callable[[list[Any]], Any]) -> Maker:
    """Of one of these classes; of sets where the elements can be in one."""

    def of(annotation: Annotation, limits: Limits, place: _Place) -> Values:
        argument = annotation.args[0] if annotation.args else Any
        listed = hashed = st.nothing()
        if any(cls not in _SETS for cls in classes):
            listed = _items(_of(argument, place.below()), limits, place)
        if any(cls in _SETS for cls in classes) and (_is_hashable(argument) or listed.is_empty):
            hashed = _items(_of(argument, place.key()), limits, place, unique=True)
        made = ((hashed if cls in _SETS else listed).map(cls) for cls in classes if not place.hashed or cls in _HASHED)
        return st.one_of(*made)

    return of


_SETS: Final = (set, frozenset)
_HASHED: Final = (tuple, frozenset)


def _is_hashable(annotation: Any) -> bool:
    parsed = parse(annotation)
    if parsed.origin in (Union, tuple, frozenset):
        return all(arg is Ellipsis or _is_hashable(arg) for arg in parsed.args)
    if parsed.origin in (Any, Literal):
        return True
    cls = parsed.origin
    if not isinstance(cls, type) or cls.__module__ == "collections.abc":
        return False
    return cls.__hash__ is not None if cls in _MAKERS else issubclass(cls, enum.Enum)


def _mapping(*classes: Callable[[Any], Any]) -> Maker:
    def of(annotation: Annotation, limits: Limits, place: _Place) -> Values:
        key, value = annotation.args or (Any, Any)
        entries = _entries(key, value, limits, place).map(dict)
        return st.one_of(*(entries.map(cls) for cls in classes))

    return of


def _entries(key: Any, value: Any, limits: Limits, place: _Place) -> Values:
    pairs = st.tuples(_of(key, place.key()), _of(value, place.below()))
    return _items(pairs, limits, place, unique_by=lambda pair: _written(pair[0]))


def _written(key: Any) -> Any:
    """Something that is equal for keys that look the same in a tree: a date and its text."""
    match key:
        case enum.Enum():
            return _written(key.value)
        case dt.date() | dt.time():
            return key.isoformat()
        case dt.timedelta():
            return key.total_seconds()
        case tuple():
            return tuple(map(_written, key))
        case None | bool() | int() | float() | str() | bytes():
            return key
        case _:
            return str(key)


def _default_dict(annotation: Annotation, limits: Limits, place: _Place) -> Values:
    factory = (typing.get_origin(annotation.args[1]) or annotation.args[1]) if annotation.args else None
    made_by = factory if isinstance(factory, type) else None
    return _mapping(lambda entries: collections.defaultdict(made_by, entries))(annotation, limits, place)


def _counter(annotation: Annotation, limits: Limits, place: _Place) -> Values:
    key = annotation.args[0] if annotation.args else Any
    return _entries(key, int, limits, place).map(dict).map(collections.Counter)


def _tuple(annotation: Annotation, limits: Limits, place: _Place) -> Values:
    args = annotation.args
    below = place.below()
    if not args and annotation.bare in (tuple, typing.Tuple):  # noqa: UP006 - both spellings
        return _items(_of(Any, below), limits, place).map(tuple)
    if len(args) == 2 and args[1] is Ellipsis:
        return _items(_of(args[0], below), limits, place).map(tuple)
    return st.tuples(*(_of(arg, below) for arg in args if arg != ()))


def _literal(annotation: Annotation, limits: Limits, place: _Place) -> Values:
    return st.sampled_from(annotation.args)


def _union(annotation: Annotation, limits: Limits, place: _Place) -> Values:
    variants = []
    for index, arg in enumerate(annotation.args):
        drawn = _of(arg, place)
        rivals = [earlier for earlier in annotation.args[:index] if _classes(earlier, place) & _classes(arg, place)]
        if rivals:
            drawn = drawn.filter(functools.partial(_left_alone, rivals, place.engine))
        variants.append(drawn)
    return st.one_of(variants)


# Of these a variant takes a value as it is, or not at all.
_SINGLE: Final = frozenset({type(None), bool, int, float, str, bytes, dt.datetime, dt.date, dt.timedelta})


def _classes(annotation: Any, place: _Place) -> set[type]:
    """The classes of an annotation's values as far as an earlier variant with one of them may change a value."""
    try:
        found = place.engine.plain(annotation).classes
    except AnnotationError:
        found = place.engine.converter(annotation).classes
    return set(found) - _SINGLE


def _left_alone(rivals: list[Any], engine: TypeEngine, value: Any) -> bool:
    """Whether each of these annotations refuses a value, or gives it back as it is: `list[float]` makes 1.0 of 1."""
    for annotation in rivals:
        # As a literal, and inside a struct: not every variant has both forms.
        forms: list[tuple[Any, Any]] = [(annotation, value), (dict[int, annotation], {0: value})]  # type: ignore[valid-type]
        for whole, wrapped in forms:
            try:
                if not same(engine.to_python(engine.to_literal(wrapped, whole), whole), wrapped):
                    return False
            except (AnnotationError, ConversionError):
                continue
    return True


# --- classes ----------------------------------------------------------------------------------------------------------


def _record(
    annotation: Annotation,
    fields: Mapping[str, Any],
    place: _Place,
    make: Callable[[dict[str, Any]], Any],
    *,
    optional: Iterable[str] = (),
) -> Values:
    """Values that are made of named ones.

    Args:
        annotation: The class.
        fields: Name to annotation.
        place: Inside the class.
        make: From names and values; raises ValueError for values that the class does not take together.
        optional: Which of them may be missing.
    """
    drawn = {name: _of(hint, place) for name, hint in _filled(annotation, fields).items()}
    missing = {name: drawn.pop(name) for name in optional}

    def made(values: dict[str, Any]) -> Any:
        try:
            return make(values)
        except ValueError:
            reject()

    return st.fixed_dictionaries(drawn, optional={n: d for n, d in missing.items() if not d.is_empty}).map(made)


def _filled(annotation: Annotation, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The annotations of fields with the arguments of a generic class in the place of its type variables."""
    cls = annotation.origin
    arguments: dict[Any, Any] = dict(zip(getattr(cls, "__parameters__", ()), annotation.args, strict=False))
    for base in _generic_bases(cls):
        parameters = getattr(typing.get_origin(base), "__parameters__", ())
        for parameter, argument in zip(parameters, typing.get_args(base), strict=False):
            arguments.setdefault(parameter, _substituted(argument, arguments))
    return {name: _substituted(hint, arguments) for name, hint in fields.items()}


def _generic_bases(cls: Any) -> Iterable[Any]:
    for base in getattr(cls, "__orig_bases__", ()):
        yield base
        yield from _generic_bases(typing.get_origin(base) or base)


def _substituted(hint: Any, arguments: Mapping[Any, Any]) -> Any:
    if isinstance(hint, TypeVar):
        return arguments.get(hint, hint)
    parameters = getattr(hint, "__parameters__", ())
    if parameters and arguments and not isinstance(hint, type):
        return hint[tuple(arguments.get(parameter, parameter) for parameter in parameters)]
    return hint


def _dataclass(annotation: Annotation, place: _Place) -> Values:
    cls = annotation.origin
    fields = dataclasses.fields(cls)
    arguments = {field.name: field.name for field in fields if field.init}
    return _instances(annotation, place, arguments, [field.name for field in fields if not field.init])


def _attrs_class(annotation: Annotation, place: _Place) -> Values:
    attributes = annotation.origin.__attrs_attrs__
    arguments = {attribute.name: attribute.alias for attribute in attributes if attribute.init}
    return _instances(annotation, place, arguments, [attribute.name for attribute in attributes if not attribute.init])


def _msgspec_struct(annotation: Annotation, place: _Place) -> Values:
    names = annotation.origin.__struct_fields__
    return _instances(annotation, place, dict(zip(names, names, strict=True)), [])


def _instances(annotation: Annotation, place: _Place, arguments: dict[str, str], afterwards: list[str]) -> Values:
    """Instances by `__init__`, which takes fields by these names; other fields are set afterwards."""
    cls = annotation.origin
    hints = hints_of(cls)

    def make(values: dict[str, Any]) -> Any:
        made = cls(**{argument: values[name] for name, argument in arguments.items()})
        for name in afterwards:
            object.__setattr__(made, name, values[name])
        return made

    return _record(annotation, {n: hints[n] for n in (*arguments, *afterwards)}, place.inside(annotation), make)


def _model(annotation: Annotation, place: _Place) -> Values:
    cls = annotation.origin
    fields: dict[str, Any] = {}
    arguments: dict[str, str] = {}
    for name, info in cls.model_fields.items():
        fields[name] = typing.Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
        arguments[name] = info.alias or name
    return _record(
        annotation,
        fields,
        place.inside(annotation, in_model=True),
        lambda values: cls(**{arguments[name]: value for name, value in values.items()}),
    )


def _named_tuple(annotation: Annotation, place: _Place) -> Values:
    cls = annotation.origin
    hints = hints_of(cls)
    fields = {name: hints.get(name, Any) for name in cls._fields}
    return _record(annotation, fields, place.inside(annotation), lambda values: cls(**values))


def _typed_dict(annotation: Annotation, place: _Place) -> Values:
    cls = annotation.origin
    hints = hints_of(cls)
    # Where annotations are postponed the class itself has not seen its `NotRequired`.
    optional = [name for name, hint in hints.items() if not _is_required(hint, default=name in cls.__required_keys__)]
    return _record(annotation, hints, place.inside(annotation), lambda values: values, optional=optional)


def _is_required(hint: Any, *, default: bool) -> bool:
    while hasattr(hint, "__origin__"):
        name = getattr(typing.get_origin(hint), "_name", None)
        if name in ("Required", "NotRequired"):
            return bool(name == "Required")
        if name != "ReadOnly" and not hasattr(hint, "__metadata__"):
            break
        hint = hint.__origin__
    return default


def _enum(annotation: Annotation, place: _Place) -> Values:
    return st.sampled_from(annotation.origin)


def _numpy_scalar(annotation: Annotation, place: _Place) -> Values:
    cls = annotation.origin
    dtype = cls(0).dtype
    bits = dtype.itemsize * 8
    match dtype.kind:
        case "i":
            return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1).map(cls)
        case "u":
            return st.integers(0, min(2**bits - 1, _INT64[1])).map(cls)
        case "f" if bits in (16, 32, 64):
            return st.floats(width=bits, allow_nan=not place.hashed).map(cls)
        case "b":
            return st.booleans().map(cls)
        case "U":
            # `str(numpy.str_("a\0"))` is "a": numpy takes them for padding.
            return _TEXT.filter(lambda text: not text.endswith("\0")).map(cls)
        case _:
            return _registered(annotation)


_PLACES: Final = st.builds(
    "{}://bucket/{}".format, st.sampled_from(["s3", "gs", "memory"]), _TEXT.filter(lambda text: "\0" not in text)
)


def _handle(annotation: Annotation, place: _Place) -> Values:
    """Of what is in a store already: nothing is read or written."""
    cls = annotation.origin
    metadata = st.dictionaries(_TEXT, _TEXT, max_size=2)
    return st.builds(cls, _PLACES, metadata=metadata) if issubclass(cls, FlyteFile) else st.builds(cls, _PLACES)


def _message(annotation: Annotation, place: _Place) -> Values:
    return message_values(annotation.origin)


_FORMS: Final[list[tuple[Callable[[type], bool], Callable[[Annotation, _Place], Values]]]] = [
    (lambda cls: issubclass(cls, enum.Enum), _enum),
    (lambda cls: issubclass(cls, Handle), _handle),
    (lambda cls: issubclass(cls, idl.Message), _message),
    (lambda cls: issubclass(cls, tuple) and hasattr(cls, "_fields"), _named_tuple),
    (lambda cls: issubclass(cls, dict) and hasattr(cls, "__required_keys__"), _typed_dict),
    (lambda cls: hasattr(cls, "__pydantic_fields__") and hasattr(cls, "model_fields"), _model),
    (lambda cls: hasattr(cls, "__dataclass_fields__"), _dataclass),
    (lambda cls: hasattr(cls, "__attrs_attrs__"), _attrs_class),
    (lambda cls: hasattr(cls, "__struct_fields__"), _msgspec_struct),
    (lambda cls: any(f"{base.__module__}.{base.__name__}" == "numpy.generic" for base in cls.__mro__), _numpy_scalar),
]

_abc = collections.abc
_MAKERS: Final[dict[Any, Maker]] = {
    int: _integers,
    float: _floats,
    str: _texts,
    bool: _always(st.booleans()),
    type(None): _always(st.none()),
    bytes: _bytes,
    bytearray: _bytes,
    complex: _complexes,
    range: _ranges,
    dt.datetime: _always(_DATETIMES),
    dt.date: _dates,
    dt.timedelta: _deltas,
    dt.time: lambda annotation, limits, place: st.times() if place.in_model else _TIMES,
    dt.timezone: _always(_TIMEZONES),
    decimal.Decimal: _decimals,
    fractions.Fraction: _always(st.fractions()),
    uuid.UUID: _always(st.uuids()),
    FlyteError: _always(st.builds(FlyteError, message=_TEXT, failed_node_id=_TEXT)),
    Any: _anything,
    Union: _union,
    Literal: _literal,
    tuple: _tuple,
    dict: _mapping(dict),
    collections.defaultdict: _default_dict,
    collections.Counter: _counter,
    collections.OrderedDict: _mapping(collections.OrderedDict),
    list: _sequence(list),
    collections.deque: _sequence(collections.deque),
    set: _sequence(set),
    frozenset: _sequence(frozenset),
    _abc.MutableSequence: _sequence(list, collections.deque),
    _abc.Set: _sequence(set, frozenset),
    _abc.MutableSet: _sequence(set),
    **dict.fromkeys((_abc.Sequence, _abc.Reversible), _sequence(list, tuple, collections.deque)),
    **dict.fromkeys(
        (_abc.Collection, _abc.Iterable, _abc.Container), _sequence(list, tuple, collections.deque, set, frozenset)
    ),
    **dict.fromkeys((_abc.Mapping, _abc.MutableMapping), _mapping(dict, collections.OrderedDict, collections.Counter)),
    **dict.fromkeys(
        (pathlib.Path, pathlib.PurePath, pathlib.PurePosixPath, pathlib.PosixPath, pathlib.PureWindowsPath), _paths
    ),
    **dict.fromkeys(
        (
            *(ipaddress.IPv4Address, ipaddress.IPv4Network, ipaddress.IPv4Interface),
            *(ipaddress.IPv6Address, ipaddress.IPv6Network, ipaddress.IPv6Interface),
        ),
        _addresses,
    ),
}
