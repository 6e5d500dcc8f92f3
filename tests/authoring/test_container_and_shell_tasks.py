"""Tasks that are no functions: containers, shell scripts, echoes, and kinds of one's own."""

from __future__ import annotations

import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from flytetypes import (
    AnnotationError,
    Cache,
    CallError,
    ContainerTask,
    ConversionError,
    Echo,
    FlyteDirectory,
    FlyteFile,
    Interface,
    OptionError,
    OutputLocation,
    Resources,
    SerializationSettings,
    ShellTask,
    Task,
    kwtypes,
    task,
    workflow,
)
from flytetypes.authoring import ContainerTarget, DataLoading, SqlTarget, TaskOptions
from refusals import codes, refusal

SETTINGS = SerializationSettings()


@task
def text_of(file: FlyteFile) -> str:
    return Path(file).read_text()


# --- containers -------------------------------------------------------------------------------------------------------

area = ContainerTask(
    name="area",
    image="alpine:3.20",
    inputs=kwtypes(radius=float),
    outputs=kwtypes(area=float, unit=str),
    command=["/bin/sh", "-c"],
    arguments=["echo {{.inputs.radius}} > /var/outputs/area"],
    requests=Resources(cpu="1"),
    environment={"A": "1"},
    retries=2,
)


def test_a_container_task_has_the_interface_that_was_declared() -> None:
    assert area.interface.signature() == "area(radius: float) -> (float, str)"
    assert (area.name, area.task_type, repr(area)) == (
        "area",
        "raw-container",
        "<container task area(radius: float) -> (float, str)>",
    )


def test_a_container_task_is_started_by_its_own_command() -> None:
    assert area.target(SETTINGS) == ContainerTarget(
        "alpine:3.20",
        ("/bin/sh", "-c"),
        ("echo {{.inputs.radius}} > /var/outputs/area",),
        DataLoading("/var/inputs", "/var/outputs", "JSON"),
        carries_code=False,
    )


def test_a_container_task_has_the_options_of_a_task() -> None:
    assert area.options == TaskOptions(
        container_image="alpine:3.20", requests=Resources(cpu="1"), environment={"A": "1"}, retries=2
    )


def test_directories_and_the_format_of_a_container_task() -> None:
    made = ContainerTask(
        "c", "i", ["x"], input_data_dir="/in", output_data_dir="/out", metadata_format=ContainerTask.MetadataFormat.YAML
    )
    assert made.data == DataLoading("/in", "/out", "YAML")


def test_a_container_task_is_a_node() -> None:
    @workflow
    def wf(radius: float) -> str:
        result = area(radius=radius)
        return result.unit  # type: ignore[no-any-return]

    assert codes(wf) == codes(wf, "flyte") == []


def test_a_container_task_needs_no_variable_that_holds_it() -> None:
    @workflow
    def wf() -> None:
        ContainerTask("inner", "i", ["x"])()

    assert codes(wf, "flyte") == []


def test_a_container_task_does_not_run_here() -> None:
    with pytest.raises(NotImplementedError) as caught:
        area(radius=1.0)
    assert str(caught.value) == "`area` is a `raw-container` task: only a Flyte backend runs it"


