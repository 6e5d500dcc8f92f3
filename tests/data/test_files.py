"""`FlyteFile`: one handle with one meaning, here and in every kind of store."""

# mypy: disable-error-code="type-arg"
from __future__ import annotations

import contextlib
import copy
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Optional, TypeVar, Union

import pytest
from pydantic import BaseModel, ValidationError

from flytetypes import JSON, FlyteDirectory, FlyteFile, StorageError, TypeEngine, content_hash, idl, task, workflow
from flytetypes.data import CSVFile, FileExt
from flytetypes.errors import ConversionError, ObjectNotFound
from flytetypes.storage import outputs_to, report_transfers
from flytetypes.testing import StoreSuite

HELLO = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "data.csv"
    path.parent.mkdir()
    path.write_text("hello")
    return path


@dataclass
class Report:
    table: FlyteFile
    pages: list[FlyteFile] = field(default_factory=list)
    by_name: dict[str, CSVFile] = field(default_factory=dict)
    cover: Optional[FlyteFile] = None
    notes: Union[FlyteFile, int] = 3


class Model(BaseModel):
    table: FlyteFile
    pages: list[CSVFile] = []
    cover: Optional[FlyteDirectory] = None


def back_and_forth(engine: TypeEngine, value: Any, annotation: Any) -> Any:
    return engine.to_python(engine.to_literal(value, annotation), annotation)


# --- what is written and read -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [str, Path, FlyteFile], ids=["text", "path", "handle"])
def test_a_file_goes_up_and_comes_back(engine: TypeEngine, path: Path, given: Any) -> None:
    literal = engine.to_literal(given(path), FlyteFile)
    assert literal.scalar.blob.uri.startswith(engine.prefix)
    assert literal.scalar.blob.uri.endswith("/data.csv")
    assert dict(literal.metadata) == {"flytetypes.digest": HELLO}
    file = engine.to_python(literal, FlyteFile)
    assert type(file) is FlyteFile
    assert file.uri == literal.scalar.blob.uri
    assert file.read_text() == "hello"
    assert Path(file).read_text() == "hello"
    assert file.path == os.fspath(file)
    assert (file.exists(), file.size(), file.digest) == (True, 5, HELLO)


def test_the_user_s_file_and_handle_stay_as_they_are(engine: TypeEngine, path: Path) -> None:
    file = FlyteFile(path, metadata={"a": "b"})
    engine.to_literal(file, FlyteFile)
    assert (file.uri, file.path, file.metadata, path.read_text()) == (str(path), str(path), {"a": "b"}, "hello")


def test_nothing_moves_until_it_is_opened(engine: TypeEngine, path: Path) -> None:
    literal = engine.to_literal(path, FlyteFile)
    engine.store.delete(literal.scalar.blob.uri)
    file = engine.to_python(literal, FlyteFile)
    assert file.uri == literal.scalar.blob.uri
    assert not file.exists()
    with pytest.raises(ObjectNotFound) as caught:
        file.open()
    assert file.uri in str(caught.value)


def test_what_is_passed_on_keeps_its_uri(engine: TypeEngine, path: Path) -> None:
    literal = engine.to_literal(path, FlyteFile)
    for _ in range(5):
        file = engine.to_python(literal, CSVFile)
        again = engine.to_literal(file, CSVFile)
        assert again.scalar.blob.uri == literal.scalar.blob.uri
        assert again.scalar.blob.metadata.type.format == "csv"
        assert dict(again.metadata) == dict(literal.metadata)
        literal = again
    assert len(engine.store.list(engine.prefix)) == 1


def test_metadata_of_the_user_s_goes_into_the_literal(engine: TypeEngine, path: Path) -> None:
    file = back_and_forth(engine, FlyteFile(path, metadata={"k": "v"}), FlyteFile)
    assert file.metadata == {"k": "v"}
    assert file.digest == HELLO


def test_a_place_of_the_user_s_choosing(engine: TypeEngine, path: Path) -> None:
    target = f"{engine.prefix}chosen/there.csv"
    file = back_and_forth(engine, FlyteFile(path, remote_path=target), FlyteFile)
    assert file.uri == target
    assert file.read_text() == "hello"


def test_a_file_may_stay_where_it_is(engine: TypeEngine, path: Path) -> None:
    for value, annotation in ((FlyteFile(path, remote_path=False), FlyteFile), (path, os.PathLike)):
        file = back_and_forth(engine, value, annotation)
        assert (file.uri, file.remote_source) == (str(path), None)
    assert engine.store.list(engine.prefix) == []


