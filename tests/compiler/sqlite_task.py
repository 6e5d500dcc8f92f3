"""A kind of task that a user might add by the documented extension point: a query, run by a program of its own image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flytetypes import Task
from flytetypes._record import Record
from flytetypes.authoring import ContainerTarget, TaskOptions
from flytetypes.configuration import SerializationSettings
from flytetypes.data import FlyteSchema
from flytetypes.interface import Interface


class SQLite3Config(Record):
    uri: str
    compressed: bool = False


class SQLite3Task(Task[..., Any]):
    """A query over a SQLite database that is downloaded first."""

    task_type = "sqlite"

    def __init__(self, name: str, query_template: str, inputs: Mapping[str, Any], task_config: SQLite3Config) -> None:
        declared = Interface.declared(name, inputs, {"results": FlyteSchema})
        super().__init__(name, declared, TaskOptions(), task_config=task_config)
        self.query = " ".join(query_template.split())

    def target(self, settings: SerializationSettings) -> ContainerTarget:
        flags = ("--inputs", "{{.input}}", "--output-prefix", "{{.outputPrefix}}")
        raw = ("--raw-output-data-prefix", "{{.rawOutputDataPrefix}}")
        loader = ("--resolver", "ours", "--", "{{.taskTemplatePath}}", "ours.Executor")
        return ContainerTarget("registry.example/sqlite:1", args=("ours", *flags, *raw, *loader), carries_code=False)

    def custom(self, settings: SerializationSettings) -> Mapping[str, Any]:
        config = self.task_config
        return {"uri": config.uri, "query_template": self.query, "compressed": config.compressed}
