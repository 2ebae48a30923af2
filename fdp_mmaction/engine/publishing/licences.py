"""What the datasets' agreements mean for weights trained on them; ``docs/datasets`` says more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class DatasetTerms:
    """A dataset, as far as a model card is concerned.

    Args:
        key (str): Page ``docs/datasets/<key>.md``; empty for an unknown one.
        name (str): As papers call it.
        terms (str): The agreement, in a sentence; empty where there is none.
        link (str): Where the agreement is; empty where there is none.
        people (str): Who was recorded, in a sentence.
    """

    key: str
    name: str
    terms: str
    link: str
    people: str


_KEPT = 'the licence forbids passing the data on'
_CHINA = 'young adults in one laboratory in China'


def _casme(key: str, name: str, page: str, says: str = f': {_KEPT}') -> DatasetTerms:
    return DatasetTerms(key, name, f'Licence agreement of {name}{says}.', f'http://casme.psych.ac.cn/casme/{page}',
                        f'{name}: {_CHINA}.')


SYNTHETIC = DatasetTerms('synthetic', 'the embedded synthetic MEs', '', '',
                         'The embedded data shows rendered faces, and nobody: what is learned from it says nothing '
                         'about people.')
SAMM = DatasetTerms(
    'samm', 'SAMM', 'Licence agreement of SAMM: the data may not be passed on.',
    'http://www2.docm.mmu.ac.uk/STAFF/M.Yap/dataset.php',
    'SAMM: adults of several ethnic groups in one laboratory in the United Kingdom.')
SMIC = DatasetTerms(
    'smic', 'SMIC', 'Licence agreement of SMIC with the University of Oulu.', 'https://www.oulu.fi/cmvs/node/41319',
    'SMIC: adults in one laboratory in Finland.')
CASME2 = _casme('casme2', 'CASME II', 'e2', f': {_KEPT}, and some subjects may not be shown in publications')

TERMS: dict[str, tuple[DatasetTerms, ...]] = {
    'CASME': (_casme('casme', 'CASME', 'e1'),),
    'CASME II': (CASME2,),
    'CAS(ME)^2': (_casme('casme_squared', 'CAS(ME)^2', 'e3'),),
    'CAS(ME)^3 part A': (_casme('casme3', 'CAS(ME)^3', 'e4', ''),),
    'CAS(ME)^3 part C': (_casme('casme3', 'CAS(ME)^3', 'e4', ''),),
    'MEGC2019 composite': (CASME2, SAMM, SMIC),
    'MMEW': (DatasetTerms('mmew', 'MMEW', f'Licence agreement of MMEW: {_KEPT}.', 'http://www.dpailab.com/database.html',
                          f'MMEW: {_CHINA}.'),),
    'SAMM': (SAMM,),
    'SMIC': (SMIC,),
    'synthetic MEs': (SYNTHETIC,),
}
"""Name in ``METAINFO`` of a dataset class -> what it is made of."""


def prepared_folder(dataset: str) -> tuple[str, str] | None:
    """Where the configs look for a prepared dataset.

    Args:
        dataset (str): Name, as in ``METAINFO`` of the dataset classes.

    Returns:
        tuple[str, str] | None: Environment variable and folder; None for an unknown dataset.

    Examples:
        >>> prepared_folder('CASME II')
        ('ME_CASME2_ROOT', 'data/casme2')
    """
    if dataset not in TERMS:
        return None
    terms = TERMS[dataset]
    key = terms[0].key if len(terms) == 1 else 'megc2019'
    return f'ME_{key.upper()}_ROOT', f'data/{key}'


def terms_of(datasets: Sequence[str]) -> list[DatasetTerms]:
    """The terms of all datasets that a model saw, each once.

    Args:
        datasets (Sequence[str]): Names, as in ``METAINFO`` of the dataset classes.

    Returns:
        list[DatasetTerms]: One that is not known here gets terms that leave the answer to who has it.
    """
    found: dict[str, DatasetTerms] = {}
    for dataset in datasets:
        unknown = DatasetTerms('', dataset, f'The terms of {dataset} are not known here: whoever passes the weights on '
                               'must know them.', '', f'{dataset}: who was recorded is not known here.')
        found.update((terms.name, terms) for terms in TERMS.get(dataset, (unknown,)))
    return list(found.values())


def may_be_shared(datasets: Sequence[str]) -> bool:
    """Whether weights trained on these datasets are bound by no agreement."""
    return bool(datasets) and all(not terms.terms for terms in terms_of(datasets))
