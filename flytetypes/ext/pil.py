"""Images of Pillow: one `.png` file each, which keeps every pixel of the modes that it has.

What comes back is an `Image` with the same pixels, mode and size, the palette, what is transparent, the colour profile
and EXIF; not what else is in `Image.info`. The modes that PNG has not are refused: they would come back as others.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from PIL import Image

from flytetypes._annotations import Annotation
from flytetypes.errors import ConversionError, StorageError, told
from flytetypes.storage import ObjectStore, Written
from flytetypes.types import _names
from flytetypes.types._file_values import FileForm, FileValueTransformer, file_name, load_path
from flytetypes.types._registry import Registry

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

_MODES: Final = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
# What is nearest to the modes that PNG has not; `F` has no near one.
_NEAREST: Final = {
    "CMYK": "RGB",
    "YCbCr": "RGB",
    "LAB": "RGB",
    "HSV": "RGB",
    "RGBX": "RGB",
    "RGBa": "RGBA",
    "PA": "RGBA",
    "La": "LA",
    "I": "I;16",
    "I;16B": "I;16",
    "I;16L": "I;16",
    "I;16N": "I;16",
}
# Decoders that are part of Pillow. The one of EPS, for one, starts another program.
_READ: Final = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "PPM")
_COLORS: Final = 256
_NAME: Final = file_name(".png")
_reading: Final = Lock()


class ImageTransformer(FileValueTransformer):
    """`Image.Image`, and the classes derived from it that images have when they were read from files."""

    name = _names.PIL_IMAGE
    format = _names.PIL_IMAGE_FORMAT

    def form(self, annotation: Annotation, engine: TypeEngine) -> FileForm:
        """PNG."""
        return FileForm(_source, _load, annotation.key, (Image.Image,), _NAME)


def _source(value: Any) -> Written:
    if not isinstance(value, Image.Image):
        raise ConversionError("`Image`", value)
    if value.mode not in _MODES:
        nearest = _NEAREST.get(value.mode)
        instead = f"convert it, as by `image.convert({nearest!r})`, or pass" if nearest else "pass"
        raise _unwritable(value, f"PNG has no place for this mode: {instead} the array of it, `numpy.asarray(image)`")
    if 0 in value.size:
        raise _unwritable(value, "PNG has no place for an image without pixels")
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and value.width * value.height > 2 * limit:
        raise _unwritable(value, "Pillow reads no image that is so large: raise `PIL.Image.MAX_IMAGE_PIXELS`")
    return Written(lambda sink: _write(sink, value))


def _write(sink: Any, image: Any) -> None:
    try:
        # One image may be written twice at a time: its file is read when it is first looked at, by one alone, and what
        # is saved is a copy, because saving notes things in an image.
        with _reading:
            frames = getattr(image, "n_frames", 1)
            copied = image.copy() if frames == 1 else None
        if copied is not None:
            _fill_palette(copied)
            copied.save(sink, "PNG", **_more(copied))
            return
    except StorageError:
        raise
    except Exception as error:  # it may be a file that cannot be read
        raise ConversionError("`Image` that can be saved as PNG", got=_told(image), reason=told(error)) from error
    raise _unwritable(image, f"it has {frames} frames, and PNG has one: pass `image.copy()`, which is the present one")


def _more(image: Any) -> dict[str, Any]:
    """What Pillow is to be told besides, so that it is not lost."""
    exif = image.info.get("exif")
    return {"exif": exif} if isinstance(exif, bytes) else {}


def _fill_palette(image: Any) -> None:
    """Give an image a whole palette where pixels point beyond its own: Pillow would give them fewer bits."""
    if image.mode != "P":
        return
    mode = image.palette.mode
    entries = image.getpalette(mode) or []
    if image.getextrema()[1] >= len(entries) // len(mode):
        black = [0, 0, 0, 255][: len(mode)]  # what Pillow shows there
        entries += black * (_COLORS - len(entries) // len(mode))
        image.putpalette(entries, mode)


def _load(store: ObjectStore, uri: str) -> Any:
    return load_path(store, uri, "a file of an `Image`", _read)


def _read(path: str) -> Any:
    with Image.open(path, formats=_READ) as opened:
        image = opened.copy()  # of the class `Image` itself, and no longer in need of the file
        # What Pillow before 10.3 makes of 16 bits, which is all that a PNG has of it.
        return image.convert("I;16") if opened.format == "PNG" and image.mode == "I" else image


def _unwritable(image: Any, reason: str) -> ConversionError:
    return ConversionError("`Image` that PNG can hold", got=_told(image), reason=reason)


def _told(image: Any) -> str:
    return f"one of the mode {image.mode!r} and of {image.width} by {image.height} pixels"


def register(registry: Registry) -> None:
    """Every class of images: they are one once they are loaded."""
    registry.register(ImageTransformer(), Image.Image)
