"""`flytetypes run`: what texts stand for which values, type by type."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from projects import Project, project_in

HEAD = """
    import enum
    import json
    import os
    import uuid
    from collections import OrderedDict, defaultdict, deque
    from dataclasses import dataclass, field
    from datetime import date, datetime, time, timedelta
    from decimal import Decimal
    from pathlib import Path
    from typing import Annotated, Any, Iterator, Literal, NamedTuple, Optional, TypedDict, Union

    from flytetypes import FlyteDirectory, FlyteFile, Pickled, StructuredDataset, task
    from flytetypes.data import FlyteSchema, JSON, LazyList

    class Color(enum.Enum):
        RED = "red"
        BLUE = "blue"

    class Level(enum.IntEnum):
        LOW = 1
        HIGH = 2

    class Access(enum.Flag):
        READ = 1
        WRITE = 2

    class Pair(NamedTuple):
        a: int
        b: timedelta = timedelta(0)

    class Entry(TypedDict):
        a: int

    @dataclass
    class Point:
        x: int
        wait: timedelta = timedelta(0)
        inner: Optional["Point"] = None
        file: FlyteFile | None = None

    NUMBERS = {1, 2}
"""
TASK = """
    @task
    def show(x: {annotation}) -> str:
        return repr(x)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = project_in(tmp_path, monkeypatch)
    made.write("data.csv", "a,b\n1,2\n")
    made.write("some/file.txt", "text")
    made.write("lines.jsonl", '{"a": 1}\n[2]\n')
    made.write("point.json", '{"x": 1, "wait": "1h"}')
    made.write("point.yaml", "x: 1\nwait: 1:30\ninner: {x: 2}\n")
    made.write("wrong.yml", "x: [")
    made.write("numbers.yml", "- 1\n- 010\n- 0x10\n")
    return made


