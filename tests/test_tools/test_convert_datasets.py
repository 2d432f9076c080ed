"""Converters of public data sets, as a user types them; what they convert is then loaded."""
import pytest

from mmseg.datasets import build_dataset
from mmseg.utils.config import load_config

from ..test_corpora.test_archives import originals

TOOLS = 'tools/convert_datasets'


def aug(folder):
    return originals.voc_devkit(folder / 'VOCdevkit'), originals.sbd(folder / 'aug')


# tool, its arguments out of a folder, its default output, how many files it makes
CALLS = [
    ('chase_db1', lambda folder: [originals.chase_db1(folder)], 'data/CHASE_DB1', 18),
    ('drive', originals.drive, 'data/DRIVE', 5),
    ('hrf', originals.hrf, 'data/HRF', 18),
    ('stare', originals.stare, 'data/STARE', 12),
    ('potsdam', lambda folder: [originals.potsdam(folder), '--clip_size', 4, '--stride_size', 2],
     'data/potsdam', 16),
    ('vaihingen', lambda folder: [originals.vaihingen(folder), '--clip_size', 4],
     'data/vaihingen', 16),
    ('isaid', lambda folder: [originals.isaid(folder), '--patch_width', 5, '--patch_height', 4,
                              '--overlap_area', 1], 'data/iSAID', 29),
    ('loveda', lambda folder: [originals.loveda(folder)], 'data/loveDA', 10),
    ('cityscapes', lambda folder: [originals.cityscapes(folder), '--gt-dir', 'gtFine'],
     'in', 2),
    ('coco_stuff10k', lambda folder: [originals.coco_stuff10k(folder)], 'in', 6),
    ('coco_stuff164k', lambda folder: [originals.coco_stuff164k(folder)], 'in', 2),
    ('voc_aug', aug, 'in/VOCdevkit', 4),
    ('pascal_context', originals.pascal_context, 'in', 2),
]


@pytest.mark.filterwarnings('ignore:__array__ implementation:DeprecationWarning')
@pytest.mark.parametrize('name, arguments, out, number', CALLS, ids=[row[0] for row in CALLS])
def test_default_folders_and_a_second_run(name, arguments, out, number, command_line, tmp_path,
                                          monkeypatch):
    if name in ('coco_stuff10k', 'voc_aug'):
        pytest.importorskip('scipy')
    if name == 'pascal_context':
        pytest.importorskip('pycocotools')  # packs the run lengths of the original
    monkeypatch.chdir(tmp_path)
    given = arguments(tmp_path / 'in')
    said = command_line(f'{TOOLS}/{name}.py', *given, '--nproc', 1)
    out = out if out.startswith('data') else tmp_path / out
    assert (said.code, said.out) == (0, f'{number} files written, 0 were there already, in {out}\n')
    said = command_line(f'{TOOLS}/{name}.py', *given, '--nproc', 2)
    assert said.out == f'0 files written, {number} were there already, in {out}\n'


@pytest.mark.parametrize('name, make', [
    ('drive', originals.drive),
    ('hrf', originals.hrf),
    ('stare', originals.stare),
    ('potsdam', lambda folder: [originals.potsdam(folder)]),
    ('vaihingen', lambda folder: [originals.vaihingen(folder)]),
    ('isaid', lambda folder: [originals.isaid(folder)]),
    ('loveda', lambda folder: [originals.loveda(folder)])])
def test_config_reads_what_its_tool_wrote(name, make, command_line, repository, tmp_path,
                                          monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command_line(f'{TOOLS}/{name}.py', *make(tmp_path / 'in')).code == 0
    data = load_config(str(repository / f'configs/_base_/datasets/{name}.py')).data
    training = data.train.get('dataset', data.train)
    training.pipeline = training.pipeline[:2]
    for part, test in ((data.train, False), (data.val, True)):
        dataset = build_dataset(part, dict(test_mode=test))
        label = dataset.get_gt_seg_map_by_idx(0) if test else dataset[0]['gt_semantic_seg']
        assert (label != 255).any()


def test_a_malicious_archive(command_line, tmp_path):
    archive = originals.zip_of(tmp_path / 'CHASEDB1.zip', {'../../Image_01L.jpg': b''})
    said = command_line(f'{TOOLS}/chase_db1.py', archive, '-o', tmp_path / 'out')
    assert said.code == 1 and said.err == (
        f"error: {archive} is refused: its member '../../Image_01L.jpg' leads out of the folder it "
        'would be unpacked to\n')
    assert [path.name for path in tmp_path.iterdir()] == ['CHASEDB1.zip']
