"""Dynamic tasks: functions whose inputs are values, and whose calls become a graph when they run."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, Unpack, cast, overload

from flytetypes.authoring import _runner
from flytetypes.authoring._entity import Entity, decorated
from flytetypes.authoring._graph import Graph
from flytetypes.authoring._task import FunctionTask, TaskOptions
from flytetypes.authoring._trace import Trace
from flytetypes.authoring._workflow import refuse, run_body
from flytetypes.configuration import Image, SerializationSettings
from flytetypes.errors import OptionError, add_note, describe

if TYPE_CHECKING:
    from flytetypes.authoring._task import TaskKeywords

P = ParamSpec("P")
R = TypeVar("R")


class DynamicTask(FunctionTask[P, R]):
    """A task whose body calls others, as that of a workflow does, with its inputs at hand.

    Attributes:
        node_dependency_hints: What its body may call and the compiler cannot see: launch plans above all.
    """

    kind = "dynamic"
    is_graph = True
    node_dependency_hints: tuple[Entity[..., Any], ...] = ()

    def trace(self, arguments: Mapping[str, Any]) -> Graph:
        """The graph that its body makes of these values, not yet checked; its nodes are `dn0`, `dn1`."""
        trace = Trace(self.interface.name, self.interface.inputs, "d")
        outputs = run_body(self, trace, arguments)
        return Graph(self, trace.body.frozen(), outputs, trace.uploads, None, tuple(trace.diagnostics))

    def graph_of(self, arguments: Mapping[str, Any]) -> Graph:
        """The same, checked.

        Raises:
            WorkflowError: With every problem of the graph; none of its tasks has run.
            Exception: What the body raised, with its own class, as of any task.
        """
        graph = self.trace(arguments)
        raised = next((found.cause for found in graph.diagnostics if found.cause is not None), None)
        if raised is not None:
            add_note(raised, f"in dynamic `{self.name}`")
            raise raised
        refuse(self.interface.name, _runner.check_graph(graph), is_running=True)
        return graph

    def run(self, arguments: Mapping[str, Any]) -> Any:
        """Trace it with these values, and run the graph here; raises as `graph_of`."""
        return _runner.run_traced(self.graph_of(arguments))

    def environment(self, settings: SerializationSettings) -> dict[str, str]:
        """With the settings in it, which its container needs to lower the graph."""
        return {**super().environment(settings), **settings_variable(settings)}


def settings_variable(settings: SerializationSettings) -> dict[str, str]:
    """The settings as the environment variable that a container reads them from: gzipped JSON, base64."""
    images = settings.image_config
    fast = settings.fast_serialization_settings
    tree = {
        "image_config": {
            "default_image": _image_tree(images.default_image),
            "images": [_image_tree(image) for image in images.images],
        },
        "project": settings.project,
        "domain": settings.domain,
        "version": settings.version,
        "env": None if settings.env is None else dict(settings.env),
        "default_resources": None,
        "git_repo": settings.git_repo,
        "python_interpreter": settings.python_interpreter,
        "flytekit_virtualenv_root": settings.flytekit_virtualenv_root,
        "fast_serialization_settings": None
        if fast is None
        else {
            "enabled": fast.enabled,
            "destination_dir": fast.destination_dir,
            "distribution_location": fast.distribution_location,
        },
        "source_root": settings.source_root,
    }
    packed = bytearray(gzip.compress(json.dumps(tree).encode(), mtime=0))
    packed[9] = 0xFF  # the operating system: unknown, as Python 3.13 says; older ones tell which
    return {"_F_SS_C": base64.b64encode(packed).decode()}


def _image_tree(image: Image | None) -> dict[str, Any] | None:
    if image is None:
        return None
    return {"name": image.name, "fqn": image.fqn, "tag": image.tag, "digest": image.digest}


@overload
def dynamic(function: Callable[P, R], /) -> DynamicTask[P, R]: ...
@overload
def dynamic(
    *,
    node_dependency_hints: Sequence[Entity[..., Any]] | None = None,
    localns: Mapping[str, Any] | None = None,
    **options: Unpack[TaskKeywords],
) -> Callable[[Callable[P, R]], DynamicTask[P, R]]: ...
def dynamic(
    function: Callable[P, R] | None = None,
    /,
    *,
    node_dependency_hints: Sequence[Entity[..., Any]] | None = None,
    localns: Mapping[str, Any] | None = None,
    **options: Any,
) -> DynamicTask[P, R] | Callable[[Callable[P, R]], DynamicTask[P, R]]:
    """Make a dynamic task of a function: its inputs are values, what its calls give are promises.

    Args:
        function: A plain function.
        node_dependency_hints: What its body may call and the compiler cannot see.
        localns: Names for its annotations that can be found neither in its module nor where it is decorated.
        options: Those of `@task`.

    Raises:
        AnnotationError: As `@task` does.
        OptionError: As `@task` does.
    """
    checked = TaskOptions.of(**options)
    hints = node_dependency_hints or ()
    if not isinstance(hints, Sequence) or not all(isinstance(hint, Entity) for hint in hints):
        raise OptionError(f"`node_dependency_hints` takes a list of tasks, workflows and plans; got {describe(hints)}")

    def make(function: Callable[P, R], names: Mapping[str, Any]) -> DynamicTask[P, R]:
        made = DynamicTask(function, names, checked)
        made.node_dependency_hints = tuple(hints)
        return made

    return cast("DynamicTask[P, R]", decorated(make, "dynamic", function, localns))
