import pytest
import torch
import torch.nn.functional as F

from fdp_mmaction.functional.cosine_neighbours import cosine_neighbours


def test_matches_a_loop():
    torch.manual_seed(0)
    vectors = torch.randn(2, 9, 5)
    index = cosine_neighbours(vectors, 4)
    assert index.shape == (2, 9, 4) and index.dtype == torch.int64
    for n in range(2):
        for i, vector in enumerate(vectors[n]):
            similarity = [float(vector @ other / vector.norm() / other.norm()) for other in vectors[n]]
            assert index[n, i].tolist() == sorted(range(9), key=lambda j: -similarity[j])[:4]
            assert index[n, i, 0] == i


def test_length_does_not_matter():
    vectors = torch.randn(3, 12, 6)
    longer = vectors * torch.rand(3, 12, 1).add(0.1)
    assert torch.equal(cosine_neighbours(vectors, 5), cosine_neighbours(longer, 5))


def close_vectors():
    """Similarities that bfloat16 cannot tell apart, as those of features of one face."""
    torch.manual_seed(0)
    return torch.randn(1, 1, 64) + 0.05 * torch.randn(2, 40, 64)


def test_half_precision_compares_in_single():
    vectors = close_vectors()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        unit = F.normalize(vectors, dim=2)
        rough = (unit @ unit.transpose(1, 2)).topk(4).indices
        index = cosine_neighbours(vectors, 4)
    assert not torch.equal(rough, index)
    assert torch.equal(index, cosine_neighbours(vectors, 4))
    half = vectors.bfloat16()
    assert torch.equal(cosine_neighbours(half, 4), cosine_neighbours(half.float(), 4))
    assert torch.equal(cosine_neighbours(vectors.double(), 4), index)


def test_the_choice_has_no_gradient_and_nothing_is_no_problem():
    vectors = torch.zeros(1, 4, 3, requires_grad=True)
    index = cosine_neighbours(vectors, 4)
    assert not index.requires_grad and index.sort().values.tolist() == [[[0, 1, 2, 3]] * 4]


@pytest.mark.parametrize('count', [0, 5])
def test_more_neighbours_than_vectors(count):
    with pytest.raises(ValueError, match=f'{count} neighbours were asked for among 4 vectors'):
        cosine_neighbours(torch.rand(2, 4, 3), count)
