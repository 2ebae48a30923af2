from __future__ import annotations

import json

import numpy as np
import pytest
from conftest import write_prepared
from matplotlib.colors import to_hex

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.functional.dynamic_image import dynamic_image
from fdp_mmaction.visualization.clip_sources import read_prepared_records
from fdp_mmaction.visualization.folder_figures import (draw_apexes, draw_class_means, draw_overview,
                                                       spread_over_subjects)
from fdp_mmaction.visualization.folder_summary import (FolderSummary, class_means, default_classes, protocol_of,
                                                       summarise_folder)
from fdp_mmaction.visualization.print_style import class_marks

EMOTIONS = ('disgust', 'disgust', 'surprise')


@pytest.fixture
def folder(tmp_path):
    return write_prepared(tmp_path / 'f', subjects=2, clips=4, emotions=EMOTIONS)


def with_metainfo(folder, **metainfo):
    path = folder / 'annotations.json'
    content = json.loads(path.read_text())
    content['metainfo'].update(metainfo)
    path.write_text(json.dumps(content))
    return folder


def test_counts_and_durations(folder) -> None:
    summary = summarise_folder(folder, read_prepared_records(folder))
    assert list(summary.groups) == ['disgust', 'surprise'] and summary.subjects == ('sub01', 'sub02')
    assert summary.counts.tolist() == [[3, 3], [1, 1]] and summary.name == 'noise' and summary.fps is None
    assert summary.durations[1].tolist() == [12, 12]
    with_metainfo(folder, fps=200)
    assert summarise_folder(folder, read_prepared_records(folder)).durations[1].tolist() == [60, 60]
    with_metainfo(folder, fps={'casme2': 200, 'smic': 100})
    assert summarise_folder(folder, read_prepared_records(folder)).fps is None


def test_classes_of_a_protocol(folder) -> None:
    with_metainfo(folder, dataset='synthetic')
    protocol = protocol_of(folder, '3-class')
    summary = summarise_folder(folder, read_prepared_records(folder), protocol.mapping, protocol.classes)
    assert {name: len(records) for name, records in summary.groups.items()} == {'negative': 6, 'surprise': 2}
    with pytest.raises(DatasetError, match="SyntheticMEDataset has no protocol '9-class'"):
        protocol_of(folder, '9-class')
    with pytest.raises(DatasetError, match="holds the dataset 'mine', whose protocols are not known"):
        protocol_of(with_metainfo(folder, dataset='mine'), '3-class')
    with pytest.raises(DatasetError, match='holds no ME of these classes'):
        summarise_folder(folder, read_prepared_records(folder), {'fear': 'fear'})


def test_means_of_a_class(folder) -> None:
    records = read_prepared_records(folder)[:3]
    clips = [np.load(record['frames_path']).astype(float) for record in records]
    means = class_means(iter(records))
    np.testing.assert_allclose(means.face, np.mean([clip[0] for clip in clips], axis=0))
    np.testing.assert_allclose(means.change, np.mean([abs(clip[5] - clip[0]) for clip in clips], axis=0))
    images = [dynamic_image(clip) for clip in clips]
    np.testing.assert_allclose(means.image, np.mean([image / abs(image).max() for image in images], axis=0))
    assert means.count == 3
    np.save(records[1]['frames_path'], np.zeros((12, 16, 16), np.uint8))
    with pytest.raises(DatasetError, match='frames of 16x16 pixels, others of 32x32'):
        class_means(records)


def test_overview(folder) -> None:
    figure = draw_overview(summarise_folder(folder, read_prepared_records(folder)))
    counts, durations = figure.axes       # few subjects: numbers, no bar of colours
    assert [label.get_text() for label in counts.get_yticklabels()] == ['disgust (6)', 'surprise (2)']
    assert [text.get_text() for text in counts.texts] == ['3', '3', '1', '1']
    assert figure.get_suptitle() == 'noise: 8 MEs of 2 subjects' and '(frames)' in durations.get_xlabel()


def test_whiskers_end_at_the_box(folder) -> None:
    summary = summarise_folder(folder, read_prepared_records(folder))
    durations = draw_overview(FolderSummary(summary.name, {'x': [dict(subject='sub01', frame_ids=[1, last])
                                                                 for last in (10, 20, 30, 40, 50)]}, ('sub01',), None)
                              ).axes[1]
    ends = [path.vertices[:, 0].tolist() for path in durations.collections[0].get_paths()]
    box = durations.patches[0]
    assert ends == [[10, 20], [40, 50]] and (box.get_x(), box.get_width()) == (20, 20)


def test_counts_that_are_all_the_same_are_no_extreme(folder) -> None:
    records = read_prepared_records(folder)
    low, high = draw_overview(summarise_folder(folder, records)).axes[0].images[0].get_clim()
    assert (low, high) == (0, 3)
    assert draw_overview(summarise_folder(folder, [record for record in records if record['emotion'] == 'disgust'])
                         ).axes[0].images[0].get_clim() == (0, 6)


def test_order_and_colours_of_the_default_protocol(folder) -> None:
    with_metainfo(folder, dataset='synthetic')
    records = read_prepared_records(folder)
    records[0]['emotion'] = 'boredom'
    summary = summarise_folder(folder, records)
    five = ('happiness', 'disgust', 'repression', 'surprise', 'others')
    assert list(summary.groups) == ['disgust', 'surprise', 'boredom'] and summary.order == (*five, 'boredom')
    bars = draw_overview(summary).axes[1].patches
    marks = class_marks(five)
    expected = [marks[name]['color'] for name in ('disgust', 'surprise')]
    assert [to_hex(bar.get_facecolor()) for bar in bars[:2]] == expected
    for dataset in ('casme2', 'samm', 'smic', 'casme_squared', 'casme3', 'casme3_part_c', 'casme', 'mmew', 'composite'):
        assert len(default_classes(dataset)) >= 3
    assert default_classes('mine') == ()


def test_pictures_of_classes_and_apexes(folder) -> None:
    records = read_prepared_records(folder)
    summary = summarise_folder(folder, records)
    means = {name: class_means(found) for name, found in summary.groups.items()}
    grid = draw_class_means(means, 'noise').axes
    assert [axes.get_title() for axes in grid[:2]] == ['disgust\n(6)', 'surprise\n(2)'] and len(grid) == 6
    np.testing.assert_array_equal(grid[5].images[0].get_array(), means['surprise'].image)
    sheet = draw_apexes(summary, per_class=3).axes
    assert [bool(axes.images) for axes in sheet] == [True] * 5 + [False]
    assert sheet[1].get_title() == 'sub02/EP00_01\nAU 4'       # another subject before another ME of the first
    np.testing.assert_array_equal(sheet[0].images[0].get_array(), np.load(records[0]['frames_path'])[5])


def test_every_subject_in_turn() -> None:
    records = [dict(subject=name, k=k) for k, name in enumerate('aaabcb')]
    assert [record['k'] for record in spread_over_subjects(records)] == [0, 3, 4, 1, 5, 2]
