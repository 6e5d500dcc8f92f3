"""`FlyteDirectory`: read file by file, downloaded as a whole, and never beyond its own bounds."""

# mypy: disable-error-code="type-arg"
from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from flytetypes import FlyteDirectory, FlyteFile, TypeEngine, idl
from flytetypes.data import TensorboardLogs
from flytetypes.errors import ConversionError, ObjectNotFound, StorageError
from flytetypes.storage import outputs_to

FILES = {"a.txt": "1", "b/c.txt": "22", "b/d/e.csv": "333", "ü %41+#?.txt": "4"}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    source = tmp_path / "in"
    for name, content in FILES.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(content)
    return source


@pytest.fixture
def directory(engine: TypeEngine, source: Path) -> FlyteDirectory[Any]:
    literal = engine.to_literal(source, FlyteDirectory)
    assert literal.scalar.blob.metadata.type.dimensionality == idl.BlobType.MULTIPART
    assert literal.scalar.blob.uri.startswith(engine.prefix)
    back: FlyteDirectory[Any] = engine.to_python(literal, FlyteDirectory)
    return back


def test_it_is_read_file_by_file(directory: FlyteDirectory) -> None:
    assert directory.names() == sorted(FILES)
    assert {name: (directory / name).read_text() for name in directory.names()} == FILES
    assert [file.read_text() for file in directory.files()] == [FILES[name] for name in sorted(FILES)]
    assert (directory.joinpath("b", "c.txt").read_text(), directory.size(), directory.exists()) == ("22", 7, True)


def test_what_is_just_below_it(directory: FlyteDirectory) -> None:
    handles = [handle for handle in directory.iterdir() if handle.uri.endswith(("a.txt", "/b"))]
    found: dict[Any, Any] = {type(handle): handle for handle in handles}
    assert found[FlyteFile].read_text() == "1"
    assert found[FlyteDirectory].names() == ["c.txt", "d/e.csv"]
    assert len(list(directory.iterdir())) == len(FlyteDirectory.listdir(directory)) == 3
    assert dict(map(reversed, directory.crawl())).keys() == FILES.keys()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.txt", ["a.txt", "ü %41+#?.txt"]),
        ("**/*.txt", ["a.txt", "b/c.txt", "ü %41+#?.txt"]),
        ("b/*", ["b/c.txt"]),
        ("b/**", ["b/c.txt", "b/d/e.csv"]),
        ("?.txt", ["a.txt"]),
        ("[ab].txt", ["a.txt"]),
        ("[!b].txt", ["a.txt"]),
        ("*+#[?].txt", ["ü %41+#?.txt"]),
        ("nothing", []),
    ],
)
def test_glob(source: Path, pattern: str, names: list[str]) -> None:
    directory: FlyteDirectory[Any] = FlyteDirectory(source)
    assert [os.path.relpath(file.uri, source) for file in directory.glob(pattern)] == names


def test_one_file_of_it_is_passed_on_without_the_rest(engine: TypeEngine, directory: FlyteDirectory) -> None:
    before = engine.store.list(engine.prefix)
    literal = engine.to_literal(directory / "b/c.txt", FlyteFile)
    assert literal.scalar.blob.uri == f"{directory.uri}/b/c.txt"
    assert engine.store.list(engine.prefix) == before


def test_the_whole_of_it_is_downloaded_once(directory: FlyteDirectory) -> None:
    path = Path(directory.download())
    assert {str(file.relative_to(path)): file.read_text() for file in path.rglob("*") if file.is_file()} == FILES
    assert os.fspath(directory) == directory.path == str(path)
    assert {name: (directory / name).read_text() for name in directory.names()} == FILES


def test_it_is_passed_on_as_it_is(engine: TypeEngine, directory: FlyteDirectory) -> None:
    count = len(engine.store.list(engine.prefix))
    literal = engine.to_literal(directory, TensorboardLogs)
    assert (literal.scalar.blob.uri, literal.scalar.blob.metadata.type.format) == (directory.uri, "tensorboard")
    assert len(engine.store.list(engine.prefix)) == count


def test_a_place_of_the_user_s_choosing(engine: TypeEngine, source: Path) -> None:
    target = f"{engine.prefix}chosen"
    literal = engine.to_literal(FlyteDirectory(source, remote_directory=target), FlyteDirectory)
    assert literal.scalar.blob.uri == target
    stays = engine.to_literal(FlyteDirectory(source, remote_directory=False), FlyteDirectory)
    assert stays.scalar.blob.uri == str(source)
    assert len(engine.store.list(engine.prefix)) == len(FILES)


def test_a_new_one_is_filled_and_passed_on(engine: TypeEngine) -> None:
    with outputs_to(engine.store, lambda: engine.prefix):
        directory = FlyteDirectory.new_remote("out")
        for name in ("a", "b/c"):
            with directory.new_file(name).open("w") as file:
                file.write(name)
        with (directory.new_dir("d") / "e").open("w") as file:
            file.write("d/e")
    back = engine.to_python(engine.to_literal(directory, FlyteDirectory), FlyteDirectory)
    assert {name: (back / name).read_text() for name in back.names()} == {"a": "a", "b/c": "b/c", "d/e": "d/e"}


