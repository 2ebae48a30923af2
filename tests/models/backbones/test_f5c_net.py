import mol_naive
import pytest
import torch
from tiny_mol import RELEASED, build

import fdp_mmaction  # noqa: F401
from fdp_mmaction.models import F5CNet


@pytest.mark.parametrize('pair_weights, maps', [(False, 8), (True, 14)])
def test_shapes_of_the_published_network(pair_weights, maps):
    backbone = F5CNet(pair_weights=pair_weights).eval()
    with torch.no_grad():
        assert backbone(torch.rand(1, 1, 8, 128, 128)).shape == (1, 128, maps, 16, 16)


@pytest.mark.parametrize('option', [None, *RELEASED, 'all'])
def test_every_option_matches_the_loops(option):
    options = RELEASED if option == 'all' else {option: RELEASED[option]} if option else {}
    backbone = build().backbone
    if options:
        backbone = F5CNet(map_size=8, stem_channels=(4, 6, 8), stem_kernels=(4, 4, 1), stem_strides=(2, 2, 1),
                          stem_paddings=(1, 1, 0), num_neighbours=3, **options).eval()
    clips = torch.randn(2, 1, 3, 32, 32)
    with torch.no_grad():
        expected = torch.stack([mol_naive.features(backbone, clip) for clip in clips])
        torch.testing.assert_close(backbone(clips), expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(('part', 'other'), [('fcc', 'ccc'), ('ccc', 'fcc')])
@pytest.mark.parametrize('pair_weights', [False, True])
def test_without_a_part_of_the_block(part, other, pair_weights):
    options = {f'with_{part}': False, 'pair_weights': pair_weights}
    backbone = F5CNet(map_size=8, stem_channels=(4, 6, 8), stem_kernels=(4, 4, 1), stem_strides=(2, 2, 1),
                      stem_paddings=(1, 1, 0), **options)
    clips = torch.randn(2, 1, 3, 32, 32)
    backbone(clips).square().sum().backward()
    learned = {name.split('.')[2] for name, p in backbone.named_parameters() if 'blocks' in name and p.grad is not None}
    assert learned == {other}
    backbone.eval()
    with torch.no_grad():
        expected = torch.stack([mol_naive.features(backbone, clip) for clip in clips])
        torch.testing.assert_close(backbone(clips), expected, atol=1e-5, rtol=1e-4)


def calls(module, run):
    seen = []
    handle = module.register_forward_hook(lambda module, inputs, output: seen.append(len(inputs[0])))
    run()
    handle.remove()
    return seen


def test_every_frame_is_computed_once_by_one_set_of_weights():
    backbone, clips = build().backbone, torch.randn(2, 1, 5, 32, 32)
    assert len(backbone.blocks) == 1
    for module in (backbone.stem, backbone.blocks[0], backbone.blocks[0].ccc):
        assert calls(module, lambda: backbone(clips)) == [10]
    paired = build(released=True).backbone
    assert calls(paired.stem, lambda: paired(clips)) == [10]
    assert [calls(block, lambda: paired(clips)) for block in paired.blocks] == [[8], [8]]


def test_frames_are_independent():
    backbone, clips = build().backbone, torch.randn(1, 1, 4, 32, 32)
    with torch.no_grad():
        changed = clips.clone()
        changed[:, :, 2] += 1
        difference = (backbone(changed) - backbone(clips)).abs().amax(dim=(0, 1, 3, 4))
        assert [value > 1e-5 for value in difference.tolist()] == [False, False, True, False]


def test_onset_difference_tells_a_frame_from_the_first_one():
    backbone = F5CNet(map_size=8, stem_channels=(4, 6, 8), stem_kernels=(4, 4, 1), stem_strides=(2, 2, 1),
                      stem_paddings=(1, 1, 0), num_neighbours=3, onset_difference=5.0).eval()
    clips = torch.randn(1, 1, 4, 32, 32)
    with torch.no_grad():
        maps = backbone(clips)
        assert maps.shape == (1, 8, 4, 8, 8)
        torch.testing.assert_close(backbone(clips[:, :, [0, 3, 1, 2]]), maps[:, :, [0, 3, 1, 2]], atol=1e-5, rtol=1e-4)
        assert not torch.allclose(backbone(clips[:, :, [1, 0, 2, 3]])[:, :, 2:], maps[:, :, 2:])


def test_maps_of_pairs_alternate_between_the_sets_of_weights():
    backbone, clips = build(released=True).backbone, torch.randn(1, 1, 3, 32, 32)
    with torch.no_grad():
        stem = backbone.forward_stem(clips[0].transpose(0, 1))
        out = backbone(clips)[0].transpose(0, 1)
        for place, (block, frame) in enumerate([(0, 0), (1, 1), (0, 1), (1, 2)]):
            torch.testing.assert_close(out[place], backbone.blocks[block](stem[frame:frame + 1])[0])


@pytest.mark.parametrize('released', [False, True])
def test_every_trained_weight_gets_a_gradient(released):
    backbone = build(released).backbone.train()
    backbone(torch.randn(2, 1, 3, 32, 32)).square().sum().backward()
    assert not [name for name, p in backbone.named_parameters() if p.requires_grad and p.grad is None]


@pytest.mark.parametrize('released', [False, True])
def test_half_precision(released):
    backbone, clips = build(released).backbone, torch.randn(1, 1, 3, 32, 32)
    with torch.no_grad():
        expected = backbone(clips)
        with torch.autocast('cpu', dtype=torch.bfloat16):
            mixed = backbone(clips)
        half = backbone.bfloat16()(clips.bfloat16())
    for result in (mixed, half):      # a neighbour may change where similarities are close
        assert (result.float() - expected).norm() < 0.1 * expected.norm()


def test_other_sizes_of_frames_are_refused():
    with pytest.raises(ValueError, match='frames of 64x64 pixels give 8x8: set map_size'):
        F5CNet()(torch.rand(1, 1, 2, 64, 64))
    with pytest.raises(ValueError, match='4 stem convolutions by stem_channels, but stem_strides lists 2'):
        F5CNet(stem_strides=(2, 2))
