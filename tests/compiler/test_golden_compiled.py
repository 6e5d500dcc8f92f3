"""What we lower is what flytekit lowers: every row of `compile-vectors.json`, byte by byte after normalisation."""

from __future__ import annotations

import base64
import gzip
import json
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from flytetypes import Entity, FastSerializationSettings, Image, ImageConfig, SerializationSettings, WorkflowError, idl
from flytetypes.authoring import LaunchPlan
from flytetypes.compiler import lower

GOLDEN = Path(__file__).parents[1] / "golden"
VECTORS = json.loads((GOLDEN / "compile-vectors.json").read_text())
BETTER: dict[str, str] = json.loads((GOLDEN / "better-compiled.json").read_text())
CASES = {case["id"]: case for case in VECTORS["cases"]}

# Where names are that are not importable from `flytetypes` itself.
HOMES = {"flytekit.extras.accelerators": "flytetypes.accelerators", "flytekit.extras.sqlite3.task": "sqlite_task"}
MESSAGES = {
    "flyteidl.admin.TaskSpec": "task",
    "flyteidl.admin.WorkflowSpec": "workflow",
    "flyteidl.admin.LaunchPlanSpec": "launch plan",
}


def settings_of(name: str) -> SerializationSettings:
    given = VECTORS["settings"][name]
    images = given["images"]
    fast = given["fast"]
    return SerializationSettings(
        ImageConfig(
            Image.parsed("default", images["default"]),
            tuple(Image.parsed(name, text) for name, text in images.items()),
        ),
        project=given["project"],
        domain=given["domain"],
        version=given["version"],
        env=given["env"],
        python_interpreter=given["python_interpreter"],
        fast_serialization_settings=fast and FastSerializationSettings(**fast),
    )


def with_our_imports(source: str) -> str:
    def ours(match: re.Match[str]) -> str:
        return f"from {HOMES.get(match[1], 'flytetypes')} import"

    return re.sub(r"from (flytekit[\w.]*) import", ours, source)


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    monkeypatch.setattr(LaunchPlan, "CACHE", {})
    loaded = []

    def load(case: dict[str, Any]) -> ModuleType:
        name = case["module"]
        (tmp_path / f"{name}.py").write_text(with_our_imports(case["source"]))
        loaded.append(name)
        return import_module(name)

    yield load
    for name in loaded:
        sys.modules.pop(name, None)


def lowered(case: dict[str, Any], module: ModuleType) -> list[tuple[str, str, Any]]:
    """Kind, name and message of what a case registers, in order."""
    entities = [value for value in vars(module).values() if isinstance(value, Entity)]
    whole = case["entity"] == "*"
    chosen = entities if whole else [getattr(module, case["entity"])]
    made = lower(chosen, settings_of(case["settings"]), default_plans=whole)
    return [(each.kind, each.name, each.message) for each in made]


def expected(case: dict[str, Any]) -> list[tuple[str, str, Any]]:
    rows = []
    for row in case["registrables"]:
        kind = MESSAGES[row["message"]]
        if kind == "launch plan":
            message: Any = idl.LaunchPlan()
            message.id.CopyFrom(idl.from_json(idl.Identifier, row["id"]))
            message.spec.CopyFrom(idl.from_json(idl.LaunchPlanSpec, row["spec"]))
            rows.append((kind, row["id"]["name"], message))
        else:
            message = idl.from_json(idl.TaskSpec if kind == "task" else idl.WorkflowSpec, row["spec"])
            rows.append((kind, row["name"], message))
    return rows


def normalised(message: Any) -> Any:
    """Without the program and the resolver of containers, and the version of the SDK."""
    if isinstance(message, idl.TaskSpec):
        template = message.template
        template.metadata.runtime.version = ""
        _replace_programs(template.container.args)
        for pair in template.container.env:
            if pair.key == "_F_SS_C":
                pair.value = json.dumps(_settings_in(pair.value), sort_keys=True)
        if template.HasField("k8s_pod"):
            template.k8s_pod.pod_spec.CopyFrom(_pod(template.k8s_pod.pod_spec))
    if isinstance(message, idl.LaunchPlan):  # what only Python needs to know is in the metadata of a literal
        for parameter in message.spec.default_inputs.parameters.values():
            parameter.default.ClearField("metadata")
    if isinstance(message, idl.WorkflowSpec):
        for node in [*message.template.nodes, *(node for each in message.sub_workflows for node in each.nodes)]:
            ids = sorted(node.upstream_node_ids)
            del node.upstream_node_ids[:]
            node.upstream_node_ids.extend(ids)
            overrides = node.task_node.overrides if node.HasField("task_node") else None
            if overrides is not None and overrides.HasField("pod_template"):
                overrides.pod_template.pod_spec.CopyFrom(_pod(overrides.pod_template.pod_spec))
    return message


def _pod(spec: Any) -> Any:
    tree = idl.read_struct(spec)
    for container in tree["containers"]:
        if "args" in container:
            _replace_programs(container["args"])
    made = idl.Struct()
    idl.fill_struct(made, tree)
    return made


