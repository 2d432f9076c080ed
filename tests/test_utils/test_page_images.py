import io
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from mmseg.datasets.prepare import LoadImage
from mmseg.utils.errors import InputError
from mmseg.utils.page_images import (
    count_frames,
    find_files,
    may_have_pages,
    read_image,
    read_pages,
)


def encoded(image: Image.Image, kind: str = 'PNG', **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def noise(height: int = 40, width: int = 30) -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def by_opencv(pixels: np.ndarray, suffix: str) -> bytes:
    return cv2.imencode(suffix, pixels)[1].tobytes()


def grey(data: bytes) -> list:
    """The picture's grey values, where its channels agree."""
    pixels = read_image(data)
    assert pixels.dtype == np.uint8 and pixels.ndim == 3
    assert (pixels == pixels[..., :1]).all()
    return pixels[..., 0].tolist()


class TestModes:
    """Pixels of each mode, BGR."""

    @pytest.mark.parametrize('kind', ['PNG', 'TIFF', 'BMP'])
    def test_one_bit(self, kind):
        image = Image.fromarray(np.array([[0, 255], [255, 0]], np.uint8)).convert('1')
        assert grey(encoded(image, kind)) == [[0, 255], [255, 0]]

    @pytest.mark.parametrize('suffix', ['.png', '.tiff'])
    def test_sixteen_bit_grey_is_scaled(self, suffix):
        # 257 steps of 16 bits are one of 8
        values = np.array([[0, 257, 300], [32896, 65280, 65535]], np.uint16)
        assert grey(by_opencv(values, suffix)) == [[0, 1, 1], [128, 254, 255]]

    @pytest.mark.parametrize('suffix', ['.png', '.tiff'])
    def test_sixteen_bit_colour_is_scaled(self, suffix):
        values = np.array([[[0x0000, 0x8080, 0xffff]]], np.uint16)  # BGR
        assert read_image(by_opencv(values, suffix)).tolist() == [[[0, 128, 255]]]

    @pytest.mark.parametrize('values, expected', [
        ([[0., 0.5, 1.]], [[0, 128, 255]]), ([[0., 10., 255.]], [[0, 10, 255]]),
        ([[0.5, 257., 65535.]], [[0, 1, 255]]), ([[0., np.nan, 1.]], [[0, 0, 255]])])
    def test_floats(self, values, expected):
        assert grey(encoded(Image.fromarray(np.array(values, np.float32)), 'TIFF')) == expected

    def test_cmyk(self):
        inks = np.array([[[0, 0, 0, 0], [255, 0, 0, 0], [0, 0, 0, 255]]], np.uint8)
        image = Image.fromarray(inks, 'CMYK')
        # paper, cyan (no red), black
        assert read_image(encoded(image, 'TIFF')).tolist() == [
            [[255, 255, 255], [255, 255, 0], [0, 0, 0]]]

    def test_cmyk_jpeg(self):
        image = Image.new('CMYK', (16, 16), (0, 0, 0, 0))
        assert (read_image(encoded(image, 'JPEG', quality=100)) > 250).all()

    def test_transparency_lies_on_white(self):
        pixels = np.array([[[10, 20, 30, 255], [0, 0, 0, 0], [0, 0, 0, 51]]], np.uint8)
        data = encoded(Image.fromarray(pixels))
        assert read_image(data).tolist() == [[[30, 20, 10], [255] * 3, [204] * 3]]

    def test_grey_with_alpha(self):
        pixels = np.array([[[7, 255], [0, 0]]], np.uint8)
        assert grey(encoded(Image.fromarray(pixels, 'LA'))) == [[7, 255]]

    def test_palette_with_transparency(self):
        image = Image.new('P', (3, 1))
        image.putpalette([1, 2, 3, 4, 5, 6, 7, 8, 9])
        image.putdata([0, 1, 2])
        for kind in ('PNG', 'GIF'):
            assert read_image(encoded(image, kind, transparency=1)).tolist() == [
                [[3, 2, 1], [255, 255, 255], [9, 8, 7]]]

    def test_transparent_colour(self):
        image = Image.fromarray(np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8))
        assert read_image(encoded(image, transparency=(4, 5, 6))).tolist() == [
            [[3, 2, 1], [255, 255, 255]]]

    @pytest.mark.parametrize('kind', ['JPEG', 'PNG', 'TIFF', 'WEBP'])
    @pytest.mark.parametrize('mode', ['RGB', 'L'])
    def test_turned_by_exif(self, kind, mode):
        """Orientation 6: the picture has to be turned clockwise, so its left column comes up."""
        pixels = np.full((16, 32, 3), 255, np.uint8)
        pixels[:, :8] = 0
        exif = Image.Exif()
        exif[0x0112] = 6
        read = read_image(encoded(Image.fromarray(pixels).convert(mode), kind, exif=exif))
        assert read.shape == (32, 16, 3)
        assert (read[:7] < 20).all() and (read[9:] > 235).all()


