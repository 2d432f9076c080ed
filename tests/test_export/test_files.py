"""Exported files are written whole, say what they are, and files that are none are refused."""
import json
import re
import zipfile

import pytest
import torch

from mmseg.export import Graph, describe_trace, load_traced, save_traced, trace_segmentor
from mmseg.utils import InputError


def test_file_gives_back_network_and_info(make_model, page, tmp_path):
    model = make_model()
    graph = Graph(scales=(0.5, 1), flip=True, layers={'green': 1.0})
    traced, info = trace_segmentor(model, page, graph), describe_trace(model, None, graph)
    save_traced(traced, tmp_path / 'new' / 'model.pt', info)
    assert sorted(file.name for file in (tmp_path / 'new').iterdir()) == ['model.json', 'model.pt']
    for _ in range(2):
        loaded, found = load_traced(tmp_path / 'new' / 'model.pt')
        assert found == info
        assert all(torch.equal(a, b) for a, b in zip(loaded(page), traced(page)))
        (tmp_path / 'new' / 'model.json').unlink(missing_ok=True)  # it is inside too


def test_the_json_next_to_it_wins_unless_it_is_of_another_file(make_model, page, tmp_path):
    model = make_model()
    save_traced(trace_segmentor(model, page), tmp_path / 'model.pt', describe_trace(model))
    sidecar = tmp_path / 'model.json'
    values = json.loads(sidecar.read_text())
    values['classes'][0] = 'renamed'
    sidecar.write_text(json.dumps(values))
    assert load_traced(tmp_path / 'model.pt')[1].classes == ('renamed', 'green', 'blue')
    sidecar.write_text(json.dumps({**values, 'file': 'model.onnx'}))
    assert load_traced(tmp_path / 'model.pt')[1].classes == ('red', 'green', 'blue')


def test_the_old_file_survives_a_failed_write(make_model, page, tmp_path, monkeypatch):
    (tmp_path / 'model.pt').write_text('old')

    def full_disk(module, path, _extra_files):
        open(path, 'w').write('half')
        raise RuntimeError('no space left')

    monkeypatch.setattr(torch.jit, 'save', full_disk)
    model = make_model()
    with pytest.raises(InputError, match='cannot write .*model.pt .no space left'):
        save_traced(trace_segmentor(model, page), tmp_path / 'model.pt', describe_trace(model))
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {'model.pt': 'old'}


def test_what_is_not_a_traced_file(make_model, page, tmp_path, monkeypatch):
    with pytest.raises(InputError, match='gone.pt not found'):
        load_traced(tmp_path / 'gone.pt')
    torch.save({'state_dict': {}}, tmp_path / 'checkpoint.pth')
    with pytest.raises(InputError, match='checkpoint.pth is not a file of a traced network'):
        load_traced(tmp_path / 'checkpoint.pth')
    torch.jit.save(trace_segmentor(make_model(), page), str(tmp_path / 'bare.pt'))
    with monkeypatch.context() as patched, pytest.raises(InputError, match='bare.pt is not a file'):
        patched.setattr(torch.jit, 'load', lambda *args, **kwargs: {}['what a damaged file says'])
        load_traced(tmp_path / 'bare.pt')
    with pytest.raises(InputError, match='bare.json is missing, and the file itself has none'):
        load_traced(tmp_path / 'bare.pt')
    (tmp_path / 'bare.json').write_text('{"name": "something else"}')
    with pytest.raises(InputError, match='bare.json does not describe an exported network'):
        load_traced(tmp_path / 'bare.pt')


class Writes(torch.nn.Module):
    """A program that writes a file as soon as it is loaded."""

    def __init__(self, path):
        super().__init__()
        self.path: str = path

    def forward(self, page):
        return page

    @torch.jit.export
    def __getstate__(self):
        return self.path, self.training

    @torch.jit.export
    def __setstate__(self, state: tuple[str, bool]):
        self.path, self.training = state
        torch.save(torch.zeros(1), self.path)


def test_a_program_that_writes_files_is_not_loaded(tmp_path, monkeypatch):
    torch.jit.save(torch.jit.script(Writes(str(tmp_path / 'written'))), str(tmp_path / 'a.pt'))
    with pytest.raises(InputError, match=r'a.pt is a TorchScript program that uses torch.save, '
                                         'which .*; pass --trust'):
        load_traced(tmp_path / 'a.pt')
    assert not (tmp_path / 'written').exists()
    monkeypatch.setattr('mmseg.export.files.pickles_are_trusted', lambda: True)
    with pytest.raises(InputError, match='a.json is missing'):
        load_traced(tmp_path / 'a.pt')
    assert (tmp_path / 'written').exists()


@pytest.mark.parametrize('line, operator', [
    ('torch.from_file(x)', 'torch.from_file'), ('a = torch\na.save(x)', 'a.save'),
    ('getattr(torch, "save")(x)', "'save'"), ('ops.image.read_file(x)', 'ops.image'),
    ('ops.aten.save(x)', 'ops.aten.save'), ('a = ops\na.other.op(x)', 'ops'),
    ('ops.prim.rpc_sync(x)', 'ops.prim.rpc_sync'), ('ops.inductor.anything(x)', 'ops.inductor')])
@pytest.mark.parametrize('name', ['a/code/__torch__.py', 'a/CODE/B.PY'])
def test_operators_that_reach_beyond_tensors(tmp_path, line, operator, name):
    with zipfile.ZipFile(tmp_path / 'a.pt', 'w') as archive:
        archive.writestr(name, f'def forward(self, x: Tensor) -> Tensor:\n  return x\n{line}\n')
    with pytest.raises(InputError, match=re.escape(f'program that uses {operator}')):
        load_traced(tmp_path / 'a.pt')


@pytest.mark.parametrize('name, content, words', [
    ('a/model.json', '{}', 'in the format of torch 1.3 and before'),
    ('a/code/b.py', 'def (', 'is not a file of a traced network, or is damaged'),
    ('a/code/b.py', '#' * 20_000_001, 'has more than 20 MB of program')])
def test_programs_that_cannot_be_looked_at(tmp_path, name, content, words):
    with zipfile.ZipFile(tmp_path / 'a.pt', 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    with pytest.raises(InputError, match=words):
        load_traced(tmp_path / 'a.pt')
