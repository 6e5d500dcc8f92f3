"""Generate `flytetypes/idl/_generated` from the `.proto` files beside this script.

    python protos/generate.py           # write
    python protos/generate.py --check   # exit 1 when what is committed is not what would be written

Run it by `make protos`, which provides the one compiler release that is used (`requirements/protoc.txt`). That release
is old on purpose: what it writes loads with every protobuf runtime from 4.25 on (see `docs/wire.md`).
"""

from __future__ import annotations

import argparse
import difflib
import re
import sys
import tempfile
from importlib import resources
from pathlib import Path

from grpc_tools import protoc

PROTOS = Path(__file__).parent
GENERATED = PROTOS.parent / "flytetypes" / "idl" / "_generated"
# protoc derives Python modules from the path of the .proto file; ours live inside the package.
PACKAGE = "flytetypes.v1"
MODULE = "flytetypes.idl._generated"


def generate() -> dict[str, str]:
    """Compile every `.proto`; file name to text."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = [
            "protoc",
            f"--proto_path={PROTOS}",
            f"--proto_path={resources.files('grpc_tools') / '_proto'}",
            f"--python_out={folder}",
            f"--pyi_out={folder}",
            *(str(path) for path in sorted(PROTOS.rglob("*.proto"))),
        ]
        if protoc.main(arguments) != 0:
            sys.exit("protoc failed")
        written = {
            path.name: re.sub(rf"{re.escape(PACKAGE)}(?= import|\.\w+_pb2')", MODULE, path.read_text())
            for path in sorted(Path(folder, *PACKAGE.split(".")).iterdir())
        }
    return {"__init__.py": '"""Written by `protos/generate.py`; do not edit."""\n', **written}


def main() -> None:
    parser = argparse.ArgumentParser(description="Generate the protobuf modules.")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    wanted = generate()
    if parser.parse_args().check:
        found = {path.name: path.read_text() for path in GENERATED.iterdir() if path.is_file()}
        stale = [name for name in sorted({*wanted, *found}) if wanted.get(name) != found.get(name)]
        for name in stale:
            before, after = found.get(name, "").splitlines(), wanted.get(name, "").splitlines()
            print(*difflib.unified_diff(before, after, f"committed/{name}", f"generated/{name}", lineterm=""), sep="\n")
        sys.exit(f"{MODULE} is stale: run `make protos`" if stale else 0)
    GENERATED.mkdir(parents=True, exist_ok=True)
    for path in GENERATED.iterdir():
        if path.is_file():
            path.unlink()
    for name, text in wanted.items():
        (GENERATED / name).write_text(text)


if __name__ == "__main__":
    main()
