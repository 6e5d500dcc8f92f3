"""From annotations to literals and back.

What conversion needs is imported at once; assignability, hashes and the like when they are first used.
"""

from typing import TYPE_CHECKING

from flytetypes._exports import lazy_names
from flytetypes.types._boxes import Fetch, Inbox, NotFetched, Outbox
from flytetypes.types._converter import Bulk, Converter
from flytetypes.types._engine import Explanation, TypeEngine
from flytetypes.types._markers import FlyteAnnotation, HashMethod, OfType, kwtypes
from flytetypes.types._offload import NoIndexError, OffloadedList, Offloading, part_of
from flytetypes.types._plain import PlainCodec
from flytetypes.types._registry import Registry, TypeTransformer
from flytetypes.types._shared import shared_registry, transformer
from flytetypes.types.builtin import FlyteError, Pickle, Pickled, default_registry

if TYPE_CHECKING:
    from flytetypes.types._attribute_path import part_type, resolve_path
    from flytetypes.types._castable import Verdict, castable
    from flytetypes.types._hashing import content_hash, inputs_hash, interface_hash, message_hash, offload_hash
    from flytetypes.types._held import HeldValues
    from flytetypes.types._infer import literal_type_of
    from flytetypes.types._json_values import dump_json, load_json
    from flytetypes.types._represent import OlderForm, represent
    from flytetypes.types._source import SourceCode, source_code
    from flytetypes.types._store_as_file import store_as_file

__all__ = [
    "Bulk",
    "Converter",
    "Explanation",
    "Fetch",
    "FlyteAnnotation",
    "FlyteError",
    "HashMethod",
    "HeldValues",
    "Inbox",
    "NoIndexError",
    "NotFetched",
    "OfType",
    "OffloadedList",
    "Offloading",
    "OlderForm",
    "Outbox",
    "Pickle",
    "Pickled",
    "PlainCodec",
    "Registry",
    "SourceCode",
    "TypeEngine",
    "TypeTransformer",
    "Verdict",
    "castable",
    "content_hash",
    "default_registry",
    "dump_json",
    "inputs_hash",
    "interface_hash",
    "kwtypes",
    "literal_type_of",
    "load_json",
    "message_hash",
    "offload_hash",
    "part_of",
    "part_type",
    "represent",
    "resolve_path",
    "shared_registry",
    "source_code",
    "store_as_file",
    "transformer",
]

__getattr__ = lazy_names(
    __name__,
    {
        "flytetypes.types._attribute_path": ("part_type", "resolve_path"),
        "flytetypes.types._castable": (
            "Verdict",
            "castable",
        ),
        "flytetypes.types._hashing": (
            "content_hash",
            "inputs_hash",
            "interface_hash",
            "message_hash",
            "offload_hash",
        ),
        "flytetypes.types._held": ("HeldValues",),
        "flytetypes.types._infer": ("literal_type_of",),
        "flytetypes.types._json_values": (
            "dump_json",
            "load_json",
        ),
        "flytetypes.types._represent": (
            "OlderForm",
            "represent",
        ),
        "flytetypes.types._source": (
            "SourceCode",
            "source_code",
        ),
        "flytetypes.types._store_as_file": ("store_as_file",),
    },
)
