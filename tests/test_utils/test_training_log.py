"""Logs of trainings that are written by hand."""
import json

import pytest

from mmseg.utils.errors import InputError
from mmseg.utils.training_log import read_runs


def train(iteration, epoch=1, time=1., **values):
    return dict(mode='train', epoch=epoch, iter=iteration, time=time, data_time=0.25, **values)


def val(pages, epoch=1, **scores):
    return dict(mode='val', epoch=epoch, iter=pages, **scores)


@pytest.fixture
def log(tmp_path):
    """A function that writes rows, or lines, as a log in a folder."""
    def write(name, *rows, head=None):
        file = tmp_path / f'{name}.log.json'
        file.parent.mkdir(exist_ok=True)
        lines = [row if isinstance(row, str) else json.dumps(row)
                 for row in (head or {'seed': 0}, *rows)]
        file.write_text('\n'.join(lines) + '\n')
        return file
    return write


def test_an_evaluation_has_the_position_of_the_training(log):
    # iterations go on over the epochs; the 51 is the number of pages
    file = log('a/1', train(20, loss=3.), train(40, 2, loss=2.), val(51, 2, mIoU=.3, page_acc=.8),
               train(60, 2, loss=1.), val(51, 2, mIoU=.5, page_acc=.9))
    run, = read_runs([file])
    assert run.name == 'a' and run.unit == 'iteration'
    assert run.curve('loss') == ([20, 40, 60], [3, 2, 1])
    assert run.curve('page_acc') == ([40, 60], [.8, .9])


def test_epochs_are_counted_where_the_training_counts_them(log):
    file = log('a/1', train(5), train(10), val(3, 1, mIoU=.3), train(5, 2), train(10, 2),
               val(3, 2, mIoU=.4))
    run, = read_runs([file])
    assert run.unit == 'epoch'
    assert run.curve('time')[0] == [.5, 1, 1.5, 2] and run.curve('mIoU')[0] == [1, 2]


def test_the_config_in_the_head_says_what_is_counted(log):
    file = log('a/1', train(5), head={'config': "runner = dict(type='EpochBasedRunner')"})
    assert read_runs([file])[0].by_epoch


def test_a_resumed_training_is_one(log):
    first = log('a/1', train(10, loss=5.), train(20, loss=4.), val(3, mIoU=.2),
                train(30, loss=3.), train(40, loss=9.))
    # killed after 40, resumed from the checkpoint of 30
    second = log('a/2', train(40, loss=2.), train(50, loss=1.), val(3, mIoU=.6))
    for logs in ([first, second], [second, first], [first.parent]):
        run, = read_runs(logs)
        assert run.curve('loss') == ([10, 20, 30, 40, 50], [5, 4, 3, 2, 1])
        assert run.curve('mIoU') == ([20, 50], [.2, .6])
        assert run.resumed_at == [30] and 'resumed after iteration 30' in run.time_summary()


def test_a_resumed_training_of_a_single_line(log):
    log('a/1', train(10, loss=5.), train(20, loss=4.))
    run, = read_runs([log('a/2', train(30, loss=3.)).parent])
    assert run.curve('loss') == ([10, 20, 30], [5, 4, 3])


def test_a_training_that_begins_again_or_elsewhere_is_another(log):
    files = [log('a/1', train(10), train(20)), log('a/2', train(10), train(20)),
             log('b/1', train(30), train(40))]
    assert [run.name for run in read_runs(files)] == ['a/1', 'a/2', 'b']


def test_a_last_line_that_was_cut_off_is_passed_over(log):
    run, = read_runs([log('a/1', train(10), '{"mode": "train", "ep')])
    assert run.curve('time') == ([10], [1])
    with pytest.raises(InputError, match='1.log.json, line 2, is not JSON'):
        read_runs([log('a/1', '{"mode', train(10))])


def test_times(log):
    text = read_runs([log('a/1', train(10, time=4.), train(20, time=1.), train(30, time=1.))])[
        0].time_summary()
    assert text.splitlines() == [
        'a: 2.0000 seconds an iteration, of which 0.2500 waiting for data',
        '  slowest: up to iteration 10, 4.0000 seconds an iteration',
        '  fastest: up to iteration 20, 1.0000 seconds an iteration',
        '  standard deviation over the lines of the log: 1.4142']  # the root of (4 + 1 + 1) / 3
    epochs = read_runs([log('a/1', train(5, time=1.), train(10, time=3.), train(5, 2, time=5.))])[0]
    assert 'slowest: epoch 2, 5.0000' in epochs.time_summary()
    assert 'fastest: epoch 1, 2.0000' in epochs.time_summary()


def test_a_key_that_was_never_logged(log):
    run, = read_runs([log('a/1', train(10, loss=1.), val(3, mIoU=.5))])
    with pytest.raises(InputError, match=r"no 'mIuo' \(did you mean 'mIoU'\?\); it has time, "
                                         'data_time, loss, mIoU'):
        run.curve('mIuo')


@pytest.mark.parametrize('name, message', [
    ('nowhere', 'nowhere not found'), ('empty', 'empty holds no .log.json file'),
    ('epochs', 'some of these trainings count epochs')])
def test_logs_that_cannot_be_drawn(log, tmp_path, name, message):
    (tmp_path / 'empty').mkdir()
    log('epochs/1', train(5), train(5, 2))
    with pytest.raises(InputError, match=message):
        read_runs([tmp_path / name, log('a/1', train(10), train(20, 2))])
    with pytest.raises(InputError, match='holds no line of a training'):
        read_runs([log('b/1')])
    with pytest.raises(InputError, match='holds no line of a training'):
        read_runs([log('c/1', {**train(10), 'iter': 'x'}, {**train(10), 'epoch': 10**400})])
    with pytest.raises(InputError, match='line 2, is not JSON'):
        read_runs([log('d/1', '{"mode": "train", "iter": ' + '1' * 5000 + '}', train(10))])


def test_numbers_beyond_all_charts_are_passed_over(log):
    run, = read_runs([log('a/1', train(10, loss=10**400, memory='x'), train(20, loss=1))])
    assert run.curve('loss') == ([20], [1.]) and 'GPU' not in run.time_summary()


@pytest.mark.parametrize('time', [float('nan'), float('inf'), -1., 1e300])
def test_what_is_no_number_of_seconds_is_left_out_of_means(log, time):
    run, = read_runs([log('a/1', train(10, time=time), train(20, time=2.))])
    assert run.time_summary().startswith('a: 2.0000 seconds an iteration, of which 0.2500')