class TestOrdinary:
    """8-bit JPEG and PNG have the pixels that OpenCV gives, which networks are trained on."""

    @pytest.mark.parametrize('kind, options', [
        ('JPEG', {}), ('JPEG', {'progressive': True, 'subsampling': 0}), ('PNG', {})])
    @pytest.mark.parametrize('mode', ['RGB', 'L'])
    def test_pixels_of_opencv(self, kind, options, mode, tmp_path):
        data = encoded(noise().convert(mode), kind, **options)
        (tmp_path / 'page').write_bytes(data)
        expected = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        np.testing.assert_array_equal(read_image(data), expected)
        results = LoadImage()({'img': str(tmp_path / 'page')})
        np.testing.assert_array_equal(results['img'], expected)
        assert results['ori_shape'] == (40, 30, 3)

    def test_rubbish_behind_the_picture(self):
        assert read_image(encoded(noise(), 'JPEG') + b'\0' * 50).shape == (40, 30, 3)


class TestPages:
    def tiff(self, path: Path, values=(10, 20, 30), **options) -> Path:
        first, *rest = (Image.new('L', (4 + i, 5), value) for i, value in enumerate(values))
        first.save(path, save_all=True, append_images=rest, **options)
        return path

    @pytest.mark.parametrize('compression', ['raw', 'tiff_lzw', 'jpeg'])
    def test_all_frames_of_a_tiff(self, tmp_path, compression):
        path = self.tiff(tmp_path / 'a.tif', compression=compression)
        pages = list(read_pages(path))
        assert [page[:3] for page in pages] == [(str(path), i, 3) for i in range(3)]
        assert [page.image.shape for page in pages] == [(5, 4, 3), (5, 5, 3), (5, 6, 3)]
        assert [page.image[0, 0].tolist() for page in pages] == [[10] * 3, [20] * 3, [30] * 3]

    def test_smaller_copies_are_not_pages(self, tmp_path):
        frames = [Image.new('L', (4, 4), value) for value in (10, 20)]
        for frame, kind in zip(frames, (0, 1)):
            frame.encoderinfo = {'tiffinfo': {254: kind}}
        frames[0].save(tmp_path / 'a.tif', save_all=True, append_images=frames[1:],
                       tiffinfo={254: 0})
        assert [page[1:3] for page in read_pages(tmp_path / 'a.tif')] == [(0, 1)]

    def test_are_counted_where_the_first_bytes_tell_of_several(self, tmp_path):
        path = tmp_path / 'scan'
        for kind, expected, pages in (('TIFF', True, 3), ('PNG', False, 1)):
            options = dict(save_all=True, append_images=[noise(), noise()]) if pages == 3 else {}
            path.write_bytes(encoded(noise(), kind, **options))
            assert (may_have_pages(path), count_frames(path)) == (expected, pages)
        canvas = Canvas(str(path))
        for _ in range(2):
            canvas.showPage()
        canvas.save()
        assert may_have_pages(path) and count_frames(path) == 2
        assert not may_have_pages(tmp_path / 'none') and not may_have_pages(tmp_path)
        with pytest.raises(InputError, match='none not found'):
            count_frames(tmp_path / 'none')

    def test_pages_come_one_by_one(self, tmp_path):
        """The first ones can be had before a damaged one is reached."""
        path = self.tiff(tmp_path / 'a.tif', values=range(5))
        whole = path.read_bytes()
        offset = int.from_bytes(whole[4:8], 'little')  # of the first frame's directory
        tags = int.from_bytes(whole[offset:offset + 2], 'little')
        link = offset + 2 + 12 * tags
        damaged = whole[:link] + (len(whole) - 3).to_bytes(4, 'little') + whole[link + 4:]
        pages = read_pages(damaged, name='a.tif')
        assert next(pages).number == 0
        with pytest.raises(InputError, match='page 2 of a.tif'):
            next(pages)

    def test_pdf(self, tmp_path):
        canvas = Canvas(str(tmp_path / 'a.pdf'), pagesize=(72, 144))
        for _ in range(2):
            canvas.rect(0, 72, 72, 72, stroke=0, fill=1)
            canvas.showPage()
        canvas.save()
        pages = list(read_pages(tmp_path / 'a.pdf', dpi=50))
        assert [page[1:3] for page in pages] == [(0, 2), (1, 2)]
        assert pages[1].image.shape == (100, 50, 3)
        assert pages[1].image[20, 25].tolist() == [0] * 3
        assert pages[1].image[80, 25].tolist() == [255] * 3
        assert next(read_pages(tmp_path / 'a.pdf', longer_side=30)).image.shape == (30, 15, 3)
        with pytest.raises(InputError, match='a.pdf is a PDF, a picture was expected'):
            read_image(tmp_path / 'a.pdf')

    def test_animations_are_one_page(self):
        frames = [Image.new('L', (4, 4), value) for value in (10, 20)]
        data = encoded(frames[0], 'GIF', save_all=True, append_images=frames[1:])
        assert [page.image[0, 0, 0] for page in read_pages(data)] == [10]


