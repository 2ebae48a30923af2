from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mini_casme2 import write_mini_casme2
from mini_parts import CASME2, LISTED, SAMM, SIZE, SMIC, write_part, write_parts
from mini_samm import write_mini_samm

from fdp_mmaction.datasets.composite import PART_CENSUS, CompositeMEDataset
from fdp_mmaction.datasets.preparation import PreparationSettings, prepare_release
from fdp_mmaction.datasets.preparation.composite import prepare_composite
from fdp_mmaction.datasets.readers import CASME2 as CASME2_READER
from fdp_mmaction.datasets.readers.samm import SAMM as SAMM_READER
from fdp_mmaction.errors import DatasetError


@pytest.fixture
def parts(tmp_path) -> dict[str, Path]:
    return write_parts(tmp_path)


def _ids(report) -> list[str]:
    return [record['sample_id'] for record in report.data_list]


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob('*') if path.is_file()}


def _edit(path: Path, change) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def _list(folder: Path, names=LISTED) -> Path:
    path = folder / 'video442Names.txt'
    path.write_text(''.join(f'{name} \n' for name in names))      # the public file ends its lines with a blank
    return path


INCLUDED = ['casme2/sub01/EP02_01f', 'casme2/sub04/EP12_02f', 'casme2/sub05/EP03_06', 'samm/006/006_1_2',
            'samm/006/006_3_5', 'samm/007/007_6_1', 'samm/026/026_1_1', 'smic/s01/s01_ne_01', 'smic/s01/s01_po_01',
            'smic/s11/s11_sur_01']


def test_by_rule(parts, tmp_path):
    before = {name: _files(folder) for name, folder in parts.items()}
    report = prepare_composite(parts, tmp_path / 'megc2019')
    assert _ids(report) == INCLUDED and not report.lost
    assert [(entry.item, entry.reason) for entry in report.left_out] == [
        ('casme2/sub01/EP03_02', 'the emotion others is none of the three classes in casme2'),
        ('casme2/sub04/EP12_01f', 'MEGC2019 does not list it (no apex in the sheet)'),
        ('casme2/sub05/EP19_03f', 'MEGC2019 lists no negative ME of sub05 (inferred from its counts)'),
        ('casme2/sub06/EP10_08', 'the emotion fear is none of the three classes in casme2'),
        ('samm/025/025_4_2', 'the emotion others is none of the three classes in samm')]
    assert len(report.data_list) + len(report.left_out) == len(CASME2) + len(SAMM) + len(SMIC)
    assert sorted(_files(tmp_path / 'megc2019')) == ['annotations.json', 'preparation.json']     # no frames
    assert {name: _files(folder) for name, folder in parts.items()} == before


def test_records_keep_everything_but_subject_and_paths(parts, tmp_path):
    report = prepare_composite(parts, tmp_path / 'deep/megc2019')
    written = json.loads((tmp_path / 'deep/megc2019/annotations.json').read_text())
    assert written['data_list'] == list(report.data_list)
    assert written['metainfo'] == {
        'dataset': 'megc2019', 'fps': {'casme2': 200, 'samm': 200, 'smic': 100}, 'align': 'onset', 'image_size': SIZE,
        'frames': 'gray', 'format': 1}
    originals = {record['sample_id']: record for folder in parts.values()
                 for record in json.loads((folder / 'annotations.json').read_text())['data_list']}
    for record in report.data_list:
        original = originals[record['sample_id']]
        part = f'../../{record["dataset"]}'
        assert record == {**original, 'subject': f'{original["dataset"]}-{original["subject"]}',
                          'frames': f'{part}/{original["frames"]}', 'landmarks': f'{part}/{original["landmarks"]}'}
        assert (tmp_path / 'deep/megc2019' / record['frames']).is_file()


