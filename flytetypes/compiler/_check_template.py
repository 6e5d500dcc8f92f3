"""Checking workflows that come from the wire: what other SDKs have made, or what was fetched.

A template becomes a graph, which the usual check goes over. What no graph can hold, a message that lacks something or
has it twice, is told while it is read. The rules are those of Flyte's own compiler (`flytepropeller/pkg/compiler`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, Final

from flytetypes import idl
from flytetypes._diagnostics import Diagnostic, Place
from flytetypes._record import Record
from flytetypes.authoring import (
    Approve,
    Binding,
    Branch,
    Case,
    Comparison,
    Condition,
    Conjunction,
    Constant,
    DictBinding,
    Gate,
    Graph,
    ListBinding,
    Node,
    Reference,
    Sleep,
    Value,
    WaitForInput,
)
from flytetypes.compiler._check import FLYTE, Checking, accepts_none
from flytetypes.interface import Interface, Variable, default_engine
from flytetypes.types import OfType, castable, literal_type_of

_NOWHERE: Final = Place("", 0)
_DNS_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
# What the backend takes as the name of a promised value.
_PROMISED: Final = re.compile(r"([\w\-]*\.)?\w+", re.ASCII)
_OPERATORS: Final = {"EQ": "==", "NEQ": "!=", "GT": ">", "GTE": ">=", "LT": "<", "LTE": "<="}

Key = tuple[str, str, str, str]


class LaunchPlanTemplate(Record):
    """A launch plan, as far as a node that starts it is concerned.

    Attributes:
        id: What it is found by.
        inputs: The inputs that a node may bind: required, or with a default.
        outputs: Those of its workflow.
        fixed: Inputs that no node may bind.
    """

    id: idl.Identifier
    inputs: idl.ParameterMap
    outputs: idl.VariableMap
    fixed: idl.LiteralMap | None = None


def check_template(
    template: idl.WorkflowTemplate,
    *,
    tasks: Iterable[idl.TaskTemplate] = (),
    sub_workflows: Iterable[idl.WorkflowTemplate] = (),
    launch_plans: Iterable[LaunchPlanTemplate] = (),
) -> list[Diagnostic]:
    """Every problem of a workflow as it is on the wire, for a Flyte backend.

    Args:
        template: The workflow.
        tasks: Every task that it refers to.
        sub_workflows: Every workflow inside of it, at any depth.
        launch_plans: Every launch plan that it refers to.

    Returns:
        Errors and warnings; empty when all is well.
    """
    known = _Known()
    found: list[Diagnostic] = []
    for task in tasks:
        problems = task_problems(task)
        found += problems
        if not any(problem.is_error for problem in problems):
            known.tasks[_key(task.id)] = Stub(task.id.name, interface_of(task.id.name, task.interface))
    inner = list(sub_workflows)
    for workflow in inner:
        key = _key(workflow.id)
        if key in known.workflows:
            found.append(
                _problem("duplicate-id", f"two workflows inside are called `{workflow.id.name}`", template.id.name)
            )
        known.workflows[key] = Stub(workflow.id.name, interface_of(workflow.id.name, workflow.interface))
    for plan in launch_plans:
        known.plans[_key(plan.id)] = _plan_stub(plan)
    for workflow in [template, *inner]:
        found += _Reading(workflow, known).problems()
    return found


class Stub:
    """An entity of which only the interface is known."""

    def __init__(
        self,
        name: str,
        interface: Interface,
        optional: frozenset[str] = frozenset(),
        fixed: frozenset[str] = frozenset(),
    ) -> None:
        self.name = name
        self.interface = interface
        self.optional = optional
        self.fixed_inputs = fixed


class _Known:
    """What a workflow may refer to."""

    def __init__(self) -> None:
        self.tasks: dict[Key, Stub] = {}
        self.workflows: dict[Key, Stub] = {}
        self.plans: dict[Key, Stub] = {}


def _key(identifier: idl.Identifier) -> Key:
    return identifier.project, identifier.domain, identifier.name, identifier.version


def _problem(code: str, message: str, workflow: str, **facts: Any) -> Diagnostic:
    return Diagnostic(code, message, workflow, **facts)


def interface_of(name: str, interface: idl.TypedInterface) -> Interface:
    """An interface whose values are literals: every type of the wire has one."""
    engine = default_engine()

    def variables(declared: idl.VariableMap) -> dict[str, Variable]:
        made = {}
        for key in sorted(declared.variables):
            variable = declared.variables[key]
            annotation = Annotated[idl.Literal, OfType(variable.type)]
            made[key] = Variable(key, annotation, engine.converter(annotation), variable.description or key)
        return made

    return Interface(name, variables(interface.inputs), variables(interface.outputs), engine=engine)


def _plan_stub(plan: LaunchPlanTemplate) -> Stub:
    interface = idl.TypedInterface(outputs=plan.outputs)
    fixed = frozenset(plan.fixed.literals if plan.fixed is not None else ())
    for name, parameter in plan.inputs.parameters.items():
        if name not in fixed:
            interface.inputs.variables[name].CopyFrom(parameter.var)
    optional = frozenset(name for name, parameter in plan.inputs.parameters.items() if not parameter.required)
    return Stub(plan.id.name, interface_of(plan.id.name, interface), optional, fixed)


# --- tasks ------------------------------------------------------------------------------------------------------------


def task_problems(task: idl.TaskTemplate) -> list[Diagnostic]:
    """What is wrong with a task as it is on the wire."""
    name = task.id.name
    found = [
        _problem("wire-shape", f"the task `{name}` {problem}", "") for problem in _interface_problems(task.interface)
    ]
    if not name:
        found.append(_problem("wire-shape", "a task has no name", ""))
    if task.WhichOneof("target") == "container":
        container = task.container
        if not container.image:
            found.append(_problem("wire-shape", f"the container of the task `{name}` has no image", ""))
        has_interface = bool(task.interface.inputs.variables or task.interface.outputs.variables)
        if has_interface and not container.command and not container.args:
            found.append(
                _problem("wire-shape", f"the container of the task `{name}` has neither command nor arguments", "")
            )
    elif task.WhichOneof("target") == "k8s_pod":
        spec = idl.read_struct(task.k8s_pod.pod_spec)
        names = [each.get("name", "") for each in spec.get("containers") or ()]
        found += [
            _problem("bad-name", f"a container of the task `{name}` is called `{container}`", "")
            for container in names
            if not _DNS_LABEL.fullmatch(container)
        ]
    return found


def _interface_problems(interface: idl.TypedInterface) -> Iterable[str]:
    for side, variables in (("input", interface.inputs), ("output", interface.outputs)):
        for name in sorted(variables.variables):
            if variables.variables[name].type.WhichOneof("type") is None:
                yield f"has an {side} `{name}` without a type"


# --- workflows --------------------------------------------------------------------------------------------------------


class _Entity:
    """Whose graph it is, for the check."""

    def __init__(self, name: str, interface: Interface) -> None:
        self.name = name
        self.interface = interface
        self.place = _NOWHERE


class _Reading:
    """One template on its way to a graph."""

    def __init__(self, template: idl.WorkflowTemplate, known: _Known) -> None:
        self.template = template
        self.known = known
        self.name = template.id.name
        self.found: list[Diagnostic] = []
        self.where = ""

    def problems(self) -> list[Diagnostic]:
        """Everything that is wrong with it."""
        template = self.template
        untyped = list(_interface_problems(template.interface))
        for problem in untyped:
            self.report("wire-shape", f"the workflow {problem}")
        if untyped:
            return self.found
        if not template.nodes:
            self.report("no-nodes", "the workflow has no nodes")
        interface = interface_of(self.name, template.interface)
        nodes = [self._node(node) for node in template.nodes]
        failure = self._node(template.failure_node) if template.HasField("failure_node") else None
        outputs = self._outputs(interface)
        entity: Any = _Entity(self.name, interface)
        # A handler may be bound to anything here, so it is one more node; whether it waits for others makes no odds.
        graph = Graph(entity, tuple(nodes), outputs, {})
        checking = Checking(graph, FLYTE)
        self.found += checking.problems()
        if failure is not None:
            self.found += Checking(Graph(entity, (*nodes, failure), {}, {}), FLYTE).problems_of(failure)
        return self.found

    def report(self, code: str, message: str, **facts: Any) -> None:
        """Note a problem."""
        where = f"node `{self.where}`: " if self.where else ""
        self.found.append(_problem(code, f"{where}{message}", self.name, node=self.where or None, **facts))

    def _outputs(self, interface: Interface) -> dict[str, Binding]:
        outputs = {}
        for each in self.template.outputs:
            variable = interface.outputs.get(each.var)
            if variable is None:
                self.report("unbound-output", f"a value is bound to the output `{each.var}`, which is not declared")
                continue
            binding = self._binding(each.binding, variable.converter.literal_type, each.var)
            if binding is not None:
                outputs[each.var] = binding
        for name in interface.outputs:
            if all(each.var != name for each in self.template.outputs):
                self.report("unbound-output", f"nothing is bound to the output `{name}`")
        return outputs

    # --- nodes --------------------------------------------------------------------------------------------------------

    def _node(self, node: idl.Node) -> Node:
        outer, self.where = self.where, node.id or "?"
        if not node.id:
            self.report("wire-shape", "a node has no id")
        target = self._target(node)
        aliases = [each.var for each in node.output_aliases]
        if len(set(aliases)) < len(aliases):
            self.report("duplicate-id", "two aliases for one output")
        if aliases:
            target = self._aliased(target, node)
        bindings = {} if isinstance(target, Branch) else self._inputs(node, target)
        made = Node(node.id, target, bindings, _NOWHERE, tuple(node.upstream_node_ids))
        self.where = outer
        return made

    def _aliased(self, target: Any, node: idl.Node) -> Stub:
        interface = target.interface
        names = {each.var: each.alias for each in node.output_aliases}
        for var in names:
            if var not in interface.outputs:
                self.report("unknown-node", f"an alias is given to the output `{var}`, which is not there")
        outputs = {names.get(name, name): variable for name, variable in interface.outputs.items()}
        renamed = Interface(interface.name, interface.inputs, outputs, engine=interface.engine)
        return Stub(target.name, renamed, getattr(target, "optional", frozenset()))

    def _inputs(self, node: idl.Node, target: Any) -> dict[str, Binding]:
        bindings: dict[str, Binding] = {}
        inputs = target.interface.inputs
        for each in node.inputs:
            if each.var in bindings:
                self.report("wire-shape", f"the input `{each.var}` is bound twice")
            variable = inputs.get(each.var)
            if variable is None:
                if not isinstance(target, _Missing):
                    code = "fixed-input" if each.var in getattr(target, "fixed_inputs", ()) else "unknown-input"
                    self.report(code, f"`{target.name}` has no input `{each.var}` to bind")
                continue
            binding = self._binding(each.binding, variable.converter.literal_type, each.var)
            if binding is not None:
                bindings[each.var] = binding
        bound = {each.var for each in node.inputs}
        optional = getattr(target, "optional", ())
        for name, variable in inputs.items():
            if name not in bound and name not in optional and not accepts_none(variable.converter.literal_type):
                self.report("missing-input", f"`{target.name}` needs `{name}`")
        return bindings

    def _target(self, node: idl.Node) -> Any:
        match node.WhichOneof("target"):
            case "task_node":
                return self._found(self.known.tasks, node.task_node.reference_id, "task")
            case "workflow_node":
                return self._workflow(node.workflow_node)
            case "branch_node":
                return self._branch(node)
            case "gate_node":
                return self._gate(node)
            case "array_node":
                inner = node.array_node.node
                target = self._target(inner)
                if target.interface.inputs or not isinstance(target, _Missing):
                    self._inputs(inner, target)
                return target
            case _:
                self.report("wire-shape", "it runs nothing")
                return _Missing()

    def _workflow(self, node: idl.WorkflowNode) -> Any:
        match node.WhichOneof("reference"):
            case "launchplan_ref":
                return self._found(self.known.plans, node.launchplan_ref, "launch plan")
            case "sub_workflow_ref":
                return self._found(self.known.workflows, node.sub_workflow_ref, "workflow")
            case _:
                self.report("unknown-entity", "it refers to no workflow")
                return _Missing()

    def _found(self, among: Mapping[Key, Stub], identifier: idl.Identifier, kind: str) -> Any:
        found = among.get(_key(identifier))
        if found is None:
            self.report("unknown-entity", f"there is no {kind} `{identifier.name}` of this version")
            return _Missing()
        return found

    # --- conditionals -------------------------------------------------------------------------------------------------

    def _branch(self, node: idl.Node) -> Any:
        if_else = node.branch_node.if_else
        blocks = [*([if_else.case] if if_else.HasField("case") else []), *if_else.other]
        if not blocks:
            self.report("wire-shape", "a conditional has no case")
        operands = {}
        for each in node.inputs:
            if each.binding.WhichOneof("value") == "promise":
                operands[each.var] = self._reference(each.binding.promise, each.var)
            else:
                self.report("condition", f"`{each.var}` of a condition is no promise")
        cases = []
        for block in blocks:
            condition = self._condition(block.condition, operands)
            if not block.HasField("then_node"):
                self.report("wire-shape", "a case of a conditional has no node")
            elif condition is None:
                self._node(block.then_node)
            else:
                cases.append(Case(condition, self._node(block.then_node)))
        default = if_else.WhichOneof("default")
        otherwise: Node | str | None = None
        if default is None:
            self.report("wire-shape", "a conditional has neither an else nor an error")
            otherwise = ""
        elif default == "error":
            otherwise = if_else.error.message
        else:
            otherwise = self._node(if_else.else_node)
        bodies = [case.node for case in cases] + ([otherwise] if isinstance(otherwise, Node) else [])
        outputs = dict(bodies[0].target.interface.outputs) if bodies else {}
        for body in bodies[1:]:
            outputs = {name: variable for name, variable in outputs.items() if name in body.target.interface.outputs}
        name = node.metadata.name or node.id
        return Branch(name, Interface(name, {}, outputs, engine=default_engine()), tuple(cases), otherwise)

    def _condition(
        self, expression: idl.BooleanExpression, operands: Mapping[str, Reference | None]
    ) -> Condition | None:
        match expression.WhichOneof("expr"):
            case "conjunction":
                conjunction = expression.conjunction
                sides = [
                    self._condition(side, operands)
                    for side in (conjunction.left_expression, conjunction.right_expression)
                ]
                left, right = sides
                if left is None or right is None:
                    return None
                operators = idl.ConjunctionExpression.LogicalOperator
                return Conjunction("and" if conjunction.operator == operators.AND else "or", left, right)
            case "comparison":
                return self._comparison(expression.comparison, operands)
            case _:
                self.report("wire-shape", "a case of a conditional has no condition")
                return None

    def _comparison(
        self, comparison: idl.ComparisonExpression, operands: Mapping[str, Reference | None]
    ) -> Comparison | None:
        sides: list[Reference | Value] = []
        types: list[idl.LiteralType | None] = []
        for side in (comparison.left_value, comparison.right_value):
            match side.WhichOneof("val"):
                case "primitive" if side.primitive.WhichOneof("value") is not None:
                    sides.append(Value(idl.read_primitive(side.primitive)))
                    types.append(literal_type_of(idl.Literal(scalar=idl.Scalar(primitive=side.primitive))))
                case "var":
                    reference = operands.get(side.var)
                    if reference is None:
                        self.report("unknown-node", f"a condition looks at `{side.var}`, which is not bound")
                        return None
                    sides.append(reference)
                    types.append((self._declared_outputs(reference.node_id) or {}).get(reference.output))
                case _:
                    self.report("wire-shape", "a condition lacks what it compares, or compares no primitive")
                    return None
        self._compared_types(types)
        left, right = sides
        operator = _OPERATORS[idl.ComparisonExpression.Operator.Name(comparison.operator)]
        return Comparison(operator, left, right)

    def _compared_types(self, types: Sequence[idl.LiteralType | None]) -> None:
        """The backend compares what is of one type, as the whole output that a promise begins at has it."""
        texts = [idl.render_type(each) for each in types if each is not None]
        if len(texts) == 2 and types[0] != types[1]:
            self.report("condition", f"a condition compares a `{texts[0]}` with a `{texts[1]}`")

    def _declared_outputs(self, node_id: str | None) -> Mapping[str, idl.LiteralType] | None:
        if node_id is None:
            return {name: variable.type for name, variable in self.template.interface.inputs.variables.items()}
        for node in self.template.nodes:
            if node.id == node_id:
                quiet = _Reading(self.template, self.known)  # its problems are told where it stands
                outputs = quiet._node(node).target.interface.outputs
                return {name: variable.converter.literal_type for name, variable in outputs.items()}
        return None

    # --- gates --------------------------------------------------------------------------------------------------------

    def _gate(self, node: idl.Node) -> Gate | _Missing:
        gate = node.gate_node
        engine = default_engine()
        match gate.WhichOneof("condition"):
            case "sleep":
                return Sleep("sleep-gate", Interface(node.id, {}, {}, engine=engine), timedelta(0))
            case "signal":
                signal = gate.signal
                if signal.type.WhichOneof("type") is None or not signal.output_variable_name:
                    self.report(
                        "wire-shape", "a gate that waits for an input lacks its type, or the name of its output"
                    )
                    return _Missing()
                interface = idl.TypedInterface()
                interface.outputs.variables[signal.output_variable_name].type.CopyFrom(signal.type)
                return WaitForInput(node.id, interface_of(node.id, interface), timedelta(0))
            case "approve":
                interface = idl.TypedInterface()
                for each in node.inputs:  # whatever it is that is approved
                    given = self._given(each.binding)
                    if given is not None:
                        interface.inputs.variables[each.var].type.CopyFrom(given)
                        interface.outputs.variables[each.var].type.CopyFrom(given)
                return Approve(node.id, interface_of(node.id, interface), timedelta(0))
            case _:
                self.report("wire-shape", "a gate waits for nothing")
                return _Missing()

    def _given(self, data: idl.BindingData) -> idl.LiteralType | None:
        if data.WhichOneof("value") == "scalar":
            return literal_type_of(idl.Literal(scalar=data.scalar))
        promise = data.promise
        return (self._declared_outputs(promise.node_id or None) or {}).get(promise.var)

    # --- bindings -----------------------------------------------------------------------------------------------------

    def _binding(self, data: idl.BindingData, expected: idl.LiteralType, path: str) -> Binding | None:
        match data.WhichOneof("value"):
            case "promise":
                return self._reference(data.promise, path)
            case "scalar":
                literal = idl.Literal(scalar=data.scalar)
                self._constant(literal, expected, path)
                return Constant(literal.SerializeToString(deterministic=True))
            case "collection":
                return self._list(data, expected, path)
            case "map":
                return self._map(data, expected, path)
            case _:
                self.report("wire-shape", f"nothing is bound to `{path}`", path=path)
                return None

    def _reference(self, promise: idl.OutputReference, path: str) -> Reference | None:
        if not _PROMISED.fullmatch(promise.var):
            self.report("wire-shape", f"`{path}` refers to an output by the name `{promise.var}`", path=path)
            return None
        steps = [
            step.int_value if step.WhichOneof("value") == "int_value" else step.string_value
            for step in promise.attr_path
        ]
        return Reference(promise.node_id or None, promise.var, tuple(steps))

    def _constant(self, literal: idl.Literal, expected: idl.LiteralType, path: str) -> None:
        if expected.WhichOneof("type") == "enum_type":
            text = literal.scalar.primitive.string_value
            if text not in list(expected.enum_type.values):
                self.report("wrong-constant", f"`{path}` is {text!r}, which is none of the enum's", path=path)
            return
        given = literal_type_of(literal)
        if given is None:
            self.report("wire-shape", f"`{path}` is bound to a value without a type", path=path)
            return
        verdict = castable(given, expected)
        if not verdict:
            texts = idl.render_type(expected), idl.render_type(given)
            self.report(
                "wrong-constant",
                f"`{path}` takes `{texts[0]}`, and is bound to a `{texts[1]}`",
                path=path,
                rule=verdict.reason,
            )

    def _list(self, data: idl.BindingData, expected: idl.LiteralType, path: str) -> Binding | None:
        element = self._element(expected, "collection_type", path, "list")
        if element is None:
            return None
        items = [
            self._binding(item, element, f"{path}[{index}]") for index, item in enumerate(data.collection.bindings)
        ]
        return ListBinding(tuple(item for item in items if item is not None))

    def _map(self, data: idl.BindingData, expected: idl.LiteralType, path: str) -> Binding | None:
        element = self._element(expected, "map_value_type", path, "dict")
        if element is None:
            return None
        items = {
            key: self._binding(data.map.bindings[key], element, f'{path}["{key}"]') for key in sorted(data.map.bindings)
        }
        return DictBinding({key: item for key, item in items.items() if item is not None})

    def _element(self, expected: idl.LiteralType, kind: str, path: str, what: str) -> idl.LiteralType | None:
        """The type of the elements where a list or dict is bound; of a union the one variant that is such."""
        variants = expected.union_type.variants if expected.WhichOneof("type") == "union_type" else [expected]
        fitting = [variant for variant in variants if variant.WhichOneof("type") == kind]
        if len(fitting) != 1:
            told = "several variants" if fitting else "none"
            self.report(
                "type-mismatch", f"`{path}` takes `{idl.render_type(expected)}`, and a {what} fits {told}", path=path
            )
            return None
        element: idl.LiteralType = getattr(fitting[0], kind)
        return element


class _Missing:
    """The target of a node that is not there: nothing more is said of it."""

    def __init__(self) -> None:
        self.name = "?"
        self.interface = Interface("?", {}, {}, engine=default_engine())