def shown(project: Project, annotation: str, text: str) -> str:
    """The repr of what a task gets."""
    project.write("flow.py", HEAD + TASK.format(annotation=annotation))
    done = project.run_apart("run", "--quiet", "flow.py", "show", f"--x={text}", "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    value: str = json.loads(done.stdout)["o0"]
    return value


def refused(project: Project, annotation: str, text: str) -> str:
    """The error, without usage and option."""
    project.write("flow.py", HEAD + TASK.format(annotation=annotation))
    done = project.run_apart("run", "--quiet", "flow.py", "show", f"--x={text}", "--json")
    assert (done.exit_code, done.stdout) == (2, "")
    begin = "Error: Invalid value for '--x': "
    line = done.stderr.splitlines()[-1]
    assert line.startswith(begin)
    return line.removeprefix(begin)


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        ("int", "5", "5"),
        ("int", "-1_000", "-1000"),
        ("int", "5.0", "5"),
        ("int", "9007199254740993", "9007199254740993"),
        ("float", "5", "5.0"),
        ("float", ".5", "0.5"),
        ("float", "1e3", "1000.0"),
        ("float", "inf", "inf"),
        ("str", "5", "'5'"),
        ("str", "null", "'null'"),
        ("str", "point.json", "'point.json'"),
        ("bool", "true", "True"),
        ("bool", "False", "False"),
        ("bytes", "aGk=", "b'hi'"),
        ("bytes", "1234", r"b'\xd7m\xf8'"),
        ("complex", "1+2j", "(1+2j)"),
        ("Decimal", "1.50", "Decimal('1.50')"),
        ("uuid.UUID", "12345678123456781234567812345678", "UUID('12345678-1234-5678-1234-567812345678')"),
        ("Path", "5", "PosixPath('5')"),
        ("time", "03:04:05.5Z", "datetime.time(3, 4, 5, 500000, tzinfo=datetime.timezone.utc)"),
        ("date", "2024-01-02", "datetime.date(2024, 1, 2)"),
        ("datetime", "2024-01-02", "datetime.datetime(2024, 1, 2, 0, 0, tzinfo=datetime.timezone.utc)"),
        ("datetime", "2024-01-02T03:04 + 1d", "datetime.datetime(2024, 1, 3, 3, 4, tzinfo=datetime.timezone.utc)"),
        ("timedelta", "90", "datetime.timedelta(seconds=90)"),
        ("timedelta", "1:30", "datetime.timedelta(seconds=90)"),
        ("timedelta", "PT1H", "datetime.timedelta(seconds=3600)"),
        ("Color", "red", "<Color.RED: 'red'>"),
        ("Level", "2", "<Level.HIGH: 2>"),
        ("Access", "3", "<Access.READ|WRITE: 3>"),
        ('Literal["a", 1, True]', "a", "'a'"),
        ('Literal["a", 1, True]', "1", "1"),
        ('Literal["a", 1, True]', "true", "True"),
    ],
)
def test_one_plain_value(project: Project, annotation: str, text: str, value: str) -> None:
    assert shown(project, annotation, text) == value


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        ("list[int]", "[1, 2]", "[1, 2]"),
        ("list[int]", "- 1\n- 2", "[1, 2]"),
        ("list[int]", "numbers.yml", "[1, 10, 16]"),
        ("list[str]", "[no, 2024-01-02, '1']", "['no', '2024-01-02', '1']"),
        ("set[int]", "[2]", "{2}"),
        ("frozenset[int]", "[2]", "frozenset({2})"),
        ("deque[int]", "[2]", "deque([2])"),
        ("tuple[int, timedelta]", '[1, "1h"]', "(1, datetime.timedelta(seconds=3600))"),
        ("tuple[timedelta, ...]", "[1h, 90]", "(datetime.timedelta(seconds=3600), datetime.timedelta(seconds=90))"),
        ("dict", '{"a": [1]}', "{'a': [1]}"),
        ("dict[int, timedelta]", "{1: 1h}", "{1: datetime.timedelta(seconds=3600)}"),
        ("OrderedDict[str, int]", "{b: 1, a: 2}", "OrderedDict({'b': 1, 'a': 2})"),
        ("Pair", '{"a": 1, "b": "2h"}', "Pair(a=1, b=datetime.timedelta(seconds=7200))"),
        ("Pair", "[1, 2h]", "Pair(a=1, b=datetime.timedelta(seconds=7200))"),
        ("Entry", "a: 1", "{'a': 1}"),
        ("Point", '{"x": 1}', "Point(x=1, wait=datetime.timedelta(0), inner=None, file=None)"),
        ("Point", "{'x': 1}", "Point(x=1, wait=datetime.timedelta(0), inner=None, file=None)"),
        ("Point", "point.json", "Point(x=1, wait=datetime.timedelta(seconds=3600), inner=None, file=None)"),
        (
            "Point",
            "point.yaml",
            (
                "Point(x=1, wait=datetime.timedelta(seconds=90), "
                "inner=Point(x=2, wait=datetime.timedelta(0), inner=None, file=None), file=None)"
            ),
        ),
        (
            "list[Point]",
            '[{"x": 1, "wait": "PT1M"}]',
            "[Point(x=1, wait=datetime.timedelta(seconds=60), inner=None, file=None)]",
        ),
        ("list[Color]", '["red"]', "[<Color.RED: 'red'>]"),
        ("LazyList[int]", "[1]", "<LazyList of int>"),
    ],
)
def test_a_structure_in_json_or_yaml_or_a_file_of_these(
    project: Project, annotation: str, text: str, value: str
) -> None:
    if annotation.startswith("OrderedDict"):
        assert eval(shown(project, annotation, text)[len("OrderedDict") :]) in ({"b": 1, "a": 2}, [("b", 1), ("a", 2)])
    else:
        assert shown(project, annotation, text) == value


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        ("Optional[int]", "5", "5"),
        ("Optional[int]", "null", "None"),
        ("Optional[str]", "null", "'null'"),
        ("Optional[Color]", "blue", "<Color.BLUE: 'blue'>"),
        ("int | str", "5", "5"),
        ("str | int", "5", "5"),
        ("str | int", '"5"', "'5'"),
        ("int | str", "five", "'five'"),
        ("float | int", "5", "5"),
        ("int | float", "5.0", "5.0"),
        ("int | bool", "true", "True"),
        ("int | timedelta", "1h", "datetime.timedelta(seconds=3600)"),
        ("FlyteFile | str", "nowhere.txt", "'nowhere.txt'"),
        ("dict[str, int] | list[int]", "[1]", "[1]"),
        ("Annotated[int, 'x'] | None", "5", "5"),
        ("list[timedelta | int]", "[1h, 5]", "[datetime.timedelta(seconds=3600), 5]"),
        ("dict[str, timedelta | None]", "{a: null, b: 1m}", "{'a': None, 'b': datetime.timedelta(seconds=60)}"),
    ],
)
def test_a_union_takes_the_variant_of_the_json_then_the_first_that_fits(
    project: Project, annotation: str, text: str, value: str
) -> None:
    assert shown(project, annotation, text) == value


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        ("FlyteFile", "some/file.txt", "FlyteFile('{root}/some/file.txt')"),
        ("FlyteFile", "file://{root}/some/file.txt", "FlyteFile('{root}/some/file.txt')"),
        ("FlyteFile", "s3://bucket/key", "FlyteFile('s3://bucket/key')"),
        ("FlyteFile", '{{"path": "some/file.txt"}}', "FlyteFile('{root}/some/file.txt')"),
        ('FlyteFile["txt"]', "some/file.txt", "FlyteFile[\"txt\"]('{root}/some/file.txt')"),
        ("os.PathLike", "some/file.txt", "FlyteFile('{root}/some/file.txt')"),
        ("FlyteDirectory", "some", "FlyteDirectory('{root}/some')"),
        (
            "list[FlyteFile]",
            '["some/file.txt", "s3://b/k"]',
            "[FlyteFile('{root}/some/file.txt'), FlyteFile('s3://b/k')]",
        ),
        ("FlyteSchema", "some", "FlyteSchema('{root}/some')"),
        ("Iterator[JSON]", "lines.jsonl", "<iterator of the JSON documents in {root}/lines.jsonl>"),
    ],
)
def test_what_is_stored_by_its_path_or_uri(project: Project, annotation: str, text: str, value: str) -> None:
    given = text.format(root=project.root)
    assert shown(project, annotation, given) == value.format(root=project.root)