def test_account(parts, tmp_path):
    prepare_composite(parts, tmp_path / 'out', inclusion_list=_list(tmp_path))
    text = (tmp_path / 'out/preparation.json').read_text()
    account = json.loads(text)
    assert str(tmp_path) not in text and account['complete'] is True
    identity = account['identity']
    assert (identity['dataset'], identity['protocol']) == ('megc2019', '3-class')
    inclusion = identity['inclusion_list']
    assert inclusion['file'] == 'video442Names.txt' and len(inclusion['checksum']) == 64
    assert identity['parts']['samm'] == json.loads((parts['samm'] / 'preparation.json').read_text())['identity']
    assert account['parts']['smic']['folder'] == '../smic' and account['parts']['smic']['samples'] == 3
    census = account['census']
    assert (census['samples'], census['expected']['subjects']) == (10, 68)
    assert census['classes'] == {'negative': 4, 'positive': 3, 'surprise': 3}
    assert census['datasets'] == {'casme2': 3, 'samm': 4, 'smic': 3}
    assert census['emotions']['samm/negative'] == 2 and census['subjects']['casme2-sub05'] == 1
    assert sum(census['expected']['emotions'].values()) == 442
    assert '10 samples found, expected 442.' in census['deviations']
    assert '1 samples of casme2/negative found, expected 88.' in census['deviations']


def test_a_complete_composite_meets_the_census(tmp_path):
    emotions = {'casme2': dict(negative='repression', positive='happiness', surprise='surprise'),
                'samm': dict(negative='contempt', positive='happiness', surprise='surprise'),
                'smic': {name: name for name in ('negative', 'positive', 'surprise')}}
    subjects = {'casme2': [f'sub{n:02d}' for n in range(1, 27) if n not in (5, 10, 18)],
                'samm': [f'{n:03d}' for n in range(6, 34)], 'smic': [f's{n:02d}' for n in range(1, 17)]}
    extra = {'casme2': [('sub05', 'EP03_01', 'surprise'), ('sub05', 'EP12_03f', 'disgust'),
                        ('sub04', 'EP12_01f', 'disgust'), ('sub10', 'EP1', 'others'), ('sub02', 'EP2', 'sadness')]}
    parts = {}
    for name, census in PART_CENSUS.items():
        samples = extra.get(name, [])
        for label, count in census.items():
            count -= (name, label) == ('casme2', 'surprise')
            samples += [(subjects[name][n % len(subjects[name])], f'{label}_{n}', emotions[name][label])
                        for n in range(count)]
        parts[name] = write_part(tmp_path / name, name, samples, frames=1, align='none')
    report = prepare_composite(parts, tmp_path / 'out')
    assert report.deviations == [] and len(report.data_list) == 442 and len(report.subjects) == 68
    assert json.loads((tmp_path / 'out/preparation.json').read_text())['census']['classes'] == {
        'negative': 250, 'positive': 109, 'surprise': 83}


@pytest.mark.parametrize('negatives', [(), ('EP19_03f', 'EP19_04')])
def test_sub05_is_left_alone_unless_it_has_one_negative_me(tmp_path, negatives):
    parts = write_parts(tmp_path)
    shutil.rmtree(parts['casme2'])
    write_part(parts['casme2'], 'casme2', [('sub05', 'EP03_06', 'surprise')]
               + [('sub05', clip, 'disgust') for clip in negatives])
    report = prepare_composite(parts, tmp_path / 'out')
    assert sum(record['dataset'] == 'casme2' for record in report.data_list) == 1 + len(negatives)


