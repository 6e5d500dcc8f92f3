"""Frames of geopandas: geometries as WKB, with the metadata of GeoParquet (version 1.0) beside that of pandas."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd

from flytetypes._lazy import require
from flytetypes.data._dataset_transformer import register_frame
from flytetypes.data._frames import FrameAdapter
from flytetypes.errors import ConversionError
from flytetypes.ext.pandas import DataFrameAdapter
from flytetypes.types import Registry

if TYPE_CHECKING:
    import pyarrow as pa

_GEO: Final = b"geo"


class GeoDataFrameAdapter(FrameAdapter[gpd.GeoDataFrame]):
    """`gpd.GeoDataFrame`; its coordinate reference systems survive."""

    cls = gpd.GeoDataFrame
    with_index = True

    def __init__(self) -> None:
        self._frames = DataFrameAdapter()

    def to_arrow(self, frame: gpd.GeoDataFrame) -> pa.Table:
        geometries = [name for name, dtype in frame.dtypes.items() if dtype == "geometry"]
        table = self._frames.to_arrow(_without_geometry(frame))
        geo = {
            "version": "1.0.0",
            "primary_column": frame.active_geometry_name or (geometries[0] if geometries else None),
            "columns": {
                name: {"encoding": "WKB", "geometry_types": [], "crs": _crs_of(frame[name])} for name in geometries
            },
        }
        return table.replace_schema_metadata({**(table.schema.metadata or {}), _GEO: json.dumps(geo).encode()})

    def schema(self, frame: gpd.GeoDataFrame, names: Sequence[str]) -> pa.Schema:
        return self._frames.schema(_without_geometry(frame), names)

    def from_arrow(self, table: pa.Table) -> gpd.GeoDataFrame:
        found = (table.schema.metadata or {}).get(_GEO)
        if found is None:
            raise ConversionError(
                "a dataset with the metadata of GeoParquet",
                got="one without it",
                reason="read it as `pd.DataFrame`, and make geometries of its columns",
            )
        geo: dict[str, Any] = json.loads(found)
        frame = self._frames.from_arrow(table)
        for name, column in geo["columns"].items():
            if name in frame.columns:
                frame[name] = gpd.GeoSeries.from_wkb(frame[name], crs=column.get("crs", "OGC:CRS84"))
        primary = geo["primary_column"]
        return gpd.GeoDataFrame(frame, geometry=primary if primary in frame.columns else None)


def _without_geometry(frame: gpd.GeoDataFrame) -> Any:
    pandas = require("pandas", extra="frames", purpose="frames of geopandas")
    return pandas.DataFrame(frame.to_wkb())


def _crs_of(series: Any) -> Any:
    """As PROJJSON; null where there is none."""
    return None if series.crs is None else series.crs.to_json_dict()


def register(registry: Registry) -> None:
    """Frames; a series of geometries is a column of one."""
    register_frame(GeoDataFrameAdapter(), registry=registry)