def test_the_digest_is_of_names_and_contents(source: Path) -> None:
    engine = TypeEngine(prefix="memory://digests")

    def digest() -> str:
        return engine.to_literal(source, FlyteDirectory).metadata["flytetypes.digest"]

    first = digest()
    assert digest() == first
    (source / "a.txt").write_text("2")
    second = digest()
    (source / "a.txt").rename(source / "z.txt")
    assert len({first, second, digest()}) == 3


@pytest.mark.parametrize("name", ["../up", "a/../b", "", "a//b", "/etc/passwd", ".", "a\0b"])
def test_a_name_cannot_lead_out_of_it(name: str) -> None:
    message = f"a name below a directory has no empty part, `.` or `..`, got {name!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        FlyteDirectory("s3://b/d") / name


@pytest.mark.parametrize("name", ["../up", "a/../../up", "a//b", "./a"])
def test_what_a_store_calls_by_such_a_name_is_not_downloaded(name: str) -> None:
    engine = TypeEngine(prefix="memory://names")
    root = f"memory://names/{os.urandom(8).hex()}"
    engine.store.put(f"{root}/fine", b"")
    engine.store.put(f"{root}/{name}", b"")
    directory: FlyteDirectory[Any] = FlyteDirectory.at(root, engine.store)
    with pytest.raises(StorageError) as caught:
        directory.download()
    assert str(caught.value) == (
        f"`{root}/{name}` cannot be a file below a directory: its name has an empty part, `.` or `..`. "
        "Read it by its URI, or copy it to another name"
    )


def test_links_and_the_like_are_refused(source: Path) -> None:
    (source / "link").symlink_to("/etc")
    with pytest.raises(ConversionError) as caught:
        TypeEngine(prefix="memory://links").to_literal(source, FlyteDirectory)
    reason = "it is a symbolic link, and only files are stored: put there what it stands for, or remove it"
    assert str(caught.value) == f"expected a file that can be read, got `{source}/link` ({reason}) - at `$`"


def test_bad_values_say_what_is_wrong_and_upload_nothing(engine: TypeEngine, source: Path) -> None:
    for value, message in (
        (source / "missing", f"expected a file that can be read, got `{source}/missing` (No such file or directory)"),
        (source / "a.txt", f"expected a file that can be read, got `{source}/a.txt` (it is a file, not a directory)"),
        (3, "expected `FlyteDirectory`, got `int` 3"),
        (
            FlyteFile("s3://b"),
            "expected `FlyteDirectory`, got `FlyteFile` FlyteFile('s3://b') (it is a file, not a directory)",
        ),
    ):
        with pytest.raises(ConversionError) as caught:
            engine.to_literal({"d": [source, value]}, dict[str, list[FlyteDirectory]])
        assert str(caught.value) == f'{message} - at `$["d"][1]`'
        assert engine.store.list(engine.prefix) == []


def test_after_a_download_its_files_are_still_those_in_the_store(engine: TypeEngine, directory: FlyteDirectory) -> None:
    uri = directory.uri
    directory.download()
    handles = [directory / "a.txt", *directory.files(), *directory.glob("**")]
    assert {handle.uri for handle in handles} == {f"{uri}/{name}" for name in FILES}
    assert engine.to_literal(directory / "a.txt", FlyteFile).scalar.blob.uri == f"{uri}/a.txt"
    with directory.new_file("new.txt").open("w") as file:
        file.write("new")
    assert f"{uri}/new.txt" in engine.store.list(engine.prefix)
    assert (directory / "new.txt").read_text() == "new"


def test_what_is_not_there_is_not_an_empty_directory(engine: TypeEngine, source: Path) -> None:
    missing = f"{engine.prefix}missing"
    with pytest.raises(ObjectNotFound) as caught:
        FlyteDirectory.at(missing, engine.store).download()
    assert str(caught.value) == f"there is no directory at `{missing}`, and nothing below it"
    file = engine.to_literal(source / "a.txt", FlyteFile).scalar.blob.uri
    with pytest.raises(ObjectNotFound) as caught:
        FlyteDirectory.at(file, engine.store).download()
    assert str(caught.value) == f"there is no directory at `{file}`, but a file: annotate a FlyteFile"
    with pytest.raises(ObjectNotFound):
        FlyteDirectory(source / "missing").names()


def test_an_empty_directory_comes_back_as_one(engine: TypeEngine, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    literal = engine.to_literal(tmp_path / "empty", FlyteDirectory)
    if "://" in engine.prefix:  # without files there is nothing in a store
        assert list(Path(engine.to_python(literal, FlyteDirectory)).iterdir()) == []


def test_a_directory_that_was_changed_is_not_taken_for_what_was_written(source: Path) -> None:
    engine = TypeEngine(prefix=f"memory://changed-{os.urandom(4).hex()}")
    literal = engine.to_literal(source, FlyteDirectory)
    engine.store.put(f"{literal.scalar.blob.uri}/more.txt", b"")
    with pytest.raises(StorageError, match="was changed or damaged: expected content of the digest sha256:"):
        engine.to_python(literal, FlyteDirectory).download()
