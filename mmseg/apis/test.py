"""The test loops under the name that 0.x gave their module."""
from ..core.evaluation.test_loops import multi_gpu_test, np2tmp, single_gpu_test

__all__ = ['multi_gpu_test', 'np2tmp', 'single_gpu_test']