def test_a_dataframe_by_its_path(project: Project) -> None:
    pytest.importorskip("pandas")
    project.write(
        "flow.py",
        """
        import pandas as pd
        from flytetypes import StructuredDataset, task

        @task
        def total(df: pd.DataFrame, more: list[pd.DataFrame], named: StructuredDataset) -> list[int]:
            return [int(each.sum().sum()) for each in (df, *more, named.open(pd.DataFrame).all())]
        """,
    )
    frames = ("--df", "data.csv", "--more", '["data.csv", "data.csv"]', "--named", "data.csv")
    done = project.run_apart("run", "--quiet", "flow.py", "total", *frames, "--json")
    assert (done.stdout, done.stderr) == ('{"o0": [3, 3, 3, 3]}\n', "")


def test_what_has_no_json_is_stored_and_told_by_its_place(project: Project) -> None:
    pandas = pytest.importorskip("pandas")
    project.write(
        "flow.py",
        """
        import pandas as pd
        from flytetypes import Pickled, task

        @task
        def results(df: pd.DataFrame) -> tuple[pd.DataFrame, Pickled[set]]:
            return df, {1}

        @task
        def nothing() -> None:
            pass
        """,
    )
    done = project.run_apart("run", "--quiet", "flow.py", "results", "--df", "data.csv", "--json")
    outputs = json.loads(done.stdout)
    assert pandas.read_parquet(outputs["o0"]["uri"]).to_dict("list") == {"a": [1], "b": [2]}
    assert Path(outputs["o1"]["scalar"]["blob"]["uri"]).is_file()
    assert project.run_apart("run", "--quiet", "flow.py", "nothing").stdout == ""
    assert project.run_apart("run", "--quiet", "flow.py", "nothing", "--json").stdout == "{}\n"


