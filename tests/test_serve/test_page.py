"""The web page, in a real browser."""
import json
import shutil
import time

import pytest

from .conftest import png, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.skipif(
    not (shutil.which('chromium') and shutil.which('chromedriver')),
    reason='needs chromium and chromium-driver')]


@pytest.fixture
def browser(tmp_path):
    from selenium import webdriver
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which('chromium')
    for flag in ('--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
                 '--window-size=1200,900'):
        options.add_argument(flag)
    options.add_experimental_option('prefs', {'download.default_directory': str(tmp_path)})
    options.set_capability('goog:loggingPrefs', {'browser': 'ALL'})
    service = webdriver.ChromeService(shutil.which('chromedriver'))
    browser = webdriver.Chrome(options, service)
    yield browser
    browser.quit()


def test_a_page_is_read_shown_and_saved(address, browser, tmp_path):
    def find(what):
        return browser.find_element('css selector', what)

    (tmp_path / 'page.png').write_bytes(png())
    (tmp_path / 'text.png').write_bytes(b'no picture')
    browser.get(address)
    assert not find('#view').is_displayed()
    find('#file').send_keys(str(tmp_path / 'text.png'))
    wait_for(lambda: 'error' in find('#message').get_attribute('class'))
    assert find('#message').text.startswith('text.png cannot be read as a picture')

    find('#file').send_keys(str(tmp_path / 'page.png'))
    wait_for(lambda: find('#view').is_displayed())
    assert find('#message').text == 'page.png: 1 page, 1 region'
    assert find('#type').text == 'document (100 %)'
    shapes = browser.find_elements('css selector', '#shapes path.region')
    assert [shape.get_attribute('aria-label') for shape in shapes] == ['1: text']
    picture, shape = find('#picture').rect, shapes[0].rect
    # the block lies at a ninth of the page's 90 pixels, and is a third of them wide
    assert shape['x'] - picture['x'] == pytest.approx(picture['width'] / 9, abs=3)
    assert shape['width'] == pytest.approx(picture['width'] / 3, abs=3)

    find('#classes input').click()
    assert browser.find_elements('css selector', '#shapes path') == []
    find('#classes input').click()

    def drawn():
        return [shape.get_attribute('class')
                for shape in browser.find_elements('css selector', '#shapes path')]

    assert find('#count').text == '1' and drawn() == ['line', 'base', 'region']
    find('#lines').click()
    assert drawn() == ['region']
    find('#lines').click()
    find('#blocks').click()
    assert drawn() == ['line', 'base']
    find('#blocks').click()

    find('#formats button').click()
    wait_for((tmp_path / 'page.json').exists)
    time.sleep(0.1)
    assert json.loads((tmp_path / 'page.json').read_text())['pages'][0]['width'] == 90
    # the only complaint is that of the file that is not a picture
    assert [entry['message'] for entry in browser.get_log('browser')
            if '422' not in entry['message']] == []
