"""Our messages against those of flyteidl (Flyte 1) and flyteidl2 (Flyte 2): field by field, and by exchanging bytes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import FileDescriptor

from describe import describe, files
from environments import run
from exchange import again, own

pytestmark = pytest.mark.interop

HERE = Path(__file__).parent
OURS = "flytetypes.idl._generated"
SCRATCH = "bulk"  # never sent anywhere
IN_FLYTE_2 = {
    *("artifact_id", "errors", "execution", "identifier", "interface", "literals", "security", "types"),
}
"""The files that are compared with Flyte 2: it has no workflow templates, and much more in its task templates."""
DIFFERENCES = HERE / "flyteidl2-differences.json"


def core_files() -> list[FileDescriptor]:
    return [file for file in files(OURS) if file.package == "flytetypes.v1" and stem(file) != SCRATCH]


def admin_files() -> list[FileDescriptor]:
    return [file for file in files(OURS) if file.package == "flytetypes.v1.admin"]


def flyte_2_files() -> list[FileDescriptor]:
    return [file for file in core_files() if stem(file) in IN_FLYTE_2]


def stem(file: FileDescriptor) -> str:
    return Path(file.name).stem


def their_description(name: str, *packages: str) -> dict[str, Any]:
    description: dict[str, Any] = json.loads(run(name, HERE / "describe.py", *packages))
    return description


def test_every_message_and_enum_is_that_of_flyteidl() -> None:
    ours = describe([*core_files(), *admin_files()])
    reference = their_description("flytekit", "flyteidl.core", "flyteidl.admin")
    assert len(ours["messages"]) > 150
    assert "admin.LaunchPlanSpec" in ours["messages"]
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
    found = differences(describe(flyte_2_files()), their_description("flyte2", "flyteidl2.core"))
    assert found == json.loads(DIFFERENCES.read_text())


def test_where_flyteidl2_has_a_field_too_its_bytes_are_the_same() -> None:
    """Same number, type and label; of another message only where that looks the same on the wire."""
    reference = their_description("flyte2", "flyteidl2.core")
    for difference in differences(describe(flyte_2_files()), reference):
        one, other = difference["ours"], difference["flyteidl2"]
        if not (isinstance(one, dict) and isinstance(other, dict)):
            continue  # what only one side has is an unknown field to the other, which keeps it
        assert {**one, "of": None} == {**other, "of": None}, difference["where"]
        # A map is a repeated message of a key and a value, and flyteidl2 writes some maps as just that.
        ours, their = describe(flyte_2_files())["messages"][one["of"]], reference["messages"][other["of"]]
        assert {number: (field["type"], field["of"]) for number, field in ours["fields"].items()} == {
            number: (field["type"], field["of"]) for number, field in their["fields"].items()
        }


@pytest.mark.parametrize(
    ("name", "package", "shared"),
    [
        pytest.param("flytekit", "flyteidl.core", core_files, id="flyteidl"),
        pytest.param("flytekit", "flyteidl.admin", admin_files, id="flyteidl-admin"),
        pytest.param("flyte2", "flyteidl2.core", flyte_2_files, id="flyteidl2"),
    ],
)
def test_messages_go_there_and_back_without_a_byte_changed(
    name: str, package: str, shared: Callable[[], list[FileDescriptor]]
) -> None:
    ours = {name: message for file in shared() for name, message in file.message_types_by_name.items()}
    request = {name: own(descriptor) for name, descriptor in ours.items()}
    answer = json.loads(run(name, HERE / "exchange.py", package, stdin=json.dumps(request)))
    assert sum(map(len, request.values())) > (50 if package == "flyteidl.admin" else 150)
    assert answer["returned"] == request
    returned = {name: [again(ours[name], data) for data in messages] for name, messages in answer["own"].items()}
    assert returned == answer["own"]
    if name == "flytekit":  # the same fields, so filled in the same way
        assert answer["own"] == request
