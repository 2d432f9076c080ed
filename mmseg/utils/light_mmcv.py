"""Imports mmcv's runners without torchvision, of which they use the addresses of weights alone.

torchvision takes 1.6 s of a processor to import, as it loads the compiler of torch. mmcv is given a
module that is imported when something of it is used; other imports of torchvision are as usual.
"""
import io
import sys
from contextlib import redirect_stderr

# torch 2.6 prints that it found no CUDA runtime here; later ones log it (see quiet.py).
with redirect_stderr(io.StringIO()):
    import torch.utils.cpp_extension  # noqa: F401  mmcv imports it

from .late_import import LateModule

if 'torchvision' not in sys.modules:
    _late = sys.modules['torchvision'] = LateModule('torchvision')
    try:
        import mmcv.runner  # noqa: F401
    finally:
        if sys.modules.get('torchvision') is _late:
            del sys.modules['torchvision']
