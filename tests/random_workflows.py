"""Random workflows of every kind of node that a Flyte backend takes, and random ways to spoil one of them on the wire."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, NamedTuple

from flytetypes import (
    ContainerTask,
    CronSchedule,
    Email,
    FlyteFile,
    ImageConfig,
    LaunchPlan,
    Promise,
    SerializationSettings,
    Workflow,
    WorkflowExecutionPhase,
    approve,
    conditional,
    dynamic,
    eager,
    idl,
    kwtypes,
    map_task,
    sleep,
    task,
    wait_for_input,
    workflow,
)
from flytetypes.authoring import node_of
from flytetypes.compiler import LaunchPlanTemplate, lower
from flytetypes.compiler._lower import Lowering, contained
from flytetypes.compiler._lower_plan import launch_plan
from flytetypes.compiler._lower_task import task_spec
from flytetypes.compiler._reach import reach_of
from flytetypes.errors import OptionError, WorkflowError

SETTINGS = SerializationSettings(ImageConfig.auto("registry.example/app:1"), project="p", domain="d", version="v")


class Color(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Point:
    x: int
    label: str
    tags: list[str]


class Pair(NamedTuple):
    number: int
    text: str


@task
def an_int(a: int) -> int:
    return a


@task
def two(a: int, b: str = "b") -> Pair:
    return Pair(a, b)


@task
def a_str(s: str) -> str:
    return s


@task
def a_float(f: float, times: int = 2) -> float:
    return f * times


@task
def a_bool(a: int) -> bool:
    return bool(a)


@task
def total(xs: list[int]) -> int:
    return sum(xs)


@task
def ints(a: int) -> list[int]:
    return [a]


@task
def a_point(x: int, label: str) -> Point:
    return Point(x, label, [])


@task
def of_point(p: Point) -> str:
    return p.label


@task
def table(a: int) -> dict[str, int]:
    return {"k": a}


@task
def of_table(t: dict[str, int], o: int | None = None) -> int:
    return len(t)


@task
def color(c: Color) -> str:
    return c.value


@task
def either(u: int | str) -> str:
    return str(u)


@task
def a_time(a: int) -> datetime:
    return datetime(2024, 1, 1)


@task
def of_time(t: datetime, d: timedelta) -> datetime:
    return t + d


@task
def a_file(s: str) -> FlyteFile:
    return FlyteFile(s)


@task
def of_file(f: FlyteFile) -> str:
    return str(f)


@task
def nothing() -> None: ...


@task
async def waits(a: int) -> int:
    return a


@dynamic
def grows(a: int) -> int:
    return an_int(a=a)


@eager
async def starts(a: int) -> int:
    given: Any = an_int(a=a)  # which can be awaited there
    return await given  # type: ignore[no-any-return]


boxed = ContainerTask(
    name="boxed",
    image="alpine:3",
    command=["sh"],
    inputs=kwtypes(a=int, s=str),
    outputs=kwtypes(n=int),
)


@workflow
def inner(a: int, s: str = "s") -> Pair:
    number, text = two(a=a, b=s)
    return Pair(an_int(a=number), a_str(s=text))


@workflow
def outer(a: int) -> int:
    return an_int(a=inner(a=a).number)


plan = LaunchPlan.get_or_create(inner, name="random_plan", default_inputs={"s": "d"})
scheduled_plan = LaunchPlan.get_or_create(
    inner,
    name="random_scheduled_plan",
    default_inputs={"a": 1},
    schedule=CronSchedule(schedule="0 6 * * 1"),
    notifications=[Email(phases=[WorkflowExecutionPhase.FAILED], recipients_email=["a@example.org"])],
    labels={"team": "a"},
    max_parallelism=3,
)
fixed_plan = LaunchPlan.get_or_create(inner, name="random_fixed_plan", fixed_inputs={"s": "f"})

CALLS: list[tuple[Any, dict[str, str], list[str]]] = [
    # What is called, its inputs and outputs by kind.
    (an_int, {"a": "int"}, ["int"]),
    (two, {"a": "int", "b": "str"}, ["int", "str"]),
    (a_str, {"s": "str"}, ["str"]),
    (a_float, {"f": "float", "times": "int"}, ["float"]),
    (a_bool, {"a": "int"}, ["bool"]),
    (total, {"xs": "list[int]"}, ["int"]),
    (ints, {"a": "int"}, ["list[int]"]),
    (a_point, {"x": "int", "label": "str"}, ["point"]),
    (of_point, {"p": "point"}, ["str"]),
    (table, {"a": "int"}, ["dict"]),
    (of_table, {"t": "dict", "o": "int?"}, ["int"]),
    (color, {"c": "color"}, ["str"]),
    (either, {"u": "int|str"}, ["str"]),
    (a_time, {"a": "int"}, ["datetime"]),
    (of_time, {"t": "datetime", "d": "span"}, ["datetime"]),
    (a_file, {"s": "str"}, ["file"]),
    (of_file, {"f": "file"}, ["str"]),
    (nothing, {}, []),
    (waits, {"a": "int"}, ["int"]),
    (grows, {"a": "int"}, ["int"]),
    (starts, {"a": "int"}, ["int"]),
    (boxed, {"a": "int", "s": "str"}, ["int"]),
    (inner, {"a": "int", "s": "str"}, ["int", "str"]),
    (outer, {"a": "int"}, ["int"]),
    (plan, {"a": "int", "s": "str"}, ["int", "str"]),
    (fixed_plan, {"a": "int"}, ["int", "str"]),
]

CONSTANTS: dict[str, Callable[[random.Random], Any]] = {
    "int": lambda r: r.randrange(-5, 5),
    "str": lambda r: r.choice(["", "x", "é"]),
    "float": lambda r: r.random(),
    "bool": lambda r: r.random() < 0.5,
    "list[int]": lambda r: [r.randrange(9) for _ in range(r.randrange(3))],
    "point": lambda r: Point(1, "p", ["t"]),
    "dict": lambda r: {"k": 1},
    "int?": lambda r: r.choice([None, 3]),
    "color": lambda r: r.choice(list(Color)),
    "int|str": lambda r: r.choice([1, "x"]),
    "datetime": lambda r: datetime(2024, 5, 6),
    "span": lambda r: timedelta(seconds=r.randrange(100)),
    "file": lambda r: FlyteFile("s3://bucket/key"),
}


class Drawing:
    """A workflow while it is drawn: the promises so far, by kind."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.workflow = Workflow(f"random.w{seed}")
        self.values: dict[str, list[Any]] = {}
        self.results: list[Any] = []
        self.have("int", self.workflow.add_workflow_input("n", int))
        self.have("str", self.workflow.add_workflow_input("s", str))
        self.have("float", self.workflow.add_workflow_input("f", float))

    def have(self, kind: str, value: Any) -> None:
        self.values.setdefault(kind, []).append(value)

    def argument(self, kind: str) -> Any:
        roll = self.random.random()
        if kind == "list[int]" and roll < 0.3:
            return [self.argument("int") for _ in range(self.random.randrange(1, 4))]
        if kind == "dict" and roll < 0.3:
            return {key: self.argument("int") for key in self.random.sample("abc", self.random.randrange(1, 3))}
        if roll < 0.75:
            if kind == "int" and self.values.get("point") and roll < 0.05:
                return self.random.choice(self.values["point"]).x
            if kind == "str" and self.values.get("point") and roll < 0.1:
                return self.random.choice(self.values["point"]).tags[0]
            if kind == "int" and self.values.get("list[int]") and roll < 0.1:
                return self.random.choice(self.values["list[int]"])[1]
            for same in (kind, *({"int?": ["int"], "int|str": ["int", "str"]}.get(kind, []))):
                if self.values.get(same):
                    return self.random.choice(self.values[same])
        return CONSTANTS[kind](self.random)

    def call(self, callee: Any, inputs: dict[str, str]) -> Any:
        given = {name: self.argument(kind) for name, kind in inputs.items()}
        if isinstance(callee, LaunchPlan) or callee in (two, a_float, of_table, inner):
            given = {
                name: value for name, value in given.items() if name in ("a", "f", "t") or self.random.random() < 0.5
            }
        return callee(**given)

    def draw(self) -> Workflow:
        def body() -> None:
            self.keep(self.call(an_int, {"a": "int"}), ["int"])
            for _ in range(self.random.randrange(1, 9)):
                self.step()

        self.workflow.add_conditional(body)  # any code that calls what belongs into the body
        for index in range(self.random.randrange(3)):
            kind = self.random.choice([kind for kind in ("int", "str", "list[int]", "point") if self.values.get(kind)])
            annotation: Any = {"int": int, "str": str, "list[int]": list[int], "point": Point}[kind]
            self.workflow.add_workflow_output(f"out{index}", self.random.choice(self.values[kind]), annotation)
        if self.random.random() < 0.2:
            self.workflow.add_on_failure_handler(handler)
        return self.workflow

    def step(self) -> None:
        match self.random.choices(["call", "map", "branch", "gate", "order"], weights=[10, 2, 2, 1, 1])[0]:
            case "call":
                callee, inputs, outputs = self.random.choice(CALLS)
                self.keep(self.call(callee, inputs), outputs)
            case "map":
                self.map()
            case "branch":
                self.branch()
            case "gate":
                self.gate()
            case _ if len(self.results) >= 2:
                first, second = sorted(self.random.sample(range(len(self.results)), 2))
                node_of(self.results[first]) >> node_of(self.results[second])
            case _:
                pass

    def keep(self, result: Any, kinds: list[str]) -> None:
        self.results.append(result)
        promises = list(result) if isinstance(result, tuple) else [result] if isinstance(result, Promise) else []
        for kind, promise in zip(kinds, promises, strict=True):
            self.have(kind, promise)

    def map(self) -> None:
        concurrency = self.random.choice([None, 0, 3])
        if self.random.random() < 0.5:
            result = map_task(an_int, concurrency=concurrency)(a=self.argument("list[int]"))
        else:
            bound = functools.partial(of_pair, s=self.argument("str"))
            result = map_task(bound, concurrency=concurrency)(a=self.argument("list[int]"))
        self.keep(result, ["list[int]"])

    def branch(self) -> None:
        number, text = self.random.choice(self.values["int"]), self.random.choice(self.values["str"])
        first = (number > self.random.randrange(5)) | (text == "x")
        if self.random.random() < 0.5:
            first = first & (number != 3)
        section = conditional(f"branch{len(self.results)}").if_(first).then(an_int(a=self.argument("int")))
        if self.random.random() < 0.5:
            callee: Any = self.random.choice([waits, grows, outer])
            section = section.elif_(number <= -1).then(callee(a=self.argument("int")))
        last = section.else_()
        match self.random.randrange(3):
            case 0:
                result = last.fail("none of these")
            case 1:
                result = last.then(an_int(a=7))
            case _:
                result = last.then(
                    conditional("nested").if_(number == 0).then(an_int(a=0)).else_().then(total(xs=[1, number]))
                )
        self.keep(result, ["int"])

    def gate(self) -> None:
        index = len(self.results)
        match self.random.randrange(3):
            case 0:
                self.keep(sleep(timedelta(seconds=5)), [])
            case 1:
                self.keep(wait_for_input(f"input-{index}", timedelta(minutes=5), int), ["int"])
            case _:
                self.keep(approve(self.random.choice(self.values["int"]), f"ok-{index}"), ["int"])


