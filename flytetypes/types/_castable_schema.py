"""Two JSON schemas of structs: does what one describes fit the other? As Flyte's backend compares them.

The backend reads both with a draft-07 library (draft-04 and -06 when `$schema` says so), refuses what that library
cannot read, and then walks both. A difference is *hard*, or *soft*: a keyword that the walk notices and does not
compare. Soft findings count inside `allOf`, `anyOf` and `oneOf` only. There are comparisons on which the walk panics or
never ends; those raise `BackendCrash` here.

Reading a schema is `_json_schema`. Whether two types fit, of which structs are one kind, is `_castable`.
"""

from typing import Any, Final, NamedTuple

from flytetypes import idl
from flytetypes.types._json_schema import Document, InvalidSchemaError, Node, read_document

_COMBINATORS: Final = ("allOf", "anyOf", "oneOf")
_CONDITIONS: Final = ("if", "then", "else")
_INT64: Final = 2**63


class BackendCrash(Exception):  # noqa: N818 - not an error of ours: the name says what would happen over there
    """The backend would not answer but panic, or overflow its stack."""


class _Finding(NamedTuple):
    """A difference; of several the first hard one is kept, else the first soft one."""

    hard: bool
    text: str
    path: tuple[str, ...] = ()


def schema_refusal(upstream: idl.Struct, downstream: idl.Struct) -> str | None:
    """Why a struct with the upstream schema cannot feed one with the downstream schema; None if it can."""
    upstream_bytes = upstream.SerializeToString(deterministic=True)
    downstream_bytes = downstream.SerializeToString(deterministic=True)
    side = "upstream"
    try:
        have = read_document(upstream_bytes)
        side = "downstream"
        want = read_document(downstream_bytes)
        if upstream_bytes == downstream_bytes:
            return None
        side = "upstream"
        have.compile()
        side = "downstream"
        want.compile()
    except InvalidSchemaError as error:
        return f"the {side} schema cannot be read by the backend, so only an equal one would fit: {error}"
    finding = _Comparison(have, want).compare(have.root, want.root)
    if finding is None or not finding.hard:
        return None
    where = "".join(finding.path).removeprefix(".")
    return f"{finding.text}, at `{where}`" if where else finding.text


