"""Miniatures of all data sets that have a config: read as their training reads them."""
import pytest

from mmseg.data_check import check_config
from mmseg.utils.config import load_config

from ..miniatures import COLUMN
from ..test_datasets.test_data_configs import CONFIGS


@pytest.mark.parametrize('name, number, labels', CONFIGS, ids=[row[0] for row in CONFIGS])
def test_known_data_sets_have_no_faults(name, number, labels, data_folder, repository,
                                        monkeypatch):
    monkeypatch.chdir(data_folder)
    report = check_config(load_config(str(repository / f'configs/_base_/datasets/{name}.py')))
    # the miniatures' images are all the same, and have few of the classes
    assert set(report.findings.kinds()) <= {'duplicate', 'absent'}
    pages = 1 if number == 40000 else number  # 40000 repeat one page
    assert report.classes.pixels[:3].tolist() == [
        pages * COLUMN * labels.count(label) for label in range(len(report.classes.names))][:3]
    held_out = report.split_rows()[-1]
    assert (held_out['split'], held_out['label_maps']) == ('val, test', 1)