def _replace_programs(args: Any) -> None:
    for index, text in enumerate(args):
        if re.fullmatch(r"(pyflyte|flytetypes)(-fast|-map)?-execute", text):
            args[index] = text.replace("pyflyte", "flytetypes")
        if index and args[index - 1] in ("--resolver", "resolver"):
            args[index] = "RESOLVER"


def _settings_in(text: str) -> Any:
    tree = json.loads(gzip.decompress(base64.b64decode(text)))
    return {key: value for key, value in tree.items() if key not in ("flytekit_virtualenv_root", "source_root")}


@pytest.mark.parametrize("case_id", [name for name in CASES if name not in BETTER])
def test_what_is_lowered_is_what_flytekit_lowers(case_id: str, load: Any) -> None:
    case = CASES[case_id]
    ours = {(kind, name): message for kind, name, message in lowered(case, load(case))}
    theirs = {(kind, name): message for kind, name, message in expected(case)}
    for key, message in theirs.items():
        assert key in ours
        assert idl.to_json(normalised(ours[key])) == idl.to_json(normalised(message)), key
        assert ours[key].SerializeToString(deterministic=True) == message.SerializeToString(deterministic=True)
    assert set(ours) == set(theirs)


# --- rows that are answered better ------------------------------------------------------------------------------------


def test_every_row_that_is_answered_better_has_a_test_and_a_reason() -> None:
    assert set(BETTER) <= set(CASES)
    assert {name for name, case in CASES.items() if case["defect"]} <= set(BETTER)
    assert all(BETTER.values())


def both(case_id: str, load: Any, source: str | None = None) -> tuple[dict[Any, Any], dict[Any, Any]]:
    case = CASES[case_id] if source is None else {**CASES[case_id], "source": source}
    ours = {(kind, name): normalised(message) for kind, name, message in lowered(case, load(case))}
    return ours, {(kind, name): normalised(message) for kind, name, message in expected(case)}


def test_a_shell_task_is_one_task(load: Any) -> None:
    ours, theirs = both("instance_tasks", load)
    hidden = {("task", "m12_instance_tasks._bash.count_lines")}
    assert set(theirs) - set(ours) == hidden
    # The image and the program of the query are those of whoever adds such tasks.
    for messages in (ours, theirs):
        container = messages["task", "fetch.albums"].template.container
        container.image = container.args[0] = container.args[-1] = ""
    assert ours == {key: message for key, message in theirs.items() if key not in hidden}


def test_node_ids_do_not_depend_on_who_compiles_first(load: Any) -> None:
    ours, theirs = both("on_failure_wf", load)
    for spec in (
        theirs["workflow", "m21_on_failure.teardown_wf"].template,
        theirs["workflow", "m21_on_failure.wf2"].sub_workflows[0],
    ):
        assert spec.nodes[0].id == "fn0"
        spec.nodes[0].id = "n0"
    assert ours == theirs


def test_any_is_pickled_when_it_says_so(load: Any) -> None:
    source = CASES["types_interface"]["source"].replace("anyv: Any", "anyv: Pickled[Any]")
    ours, theirs = both("types_interface", load, source.replace("HashMethod, kwtypes", "HashMethod, Pickled, kwtypes"))
    assert ours == theirs


def test_min_successes_are_lowered(load: Any) -> None:
    ours, theirs = both("defect_map_min_successes", load)
    node = ours["workflow", "m35_map_min_successes.wf"].template.nodes[0].array_node
    assert node.min_successes == 2
    ((name, task),) = [(key, value) for key, value in ours.items() if key[0] == "task"]
    # An element that failed is None, so that is what the map gives.
    theirs[name].template.interface.outputs.variables["o0"].type.CopyFrom(
        task.template.interface.outputs.variables["o0"].type
    )
    theirs["workflow", "m35_map_min_successes.wf"].template.nodes[0].array_node.min_successes = 2
    assert ours == theirs


def test_who_uses_an_output_uses_its_alias(load: Any) -> None:
    ours, theirs = both("defect_aliases", load)
    theirs["workflow", "m40_aliases.wf"].template.outputs[0].binding.promise.var = "renamed"
    assert ours == theirs


@pytest.mark.parametrize(
    ("case_id", "code", "message"),
    [
        ("defect_cond_attr_path", "local-only", "`n0.o0.x > 1` compares a part of an output"),
        ("defect_fstring", "promise-misused", '`f"{promise}"` in a workflow, with the promise `n`'),
        (
            "defect_lp_fixed_ignored",
            "fixed-input",
            "`fixed_a` has fixed its input `a`. It is fixed_a(b: int = 1) -> int",
        ),
    ],
)
def test_what_would_be_wrong_is_refused(case_id: str, code: str, message: str, load: Any) -> None:
    with pytest.raises(WorkflowError) as caught:
        lowered(CASES[case_id], load(CASES[case_id]))
    found = caught.value.diagnostics[0]
    assert (found.code, found.message, found.is_error) == (code, message, True)
