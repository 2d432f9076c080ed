"""Classes of errors: those that code written for 0.x catches."""
import pytest

from mmseg.utils.errors import (
    InputError,
    MissingFeatureError,
    MissingFileError,
    UnknownNameError,
    plural,
)


@pytest.mark.parametrize('error, also', [
    (InputError, (ValueError, AssertionError, TypeError, NotImplementedError)),
    (UnknownNameError, (InputError, KeyError)),
    (MissingFileError, (InputError, FileNotFoundError)),
    (MissingFeatureError, (InputError, IndexError))])
def test_an_error_is_of_the_classes_that_0x_raised_and_reads_as_it_is(error, also):
    for kind in also:
        with pytest.raises(kind) as caught:
            raise error("there is no 'x'")
        assert str(caught.value) == "there is no 'x'"


def test_numbers_of_things():
    assert [plural(number, 'page') for number in (0, 1, 2)] == ['0 pages', '1 page', '2 pages']
    assert plural(1, 'class', 'classes') == '1 class'
    assert plural(5, 'class', 'classes') == '5 classes'
