"""The text of Go's `String()`, which the backend sorts by. The interop tests compare whole sortings with Go's own."""

import pytest

from flytetypes import idl
from flytetypes.idl._text import go_text


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        ({}, ""),
        ({"simple": "NONE"}, "simple:NONE"),
        ({"collectionType": {"simple": "FLOAT"}}, "collection_type:{simple:FLOAT}"),
        ({"blob": {}}, "blob:{}"),
        ({"blob": {"format": 'a"\\\n\té\x01\x85'}}, 'blob:{format:"a\\"\\\\\\n\\té\\x01\\u0085"}'),
        ({"enumType": {"values": ["a", "b"]}}, 'enum_type:{values:"a" values:"b"}'),
        (
            {"simple": "STRUCT", "metadata": {"b": [True, None], "a": {"c": 1}}},
            (
                "simple:STRUCT "
                'metadata:{fields:{key:"a" value:{struct_value:{fields:{key:"c" value:{number_value:1}}}}} '
                'fields:{key:"b" value:{list_value:{values:{bool_value:true} values:{null_value:NULL_VALUE}}}}}'
            ),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_text(tree: dict[str, object], text: str) -> None:
    assert go_text(idl.from_json(idl.LiteralType, tree)) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "-0"),
        (1.0, "1"),
        (-1.5, "-1.5"),
        (0.1, "0.1"),
        (100000.0, "100000"),
        (1e6, "1e+06"),
        (1234567.5, "1.2345675e+06"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (1.5e300, "1.5e+300"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
    ],
)
def test_numbers_are_written_as_go_writes_them(number: float, text: str) -> None:
    assert go_text(idl.Value(number_value=number)) == f"number_value:{text}"
