"""Our messages against those of flyteidl (Flyte 1) and flyteidl2 (Flyte 2): field by field, and by exchanging bytes."""

import json
from pathlib import Path
from typing import Any

import pytest

from describe import describe
from environments import run
from exchange import again, descriptors, own

pytestmark = pytest.mark.interop

HERE = Path(__file__).parent
OURS = "flytetypes.idl._generated"
SCRATCH = "PackedNumbers"  # never sent anywhere
DIFFERENCES = HERE / "flyteidl2-differences.json"

theirs = pytest.mark.parametrize(
    ("name", "package"), [("flytekit", "flyteidl.core"), ("flyte2", "flyteidl2.core")], ids=["flyteidl", "flyteidl2"]
)


def our_description() -> dict[str, Any]:
    description = describe(OURS)
    del description["messages"][SCRATCH]
    return description


def their_description(name: str, package: str) -> dict[str, Any]:
    description: dict[str, Any] = json.loads(run(name, HERE / "describe.py", package))
    return description


def test_every_message_and_enum_is_that_of_flyteidl() -> None:
    ours, reference = our_description(), their_description("flytekit", "flyteidl.core")
    assert len(ours["messages"]) > 60
    for kind in ("messages", "enums"):
        assert ours[kind] == {name: reference[kind].get(name) for name in ours[kind]}


def differences(ours: dict[str, Any], reference: dict[str, Any]) -> list[dict[str, Any]]:
    """Where two descriptions of the messages and enums that are in the first one differ, in their order."""
    found = []

    def compare(where: str, one: Any, other: Any) -> None:
        if one != other:
            found.append({"where": where, "ours": one, "flyteidl2": other})

    for name, message in ours["messages"].items():
        other = reference["messages"].get(name)
        if other is None:
            compare(name, sorted(field["name"] for field in message["fields"].values()), None)
            continue
        compare(f"{name} reserved", message["reserved"], other["reserved"])
        for number in sorted({*message["fields"], *other["fields"]}, key=int):
            compare(f"{name}.{number}", message["fields"].get(number), other["fields"].get(number))
    for name, values in ours["enums"].items():
        other = reference["enums"].get(name, {})
        for value in [*values, *(value for value in other if value not in values)]:
            compare(f"{name}.{value}", values.get(value), other.get(value))
    return found


def test_flyteidl2_differs_where_it_is_known_to() -> None:
    """When this fails after an update: read what changed, see whether it is compatible, and write the file anew."""
    found = differences(our_description(), their_description("flyte2", "flyteidl2.core"))
    assert found == json.loads(DIFFERENCES.read_text())


def test_where_flyteidl2_has_a_field_too_its_bytes_are_the_same() -> None:
    """Same number, type and label; of another message only where that looks the same on the wire."""
    reference = their_description("flyte2", "flyteidl2.core")
    for difference in differences(our_description(), reference):
        one, other = difference["ours"], difference["flyteidl2"]
        if not (isinstance(one, dict) and isinstance(other, dict)):
            continue  # what only one side has is an unknown field to the other, which keeps it
        assert {**one, "of": None} == {**other, "of": None}, difference["where"]
        # A map is a repeated message of a key and a value, and flyteidl2 writes some maps as just that.
        ours, their = our_description()["messages"][one["of"]], reference["messages"][other["of"]]
        assert {number: (field["type"], field["of"]) for number, field in ours["fields"].items()} == {
            number: (field["type"], field["of"]) for number, field in their["fields"].items()
        }


@theirs
def test_messages_go_there_and_back_without_a_byte_changed(name: Any, package: Any) -> None:
    ours = {name: descriptor for name, descriptor in descriptors(OURS).items() if name != SCRATCH}
    request = {name: own(descriptor) for name, descriptor in ours.items()}
    answer = json.loads(run(name, HERE / "exchange.py", package, stdin=json.dumps(request)))
    assert sum(map(len, request.values())) > 150
    assert answer["returned"] == request
    returned = {name: [again(ours[name], data) for data in messages] for name, messages in answer["own"].items()}
    assert returned == answer["own"]
    if package == "flyteidl.core":  # the same fields, so filled in the same way
        assert answer["own"] == request
