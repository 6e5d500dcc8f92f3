"""Passes over graphs: checking, lowering to Flyte's messages, packaging, drawing."""

from typing import TYPE_CHECKING

from flytetypes._exports import lazy_names
from flytetypes.compiler._check import FLYTE, LOCAL, TARGETS, check, check_all, check_graph

if TYPE_CHECKING:
    from flytetypes.compiler._archive import Archive, make_archive, source_root
    from flytetypes.compiler._check_template import LaunchPlanTemplate, check_template
    from flytetypes.compiler._closure import compiled_closure
    from flytetypes.compiler._code_version import code_version
    from flytetypes.compiler._graph_picture import picture_of
    from flytetypes.compiler._lower import Registrable, dynamic_spec, lower
    from flytetypes.compiler._package import Package, content_version, package
    from flytetypes.compiler._picture import FORMS, Picture, draw

__all__ = [
    "FLYTE",
    "FORMS",
    "LOCAL",
    "TARGETS",
    "Archive",
    "LaunchPlanTemplate",
    "Package",
    "Picture",
    "Registrable",
    "check",
    "check_all",
    "check_graph",
    "check_template",
    "code_version",
    "compiled_closure",
    "content_version",
    "draw",
    "dynamic_spec",
    "lower",
    "make_archive",
    "package",
    "picture_of",
    "source_root",
]

# Running here needs only the check.
__getattr__ = lazy_names(
    __name__,
    {
        "flytetypes.compiler._archive": ("Archive", "make_archive", "source_root"),
        "flytetypes.compiler._check_template": ("LaunchPlanTemplate", "check_template"),
        "flytetypes.compiler._closure": ("compiled_closure",),
        "flytetypes.compiler._graph_picture": ("picture_of",),
        "flytetypes.compiler._code_version": ("code_version",),
        "flytetypes.compiler._lower": ("Registrable", "dynamic_spec", "lower"),
        "flytetypes.compiler._package": ("Package", "content_version", "package"),
        "flytetypes.compiler._picture": ("FORMS", "Picture", "draw"),
    },
)
