"""Open files as values: what is left in them goes up, and what is read is opened when it is used."""

from __future__ import annotations

import gzip
import io
import os
import tempfile
import tracemalloc
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO, Optional, TextIO, Union

import pytest

from engines import KINDS, back, engine_of, refused
from flytetypes import idl
from flytetypes.errors import AnnotationError, ConversionError, ObjectNotFound
from flytetypes.testing import TransformerSuite
from flytetypes.types import TypeEngine


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> TypeEngine:
    return engine_of(request.param, tmp_path)


def content(engine: TypeEngine, value: Any, annotation: Any) -> Any:
    with back(engine, value, annotation) as file:
        return file.read()


TEXT = "a\r\nb\nc\rd é\u2028 \U0001f600"


def test_text_comes_back_to_the_letter(engine: TypeEngine) -> None:
    assert content(engine, io.StringIO(TEXT, newline=""), TextIO) == TEXT
    assert content(engine, io.StringIO(""), TextIO) == ""


def test_bytes_come_back(engine: TypeEngine) -> None:
    assert content(engine, io.BytesIO(b"\x00\xff"), BinaryIO) == b"\x00\xff"


def test_what_was_read_is_not_written_and_the_position_stays(engine: TypeEngine) -> None:
    binary: Any = io.BytesIO(b"abcdef")
    text: Any = io.StringIO("äbcdef")
    for file, annotation, rest in ((binary, BinaryIO, b"cdef"), (text, TextIO, "cdef")):
        file.read(2)
        assert content(engine, file, annotation) == rest
        assert file.read() == rest


def test_files_of_every_kind_are_taken(engine: TypeEngine, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TEXT, encoding="utf-16", newline="")
    with path.open(encoding="utf-16", newline="") as text:
        assert content(engine, text, TextIO) == TEXT
    with gzip.open(tmp_path / "a.gz", "wb") as packed:
        packed.write(b"abc")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("inside", b"abc")
    with tempfile.NamedTemporaryFile() as named, tempfile.NamedTemporaryFile("w+") as named_text:
        named.write(b"abc")
        named.seek(0)
        named_text.write("abc")
        named_text.seek(0)
        assert content(engine, named_text, TextIO) == "abc"
        with gzip.open(tmp_path / "a.gz") as packed, zipfile.ZipFile(tmp_path / "a.zip").open("inside") as inside:
            for file in (named, packed, inside):
                assert content(engine, file, BinaryIO) == b"abc"


def test_a_file_that_is_being_iterated_over_is_written_from_there(engine: TypeEngine, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one\ntwo\n", encoding="utf-8")
    with path.open(encoding="utf-8") as file:
        assert next(file) == "one\n"
        assert content(engine, file, TextIO) == "two\n"


def test_a_pipe_is_read_to_its_end(engine: TypeEngine) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"abc")
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        assert content(engine, pipe, BinaryIO) == b"abc"


