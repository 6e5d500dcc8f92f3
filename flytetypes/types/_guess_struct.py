"""From a struct with a JSON schema to a dataclass made for it.

Fields are guessed one by one (`_guess_fields`) and compared with what is said of them, each sort of field once: many
structs have a `{"type": "integer"}`. Where everything fits, the class need not be compared as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final

from flytetypes import idl
from flytetypes.errors import AnnotationError
from flytetypes.types import _names
from flytetypes.types._guess import schema_title
from flytetypes.types._guess_checks import (
    NO_DEFAULT,
    announces,
    announces_fields,
    describes,
    empty_default,
    factory_of,
    loaded_default,
    without_type,
)
from flytetypes.types._guess_fields import HIDDEN, UNKNOWN, Announced, FieldGuesser, Fragment, is_hidden
from flytetypes.types._guess_texts import annotation_of_text
from flytetypes.types._guessed import MISSING, Guessed, MadeField, clean_name, complete, free_name, is_clean, new_class

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

Types = Mapping[str, idl.LiteralType]
_REMEMBERED_FIELDS: Final = 4096
_MAX_ALIASES: Final = 50
_PLAIN_ANNOTATION: Final = _names.struct_type().annotation
_PLAIN_KINDS: Final = ["simple", "metadata", "annotation", "structure"]
_PLAIN_WORDS: Final = frozenset({"type", "title", "properties", "additionalProperties", "required"})


def guess_struct(literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:
    """A dataclass for a struct with a schema; None for other types.

    `Guesses.proven` is the class where it has exactly this type. A struct whose schema is not told may have fields that
    nothing tells, so no class could keep its values.
    """
    if literal_type.WhichOneof("type") != "simple" or literal_type.simple != idl.SimpleType.STRUCT:
        return None
    if not literal_type.HasField("metadata"):
        return None
    # The variant of a union, or a class met inside itself, is told without the types of its fields.
    told = literal_type.HasField("structure") and not literal_type.structure.tag
    return _Struct(literal_type, engine).made(literal_type.structure.dataclass_type if told else None)


class _Struct:
    """One type whose class is being made, with the classes inside it that only its schema knows."""

    def __init__(self, literal_type: idl.LiteralType, engine: TypeEngine) -> None:
        self._type = literal_type
        self._engine = engine
        self._guesses = engine.guesses
        self._schema = literal_type.metadata
        self._is_model = literal_type.structure.tag == _names.PYDANTIC or _is_of_pydantic(_body(self._schema))
        self._guesser_made: FieldGuesser | None = None

    def made(self, types: Types | None) -> type:
        """The class."""
        guesses = self._guesses
        key = idl.fingerprint(self._schema)
        known = self._known(key, types)
        if known is not None:
            return known
        cls = new_class(clean_name(schema_title(self._schema) or "Guessed", "Guessed"))
        reference = self._schema.fields["$ref"].string_value if "$ref" in self._schema.fields else None
        if reference is not None:
            self._guesser.know(reference, cls)
        guesses.open[key] = cls
        try:
            exact = self._fill(cls, _body(self._schema), types)
        finally:
            del guesses.open[key]
        if cls in guesses.unfinished:
            guesses.closed[key] = cls
        else:
            guesses.by_schema[key] = cls
        guesses.classes[idl.fingerprint(self._type)] = cls
        guesses.proven = cls if exact and reference is None and _is_plain(self._type) else None
        return cls

    def _known(self, key: bytes, types: Types | None) -> type | None:
        guesses = self._guesses
        known = guesses.open.get(key) or guesses.closed.get(key)
        if known is not None:
            return known
        known = guesses.by_schema.get(key)
        if known is None or types is None:
            return known
        # It was made where nothing announced its fields.
        return known if announces_fields(known, self._type, self._engine) else None

    @property
    def _guesser(self) -> FieldGuesser:
        if self._guesser_made is None:
            self._guesser_made = FieldGuesser(
                self._schema,
                self._engine,
                self._part,
                is_model=self._is_model,
                size_bytes=self._type.ByteSize(),
            )
        return self._guesser_made

    def _part(self, fragment: Fragment, know: Callable[[type], None], name: str) -> type:
        """A class inside the schema that nothing announces; the name is for one that has no title."""
        schema = idl.Struct()
        idl.fill_struct(schema, {word: part for word, part in fragment.items() if word != "default"})
        key = idl.fingerprint(schema)
        alone = b"$ref" not in key
        known = self._guesses.by_schema.get(key) if alone else self._around(schema)
        if known is not None:
            know(known)
            return known
        cls = new_class(clean_name(schema_title(schema) or name, "Guessed"))
        know(cls)
        self._fill(cls, schema, None)
        if alone:
            self._guesses.by_schema[key] = cls
        return cls

    def _around(self, schema: idl.Struct) -> type | None:
        """The class that is being made, or was just made, for what a recursive schema tells in other words.

        Of two classes that mention each other, each one's schema tells the other inline.
        """
        title, names = schema_title(schema), frozenset(_struct_in(schema, "properties"))
        return next((c for c, known in self._guesses.unfinished.items() if (c.__name__, known) == (title, names)), None)

    # --- fields ---------------------------------------------------------------------------------------------------

    def _fill(self, cls: type[Guessed], schema: idl.Struct, types: Types | None) -> bool:
        """Complete a class; whether it has exactly this schema and these types for all that is known so far."""
        guesses = self._guesses
        guesses.unfinished[cls] = frozenset(_struct_in(schema, "properties"))
        try:
            fields, exact = self._fields(schema, types)
            complete(cls, fields)
        except BaseException:
            guesses.unfinished.pop(cls, None)
            raise
        # One that mentions a class around it is not finished before that is.
        if not any(guesses.is_unfinished(field.annotation, but=cls) for field in fields):
            guesses.unfinished.pop(cls, None)
        return exact and schema_title(schema) == cls.__name__

    def _fields(self, schema: idl.Struct, types: Types | None) -> tuple[list[MadeField], bool]:
        properties = _struct_in(schema, "properties")
        required = [name for name in dict.fromkeys(_texts_in(schema, "required")) if name in properties]
        exact = _is_plain_schema(schema, required)
        order = [*required, *sorted(set(properties).difference(required))]
        aliases = self._aliases(properties, order, types) if types is not None else {}
        fields: dict[str, MadeField] = {}
        for key in order:
            name = aliases.get(key, key)
            announced = UNKNOWN if types is None else types.get(name, HIDDEN)
            annotation, default, fits = self._field(properties[key], announced)
            clean = name if is_clean(name) else free_name(clean_name(name, "field"), {*fields, *order})
            # Pydantic's aliases are in its schema, and not in its values.
            on_the_wire = name if self._is_model else key
            fields[clean] = MadeField(
                clean,
                annotation,
                alias=None if clean == on_the_wire else on_the_wire,
                default=default,
                factory=None if key in required or default is not MISSING else factory_of(annotation),
            )
            exact = exact and fits and clean == key and (key in required or default is not MISSING)
        unwritten = sorted(set(types or ()).difference(aliases.values(), properties))
        for name in unwritten:
            field = self._unwritten(name, types[name]) if types is not None and is_clean(name) else None
            if field is not None:
                fields[name] = field
        return list(fields.values()), exact and not unwritten

    def _field(self, value: idl.Value, announced: Announced) -> tuple[Any, Any, bool]:
        """Annotation and default of a field, and whether they are exactly what is said of it."""
        fragment = value.struct_value
        said = announced.reason.encode() if not isinstance(announced, idl.LiteralType) else idl.fingerprint(announced)
        key = (idl.fingerprint(fragment), said, self._is_model)
        found = self._guesses.fields.get(key)
        if found is not None:
            return found
        if isinstance(announced, idl.LiteralType) and announced.HasField("metadata"):
            nested = self._nested(announced)
            if nested is not None and "default" not in fragment.fields:
                whole = isinstance(nested, type) and nested not in self._guesses.unfinished
                return without_type(nested), MISSING, whole and idl.fingerprint(announced.metadata) == key[0]
        found = self._compared(idl.read_struct(fragment), announced)
        if b"$ref" not in key[0] and not self._guesses.is_unfinished(found[0]):
            if len(self._guesses.fields) >= _REMEMBERED_FIELDS:
                self._guesses.fields.clear()
            self._guesses.fields[key] = found
        return found

    def _nested(self, announced: idl.LiteralType) -> Any | None:
        """The class of a struct inside this one, which is the same as when it is guessed alone."""
        if announced.WhichOneof("type") != "simple" or announced.simple != idl.SimpleType.STRUCT:
            return None
        if _names.PROTOBUF_CLASS in announced.metadata.fields:
            return None
        return self._engine.guess(announced)

    def _compared(self, fragment: Fragment, announced: Announced) -> tuple[Any, Any, bool]:
        engine = self._engine
        default = fragment.pop("default", MISSING)
        annotation = self._guesser.guess(fragment, announced, immutable=default is not MISSING and default is not None)
        if self._guesses.is_unfinished(annotation):
            return annotation, empty_default(annotation, default), False
        try:
            engine.plain(annotation)
        except AnnotationError:  # nothing that can be inside a struct
            annotation = Any
        fits = describes(annotation, fragment, engine)
        if announced is not UNKNOWN:
            told = announced if isinstance(announced, idl.LiteralType) else None
            fits = fits and announces(annotation, told, engine)
        if default is not MISSING:
            default = loaded_default(annotation, default, engine)
            if default is NO_DEFAULT:
                return annotation, MISSING, False
        return annotation, default, fits

    def _unwritten(self, name: str, announced: idl.LiteralType) -> MadeField | None:
        """What is announced and not in the schema: a ClassVar, an InitVar, a field that is not in `__init__`."""
        text = _names.pickled_class(announced) or ""
        if text.startswith("typing.ClassVar"):
            found = annotation_of_text(text.removeprefix("typing.ClassVar[").removesuffix("]"))
            form: Any = ClassVar
            return MadeField(name, form if found is None else form[found], in_init=False, pseudo=True)
        if text.startswith("dataclasses.InitVar["):
            from dataclasses import InitVar

            inner = text.removeprefix("dataclasses.InitVar[").removesuffix("]")
            # Only the name of its class is told, and only that is told again.
            found = annotation_of_text(inner) or new_class(clean_name(inner, "Guessed"))
            return MadeField(name, InitVar(found), default=None, pseudo=True)
        annotation = self._guesser.guess(None, announced)
        try:
            if not self._guesses.is_unfinished(annotation):
                self._engine.plain(annotation)
        except AnnotationError:
            annotation = Any
        return MadeField(name, annotation, in_init=False)

    def _aliases(self, properties: Mapping[str, idl.Value], order: Iterable[str], types: Types) -> dict[str, str]:
        """Names in the schema to the names under which they are announced, where those are other ones."""
        nameless = [key for key in order if key not in types and not is_hidden(_tree(properties[key]))]
        names = [name for name in sorted(types) if name not in properties]
        if not nameless or not names or len(nameless) > _MAX_ALIASES or len(names) > _MAX_ALIASES:
            return {}
        aliases: dict[str, str] = {}
        for key in nameless:
            alike = [name for name in names if _letters(name) == _letters(key)]
            for name in alike or names:
                if alike or self._field(properties[key], types[name])[2]:
                    aliases[key] = name
                    names.remove(name)
                    break
        return aliases


def _body(schema: idl.Struct) -> idl.Struct:
    """The schema of the class: the root itself, or the definition that it refers to."""
    body = schema
    if "$ref" in schema.fields:
        for step in schema.fields["$ref"].string_value.removeprefix("#/").split("/"):
            body = _struct_at(body, step)
    return body


def _struct_at(schema: idl.Struct, name: str) -> idl.Struct:
    return schema.fields[name].struct_value if name in schema.fields else _EMPTY


_EMPTY: Final = idl.Struct()
_FALSE: Final = idl.Value(bool_value=False)


def _struct_in(schema: idl.Struct, name: str) -> Mapping[str, idl.Value]:
    return _struct_at(schema, name).fields


def _texts_in(schema: idl.Struct, name: str) -> list[str]:
    values = schema.fields[name].list_value.values if name in schema.fields else ()
    return [value.string_value for value in values if value.WhichOneof("kind") == "string_value"]


def _tree(value: idl.Value) -> Any:
    return idl.read_value(value)


def _letters(name: str) -> str:
    return name.replace("_", "").replace("-", "").casefold()


def _is_plain(literal_type: idl.LiteralType) -> bool:
    """Whether a type says, besides its schema and the types of fields, exactly what a dataclass's says."""
    said = [field.name for field, _ in literal_type.ListFields()]
    if said != _PLAIN_KINDS or literal_type.structure.tag or literal_type.annotation != _PLAIN_ANNOTATION:
        return False
    known = idl.LiteralType()
    known.CopyFrom(literal_type)
    known.DiscardUnknownFields()
    return known.ByteSize() == literal_type.ByteSize()


def _is_plain_schema(schema: idl.Struct, required: list[str]) -> bool:
    """Whether a schema says, besides its title and properties, exactly what a dataclass's says."""
    fields = schema.fields
    return (
        _PLAIN_WORDS.issuperset(fields)
        and len(fields) == (5 if required else 4)
        # Asking a map for a key that it lacks would make it.
        and {"type", "properties", "additionalProperties"} <= fields.keys()
        and fields["type"].string_value == "object"
        and fields["properties"].HasField("struct_value")
        and fields["additionalProperties"] == _FALSE
        and (not required or [idl.read_value(value) for value in fields["required"].list_value.values] == required)
    )


def _is_of_pydantic(schema: idl.Struct) -> bool:
    """Whether a schema is of pydantic's kind: titles on properties, and nothing said of further ones."""
    if "additionalProperties" not in schema.fields or schema.fields["additionalProperties"] != _FALSE:
        return True
    properties = _struct_in(schema, "properties").values()
    return any(
        "title" in value.struct_value.fields and "properties" not in value.struct_value.fields for value in properties
    )
