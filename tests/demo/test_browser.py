"""The page as somebody sees it, in a headless Chromium."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse

import pytest
from tiny_demo import write_video

pytest.importorskip('gradio', reason='the page needs gradio')
sync_api = pytest.importorskip('playwright.sync_api', reason='drives the browser')

SLOW = 240_000      # ms: the first answer loads the model, on a busy machine


@pytest.fixture(scope='module')
def browser() -> Iterator:
    found = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None)
    with sync_api.sync_playwright() as playwright:
        try:
            made = playwright.chromium.launch(executable_path=found, args=['--no-sandbox'])
        except sync_api.Error as error:
            pytest.skip(f'no Chromium to be started: {str(error).splitlines()[0]}')
        yield made
        made.close()


@pytest.fixture
def page(browser, server) -> Iterator:
    made = browser.new_page(viewport=dict(width=1400, height=1000))
    made.hosts = set()
    made.on('request', lambda request: made.hosts.add(urlparse(request.url).hostname))
    made.goto(server.url)
    made.locator('#me-run').wait_for(timeout=SLOW)
    yield made
    made.close()


def test_from_an_example_to_the_downloaded_result(page, tmp_path: Path) -> None:
    page.locator('#me-examples button').nth(1).click()
    page.locator('#me-video video').wait_for(timeout=SLOW)
    page.locator('#me-run').click()
    page.locator('.me-class').wait_for(timeout=SLOW)
    assert page.locator('#me-summary').inner_text().count('happiness') >= 1      # the truth is told
    for tab, wanted in (('Timeline', 'img.me-full'), ('Aligned face', '.me-faces img'),
                        ('Dynamic image', '.me-pair img'), ('Class activation', '.me-column img')):
        page.get_by_role('tab', name=tab).click()
        sync_api.expect(page.locator(wanted).first).to_be_visible()
    assert page.get_by_role('tab', name='Flow and landmarks').count() == 0      # FDP has none
    with page.expect_download() as download:
        page.get_by_text('Result as JSON').click()
    download.value.save_as(tmp_path / 'result.json')
    result = json.loads((tmp_path / 'result.json').read_text())
    shown = result['clips'][result['shown_clip']]
    assert shown['class_name'] in page.locator('.me-class').inner_text() and result['model'] == 'fdp'
    with page.expect_download() as download:
        page.get_by_text('All with figures').click()
    assert download.value.suggested_filename == 'result.zip'
    assert page.hosts <= {'127.0.0.1', None}      # nothing is told to anyone else


def test_a_bad_file_is_a_sentence(page, server, tmp_path: Path) -> None:
    path = tmp_path / 'broken.mp4'
    path.write_bytes(b'\0\0\0\x20ftypisom' + bytes(800))
    page.locator('#me-video input[type=file]').set_input_files(path)
    page.locator('#me-video video').wait_for(timeout=SLOW)
    page.locator('#me-run').click()
    alert = page.locator('#me-message [role=alert]')
    alert.wait_for(timeout=SLOW)
    assert alert.inner_text().startswith('broken.mp4 cannot be read: it is damaged')
    assert page.locator('.me-class').count() == 0 and not server.uploads()


def test_an_upload_is_answered_and_gone(page, server, tmp_path: Path) -> None:
    page.locator('#me-video input[type=file]').set_input_files(write_video(tmp_path / 'face.avi', frames=36))
    page.locator('#me-video video').wait_for(timeout=SLOW)
    page.locator('#me-run').click()
    page.locator('.me-class').wait_for(timeout=SLOW)
    assert 'deleted' in page.locator('#me-message').inner_text()
    assert page.locator('#me-video video').count() == 0 and not server.uploads()


def test_a_telephone_shows_it_without_moving_sideways(page) -> None:
    page.set_viewport_size(dict(width=390, height=844))
    page.locator('#me-examples button').first.click()
    page.locator('#me-video video').wait_for(timeout=SLOW)
    page.locator('#me-run').click()
    page.locator('.me-class').wait_for(timeout=SLOW)
    sync_api.expect(page.locator('img.me-narrow')).to_be_visible()
    assert page.evaluate('document.documentElement.scrollWidth') <= 390