@task
def of_pair(a: int, s: str) -> int:
    return a


@task
def handler(n: int, s: str, f: float) -> None: ...


def drawn(seed: int) -> Workflow:
    return Drawing(seed).draw()


# --- on the wire ------------------------------------------------------------------------------------------------------


@dataclass
class OnTheWire:
    """A lowered workflow with all that it needs, as Flyte's compiler takes it."""

    template: idl.WorkflowTemplate
    sub_workflows: list[idl.WorkflowTemplate]
    tasks: list[idl.TaskTemplate]
    launch_plans: list[LaunchPlanTemplate]


def on_the_wire(entity: Any) -> OnTheWire:
    registrables = lower([entity], SETTINGS, default_plans=False)
    workflows = {each.name: each.message for each in registrables if each.kind == "workflow"}
    plans = [each.message for each in registrables if each.kind == "launch plan"]
    spec = workflows[entity.name]
    return OnTheWire(
        spec.template,
        list(spec.sub_workflows),
        [each.message.template for each in registrables if each.kind == "task"],
        [
            LaunchPlanTemplate(
                each.id,
                each.spec.default_inputs,
                workflows[each.spec.workflow_id.name].template.interface.outputs,
                each.spec.fixed_inputs,
            )
            for each in plans
        ],
    )