class _Comparison:
    """One walk over both schemas. Names follow the direction of the data: `have` flows into `want`."""

    def __init__(self, have: Document, want: Document) -> None:
        self._have = have
        self._want = want
        # The same pair is met again through `$ref`. It always has the same answer, unless it is still being compared:
        # then the backend, which keeps no such table, walks in a circle.
        self._known: dict[tuple[int, int], _Finding | None] = {}
        self._open: set[tuple[int, int]] = set()

    def compare(self, have: Node, want: Node) -> _Finding | None:
        """The worst difference between two schemas, at any depth below them."""
        have, want = _followed(self._have, have), _followed(self._want, want)
        if isinstance(have, bool) or isinstance(want, bool):
            return self._compare_node(have, want)
        pair = id(have), id(want)
        if pair in self._open:
            raise BackendCrash("the schemas refer to themselves and are not equal")
        if pair not in self._known:
            self._open.add(pair)
            self._known[pair] = self._compare_node(have, want)
            self._open.remove(pair)
        return self._known[pair]

    def _compare_node(self, have: Node, want: Node) -> _Finding | None:
        have_types, want_types = _types(have), _types(want)
        worst: _Finding | None = None
        missing = want_types - have_types
        surplus = have_types - want_types
        if missing or surplus - ({"object"} if not want_types else set()):
            worst = _hard(f"type {_type_text(have_types)} is not {_type_text(want_types)}")
        if "string" in want_types:
            worst = _worse(worst, _compare_string(have, want))
        if "number" in want_types:
            worst = _worse(worst, self._compare_number(have, want))
        if "array" in want_types:
            worst = _worse(worst, self._compare_array(have, want))
        if "object" in want_types or not want_types:
            worst = _worse(worst, self._compare_object(have, want))
        for keyword in _COMBINATORS:
            worst = _worse(worst, self._compare_variants(have, want, keyword))
        return _worse(worst, self._compare_const(have, want))

    def _compare_number(self, have: Node, want: Node) -> _Finding | None:
        have_low, have_high, have_soft = self._have.range_of(have)
        want_low, want_high, want_soft = self._want.range_of(want)
        worst: _Finding | None = None
        if want_high is not None and (have_high is None or have_high > want_high):
            worst = _hard(f"maximum {_number(have_high)} is not within {_number(want_high)}")
        if want_low is not None and (have_low is None or have_low < want_low):
            worst = _worse(worst, _hard(f"minimum {_number(have_low)} is not within {_number(want_low)}"))
        if have_soft or want_soft:
            worst = _worse(worst, _soft("exclusiveMinimum, exclusiveMaximum"))
        have_step, want_step = _get(have, "multipleOf"), _get(want, "multipleOf")
        if have_step is None and want_step is None:
            return worst
        if have_step is None or want_step is None:
            raise BackendCrash("`multipleOf` stands on one side only")
        if not (have_step.is_integer() and want_step.is_integer()):
            worst = _worse(worst, _soft("multipleOf"))
        have_step, want_step = min(int(have_step), _INT64 - 1), min(int(want_step), _INT64 - 1)
        if want_step == 0:
            raise BackendCrash("`multipleOf` below 1 is a division by zero")
        if have_step % want_step:
            worst = _worse(worst, _hard(f"multipleOf {have_step} is not a multiple of {want_step}"))
        return worst

    def _compare_array(self, have: Node, want: Node) -> _Finding | None:
        worst = _worse(_at_least(have, want, "minItems"), _at_most(have, want, "maxItems"))
        have_items, want_items = _get(have, "items"), _get(want, "items")
        if want_items is not None:
            worst = _worse(worst, self._compare_items(have_items, want_items))
        if isinstance(have_items, list) or isinstance(want_items, list):
            worst = _worse(worst, _soft("additionalItems"))
        if _get(want, "uniqueItems") and not _get(have, "uniqueItems"):
            worst = _worse(worst, _hard("its items need not be unique"))
        return worst

    def _compare_items(self, have: Node | list[Node] | None, want: Node | list[Node]) -> _Finding | None:
        if have is None:
            return _hard("its items are not described")
        if isinstance(have, list) != isinstance(want, list):
            return _hard("a list of any length is compared with one of fixed positions")
        if not isinstance(have, list) or not isinstance(want, list):
            return _within("[]", self.compare(have, want))  # type: ignore[arg-type]
        if len(have) != len(want):
            return _hard(f"it has {len(have)} positions, not {len(want)}")
        worst: _Finding | None = None
        for index, (have_item, want_item) in enumerate(zip(have, want, strict=True)):
            worst = _worse(worst, _within(f"[{index}]", self.compare(have_item, want_item)))
        return worst

    def _compare_object(self, have: Node, want: Node) -> _Finding | None:
        worst: _Finding | None = None
        if _leaves_soft_object(have) or _leaves_soft_object(want):
            worst = _soft("additionalProperties, dependencies, patternProperties, not")
        required = _get(have, "required") or ()
        for name in _get(want, "required") or ():
            if name not in required:
                worst = _worse(worst, _hard(f"`{name}` is required downstream and not upstream"))
        worst = _worse(worst, _at_least(have, want, "minProperties"))
        worst = _worse(worst, _at_most(have, want, "maxProperties"))
        worst = _worse(worst, self._compare_conditions(have, want))
        properties = _get(have, "properties") or {}
        for name, property_wanted in (_get(want, "properties") or {}).items():
            if name in properties:
                found = self.compare(properties[name], property_wanted)
                worst = _worse(worst, _within(f".{name}", found))
            else:
                worst = _worse(worst, _hard(f"property `{name}` is missing upstream"))
        return worst

    def _compare_conditions(self, have: Node, want: Node) -> _Finding | None:
        worst: _Finding | None = None
        have_conditions, want_conditions = self._have.conditions_of(have), self._want.conditions_of(want)
        if have_conditions or want_conditions:
            for keyword in _CONDITIONS:
                if (keyword in have_conditions) != (keyword in want_conditions):
                    worst = _worse(worst, _hard(f"`{keyword}` stands on one side only"))
                elif keyword in have_conditions and self._differ(have_conditions[keyword], want_conditions[keyword]):
                    worst = _worse(worst, _hard(f"`{keyword}` is not the same"))
        return worst

    def _compare_variants(self, have: Node, want: Node, keyword: str) -> _Finding | None:
        have_variants, want_variants = _get(have, keyword), _get(want, keyword)
        if have_variants is None and want_variants is None:
            return None
        if have_variants is None or want_variants is None:
            return _hard(f"`{keyword}` stands {'downstream' if have_variants is None else 'upstream'} only")
        worst: _Finding | None = None
        for index, variant in enumerate(have_variants):
            if all(self._differ(variant, wanted) for wanted in want_variants):
                worst = _worse(worst, _hard(f"variant {index} of `{keyword}` has no equal downstream"))
        return worst

    def _compare_const(self, have: Node, want: Node) -> _Finding | None:
        if isinstance(want, bool) or "const" not in want or not self._want.knows("const"):
            return None
        if isinstance(have, bool) or "const" not in have or not self._have.knows("const"):
            return _hard("it is a constant downstream only")
        have_value, want_value = have["const"], want["const"]
        if type(have_value) is type(want_value) and isinstance(want_value, (dict, list)):
            raise BackendCrash("`const` is an object or a list on both sides")
        # By text: -0.0 is not 0.0, and True is not 1.0.
        return None if repr(have_value) == repr(want_value) else _hard(f"constant {have_value!r} is not {want_value!r}")

    def _differ(self, have: Node, want: Node) -> bool:
        """Whether there is any difference, soft ones included: what counts inside `anyOf` and its like."""
        have, want = _followed(self._have, have), _followed(self._want, want)
        if (isinstance(have, bool) or isinstance(want, bool)) and have is not want:
            return True
        return self.compare(have, want) is not None


