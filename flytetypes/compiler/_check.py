"""Checking workflows: one pass over each graph finds every problem that a Flyte backend would, and those it would miss.

Pure; runs no task. What is wrong with a body itself was noted when it was traced; this adds what needs the whole graph.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from flytetypes import idl
from flytetypes._annotations import source_of
from flytetypes._diagnostics import Diagnostic, Place
from flytetypes.authoring import (
    GATES,
    Approve,
    Binding,
    Branch,
    Comparison,
    Condition,
    Conjunction,
    Constant,
    ContainerTask,
    DictBinding,
    Entity,
    Graph,
    ListBinding,
    Mapped,
    MapPlan,
    MapTask,
    Node,
    Overrides,
    RecordBinding,
    Reference,
    ReferenceWorkflow,
    Value,
    WaitForInput,
    WorkflowEntity,
    condition_references,
    in_run_order,
    upstream_ids,
    with_bodies,
)
from flytetypes.compiler._check_entities import entity_problems, resource_problems
from flytetypes.compiler._conditions import misfit_of
from flytetypes.compiler._nondeterministic import nondeterministic_calls
from flytetypes.compiler._reach import reach_of, targets_of
from flytetypes.errors import ConversionError, OptionError, describe, key_step
from flytetypes.interface import MISSING, Interface, Variable
from flytetypes.types import castable, part_type

LOCAL: Final = "local"
FLYTE: Final = "flyte"
TARGETS: Final = (LOCAL, FLYTE)

_DNS_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_RESERVED: Final = ("start-node", "end-node", "efn")
_WORD: Final = re.compile(r"\w+", re.ASCII)


def check(entity: Entity[..., Any], target: str = LOCAL) -> list[Diagnostic]:
    """Every problem of a workflow, and of all that it reaches.

    Args:
        entity: A workflow; a task or launch plan has what it needs checked.
        target: `local`: what only a local run can do is a warning; `flyte`: it is an error.

    Returns:
        Errors and warnings: of each workflow what was found in its body, then what the whole graph shows; callers
        before what they call. Empty when all is well.
    """
    return check_all([entity], target)


def check_all(entities: Sequence[Entity[..., Any]], target: str = LOCAL) -> list[Diagnostic]:
    """The same of several entities; what they share is checked once."""
    if target not in TARGETS:
        raise ValueError(f"expected one of {', '.join(TARGETS)}, got {target!r}")
    for entity in entities:
        if not isinstance(entity, Entity):
            raise OptionError(f"expected tasks, workflows and launch plans, got {describe(entity)}")
    reach = reach_of(entities)
    found: list[Diagnostic] = []
    for circle in reach.circles:
        names = [each.interface.name for each in circle]
        first = circle[0]
        found.append(
            Diagnostic(
                "cycle",
                f"{first.kind} `{names[0]}` calls itself without an end: {' -> '.join(names)}",
                names[0],
                first.place if isinstance(first, WorkflowEntity) else None,
                fix="end it in a @dynamic, which decides when it runs",
            )
        )
    castables: dict[tuple[int, int], bool] = {}
    kept: list[object] = []
    for workflow in reversed(reach.workflows):  # the roots first
        graph = workflow.traced
        found += graph.diagnostics
        found += Checking(graph, target, castables, kept).problems()
        found += nondeterministic_calls(workflow)
        found += _default_problems(workflow)
    found += entity_problems(reach, target)
    return found


def _default_problems(workflow: WorkflowEntity[..., Any]) -> list[Diagnostic]:
    """Defaults that do not fit: they are constants of its launch plan, and of calls that leave them out."""
    interface = workflow.interface
    found = []
    for name, variable in interface.inputs.items():
        if variable.default in (None, MISSING):
            continue
        try:
            variable.converter.to_literal(variable.default)
        except ConversionError as error:
            found.append(
                Diagnostic(
                    "wrong-constant",
                    f"the default of `{name}`: {error.within(name).of(interface.name)}",
                    interface.name,
                    workflow.place,
                    path=error.path,
                    signature=interface.signature(),
                    expected=error.expected,
                    got=error.got,
                    fix=f"give {error.expected}",
                )
            )
    return found


def check_graph(graph: Graph, target: str = LOCAL) -> list[Diagnostic]:
    """Every problem of one graph, and of the workflows that it calls."""
    found = [*graph.diagnostics, *Checking(graph, target).problems()]
    called = list(targets_of(graph))
    return found + check_all(called, target)


class Checking:
    """The check of one graph."""

    def __init__(
        self,
        graph: Graph,
        target: str,
        castables: dict[tuple[int, int], bool] | None = None,
        kept: list[object] | None = None,
    ) -> None:
        self.graph = graph
        self.target = target
        self.castables = {} if castables is None else castables
        self.kept = [] if kept is None else kept
        self.interface: Interface = graph.entity.interface
        self.nodes: Mapping[str, Node] = {node.id: node for node in reversed(graph.nodes)}
        self.found: list[Diagnostic] = []
        self.open_ended: list[Node] = []
        self.used_open: set[str] = set()
        self.node: Node | None = None

    def problems(self) -> list[Diagnostic]:
        """All of them."""
        graph = self.graph
        for node in graph.all_nodes():
            self._visit(node)
        self.node = None
        self._outputs()
        self._ids()
        self._order()
        self._failure()
        self._without_else()
        return self.found

    def problems_of(self, node: Node) -> list[Diagnostic]:
        """Those of one node only, and of what is inside of it."""
        for each in with_bodies((node,)):
            self._visit(each)
        return self.found

    def _visit(self, node: Node) -> None:
        self.node = node
        self._edges(node)
        if node.target.__class__ in _SPECIAL or isinstance(node.target, (Mapped, ReferenceWorkflow)):
            self._special(node)
        if node.overrides is not None:
            self._overrides(node, node.overrides)

    def report(self, code: str, message: str, **facts: Any) -> None:
        """Note a problem, of the node that is being looked at unless another place is given."""
        node = self.node
        if node is not None:
            facts.setdefault("place", node.place)
            facts.setdefault("node", node.id)
            facts.setdefault(
                "signature", None if isinstance(node.target, (Branch, *GATES)) else node.target.interface.signature()
            )
        self.found.append(Diagnostic(code, message, self.interface.name, **facts))

    def local_only(self, message: str, **facts: Any) -> None:
        """Note what only a local run can do."""
        self.report("local-only", message, severity="error" if self.target == FLYTE else "warning", **facts)

    # --- edges --------------------------------------------------------------------------------------------------------

    def _edges(self, node: Node) -> None:
        inputs = node.target.interface.inputs
        nodes, castables = self.nodes, self.castables
        for name, binding in node.bindings.items():
            variable = inputs.get(name)
            if variable is None:
                continue  # told when it was traced
            if type(binding) is Constant:  # converted when it was traced
                if variable.converter.offloads is not None:
                    self._stored(binding, name)
                continue
            expected = variable.converter.literal_type
            if type(binding) is Reference and not binding.path:  # nearly all: as `_is_known`, without the call
                earlier = nodes.get(binding.node_id) if binding.node_id is not None else None
                if earlier is not None and earlier.target.__class__ is not Branch:
                    given = earlier.target.interface.outputs.get(binding.output)
                    if given is not None and (id(given.converter), id(expected)) in castables:
                        continue
            if not self._is_known(binding, expected):
                self._edge(binding, expected, name)

    def _stored(self, constant: Constant, path: str) -> None:
        """A constant that lies in a store: a cluster cannot read the disk of this machine."""
        for uri in _uris(idl.Literal.FromString(constant.literal)):
            if "://" not in uri or uri.startswith(("file://", "memory://")):
                self.local_only(
                    f"`{path}` is a constant that lies on this machine: `{uri}`",
                    path=path,
                    fix="put it into a store that the cluster reads, and give its URI; or make it an input",
                )

    def _edge(self, binding: Binding, expected: idl.LiteralType, path: str) -> None:
        """Note what is wrong with what arrives at a path."""
        kind = type(binding)
        if kind is Constant:
            return
        if kind is Reference:
            self._reference(binding, expected, path)  # type: ignore[arg-type]  # by its class
        elif isinstance(binding, ListBinding):
            self._container(enumerate(binding.items), expected, "collection_type", path)
        elif isinstance(binding, DictBinding):
            self._container(binding.items.items(), expected, "map_value_type", path)
        elif isinstance(binding, RecordBinding):
            self._record(binding, expected, path)

    def _is_known(self, binding: Binding, expected: idl.LiteralType) -> bool:
        """Whether the same edge, a whole output to this very type, was found to be right before."""
        if type(binding) is not Reference or binding.path:
            return False
        if binding.node_id is None:
            given = self.interface.inputs.get(binding.output)
        else:
            node = self.nodes.get(binding.node_id)
            # A conditional may give nothing: `_source` looks at it.
            is_open = node is None or node.target.__class__ is Branch
            given = None if is_open or node is None else node.target.interface.outputs.get(binding.output)
        return given is not None and self.castables.get((id(given.converter), id(expected)), False)

    def _container(
        self,
        items: Iterable[tuple[int | str, Binding]],
        expected: idl.LiteralType,
        kind: str,
        path: str,
    ) -> None:
        """As for each element; of a union the variant that all elements fit, else what the first one says."""
        steps = list(items)
        is_union = expected.WhichOneof("type") == "union_type"
        variants = expected.union_type.variants if is_union else [expected]
        before = len(self.found)
        told: list[Diagnostic] | None = None
        fitting = 0
        for variant in variants:
            if variant.WhichOneof("type") == kind:
                element = getattr(variant, kind)
                for step, item in steps:
                    if not self._is_known(item, element):
                        where = f"[{step}]" if isinstance(step, int) else key_step(step)
                        self._edge(item, element, path + where)
                found, self.found[before:] = self.found[before:], []
                fits = not any(diagnostic.is_error for diagnostic in found)
                told = found if told is None or (fits and not fitting) else told
                fitting += fits
        self.found += told or []
        if fitting > 1:
            self.local_only(
                f"`{path}` fits {fitting} variants of `{idl.render_type(expected)}`",
                path=path,
                fix="let a task make the list or dict, so that its type is known",
            )

    def _record(self, binding: RecordBinding, expected: idl.LiteralType, path: str) -> None:
        self.local_only(
            f"`{path}` is a `{source_of(binding.annotation)}` made of promises",
            path=path,
            fix="let a task make it of its parts",
        )
        declared = expected.structure.dataclass_type
        for name, item in binding.fields.items():
            if name in declared:
                self._edge(item, declared[name], f"{path}.{name}")

    def _reference(self, reference: Reference, expected: idl.LiteralType, path: str) -> None:
        source = self._source(reference, path)
        if source is None:
            return
        given_variable, node = source
        key = (id(given_variable.converter), id(expected))
        if not reference.path and self.castables.get(key):
            return
        given = self._part(reference, given_variable.converter.literal_type, path, node)
        if given is None:
            return
        verdict = castable(given, expected)
        if verdict and not reference.path and not _crosses_dimensions(given, expected):
            self.castables[key] = True
            self.kept.append(expected)  # so that no other type gets its id
            return
        texts = idl.render_type(expected), idl.render_type(given)
        producer, place = self._producer(reference, node)
        if not verdict:
            part = f"`{Reference(None, reference.output, reference.path)}`, a part of " if reference.path else ""
            where = f"input `{path}`" if self.node is not None else f"output `{path}`"
            name = (self.node.target if self.node is not None else self.graph.entity).interface.name
            self.report(
                "type-mismatch",
                f"{where} of `{name}` takes `{texts[0]}`, and gets `{texts[1]}`",
                path=path,
                expected=f"`{texts[0]}`",
                got=f"`{texts[1]}`",
                rule=verdict.reason,
                producer=f"{part}{producer}",
                producer_place=place,
                fix=_fix(given, expected),
            )
        elif _crosses_dimensions(given, expected):
            self.report(
                "directory-for-file",
                f"`{path}` takes `{texts[0]}`, and gets `{texts[1]}`: Flyte lets it pass, and the task fails",
                path=path,
                expected=f"`{texts[0]}`",
                got=f"`{texts[1]}`",
                producer=producer,
                producer_place=place,
                fix="declare both as FlyteFile, or both as FlyteDirectory",
            )

    def _source(self, reference: Reference, path: str) -> tuple[Variable, Node | None] | None:
        """The variable that a reference begins at, and its node; None, and a problem, if there is none."""
        if reference.node_id is None:
            variable = self.interface.inputs.get(reference.output)
            if variable is not None:
                return variable, None
            names = ", ".join(self.interface.inputs) or "it has none"
            self.report(
                "unknown-node",
                f"`{path}` refers to the workflow's input `{reference.output}`",
                path=path,
                expected=names,
            )
            return None
        node = self.nodes.get(reference.node_id)
        if node is None:
            self.report(
                "unknown-node",
                f"`{path}` refers to the node `{reference.node_id}`, which is not there",
                path=path,
                expected=", ".join(self.nodes) or "nodes",
                fix="refer to a node of this workflow",
            )
            return None
        interface = node.target.interface
        variable = interface.outputs.get(reference.output)
        if variable is None:
            self.report(
                "unknown-node",
                f"`{path}` refers to the output `{reference.output}` of `{node.id}`, which is not there",
                path=path,
                expected=", ".join(interface.outputs) or "no outputs",
                producer=f"`{interface.signature()}`",
                producer_place=node.place,
                fix="use an output that it has",
            )
            return None
        if isinstance(node.target, Branch) and node.target.otherwise is None and not variable.optional:
            self.used_open.add(node.id)
            self.report(
                "branch-outputs",
                f"`{path}` uses the conditional `{node.target.name}`, which gives nothing when no condition holds",
                path=path,
                producer_place=node.place,
                fix="end it with `.else_()`, or make its outputs Optional",
            )
        return variable, node

    def _producer(self, reference: Reference, node: Node | None) -> tuple[str, Place | None]:
        """What gives a value, for people, and where it is called."""
        if node is None:
            return f"the workflow's input `{reference.output}`", None
        return f"output `{reference.output}` of `{node.target.interface.signature()}`", node.place

    def _part(
        self, reference: Reference, whole: idl.LiteralType, path: str, node: Node | None
    ) -> idl.LiteralType | None:
        """The type of what a reference leads to; None, and a problem, if it leads nowhere."""
        if not reference.path:
            return whole
        producer, place = self._producer(reference, node)
        negative = next((step for step in reference.path if isinstance(step, int) and step < 0), None)
        if negative is not None:
            self.report(
                "negative-index",
                f"`{path}` is `{reference}`: positions count from 0",
                path=path,
                producer=producer,
                producer_place=place,
                fix="take the last element in a task",
            )
            return None
        given, unknown = part_type(whole, reference.path)
        if unknown is None:
            return given
        fields = sorted(given.structure.dataclass_type)
        self.report(
            "unknown-attribute",
            f"`{path}` is `{reference}`: `{idl.render_type(given)}` has no `{unknown}`",
            path=path,
            expected=f"one of {', '.join(fields)}" if fields else "a value with parts",
            got=f"`{unknown}`",
            producer=producer,
            producer_place=place,
            fix="use a field that is declared" if fields else "pass it on whole, and take it apart in a task",
        )
        return None

    # --- nodes of their own kind --------------------------------------------------------------------------------------

    def _special(self, node: Node) -> None:
        target = node.target
        if isinstance(target, Branch):
            self._branch(node, target)
        elif isinstance(target, Approve):
            for path, binding in node.bindings.items():
                if isinstance(binding, Reference) and binding.path:
                    self.local_only(
                        f"the gate `{target.name}` approves `{binding}`, a part of an output",
                        path=path,
                        fix="approve the whole output, and take the part behind the gate",
                    )
        elif isinstance(target, Mapped):
            self._map(node, target)
        elif isinstance(target, ReferenceWorkflow):
            self.report(
                "not-loadable",
                f"`{target.name}` is a reference workflow, and no node of another one",
                fix="refer to a launch plan of it: `reference_launch_plan`",
            )

    def _branch(self, node: Node, branch: Branch) -> None:
        for case in branch.cases:
            self._condition(case.condition)
        bodies = branch.bodies
        for name, variable in branch.interface.outputs.items():
            for body in bodies[1:]:
                other = body.target.interface.outputs[name]
                if other.converter.literal_type != variable.converter.literal_type:
                    texts = [idl.render_type(each.converter.literal_type) for each in (variable, other)]
                    self.report(
                        "branch-outputs",
                        f"the branches of `{branch.name}` give `{name}` with different types",
                        path=name,
                        expected=f"`{texts[0]}`, as `{bodies[0].target.interface.signature()}` gives",
                        got=f"`{texts[1]}`, as `{body.target.interface.signature()}` gives",
                        producer_place=body.place,
                        fix="let all branches give one type",
                    )
        if branch.otherwise is None:
            self.open_ended.append(node)

    def _without_else(self) -> None:
        for node in self.open_ended:
            if node.id not in self.used_open:
                self.local_only(
                    f"the conditional `{node.target.name}` has no `else_`",
                    place=node.place,
                    node=node.id,
                    fix="end it with `.else_().then(...)`, or `.else_().fail(...)`",
                )

    def _condition(self, condition: Condition) -> None:
        pending: list[Condition] = [condition]
        while pending:
            part = pending.pop()
            if isinstance(part, Conjunction):
                pending += [part.right, part.left]
                continue
            self._comparison(part)

    def _comparison(self, comparison: Comparison) -> None:
        types: list[idl.LiteralType | None] = []
        for side in (comparison.left, comparison.right):
            if isinstance(side, Value):
                types.append(None)
                continue
            source = self._source(side, str(side))
            given = source and self._part(side, source[0].converter.literal_type, str(side), source[1])
            if given is None:
                return
            types.append(given)
        left, right = types
        assert left is not None  # noqa: S101 - a promise stands on the left
        misfit = misfit_of(comparison, left, right)
        if misfit is not None:
            told = (
                self.local_only
                if misfit.runs_here
                else lambda message, **facts: self.report("condition", message, **facts)
            )
            told(misfit.message, fix=misfit.fix)
            return
        stepped = next((each for each in condition_references(comparison) if each.path), None)
        if stepped is not None:
            self.local_only(
                f"`{comparison}` compares a part of an output",
                fix=f"give `{stepped}` to a workflow that holds the conditional, or make it an output of its own",
            )

    def _map(self, node: Node, mapped: Mapped) -> None:
        if isinstance(mapped, MapPlan):
            self.local_only(
                f"a map over the launch plan `{mapped.name}`",
                fix="map a task that does the work, or call the plan in a @dynamic, once for each element",
            )
        elif isinstance(mapped, MapTask) and isinstance(mapped.mapped, ContainerTask):
            self.local_only(
                f"a map over the container task `{mapped.mapped.name}`, which cannot tell which element is its own",
                fix="call it in a @dynamic, once for each element",
            )
        lengths = {
            name: length
            for name, binding in node.bindings.items()
            if name not in mapped.how.bound and (length := _length(binding)) is not None
        }
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"`{name}` has {length}" for name, length in lengths.items())
            self.report(
                "bad-map",
                f"the lists of `{mapped.interface.name}` differ in length: {told}",
                fix="give lists of one length; what every element shares is bound: `functools.partial(task, x=...)`",
            )

    # --- the workflow as a whole --------------------------------------------------------------------------------------

    def _outputs(self) -> None:
        place = getattr(self.graph.entity, "place", None)
        before = len(self.found)
        for name, binding in self.graph.outputs.items():
            variable = self.interface.outputs[name]
            self._edge(binding, variable.converter.literal_type, name)
        for index in range(before, len(self.found)):
            self.found[index] = _at(self.found[index], place, self.interface.signature())
        if not self.graph.nodes and not self.graph.diagnostics and isinstance(self.graph.entity, WorkflowEntity):
            self.local_only(
                f"the workflow `{self.interface.name}` calls nothing",
                place=place,
                fix="call a task, if only to pass a value on",
            )

    def _overrides(self, node: Node, overrides: Overrides) -> None:
        for problem in resource_problems("the call", overrides.requests, overrides.limits):
            self.report("bad-option", problem, fix="let the limit be at least the request, and GPUs be whole")
        aliases = overrides.aliases or {}
        outputs = node.target.interface.outputs
        for name, alias in aliases.items():
            others = [*(outputs.keys() - aliases.keys()), *(other for key, other in aliases.items() if key != name)]
            if name not in outputs or not isinstance(alias, str) or alias in others:
                self.report(
                    "bad-option",
                    f"the alias {alias!r} of `{name}` is no new name of an output",
                    expected=f"another name for one of {', '.join(outputs) or 'no outputs'}",
                    fix="leave it out: who uses the output needs no alias",
                )

    def _ids(self) -> None:
        seen: dict[str, Node] = {}
        signals: dict[str, Node] = {}
        for node, node_id in _with_ids(self.graph.nodes):
            known = seen.setdefault(node_id, node)
            if known is not node:
                self._duplicate("node", node_id, node, known, "give each `node_name` once")
            if len(node.id) > 63 or not _DNS_LABEL.fullmatch(node.id) or node.id in _RESERVED:
                self.report(
                    "bad-name",
                    f"a node is called `{node.id}`",
                    place=node.place,
                    node=node.id,
                    expected="at most 63 of a-z, 0-9 and -, and none of " + ", ".join(_RESERVED),
                    fix="give it another `node_name`",
                )
            if isinstance(node.target, (Approve, WaitForInput)):
                known = signals.setdefault(node.target.name, node)
                if known is not node:
                    self._duplicate("gate", node.target.name, node, known, "give each gate a name of its own")
        for name in (*self.interface.inputs, *self.interface.outputs):
            if not _WORD.fullmatch(name):
                self.local_only(
                    f"`{name}` has letters that Flyte does not take in names",
                    place=getattr(self.graph.entity, "place", None),
                    fix="use a-z, A-Z, 0-9 and _",
                )

    def _duplicate(self, what: str, name: str, node: Node, known: Node, fix: str) -> None:
        self.report(
            "duplicate-id",
            f"two {what}s are called `{name}`",
            place=node.place,
            node=node.id,
            producer=f"the first `{name}`",
            producer_place=known.place,
            fix=fix,
        )

    def _order(self) -> None:
        ids = set(self.nodes)
        if self.graph.failure_node is not None:
            ids.add(self.graph.failure_node.id)
        for node in self.graph.nodes:
            for name in node.after:
                if name not in ids:
                    self.report(
                        "unknown-node",
                        f"`{node.id}` waits for the node `{name}`, which is not there",
                        place=node.place,
                        node=node.id,
                        fix="wait for a node of this workflow",
                    )
        _, circular = in_run_order(self.graph.nodes)
        if circular:
            circle = _circle(circular)
            first = circle[0]
            self.report(
                "cycle",
                f"nodes wait for each other: {' -> '.join([*(node.id for node in circle), first.id])}",
                place=first.place,
                node=first.id,
                fix="take one `>>`, or one argument, out of the circle",
            )

    def _failure(self) -> None:
        node = self.graph.failure_node
        if node is None:
            return
        handler, inputs = node.target, node.target.interface.inputs
        problems = [
            f"it does not take the workflow's input `{name}`" for name in self.interface.inputs if name not in inputs
        ]
        for name, variable in inputs.items():
            own = self.interface.inputs.get(name)
            if own is None and name not in node.bindings:
                problems.append(f"its input `{name}` is not one of the workflow, and has no default")
            elif own is None and name == "err" and not _takes_error(variable.converter.literal_type):
                got = idl.render_type(variable.converter.literal_type)
                problems.append(
                    f"its input `err` gets the error, and is `{got}`: declare `err: FlyteError | None = None`"
                )
            elif own is None and not accepts_none(variable.converter.literal_type):
                problems.append(f"its input `{name}` is not one of the workflow, and not Optional")
            elif own is not None and own.converter.literal_type != variable.converter.literal_type:
                texts = [idl.render_type(each.converter.literal_type) for each in (own, variable)]
                if castable(own.converter.literal_type, variable.converter.literal_type):
                    problems.append(f"its input `{name}` is `{texts[1]}`, and the workflow's is `{texts[0]}`")
        for problem in problems:
            self.report(
                "bad-handler",
                f"the failure handler `{handler.interface.name}` of `{self.interface.name}` does not fit: {problem}",
                place=node.place,
                node=node.id,
                signature=handler.interface.signature(),
                producer=f"`{self.interface.signature()}`",
                fix="let it take every input of the workflow, with its type; what it takes besides is Optional",
            )


_SPECIAL: Final = frozenset({Branch, Approve})


def _with_ids(nodes: Iterable[Node]) -> Iterator[tuple[Node, str]]:
    """Nodes, those in branches too, with the ids that Flyte gives them: `n1-n0` for the first one in branch `n1`."""
    pending = [(node, node.id) for node in nodes][::-1]
    while pending:
        node, node_id = pending.pop()
        yield node, node_id
        if isinstance(node.target, Branch):
            pending += [(body, f"{node_id}-{body.id}") for body in node.target.bodies[::-1]]


def _takes_error(literal_type: idl.LiteralType) -> bool:
    variants = literal_type.union_type.variants
    return accepts_none(literal_type) and any(each.simple == idl.SimpleType.ERROR for each in variants)


def accepts_none(literal_type: idl.LiteralType) -> bool:
    """Whether a type is a union with none."""
    variants = literal_type.union_type.variants
    return any(each.WhichOneof("type") == "simple" and each.simple == idl.SimpleType.NONE for each in variants)


def _at(diagnostic: Diagnostic, place: Place | None, signature: str) -> Diagnostic:
    values = {name: getattr(diagnostic, name) for name in diagnostic.__match_args__}
    return Diagnostic(**{**values, "place": place, "signature": signature})


def _length(binding: Binding) -> int | None:
    """How many elements a list in a workflow has, if it is known."""
    if isinstance(binding, ListBinding):
        return len(binding.items)
    if isinstance(binding, Constant):
        literal = idl.Literal.FromString(binding.literal)
        if literal.WhichOneof("value") == "collection":
            return len(literal.collection.literals)
    return None


def _uris(literal: idl.Literal) -> Iterator[str]:
    """Where the parts of a literal lie that lie in a store."""
    pending = [literal]
    while pending:
        each = pending.pop()
        pending += each.collection.literals
        pending += each.map.literals.values()
        scalar = each.scalar
        if scalar.HasField("union"):
            pending.append(scalar.union.value)
        kind = scalar.WhichOneof("value")
        if kind in ("blob", "structured_dataset", "schema"):
            yield getattr(scalar, kind).uri


def _crosses_dimensions(given: idl.LiteralType, expected: idl.LiteralType) -> bool:
    if given.WhichOneof("type") != "blob" or expected.WhichOneof("type") != "blob":
        return False
    return bool(given.blob.dimensionality != expected.blob.dimensionality)


def _fix(given: idl.LiteralType, expected: idl.LiteralType) -> str:
    kinds = given.WhichOneof("type"), expected.WhichOneof("type")
    if expected == given.collection_type and kinds[0] == "collection_type":
        return "take one element, `x[0]`, or map it: `map_task(...)`"
    if kinds[1] == "collection_type" and given == expected.collection_type:
        return "put it into a list: `[x]`"
    if kinds[0] == "union_type" and any(variant.simple == idl.SimpleType.NONE for variant in given.union_type.variants):
        return "let the callee take None too, or put a task between them that decides what None means"
    if (given.simple, expected.simple) == (idl.SimpleType.INTEGER, idl.SimpleType.FLOAT) and kinds == (
        "simple",
        "simple",
    ):
        return "let the task give a float, or the callee take an int: Flyte does not convert between nodes"
    return f"declare both as `{idl.render_type(expected)}`, or put a task between them that converts"


def _circle(nodes: Sequence[Node]) -> list[Node]:
    """A shortest-to-tell circle among nodes that each wait for another of them, or are behind such."""
    by_id = {node.id: node for node in nodes}
    node, seen = nodes[0], dict[str, int]()
    chain: list[Node] = []
    while node.id not in seen:
        seen[node.id] = len(chain)
        chain.append(node)
        node = by_id[min(upstream_ids(node) & by_id.keys())]
    return chain[seen[node.id] :][::-1]
