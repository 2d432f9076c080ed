import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from mmseg.utils import pictures, plain_pictures
from mmseg.utils.errors import InputError
from mmseg.utils.pictures import decode_picture, stored_values
from mmseg.utils.plain_pictures import is_plain, unfiltered_numbers

ROWS, COLS = np.mgrid[:24, :40]
PIXELS = np.stack([ROWS * 9, COLS * 6, 40 + ROWS + COLS], axis=-1).astype(np.uint8)


def encoded(kind, mode='RGB', **options):
    file = io.BytesIO()
    Image.fromarray(PIXELS).convert(mode).save(file, kind, **options)
    return file.getvalue()


def turned():
    tags = Image.Exif()
    tags[0x0112] = 6
    return tags


def text():
    info = PngImagePlugin.PngInfo()
    info.add_text('a', 'b')
    return info


def chunk(kind, body):
    return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))


PLAIN = {
    'jpeg': encoded('JPEG'), 'grey jpeg': encoded('JPEG', 'L'),
    'progressive': encoded('JPEG', progressive=True), 'restarts': encoded(
        'JPEG', restart_marker_rows=1), 'comment': encoded('JPEG', comment=b'a page'),
    'opencv': cv2.imencode('.jpg', PIXELS)[1].tobytes(),
    'bytes behind': encoded('JPEG') + b'\0' * 9,
    'png': encoded('PNG'), 'grey png': encoded('PNG', 'L'), 'one bit': encoded('PNG', '1'),
    'palette': encoded('PNG', 'P'), 'opencv png': cv2.imencode('.png', PIXELS)[1].tobytes(),
    'dpi': encoded('PNG', dpi=(300, 300))}
OTHERS = {
    'turned': encoded('JPEG', exif=turned()), 'cmyk': encoded('JPEG', 'CMYK'),
    'icc': encoded('JPEG', icc_profile=b'none'), 'transparent': encoded('PNG', 'RGBA'),
    'clear colour': encoded('PNG', transparency=(0, 0, 0)), 'turned png': encoded(
        'PNG', exif=turned()), 'text': encoded('PNG', pnginfo=text()),
    '16 bits': cv2.imencode('.png', PIXELS.astype(np.uint16))[1].tobytes(),
    'tiff': encoded('TIFF'), 'webp': encoded('WEBP', lossless=True)}


@pytest.mark.parametrize('name', [*PLAIN, *OTHERS])
def test_what_is_plain(name):
    assert is_plain({**PLAIN, **OTHERS}[name]) == (name in PLAIN)


@pytest.mark.parametrize('name', PLAIN)
def test_plain_files_have_the_pixels_that_a_look_at_all_of_the_file_gives(name, monkeypatch):
    fast = decode_picture(PLAIN[name], name)
    monkeypatch.setattr(pictures, 'is_plain', lambda content: False)
    slow = decode_picture(PLAIN[name], name)
    assert fast.shape == (24, 40, 3)
    assert np.array_equal(fast, slow)


@pytest.mark.parametrize('name', ['jpeg', 'progressive', 'png', 'palette'])
def test_a_file_that_ends_anywhere_too_early_is_not_plain(name):
    content = PLAIN[name]
    assert not any(is_plain(content[:end]) for end in range(len(content) - 4))


@pytest.mark.parametrize('name', PLAIN)
def test_damaged_files_are_refused_or_read_as_before(name, monkeypatch):
    content, random = PLAIN[name], np.random.default_rng(0)
    damaged = []
    for place in random.integers(0, len(content), 60):
        values = bytearray(content)
        values[place] ^= 1 << int(random.integers(8))
        damaged.append(bytes(values))
    fast = [outcome(values) for values in damaged]
    monkeypatch.setattr(pictures, 'is_plain', lambda content: False)
    assert fast == [outcome(values) for values in damaged]


def outcome(content):
    """The shape and sum of the pixels, or the sentence of the error."""
    try:
        pixels = decode_picture(content, 'a')
        return pixels.shape, int(pixels.sum())
    except InputError as error:
        return str(error)