class TestFiles:
    def test_folders_count_as_people_do(self, tmp_path):
        names = ['p10.png', 'p9.JPG', 'p1.tif', 'q.pdf', 'notes.txt', '.hidden.png', 'sub/p0.png']
        for name in names:
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).touch()
        found = find_files([tmp_path / 'notes.txt', tmp_path, tmp_path / 'q.pdf'])
        assert [file.name for file in found] == ['notes.txt', 'p1.tif', 'p9.JPG', 'p10.png',
                                                 'q.pdf']
        nested = find_files([tmp_path], nested=True)
        assert [str(file.relative_to(tmp_path)) for file in nested] == [
            'p1.tif', 'p9.JPG', 'p10.png', 'q.pdf', 'sub/p0.png']

    def test_what_is_not_there(self, tmp_path):
        with pytest.raises(InputError, match='gone is neither a file nor a folder'):
            find_files([tmp_path / 'gone'])
        with pytest.raises(InputError, match='holds no pictures or PDFs'):
            find_files([tmp_path])


class TestDamaged:
    @pytest.mark.parametrize('kind', ['JPEG', 'PNG', 'TIFF', 'WEBP', 'BMP', 'GIF'])
    @pytest.mark.parametrize('left', [0.02, 0.5, 0.95])
    def test_cut_off(self, kind, left, tmp_path):
        data = encoded(noise(), kind)
        (tmp_path / 'page').write_bytes(data[:int(len(data) * left)])
        with pytest.raises(InputError, match='page cannot be read as a picture') as error:
            read_image(tmp_path / 'page')
        assert '\n' not in str(error.value)

    @pytest.mark.parametrize('content, message', [
        (b'', r'is empty \(0 bytes\)'),
        (b'Dear reader,\n', 'cannot be read as a picture: its format is not known'),
        (b'\x89PNG\r\n\x1a\n', 'cannot be read as a picture'),
        (b'%PDF-1.7 and no more', 'is not a PDF, or a broken one')])
    def test_no_picture(self, content, message, tmp_path):
        (tmp_path / 'letter').write_bytes(content)
        with pytest.raises(InputError, match=f'letter {message}'):
            list(read_pages(tmp_path / 'letter'))

    def test_missing_and_folder(self, tmp_path):
        with pytest.raises(InputError, match='image .*gone.png not found'):
            read_image(tmp_path / 'gone.png')
        with pytest.raises(InputError, match='is not a file'):
            read_image(tmp_path)

    def test_too_large(self):
        data = encoded(Image.new('1', (30, 20)))
        with pytest.raises(InputError, match=r'at most 0.000599 million.*\(30 x 20\)'):
            next(read_pages(data, max_pixels=599))
        assert next(read_pages(data, max_pixels=600)).image.shape == (20, 30, 3)

    def test_bomb(self):
        """A small file whose head asks for ten gigapixels."""
        data = encoded(noise())
        head = b'IHDR' + (100_000).to_bytes(4, 'big') * 2 + data[24:29]
        bomb = data[:12] + head + zlib.crc32(head).to_bytes(4, 'big') + data[33:]
        with pytest.raises(InputError, match='too large'):
            read_image(bomb)
