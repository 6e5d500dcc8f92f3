"""`flytetypes package` and `flytetypes serialize`: what they write, and when they write nothing."""

from __future__ import annotations

import base64
import gzip
import io
import os
import shutil
import tarfile
from pathlib import Path

import pytest

from flytetypes import idl
from projects import Project, project_in

FLOW = '''
    """Flows."""
    from flytetypes import LaunchPlan, dynamic, eager, task, workflow
    from flows.helpers import scale

    @task
    def double(x: int) -> int:
        return scale(2) * x

    @task(container_image="{{.image.big.fqn}}:{{.image.big.version}}", environment={"B": "2"})
    def triple(x: int) -> int:
        return 3 * x

    @workflow
    def flow(x: int) -> int:
        return double(x=triple(x=x))

    LaunchPlan.get_or_create(flow, "nightly", default_inputs={"x": 3})

    @dynamic
    def often(x: int) -> int:
        return double(x=x)
'''
IMAGES = ("-i", "repo/base:v1", "-i", "big=repo/big:v2")
NAMES = [
    "0_flows.flow.double_1.pb",
    "1_flows.flow.triple_1.pb",
    "2_flows.flow.flow_2.pb",
    "3_flows.flow.flow_3.pb",
    "4_flows.flow.often_1.pb",
    "5_nightly_3.pb",
]


def fill(project: Project) -> None:
    project.write("src/flows/__init__.py", "")
    project.write("src/flows/flow.py", FLOW)
    project.write("src/flows/helpers.py", "def scale(x: int) -> int:\n    return x\n")
    project.write("src/flows/unused.py", "")
    project.write("src/data/notes.txt", "notes\n")
    project.write("src/.flyteignore", "data/*.bin\n")
    project.write("src/data/large.bin", "large\n")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = project_in(tmp_path, monkeypatch)
    fill(made)
    return made