def test_by_list(parts, tmp_path):
    names = (*LISTED, '', 'sub01_EP03_02', 'SUB01_ep02_01F', 'sub01_EP99', 'sub05_EP19_03f')
    report = prepare_composite(parts, tmp_path / 'out', inclusion_list=_list(tmp_path, names))
    assert _ids(report) == [*INCLUDED[:3], 'casme2/sub05/EP19_03f', *INCLUDED[3:]]
    assert [(entry.item, entry.reason, entry.lost) for entry in report.left_out] == [
        ('video442Names.txt line 13 (SUB01_ep02_01F)', 'repeats line 1 (sub01_EP02_01f)', False),
        ('video442Names.txt line 14 (sub01_EP99)', 'the prepared parts have no ME of this name', True),
        ('casme2/sub01/EP03_02', 'the emotion others is none of the three classes in casme2, but line 12 '
                                 '(sub01_EP03_02) of the list names it', True),
        ('casme2/sub04/EP12_01f', 'video442Names.txt does not list it', False),
        ('casme2/sub06/EP10_08', 'the emotion fear is none of the three classes in casme2', False),
        ('samm/025/025_4_2', 'the emotion others is none of the three classes in samm', False)]


def test_labels_of_a_csv_list_are_compared(parts, tmp_path):
    path = tmp_path / 'combined.csv'
    path.write_text('dataset,sub,filename_o,label,apex,imagename,sub_filename\n'
                    'casme2,sub01,EP02_01f,1,,sub01_EP02_01f.jpg,\n'
                    'casme2,sub05,EP19_03f,2,,sub05_EP19_03f.jpg,\n'
                    'smic,s01,s01_ne_01,0,,s01_s1_ne_01.jpg,\n'
                    ',,,,,,\n'
                    'samm,6,006_1_2,0,,006_006_1_2.jpg,\n')
    report = prepare_composite(parts, tmp_path / 'out', inclusion_list=path)
    assert _ids(report) == ['casme2/sub01/EP02_01f', 'casme2/sub05/EP19_03f', 'samm/006/006_1_2', 'smic/s01/s01_ne_01']
    assert report.remarks == (
        ('casme2/sub05/EP19_03f', 'combined.csv calls it surprise, the release disgust (negative)'),)
    assert not report.lost


def test_what_the_parts_lost_is_lost_here(parts, tmp_path):
    lost = [('row 31 (sub04/EP12_02f)', 'there is no folder'), ('sub01/EP03_02', 'Image img5.jpg is truncated.')]
    for name in ('casme2', 'smic'):
        shutil.rmtree(parts[name])
    write_part(parts['casme2'], 'casme2', [sample for sample in CASME2 if sample[1] not in ('EP12_02f', 'EP03_02')],
               lost=lost)
    write_part(parts['smic'], 'smic', SMIC[1:], lost=[('s01/s01_ne_01', 'no frames')])
    by_rule = prepare_composite(parts, tmp_path / 'rule')
    assert [(entry.item, entry.reason) for entry in by_rule.lost] == [
        ('casme2: row 31 (sub04/EP12_02f)', 'lost when casme2 was prepared: there is no folder'),
        ('casme2: sub01/EP03_02', 'lost when casme2 was prepared: Image img5.jpg is truncated.'),
        ('smic: s01/s01_ne_01', 'lost when smic was prepared: no frames')]
    by_list = prepare_composite(parts, tmp_path / 'list', inclusion_list=_list(tmp_path))
    assert [(entry.item, entry.reason) for entry in by_list.lost] == [
        ('video442Names.txt line 2 (sub04_EP12_02f)', 'lost when casme2 was prepared: there is no folder'),
        ('video442Names.txt line 8 (s01_s01_ne_01)', 'lost when smic was prepared: no frames')]


def test_again(parts, tmp_path):
    out = tmp_path / 'out'
    prepare_composite(parts, out)
    first = _files(out)
    prepare_composite(parts, out)
    assert _files(out) == first
    with pytest.raises(DatasetError, match=r"inclusion_list.* = None, now .*--fresh"):
        prepare_composite(parts, out, inclusion_list=_list(tmp_path))
    assert _files(out) == first
    prepare_composite(parts, out, inclusion_list=_list(tmp_path), fresh=True)
    assert _files(out) != first
    identity = json.loads((out / 'preparation.json').read_text())['identity']
    assert identity['inclusion_list']['file'] == 'video442Names.txt'


