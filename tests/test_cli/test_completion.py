"""Completion scripts, tried in bash itself."""
import shutil
import subprocess
import sys

import pytest

from mmseg.cli import main


def script(shell, capsys):
    pytest.importorskip('shtab')
    main(['completion', shell])
    return capsys.readouterr().out


def completed(text, line, tmp_path):
    """What bash offers at the end of a command line."""
    (tmp_path / 'mmseg.bash').write_text(text)
    words = line.split(' ')
    code = (f'source {tmp_path}/mmseg.bash; COMP_WORDS=({" ".join(words[:-1])} "{words[-1]}"); '
            f'COMP_CWORD={len(words) - 1}; COMP_LINE="{line}"; COMP_POINT={len(line)}; '
            '$(complete -p mmseg | sed "s/.*-F \\([^ ]*\\).*/\\1/") mmseg "${COMP_WORDS[-1]}" '
            '"${COMP_WORDS[-2]}"; printf "%s\\n" "${COMPREPLY[@]}"')
    return subprocess.run(['bash', '-c', code], capture_output=True, text=True,
                          check=True).stdout.split()


@pytest.mark.skipif(shutil.which('bash') is None, reason='no bash')
@pytest.mark.parametrize('line, expected', [
    ('mmseg lay', ['layout']), ('mmseg convert lab', ['labelme']),
    ('mmseg export ', ['torchscript', 'onnx', 'tensorrt', 'torchserve']),
    ('mmseg layout --nest', ['--nested']), ('mmseg layout --format hoc', ['hocr'])])
def test_bash(line, expected, capsys, tmp_path):
    found = completed(script('bash', capsys), line, tmp_path)
    assert [word for word in found if word not in ('-h', '--help')] == expected


def test_zsh(capsys):
    text = script('zsh', capsys)
    assert text.startswith('#compdef mmseg\n')
    assert "    labelme:'" in text and '"--nested[' in text


def test_without_shtab(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, 'shtab', None)
    with pytest.raises(SystemExit) as end:
        main(['completion', 'bash'])
    assert end.value.code == 1
    assert capsys.readouterr().err == 'error: completion needs shtab: pip install shtab\n'