def test_two_values_for_one_place_are_refused(engine: TypeEngine, path: Path, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("other")
    target = f"{engine.prefix}chosen"
    files = [FlyteFile(path, remote_path=target), FlyteFile(tmp_path / "other", remote_path=target)]
    with pytest.raises(ConversionError) as caught:
        engine.to_literal(files, list[FlyteFile])
    assert str(caught.value) == f"expected a URI for each of the values, got `{target}` for two of them - at `$[1]`"
    assert engine.store.list(engine.prefix) == []


def test_the_content_counts_and_not_the_place(engine: TypeEngine, path: Path, tmp_path: Path) -> None:
    def hashed(annotation: Any = FlyteFile) -> str:
        return content_hash(engine.to_literal(path, annotation))

    first = hashed()
    assert hashed() == first
    assert hashed(CSVFile) != first
    path.write_text("hallo")
    assert hashed() != first
    assert content_hash(engine.to_literal(FlyteFile("s3://b/k"), FlyteFile)) != content_hash(
        engine.to_literal(FlyteFile("s3://b/l"), FlyteFile)
    )


# --- formats ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    ["csv", ".csv", " ~csv", TypeVar("csv"), Literal["csv"], Annotated[str, FileExt("csv")]],
    ids=["text", "dot", "tilde", "type variable", "Literal", "FileExt"],
)
def test_a_format_is_one_class_however_it_is_written(written: Any) -> None:
    assert FlyteFile[written] is CSVFile
    assert CSVFile.extension() == "csv"
    assert issubclass(CSVFile, FlyteFile)


def test_what_is_no_format_is_refused() -> None:
    with pytest.raises(TypeError) as caught:
        FlyteFile[3]
    assert str(caught.value) == 'a format is a text, as in FlyteFile["csv"], got `int` 3'


def test_the_literal_has_the_format_of_the_annotation(path: Path) -> None:
    engine = TypeEngine(prefix="memory://formats")
    literal = engine.to_literal(FlyteFile["txt"](path), CSVFile)
    assert literal.scalar.blob.metadata.type.format == "csv"
    assert type(engine.to_python(literal, CSVFile)) is CSVFile
    assert engine.guess(engine.literal_type(list[CSVFile])) == list[CSVFile]


# --- opening ----------------------------------------------------------------------------------------------------------


def test_reading_goes_to_any_place(engine: TypeEngine, tmp_path: Path) -> None:
    content = os.urandom(3_000_000)
    (tmp_path / "large").write_bytes(content)
    file = back_and_forth(engine, tmp_path / "large", FlyteFile)
    with file.open("rb") as opened:
        assert opened.read(10) == content[:10]
        opened.seek(2_000_000)
        assert opened.read(5) == content[2_000_000:2_000_005]
        opened.seek(-7, os.SEEK_END)
        assert opened.read() == content[-7:]
        opened.seek(0)
        assert opened.read() == content