def test_a_wrong_value_for_a_container_task_is_told_first() -> None:
    with pytest.raises(ConversionError) as caught:
        area(radius="x")
    assert str(caught.value) == "`area`: expected `float`, got `str` 'x' - at `radius`"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"retries": -1}, OptionError, "`retries` is a number from 0 on; got `int` -1"),
        (
            {"container_image": "other"},
            OptionError,
            "the image of the container task `c` is given as `image`, and as `container_image` too",
        ),
        ({"image": 3}, OptionError, "`container_image` takes a str; got `int` 3"),
        (
            {"command": "echo hi"},
            OptionError,
            "`command` takes a list of texts, one for each word; got `str` 'echo hi'",
        ),
        ({"arguments": "hi"}, OptionError, "`arguments` takes a list of texts, one for each word; got `str` 'hi'"),
        ({"command": [1]}, OptionError, "`command` takes a list of texts, one for each word; got `list` [1]"),
        (
            {"metadata_format": "JSON"},
            OptionError,
            "`metadata_format` takes a ContainerMetadataFormat; got `str` 'JSON'",
        ),
        ({"inputs": kwtypes(x=object)}, AnnotationError, "no transformer for `object`"),
    ],
)
def test_wrong_containers_are_refused(options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        ContainerTask(**{"name": "c", "image": "i", "command": ["x"], **options})
    assert str(caught.value).partition(": it is not")[0] == message


def test_the_cache_of_a_container_task_needs_a_version() -> None:
    assert ContainerTask("c", "i", ["x"], cache=Cache("2")).cache_version == "2"
    with pytest.raises(OptionError) as caught:
        _ = ContainerTask("c", "i", ["x"], cache=True).cache_version
    assert str(caught.value) == "`c` has no code of its own: give its Cache a version"


# --- shell scripts ----------------------------------------------------------------------------------------------------


def test_a_shell_task_fills_in_inputs_and_outputs(tmp_path: Path) -> None:
    made = ShellTask(
        name="count",
        script="printf '%s' {inputs.text} > {outputs.result}; wc -c < {outputs.result} >> {outputs.result}",
        inputs=kwtypes(text=str),
        output_locs=[OutputLocation("result", FlyteFile, str(tmp_path / "out.txt"))],
    )
    assert Path(made(text="abc")).read_text().split() == ["abc3"]


def test_a_shell_task_is_a_node(tmp_path: Path) -> None:
    count = ShellTask(
        "lines",
        "wc -l < {inputs.source} | tr -d ' ' > {outputs.result}",
        inputs=kwtypes(source=FlyteFile),
        output_locs=[OutputLocation("result", FlyteFile, str(tmp_path / "out.txt"))],
    )

    @workflow
    def wf(source: FlyteFile) -> str:
        return text_of(file=count(source=source))

    source = tmp_path / "in.txt"
    source.write_text("a\nb\n")
    assert wf(source=FlyteFile(str(source))) == "2\n"


def test_locations_are_filled_in_too(tmp_path: Path) -> None:
    made = ShellTask(
        "named",
        "echo hi > {outputs.result}",
        inputs=kwtypes(name=str),
        output_locs=[OutputLocation(var="result", var_type=FlyteFile, location=f"{tmp_path}/{{inputs.name}}.txt")],
    )
    assert Path(made(name="x")).read_text() == "hi\n"
    assert (tmp_path / "x.txt").exists()


def test_a_directory_is_an_output(tmp_path: Path) -> None:
    made = ShellTask(
        "dir",
        "mkdir -p {outputs.d} && touch {outputs.d}/a {outputs.d}/b",
        output_locs=[OutputLocation("d", FlyteDirectory, str(tmp_path / "out"))],
    )
    assert sorted(path.name for path in Path(made()).iterdir()) == ["a", "b"]


def test_files_with_a_format_are_outputs(tmp_path: Path) -> None:
    made = ShellTask(
        "csv",
        "echo a,b > {outputs.table}",
        output_locs=[OutputLocation("table", FlyteFile["csv"], f"{tmp_path}/t.csv")],
    )
    assert made.interface.outputs["table"].annotation == FlyteFile["csv"]
    assert Path(made()).read_text() == "a,b\n"


def test_several_outputs_have_names(tmp_path: Path) -> None:
    made = ShellTask(
        "two",
        "echo 1 > {outputs.a}; echo 2 > {outputs.b}",
        output_locs=[OutputLocation(name, FlyteFile, str(tmp_path / name)) for name in "ab"],
    )
    result = made()
    assert (Path(result.a).read_text(), Path(result.b).read_text()) == ("1\n", "2\n")


def test_a_script_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "script.sh").write_text("touch {inputs.path}")
    made = ShellTask("script", script_file=tmp_path / "script.sh", inputs=kwtypes(path=str))
    assert made(path=str(tmp_path / "made")) is None
    assert (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("script", "filled"),
    [
        ("echo {inputs.n}", "echo 3"),
        ("echo {inputs.n:>4}", "echo    3"),
        ("awk '{{print $1}}' {inputs.text}", "awk '{print $1}' a b"),
        ("awk '{print $1}' {inputs.text}", "awk '{print $1}' a b"),
        ("echo ${HOME:-none} {inputs.n}", "echo ${HOME:-none} 3"),
        ("f() { echo {inputs.n}; }", "f() { echo 3; }"),
        ("docker ps --format '{{.Names}}' ${X}", "docker ps --format '{{.Names}}' ${X}"),
        ("echo } {inputs.n}", "echo } 3"),
        ("echo {input.n}", "echo {input.n}"),
        ("echo {inputs.when}", "echo 2024-01-02 00:00:00+00:00"),
        ("echo plain", "echo plain"),
        ("", ""),
    ],
)
def test_braces_of_shells_stay(script: str, filled: str, capfd: pytest.CaptureFixture[str]) -> None:
    made = ShellTask("echo", script, inputs=kwtypes(n=int, text=str, when=datetime), debug=True, shell="/bin/true")
    made(n=3, text="a b", when=datetime.fromisoformat("2024-01-02T00:00:00+00:00"))
    assert capfd.readouterr().out == f"{filled}\n"


def test_what_a_script_asks_for_and_does_not_get_is_told() -> None:
    made = ShellTask("wrong", "echo {inputs.m}", inputs=kwtypes(n=int))
    with pytest.raises(OptionError) as caught:
        made(n=1)
    assert str(caught.value) == "the script has {inputs.m}, and there are n"


def test_a_script_that_fails_is_an_error() -> None:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        ShellTask("fails", "exit 3")()
    assert caught.value.returncode == 3
    assert caught.value.__notes__ == ["in task `fails`"]


