import pytest

from mmseg.utils.errors import InputError
from mmseg.utils.safe_files import parse_yaml, read_json, read_yaml, reading


def test_json_is_read_with_and_without_a_byte_order_mark(tmp_path):
    file = tmp_path / 'a.json'
    file.write_bytes(b'\xef\xbb\xbf{"a": [1, null]}')
    assert read_json(file) == {'a': [1, None]}


@pytest.mark.parametrize('text, why', [
    (b'[' * 100_000, 'nested too deeply'), (b'{"a": 1', 'not valid JSON'),
    (b'9' * 10_000, 'not valid JSON'), (b'\xff\xfe', 'not text in UTF-8')])
def test_json_that_is_none_is_a_sentence(tmp_path, text, why):
    file = tmp_path / 'a.json'
    file.write_bytes(text)
    with pytest.raises(InputError, match=f'a.json .*{why}'):
        read_json(file)


def test_a_large_file_is_refused_before_it_is_read(tmp_path):
    file = tmp_path / 'a.json'
    file.write_text('[' + '1,' * 1000 + '1]')
    with pytest.raises(InputError, match='at most 0 MB are read'):
        read_json(file, max_bytes=1000)


def test_yaml_has_plain_types_alone(tmp_path):
    file = tmp_path / 'a.yaml'
    file.write_text('a: [1, 2.5, yes, "x", 2020-01-01]\nb: &one {c: 1}\nd: [*one, *one]\n')
    assert read_yaml(file)['d'] == [{'c': 1}, {'c': 1}]
    file.write_text(f'!!python/object/apply:os.mkdir [{tmp_path / "made"}]')
    with pytest.raises(InputError, match='could not determine a constructor for the tag'):
        read_yaml(file)
    assert not (tmp_path / 'made').exists()


def test_bombs_of_aliases_are_counted_not_unfolded():
    lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
    lines += [f'a{n}: &a{n} [{", ".join([f"*a{n - 1}"] * 10)}]' for n in range(1, 5)]
    assert len(parse_yaml('\n'.join(lines), 'a.yaml')['a4']) == 10  # 111,110 values
    lines += [f'a{n}: &a{n} [{", ".join([f"*a{n - 1}"] * 10)}]' for n in range(5, 9)]
    with pytest.raises(InputError, match='a.yaml has aliases that make it 1,000,000 values'):
        parse_yaml('\n'.join(lines), 'a.yaml')
    with pytest.raises(InputError, match='1,000,000 values'):
        parse_yaml('&a [*a]', 'a.yaml')
    with pytest.raises(InputError, match='nested more than 100 times'):
        parse_yaml('[' * 200 + ']' * 200, 'a.yaml')


def test_what_reading_raises_becomes_a_sentence():
    with pytest.raises(InputError, match="^a.json is not a file of labelme, or is damaged: it "
                                         "lacks 'shapes'$"), \
            reading('a.json', 'a file of labelme'):
        {}['shapes']
    with pytest.raises(AssertionError), reading('a.json'):
        raise AssertionError