def test_an_array_by_the_path_of_its_file(project: Project) -> None:
    numpy = pytest.importorskip("numpy")
    numpy.save("a.npy", numpy.array([1, 2]))
    project.write(
        "flow.py",
        """
        import numpy as np
        from flytetypes import task

        @task
        def total(x: np.ndarray) -> int:
            return int(x.sum())
        """,
    )
    assert project.run_apart("run", "--quiet", "flow.py", "total", "--x", "a.npy", "--json").stdout == '{"o0": 3}\n'


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        ("Pickled[Any]", "flow:NUMBERS", "{1, 2}"),
        ("Pickled[set]", "flow:NUMBERS", "{1, 2}"),
        ("Pickled[Any]", "json:decoder.NaN", "nan"),
        ("Pickled[Any]", "text", "'text'"),
        ("Pickled[set] | int", "flow:NUMBERS", "{1, 2}"),
        ("list[Pickled[set]]", '["flow:NUMBERS"]', "[{1, 2}]"),
    ],
)
def test_a_pickle_by_the_variable_that_has_it(project: Project, annotation: str, text: str, value: str) -> None:
    assert shown(project, annotation, text) == value


@pytest.mark.parametrize(
    ("annotation", "text", "message"),
    [
        ("int", "many", "expected `int`, got `str` 'many' - at `x`"),
        ("int", "3.5", "expected `int`, got `float` 3.5 (the fraction would be lost) - at `x`"),
        ("int", "true", "expected `int`, got `bool` True - at `x`"),
        ("bool", "0", "expected `bool`, got `int` 0 (values are JSON: `true` or `false`) - at `x`"),
        ("Color", "RED", "expected `Color` (one of 'red', 'blue'), got `str` 'RED' - at `x`"),
        ('Literal["a", 1]', "b", "expected one of 'a', 1, got `str` 'b' - at `x`"),
        (
            "datetime",
            "soon",
            (
                "expected `datetime`, got `str` 'soon' (a moment is `now`, `today` or as in ISO 8601, and may have `+` or "
                "`-` and a duration behind it) - at `x`"
            ),
        ),
        (
            "timedelta",
            "soon",
            (
                "expected `timedelta`, got `str` 'soon' (a duration is `1d 2h`, `2 minutes`, `1:30` (m:s), `1:00:00` "
                "(h:m:s), `PT1H30M`, or seconds as `90`) - at `x`"
            ),
        ),
        (
            "list[int]",
            "1,2",
            (
                "expected `list[int]`, got `str` '1,2' (it is given as JSON or YAML, or as the path of a file of these: "
                ".json, .yaml, .yml) - at `x`"
            ),
        ),
        ("list[int]", "[1, a]", "expected `int`, got `str` 'a' - at `x[1]`"),
        ("Point", '{"x": 1, "z": 2}', "expected a field of `Point`, got the key 'z' - at `x`"),
        (
            "Point",
            '{"x": 1, "inner": {"x": "a"}}',
            "expected `Point | None`, got `dict` {'x': 'a'} (`Point`: expected `int`, got `str` 'a' at `$.x`) - at `x.inner`",
        ),
        ("Point", "gone.yaml", "expected `Point`, got `str` 'gone.yaml' (there is no file 'gone.yaml') - at `x`"),
        (
            "Point",
            "wrong.yml",
            (
                "expected `Point`, got `str` 'wrong.yml' ('wrong.yml' is no YAML: expected the node content, but found "
                "'<stream end>': line 1 column 5) - at `x`"
            ),
        ),
        (
            "Point",
            '{"x": 1',
            (
                "expected `Point`, got `str` '{\"x\": 1' (this is no JSON: Expecting ',' delimiter: line 1 column 8 (char "
                "7); and no YAML: expected ',' or '}', but got '<stream end>': line 1 column 8) - at `x`"
            ),
        ),
        (
            "FlyteFile",
            "gone.txt",
            "expected `FlyteFile`, an existing file or a URI, got 'gone.txt' (it is not there) - at `x`",
        ),
        ("FlyteFile", "some", "expected `FlyteFile`, got the directory 'some' - at `x`"),
        ("FlyteDirectory", "data.csv", "expected `FlyteDirectory`, got the file 'data.csv' - at `x`"),
        (
            "Point",
            '{"x": 1, "file": "gone.txt"}',
            "expected `FlyteFile`, an existing file or a URI, got 'gone.txt' (it is not there) - at `x.file`",
        ),
        (
            "StructuredDataset",
            "gone.csv",
            "expected `StructuredDataset`, an existing file or directory or a URI, got 'gone.csv' (it is not there) - at `x`",
        ),
        (
            "dict[str, FlyteFile]",
            "{a: gone.txt}",
            "expected `FlyteFile`, an existing file or a URI, got 'gone.txt' (it is not there) - at `x[\"a\"]`",
        ),
        (
            "dict[str, int | timedelta]",
            "{a: 1h}",
            "expected `int | timedelta`, got `str` '1h' - at `x[\"a\"]`",  # its seconds would be taken for the number
        ),
        ("Pickled[set]", "text", "expected `set`, got `str` 'text' (it is given as `module:variable`) - at `x`"),
        ("Pickled[set]", "json:nope", "expected `set`, got `str` 'json:nope' (module `json` has no `nope`) - at `x`"),
        ("Pickled[set]", "json:decoder", None),
        ("Optional[int]", "a", "expected `int`, got `str` 'a' - at `x`"),
        ("int", "9223372036854775808", "expected `int` of 64 bits, got `int` 9223372036854775808 - at `x`"),
        ("int | str", "-9223372036854775809", "expected `int` of 64 bits, got `int` -9223372036854775809 - at `x`"),
        (
            "list[int]",
            "[1, 9223372036854775808]",
            "expected `int` of 64 bits, got `int` 9223372036854775808 - at `x[1]`",
        ),
        (
            "list[Point]",
            "[{x: 18446744073709551616}]",
            "expected `int` of 64 bits, got `int` 18446744073709551616 - at `x[0].x`",
        ),
        (
            "dict",
            "{a: 18446744073709551616}",
            'expected `int` of 64 bits, got `int` 18446744073709551616 - at `x["a"]`',
        ),
        (
            "datetime",
            "9999-12-31T23:00-05:00",
            (
                "expected `datetime` of the years 1 to 9999 in UTC, got `datetime` datetime.datetime(9999, 12, "
                "...lta(days=-1, seconds=68400))) - at `x`"
            ),
        ),
        (
            "str",
            "a\udcff",
            "expected `str` that UTF-8 can carry, got `str` 'a\\udcff' (it has lone surrogates) - at `x`",
        ),
        ("list[str] | None", "[1]", "expected `str`, got `int` 1 - at `x[0]`"),
        (
            "int | Point",
            '{"x": 1, "z": 2}',
            "expected `int | Point`, got `dict` {'x': 1, 'z': 2} (`Point`: expected a field of `Point`, got the key 'z') - at `x`",
        ),
    ],
)
def test_a_wrong_value_is_one_clear_error(project: Project, annotation: str, text: str, message: str | None) -> None:
    line = refused(project, annotation, text)
    if message is None:
        assert line.startswith("expected `set`, got `module` ")
        assert line.endswith("(that is `json:decoder`) - at `x`")
    else:
        assert line == message


