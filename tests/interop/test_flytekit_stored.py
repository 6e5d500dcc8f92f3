"""Values in a store between us and flytekit 1.16, in its own environment, here and on S3: it reads ours, we read its.

Types and literals are compared byte by byte but for names that are random. Where the two differ is told in
`flytekit-stored-differences.json`, each with its reason; an entry that is not needed any more fails.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from environments import run
from extensions import without_extensions
from flytetypes import idl
from flytetypes.data import LazyList
from flytetypes.errors import StorageError
from flytetypes.interface import Interface
from flytetypes.storage import StorageConfig, StoreRouter
from flytetypes.types import Offloading, TypeEngine, offload_hash
from servers.clouds import Cloud
from stored_table import FUNCTIONS, ROWS, Places, Row, fill, returned, shown

pytestmark = pytest.mark.interop

HERE = Path(__file__).parent
DIFFERENCES: dict[str, dict[str, str]] = json.loads((HERE / "flytekit-stored-differences.json").read_text())
RESULTS: dict[str, Callable[[], Any]] = {function.__name__: function for function in FUNCTIONS}

# What holds files and directories, and nothing that is read at once.
HANDLES = list(ROWS)[: list(ROWS).index("array")]

every_row = pytest.mark.parametrize("name", ROWS)
every_result = pytest.mark.parametrize("name", RESULTS)


class Side:
    """Both implementations on one store.

    Attributes:
        ours: What we write, by row: a literal, serialised.
        pointers: What we write of the results, stored whole.
        answers: What flytekit answers, by question and row.
    """

    def __init__(self, name: str, engine: TypeEngine, directory: Path, variables: dict[str, str]) -> None:
        self.name = name
        self.engine = engine
        self.places = Places(directory, engine.prefix)
        self.whole = TypeEngine(store=engine.store, prefix=engine.prefix, offloading=Offloading(min_bytes=0))
        self.ours = {row: self.write(ROWS[row]) for row in ROWS}
        self.pointers = {result: self.stored(result) for result in RESULTS}
        self.answers = self.asked(variables)

    def write(self, row: Row) -> bytes:
        """A row's value as a literal."""
        return self.engine.to_bytes(row.make(self.places), row.annotation)

    def stored(self, result: str) -> idl.Literal:
        """The first result of a function, stored whole."""
        value, annotation = RESULTS[result](), returned(RESULTS[result])
        return self.whole.to_literal(value[0] if isinstance(value, tuple) else value, annotation)

    def asked(self, variables: dict[str, str]) -> dict[str, Any]:
        """Everything that is asked of flytekit."""
        steps: dict[str, dict[str, str]] = {}
        for row, data in self.ours.items():
            steps[f"encode {row}"] = {"row": row}
            steps[f"decode {row}"] = {"row": row, "literal": data.hex()}
            steps[f"again {row}"] = {"again": row, "literal": data.hex()}
        for result, pointer in self.pointers.items():
            steps[f"run {result}"] = {"function": result}
            steps[f"read {result}"] = {"function": result, "literal": pointer.SerializeToString().hex()}
            steps[f"hash {result}"] = {"hash": self.engine.store.get(pointer.offloaded_metadata.uri).hex()}
        request = {"directory": str(self.places.directory), "prefix": self.places.prefix, "steps": list(steps.values())}
        variables = {**variables, "PYTHONPATH": os.pathsep.join([str(HERE)]), "_F_L_MIN_SIZE_MB": "0"}
        printed = run("flytekit", HERE / "flytekit_stored.py", stdin=json.dumps(request), variables=variables)
        return dict(zip(steps, json.loads(printed), strict=True))

    def differs(self, row: str, what: str) -> bool:
        """Whether the row is known to differ in this; then it must."""
        return what in {**DIFFERENCES.get(row, {}), **DIFFERENCES.get(f"{row}, on {self.name}", {})}


@pytest.fixture(scope="module", params=["local", "s3 by obstore", "s3 by s3fs"])
def side(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Side]:
    """One store after the other; flytekit is asked everything at once."""
    directory = tmp_path_factory.mktemp("stored") / "in"
    fill(directory)
    if request.param == "local":
        yield Side("local", TypeEngine(prefix=f"{directory.parent}/out/"), directory, {})
        return
    cloud: Cloud = request.getfixturevalue("s3_server")
    chosen = {"FLYTETYPES_STORAGE_ENGINE": "obstore" if "obstore" in request.param else "fsspec"}
    config = StorageConfig.load({**cloud.environment, **chosen, "FLYTECTL_CONFIG": "/dev/null"})
    engine = TypeEngine(store=StoreRouter(config=config), prefix=f"{cloud.root()}/")
    yield Side(request.param, engine, directory, cloud.environment)


def masked(data: bytes) -> str:
    """A message without its random names."""
    return re.sub(rb"[0-9a-f]{32}", b"0" * 32, data).hex()