def read(packed: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        found = {}
        for member in tar:
            file = tar.extractfile(member)
            assert file is not None
            found[member.name] = file.read()
        return found


def task_in(content: bytes) -> idl.TaskTemplate:
    return idl.TaskSpec.FromString(content).template


def test_the_package_has_a_message_for_each_entity(project: Project) -> None:
    done = project.run("package", "src", *IMAGES)
    assert done.exit_code == 0
    told, _, version = done.output.strip().rpartition(" ")
    assert told == "flyte-package.tgz: 3 tasks, 1 workflow, 2 launch plans; version"
    assert (len(version), version.isalnum(), version.islower()) == (24, True, True)
    files = read((project.root / "flyte-package.tgz").read_bytes())
    assert list(files) == NAMES
    double, triple = task_in(files[NAMES[0]]), task_in(files[NAMES[1]])
    assert (double.id.name, double.id.project, double.id.domain, double.id.version) == ("flows.flow.double", "", "", "")
    assert (double.container.image, triple.container.image) == ("repo/base:v1", "repo/big:v2")
    assert list(double.container.args[-4:]) == ["task-module", "flows.flow", "task-name", "double"]
    workflow = idl.WorkflowSpec.FromString(files[NAMES[2]])
    assert workflow.template.id.name == "flows.flow.flow"
    plan = idl.LaunchPlan.FromString(files[NAMES[5]])
    assert (plan.id.name, plan.spec.workflow_id.name) == ("nightly", "flows.flow.flow")


def test_code_travels_apart_where_that_is_asked_for(project: Project) -> None:
    done = project.run("package", "src", *IMAGES, "--fast", "-d", "/code", "--env", "A=1", "--env", "C=x=y")
    assert done.exit_code == 0
    files = read((project.root / "flyte-package.tgz").read_bytes())
    *names, archive = files
    assert names == NAMES
    assert f"the code in {archive}; version" in done.output
    container = task_in(files[NAMES[1]]).container
    assert list(container.args[:7]) == [
        *("flytetypes-fast-execute", "--additional-distribution", "{{ .remote_package_path }}"),
        *("--dest-dir", "/code", "--", "flytetypes-execute"),
    ]
    assert [(pair.key, pair.value) for pair in container.env] == [("A", "1"), ("C", "x=y"), ("B", "2")]
    assert list(read(files[archive])) == [
        ".flyteignore", "data/notes.txt", "flows/__init__.py", "flows/flow.py", "flows/helpers.py", "flows/unused.py"
    ]  # fmt: skip


def test_only_what_is_imported_may_travel(project: Project) -> None:
    project.write("src/flows/main.py", "from flows.flow import flow\n")
    assert project.run("package", "src/flows/main.py", "src/flows/flow.py", *IMAGES, "--copy", "auto").exit_code == 0
    files = read((project.root / "flyte-package.tgz").read_bytes())
    assert list(read([*files.values()][-1])) == [
        "flows/__init__.py", "flows/flow.py", "flows/helpers.py", "flows/main.py"
    ]  # fmt: skip


def test_a_folder_gets_the_same_files(project: Project) -> None:
    packed = project.run("package", "src", *IMAGES, "--fast")
    done = project.run("serialize", "src", *IMAGES, "--fast", "--folder", "build/out")
    assert done.output.partition(": ")[2] == packed.output.partition(": ")[2]
    files = {path.name: path.read_bytes() for path in (project.root / "build/out").iterdir()}
    assert files == read((project.root / "flyte-package.tgz").read_bytes())


def test_the_same_sources_give_the_same_bytes_anywhere(project: Project, tmp_path: Path) -> None:
    made = set()
    for number, seed in enumerate(("1", "2")):
        place = Project(tmp_path / f"some where {number}")
        place.root.mkdir()
        fill(place)
        for path in place.root.rglob("*"):
            os.utime(path, (number, number))
        done = place.program("package", "src", *IMAGES, "--fast", PYTHONHASHSEED=seed)
        assert done.stderr == ""
        made.add((done.stdout, (place.root / "flyte-package.tgz").read_bytes()))
    assert len(made) == 1


def test_what_was_written_is_not_packed_again(project: Project) -> None:
    (project.root / "src/flows/__init__.py").unlink()
    (project.root / "src/flows/flow.py").rename(project.root / "flow.py")
    shutil.copytree(project.root / "src/flows", project.root / "flows")
    shutil.rmtree(project.root / "src")
    first = project.run("package", "flow.py", *IMAGES, "--fast")
    second = project.run("package", "flow.py", *IMAGES, "--fast", "--force")
    assert (first.output, first.exit_code) == (second.output, 0)
    (project.root / "flyte-package.tgz").unlink()
    for folder in ("out", "."):
        done = [project.run("serialize", "flow.py", *IMAGES, "--fast", "-f", folder, "--force") for _ in range(2)]
        assert done[0].output.partition(": ")[2] == done[1].output.partition(": ")[2]
        shutil.rmtree(project.root / "out", ignore_errors=True)


def version_of(project: Project, *arguments: str) -> str:
    done = project.run("package", "src", "--force", *arguments)
    assert done.exit_code == 0, done.output
    return done.output.split()[-1]


def test_the_version_changes_with_code_and_structure_only(project: Project) -> None:
    fast = (*IMAGES, "--fast")
    base = version_of(project, *fast)
    assert version_of(project, *fast) == base
    assert version_of(project, *fast, "-p", "/usr/bin/python3") == base
    assert version_of(project, *fast, "-o", "other.tgz") == base
    assert version_of(project, *fast, "--env", "A=1") != base
    assert version_of(project, "-i", "repo/base:v2", "-i", "big=b:1", "--fast") != base
    assert version_of(project, *IMAGES) != base
    project.write("src/flows/helpers.py", "def scale(x: int) -> int:\n    return x + 1\n")
    assert version_of(project, *fast) != base
    project.write("src/flows/helpers.py", "def scale(x: int) -> int:\n    return x\n")
    assert version_of(project, *fast) == base
    project.write("src/data/large.bin", "ignored\n")
    assert version_of(project, *fast) == base


def test_what_is_there_is_replaced_only_if_that_is_asked_for(project: Project) -> None:
    assert project.run("package", "src", *IMAGES).exit_code == 0
    done = project.run("package", "src", *IMAGES)
    assert (done.exit_code, done.output) == (1, "Error: flyte-package.tgz is there already: --force replaces it\n")
    assert project.run("package", "src", *IMAGES, "-f").exit_code == 0
    assert project.run("serialize", "src", *IMAGES, "-f", "out").exit_code == 0
    project.write("out/notes.txt", "mine")
    project.write("out/9_gone_1.pb", "")
    done = project.run("serialize", "src", *IMAGES, "-f", "out")
    assert done.output == f"Error: out has {NAMES[0]} already: --force replaces what was written before\n"
    assert project.run("serialize", "src", *IMAGES, "-f", "out", "--force").exit_code == 0
    assert sorted(path.name for path in (project.root / "out").iterdir()) == [*NAMES, "notes.txt"]


BAD = """
    from flytetypes import task, workflow

    @task
    def name() -> str:
        return ""

    @task
    def double(x: int) -> int:
        return 2 * x

    @workflow
    def mistaken() -> int:
        return double(x=name())

    @workflow
    def here_only(x: int) -> int:
        return x
"""


@pytest.mark.parametrize("command", ["package", "serialize"])
def test_with_mistakes_everything_is_told_and_nothing_written(project: Project, command: str) -> None:
    project.write("src/flows/bad.py", BAD)
    before = sorted(project.root.rglob("*"))
    options = ("--folder", "out") if command == "serialize" else ()
    done = project.program(command, "src", *IMAGES, *options)
    assert (done.returncode, done.stdout) == (1, "")
    heads = [line for line in done.stderr.splitlines() if not line.startswith(" ")]
    assert [line.partition(":")[0] for line in heads] == [
        "error[local-only] src/flows/bad.py",
        "error[type-mismatch] src/flows/bad.py",
        "Error",
    ]
    assert heads[-1] == "Error: 2 errors: nothing is written"
    assert [path for path in sorted(project.root.rglob("*")) if "__pycache__" not in str(path)] == before


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (
            ("src", "-i", "big=b:1"),
            1,
            "error: no image is given for `flows.flow.double`, `flows.flow.often`: give one, as",
        ),
        (("src", "-i", "a:1"), 1, "error: the image `{{.image.big.fqn}}` is none of those in the settings (default"),
        (("src", "-i", "a:1", "-i", "b:1"), 2, "Error: two images are called default: a:1 and b:1"),
        (("src", *IMAGES, "--env", "A"), 2, "Error: --env takes KEY=VALUE; got 'A'"),
        (("src", *IMAGES, "--fast", "--copy", "none"), 2, "Error: --fast is --copy all, and not none"),
        (("nowhere", *IMAGES), 2, "Error: there is no file, directory or package 'nowhere'"),
        (("src/flows/unused.py", *IMAGES), 1, "Error: there is no task, workflow or launch plan to package"),
        (
            ("src", *IMAGES, "--source", "src/flows"),
            1,
            "Error: --source flows is a package, whose modules are `flows.…`",
        ),
        (
            ("src", *IMAGES, "--source", "other"),
            1,
            "Error: ROOT/src/flows/__init__.py is not below --source ROOT/other",
        ),
        (("src", *IMAGES, "-o", "src"), 1, "Error: src is there already: --force replaces it"),
        (("broken", *IMAGES), 2, "Error: 1 file could not be loaded: nothing is written"),
    ],
)
def test_what_cannot_be_packaged_says_why(
    project: Project, arguments: tuple[str, ...], status: int, message: str
) -> None:
    project.write("other/readme.txt", "")
    project.write("broken/broken.py", "1 / 0")
    done = project.program("package", *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.splitlines()[-1].startswith(message.replace("ROOT", str(project.root)))
    assert not (project.root / "flyte-package.tgz").exists()


def test_names_begin_at_the_source_as_in_the_container(project: Project) -> None:
    project.write("a/flow.py", "from flytetypes import task\n\n@task\ndef one() -> int:\n    return 1\n")
    project.write("b/flow.py", "from flytetypes import task\n\n@task\ndef two() -> int:\n    return 2\n")
    assert project.run("package", "a", "b", *IMAGES, "-f").exit_code == 0
    files = read((project.root / "flyte-package.tgz").read_bytes())
    assert list(files) == ["0_a.flow.one_1.pb", "1_b.flow.two_1.pb"]
    args = list(task_in(files["1_b.flow.two_1.pb"]).container.args[-4:])
    assert args == ["task-module", "b.flow", "task-name", "two"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.b.py", "error: a.b.py cannot be loaded: a.b.py cannot be imported: `a.b` is no name of a module"),
        ("json.py", "error: json.py cannot be loaded: json.py cannot be imported: `json` is another module, "),
    ],
)
def test_what_a_container_could_not_import_is_refused(project: Project, name: str, message: str) -> None:
    project.write(name, "from flytetypes import task\n\n@task\ndef one() -> int:\n    return 1\n")
    done = project.program("package", name, *IMAGES, PYTHONSAFEPATH="1")
    assert done.returncode == 2
    assert done.stderr.startswith(message)


