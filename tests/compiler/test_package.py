"""The archive of code, and packages: which files are in them, and that the same content gives the same bytes."""

from __future__ import annotations

import gzip
import importlib.util
import io
import os
import socket
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flytetypes import (
    Echo,
    Entity,
    FastSerializationSettings,
    ImageConfig,
    LaunchPlan,
    PodTemplate,
    SerializationSettings,
    WorkflowError,
    dynamic,
    idl,
    map_task,
    task,
    workflow,
)
from flytetypes.compiler import Archive, content_version, lower, make_archive, package, source_root
from flytetypes.errors import OptionError

IMAGE = ImageConfig.auto("repo/image:v1")
SETTINGS = SerializationSettings(IMAGE)


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def read(content: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        found = {}
        for member in tar:
            file = tar.extractfile(member)
            assert file is not None
            found[member.name] = file.read()
        return found


# --- the archive of code ----------------------------------------------------------------------------------------------


def test_an_archive_has_every_file_below_its_root(tmp_path: Path) -> None:
    files = {"flow.py": "x = 1\n", "data/deep/notes.txt": "notes", "leer.txt": "", "grün.txt": "green"}
    write(tmp_path, files)
    made = make_archive(tmp_path)
    assert made.name == f"fast{made.digest}.tar.gz"
    assert made.members == tuple(sorted(files))
    assert read(made.content) == {name: files[name].encode() for name in sorted(files)}


def test_members_say_nothing_of_the_machine(tmp_path: Path) -> None:
    write(tmp_path, {"flow.py": "x = 1\n", "run.sh": "true\n", "private.py": "x = 2\n"})
    (tmp_path / "run.sh").chmod(0o700)
    (tmp_path / "private.py").chmod(0o600)
    made = make_archive(tmp_path)
    with tarfile.open(fileobj=io.BytesIO(made.content)) as tar:
        told = [(each.name, each.mode, each.mtime, each.uid, each.gid, each.uname, each.gname) for each in tar]
    assert told == [
        ("flow.py", 0o644, 315532800, 0, 0, "", ""),
        ("private.py", 0o644, 315532800, 0, 0, "", ""),
        ("run.sh", 0o755, 315532800, 0, 0, "", ""),
    ]
    # No name, no time, and no system in the header of gzip (RFC 1952).
    assert made.content[:10].hex() == "1f8b08000000000002ff"


def test_the_same_files_give_the_same_archive_wherever_they_are(tmp_path: Path) -> None:
    files = {"b.py": "b", "a.py": "a", "c/d.py": "d"}
    write(tmp_path / "one", files)
    write(tmp_path / "another place", dict(reversed(files.items())))
    os.utime(tmp_path / "one" / "a.py", (1, 1))
    assert make_archive(tmp_path / "one") == make_archive(tmp_path / "another place")


def test_the_digest_tells_names_contents_and_modes_apart(tmp_path: Path) -> None:
    trees: list[dict[str, str]] = [
        {"ab.py": "c", "d.py": ""},
        {"ab.py": "", "d.py": "c"},
        {"a.py": "c", "bd.py": ""},
        {"a/b.py": "c", "d.py": ""},
        {"ab.py": "cd.py"},
    ]
    for index, tree in enumerate(trees):
        write(tmp_path / str(index), tree)
    write(tmp_path / "last", trees[0])
    (tmp_path / "last" / "d.py").chmod(0o755)
    digests = [make_archive(tmp_path / name).digest for name in (*map(str, range(len(trees))), "last")]
    assert len(set(digests)) == len(trees) + 1


def test_what_python_and_git_leave_is_never_packed(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "flow.py": "",
            "flow.pyc": "",
            "pkg/__pycache__/flow.cpython-311.pyc": "",
            "pkg/__pycache__/other.txt": "",
            "pkg/.cache/x": "",
            ".git/config": "",
            "pkg/.git": "gitdir: elsewhere",
            "env/pyvenv.cfg": "",
            "env/lib/thing.py": "",
            ".hidden": "",
        },
    )
    assert make_archive(tmp_path).members == (".hidden", "flow.py")