def _compare_string(have: Node, want: Node) -> _Finding | None:
    worst: _Finding | None = None
    have_format, want_format = _get(have, "format") or "", _get(want, "format") or ""
    if have_format != want_format:
        worst = _hard(f"format {have_format or 'absent'} is not {want_format or 'absent'}")
    allowed = _get(want, "enum")
    if allowed is not None:
        values = _get(have, "enum") or ()
        if not all(isinstance(value, str) for value in (*allowed, *values)):
            raise BackendCrash("a string's `enum` has a value that is not a string")
        # The backend takes the empty string for allowed, always.
        surplus = [value for value in values if value and value not in allowed]
        if surplus:
            worst = _worse(worst, _hard(f"enum value {surplus[0]!r} is not among {allowed!r}"))
    pattern = _get(want, "pattern")
    if pattern is not None:
        have_pattern = _get(have, "pattern")
        if have_pattern is None:
            raise BackendCrash("`pattern` stands downstream only")
        if have_pattern != pattern:
            worst = _worse(worst, _hard(f"pattern {have_pattern!r} is not {pattern!r}"))
    worst = _worse(worst, _at_most(have, want, "maxLength"))
    return _worse(worst, _at_least(have, want, "minLength"))


def _at_most(have: Node, want: Node, keyword: str) -> _Finding | None:
    limit = _bound(want, keyword)
    if limit is None:
        return None
    found = _bound(have, keyword)
    if found is not None and found <= limit:
        return None
    return _hard(f"{keyword} {_number(found)} is more than {limit}")


def _at_least(have: Node, want: Node, keyword: str) -> _Finding | None:
    limit = _bound(want, keyword)
    if limit is None:
        return None
    found = _bound(have, keyword)
    if found is not None and found >= limit:
        return None
    return _hard(f"{keyword} {_number(found)} is less than {limit}")


def _bound(node: Node, keyword: str) -> int | None:
    """A bound on a size. The schemas `true` and `false` count as having every bound, at zero."""
    if isinstance(node, bool):
        return 0
    value = node.get(keyword)
    return None if value is None else min(int(value), _INT64 - 1)


def _leaves_soft_object(node: Node) -> bool:
    """Whether an object has keywords that the backend sees and does not compare."""
    if isinstance(node, bool):
        return False
    return (
        node.get("additionalProperties", True) is not True
        or bool(node.get("dependencies"))
        or bool(node.get("patternProperties"))
        or "not" in node
    )


def _followed(document: Document, node: Node) -> Node:
    """The schema behind any number of `$ref`."""
    steps = 0
    while not isinstance(node, bool) and "$ref" in node:
        node = document.target(node["$ref"])
        steps += 1
        if steps > len(document):
            raise BackendCrash("a `$ref` refers to itself")
    return node


def _types(node: Node) -> set[str]:
    types = _get(node, "type")
    return {types} if isinstance(types, str) else set(types or ())


def _get(node: Node, keyword: str) -> Any:
    return None if isinstance(node, bool) else node.get(keyword)


def _worse(first: _Finding | None, second: _Finding | None) -> _Finding | None:
    if first is None or (second is not None and second.hard and not first.hard):
        return second
    return first


def _within(step: str, finding: _Finding | None) -> _Finding | None:
    return None if finding is None else finding._replace(path=(step, *finding.path))


def _hard(text: str) -> _Finding:
    return _Finding(hard=True, text=text)


def _soft(keywords: str) -> _Finding:
    return _Finding(hard=False, text=f"{keywords}: seen and not compared")


def _type_text(types: set[str]) -> str:
    return " or ".join(f"`{name}`" for name in sorted(types)) or "absent"


def _number(value: float | None) -> str:
    return "absent" if value is None else f"{value:g}"