def test_sizes_that_nobody_has_are_not_plain():
    jpeg = bytearray(PLAIN['jpeg'])
    frame = jpeg.index(b'\xff\xc0')
    jpeg[frame + 5:frame + 9] = b'\xff' * 4
    assert not is_plain(bytes(jpeg))
    jpeg[frame + 5:frame + 9] = bytes(4)
    assert not is_plain(bytes(jpeg))
    head = struct.pack('>IIBBBBB', 60_000, 60_000, 8, 2, 0, 0, 0)
    rest = PLAIN['png'][33:]
    assert not is_plain(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', head) + rest)


@pytest.mark.parametrize('content', [b'', b'\xff\xd8', b'\xff\xd8\xff\xd9', b'\x89PNG\r\n\x1a\n',
                                     b'\x89PNG\r\n\x1a\n' + b'\0' * 40, b'\xff\xd8' + b'\xff' * 90])
def test_beginnings_alone_are_not_plain(content):
    assert not is_plain(content)


def test_a_png_whose_parts_are_elsewhere_is_not_plain():
    png = PLAIN['png']
    head, rest = png[8:33], png[33:]
    assert not is_plain(png[:8] + rest[:-12] + head + rest[-12:])
    assert not is_plain(png[:33] + rest[-12:])  # without pixels
    assert not is_plain(png[:33] + chunk(b'tRNS', bytes(6)) + rest)
    assert not is_plain(png[:33] + head + rest)


def label_png(rows=((0, 1, 1), (2, 255, 0)), depth=8, colours=3, lacing=0, filters=(0, 0),
              height=2):
    """A PNG of numbers as they are given, each row behind the number of its filter."""
    head = struct.pack('>IIBBBBB', len(rows[0]), height, depth, colours, 0, 0, lacing)
    packed = zlib.compress(b''.join(bytes([kind, *row])
                                    for kind, row in zip(filters, rows, strict=True)))
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', head)
            + (chunk(b'PLTE', bytes(768)) if colours == 3 else b'')
            + chunk(b'IDAT', packed[:5]) + chunk(b'IDAT', packed[5:]) + chunk(b'IEND', b''))


@pytest.mark.parametrize('colours', [0, 3])
def test_numbers_of_a_label_map(colours):
    pytest.importorskip('zlib_ng')
    numbers = unfiltered_numbers(label_png(colours=colours))
    assert numbers.tolist() == [[0, 1, 1], [2, 255, 0]]
    assert numbers.dtype == np.uint8 and numbers.flags.writeable and numbers.flags.c_contiguous
    values, kind = stored_values(label_png(colours=colours), 'a.png')
    assert values.tolist() == [[0, 1, 1], [2, 255, 0]] and kind == 'PNG'


@pytest.mark.parametrize('change', [
    dict(filters=(1, 0)), dict(filters=(0, 2)), dict(lacing=1), dict(depth=4), dict(colours=2),
    dict(height=3)])
def test_numbers_of_other_files_are_left_to_pillow(change):
    assert unfiltered_numbers(label_png(**change)) is None


def test_numbers_of_a_damaged_label_map_are_left_to_pillow():
    content = label_png()
    assert not any(unfiltered_numbers(content[:end]) is not None for end in range(len(content)))
    place = content.index(b'IDAT') + 6
    turned = content[:place] + bytes([content[place] ^ 1]) + content[place + 1:]
    assert unfiltered_numbers(turned) is None
    wrong = content[:33] + chunk(b'IDAT', b'x\x9cno zlib') + chunk(b'IEND', b'')
    assert unfiltered_numbers(wrong) is None


def test_without_the_extra_pillow_reads_label_maps(monkeypatch):
    monkeypatch.setattr(plain_pictures, '_ZLIB_NG', None)
    assert unfiltered_numbers(label_png()) is None
    assert stored_values(label_png(), 'a.png')[0].tolist() == [[0, 1, 1], [2, 255, 0]]
