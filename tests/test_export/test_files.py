"""Exported files are written whole, say what they are, and files that are none are refused."""
import json

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
