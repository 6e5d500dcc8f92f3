"""Graphs as Flyte's messages: `WorkflowTemplate` and its nodes (`flyteidl/core/workflow.proto`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flytetypes import idl
from flytetypes.authoring import (
    Approve,
    Binding,
    Branch,
    Comparison,
    Condition,
    Constant,
    ContainerTarget,
    DictBinding,
    Entity,
    Graph,
    LaunchPlan,
    ListBinding,
    Mapped,
    MapPlan,
    MapTask,
    Node,
    Overrides,
    Reference,
    ReferenceEntity,
    ReferenceLaunchPlan,
    Sleep,
    Target,
    Task,
    Value,
    WaitForInput,
    WorkflowEntity,
    condition_references,
    dns_name,
    references,
    upstream_ids,
)
from flytetypes.compiler._conditions import lowered
from flytetypes.compiler._lower_task import (
    fill_extended_resources,
    fill_id,
    fill_pod,
    fill_reference,
    fill_resources,
    fill_run_metadata,
    image_of,
)
from flytetypes.configuration import SerializationSettings
from flytetypes.errors import WorkflowError
from flytetypes.types import part_type

_OPERATORS: Final = {"==": "EQ", "!=": "NEQ", ">": "GT", ">=": "GTE", "<": "LT", "<=": "LTE"}


def fill_workflow_template(
    template: idl.WorkflowTemplate, workflow: WorkflowEntity[..., Any], settings: SerializationSettings
) -> None:
    """A workflow on its own, as it is registered."""
    fill_id(template.id, "WORKFLOW", workflow.name, settings)
    template.metadata.on_failure = getattr(idl.WorkflowMetadata.OnFailurePolicy, workflow.options.failure_policy.name)
    template.metadata.SetInParent()
    template.interface.CopyFrom(workflow.interface.to_idl())
    template.metadata_defaults.interruptible = workflow.options.interruptible
    template.metadata_defaults.SetInParent()
    graph = workflow.traced
    lowering = NodeLowering(graph, settings)
    for node in graph.nodes:
        lowering.fill(template.nodes.add(), node)
    for name, binding in graph.outputs.items():
        lowering.fill_binding(template.outputs.add(), name, binding)
    if graph.failure_node is not None:
        lowering.fill(template.failure_node, graph.failure_node)


class NodeLowering:
    """The nodes of one graph, as messages."""

    def __init__(self, graph: Graph, settings: SerializationSettings) -> None:
        self.graph = graph
        self.settings = settings
        self.nodes = {node.id: node for node in graph.nodes}
        self.aliases = {
            node.id: node.overrides.aliases
            for node in graph.nodes
            if node.overrides is not None and node.overrides.aliases
        }
        self.ids: dict[int, idl.Identifier] = {}
        self.plain: dict[int, idl.Node] = {}

    def fill(self, into: idl.Node, node: Node) -> None:
        """One node."""
        target, overrides = node.target, node.overrides
        if overrides is None and isinstance(target, Entity) and not isinstance(target, Mapped):
            into.CopyFrom(self._plain(target))
            into.id = node.id
            self._fill_inputs(into, node)
            return
        into.id = node.id
        if isinstance(target, Branch):
            self._fill_branch(into, node, target)
        else:
            self._fill_inputs(into, node)
            if isinstance(target, Mapped):
                self._fill_map(into, target, overrides)
            elif isinstance(target, Entity):
                self._fill_entity(into, target, overrides)
            else:
                self._fill_gate(into, target)
                if overrides is not None:
                    self._override(into.metadata, None, overrides, target)
        if overrides is not None and overrides.aliases:
            for var, alias in overrides.aliases.items():
                into.output_aliases.add(var=var, alias=alias)

    def _plain(self, target: Entity[..., Any]) -> idl.Node:
        """What all calls of an entity have in common, made once: most nodes are nothing else."""
        known = self.plain.get(id(target))
        if known is None:
            known = self.plain[id(target)] = idl.Node()
            self._fill_entity(known, target, None)
        return known

    def _fill_inputs(self, into: idl.Node, node: Node) -> None:
        for name in sorted(node.bindings):
            self.fill_binding(into.inputs.add(), name, node.bindings[name])
        upstream = upstream_ids(node)
        if upstream:
            into.upstream_node_ids.extend(sorted(upstream))

    # --- tasks, workflows and launch plans ----------------------------------------------------------------------------

    def _fill_entity(self, into: idl.Node, target: Entity[..., Any], overrides: Overrides | None) -> None:
        if isinstance(target, Task):
            into.metadata.name = _last_part(target.name)
            options = target.options
            fill_run_metadata(into.metadata, options.timeout, options.retries, options.interruptible)
            task_node = into.task_node
            task_node.reference_id.CopyFrom(self.id_of("TASK", target))
            task_node.overrides.SetInParent()
            if overrides is not None:
                self._override(into.metadata, task_node.overrides, overrides, target)
            return
        if isinstance(target, WorkflowEntity):
            into.metadata.name = _last_part(target.name)
            fill_run_metadata(into.metadata, None, 0, target.options.interruptible)
            into.workflow_node.sub_workflow_ref.CopyFrom(self.id_of("WORKFLOW", target))
        elif isinstance(target, LaunchPlan):
            into.metadata.name = _last_part(target.workflow.name)
            started = target.workflow
            interruptible = started.options.interruptible if isinstance(started, WorkflowEntity) else None
            fill_run_metadata(into.metadata, None, 0, interruptible)
            into.workflow_node.launchplan_ref.CopyFrom(self.id_of("LAUNCH_PLAN", target))
        elif isinstance(target, ReferenceEntity):
            into.metadata.name = _last_part(target.name)
            fill_run_metadata(into.metadata, None, 0, None)
            is_plan = isinstance(target, ReferenceLaunchPlan)
            reference = into.workflow_node.launchplan_ref if is_plan else into.task_node.reference_id
            kind = "LAUNCH_PLAN" if is_plan else "TASK"
            fill_reference(reference, kind, target.id)
        if overrides is not None:
            self._override(into.metadata, None, overrides, target)

    def id_of(self, kind: str, entity: Entity[..., Any]) -> idl.Identifier:
        """The identifier of an entity, made once."""
        known = self.ids.get(id(entity))
        if known is None:
            known = self.ids[id(entity)] = idl.Identifier()
            fill_id(known, kind, entity.name, self.settings)
        return known

    def _override(
        self,
        metadata: idl.NodeMetadata,
        task_overrides: idl.TaskNodeOverrides | None,
        overrides: Overrides,
        target: Target,
    ) -> None:
        if overrides.name is not None:
            metadata.name = overrides.name
        if overrides.has_timeout:
            metadata.ClearField("timeout")
            if overrides.timeout is not None:
                metadata.timeout.FromTimedelta(overrides.timeout)
        if overrides.retries is not None:
            metadata.retries.retries = overrides.retries
        if overrides.interruptible is not None:
            metadata.interruptible = overrides.interruptible
        if overrides.cache is False:
            metadata.cacheable = False
        elif overrides.cache is not None and overrides.cache is not True:
            metadata.cacheable = True
            metadata.cache_version = overrides.cache.version or ""
            metadata.cache_serializable = overrides.cache.serialize
        if task_overrides is None:
            return
        if overrides.requests or overrides.limits:
            fill_resources(task_overrides.resources, overrides.requests, overrides.limits)
        if overrides.container_image is not None:
            task_overrides.container_image = image_of(overrides.container_image, self.settings)
        fill_extended_resources(task_overrides, overrides.accelerator, overrides.shared_memory)
        if overrides.pod_template is not None and isinstance(target, Task):
            container = target.target(self.settings)
            if isinstance(container, ContainerTarget):
                pod = idl.K8sPod()
                fill_pod(pod, overrides.pod_template, target, container, self.settings)
                into = task_overrides.pod_template
                into.metadata.CopyFrom(pod.metadata)
                into.pod_spec.CopyFrom(pod.pod_spec)
                into.primary_container_name = overrides.pod_template.primary_container_name

    # --- maps ---------------------------------------------------------------------------------------------------------

    def _fill_map(self, into: idl.Node, target: Mapped, overrides: Overrides | None) -> None:
        how = target.how
        is_task = isinstance(target, MapTask)
        fill_run_metadata(into.metadata, None, 0, None)
        into.metadata.name = target.name if is_task else _last_part(target.name)
        array = into.array_node
        inner = array.node
        inner.inputs.extend(into.inputs)
        if isinstance(target, MapTask):
            inner.id = inner.metadata.name = target.name
            options = target.options
            fill_run_metadata(inner.metadata, options.timeout, options.retries, options.interruptible)
            inner.task_node.reference_id.CopyFrom(self.id_of("TASK", target))
            inner.task_node.overrides.SetInParent()
            if overrides is not None:
                self._override(inner.metadata, inner.task_node.overrides, overrides, target)
        elif isinstance(target, MapPlan):
            inner.id = dns_name(target.name)
            self._fill_entity(inner, target.mapped, overrides)
            array.execution_mode = idl.ArrayNode.FULL_STATE
        if how.concurrency is not None:
            array.parallelism = how.concurrency
        if how.min_successes is not None:
            array.min_successes = how.min_successes
        elif is_task or how.min_success_ratio is not None:
            array.min_success_ratio = 1.0 if how.min_success_ratio is None else how.min_success_ratio
        array.is_original_sub_node_interface.value = not is_task
        array.is_original_sub_node_interface.SetInParent()
        array.bound_inputs.extend(sorted(how.bound))
        array.run_all_sub_nodes = how.run_all_sub_nodes

    # --- conditionals and gates ---------------------------------------------------------------------------------------

    def _fill_branch(self, into: idl.Node, node: Node, branch: Branch) -> None:
        into.metadata.name = branch.name
        into.metadata.retries.SetInParent()
        if node.overrides is not None:
            self._override(into.metadata, None, node.overrides, branch)
        asked = {
            _condition_variable(each): each for case in branch.cases for each in condition_references(case.condition)
        }
        for name in sorted(asked):
            self.fill_binding(into.inputs.add(), name, asked[name])
        waits = {*node.after, *(each.node_id for each in asked.values() if each.node_id is not None)}
        into.upstream_node_ids.extend(sorted(waits))
        if_else = into.branch_node.if_else
        for index, case in enumerate(branch.cases):
            block = if_else.other.add() if index else if_else.case
            self._fill_condition(block.condition, case.condition)
            self.fill(block.then_node, case.node)
        if isinstance(branch.otherwise, Node):
            self.fill(if_else.else_node, branch.otherwise)
        elif branch.otherwise is not None:
            if_else.error.failed_node_id = branch.name
            if_else.error.message = branch.otherwise

    def _fill_condition(self, into: idl.BooleanExpression, condition: Condition) -> None:
        if not isinstance(condition, Comparison):
            conjunction = into.conjunction
            operators = idl.ConjunctionExpression.LogicalOperator
            conjunction.operator = operators.AND if condition.operator == "and" else operators.OR
            self._fill_condition(conjunction.left_expression, condition.left)
            self._fill_condition(conjunction.right_expression, condition.right)
            return
        comparison = into.comparison
        operator, right = condition.operator, condition.right
        assert isinstance(condition.left, Reference)  # noqa: S101 - checked
        comparison.left_value.var = _condition_variable(condition.left)
        if isinstance(right, Reference):
            comparison.right_value.var = _condition_variable(right)
        else:
            operator = self._fill_constant(comparison.right_value.primitive, condition.left, operator, right)
        comparison.operator = getattr(idl.ComparisonExpression.Operator, _OPERATORS[operator])

    def _fill_constant(self, into: idl.Primitive, left: Reference, operator: str, right: Value) -> str:
        source = self.graph.entity.interface.inputs if left.node_id is None else self._outputs(left.node_id)
        literal_type, _ = part_type(source[left.output].converter.literal_type, left.path)
        found = lowered(operator, right.value, literal_type.simple)
        if found is None:
            raise WorkflowError(f"`{left} {operator} {right.value!r}` has no form on Flyte's wire")
        operator, value = found
        match literal_type.simple:
            case idl.SimpleType.DATETIME:
                into.datetime.FromDatetime(value)
            case idl.SimpleType.DURATION:
                into.duration.FromTimedelta(value)
            case idl.SimpleType.INTEGER:
                into.integer = value
            case idl.SimpleType.FLOAT:
                into.float_value = value
            case idl.SimpleType.BOOLEAN:
                into.boolean = value
            case _:
                into.string_value = value
        return operator

    def _outputs(self, node_id: str) -> Mapping[str, Any]:
        return self.nodes[node_id].target.interface.outputs

    def _fill_gate(self, into: idl.Node, gate: Any) -> None:
        into.metadata.name = gate.name
        into.metadata.retries.SetInParent()
        node = into.gate_node
        if isinstance(gate, Sleep):
            into.metadata.timeout.seconds = 3600
            node.sleep.duration.FromTimedelta(gate.duration)
            return
        into.metadata.timeout.FromTimedelta(gate.timeout)
        if isinstance(gate, Approve):
            node.approve.signal_id = gate.name
        elif isinstance(gate, WaitForInput):
            ((name, variable),) = gate.interface.outputs.items()
            node.signal.signal_id = gate.name
            node.signal.type.CopyFrom(variable.converter.literal_type)
            node.signal.output_variable_name = name

    # --- bindings -----------------------------------------------------------------------------------------------------

    def fill_binding(self, into: idl.Binding, name: str, binding: Binding) -> None:
        """What an input or output is bound to."""
        into.var = name
        self._fill_data(into.binding, binding)

    def _fill_data(self, into: idl.BindingData, binding: Binding) -> None:
        kind = type(binding)
        if kind is Reference:
            promise = into.promise
            node_id = binding.node_id  # type: ignore[union-attr]
            promise.var = binding.output  # type: ignore[union-attr]
            if node_id is not None:
                promise.node_id = node_id
                if self.aliases and node_id in self.aliases:
                    promise.var = self.aliases[node_id].get(promise.var, promise.var)
            for step in binding.path:  # type: ignore[union-attr]
                if isinstance(step, int):
                    promise.attr_path.add(int_value=step)
                else:
                    promise.attr_path.add(string_value=step)
        elif kind is Constant:
            fill_constant(into, idl.Literal.FromString(binding.literal))  # type: ignore[union-attr]
        elif isinstance(binding, ListBinding):
            into.collection.SetInParent()
            for item in binding.items:
                self._fill_data(into.collection.bindings.add(), item)
        elif isinstance(binding, DictBinding):
            into.map.SetInParent()
            for key, item in binding.items.items():
                self._fill_data(into.map.bindings[key], item)
        else:
            parts = ", ".join(map(str, references(binding)))
            raise WorkflowError(f"a value made of the promises {parts} has no form on Flyte's wire")


def fill_constant(into: idl.BindingData, literal: idl.Literal) -> None:
    """A constant: lists and dicts element by element, everything else as it is."""
    match literal.WhichOneof("value"):
        case "collection":
            into.collection.SetInParent()
            for item in literal.collection.literals:
                fill_constant(into.collection.bindings.add(), item)
        case "map":
            into.map.SetInParent()
            for key, item in literal.map.literals.items():
                fill_constant(into.map.bindings[key], item)
        case "scalar":
            into.scalar.CopyFrom(literal.scalar)
        case _:
            raise WorkflowError("a constant that is stored apart has no form in a binding: give it as an input")


def _condition_variable(reference: Reference) -> str:
    """What a branch node calls the value that a condition looks at."""
    return f"{reference.node_id or ''}.{reference.output}"


def _last_part(name: str) -> str:
    return name.rpartition(".")[2]