def test_yaml_says_what_json_would() -> None:
    yaml = pytest.importorskip("yaml")
    from flytetypes.cli._trees import parsed_yaml

    text = "{a: yes, b: 010, c: 12:30:45, d: 2024-01-02, e: ~, f: .inf, g: True, h: 1e3, i: 0o10, j: '1', k: -.5}"
    tree = {
        "a": "yes",
        "b": 10,
        "c": "12:30:45",
        "d": "2024-01-02",
        "e": None,
        "f": float("inf"),
        "g": True,
        "h": 1000.0,
        "i": 8,
        "j": "1",
        "k": -0.5,
    }
    assert parsed_yaml(text) == tree
    assert parsed_yaml("a: &a {x: 1, y: 2}\nb: {<<: *a, x: 3}") == {"a": {"x": 1, "y": 2}, "b": {"x": 3, "y": 2}}
    with pytest.raises(ValueError, match="could not determine a constructor"):
        parsed_yaml("!!python/object/apply:os.getcwd []")
    assert yaml.safe_load("a: yes") == {"a": True}  # PyYAML's own loader stays as it was


def test_without_pyyaml_json_is_read_still(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "yaml", None)
    assert shown(project, "list[int]", "[1]") == "[1]"
    assert refused(project, "list[int]", "- 1") == (
        "expected `list[int]`, got `str` '- 1' (reading YAML needs yaml: pip install 'flytetypes[yaml]') - at `x`"
    )
    done = project.run_apart("run", "flow.py", "show", "--x", "numbers.yml")
    assert done.exit_code == 2
    assert done.stderr.endswith("(reading YAML needs yaml: pip install 'flytetypes[yaml]') - at `x`\n")