def _unfinished(parts):
    _edit(parts['samm'] / 'preparation.json', lambda content: content.update(complete=False))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def _again(parts, name, **options):
    shutil.rmtree(parts[name])
    write_part(parts[name], options.pop('dataset', name), options.pop('samples', SAMM), **options)


@pytest.mark.parametrize('harm, message', [
    (lambda parts: parts.pop('smic'), 'casme2, samm and smic, but smic is missing'),
    (lambda parts: parts.update(casme=parts['casme2']), 'but casme is none of them'),
    (lambda parts: shutil.rmtree(parts['smic']), 'is no prepared folder'),
    (lambda parts: (parts['samm'] / 'preparation.json').write_text('{'), 'cannot be read'),
    (lambda parts: (parts['samm'] / 'preparation.json').write_text('[]'), 'is damaged'),
    (_unfinished, 'was not prepared to the end'),
    (lambda parts: (parts['samm'] / 'annotations.json').unlink(), 'was not prepared to the end'),
    (lambda parts: (parts['samm'] / 'annotations.json').write_text('{"data_list": 3}'), 'is damaged'),
    (lambda parts: _edit(parts['samm'] / 'annotations.json', lambda content: content['data_list'][1].pop('frames')),
     'is damaged'),
    (lambda parts: _edit(parts['samm'] / 'annotations.json', lambda content: content['metainfo'].update(format=0)),
     'was prepared in format 0, now 1 is needed'),
    (lambda parts: parts.update(samm=parts['casme2']), "holds the dataset 'casme2', not 'samm'"),
    (lambda parts: _edit(parts['samm'] / 'annotations.json', lambda c: c['data_list'][0].update(dataset='casme3')),
     "annotations.json holds the dataset 'casme3', not 'samm'"),
    (lambda parts: _again(parts, 'samm', size=24), 'was prepared with size = 16, .* with 24: prepare all parts alike'),
    (lambda parts: _again(parts, 'samm', align='frame'), "align = 'onset', .* with 'frame'"),
    (lambda parts: _again(parts, 'samm', align='none'), "align = 'onset', .* with 'none'"),
    (lambda parts: _edit(parts['samm'] / 'preparation.json',
                         lambda content: content['identity']['settings'].update(border=0)), 'border = 128, .* with 0'),
    (lambda parts: _again(parts, 'smic', samples=SMIC, dataset='smic_vis'), "dataset 'smic_vis', not 'smic'"),
    (lambda parts: _cut(parts['samm'] / 'clips/007/007_6_1.npy'), 'lacks the frames or landmarks of samm/007/007_6_1'),
    (lambda parts: (parts['smic'] / 'clips/s11/s11_sur_01.landmarks.npy').unlink(), 'landmarks of smic/s11/s11_sur_01'),
])
def test_unfit_parts_are_refused(parts, tmp_path, harm, message):
    harm(parts)
    with pytest.raises(DatasetError, match=message) as error:
        prepare_composite(parts, tmp_path / 'out')
    assert str(error.value).endswith('.') and '\n' not in str(error.value)
    assert not (tmp_path / 'out').exists()


def test_a_damaged_clip_outside_the_composite_does_not_matter(parts, tmp_path):
    (parts['samm'] / 'clips/025/025_4_2.npy').unlink()
    assert _ids(prepare_composite(parts, tmp_path / 'out')) == INCLUDED


@pytest.mark.parametrize('out', ['casme2', 'casme2/inside', '.'])
@pytest.mark.parametrize('fresh', [False, True])
def test_parts_are_never_written_to(parts, tmp_path, out, fresh):
    before = {name: _files(folder) for name, folder in parts.items()}
    with pytest.raises(DatasetError, match='must not contain each other'):
        prepare_composite(parts, tmp_path / out, fresh=fresh)
    assert {name: _files(folder) for name, folder in parts.items()} == before


