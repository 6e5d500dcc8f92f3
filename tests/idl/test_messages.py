"""Which messages `flytetypes.idl` has, and when it loads them."""

import pkgutil
import subprocess
import sys
from importlib import import_module

from flytetypes import idl
from flytetypes.idl import _generated

MODULES = [import_module(f"{_generated.__name__}.{found.name}") for found in pkgutil.iter_modules(_generated.__path__)]


def test_every_message_and_enum_that_is_sent_has_a_short_name_of_its_own() -> None:
    sent = [module for module in MODULES if not module.__name__.endswith(".bulk_pb2")]
    homes: dict[str, list[object]] = {}
    for module in sent:
        for name in (*module.DESCRIPTOR.message_types_by_name, *module.DESCRIPTOR.enum_types_by_name):
            homes.setdefault(name, []).append(getattr(module, name))
    assert len(homes) > 120
    assert {name: [getattr(idl, name, None)] for name in homes} == homes


def test_the_messages_of_workflows_are_loaded_when_they_are_used() -> None:
    program = """
import sys
from flytetypes import TypeEngine, idl
engine = TypeEngine()
engine.to_python(engine.to_literal({"a": [1]}, dict[str, list[int]]), dict[str, list[int]])
loaded = lambda: {name.rpartition(".")[2] for name in sys.modules if name.startswith("flytetypes.idl._generated.")}
print(*sorted(loaded()))
idl.Secret
print(*sorted(loaded()))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    before, after = (set(line.split()) for line in done.stdout.splitlines())
    assert before == {
        *("artifact_id_pb2", "bulk_pb2", "errors_pb2", "identifier_pb2", "interface_pb2", "literals_pb2", "types_pb2")
    }
    assert after - before == {"security_pb2"}


def test_constants_of_two_enums_may_have_one_name() -> None:
    assert (idl.Granularity.Value("HOUR"), idl.FixedRateUnit.Value("HOUR")) == (2, 1)
