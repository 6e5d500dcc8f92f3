"""Images of Pillow: every pixel comes back, or the image is refused."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import numpy as np
import pytest

from engines import KINDS, engine_of, refused
from flytetypes import idl
from flytetypes.errors import ConversionError
from flytetypes.testing import TransformerSuite
from flytetypes.types import TypeEngine

pytest.importorskip("PIL", reason="Pillow is not installed: pip install 'flytetypes[images]'")

from PIL import Image

NOISE = np.random.default_rng(0).integers(0, 256, 10_000, dtype="u1").tobytes()


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> TypeEngine:
    return engine_of(request.param, tmp_path)


def noisy(mode: str, width: int, height: int) -> Any:
    return Image.frombytes(mode, (width, height), NOISE[: len(Image.new(mode, (width, height)).tobytes())])


def of_file(image: Any, kind: str, **more: Any) -> Any:
    buffer = io.BytesIO()
    image.save(buffer, kind, **more)
    buffer.seek(0)
    return Image.open(buffer)


def with_palette(colors: list[int], mode: str = "RGB", pixels: tuple[int, ...] = (0, 1)) -> Any:
    image = Image.new("P", (len(pixels), 1))
    image.putpalette(colors, mode)
    for position, pixel in enumerate(pixels):
        image.putpixel((position, 0), pixel)
    return image


def back(engine: TypeEngine, image: Any, annotation: Any = Image.Image) -> Any:
    return engine.to_python(engine.to_literal(image, annotation), annotation)


def is_same(one: Any, other: Any) -> bool:
    """Mode, size, every pixel, and what palettes and transparency make of them."""
    return (
        (one.mode, one.size, one.tobytes()) == (other.mode, other.size, other.tobytes())
        and (one.mode != "P" or one.convert("RGBA").tobytes() == other.convert("RGBA").tobytes())
        and one.info.get("transparency") == other.info.get("transparency")
    )


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_the_modes_that_png_has_come_back_as_they_were(engine: TypeEngine, mode: str) -> None:
    for size in ((16, 2), (7, 5), (1, 1)):
        image = noisy(mode, *size)
        found = back(engine, image)
        assert type(found) is Image.Image
        assert (found.mode, found.size, found.tobytes()) == (image.mode, image.size, image.tobytes())


def test_palettes_and_transparency_are_kept(engine: TypeEngine) -> None:
    two = [255, 0, 0, 0, 255, 0]
    assert is_same(back(engine, with_palette(two)), with_palette(two))
    quantized = noisy("RGB", 7, 5).quantize(8)
    assert back(engine, quantized).getpalette() == quantized.getpalette()
    for mode, transparent in (("RGB", (1, 2, 3)), ("L", 7)):
        image = noisy(mode, 7, 5)
        image.info["transparency"] = transparent
        assert is_same(back(engine, image), image)
    hidden = with_palette(two)
    hidden.info["transparency"] = 1
    assert is_same(back(engine, hidden), hidden)


def test_a_palette_with_transparency_of_its_own_shows_the_same(engine: TypeEngine) -> None:
    image = with_palette([255, 0, 0, 128, 0, 255, 0, 7], "RGBA")
    assert back(engine, image).convert("RGBA").tobytes() == image.convert("RGBA").tobytes()


def test_pixels_beyond_the_palette_stay_what_they_are(engine: TypeEngine) -> None:
    image = with_palette([255, 0, 0, 0, 255, 0], pixels=(200, 1, 2))
    assert is_same(back(engine, image), image)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "TIFF"])
def test_an_image_of_a_file_comes_back_as_an_image(engine: TypeEngine, kind: str) -> None:
    image = of_file(noisy("RGB", 7, 5), kind)
    assert type(image) is not Image.Image
    found = back(engine, image)
    assert type(found) is Image.Image
    assert is_same(found, image)


def test_how_a_camera_was_held_is_kept(engine: TypeEngine) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # Orientation
    image = of_file(noisy("RGB", 7, 5), "JPEG", exif=exif)
    assert back(engine, image).getexif()[0x0112] == 6


def test_the_literal_says_where_it_is_and_what(engine: TypeEngine) -> None:
    literal = engine.to_literal(noisy("L", 2, 2), Image.Image)
    assert literal.scalar.blob.metadata.type == idl.BlobType(format="PIL.Image")
    assert literal.scalar.blob.uri.endswith(".png")
    assert engine.store.get(literal.scalar.blob.uri).startswith(b"\x89PNG")


def test_one_image_twice_is_two_files(engine: TypeEngine) -> None:
    image = of_file(noisy("RGB", 50, 50), "PNG")
    for found in back(engine, [image] * 8, list[Image.Image]):
        assert is_same(found, image)


# --- refusals ---------------------------------------------------------------------------------------------------------

NEAREST = "convert it, as by `image.convert('{}')`, or pass the array of it, `numpy.asarray(image)`"


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("CMYK", NEAREST.format("RGB")),
        ("YCbCr", NEAREST.format("RGB")),
        ("HSV", NEAREST.format("RGB")),
        ("LAB", NEAREST.format("RGB")),
        ("RGBX", NEAREST.format("RGB")),
        ("RGBa", NEAREST.format("RGBA")),
        ("PA", NEAREST.format("RGBA")),
        ("La", NEAREST.format("LA")),
        ("I", NEAREST.format("I;16")),
        ("I;16B", NEAREST.format("I;16")),
        ("F", "pass the array of it, `numpy.asarray(image)`"),
    ],
)
def test_a_mode_that_png_has_not_is_refused_and_not_converted(engine: TypeEngine, mode: str, reason: str) -> None:
    images = [Image.new("L", (1, 1)), Image.new(mode, (3, 2))]
    assert refused(ConversionError, lambda: engine.to_literal(images, list[Image.Image])) == (
        f"expected `Image` that PNG can hold, got one of the mode '{mode}' and of 3 by 2 pixels (PNG has no place for "
        f"this mode: {reason}) - at `$[1]`"
    )


def test_a_film_is_refused(engine: TypeEngine) -> None:
    frames = [Image.new("RGB", (3, 3), color) for color in ("red", "green")]
    film = of_file(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert refused(ConversionError, lambda: engine.to_literal([film], list[Image.Image])) == (
        f"expected `Image` that PNG can hold, got one of the mode '{film.mode}' and of 3 by 3 pixels (it has 2 frames, "
        "and PNG has one: pass `image.copy()`, which is the present one) - at `$[0]`"
    )
    assert is_same(back(engine, film.copy()), film.copy())


def test_an_image_without_pixels_is_refused(engine: TypeEngine) -> None:
    assert refused(ConversionError, lambda: engine.to_literal(Image.new("L", (0, 2)), Image.Image)) == (
        "expected `Image` that PNG can hold, got one of the mode 'L' and of 0 by 2 pixels (PNG has no place for an image "
        "without pixels) - at `$`"
    )


def test_an_image_that_pillow_would_not_read_again_is_not_written(
    engine: TypeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 4)
    assert refused(ConversionError, lambda: engine.to_literal(Image.new("L", (3, 3)), Image.Image)) == (
        "expected `Image` that PNG can hold, got one of the mode 'L' and of 3 by 3 pixels (Pillow reads no image that is "
        "so large: raise `PIL.Image.MAX_IMAGE_PIXELS`) - at `$`"
    )


def test_an_image_whose_file_is_cut_off_is_refused_at_its_place(engine: TypeEngine) -> None:
    buffer = io.BytesIO()
    noisy("RGB", 50, 50).save(buffer, "PNG")
    cut = Image.open(io.BytesIO(buffer.getvalue()[:2000]))
    message = refused(ConversionError, lambda: engine.to_literal({"a": cut}, dict[str, Image.Image]))
    assert message.startswith(
        "expected `Image` that can be saved as PNG, got one of the mode 'RGB' and of 50 by 50 pixels (OSError: "
    )
    assert message.endswith(' - at `$["a"]`')


def test_what_is_no_image_is_refused(engine: TypeEngine) -> None:
    assert (
        refused(ConversionError, lambda: engine.to_literal(b"png", Image.Image))
        == "expected `Image`, got `bytes` b'png' - at `$`"
    )


def test_a_file_that_is_no_image_is_refused(engine: TypeEngine) -> None:
    uri = f"{engine.prefix}x.png"
    engine.store.put(uri, b"no image")
    literal = idl.Literal()
    literal.scalar.blob.uri = uri
    message = refused(ConversionError, lambda: engine.to_python(literal, Image.Image))
    assert message.startswith("expected a file of an `Image`, got 8 bytes (UnidentifiedImageError: ")


def test_no_other_program_is_started_for_an_image(engine: TypeEngine) -> None:
    """As Pillow does for PostScript."""
    uri = f"{engine.prefix}x.png"
    engine.store.put(uri, b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n%%EndComments\nshowpage\n")
    literal = idl.Literal()
    literal.scalar.blob.uri = uri
    assert "UnidentifiedImageError" in refused(ConversionError, lambda: engine.to_python(literal, Image.Image))


# --- wherever it stands -----------------------------------------------------------------------------------------------


@dataclass
class Page:
    scan: Image.Image
    details: list[Optional[Image.Image]]


def test_it_can_be_a_field(engine: TypeEngine) -> None:
    page = Page(noisy("L", 3, 4), [None, noisy("RGB", 2, 2)])
    found = back(engine, page, Page)
    assert is_same(found.scan, page.scan)
    assert found.details[0] is None
    assert is_same(found.details[1], page.details[1])


def test_the_type_is_guessed_where_pillow_is_loaded(engine: TypeEngine) -> None:
    assert engine.guess(engine.literal_type(Image.Image)) is Image.Image


class TestImages(TransformerSuite):
    annotation = Image.Image
    examples = 6

    def values(self, annotation: Any) -> Iterable[Any]:
        return [noisy("RGB", 3, 2), noisy("1", 9, 1), noisy("I;16", 2, 2)]
