import subprocess
import sys

import pytest

from mmseg.utils.opencv import loading_problem


def test_a_command_says_what_to_do_about_an_opencv_without_its_libraries(tmp_path):
    (tmp_path / 'cv2').mkdir()
    (tmp_path / 'cv2/__init__.py').write_text(
        "raise ImportError('libGL.so.1: cannot open shared object file')\n")
    run = subprocess.run([sys.executable, '-c', f'''
import sys
sys.path.insert(0, {str(tmp_path)!r})
from mmseg.cli import main
main(['layout', 'page.png', '--out', {str(tmp_path / 'out')!r}])
'''], capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stderr == (
        'error: OpenCV cannot be loaded (libGL.so.1: cannot open shared object file): '
        'opencv-python, which mmcv brings, needs the libraries of a display; without one run pip '
        'install --force-reinstall --no-deps opencv-python-headless, which takes its place\n')


def test_other_imports_are_not_taken_for_it():
    with pytest.raises(ImportError) as caught:
        import a_package_that_nobody_has  # noqa: F401
    assert loading_problem(caught.value) is None
