"""What is measured: the subjects, the cases in the order of the table, and the targets."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

MEGABYTE: Final = 1_000_000
MILLISECOND: Final = 1e-3
MICROSECOND: Final = 1e-6


@dataclass(frozen=True)
class Subject:
    """One implementation in one environment.

    Attributes:
        title: As the table shows it.
        module: What measures it, in this directory.
        environment: The name of its pins, `requirements/interop-<name>.txt`; None for the environment at hand.
        blocked: A package that is made to look absent.
        imports: The program of each import case.
        stored_module: What measures it with data in a store.
    """

    title: str
    module: str
    environment: str | None = None
    blocked: str = ""
    imports: dict[str, str] = field(default_factory=dict)
    stored_module: str = ""


OURS: Final = "flytetypes"
WITHOUT_NUMPY: Final = "flytetypes without numpy"
FLYTEKIT: Final = "flytekit"
FLYTE_2: Final = "Flyte 2"
MSGSPEC: Final = "msgspec"
PROTOBUF: Final = "protobuf"
PREFECT: Final = "Prefect"
OBSTORE: Final = "obstore"
S3FS: Final = "s3fs"
PYARROW: Final = "pyarrow"

_PACKAGE: Final = "import of the package"
_FIRST_INT: Final = "import of task and workflow, a first int converted"

SUBJECTS: Final = {
    OURS: Subject(
        "flytetypes",
        "with_flytetypes",
        imports={
            _PACKAGE: "import flytetypes",
            _FIRST_INT: "from flytetypes import TypeEngine, task, workflow; TypeEngine().to_literal(5, int)",
        },
        stored_module="stored_flytetypes",
    ),
    WITHOUT_NUMPY: Subject("no numpy", "with_flytetypes", blocked="numpy"),
    FLYTEKIT: Subject(
        "flytekit",
        "with_flytekit",
        "flytekit",
        imports={
            _PACKAGE: "import flytekit",
            _FIRST_INT: """
from flytekit import FlyteContextManager, task, workflow
from flytekit.core.type_engine import TypeEngine
TypeEngine.to_literal(FlyteContextManager.current_context(), 5, int, TypeEngine.to_literal_type(int))
""",
        },
        stored_module="stored_flytekit",
    ),
    FLYTE_2: Subject(
        "Flyte 2",
        "with_flyte2",
        "flyte2",
        imports={
            _PACKAGE: "import flyte",
            _FIRST_INT: """
