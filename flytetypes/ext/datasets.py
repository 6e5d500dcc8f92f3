"""Datasets of Hugging Face: tables of Arrow, with their features in the metadata of the schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import datasets

from flytetypes.data._dataset_transformer import register_frame
from flytetypes.data._frames import FrameAdapter
from flytetypes.types import Registry

if TYPE_CHECKING:
    import pyarrow as pa


class HuggingFaceAdapter(FrameAdapter[datasets.Dataset]):
    """`datasets.Dataset`: its rows in their order, selections carried out."""

    cls = datasets.Dataset

    def to_arrow(self, frame: datasets.Dataset) -> pa.Table:
        table: pa.Table = frame.with_format("arrow")[:]
        return table.cast(frame.features.arrow_schema)

    def schema(self, frame: datasets.Dataset, names: Sequence[str]) -> pa.Schema:
        return frame.features.arrow_schema

    def from_arrow(self, table: pa.Table) -> datasets.Dataset:
        return datasets.Dataset(datasets.table.InMemoryTable(table))


def register(registry: Registry) -> None:
    """Datasets; a dictionary of them is a dict."""
    register_frame(HuggingFaceAdapter(), registry=registry)
