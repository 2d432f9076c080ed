"""The notebook, run as a user runs it."""
import json

import pytest


def notebook(repository):
    return repository / 'demo' / 'inference_demo.ipynb'


def test_no_outputs_are_kept(repository):
    cells = json.loads(notebook(repository).read_text(encoding='utf-8'))['cells']
    assert not any(cell.get('outputs') or cell.get('execution_count') for cell in cells)


@pytest.mark.slow
def test_every_cell_runs(repository):
    nbclient, nbformat = pytest.importorskip('nbclient'), pytest.importorskip('nbformat')
    content = nbformat.read(notebook(repository), as_version=4)
    nbclient.NotebookClient(content, timeout=300, kernel_name='python3', resources={
        'metadata': {'path': str(repository / 'demo')}}).execute()
    code = [cell for cell in content.cells if cell.cell_type == 'code']
    printed = ''.join(output.get('text', '') for cell in code for output in cell.outputs
                      if output.get('name') == 'stdout')
    for words in ('background ', 'page type: ', 'scores of pixels (5, ', 'have another class'):
        assert words in printed
    pictures = [output for cell in code for output in cell.outputs
                if 'image/png' in output.get('data', {})]
    assert len(pictures) == 4  # page, result, scores, layered result
