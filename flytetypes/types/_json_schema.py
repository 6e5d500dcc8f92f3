"""Reading a JSON schema as the library in Flyte's backend does: what it can read, and where each `$ref` leads.

The rules are those of the meta-schemas of draft-04, -06 and -07, with that library's list of formats and without any
document but this one: a `$ref` that leaves the schema is refused. Comparing two schemas is `_castable_schema`.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

from flytetypes import idl
from flytetypes.types._go_syntax import is_regex, is_uri, is_uri_reference

Node: TypeAlias = dict[str, Any] | bool
"""A schema: an object of keywords, or from draft-06 on `true` and `false`."""

# santhosh-tekuri/jsonschema v1.2.4, formats and its two additions. What schemas of timedelta, bytes, UUID, Path and
# files carry (`time-delta`, `base64`, `uuid`, `path`) is not among them.
FORMATS: Final = frozenset(
    {
        *("date-time", "date", "time", "hostname", "email", "ip-address", "ipv4", "ipv6", "uri", "iri", "uriref"),
        *("uri-reference", "iri-reference", "uri-template", "regex", "json-pointer", "relative-json-pointer"),
        *("format", "encoding", "mediatype"),
    }
)

_DRAFTS: Final = {
    "http://json-schema.org/schema#": 7,
    "http://json-schema.org/draft-07/schema#": 7,
    "http://json-schema.org/draft-06/schema#": 6,
    "http://json-schema.org/draft-04/schema#": 4,
}
_TYPES: Final = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})


class InvalidSchemaError(Exception):
    """A schema that the backend's library cannot read."""


@lru_cache(maxsize=256)
def read_document(struct: bytes) -> "Document":
    """The schema in a serialised Struct. A compiler meets the same few schemas over and over, hence the cache.

    Raises `InvalidSchemaError` for numbers that JSON does not have.
    """
    tree = idl.read_struct(idl.Struct.FromString(struct))
    try:
        json.dumps(tree, allow_nan=False)
    except ValueError:
        raise InvalidSchemaError("it has a number that is infinite or not a number") from None
    return Document(tree)