@pytest.mark.parametrize("name", [".dockerignore", ".flyteignore"])
def test_ignore_files_are_read_as_docker_does(tmp_path: Path, name: str) -> None:
    kept = ["a.txt", "data/a.csv", "data/deep/keep.bin", "docs/readme.md", "logs.txt", "src/x.log", "src/xy.txt"]
    ignored = ["b.log", "build/x/y", "data/deep/a.bin", "data/large.bin", "src/x.txt", "src/deep/x.tmp", "notes/n1.txt"]
    write(tmp_path, dict.fromkeys([*kept, *ignored], ""))
    rules = """
        # of this project

        *.log
        /build
        **/*.bin
        !data/deep/keep.bin
        src/?.txt
        **/*.tmp
        notes/n[0-9].txt
    """
    (tmp_path / name).write_text("\n".join(line.strip() for line in rules.splitlines()))
    assert make_archive(tmp_path).members == tuple(sorted([name, *kept]))


def test_a_rule_that_is_none_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"flow.py": "", ".flyteignore": "a[z-a]\n"})
    with pytest.raises(OptionError) as caught:
        make_archive(tmp_path)
    assert str(caught.value) == "`a[z-a]` is no pattern that can be ignored by: .dockerignore, .flyteignore"


@pytest.fixture
def git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    try:
        subprocess.run(["git", "--version"], check=True, capture_output=True)
    except OSError:
        pytest.skip("no git here")


def test_what_git_ignores_is_not_packed(tmp_path: Path, git: None) -> None:
    root = tmp_path / "repository"
    write(
        root,
        {
            ".gitignore": "*.secret\nbuild/\n",
            "src/.gitignore": "local.py\n",
            "src/flow.py": "",
            "src/local.py": "",
            "src/new.py": "",
            "src/a b.secret": "",
            "src/build/x.py": "",
            "tracked.secret": "",
        },
    )
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    subprocess.run(["git", "-C", str(root), "add", "-f", "tracked.secret"], check=True)
    assert make_archive(root).members == (
        ".gitignore", "src/.gitignore", "src/flow.py", "src/new.py", "tracked.secret"
    )  # fmt: skip
    assert make_archive(root / "src").members == (".gitignore", "flow.py", "new.py")


def test_without_git_its_rules_do_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {".gitignore": "a.py\n", "a.py": ""})
    monkeypatch.setenv("PATH", "")
    assert make_archive(tmp_path).members == (".gitignore", "a.py")


def test_links_are_packed_as_what_they_lead_to(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root, {"real.py": "real", "deep/a.py": "a"})
    write(tmp_path, {"outside.py": "outside", "folder/b.py": "b"})
    (root / "link.py").symlink_to("real.py")
    (root / "far.py").symlink_to(tmp_path / "outside.py")
    (root / "gone.py").symlink_to("nowhere.py")
    (root / "folder").symlink_to(tmp_path / "folder")
    (root / "deep" / "around").symlink_to(root)
    made = make_archive(root)
    assert read(made.content) == {"deep/a.py": b"a", "far.py": b"outside", "link.py": b"real", "real.py": b"real"}
    assert make_archive(root, deref_symlinks=True).members == (*made.members[:2], "folder/b.py", *made.members[2:])


def test_what_is_no_file_is_passed_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"flow.py": ""})
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")  # a short name: the path of one is limited
        assert make_archive(tmp_path).members == ("flow.py",)


def test_what_is_being_written_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, {"flow.py": "", "out/0_x_1.pb": "", "package.tgz": ""})
    assert make_archive(tmp_path, exclude=[tmp_path / "out", tmp_path / "package.tgz"]).members == ("flow.py",)