def spoiled(whole: OnTheWire, seed: int) -> str | None:
    """Change one thing in the template; what, or None when there was nothing of the kind."""
    source = random.Random(seed)
    names = [name for name in globals() if name.startswith("spoil_")]
    source.shuffle(names)
    for name in names:
        if globals()[name](whole.template, source):
            return name.removeprefix("spoil_")
    return None


def _nodes(template: idl.WorkflowTemplate) -> list[Any]:
    """Every node, those in branches and maps included."""
    pending, found = list(template.nodes), []
    while pending:
        node = pending.pop(0)
        found.append(node)
        if node.HasField("branch_node"):
            if_else = node.branch_node.if_else
            pending += [if_else.case.then_node, *(each.then_node for each in if_else.other)]
            if if_else.HasField("else_node"):
                pending.append(if_else.else_node)
    return found


def _bindings(template: idl.WorkflowTemplate) -> list[Any]:
    return [each for node in _nodes(template) if not node.HasField("array_node") for each in node.inputs]


def _promises(template: idl.WorkflowTemplate) -> list[Any]:
    pending = [each.binding for each in (*_bindings(template), *template.outputs)]
    found = []
    while pending:
        data = pending.pop(0)
        match data.WhichOneof("value"):
            case "promise":
                found.append(data.promise)
            case "collection":
                pending += list(data.collection.bindings)
            case "map":
                pending += [data.map.bindings[key] for key in sorted(data.map.bindings)]
    return found


