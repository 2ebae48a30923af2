from __future__ import annotations

from pathlib import Path

import pytest
from mmengine.config import Config

import fdp_mmaction.datasets as datasets
from fdp_mmaction.datasets import MicroExpressionDataset
from fdp_mmaction.engine.publishing.licences import TERMS, may_be_shared, prepared_folder, terms_of

REPO = Path(__file__).resolve().parents[3]
CLASSES = [cls for cls in vars(datasets).values() if isinstance(cls, type) and issubclass(cls, MicroExpressionDataset)
           and cls is not MicroExpressionDataset]


@pytest.mark.parametrize('cls', CLASSES)
def test_every_dataset_has_terms_that_its_page_names(cls: type[MicroExpressionDataset]) -> None:
    for terms in TERMS[cls.METAINFO['dataset_name']]:
        if terms.terms:
            page = (REPO / f'docs/datasets/{terms.key}.md').read_text(encoding='utf-8')
            assert terms.link in page and terms.name in page
            forbidden = 'licence forbids passing it on' in ' '.join(page.split())
            assert ('forbids passing' in terms.terms) == forbidden


def test_nothing_else_is_listed() -> None:
    assert set(TERMS) == {cls.METAINFO['dataset_name'] for cls in CLASSES} and len(CLASSES) > 8


def test_unknown_data_is_not_free() -> None:
    [terms] = terms_of(['mine'])
    assert 'terms of mine are not known' in terms.terms and not terms.key
    assert not may_be_shared(['synthetic MEs', 'mine']) and not may_be_shared([]) and may_be_shared(['synthetic MEs'])
    assert prepared_folder('mine') is None


def test_parts_are_listed_once() -> None:
    assert [terms.key for terms in terms_of(['MEGC2019 composite', 'SAMM', 'CASME'])] == [
        'casme2', 'samm', 'smic', 'casme']


@pytest.mark.parametrize('path', sorted(path for path in (REPO / 'configs/_base_/datasets').glob('*.py')
                                        if 'data_root' in path.read_text(encoding='utf-8')), ids=lambda path: path.stem)
def test_folders_are_those_of_the_configs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = Config.fromfile(path).test_dataloader.dataset
    [cls] = [cls for cls in CLASSES if cls.__name__ == part.type]
    variable, folder = prepared_folder(cls.METAINFO['dataset_name'])
    assert part.data_root == folder
    monkeypatch.setenv(variable, 'elsewhere')
    assert Config.fromfile(path).test_dataloader.dataset.data_root == 'elsewhere'
