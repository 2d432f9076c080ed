"""The old, misspelt module name."""
import importlib
import sys

import pytest

from mmseg.datasets.pipelines import formatting


def test_the_old_name_warns_and_gives_the_same_transforms():
    sys.modules.pop('mmseg.datasets.pipelines.formating', None)
    with pytest.warns(DeprecationWarning, match='old name of mmseg.datasets.pipelines.formatting'):
        old = importlib.import_module('mmseg.datasets.pipelines.formating')
    assert old.DefaultFormatBundle is formatting.DefaultFormatBundle
    assert old.to_tensor is formatting.to_tensor