def test_settings_travel_with_dynamic_tasks_and_say_nothing_of_this_machine(project: Project) -> None:
    assert project.run("package", "src", *IMAGES).exit_code == 0
    content = read((project.root / "flyte-package.tgz").read_bytes())[NAMES[4]]
    assert str(project.root).encode() not in content
    packed = {pair.key: pair.value for pair in task_in(content).container.env}["_F_SS_C"]
    data = base64.b64decode(packed)
    assert data[9] == 255  # the header of gzip does not tell the system
    assert str(project.root).encode() not in gzip.decompress(data)


def test_a_constant_on_this_machine_is_refused(project: Project) -> None:
    text = """
        from flytetypes import Pickled, task, workflow

        class Thing:
            pass

        @task
        def take(thing: Pickled[Thing]) -> int:
            return 1

        @workflow
        def flow() -> int:
            return take(thing=Thing())
    """
    project.write("stored.py", text)
    done = project.program("package", "stored.py", *IMAGES)
    assert done.returncode == 1
    head = "error[local-only] stored.py:13: `thing` is a constant that lies on this machine: `"
    assert done.stderr.startswith(head)
    assert done.stderr.endswith("\nError: 1 error: nothing is written\n")


def test_what_cannot_be_written_is_told(project: Project) -> None:
    project.write("file", "")
    done = project.program("package", "src", *IMAGES, "-o", "file/below.tgz")
    assert (done.returncode, done.stderr) == (1, "Error: file/below.tgz cannot be written: File exists\n")
    done = project.program("serialize", "src", *IMAGES, "-f", "file")
    assert (done.returncode, done.stderr) == (1, "Error: file cannot be made: File exists\n")
