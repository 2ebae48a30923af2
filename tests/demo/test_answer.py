from __future__ import annotations

import base64
import csv
import io
import json
import re
import zipfile

import pytest
from tiny_demo import CLASSES, prediction

from fdp_mmaction.demo import html
from fdp_mmaction.demo.answer import NOTICE, Answer, pack_json, pack_zip, scores_table

PICTURES = {'timeline': b'T', 'timeline_narrow': b'N', 'dynamic_image': b'D'}


@pytest.fixture
def answer() -> Answer:
    return Answer(prediction().to_json(), 3, 'small', 1.25, dict(PICTURES), (b'1', b'2', b'3', b'4'))


def test_json_is_the_prediction_with_the_notice(answer: Answer) -> None:
    read = json.loads(pack_json(answer))
    assert read.pop('notice') == NOTICE and read.pop('model') == 'small' and read.pop('shown_clip') == 3
    assert read == json.loads(json.dumps(prediction().to_json()))


def test_the_table_has_a_row_for_each_window() -> None:
    heading, *rows = scores_table(prediction().to_json())
    assert heading == ['onset', 'offset', 'onset_seconds', 'offset_seconds', 'class',
                       *(f'score_{name}' for name in CLASSES)]
    assert rows[3][:5] == [6, 13, 0.6, 1.3, 'surprise'] and rows[3][5:] == pytest.approx([0.05] * 3 + [0.8, 0.05])
    heading, *rows = scores_table(prediction(timed=False).to_json())
    assert heading[:3] == ['onset', 'offset', 'class'] and {len(row) for row in rows} == {8}


def test_the_archive_holds_all(answer: Answer) -> None:
    with zipfile.ZipFile(io.BytesIO(pack_zip(answer))) as archive:
        assert sorted(archive.namelist()) == [
            'dynamic_image.png', 'faces/000006.png', 'faces/000008.png', 'faces/000011.png', 'faces/000013.png',
            'result.json', 'scores.csv', 'timeline.png']
        assert archive.read('timeline.png') == b'T' and archive.read('faces/000008.png') == b'2'
        rows = list(csv.reader(io.StringIO(archive.read('scores.csv').decode())))
    assert len(rows) == 6 and rows[4][4] == 'surprise'


def test_the_summary_says_what_and_where_and_gives_the_files(answer: Answer) -> None:
    text = html.summary(answer)
    assert '>surprise<small>score 0.80</small>' in text
    assert 'Strongest of 5 windows: 0.60 to 1.30 s, frames 6 to 13' in text
    found = dict(re.findall(r'download="([\w.]+)" href="data:[\w/]+;base64,([\w+/=]+)"', text))
    assert base64.b64decode(found['result.json']) == pack_json(answer)
    assert base64.b64decode(found['result.zip'])[:2] == b'PK'


def test_what_comes_from_outside_is_escaped(answer: Answer) -> None:
    answer.prediction['remarks'] = ['<script>alert(1)</script>']
    for text in (html.summary(answer), html.note('<img src=x onerror=alert(1)>', alert=True)):
        assert '<script' not in text and '<img' not in text


def test_parts_of_the_page(answer: Answer) -> None:
    assert html.timeline(answer).count('<img') == 2 and 'Rank scores' in html.timeline(answer)
    assert re.findall(r'>(\d+)</div>', html.faces(answer)) == ['6', '8', '11', '13']
    assert html.dynamic_image(answer).count('<img') == 1
    answer.pictures['dynamic_image_by_model'] = b'M'
    assert html.dynamic_image(answer).count('<img') == 2
    assert html.note('') == '' and 'role="alert"' in html.note('x', alert=True) and 'role="status"' in html.note('x')