class Document:
    """One schema document. Nothing but `root` is good before `compile`."""

    def __init__(self, root: dict[str, Any]) -> None:
        self.root = root
        self._checker = _Checker(draft=7)
        self._targets: dict[str, Node] = {}
        self._compiled = False
        self._problem: str | None = None

    def __len__(self) -> int:
        """How many different `$ref` there are, and one for the root."""
        return len(self._targets) + 1

    def compile(self) -> None:
        """Check every keyword and follow every `$ref`, once. Raises `InvalidSchemaError`."""
        if not self._compiled:
            try:
                self._compile()
            except InvalidSchemaError as error:
                self._problem = str(error)
            self._compiled = True
        if self._problem is not None:
            raise InvalidSchemaError(self._problem)

    def target(self, ref: str) -> Node:
        """Where a `$ref` of this document leads."""
        return self._targets[ref]

    def knows(self, keyword: str) -> bool:
        """Whether a keyword means anything in the document's draft."""
        return self._checker.draft >= _SINCE.get(keyword, 4)

    def range_of(self, node: Node) -> tuple[float | None, float | None, bool]:
        """Minimum, maximum, and whether a bound is exclusive (in draft-04 it then is no longer the bound itself)."""
        if isinstance(node, bool):
            return None, None, False
        low, high = node.get("minimum"), node.get("maximum")
        if self._checker.draft > 4:
            return low, high, "exclusiveMinimum" in node or "exclusiveMaximum" in node
        above, below = node.get("exclusiveMinimum", False), node.get("exclusiveMaximum", False)
        return None if above else low, None if below else high, above or below

    def conditions_of(self, node: Node) -> dict[str, Node]:
        """`if`, `then` and `else` where they have an effect."""
        if isinstance(node, bool) or not self.knows("if"):
            return {}
        if "if" not in node or not ("then" in node or "else" in node):
            return {}
        return {keyword: node[keyword] for keyword in ("if", "then", "else") if keyword in node}

    def _compile(self) -> None:
        if not self.root:
            raise InvalidSchemaError("it is empty")
        if "$schema" in self.root:
            draft = _DRAFTS.get(str(self.root["$schema"]))
            if draft is None:
                raise InvalidSchemaError(f"`$schema` {self.root['$schema']!r} is not a known draft")
            self._checker = _Checker(draft)
        self._checker.check(self.root)
        self._link(self.root)

    # Linking: what the library compiles, reached from the root.

    def _link(self, node: Node) -> None:
        if isinstance(node, bool):
            return
        ref = node.get("$ref")
        if ref is None:
            for below in self._below(node):
                self._link(below)
        elif ref not in self._targets:
            self._targets[ref] = target = self._find(ref)
            self._checker.check(target)
            self._link(target)

    def _below(self, node: dict[str, Any]) -> Iterator[Node]:
        for keyword, shape in _SUBSCHEMAS.items():
            value = node.get(keyword)
            if value is None or not self.knows(keyword):
                continue
            if shape == "map":
                yield from (item for item in value.values() if not isinstance(item, list))
            elif isinstance(value, list):
                yield from value
            else:
                yield value
        if isinstance(node.get("items"), list) and "additionalItems" in node:
            yield node["additionalItems"]
        yield from self.conditions_of(node).values()

    def _find(self, ref: str) -> Any:
        if ref in ("", "#", "#/"):
            return self.root
        if not ref.startswith("#/"):
            raise InvalidSchemaError(f"`$ref` {ref!r} is not a path into the schema")
        found: Any = self.root
        for step in ref[2:].split("/"):
            key = unquote(step.replace("~1", "/").replace("~0", "~"))
            if isinstance(found, dict):
                found = found.get(key)
            elif isinstance(found, list) and key.isdecimal() and int(key) < len(found):
                found = found[int(key)]
            else:
                raise InvalidSchemaError(f"`$ref` {ref!r} leads nowhere")
        if found is None:
            raise InvalidSchemaError(f"`$ref` {ref!r} leads nowhere")
        return found