def test_what_is_imported_is_packed_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "test_package_imported"
    write(
        tmp_path,
        {
            f"{name}/__init__.py": "",
            f"{name}/used.py": "import os, pytest\n",
            f"{name}/unused.py": "",
            f"{name}/site-packages/installed.py": "",
            "notes.txt": "",
            ".flyteignore": "**/used.py\n",
        },
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    for each in (f"{name}.used", f"{name}.site-packages.installed"):
        importlib.import_module(each)
    try:
        assert make_archive(tmp_path, "auto").members == (f"{name}/__init__.py", f"{name}/used.py")
    finally:
        for each in [each for each in sys.modules if each.startswith(name)]:
            del sys.modules[each]


def test_this_library_and_its_environment_are_never_imported_code() -> None:
    members = make_archive(Path(__file__).parents[2], "auto").members
    assert [name for name in members if name.startswith(("flytetypes/", ".venv/"))] == []
    assert "tests/compiler/test_package.py" in members


@pytest.mark.parametrize(
    ("copy", "below", "message"),
    [
        ("some", ".", "`copy` is one of all, auto; got 'some'"),
        ("all", "empty", "there is no file to copy in `{root}/empty`"),
        ("auto", "empty", "there is no file to copy in `{root}/empty`"),
        ("all", "nowhere", "`{root}/nowhere` is no directory: give the directory that holds the code"),
        ("all", "/", "`/` is the whole file system: give the directory that holds the code"),
    ],
)
def test_an_archive_that_makes_no_sense_is_refused(tmp_path: Path, copy: str, below: str, message: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(OptionError) as caught:
        make_archive(tmp_path / below, copy)
    assert str(caught.value) == message.format(root=tmp_path)


def test_the_root_is_the_first_directory_that_is_no_package(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    write(root, {"a/pkg/__init__.py": "", "a/pkg/sub/__init__.py": "", "a/pkg/sub/flow.py": "", "b/flow.py": ""})
    assert source_root([root / "a/pkg/sub/flow.py"]) == root / "a"
    assert source_root([root / "a/pkg"]) == root / "a"
    assert source_root([root / "b"]) == root / "b"
    assert source_root([root / "a/pkg/sub/flow.py", root / "b/flow.py"]) == root


# --- packages ---------------------------------------------------------------------------------------------------------


@task
def double(x: int) -> int:
    """Double it."""
    return 2 * x


@task
def triple(x: int) -> int:
    return 3 * x


@workflow
def flow(x: int) -> list[int]:
    return map_task(double)(x=[x, triple(x=x)])


@dynamic
def often(x: int) -> int:
    return double(x=x)


@dynamic(pod_template=PodTemplate(primary_container_name="main"))
def in_pod(x: int) -> int:
    return double(x=x)


@pytest.fixture(autouse=True)
def plans() -> Iterator[None]:
    before = dict(LaunchPlan.CACHE)
    yield
    LaunchPlan.CACHE.clear()
    LaunchPlan.CACHE.update(before)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    write(tmp_path / "code", {"flow.py": "x = 1\n"})
    return make_archive(tmp_path / "code")


def test_a_package_has_a_file_for_each_message_in_their_order() -> None:
    made = package([flow], SETTINGS)
    module = double.name.removesuffix(".double")
    (mapped,) = [each.name for each in made.registrables if "map_double" in each.name]
    assert list(made.files) == [
        f"0_{module}.triple_1.pb", f"1_{mapped}_1.pb", f"2_{module}.flow_2.pb", f"3_{module}.flow_3.pb"
    ]  # fmt: skip
    for content, each in zip(made.files.values(), made.registrables, strict=True):
        assert type(each.message).FromString(content) == each.message
    assert read(made.to_bytes()) == dict(made.files)


@pytest.mark.parametrize(("count", "first", "last"), [(1, "0_", "0_"), (10, "0_", "9_"), (11, "00_", "10_")])
def test_numbers_are_as_wide_as_the_last_one(count: int, first: str, last: str) -> None:
    names = list(package([Echo(f"echo{index}", {"x": int}) for index in range(count)], SETTINGS).files)
    assert (names[0][: len(first)], names[-1][: len(last)]) == (first, last)


def test_names_of_entities_are_made_names_of_files() -> None:
    plan = LaunchPlan.create("a/b\\c " + "x" * 300, flow)
    made = package([plan], SETTINGS)
    assert list(made.files)[-1].startswith(f"{len(made.files) - 1}_a_b_c xxx")
    assert len(list(made.files)[-1]) < 200
    assert made.registrables[-1].name == "a/b\\c " + "x" * 300


def test_project_domain_and_version_are_left_to_who_registers() -> None:
    given = SerializationSettings(IMAGE, project="p", domain="d", version="v")
    made = package([flow, often], given)
    assert made == package([flow, often], SETTINGS)
    assert {each.message.template.id.project for each in made.registrables if each.kind != "launch plan"} == {""}


def test_with_code_containers_unpack_it_first(archive: Archive) -> None:
    made = package([double], SETTINGS, archive)
    assert list(made.files)[-1] == archive.name
    assert made.files[archive.name] == archive.content
    assert list(made.registrables[0].message.template.container.args[:6]) == [
        *("flytetypes-fast-execute", "--additional-distribution", "{{ .remote_package_path }}"),
        *("--dest-dir", "/root", "--"),
    ]
    elsewhere = SerializationSettings(IMAGE, fast_serialization_settings=FastSerializationSettings(True, "/code"))
    assert package([double], elsewhere, archive).registrables[0].message.template.container.args[4] == "/code"


def test_a_container_without_an_image_is_refused() -> None:
    with pytest.raises(OptionError) as caught:
        package([flow, often, in_pod])
    triple_name, often_name, mapped = triple.name, often.name, "map_double"
    told = str(caught.value)
    assert told.startswith(f"no image is given for `{triple_name}`, `")
    assert mapped in told
    assert told.endswith(f"`{often_name}` and 1 more: give one, as `--image REGISTRY/REPOSITORY:TAG`")
    with pytest.raises(OptionError) as caught:
        package([in_pod])
    assert str(caught.value) == (
        f"no image is given for `{in_pod.name}`: give one, as `--image REGISTRY/REPOSITORY:TAG`"
    )


def test_a_workflow_with_mistakes_is_refused_whole() -> None:
    @workflow
    def here_only(x: int) -> int:
        return x

    with pytest.raises(WorkflowError) as caught:
        package([flow, here_only], SETTINGS)
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["local-only"]


def version(*entities: Entity[..., Any], archive: Archive | None = None, **settings: object) -> str:
    given = SerializationSettings(**{"image_config": IMAGE, **settings})  # type: ignore[arg-type]
    return content_version(lower(list(entities), given), archive)


def test_a_version_depends_on_content_alone(archive: Archive, tmp_path: Path) -> None:
    base = version(flow, often, in_pod)
    assert base == version(in_pod, often, flow)
    assert base == version(flow, often, in_pod, python_interpreter="/usr/bin/python3")
    assert base == version(flow, often, in_pod, flytekit_virtualenv_root="/elsewhere", source_root="/home/me")
    assert base == version(flow, often, in_pod, git_repo="https://example.com/me")
    assert base != version(flow, often)
    assert base != version(flow, often, in_pod, env={"A": "1"})
    assert base != version(flow, often, in_pod, image_config=ImageConfig.auto("repo/image:v2"))
    assert base != version(flow, often, in_pod, archive=archive)
    write(tmp_path / "more", {"flow.py": "x = 1\n", "b.py": ""})
    more = make_archive(tmp_path / "more")
    assert version(flow, archive=archive) != version(flow, archive=more)
    packed_otherwise = Archive(archive.name, archive.digest, gzip.compress(b""), archive.members)
    assert version(flow, archive=archive) == version(flow, archive=packed_otherwise)


def test_a_version_does_not_depend_on_this_library(monkeypatch: pytest.MonkeyPatch) -> None:
    base = version(flow)
    made = lower([flow], SETTINGS)
    for each in made:
        if isinstance(each.message, idl.TaskSpec):
            each.message.template.metadata.runtime.version = "9.9.9"
    assert content_version(made) == base


def test_a_version_can_be_a_name_everywhere() -> None:
    made = version(flow)
    assert len(made) == 24
    assert set(made) <= set("abcdefghijklmnopqrstuvwxyz234567")


PROGRAM = """
import sys
sys.path.insert(0, {directory!r})
import source
from flytetypes import ImageConfig, SerializationSettings
from flytetypes.compiler import make_archive, package
from pathlib import Path
from typing import Any
archive = make_archive(Path({directory!r}))
made = package([source.flow, source.often], SerializationSettings(ImageConfig.auto("a:b")), archive)
print(made.version, made.to_bytes().hex())
"""
SOURCE = """
from flytetypes import dynamic, task, workflow

@task
def many(a: dict[str, int], b: dict[str, str], c: int = 1, d: int = 2) -> dict[str, int]:
    return a

@workflow
def flow(x: int, y: int) -> dict[str, int]:
    first = many(a={"x": x, "y": y, "z": 3}, b={"k": "v", "l": "w"})
    second = many(a={"x": x}, b={})
    third = many(a=first, b={})
    first >> second
    second >> third
    return third

@dynamic
def often(x: int) -> int:
    return x
"""


def test_every_process_makes_the_same_bytes(tmp_path: Path) -> None:
    made = set()
    for seed in ("1", "2", "3"):
        directory = tmp_path / f"place{seed}"
        write(directory, {"source.py": SOURCE})
        done = subprocess.run(
            [sys.executable, "-B", "-c", PROGRAM.format(directory=str(directory))],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PATH": ""},
        )
        made.add(done.stdout)
    assert len(made) == 1
