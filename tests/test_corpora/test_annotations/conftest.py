"""Pages of a few pixels, and label maps that are read at a glance."""
import runpy
import sys

import numpy as np
import pytest
from PIL import Image

SIGNS = {'.': 0, 'f': 1, 't': 2, 'b': 3, '-': 4, 'x': 255}
NAMES = {value: sign for sign, value in SIGNS.items()}


def drawn(label):
    """A label map as rows of signs: . background, f figure, t text, b table, - line, x ignored."""
    return [''.join(NAMES[value] for value in row) for row in np.asarray(label).tolist()]


def write_image(path, width, height, **options):
    """A picture of noise-free grey."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new('RGB', (width, height), (200, 150, 100)).save(path, **options)


@pytest.fixture
def run_tool(monkeypatch, request):
    """Runs a converter as its command line would."""

    def run(name, *arguments):
        script = request.config.rootpath / 'tools/convert_datasets' / f'{name}.py'
        monkeypatch.setattr(sys, 'argv', [script.name, *map(str, arguments)])
        runpy.run_path(str(script), run_name='__main__')

    return run


@pytest.fixture
def fails(run_tool, capsys):
    """Gives the one sentence with which a converter ends."""

    def run(name, *arguments):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            run_tool(name, *arguments)
        assert ended.value.code == 1
        lines = [line for line in capsys.readouterr().err.replace('\r', '\n').split('\n')
                 if line.startswith('error: ')]
        assert len(lines) == 1
        return lines[0].removeprefix('error: ')

    return run