def test_nothing_in_common(parts, tmp_path):
    with pytest.raises(DatasetError, match='No ME of video442Names.txt is in the prepared parts'):
        prepare_composite(parts, tmp_path / 'out', inclusion_list=_list(tmp_path, ['sub99_EP1']))
    for name, emotion in (('casme2', 'others'), ('samm', 'others'), ('smic', 'others')):
        shutil.rmtree(parts[name])
        write_part(parts[name], name, [('s1', 'a', emotion)])
    with pytest.raises(DatasetError, match='has one of the three classes'):
        prepare_composite(parts, tmp_path / 'out')


def test_moved_together_and_through_links(parts, tmp_path):
    (tmp_path / 'elsewhere').mkdir()
    (tmp_path / 'link').symlink_to(tmp_path / 'elsewhere')
    linked = tmp_path / 'linked_samm'
    linked.symlink_to(parts['samm'])
    prepare_composite({**parts, 'samm': linked}, tmp_path / 'link/megc2019')
    for name in ('casme2', 'samm', 'smic', 'elsewhere'):
        (tmp_path / 'moved').mkdir(exist_ok=True)
        (tmp_path / name).rename(tmp_path / 'moved' / name)
    dataset = CompositeMEDataset(str(tmp_path / 'moved/elsewhere/megc2019'), test_subject='samm-006')
    for index in range(len(dataset)):
        info = dataset.get_data_info(index)
        assert np.load(info['frames_path']).shape == (info['num_frames'], SIZE, SIZE)


@pytest.fixture(scope='module')
def sound(tmp_path_factory):
    root = tmp_path_factory.mktemp('sound')
    return root, write_parts(root)


def _places(value, path=()):
    yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from _places(value[key], (*path, key))


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from(['casme2', 'smic']), st.sampled_from(['annotations.json', 'preparation.json']),
       st.sampled_from([None, 0, -1, True, '', '../x', 'smic', [], {}, [{}], 1.5]))
def test_any_harm_to_the_account_of_a_part_gives_a_result_or_one_clear_error(sound, data, name, file, junk):
    root, parts = sound
    path, out = parts[name] / file, root / 'out'
    whole = path.read_text()
    content = json.loads(whole)
    where = data.draw(st.sampled_from(list(_places(content))))
    holder = content
    for key in where[:-1]:
        holder = holder[key]
    if where:
        holder[where[-1]] = junk
    try:
        path.write_text(json.dumps(content if where else junk))
        report = prepare_composite(parts, out)
        assert len(report.data_list) >= 7
        json.loads((out / 'preparation.json').read_text())
    except DatasetError as error:
        assert str(error).endswith('.') and '\n' not in str(error)
    finally:
        path.write_text(whole)
        shutil.rmtree(out, ignore_errors=True)


def test_parts_from_releases(tmp_path):
    """The readers' own folders fit together."""
    parts = {}
    for reader, root in ((CASME2_READER, write_mini_casme2(tmp_path / 'release/casme2')),
                         (SAMM_READER, write_mini_samm(tmp_path / 'release/samm'))):
        settings = PreparationSettings(size=SIZE, landmark_options={'folder': str(root / 'landmarks')})
        parts[reader.name] = tmp_path / 'data' / reader.name
        prepare_release(reader, root, parts[reader.name], settings)
    parts['smic'] = write_part(tmp_path / 'data/smic', 'smic', SMIC)
    report = prepare_composite(parts, tmp_path / 'data/megc2019')
    assert {'casme2/sub01/EP02_01f', 'samm/006/006_1_2', 'smic/s01/s01_ne_01'} <= set(_ids(report))
    assert {'casme2/sub04/EP12_01f', 'casme2/sub24/EP02_07', 'samm/007/007_3_1'}.isdisjoint(_ids(report))
    assert any(entry.item == 'casme2: row 6 (sub02/EP03_2)' for entry in report.lost)