def test_a_large_file_passes_through_in_parts(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(100 << 20)
    engine = TypeEngine(prefix=f"{tmp_path}/stored/")
    content(engine, io.BytesIO(b""), BinaryIO)  # what is imported is not counted
    tracemalloc.start()
    try:
        with path.open("rb") as file:
            found = back(engine, file, BinaryIO)
        with found:
            size = sum(len(part) for part in iter(lambda: found.read(1 << 20), b""))
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size == 100 << 20
    assert peak_bytes < 40 << 20


def test_what_is_read_is_a_file_like_any(engine: TypeEngine) -> None:
    literal = engine.to_literal(io.BytesIO(b"one\ntwo\n"), BinaryIO)
    with engine.to_python(literal, BinaryIO) as file:
        assert (file.name, file.mode, file.readable(), file.writable()) == (literal.scalar.blob.uri, "rb", True, False)
        assert (file.seek(4), file.read(2), file.tell()) == (4, b"tw", 6)
        assert (file.seek(0), list(file)) == (0, [b"one\n", b"two\n"])
        assert (file.seek(-2, io.SEEK_END), file.read()) == (6, b"o\n")
    assert file.closed
    with engine.to_python(literal, TextIO) as text:
        assert text.encoding == "utf-8"
        assert list(text) == ["one\n", "two\n"]


def test_nothing_is_fetched_before_it_is_read(engine: TypeEngine) -> None:
    literal = idl.Literal()
    literal.scalar.blob.uri = f"{engine.prefix}missing"
    annotations: tuple[Any, ...] = (TextIO, BinaryIO)
    for annotation in annotations:
        file = engine.to_python(literal, annotation)
        with pytest.raises(ObjectNotFound):
            file.read()


def test_passed_on_unread_it_stays_where_it_is(engine: TypeEngine) -> None:
    annotation: Any
    for file, annotation in ((io.StringIO("abc"), TextIO), (io.BytesIO(b"abc"), BinaryIO)):
        literal = engine.to_literal(file, annotation)
        with engine.to_python(literal, annotation) as found:
            assert engine.to_literal(found, annotation) == literal
            found.read(1)
            assert content(engine, found, annotation) in ("bc", b"bc")


def test_the_literal_is_flytekits(engine: TypeEngine) -> None:
    for file, annotation, kind, suffix in (
        (io.StringIO("a"), TextIO, "text/plain", ".txt"),
        (io.BytesIO(b"a"), BinaryIO, "application/octet-stream", ".bin"),
    ):
        literal = engine.to_literal(file, annotation)
        assert literal.scalar.blob.metadata.type == idl.BlobType(format=kind)
        assert literal.scalar.blob.uri.endswith(suffix)
        assert engine.literal_type(annotation).blob == idl.BlobType(format=kind)
        assert TypeEngine().guess(engine.literal_type(annotation)) is annotation


def test_one_file_in_two_places_is_written_twice_if_it_can_be_read_again(engine: TypeEngine) -> None:
    file = io.BytesIO(b"x" * 3_000_000)
    found = back(engine, [file] * 4, list[BinaryIO])
    assert [len(one.read()) for one in found] == [3_000_000] * 4
    for one in found:
        one.close()
    reading, writing = os.pipe()
    os.write(writing, b"abc")
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        message = refused(ConversionError, lambda: engine.to_literal([pipe, pipe], list[BinaryIO]))
    assert message.startswith("expected a value that is there once, got `BufferedReader` ")
    assert " (reading it uses it up) - at `$[" in message


def test_unions_take_files(engine: TypeEngine) -> None:
    for annotation in (Optional[TextIO], Union[BinaryIO, TextIO, str]):
        assert content(engine, io.StringIO("abc"), annotation) == "abc"
    assert back(engine, "abc", Union[BinaryIO, TextIO, str]) == "abc"
    assert back(engine, None, Optional[TextIO]) is None


def closed() -> Any:
    file = io.StringIO("a")
    file.close()
    return file


@pytest.mark.parametrize(
    ("annotation", "value", "end"),
    [
        (TextIO, "abc", ", got `str` 'abc' - at `$`"),
        (TextIO, io.BytesIO(b"a"), " (reading it gives bytes) - at `$`"),
        (BinaryIO, io.StringIO("a"), " (reading it gives text) - at `$`"),
        (TextIO, closed(), " (it is closed) - at `$`"),
        (BinaryIO, Path("a"), ", got `PosixPath` PosixPath('a') - at `$`"),
    ],
    ids=["text", "bytes for text", "text for bytes", "closed", "path"],
)
def test_what_is_no_open_file_of_the_kind_is_refused(annotation: Any, value: Any, end: str) -> None:
    kind = "text" if annotation is TextIO else "bytes"
    message = refused(ConversionError, lambda: TypeEngine().to_literal(value, annotation))
    assert message.startswith(f"expected a file that is open for reading {kind}, got ")
    assert message.endswith(end)


def test_a_file_that_is_open_for_writing_is_refused(engine: TypeEngine, tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        message = refused(ConversionError, lambda: engine.to_literal([file], list[BinaryIO]))
    assert message.endswith(" (it is open for writing only) - at `$[0]`")


def test_text_that_utf_8_cannot_carry_is_refused(engine: TypeEngine) -> None:
    message = refused(ConversionError, lambda: engine.to_literal([io.StringIO("a\ud800")], list[TextIO]))
    assert message.startswith("expected text that UTF-8 can carry, got `StringIO` ")
    assert message.endswith(" (it has lone surrogates) - at `$[0]`")


def test_a_file_that_cannot_be_read_is_refused_at_its_place(engine: TypeEngine, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xff")
    with path.open(encoding="utf-8") as file:
        message = refused(ConversionError, lambda: engine.to_literal([file], list[TextIO]))
    assert message.startswith("expected a file that is open for reading text that can be read, got `TextIOWrapper` ")
    assert " (UnicodeDecodeError: " in message
    assert message.endswith(" - at `$[0]`")


def test_a_struct_holds_no_open_file() -> None:
    assert refused(AnnotationError, lambda: TypeEngine().plain(TextIO)) == (
        "`TextIO` cannot be inside a struct: reading uses it up. Annotate `FlyteFile` there"
    )


class TestStreams(TransformerSuite):
    annotations = (TextIO, BinaryIO)
    inside_structs = False
    examples = 6

    def values(self, annotation: Any) -> Iterable[Any]:
        return [io.StringIO("abc"), io.StringIO()] if annotation is TextIO else [io.BytesIO(b"abc"), io.BytesIO()]

    def same(self, one: Any, other: Any) -> bool:
        return bool(_read(one) == _read(other))


def _read(value: Any) -> Any:
    """What is in a value, its files read from where they are."""
    if isinstance(value, list):
        return [_read(item) for item in value]
    if isinstance(value, dict):
        return {key: _read(item) for key, item in value.items()}
    if not hasattr(value, "read"):
        return value
    start = value.tell()
    found = value.read()
    value.seek(start)
    return found
