"""PDFs with known geometry: one point is one pixel, y goes down from the page's upper edge."""
import os

import pytest

reportlab = pytest.importorskip('reportlab')
pytest.importorskip('pypdfium2')

from reportlab.pdfgen.canvas import Canvas  # noqa: E402

PAGE = (500, 600)  # width, height
WORDS = 'Pages of documents have lines of text in their middle'


class Drawing:
    """A reportlab canvas that is drawn on from above."""

    def __init__(self, file, size=PAGE, **options):
        self.canvas = Canvas(str(file), pagesize=size, invariant=True, **options)
        self.height = size[1]
        self.canvas.setFont('Helvetica', 12)

    def text(self, x, y, text=WORDS):
        """Text whose baseline is at y: its box begins 9.5 pixels above and ends 2.5 below."""
        self.canvas.drawString(x, self.height - y, text)

    def rect(self, x0, y0, x1, y1, fill=None, stroke=True):
        if fill is not None:
            self.canvas.setFillColorRGB(*fill)
        self.canvas.rect(x0, self.height - y1, x1 - x0, y1 - y0, stroke=int(stroke),
                         fill=int(fill is not None))
        self.canvas.setFillColorRGB(0, 0, 0)

    def line(self, x0, y0, x1, y1, width=1):
        self.canvas.setLineWidth(width)
        self.canvas.line(x0, self.height - y0, x1, self.height - y1)

    def image(self, image, x0, y0, x1, y1):
        from reportlab.lib.utils import ImageReader
        self.canvas.drawImage(ImageReader(image), x0, self.height - y1, x1 - x0, y1 - y0)

    def save(self, turn=0):
        """Write the file, with its first page turned by /Rotate."""
        self.canvas.save()
        if turn:
            import pypdfium2
            with pypdfium2.PdfDocument(self.canvas._filename) as document:
                document[0].set_rotation(turn)
                document.save(self.canvas._filename + '.turned')
            os.replace(self.canvas._filename + '.turned', self.canvas._filename)


@pytest.fixture
def draw(tmp_path):
    """Start a PDF: ``draw('name.pdf', size=(500, 600))``."""
    folder = tmp_path / 'pdfs'

    def start(name, size=PAGE, **options):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        return Drawing(folder / name, size, **options)

    start.folder = folder
    return start


@pytest.fixture
def noise():
    """A picture that is neither flat nor regular."""
    import numpy as np
    from PIL import Image
    return Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 40, 3), np.uint8))