# --- values -----------------------------------------------------------------------------------------------------------


@every_row
def test_types_have_the_same_bytes(side: Side, name: str) -> None:
    answer = side.answers[f"encode {name}"]
    literal_type = side.engine.literal_type(ROWS[name].annotation).SerializeToString(deterministic=True).hex()
    assert (answer.get("type") != literal_type) == side.differs(name, "type"), answer


@every_row
def test_values_have_the_same_bytes(side: Side, name: str) -> None:
    answer = side.answers[f"encode {name}"]
    theirs = masked(bytes.fromhex(answer["literal"])) if "literal" in answer else None
    assert (theirs != masked(without_extensions(side.ours[name]))) == side.differs(name, "literal"), answer


@every_row
def test_flytekit_reads_what_we_write(side: Side, name: str) -> None:
    answer = side.answers[f"decode {name}"]
    assert (answer.get("shown", answer) != ROWS[name].content) == side.differs(name, "read by flytekit"), answer


@every_row
def test_we_read_what_flytekit_writes(side: Side, name: str) -> None:
    answer = side.answers[f"encode {name}"]
    if "literal" not in answer:
        assert side.differs(name, "literal"), answer
        return
    try:
        found = shown(side.engine.from_bytes(bytes.fromhex(answer["literal"]), ROWS[name].annotation))
    except (StorageError, OSError) as error:  # the second one is of Python's own `open`
        found = str(error)
    assert (found != ROWS[name].content) == side.differs(name, "read by us"), found


@every_row
def test_we_read_what_we_write(side: Side, name: str) -> None:
    assert shown(side.engine.from_bytes(side.ours[name], ROWS[name].annotation)) == ROWS[name].content


@pytest.mark.parametrize("name", HANDLES)
def test_what_is_passed_on_stays_what_and_where_it_is(side: Side, name: str) -> None:
    ours, annotation = side.ours[name], ROWS[name].annotation
    assert side.engine.to_bytes(side.engine.from_bytes(ours, annotation), annotation) == ours
    if side.name != "local":  # there flytekit uploads again
        answer = side.answers[f"again {name}"]
        theirs = without_extensions(bytes.fromhex(answer["literal"])) if "literal" in answer else None
        assert (theirs != without_extensions(ours)) == side.differs(name, "passed on"), answer


# --- literals that are stored whole -----------------------------------------------------------------------------------


def outputs(side: Side, result: str) -> dict[str, idl.Literal]:
    """What is in the `outputs.pb` of a task that flytekit ran."""
    return dict(idl.LiteralMap.FromString(bytes.fromhex(side.answers[f"run {result}"]["outputs"])).literals)


@every_result
def test_pointers_are_the_same(side: Side, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_F_L_MIN_SIZE_MB", "0")
    interface = Interface.of(RESULTS[name], side.engine)
    ours = dict(idl.LiteralMap.FromString(interface.encode_outputs(RESULTS[name]())).literals)
    theirs = outputs(side, name)
    for pointers in (ours, theirs):
        for key, pointer in pointers.items():
            assert pointer.offloaded_metadata.uri.endswith(f"/{key}_offloaded_metadata.pb")
            pointer.offloaded_metadata.uri = ""
    assert ours == theirs


@every_result
def test_hashes_of_what_we_store_are_those_of_flytekit(side: Side, name: str) -> None:
    hashed = "2 of them" if name == "own_hash" else side.answers[f"hash {name}"]["hash"]
    assert side.pointers[name].hash == hashed


@every_result
def test_flytekit_reads_what_we_store(side: Side, name: str) -> None:
    value = RESULTS[name]()
    assert side.answers[f"read {name}"] == {"shown": shown(value[0] if isinstance(value, tuple) else value)}


@every_result
def test_we_read_what_flytekit_stores(side: Side, name: str) -> None:
    theirs = outputs(side, name)
    interface = Interface.of(RESULTS[name], side.engine)
    assert interface.decode_outputs(idl.LiteralMap(literals=theirs).SerializeToString()) == RESULTS[name]()


def test_hashes_of_what_flytekit_stores_are_ours(side: Side) -> None:
    pointer = outputs(side, "floats")["o0"]
    stored = idl.Literal.FromString(side.engine.store.get(pointer.offloaded_metadata.uri))
    assert pointer.hash == offload_hash(stored)


def test_a_lazy_list_reads_what_flytekit_stores(side: Side) -> None:
    lazy = side.engine.to_python(outputs(side, "integers")["o0"], LazyList[int])
    assert (len(lazy), lazy[7], lazy[-2:]) == (1_000, 7, [998, 999])
    assert lazy == list(range(1_000))


def test_every_difference_is_of_a_row_and_has_a_reason() -> None:
    assert {key.partition(", on ")[0] for key in DIFFERENCES} <= ROWS.keys()
    assert all(entry.get("rule") and len(entry) > 1 for entry in DIFFERENCES.values())
