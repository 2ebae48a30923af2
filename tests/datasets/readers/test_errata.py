from __future__ import annotations

from fdp_mmaction.datasets.readers.casme2 import CASME2_ERRATA
from fdp_mmaction.datasets.readers.errata import Erratum, correct, matching_errata

SUB07 = {'subject': 'sub07', 'clip': 'EP06_02', 'onset': 66, 'apex': 111, 'offset': 111}


def test_two_corrections_of_one_row_do_not_hide_each_other():
    errata = matching_errata(SUB07, CASME2_ERRATA)
    assert correct(SUB07, errata) == {**SUB07, 'offset': 91, 'apex': 78}


def test_a_corrected_row_stays_untouched():
    assert matching_errata({**SUB07, 'offset': 91, 'apex': 78}, CASME2_ERRATA) == []
    assert matching_errata({'subject': 'sub04', 'clip': 'EP12_01f', 'apex': 280}, CASME2_ERRATA) == []


def test_the_value_decides_not_only_the_key():
    row = {'subject': 'sub04', 'clip': 'EP12_01f', 'onset': 253, 'apex': '/', 'offset': 300}
    (erratum,) = matching_errata(row, CASME2_ERRATA)
    assert correct(row, [erratum]) == {**row, 'apex': 279}
    assert matching_errata({**row, 'subject': 'sub05'}, CASME2_ERRATA) == []


def test_new_value_none_removes_the_row():
    row = {'subject': 'sub24', 'clip': 'EP02_07'}
    assert correct(row, matching_errata(row, CASME2_ERRATA)) is None


def test_without_errata_the_row_is_as_released():
    assert correct(SUB07, []) == SUB07


def test_every_erratum_names_its_source():
    for erratum in CASME2_ERRATA:
        assert isinstance(erratum, Erratum) and erratum.source and erratum.dataset == 'casme2'
        assert erratum.bad_value != erratum.new_value