def _one(source: random.Random, found: list[Any]) -> Any:
    return source.choice(found) if found else None


def spoil_node_of_a_promise(template: idl.WorkflowTemplate, source: random.Random) -> bool:
    promise = _one(source, _promises(template))
    if promise is not None:
        promise.node_id = "n99"
    return promise is not None


def spoil_output_of_a_promise(template: idl.WorkflowTemplate, source: random.Random) -> bool:
    promise = _one(source, _promises(template))
    if promise is not None:
        promise.var = "nothing_like_it"
    return promise is not None


def spoil_promise_taken_elsewhere(template: idl.WorkflowTemplate, source: random.Random) -> bool:
    """Which may well fit."""
    promise = _one(source, [each for each in _promises(template) if not each.attr_path])
    if promise is not None:
        promise.node_id = ""
        promise.var = source.choice(["n", "s", "f"])
    return promise is not None


def spoil_field_of_a_promise(template: idl.WorkflowTemplate, source: random.Random) -> bool:
    promise = _one(source, [each for each in _promises(template) if each.attr_path and each.attr_path[0].string_value])
    if promise is not None:
        promise.attr_path[0].string_value = "no_such_field"
    return promise is not None


def spoil_missing_input(template: idl.WorkflowTemplate, source: random.Random) -> bool:
    node = _one(source, [each for each in _nodes(template) if each.inputs and not each.HasField("array_node")])
    if node is not None:
        del node.inputs[source.randrange(len(node.inputs))]
    return node is not None


def spoil_input_bound_twice(template: idl.WorkflowTemplate, source: random.Random) -> bool:
    plain = ("task_node", "workflow_node")
    node = _one(source, [each for each in _nodes(template) if each.inputs and each.WhichOneof("target") in plain])
    if node is not None:
        node.inputs.add().CopyFrom(node.inputs[0])
    return node is not None


def spoil_unknown_input(template: idl.WorkflowTemplate, source: random.Random) -> bool:
    plain = ("task_node", "workflow_node")
    node = _one(source, [each for each in _nodes(template) if each.WhichOneof("target") in plain])
    if node is not None:
        node.inputs.add(var="unheard_of").binding.scalar.primitive.integer = 1
    return node is not None


def spoil_constant(template: idl.WorkflowTemplate, source: random.Random) -> bool:
    """Which may well fit."""
    plain = [each for each in _bindings(template) if "." not in each.var]
    binding = _one(source, plain)
    if binding is not None:
        primitive = binding.binding.scalar.primitive
        match source.randrange(4):
            case 0:
                primitive.integer = 1
            case 1:
                primitive.string_value = "green"
            case 2:
                primitive.float_value = 1.5
            case _:
                primitive.boolean = True
    return binding is not None


def spoil_nothing_bound(template: idl.WorkflowTemplate, source: random.Random) -> bool:
    binding = _one(source, _bindings(template))
    if binding is not None:
        binding.binding.Clear()
    return binding is not None


