"""One decoder: training, converters, inference and the service see the same pixels."""
import io
import struct
import zlib

import cv2
import mmcv
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from mmseg.corpora.annotations.images import Picture
from mmseg.datasets.pipelines.loading import LoadAnnotations, LoadImageFromFile
from mmseg.datasets.prepare import LoadImage
from mmseg.utils.errors import InputError
from mmseg.utils.page_images import read_image, read_pages
from mmseg.utils.pictures import eight_bits, read_head

from ..test_serve.attack_files import white_png

WHITE = [255] * 3


def encoded(image, kind='PNG', **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def of_opencv(values, suffix):
    return cv2.imencode(suffix, values)[1].tobytes()


def scene(mode='RGB', height=24, width=40):
    """A smooth picture that no turn leaves as it is."""
    rows, cols = np.mgrid[:height, :width]
    pixels = np.stack([rows * 9, cols * 6, 40 + rows + cols], axis=-1).astype(np.uint8)
    return Image.fromarray(pixels).convert(mode)


def xmp(turn):
    return (f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r tiff:Orientation="{turn}"/></x:xmpmeta>')


def exif(turn):
    tags = Image.Exif()
    tags[0x0112] = turn
    return tags


def png_text(name, text):
    info = PngImagePlugin.PngInfo()
    info.add_itxt(name, text)
    return info


def chunk_behind_pixels(data, turn):
    """A PNG with its eXIf chunk after the pixels, where it may lie."""
    body = exif(turn).tobytes().removeprefix(b'Exif\0\0')
    chunk = struct.pack('>I', len(body)) + b'eXIf' + body
    chunk += struct.pack('>I', zlib.crc32(chunk[4:]))
    end = data.rindex(b'IEND') - 4
    return data[:end] + chunk + data[end:]


def xmp_before_exif(turn):
    """A JPEG in which another segment of the same number comes before that of EXIF."""
    data = encoded(scene(), 'JPEG', exif=exif(turn))
    body = b'http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>'
    return data[:2] + b'\xff\xe1' + struct.pack('>H', len(body) + 2) + body + data[2:]


def consumers(data, folder):
    """The page as each part of the project sees it."""
    path = folder / 'page'
    path.write_bytes(data)
    info = dict(img_info=dict(filename='page'), img_prefix=str(folder))
    Picture(str(path), None, 'here').write(str(folder / 'converted.png'))
    return dict(
        training=LoadImageFromFile()(dict(info))['img'],
        by_pillow=LoadImageFromFile(imdecode_backend='pillow')(dict(info))['img'],
        converter=cv2.imread(str(folder / 'converted.png'), cv2.IMREAD_COLOR),
        inference=LoadImage()(dict(img=str(path)))['img'],
        picture=read_image(data),
        service=next(read_pages(data, 'page')).image)


def check(data, expected, folder, tolerance=0):
    for name, pixels in consumers(data, folder).items():
        assert pixels.dtype == np.uint8 and pixels.shape == expected.shape, name
        assert np.abs(pixels.astype(int) - expected.astype(int)).max() <= tolerance, name


RGBA = np.array([[[10, 20, 30, 255], [0, 0, 0, 0], [0, 0, 0, 51]]], np.uint8)
ON_PAPER = np.array([[[30, 20, 10], WHITE, [204] * 3]], np.uint8)


def with_palette():
    image = Image.new('P', (3, 1))
    image.putpalette([10, 20, 30, 0, 0, 0, 204, 204, 204])
    image.putdata([0, 1, 2])
    return image


@pytest.mark.parametrize('data', [
    encoded(Image.fromarray(RGBA)), encoded(Image.fromarray(RGBA), 'TIFF'),
    encoded(Image.fromarray(RGBA), 'WEBP', lossless=True, exact=True),
    encoded(with_palette(), transparency=1), encoded(with_palette(), 'GIF', transparency=1),
    encoded(Image.fromarray(ON_PAPER[..., ::-1]), transparency=(255, 255, 255)),
    of_opencv(np.array([[[30, 20, 10, 255], [0, 0, 0, 0], [0, 0, 0, 51]]], np.uint16) * 257,
              '.png')], ids='png tiff webp palette gif colour deep'.split())
def test_transparency_is_paper(data, tmp_path):
    check(data, ON_PAPER, tmp_path)


def test_grey_transparency_is_paper(tmp_path):
    values = np.array([[[7, 255], [0, 0]]], np.uint8)
    grey = np.array([[[7] * 3, WHITE]], np.uint8)
    check(encoded(Image.fromarray(values, 'LA')), grey, tmp_path)
    deep = Image.fromarray(np.array([[7 * 257, 0]], np.uint16))
    check(encoded(deep, transparency=0), grey, tmp_path)


@pytest.mark.parametrize('values, expected', [
    ([[0., .5, 1.]], [0, 128, 255]), ([[0., 10., 255.]], [0, 10, 255]),
    ([[0., np.nan, 1.]], [0, 0, 255])])
@pytest.mark.parametrize('dtype', [np.float32, np.float64])
@pytest.mark.parametrize('channels', [1, 3])
def test_floats(values, expected, dtype, channels, tmp_path):
    """Grey floats of 32 bits are read by Pillow, others by OpenCV."""
    values = np.array(values, dtype)
    data = of_opencv(values if channels == 1 else np.dstack([values] * 3), '.tiff')
    check(data, np.array([[[value] * 3 for value in expected]], np.uint8), tmp_path)


@pytest.mark.parametrize('values', [
    np.array([[0, 100, 255]], np.uint8), np.array([[0, 25700, 65535]], np.uint16),
    np.array([[0, 100 / 255, 1]], np.float32), np.array([[0, 100 / 255, 1]], np.float64)])
def test_a_tiff_whose_white_is_zero(values, tmp_path):
    black_is_zero, white_is_zero = (struct.pack('<HHIH', 262, 3, 1, value) for value in (1, 0))
    written = of_opencv(values, '.tiff')
    assert written.count(black_is_zero) == 1
    expected = np.array([[[value] * 3 for value in (255, 155, 0)]], np.uint8)
    check(written.replace(black_is_zero, white_is_zero), expected, tmp_path)


@pytest.mark.parametrize('suffix', ['.png', '.tiff', '.pgm'])
def test_sixteen_bits(suffix, tmp_path):
    values = np.array([[0, 257, 300, 32896, 65535]], np.uint16)
    expected = np.array([[[value] * 3 for value in (0, 1, 1, 128, 255)]], np.uint8)
    check(of_opencv(values, suffix), expected, tmp_path)


@pytest.mark.parametrize('turn, where', [(turn, (row, col)) for turn, row, col in [
    (1, 0, 0), (2, 0, -1), (3, -1, -1), (4, -1, 0), (5, 0, 0), (6, 0, -1), (7, -1, -1),
    (8, -1, 0)]])
@pytest.mark.parametrize('write', [
    lambda turn: encoded(scene(), exif=exif(turn)),
    lambda turn: chunk_behind_pixels(encoded(scene()), turn),
    lambda turn: encoded(scene(), pnginfo=png_text('XML:com.adobe.xmp', xmp(turn))),
    lambda turn: encoded(scene('P'), exif=exif(turn)),
    lambda turn: encoded(scene('RGBA'), exif=exif(turn)),
    lambda turn: encoded(scene(), 'TIFF', exif=exif(turn)),
    lambda turn: encoded(scene(), 'WEBP', exif=exif(turn), lossless=True),
    lambda turn: encoded(scene(), 'JPEG', exif=exif(turn)),
    lambda turn: encoded(scene(), 'JPEG', xmp=xmp(turn).encode()),
    xmp_before_exif,
], ids='png png_behind png_xmp palette alpha tiff webp jpeg jpeg_xmp jpeg_second'.split())
def test_orientation_wherever_it_is_said(write, turn, where, tmp_path):
    """The stored upper left corner comes to ``where``, and sides change places from 5 on."""
    pixels = read_image(encoded(scene()))
    seen = pixels.swapaxes(0, 1) if turn >= 5 else pixels
    expected = seen[::1 if where[0] == 0 else -1, ::1 if where[1] == 0 else -1]
    data = write(turn)
    # colours of the palette and JPEG are near those of the scene
    near = 60 if b'PLTE' in data or data.startswith(b'\xff\xd8') else 0
    check(data, expected, tmp_path, tolerance=near)


@pytest.mark.parametrize('tag', [0, 9, 999])
def test_no_such_orientation(tag, tmp_path):
    check(encoded(scene(), exif=exif(tag)), read_image(encoded(scene())), tmp_path)


@pytest.mark.parametrize('kind, mode', [
    (kind, mode) for kind in ('PNG', 'JPEG', 'BMP', 'TIFF', 'PPM', 'WEBP', 'GIF')
    for mode in ('RGB', 'L', 'P', '1') if (kind, mode) not in (('JPEG', 'P'), ('PPM', 'P'))])
@pytest.mark.parametrize('flag', ['color', 'grayscale', 'unchanged', 'color_ignore_orientation'])
def test_ordinary_pictures_are_those_of_0x(kind, mode, flag, tmp_path):
    data = encoded(scene(mode), kind)
    (tmp_path / 'a').write_bytes(data)
    read = LoadImageFromFile(color_type=flag)(dict(
        img_info=dict(filename='a'), img_prefix=str(tmp_path)))['img']
    expected = mmcv.imfrombytes(data, flag=flag, backend='cv2')
    np.testing.assert_array_equal(read, expected)


def test_orientation_ignored(tmp_path):
    for kind in ('PNG', 'TIFF', 'JPEG'):
        (tmp_path / 'a').write_bytes(encoded(scene(), kind, exif=exif(6)))
        read = LoadImageFromFile(color_type='color_ignore_orientation')(dict(
            img_info=dict(filename='a'), img_prefix=str(tmp_path)))['img']
        assert read.shape == (24, 40, 3)


def test_numbers_as_they_are_stored(tmp_path):
    """``unchanged`` is for those who want other numbers than 8-bit colours."""
    values = np.array([[0., .5, 1000.]], np.float32)
    (tmp_path / 'a').write_bytes(of_opencv(values, '.tiff'))
    loader = LoadImageFromFile(color_type='unchanged')
    read = loader(dict(img_info=dict(filename='a'), img_prefix=str(tmp_path)))['img']
    np.testing.assert_array_equal(read, values)


def test_other_programs_are_not_started():
    """Pillow's reader of PostScript would run Ghostscript on a stranger's program."""
    program = b'%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n'
    with pytest.raises(InputError, match='its format is not known'):
        read_image(program)


def with_chunk_of(length):
    """A PNG in which a chunk is said to have so many bytes."""
    data = encoded(scene(), 'PNG')
    end = data.rindex(b'IEND')
    return data[:end - 4] + struct.pack('>I', length) + b'tEXt' + data[end + 4:]


@pytest.mark.parametrize('read, words', [
    (LoadImageFromFile(color_type='unchanged').decode, 'cut off or damaged'),
    (LoadAnnotations(imdecode_backend='cv2')._decode, 'have 2147483392 bytes, but the file has')])
def test_a_part_longer_than_the_file_is_refused_before_opencv_takes_memory_for_it(read, words):
    with pytest.raises(InputError, match=f'^a.png .*{words}'):
        read(with_chunk_of(0x7fffff00), 'a.png')
    with pytest.raises(InputError, match='^a.png '):
        read(white_png(20_000, 20_000), 'a.png')


def test_large_pages_are_brought_to_eight_bits_in_strips():
    values = np.zeros((1500, 1000), np.float32)  # more numbers than a strip has
    values[1400, 3], values[2, 5], values[0, 0] = 2., .5, np.inf
    found = eight_bits(values)
    assert found.shape == values.shape and found.dtype == np.uint8
    # 255 is white, since there is a 2 far below
    assert (found[1400, 3], found[2, 5], found[0, 0], int(found.sum())) == (2, 0, 0, 2)


def test_head():
    head = read_head(encoded(scene(), 'TIFF', exif=exif(6)), 'a')
    assert head[:2] == ((24, 40), 6) and head.size == (40, 24) and not head.plain
    assert read_head(encoded(scene(), 'JPEG'), 'a').plain
    assert not read_head(encoded(scene('RGBA')), 'a').plain


def test_a_tiff_that_no_decoder_knows_is_refused(tmp_path):
    """OpenCV gives zeros for it, a black page."""
    content = bytearray(encoded(scene(), 'TIFF', compression='tiff_lzw'))
    place = int.from_bytes(content[4:8], 'little')
    for tag in range(place + 2, place + 2 + 12 * content[place], 12):
        if content[tag:tag + 2] == struct.pack('<H', 259):  # its compression
            content[tag + 8:tag + 10] = struct.pack('<H', 12345)
    with pytest.raises(InputError, match='a.tif cannot be read as a picture'):
        read_image(bytes(content), 'a.tif')
