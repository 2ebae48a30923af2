from __future__ import annotations

import pytest

from fdp_mmaction.datasets.preparation import PreparationSettings
from fdp_mmaction.errors import DatasetError


@pytest.mark.parametrize('wrong, message', [
    (dict(size=15), 'Size 15'), (dict(size=5000), 'Size 5000'), (dict(align='face'), "Unknown align mode 'face'"),
    (dict(box_factor=0), 'box_factor'), (dict(border=256), 'border'),
    (dict(max_fallbacks=1.1), 'fallbacks allowed must lie within 0..1, got 1.1')])
def test_out_of_range(wrong, message):
    with pytest.raises(DatasetError, match=message):
        PreparationSettings(**wrong)


def test_json_holds_no_path():
    settings = PreparationSettings(landmark_options={'folder': '/somewhere/private/landmarks', 'step': 2})
    assert settings.to_json()['landmark_options'] == {'folder': 'landmarks', 'step': 2}


def test_what_changes_no_clip_is_not_in_the_json():
    assert PreparationSettings(max_fallbacks=0.5).to_json() == PreparationSettings().to_json()
