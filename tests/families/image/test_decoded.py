"""Files of pictures to pixels: formats, modes, turned ones, broken ones and bombs."""

from __future__ import annotations

import hashlib
import struct
import zlib
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest
from drawn_pictures import drawn
from PIL import Image

from honed.families.image import decoded
from honed.families.image.decoded import Look, Unreadable
from honed.run import memory

PICTURE = drawn(1)[0][0]  # (12, 10)
COLOURS = np.stack([PICTURE, PICTURE[::-1], 255 - PICTURE], axis=-1)


def chunk(kind: bytes, data: bytes) -> bytes:
    """A part of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pixels(path: Path, channels: int = 1, height: int = 12, width: int = 10) -> np.ndarray:
    found = decoded.decoded([path], height, width, channels)
    assert not found.unreadable
    assert found.digests == [hashlib.sha256(path.read_bytes()).digest()]
    return found.pixels[0]


@pytest.mark.parametrize("end", ["png", "bmp", "gif", "tiff", "webp"])
def test_each_format_gives_the_pixels_that_were_saved(end: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{end}"
    Image.fromarray(COLOURS).quantize(256).convert("RGB").save(path, lossless=True)
    wanted = np.asarray(Image.fromarray(COLOURS).quantize(256).convert("RGB"))
    np.testing.assert_array_equal(pixels(path, 3), wanted)


def test_a_jpeg_is_nearly_what_was_saved(tmp_path: Path) -> None:
    smooth = np.add.outer(np.arange(12), np.arange(10)).astype(np.uint8) * 10
    Image.fromarray(smooth).save(tmp_path / "a.jpg", quality=95)
    assert np.abs(pixels(tmp_path / "a.jpg")[..., 0].astype(int) - smooth).max() < 6


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "CMYK", "I;16"])
def test_each_mode_is_read(mode: str, tmp_path: Path) -> None:
    black_and_white = np.where(PICTURE > 100, 255, 0).astype(np.uint8)
    wide = Image.fromarray(black_and_white.astype(np.uint16) * 257)
    image = wide if mode == "I;16" else Image.fromarray(black_and_white).convert(mode)
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    image.save(path)
    np.testing.assert_array_equal(pixels(path)[..., 0], black_and_white)
    (found,) = decoded.look([path])
    assert isinstance(found, Look) and (found.height, found.width) == (12, 10)
    assert found.is_grey == (mode in ("1", "L", "LA", "I;16"))


@pytest.mark.parametrize("order", ["<", ">"])
def test_pixels_of_16_bits_become_bytes_from_the_first_of_a_span_to_its_last(
    order: str, tmp_path: Path
) -> None:
    values = np.arange(20, 4_220, 35).reshape(12, 10).astype(np.uint16)
    Image.frombytes(
        "I;16" if order == "<" else "I;16B", (10, 12), values.astype(f"{order}u2").tobytes()
    ).save(tmp_path / "a.tif")
    for span, wanted in {
        (0, 4095): np.minimum(values, 4095) >> 4,
        decoded.FULL: values >> 8,
        (1000, 1000): values > 10_000,
        (20, 4185): (values - 20.0) * 256 // 4166,
    }.items():
        found = decoded.decoded([tmp_path / "a.tif"], 12, 10, 1, span)
        np.testing.assert_array_equal(found.pixels[0, ..., 0], wanted)
        assert found.spans == {0: (20, 4185)} and found.span == (20, 4185)
    assert decoded.decoded([], 12, 10, 1).span is None


def test_colours_of_16_bits_are_known_by_the_head(tmp_path: Path) -> None:
    for bits in (8, 16):
        head = struct.pack(">IIBBBBB", 4, 3, bits, 2, 0, 0, 0)
        rows = (b"\0" + bytes(4 * 3 * bits // 8)) * 3
        chunks = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
        (tmp_path / f"{bits}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    Image.fromarray(np.zeros((3, 4), np.uint16)).save(tmp_path / "grey.png")
    paths = [tmp_path / f"{name}.png" for name in (8, 16, "grey")]
    found = [each.is_cut for each in decoded.look(paths) if isinstance(each, Look)]
    assert found == [False, True, False]
    assert decoded.decoded(paths, 3, 4, 3).spans == {2: (0, 0)}


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    image = np.zeros((4, 4, 4), np.uint8)
    image[0, 0] = (10, 20, 30, 255)
    Image.fromarray(image).save(tmp_path / "a.png")
    found = pixels(tmp_path / "a.png", 3, 4, 4)
    assert found[0, 0].tolist() == [10, 20, 30] and (found[1:] == 255).all()


def test_the_first_frame_counts(tmp_path: Path) -> None:
    frames = [Image.fromarray(np.full((4, 4), value, np.uint8)) for value in (10, 200)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert (pixels(tmp_path / "a.gif", 1, 4, 4) == 10).all()


def test_a_photograph_is_turned_as_its_camera_says(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned right by 90 degrees
    Image.fromarray(PICTURE).save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(pixels(tmp_path / "a.png", 1, 10, 12)[..., 0], np.rot90(PICTURE, -1))
    (found,) = decoded.look([tmp_path / "a.png"])
    assert isinstance(found, Look) and (found.height, found.width) == (10, 12)


def test_broken_files_are_named_with_the_reason_and_the_rest_is_read(tmp_path: Path) -> None:
    whole = tmp_path / "whole.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)).save(whole)
    files = {
        "cut.png": whole.read_bytes()[:3000],
        "empty.png": b"",
        "text.png": b"no picture",
        "gone.png": None,
    }
    for name, content in files.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
    paths = [whole, *(tmp_path / name for name in files), None]
    found = decoded.decoded(paths, 8, 8, 3)
    assert list(found.unreadable) == [1, 2, 3, 4, 5]
    assert found.pixels[0].any() and not found.pixels[1:].any()
    assert found.unreadable[4].why == "No such file or directory"
    assert found.unreadable[5] == decoded.look([None])[0] == Unreadable("no path is given")
    said = decoded.said_of_unreadable(["whole.png", *files, ""], found.unreadable, "left out")
    assert said.startswith(
        "5 pictures cannot be read and are left out: cut.png, empty.png, text.png, gone.png, "
    )
    assert "an empty cell (the first: " in said


def test_a_bomb_is_refused_by_its_head(tmp_path: Path) -> None:
    head = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    path = tmp_path / "bomb.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 9)))
    (found,) = decoded.look([path])
    assert isinstance(found, Unreadable) and found.is_bomb and "million pixels" in found.why
    assert decoded.decoded([path], 8, 8, 3).unreadable[0].is_bomb


def test_each_picture_takes_room_by_the_size_that_it_is_decoded_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []

    class Room(memory.Room):
        def take(self, needed: int) -> AbstractContextManager[None]:
            taken.append(needed // (120 * 100))
            return super().take(needed)

    monkeypatch.setattr(memory, "Room", Room)
    monkeypatch.setattr(memory, "available", lambda: 0)  # one after the other
    large = Image.fromarray(drawn(1, 120, 100)[0][0])
    large.save(tmp_path / "a.png")
    large.resize((800, 960)).save(tmp_path / "a.jpg")  # of which each fourth line and column is read
    found = decoded.decoded([tmp_path / "a.png", tmp_path / "a.jpg"], 60, 50, 1)
    assert not found.unreadable and sorted(taken) == [24, 4 * 24]
    decoded.look([tmp_path / "a.png"])
    assert taken[2:] == [24]


def test_arrays_are_resized_as_files_are() -> None:
    pictures = drawn(3, 20, 16)[0][..., None]
    found = decoded.resized(pictures, 10, 8)
    wanted = np.asarray(Image.fromarray(pictures[1, ..., 0]).resize((8, 10), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(found[1, ..., 0], wanted)
    shares = decoded.resized((pictures / 255).astype(np.float32), 10, 8)
    assert shares.dtype == np.float32 and np.abs(shares * 255 - found).max() <= 1
