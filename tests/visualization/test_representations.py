from __future__ import annotations

import numpy as np
import pytest
import torch

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.visualization.clip_model import ClipModel
from fdp_mmaction.visualization.clip_sources import read_prepared_records
from fdp_mmaction.visualization.representations import collect_representations


def test_every_me_has_what_enters_the_class_head(prepared, trained) -> None:
    model, records = ClipModel(trained()), read_prepared_records(prepared)
    records = [*records, {**records[0], 'emotion': 'fear'}, *records[:3]]       # more than a batch, one without a class
    found = collect_representations(model, iter(records))
    kept = records[:15] + records[16:]
    assert found.sample_ids == tuple(record['sample_id'] for record in kept)
    assert found.subjects == tuple(record['subject'] for record in kept)
    assert [found.classes[label] for label in found.labels] == [record['emotion'] for record in kept]
    with torch.no_grad():
        for index in (0, 17):
            inputs, _ = model.pack(kept[index])
            features, _ = model.model.extract_feat(model.normalise(inputs))
            np.testing.assert_allclose(found.features[index], features.flatten().numpy(), rtol=1e-3, atol=1e-4)
            assert found.predictions[index] == model.model.cls_head(features).argmax()


def test_what_enters_the_last_layer(prepared, trained) -> None:
    model, records = ClipModel(trained()), read_prepared_records(prepared)[:3]
    hidden = collect_representations(model, records, 'hidden').features
    logits = torch.cat([model.logits(model.normalise(model.pack(record)[0])) for record in records])
    last = model.model.cls_head.classifier[-1]
    torch.testing.assert_close(last(torch.from_numpy(hidden)), logits, rtol=1e-3, atol=1e-4)


def test_several_clips_of_an_me_are_averaged(prepared, trained) -> None:
    model, record = ClipModel(trained()), read_prepared_records(prepared)[0]
    model._steps[0][1].num_clips = 3
    inputs, _ = model.pack(record)
    assert len(inputs) == 3
    with torch.no_grad():
        features, _ = model.model.extract_feat(model.normalise(inputs))
    found = collect_representations(model, [record, record])
    np.testing.assert_allclose(found.features[1], features.flatten(1).mean(dim=0).numpy(), rtol=1e-3, atol=1e-4)


def test_sentences(prepared, trained) -> None:
    model = ClipModel(trained())
    with pytest.raises(DatasetError, match='No ME of the folder has an emotion of protocol 5-class'):
        collect_representations(model, [{**read_prepared_records(prepared)[0], 'emotion': 'fear'}])
    with pytest.raises(ValueError, match="input or hidden; got 'logits'"):
        collect_representations(model, [], 'logits')