class _Checker:
    """What the meta-schema of a draft says about a schema, and about every schema that it knows to be below."""

    def __init__(self, draft: int) -> None:
        self.draft = draft
        self._checked: set[int] = set()

    def check(self, node: object) -> None:
        """Raise `InvalidSchemaError` for the first keyword whose value cannot be."""
        if isinstance(node, bool) and self.draft > 4:
            return
        if not isinstance(node, dict):
            raise InvalidSchemaError(f"{_short(node)} stands where a schema is wanted")
        if id(node) in self._checked:
            return
        self._checked.add(id(node))
        for keyword, value in node.items():
            rule = _RULES.get(keyword)
            if rule is not None and self.draft >= _SINCE.get(keyword, 4) and not rule(self, value):
                raise InvalidSchemaError(f"`{keyword}` cannot be {_short(value)}")
        if self.draft == 4:
            for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
                if exclusive in node and bound not in node:
                    raise InvalidSchemaError(f"`{exclusive}` wants `{bound}`")

    # One method for each shape of value: true if it fits. Schemas inside of it raise by themselves.

    def schema(self, value: object) -> bool:
        self.check(value)
        return True

    def schema_or_bool(self, value: object) -> bool:
        return isinstance(value, bool) or self.schema(value)

    def schemas(self, value: object) -> bool:
        return isinstance(value, list) and len(value) > 0 and all(map(self.schema, value))

    def items(self, value: object) -> bool:
        return self.schemas(value) if isinstance(value, list) else self.schema(value)

    def schema_map(self, value: object) -> bool:
        return isinstance(value, dict) and all(map(self.schema, value.values()))

    def pattern_map(self, value: object) -> bool:
        return isinstance(value, dict) and all(map(is_regex, value)) and self.schema_map(value)

    def dependencies(self, value: object) -> bool:
        if not isinstance(value, dict):
            return False
        return all(self.names(item) if isinstance(item, list) else self.schema(item) for item in value.values())

    def names(self, value: object) -> bool:
        if not isinstance(value, list) or (not value and self.draft == 4):
            return False
        return all(isinstance(item, str) for item in value) and len(set(value)) == len(value)

    def distinct(self, value: object) -> bool:
        return isinstance(value, list) and 0 < len(value) == len({json.dumps(item, sort_keys=True) for item in value})

    def type(self, value: object) -> bool:
        if isinstance(value, list):
            return self.distinct(value) and all(isinstance(item, str) and item in _TYPES for item in value)
        return isinstance(value, str) and value in _TYPES

    def text(self, value: object) -> bool:
        return isinstance(value, str)

    def regex(self, value: object) -> bool:
        return isinstance(value, str) and is_regex(value)

    def uri(self, value: object) -> bool:
        return isinstance(value, str) and is_uri(value)

    def uri_reference(self, value: object) -> bool:
        return isinstance(value, str) and is_uri_reference(value)

    def ref(self, value: object) -> bool:
        return self.text(value) if self.draft == 4 else self.uri_reference(value)

    def format(self, value: object) -> bool:
        return isinstance(value, str) and value in FORMATS

    def boolean(self, value: object) -> bool:
        return isinstance(value, bool)

    def number(self, value: object) -> bool:
        return isinstance(value, float)

    def positive(self, value: object) -> bool:
        return isinstance(value, float) and value > 0

    def size(self, value: object) -> bool:
        # Below 1e21: from there on the backend writes numbers with an exponent, and no longer takes them for integers.
        return isinstance(value, float) and value.is_integer() and 0 <= value < 1e21

    def exclusive(self, value: object) -> bool:
        return isinstance(value, bool if self.draft == 4 else float)

    def list_of_anything(self, value: object) -> bool:
        return isinstance(value, list)

    def media_type(self, value: object) -> bool:
        return value == "application/json"

    def encoding(self, value: object) -> bool:
        return value == "base64"


_RULES: Final[Mapping[str, Callable[[_Checker, object], bool]]] = {
    "$schema": _Checker.uri,
    "$id": _Checker.uri_reference,
    "$ref": _Checker.ref,
    **dict.fromkeys(("$comment", "title", "description"), _Checker.text),
    **dict.fromkeys(("readOnly", "uniqueItems"), _Checker.boolean),
    **dict.fromkeys(("minimum", "maximum"), _Checker.number),
    **dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum"), _Checker.exclusive),
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _Checker.size
    ),
    **dict.fromkeys(("contains", "propertyNames", "not", "if", "then", "else"), _Checker.schema),
    **dict.fromkeys(("additionalItems", "additionalProperties"), _Checker.schema_or_bool),
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), _Checker.schemas),
    **dict.fromkeys(("definitions", "properties"), _Checker.schema_map),
    "patternProperties": _Checker.pattern_map,
    "dependencies": _Checker.dependencies,
    "items": _Checker.items,
    "required": _Checker.names,
    "enum": _Checker.distinct,
    "type": _Checker.type,
    "multipleOf": _Checker.positive,
    "pattern": _Checker.regex,
    "format": _Checker.format,
    "examples": _Checker.list_of_anything,
    "contentMediaType": _Checker.media_type,
    "contentEncoding": _Checker.encoding,
}

# The draft that brought a keyword; the others are of draft-04.
_SINCE: Final[Mapping[str, int]] = {
    **dict.fromkeys(("$id", "contains", "propertyNames", "const"), 6),
    **dict.fromkeys(
        ("$comment", "readOnly", "examples", "contentMediaType", "contentEncoding", "if", "then", "else"), 7
    ),
}

_SUBSCHEMAS: Final[Mapping[str, str]] = {
    "not": "one",
    "allOf": "list",
    "anyOf": "list",
    "oneOf": "list",
    "properties": "map",
    "patternProperties": "map",
    "additionalProperties": "one",
    "dependencies": "map",
    "items": "one or list",
    "propertyNames": "one",
    "contains": "one",
}


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