def spoil_list_for_something_else(template: idl.WorkflowTemplate, source: random.Random) -> bool:
    plain = [each for each in _bindings(template) if "." not in each.var and each.binding.HasField("promise")]
    binding = _one(source, plain)
    if binding is not None:
        promise = idl.OutputReference()
        promise.CopyFrom(binding.binding.promise)
        binding.binding.collection.bindings.add().promise.CopyFrom(promise)
    return binding is not None


def spoil_reference(template: idl.WorkflowTemplate, source: random.Random) -> bool:
    node = _one(
        source, [each for each in _nodes(template) if each.WhichOneof("target") in ("task_node", "workflow_node")]
    )
    if node is None:
        return False
    if node.HasField("task_node"):
        node.task_node.reference_id.name = "unheard.of"
    elif node.workflow_node.HasField("launchplan_ref"):
        node.workflow_node.launchplan_ref.name = "unheard.of"
    else:
        node.workflow_node.sub_workflow_ref.name = "unheard.of"
    return True


def spoil_output(template: idl.WorkflowTemplate, source: random.Random) -> bool:
    if not template.outputs:
        return False
    del template.outputs[source.randrange(len(template.outputs))]
    return True


def spoil_undeclared_output(template: idl.WorkflowTemplate, source: random.Random) -> bool:
    template.outputs.add(var="undeclared").binding.scalar.primitive.integer = 1
    return True


def spoil_type_of_an_input(template: idl.WorkflowTemplate, source: random.Random) -> bool:
    """Which only matters where it is used."""
    variables = template.interface.inputs.variables
    kinds = idl.SimpleType.INTEGER, idl.SimpleType.FLOAT, idl.SimpleType.STRING, idl.SimpleType.BOOLEAN
    variables[source.choice(sorted(variables))].type.simple = source.choice(kinds)
    return True


def spoil_no_nodes(template: idl.WorkflowTemplate, source: random.Random) -> bool:
    if source.random() < 0.8:
        return False
    del template.nodes[:]
    return True


def spoil_circle(template: idl.WorkflowTemplate, source: random.Random) -> bool:
    edges = [(node, earlier) for node in template.nodes for earlier in node.upstream_node_ids]
    edge = _one(source, edges)
    if edge is None:
        return False
    node, earlier = edge
    (first,) = [each for each in template.nodes if each.id == earlier]
    first.upstream_node_ids.append(node.id)
    return True


def spoil_condition(template: idl.WorkflowTemplate, source: random.Random) -> bool:
    node = _one(source, [each for each in _nodes(template) if each.HasField("branch_node")])
    if node is None:
        return False
    if_else = node.branch_node.if_else
    match source.randrange(4):
        case 0:
            if_else.ClearField("else_node")
            if_else.ClearField("error")
        case 1:
            if_else.case.ClearField("condition")
        case 2:
            if_else.case.ClearField("then_node")
        case _:
            condition = if_else.case.condition
            while condition.HasField("conjunction"):
                condition = condition.conjunction.left_expression
            condition.comparison.right_value.primitive.float_value = 0.5
    return True


def spoil_gate(template: idl.WorkflowTemplate, source: random.Random) -> bool:
    node = _one(source, [each for each in _nodes(template) if each.HasField("gate_node")])
    if node is None:
        return False
    if node.gate_node.HasField("signal") and source.random() < 0.5:
        node.gate_node.signal.ClearField("type")
    else:
        node.gate_node.Clear()
    return True


def lowered_unchecked(entity: Any) -> OnTheWire | None:
    """A workflow as it would be without our check; None for one that has no form on the wire at all."""
    reach = reach_of([entity])
    made = Lowering(SETTINGS)
    try:
        return OnTheWire(
            made.template(entity),
            [made.template(each) for each in contained(entity.traced)],
            [task_spec(each, SETTINGS).template for each in reach.tasks],
            [
                LaunchPlanTemplate(
                    lowered.id,
                    lowered.spec.default_inputs,
                    each.workflow.interface.to_idl().outputs,
                    lowered.spec.fixed_inputs,
                )
                for each in reach.plans
                for lowered in [launch_plan(each, SETTINGS)]
            ],
        )
    except (WorkflowError, OptionError):
        return None