def test_reading_text(engine: TypeEngine, tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes("zwölf\r\nzeilen\n".encode("latin-1"))
    file = back_and_forth(engine, tmp_path / "text", FlyteFile)
    with file.open(encoding="latin-1") as opened:
        assert list(opened) == ["zwölf\n", "zeilen\n"]


def test_what_is_written_is_there_when_the_file_is_closed(engine: TypeEngine) -> None:
    with outputs_to(engine.store, lambda: engine.prefix):
        file = FlyteFile.new_remote_file("new.txt")
    file = engine.to_python(engine.to_literal(file, FlyteFile), FlyteFile)
    with file.open("w") as opened:
        opened.write("ä")
        opened.write("b" * 9_000_000)
        assert not file.exists()
    assert (file.uri, file.size()) == (f"{engine.prefix}new.txt", 9_000_002)
    with file.open("rb") as opened:
        assert opened.read(3) == "äb".encode()


@pytest.mark.parametrize("mode", ["w", "wb"])
def test_a_block_that_fails_leaves_nothing(engine: TypeEngine, mode: str) -> None:
    with outputs_to(engine.store, lambda: engine.prefix):
        file = FlyteFile.new_remote_file("new.txt")
    file = engine.to_python(engine.to_literal(file, FlyteFile), FlyteFile)
    with contextlib.suppress(LookupError), file.open(mode) as opened:
        opened.write("x" * 9_000_000 if mode == "w" else b"x" * 9_000_000)
        raise LookupError
    assert engine.store.list(engine.prefix) == []


@pytest.mark.parametrize("mode", ["a", "r+", "x", "rw", "", "rbt"])
def test_other_modes_are_refused(mode: str) -> None:
    with pytest.raises(
        ValueError, match=f"^a file is opened with `r`, `rb`, `w` or `wb`, got {re.escape(repr(mode))}$"
    ):
        FlyteFile("s3://b/k").open(mode)


def test_a_new_file_without_a_task_is_a_temporary_one() -> None:
    file = FlyteFile.new_remote_file()
    with file.open("w") as opened:
        opened.write("x")
    assert Path(file.uri).read_text() == "x"
    assert FlyteFile.new_remote_file("a", alt="s3://elsewhere/b").uri == "s3://elsewhere/b/a"
    Path(file.uri).unlink()


# --- downloading ------------------------------------------------------------------------------------------------------


def test_a_file_is_downloaded_once(engine: TypeEngine, path: Path) -> None:
    file = back_and_forth(engine, path, FlyteFile)
    first = file.download()
    assert first == file.download() == os.fspath(file) == file.path == str(file)
    assert file.downloaded
    assert Path(file).read_text() == "hello"


def test_what_was_changed_meanwhile_is_not_taken_for_what_was_written(path: Path) -> None:
    engine = TypeEngine(prefix="memory://changed")
    literal = engine.to_literal(path, FlyteFile)
    uri = literal.scalar.blob.uri
    engine.store.put(uri, b"hallo")
    with pytest.raises(StorageError) as caught:
        engine.to_python(literal, FlyteFile).download()
    assert str(caught.value) == (
        f"`{uri}` was changed or damaged: expected content of the digest {HELLO}, got "
        "sha256:d3751d33f9cd5049c4af2b462735457e4d3baf130bcbb87f389e349fbaeb20b9. Write it anew"
    )


@pytest.mark.parametrize("name", [name for name in StoreSuite.awkward_names if "/" not in name])
def test_names_come_back_as_they_went(engine: TypeEngine, tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_text("x")
    file = back_and_forth(engine, tmp_path / "in" / name, FlyteFile)
    assert file.uri.rpartition("/")[2] == name
    assert Path(file.download()).name == name
    assert Path(file).read_text() == "x"


# --- nested -----------------------------------------------------------------------------------------------------------


def test_files_inside_a_dataclass(engine: TypeEngine, path: Path) -> None:
    report = Report(FlyteFile(path), [FlyteFile(path)] * 2, {"a": CSVFile(path)}, FlyteFile(path), FlyteFile(path))
    back = back_and_forth(engine, report, Report)
    files = [back.table, *back.pages, back.by_name["a"], back.cover, back.notes]
    assert [file.read_text() for file in files] == ["hello"] * 6
    assert [type(file) for file in files] == [FlyteFile, FlyteFile, FlyteFile, CSVFile, FlyteFile, FlyteFile]
    assert back_and_forth(engine, back, Report) == back
    assert len(engine.store.list(engine.prefix)) == 6


def test_files_inside_a_model(engine: TypeEngine, path: Path) -> None:
    model = Model(table=path, pages=[str(path)], cover=path.parent)  # type: ignore[arg-type, list-item]
    back = back_and_forth(engine, model, Model)
    assert (back.table.read_text(), back.pages[0].read_text()) == ("hello", "hello")
    assert back.cover.names() == ["data.csv"]
    assert back_and_forth(engine, back, Model) == back


def test_a_model_of_its_own_says_where_its_files_are(path: Path) -> None:
    model = Model(table=FlyteFile("s3://b/k"), pages=[CSVFile(path)])
    assert Model.model_validate_json(model.model_dump_json()) == model
    with pytest.raises(ValidationError, match="expected `FlyteFile`, got `int` 3"):
        Model(table=3)  # type: ignore[arg-type]


def test_files_in_containers_and_unions(engine: TypeEngine, path: Path) -> None:
    for annotation, value in (
        (list[FlyteFile], [path]),
        (dict[str, FlyteFile], {"a": path}),
        (Optional[FlyteFile], path),
        (Union[int, CSVFile], CSVFile(path)),
        (Union[FlyteFile, FlyteDirectory], FlyteDirectory(path.parent)),
    ):
        back = back_and_forth(engine, value, annotation)
        (handle,) = back if isinstance(back, list) else back.values() if isinstance(back, dict) else [back]
        assert (handle if isinstance(handle, FlyteFile) else handle / "data.csv").read_text() == "hello"


def test_classes_that_contain_each_other_and_a_file(engine: TypeEngine, path: Path) -> None:
    back = back_and_forth(engine, Chapter(Section([Chapter(None, FlyteFile(path))]), FlyteFile(path)), Chapter)
    assert back.inside.chapters[0].text.read_text() == "hello"
    section = back_and_forth(engine, Section([Chapter(None, FlyteFile(path))]), Section)
    assert section.chapters[0].text.read_text() == "hello"


@dataclass
class Section:
    chapters: list[Chapter]


@dataclass
class Chapter:
    inside: Optional[Section]
    text: FlyteFile


# --- errors -----------------------------------------------------------------------------------------------------------


def test_bad_values_say_what_is_wrong_and_upload_nothing(engine: TypeEngine, path: Path) -> None:
    missing = path.parent / "missing"
    for value, message in (
        (missing, f"expected a file that can be read, got `{missing}` (No such file or directory) - at `$[1]`"),
        (
            path.parent,
            f"expected a file that can be read, got `{path.parent}` (it is a directory, not a file) - at `$[1]`",
        ),
        (3, "expected `FlyteFile`, got `int` 3 - at `$[1]`"),
        (None, "expected `FlyteFile`, got `None` - at `$[1]`"),
        ("", "expected a path or URI for a `FlyteFile`, got `str` '' - at `$[1]`"),
        (
            FlyteDirectory("s3://b"),
            "expected `FlyteFile`, got `FlyteDirectory` FlyteDirectory('s3://b') (it is a directory, not a file) - at `$[1]`",
        ),
    ):
        with pytest.raises(ConversionError) as caught:
            engine.to_literal([path, value], list[FlyteFile])
        assert str(caught.value) == message
        assert engine.store.list(engine.prefix) == []


def test_a_missing_file_inside_a_dataclass_has_its_path(path: Path) -> None:
    with pytest.raises(ConversionError) as caught:
        TypeEngine().to_literal(Report(FlyteFile(path), [FlyteFile("/missing")]), Report)
    assert str(caught.value) == (
        "expected a file that can be read, got `/missing` (No such file or directory) - at `$.pages[0]`"
    )


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConversionError) as caught:
        TypeEngine().to_literal(tmp_path / "pipe", FlyteFile)
    reason = "it is no file, but something that may have no end"
    assert str(caught.value) == f"expected a file that can be read, got `{tmp_path}/pipe` ({reason}) - at `$`"


def test_a_directory_on_the_wire_is_no_file() -> None:
    literal = idl.from_json(
        idl.Literal, {"scalar": {"blob": {"metadata": {"type": {"dimensionality": "MULTIPART"}}, "uri": "s3://b/d"}}}
    )
    with pytest.raises(ConversionError) as caught:
        TypeEngine().to_python(literal, FlyteFile)
    assert str(caught.value) == "expected `FlyteFile`, got the directory `s3://b/d` - at `$`"


def test_an_upload_that_fails_has_the_path_of_the_value(path: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    engine = TypeEngine(prefix=str(tmp_path / "taken" / "below"))
    with pytest.raises(StorageError) as caught:
        engine.to_literal({"a": path}, dict[str, FlyteFile])
    assert str(caught.value).endswith(' - at `$["a"]`')
    assert caught.value.uri.startswith(str(tmp_path / "taken"))


# --- handles ----------------------------------------------------------------------------------------------------------


def test_handles_are_equal_when_their_places_are() -> None:
    assert FlyteFile("s3://b/k") == FlyteFile("s3://b/k")
    assert len({FlyteFile("s3://b/k"), FlyteFile("s3://b/k"), CSVFile("s3://b/k")}) == 2
    assert FlyteFile("s3://b/k") != FlyteDirectory("s3://b/k")
    assert repr(CSVFile("s3://b/k")) == "FlyteFile[\"csv\"]('s3://b/k')"


def test_handles_are_copied_and_pickled_as_places(path: Path) -> None:
    engine = TypeEngine(prefix="memory://copied")
    file = back_and_forth(engine, FlyteFile(path, metadata={"a": "b"}), CSVFile)
    file.download()
    for twin in (copy.copy(file), copy.deepcopy(file), pickle.loads(pickle.dumps(file))):
        assert (twin, type(twin), twin.metadata) == (file, CSVFile, {"a": "b"})
    assert copy.deepcopy(file).read_text() == "hello"


def test_what_is_somewhere_already_stays_there(path: Path) -> None:
    engine = TypeEngine(prefix="memory://stays")
    literal = engine.to_literal(FlyteFile.from_source(path), FlyteFile)
    assert literal.scalar.blob.uri == str(path)


def test_a_file_passes_through_tasks_without_being_moved(
    engine: TypeEngine, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[int] = []
    monkeypatch.setattr("flytetypes.interface._engines", [engine])

    @task
    def first() -> FlyteFile:
        return FlyteFile(path)

    @task
    def passes(file: FlyteFile) -> FlyteFile:
        return file

    @task
    def last(file: FlyteFile) -> str:
        with report_transfers(lambda progress: moved.append(progress.done_bytes)):
            return file.read_text()

    @workflow
    def whole() -> str:
        file = first()
        for _ in range(5):
            file = passes(file=file)
        return last(file=file)

    with report_transfers(lambda progress: moved.append(progress.done_bytes)):
        assert whole() == "hello"
    assert max(moved) == 5  # up, by the first of them
    assert len(engine.store.list(engine.prefix)) == 1


def test_two_tasks_may_give_the_same_name_to_a_file() -> None:
    @task
    def made(text: str) -> FlyteFile:
        file = FlyteFile.new_remote_file("out.txt")
        with file.open("w") as opened:
            opened.write(text)
        return file

    @task
    def joined(one: FlyteFile, other: FlyteFile) -> str:
        return one.read_text() + other.read_text()

    @workflow
    def whole() -> str:
        return joined(one=made(text="a"), other=made(text="b"))

    assert whole() == "ab"
    with pytest.raises(ValueError, match="a name below a directory"):
        FlyteFile.new_remote_file("../up")


def test_what_a_task_gives_when_it_is_called_is_good_for_another_one(engine: TypeEngine) -> None:
    engine_of_tasks = TypeEngine(store=engine.store, prefix=engine.prefix)

    @task
    def numbers() -> Iterator[JSON]:
        return iter([1, 2])

    @task
    def total(numbers: Iterator[JSON]) -> int:
        return sum(numbers)  # type: ignore[arg-type]

    assert total(numbers=numbers()) == 3
    assert engine_of_tasks.prefix == engine.prefix


def test_engines_of_one_process_share_its_store(path: Path) -> None:
    literal = TypeEngine(prefix="memory://shared").to_literal(path, FlyteFile)
    file = TypeEngine(prefix="memory://other").to_python(literal, FlyteFile)
    assert pickle.loads(pickle.dumps(file)).read_text() == "hello"


def test_a_file_of_a_store_is_copied_to_a_place_of_the_user_s_choosing(engine: TypeEngine, path: Path) -> None:
    uri = engine.to_literal(path, FlyteFile).scalar.blob.uri
    if "://" in uri:
        file = FlyteFile(uri, remote_path=f"{engine.prefix}copy")
        file._store = engine.store
        assert back_and_forth(engine, file, FlyteFile).uri == f"{engine.prefix}copy"
        assert engine.store.get(f"{engine.prefix}copy") == b"hello"


@pytest.mark.parametrize("place", [3, None, b"x", FlyteDirectory("s3://b"), os.fsdecode(b"\xff")], ids=repr)
def test_what_is_no_place_is_refused(place: Any) -> None:
    with pytest.raises(ConversionError, match=r"^expected a path or URI "):
        FlyteFile(place)


FORKING = """
import os, sys
from pathlib import Path
from flytetypes import FlyteFile, TypeEngine
engine = TypeEngine(prefix="memory://forked")
file = engine.to_python(engine.to_literal(sys.argv[1], FlyteFile), FlyteFile)
file.download()
if os.fork() == 0:
    sys.exit(0)
os.wait()
print(Path(file.path).read_text())
"""


def test_a_forked_process_leaves_what_its_parent_downloaded(path: Path) -> None:
    # In a process of its own: what is forked here would remove the temporary directories of other fixtures at its end.
    done = subprocess.run([sys.executable, "-c", FORKING, path], capture_output=True, text=True, check=True)
    assert done.stdout == "hello\n"


def test_reading_whole_notices_damage(path: Path) -> None:
    engine = TypeEngine(prefix="memory://damaged")
    literal = engine.to_literal(path, FlyteFile)
    engine.store.put(literal.scalar.blob.uri, b"hallo")
    with pytest.raises(StorageError, match="was changed or damaged"):
        engine.to_python(literal, FlyteFile).read_text()
