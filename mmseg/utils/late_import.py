"""Modules that are slow to import and rarely used."""
import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class LateModule(ModuleType):
    """A module by its name, imported when something of it is first used.

    Raises:
        ImportError: At that moment, where it is not installed.
    """

    def __getattr__(self, name: str) -> Any:
        # What Python and mmcv ask every module for, such as __path__, is not a use.
        if name.startswith('_') and name != '__version__':
            raise AttributeError(f'{self.__name__} is not imported yet and has no {name}')
        if sys.modules.get(self.__name__) is self:  # given to others by this name
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


# Boxes and deformable convolution. It takes 1.6 s to import, as it loads the compiler of torch.
torchvision_ops = LateModule('torchvision.ops')