import asyncio
from flyte import TaskEnvironment
from flyte.types import TypeEngine
asyncio.run(TypeEngine.to_literal(5, int, TypeEngine.to_literal_type(int)))
""",
        },
    ),
    MSGSPEC: Subject("msgspec", "with_msgspec", "msgspec"),
    PROTOBUF: Subject("protobuf", "with_protobuf"),
    PREFECT: Subject("Prefect", "with_prefect", "prefect"),
    OBSTORE: Subject("obstore directly", "", stored_module="stored_obstore"),
    S3FS: Subject("s3fs directly", "", stored_module="stored_s3fs"),
    PYARROW: Subject("pyarrow directly", "", stored_module="stored_pyarrow"),
}
PEERS: Final = (FLYTEKIT, FLYTE_2)
FLOORS: Final = (MSGSPEC, PROTOBUF)
DIRECT: Final = (OBSTORE, S3FS, PYARROW)
"""Libraries used directly, without what carries types."""


@dataclass(frozen=True)
class Case:
    """One row of the table.

    Attributes:
        group: The heading that it stands under.
        name: Unique.
        operation: What `job` of a subject's module is asked for; "import" and "import memory" are done by `processes`;
            "stored" and a verb is asked of its `stored_module`.
        sample: The annotation, a key of `values.SAMPLES`; or what else the operation is about.
        size: How many elements; 0 where that means nothing.
        unit: "s" a call, or "B".
        subjects: Who is measured, besides ours.
        target: What ours is to reach, in the unit.
        target_times: The same as a multiple of ours in another case, which is named.
        target_ratios: The same as multiples of the fastest of some subjects in the same row.
        target_without_numpy: The same where numpy is not installed.
        not_run: Who has the operation but would take too long.
        ratios: Whether how many times ours the others take says something.
    """

    group: str
    name: str
    operation: str
    sample: str = ""
    size: int = 0
    unit: str = "s"
    subjects: tuple[str, ...] = ()
    target: float | None = None
    target_times: tuple[float, str] | None = None
    target_ratios: tuple[tuple[float, tuple[str, ...]], ...] = ()
    target_without_numpy: float | None = None
    not_run: tuple[str, ...] = ()
    ratios: bool = True


def all_cases() -> list[Case]:
    return [
        *_imports(),
        *_single(),
        *_further(),
        *_bulk(),
        *_nested(),
        *_further_bulk(),
        *_memory(),
        *_types(),
        *_guesses(),
        *_calls(),
        *_compiling(),
        *_running(),
    ]


def _imports() -> Iterator[Case]:
    group = "Import, over bare Python"
    # Ours loads its modules when their names are first used, so its import alone compares with nothing.
    yield Case(group, _PACKAGE, "import", _PACKAGE, subjects=PEERS, target=40 * MILLISECOND, ratios=False)
    yield Case(group, _FIRST_INT, "import", _FIRST_INT, subjects=PEERS, target=60 * MILLISECOND)
    for program in (_PACKAGE, _FIRST_INT):
        name = f"{program}: peak memory"
        ratios = program != _PACKAGE
        yield Case(group, name, "import memory", program, unit="B", subjects=PEERS, ratios=ratios)


def _single() -> Iterator[Case]:
    targets = {  # by a converter, by the engine
        "int": (2, 3),
        "str": (2, 3),
        "Optional[int]": (3, 3),
        "Union of 2 dataclasses": (8, 8),
        "pydantic model": (8, 8),
    }
    for sample in ("int", "str", "Optional[int]", "dataclass", "Union of 2 dataclasses", "pydantic model"):
        group = "One value"
        converter, engine = (target and target * MICROSECOND for target in targets.get(sample, (None, None)))
        for way in ("to literal", "from literal"):
            yield Case(group, f"{sample}: {way}", way, sample, subjects=PEERS, target=engine)
            yield Case(group, f"{sample}: {way}, by a converter", f"{way}, converter", sample, target=converter)
        # msgspec knows no pydantic, and no union of two dataclasses.
        floors = (PROTOBUF,) if sample in ("pydantic model", "Union of 2 dataclasses") else FLOORS
        for way in ("to bytes", "from bytes"):
            yield Case(group, f"{sample}: {way}, by a converter", way, sample, subjects=(*PEERS, *floors))


def _further() -> Iterator[Case]:
    # What a package has not, or has no environment for here, is no case of its.
    samples: dict[str, tuple[int, tuple[str, ...]]] = {  # microseconds each way, and who has it
        "datetime": (5, (*PEERS, MSGSPEC)),
        "time": (5, (*PEERS, MSGSPEC)),
        "Decimal": (5, (*PEERS, MSGSPEC)),
        "UUID": (5, (*PEERS, MSGSPEC)),
        "Path": (5, PEERS),
        "TypedDict": (8, (FLYTE_2, MSGSPEC)),
        "NamedTuple": (8, (FLYTE_2, MSGSPEC)),
        "attrs class": (8, (FLYTEKIT,)),
        "msgspec Struct": (8, (MSGSPEC,)),
    }
    group = "One value, of a further type"
    for sample, (microseconds, subjects) in samples.items():
        target = microseconds * MICROSECOND
        peers = tuple(name for name in subjects if name in PEERS)
        for way in ("to literal", "from literal"):
            yield Case(group, f"{sample}: {way}", way, sample, subjects=peers, target=target)
        for way in ("to bytes", "from bytes"):
            name = f"{sample}: {way}, by a converter"
            yield Case(group, name, way, sample, subjects=(*subjects, PROTOBUF), target=target)


def _bulk() -> Iterator[Case]:
    for sample in ("list[int]", "list[float]", "list[str]", "dict[str, int]"):
        for size in (1_000, 100_000, 1_000_000):
            million = size == 1_000_000
            wanted = sample == "list[int]" and million
            for way in ("to bytes", "from bytes"):
                yield Case(
                    "Many values",
                    f"{sample} of {size:,}: {way}",
                    way,
                    sample,
                    size,
                    subjects=(WITHOUT_NUMPY, *(() if million else PEERS), *FLOORS),
                    target=0.15 if wanted else None,
                    target_without_numpy=0.6 if wanted else None,
                    not_run=PEERS if million else (),
                )


def _nested() -> Iterator[Case]:
    for way in ("to bytes", "from bytes"):
        name = f"list[dataclass] of 10,000: {way}"
        target = 30 * MILLISECOND
        yield Case("Many values", name, way, "list[dataclass]", 10_000, subjects=(*PEERS, *FLOORS), target=target)
    for way in ("to bytes", "from bytes"):
        name = f"list[list[int]] of 1,000 by 100: {way}"
        yield Case("Many values", name, way, "list[list[int]]", 1_000, subjects=(WITHOUT_NUMPY, *PEERS, *FLOORS))


def _further_bulk() -> Iterator[Case]:
    size = 100_000
    for sample, others in (  # Flyte 2 pickles them, and where so many go it knows inside of a run only
        ("set[int]", (FLYTEKIT, *FLOORS)),
        ("tuple[int, ...]", FLOORS),
        ("deque[float]", (FLYTEKIT, PROTOBUF)),
    ):
        for way in ("to bytes", "from bytes"):
            name = f"{sample} of {size:,}: {way}"
            yield Case("Many values", name, way, sample, size, subjects=(WITHOUT_NUMPY, *others))
    way = "to bytes and back"
    for sample, other in (
        ("list[int]", None),
        ("set[int]", "list[int]"),
        ("tuple[int, ...]", "list[int]"),
        ("list[float]", None),
        ("deque[float]", "list[float]"),
    ):
        times = None if other is None else (3.0, f"{other} of {size:,}: {way}")
        name = f"{sample} of {size:,}: {way}"
        yield Case("Many values", name, way, sample, size, subjects=(WITHOUT_NUMPY,), target_times=times)


def _memory() -> Iterator[Case]:
    for size in (100_000, 1_000_000):
        for way in ("to bytes", "from bytes"):
            yield Case(
                "Peak memory of one call, over its argument",
                f"list[int] of {size:,}: {way}, peak memory",
                f"{way}, memory",
                "list[int]",
                size,
                unit="B",
                subjects=(WITHOUT_NUMPY, *(PEERS if size == 100_000 else ())),
                not_run=PEERS if size > 100_000 else (),
            )


def _types() -> Iterator[Case]:
    group = "Types"
    yield Case(group, "literal type of a new dataclass of 20 fields", "literal type, cold", subjects=PEERS)
    yield Case(group, "literal type of the same dataclass again", "literal type, warm", subjects=PEERS)
    for pairs, title, target in (("types", "golden pairs", 20), ("schemas", "pairs of schemas", 200)):
        for state, suffix in (("cold", "new to it"), ("warm", "asked again")):
            name = f"castable: {title}, {suffix}"
            yield Case(group, name, f"castable, {state}", pairs, target=target * MICROSECOND)


def _guesses() -> Iterator[Case]:
    name = "guess of a dataclass of 20 fields, nested twice"
    for state, suffix, target in (("cold", "the first time", 2 * MILLISECOND), ("warm", "again", 20 * MICROSECOND)):
        yield Case("Types", f"{name}: {suffix}", f"guess, {state}", subjects=PEERS, target=target)


def _calls() -> Iterator[Case]:
    group = "Calls"
    others = (*PEERS, PREFECT)
    yield Case(group, "task int -> int: call", "task call", subjects=others, target=10 * MICROSECOND)
    yield Case(
        group, "workflow of 3 tasks: second and later calls", "workflow call", subjects=others, target=150 * MICROSECOND
    )


def _compiling() -> Iterator[Case]:
    group = "Compiling a workflow: tracing its body, checking all edges, lowering it to messages"
    for shape, title in (("wide", "all side by side"), ("deep", "one after the other")):
        name = f"{{size:,}} calls, {title}"
        for size in (100, 1_000, 10_000):
            yield Case(
                group,
                name.format(size=size),
                "compile",
                shape,
                size,
                subjects=(FLYTEKIT,),
                target=50 * MILLISECOND if size == 1_000 else None,
                target_times=(11.0, name.format(size=1_000)) if size == 10_000 else None,
                target_ratios=((1 / 20, (FLYTEKIT,)),) if size == 1_000 else (),
            )
    yield Case(group, "one edge more", "compile", "edges", 1_000, subjects=(FLYTEKIT,), target=20 * MICROSECOND)


def _running() -> Iterator[Case]:
    group = "Running here, in one process"
    a_node = 40 * MICROSECOND
    others = (*PEERS, PREFECT)
    for shape, title in (("deep", "one after the other"), ("wide", "side by side")):
        name = f"workflow of 1,000 tasks, {title}: each"
        yield Case(group, name, "run", shape, 1_000, subjects=others, target=a_node)
    yield Case(group, "dynamic of 1,000 tasks: each", "dynamic", "", 1_000, subjects=(FLYTEKIT,))
    yield Case(group, "map of 10,000 elements: each", "map", "", 10_000, subjects=(FLYTEKIT,))
    for sample, title, target in (("0", "that do nothing", 0.1), ("0.01", "of 10 ms", None)):
        name = f"eager gather of 1,000 tasks {title}"
        yield Case(group, name, "gather", sample, 1_000, subjects=PEERS, target=target, not_run=(PREFECT,))
    for sample in ("workflow", "eager"):
        name = f"5 independent sleeps of 0.3 s, {sample}"
        yield Case(group, name, "sleeps", sample, subjects=others, target=0.36)
    ideal = 8 * 0.5 / 2  # on the two cores that the target is for
    name = "8 tasks that compute for 0.5 s, in processes, on 2 cores"
    yield Case(group, name, "processes", target=1.15 * ideal)
    for operation in ("map", "eager"):
        yield Case(
            group,
            f"{operation} of 100,000 tasks: memory afterwards",
            "run, memory",
            operation,
            100_000,
            unit="B",
            target=50 * MEGABYTE,
        )
