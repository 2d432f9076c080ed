"""Files of strangers that take much time or memory, each a few kilobytes of code."""
import struct
import zlib

import cv2
import numpy as np


def good_page(height=1000, width=750):
    """A page with lines of text, as PNG."""
    page = np.full((height, width, 3), 255, np.uint8)
    for line in range(60, height - 60, 24):
        cv2.putText(page, 'the quick brown fox jumps over the lazy dog', (40, line),
                    cv2.FONT_HERSHEY_SIMPLEX, .8, (0, 0, 0), 2)
    return cv2.imencode('.png', page)[1].tobytes()


def noise(height=1200, width=900, share=.45):
    """A page of single black pixels, as PNG."""
    dark = np.random.default_rng(0).random((height, width)) < share
    return cv2.imencode('.png', np.where(dark, 0, 255).astype(np.uint8))[1].tobytes()


def _chunk(kind, content):
    return (struct.pack('>I', len(content)) + kind + content
            + struct.pack('>I', zlib.crc32(kind + content)))


def white_png(width, height):
    """A white picture of one bit a pixel."""
    rows = zlib.compressobj(9)
    row = b'\0' + b'\xff' * ((width + 7) // 8)
    data = b''.join(rows.compress(row) for _ in range(height)) + rows.flush()
    head = struct.pack('>IIBBBBB', width, height, 1, 0, 0, 0, 0)
    return (b'\x89PNG\r\n\x1a\n' + _chunk(b'IHDR', head) + _chunk(b'IDAT', data)
            + _chunk(b'IEND', b''))


def long_chunk():
    """A PNG with a chunk that says it has 2 GB."""
    return white_png(60, 80).replace(b'IEND', b'tEXt').replace(
        struct.pack('>I', 0) + b'tEXt', struct.pack('>I', 0x7fffff00) + b'tEXt')


def tiff_of_frames(frames=60_000):
    """A TIFF whose frames all show one pixel."""
    size = 2 + 9 * 12 + 4
    tags = [(256, 3, 1), (257, 3, 1), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8),
            (277, 3, 1), (278, 3, 1), (279, 4, 1)]
    entries = struct.pack('<H', len(tags)) + b''.join(
        struct.pack('<HHII', tag, kind, 1, value) for tag, kind, value in tags)
    first = 10
    parts = [struct.pack('<2sHI', b'II', 42, first), b'\xff\0']
    for frame in range(frames):
        following = first + (frame + 1) * size if frame + 1 < frames else 0
        parts += [entries, struct.pack('<I', following)]
    return b''.join(parts)


def pdf(content, resources='', objects=(), box='0 0 600 800'):
    """A PDF with one page; ``objects`` are numbered from 5."""
    bodies = ['<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
              f'<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Contents 4 0 R /Resources '
              f'<< {resources} >> >>',
              f'<< /Length {len(content)} >>\nstream\n{content}\nendstream', *objects]
    text, places = '%PDF-1.7\n', []
    for number, body in enumerate(bodies, 1):
        places.append(len(text))
        text += f'{number} 0 obj\n{body}\nendobj\n'
    table = ''.join(f'{place:010d} 00000 n \n' for place in places)
    return (f'{text}xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{table}trailer << /Size '
            f'{len(bodies) + 1} /Root 1 0 R >>\nstartxref\n{len(text)}\n%%EOF\n').encode()


def nested_forms(levels=8, times=10):
    """A PDF whose form is drawn ``times ** levels`` times."""
    draw = '/X Do ' * times
    box = '/Type /XObject /Subtype /Form /BBox [0 0 600 800]'
    forms = [f'<< /Length {len(draw)} {box} /Resources << /XObject << /X {6 + level} 0 R >> >> >>'
             f'\nstream\n{draw}\nendstream' for level in range(levels)]
    forms.append(f'<< /Length 12 {box} >>\nstream\n0 0 5 5 re f\nendstream')
    return pdf(draw, '/XObject << /X 5 0 R >>', forms)


def good_pdf():
    """A PDF of one page with lines of text."""
    lines = ''.join(f'BT /F 14 Tf 60 {top} Td (the quick brown fox jumps over the lazy dog) Tj ET\n'
                    for top in range(740, 60, -24))
    return pdf(lines, '/Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>')