def test_a_script_that_leaves_nothing_is_told(tmp_path: Path) -> None:
    made = ShellTask("lazy", "true", output_locs=[OutputLocation("result", FlyteFile, str(tmp_path / "none"))])
    with pytest.raises(FileNotFoundError) as caught:
        made()
    assert (
        str(caught.value).replace(str(tmp_path), "TMP")
        == "the script of `lazy` left nothing at `TMP/none`, its output `result`"
    )


def test_the_environment_of_a_script() -> None:
    made = ShellTask("env", 'test "$COLOUR" = red', environment={"COLOUR": "red"})
    assert made() is None


def test_another_shell() -> None:
    assert ShellTask("bash", '[[ "$0" == *bash* ]]', shell="/bin/bash")() is None


def test_a_positional_call_is_refused() -> None:
    with pytest.raises(CallError) as caught:
        ShellTask("echo", "echo {inputs.n}", inputs=kwtypes(n=int))(3)
    assert str(caught.value) == "`echo` takes keywords: call it as `echo(n=3)`"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "the shell task `s` takes `script` or `script_file`: give one of them"),
        ({"script": "a", "script_file": "b"}, "the shell task `s` takes `script` or `script_file`: give one of them"),
        ({"script": "a", "retries": -1}, "`retries` is a number from 0 on; got `int` -1"),
        (
            {"script": "a", "output_locs": [OutputLocation("x", str, "x")]},
            "the output `x` of the shell task `s` is a FlyteFile or a FlyteDirectory; got `type` <class 'str'>",
        ),
        ({"script": 3}, "the script of the shell task `s` is a text; got `int` 3"),
    ],
)
def test_wrong_shell_tasks_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError) as caught:
        ShellTask("s", **options)
    assert str(caught.value) == message


# --- echoes -----------------------------------------------------------------------------------------------------------


def test_an_echo_gives_its_inputs() -> None:
    echo = Echo("both", inputs=kwtypes(a=int, b=list[str]))
    assert echo(a=1, b=["x"]) == (1, ["x"])
    assert echo.interface.signature() == "both(a: int, b: list[str]) -> (int, list[str])"


def test_an_echo_of_one_thing_gives_that() -> None:
    assert Echo("one", inputs=kwtypes(a=int))(a=1) == 1


def test_an_echo_of_nothing_gives_nothing() -> None:
    assert Echo("none")() is None


def test_an_echo_is_a_node_and_has_no_container() -> None:
    echo = Echo("one", inputs=kwtypes(a=int))

    @workflow
    def wf(n: int) -> int:
        return echo(a=n)  # type: ignore[no-any-return]

    assert wf(n=3) == 3
    assert (echo.target(SETTINGS), echo.task_type) == (None, "echo")  # type: ignore[func-returns-value]


# --- a kind of one's own ----------------------------------------------------------------------------------------------


class Query(Task[..., Any]):
    """A query that a plugin of the backend runs, and a table of answers here."""

    kind = "query"
    task_type = "my-sql"
    ANSWERS: ClassVar[dict[str, int]] = {"select 1": 1}

    def __init__(self, name: str, statement: str, **options: Any) -> None:
        super().__init__(
            name, Interface.declared(name, kwtypes(limit=int), kwtypes(rows=int)), TaskOptions.of(**options)
        )
        self.statement = statement

    def target(self, settings: SerializationSettings) -> SqlTarget:
        return SqlTarget(self.statement)

    def custom(self, settings: SerializationSettings) -> dict[str, Any]:
        return {"cached": self.options.cache is not None}

    def run(self, arguments: Any) -> int:
        return self.ANSWERS[self.statement] * int(arguments["limit"])


def test_a_kind_of_task_of_ones_own_runs_and_is_a_node() -> None:
    query = Query("q", "select 1", retries=1)

    @workflow
    def wf(n: int) -> int:
        return query(limit=n)  # type: ignore[no-any-return]

    assert (query(limit=3), wf(n=4), query.options.retries) == (3, 4, 1)


def test_the_result_of_a_kind_of_ones_own_is_checked() -> None:
    class Wrong(Query):
        def run(self, arguments: Any) -> Any:
            return "many"

    with pytest.raises(ConversionError) as caught:
        Wrong("w", "select 1")(limit=1)
    assert str(caught.value) == "`w`: expected `int`, got `str` 'many' - at `rows`"


def test_a_kind_of_ones_own_is_checked_in_a_workflow() -> None:
    query = Query("q", "select 1")

    @workflow
    def broken(n: int) -> str:
        return query(limit=n)  # type: ignore[no-any-return]

    assert refusal(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[type-mismatch] here: output `o0` of `broken` takes `str`, and gets `int`\n"
        "    at        `o0`\n"
        "    from      output `rows` of `q(limit: int) -> int`, called at here\n"
        "    to        `broken(n: int) -> str`\n"
        "    expected  `str`\n"
        "    got       `int`\n"
        "    because   `int` is not `str`\n"
        "    fix       declare both as `str`, or put a task between them that converts"
    )
