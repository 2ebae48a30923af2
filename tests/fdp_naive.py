"""FDP as its description reads, step by step: a loop over frames through the backbone, loops over heads and pairs.

An oracle of the fast code in float32: it takes the weights of a model by their names, has the same shapes and must give
the same results, so it can also be timed against it. It covers both forms: that of the released code (dense
convolutions, frames viewed as the depth of a 3-D convolution) and the paper's default (heads, attention, rank scores).
Drop-path is left out, so models are compared in evaluation mode; with batch statistics, every frame's are its own.
"""

from __future__ import annotations

from itertools import count

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Weights:
    """Parameters and buffers of a model by name, and the two layers that everything consists of."""

    def __init__(self, model: nn.Module, batch_statistics: bool = False) -> None:
        self.values = {**dict(model.named_parameters()), **dict(model.named_buffers())}
        self.batch_statistics = batch_statistics

    def __contains__(self, layer: str) -> bool:
        return f'{layer}.weight' in self.values

    def __getitem__(self, name: str) -> Tensor:
        return self.values[name]

    def convolve(self, layer: str, x: Tensor, stride: int = 1) -> Tensor:
        """Padded, so that a stride of 1 keeps the size."""
        weight = self[f'{layer}.weight']
        return F.conv2d(x, weight, self.values.get(f'{layer}.bias'), stride, padding=weight.size(-1) // 2)

    def normalise(self, layer: str, x: Tensor, part: slice = slice(None)) -> Tensor:
        """``part``: the channels of it that x holds."""
        mean, variance, weight, bias = (self[f'{layer}.{name}'][part] for name in ('running_mean', 'running_var',
                                                                                   'weight', 'bias'))
        return F.batch_norm(x, mean, variance, weight, bias, self.batch_statistics, 0.1, 1e-5)


# --------------------------------------------------------------------------- one frame of every clip: (B, C, H, W)
def embed(w: Weights, layer: str, x: Tensor) -> Tensor:
    return w.normalise(f'{layer}.norm', w.convolve(f'{layer}.projection', x)) if f'{layer}.projection' in w else x


def multi_head_convolution(w: Weights, layer: str, x: Tensor) -> Tensor:
    if layer in w:                                                                      # dense, as released
        return w.convolve(layer, x)
    weight, heads = w[f'{layer}.0.weight'], []
    for begin in range(0, len(weight), weight.size(1)):
        part = slice(begin, begin + weight.size(1))
        heads.append(F.relu(w.normalise(f'{layer}.1', F.conv2d(x[:, part], weight[part], padding=1), part)))
    return w.convolve(f'{layer}.3', torch.cat(heads, dim=1))


def attention(w: Weights, layer: str, x: Tensor, heads: int, pool: int) -> Tensor:
    context = F.avg_pool2d(x, pool, ceil_mode=True, count_include_pad=False)
    query, keys = w.convolve(f'{layer}.query', x), w.convolve(f'{layer}.key_value', context)
    width, results = x.size(1) // heads, []
    for begin in range(0, x.size(1), width):
        q, k, v = (part.flatten(2) for part in (query[:, begin:begin + width], keys[:, begin:begin + width],
                                                keys[:, x.size(1) + begin:x.size(1) + begin + width]))
        share = (q.transpose(1, 2) @ k / width ** 0.5).softmax(dim=2)                   # (B, positions, pooled)
        results.append((share @ v.transpose(1, 2)).transpose(1, 2).view(len(x), width, *x.shape[2:]))
    return w.convolve(f'{layer}.output', torch.cat(results, dim=1))


def mlp(w: Weights, layer: str, x: Tensor) -> Tensor:
    hidden = F.relu(w.convolve(f'{layer}.mlp.expand', w.normalise(f'{layer}.norm', x)))
    return x + w.convolve(f'{layer}.mlp.reduce', hidden)


def aggregator(w: Weights, layer: str, x: Tensor, block: nn.Module) -> Tensor:
    x = embed(w, f'{layer}.patch_embedding', x)
    if f'{layer}.attention.query' not in w:
        return mlp(w, layer, x + multi_head_convolution(w, f'{layer}.convolution', x))
    x = x + attention(w, f'{layer}.attention', w.normalise(f'{layer}.attention_norm', x), block.attention.num_heads,
                      block.attention.pool)
    local = embed(w, f'{layer}.projection', x)
    return mlp(w, layer, torch.cat((x, local + multi_head_convolution(w, f'{layer}.convolution', local)), dim=1))


def frame_map(w: Weights, backbone: nn.Module, x: Tensor) -> Tensor:
    """``(B, C, H, W)`` -> ``(B, S, S)``."""
    for index, layer in enumerate(backbone.stem):
        name = f'backbone.stem.{index}'
        x = F.relu(w.normalise(f'{name}.bn', w.convolve(f'{name}.conv', x, layer.conv.stride[0])))
    for stage, blocks in enumerate(backbone.stages):
        for index, block in enumerate(blocks):
            if stage and not index:
                x = F.avg_pool2d(x, 2, 2, ceil_mode=True, count_include_pad=False)
            x = aggregator(w, f'backbone.stages.{stage}.{index}', x, block)
    x = w.normalise('backbone.frame_map.norm', x)
    if 'backbone.frame_map.linear' in w:
        weight, bias = w['backbone.frame_map.linear.weight'], w['backbone.frame_map.linear.bias']
        return F.linear(x.mean(dim=(2, 3)), weight, bias).view(len(x), backbone.frame_map.map_size, -1)
    return F.pixel_shuffle(w.convolve('backbone.frame_map.tiles', x), backbone.frame_map.shuffle.upscale_factor)[:, 0]


# --------------------------------------------------------------------------- pooling over time
def pool_as_released(w: Weights, maps: Tensor) -> Tensor:
    """``(B, T, S, S)`` -> ``(B, 8, S, S)``: the memory is taken for ``(B, 1, S, S, T)``, nothing moves."""
    clips, frames, side = maps.shape[:3]
    viewed = maps.reshape(clips, 1, side, side, frames)
    weight, bias = w['neck.convolution.weight'], w['neck.convolution.bias']
    return F.conv3d(viewed, weight, bias, padding=(1, 1, 0)).squeeze(-1)


def rank_scores(w: Weights, neck: nn.Module, sequence: list[Tensor]) -> Tensor:
    """Running means ``(S, S)`` of one clip -> ``(T,)``."""
    points = []
    for mean in sequence:
        cells = F.adaptive_avg_pool2d((mean - sequence[0])[None], neck.scorer.pool.output_size)
        points.append(w['neck.scorer.projection.weight'] @ cells.flatten())
    squares = torch.stack([point.square().sum() for point in points]) + 1e-12
    return (squares / squares.mean()).sqrt()


def pool_by_rank(w: Weights, neck: nn.Module, maps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """``(B, T, S, S)`` -> dynamic representation ``(B, C, S, S)``, rank scores ``(B, T)``, ranking loss."""
    pooled, scores, violations = [], [], []
    for clip in maps:
        frames = len(clip)
        sequence = [clip[:t + 1].sum(dim=0) / (t + 1) for t in range(frames)]
        own = rank_scores(w, neck, sequence)
        total, size = torch.zeros_like(clip[0]), sum(abs(2 * t - frames - 1) for t in range(1, frames + 1))
        for t in range(frames):
            weight = torch.zeros(()).to(clip)
            for j in range(frames):
                weight = weight + torch.tanh((own[t] - own[j]) / neck.temperature)
                if j > t:
                    violations.append(F.relu(neck.margin - (own[j] - own[t])))
            total = total + weight / size * sequence[t]
        pooled.append(total)
        scores.append(own)
    representation = w.convolve('neck.lift', w.normalise('neck.norm', torch.stack(pooled)[:, None]))
    return representation, torch.stack(scores), neck.loss_weight * torch.stack(violations).mean()


# --------------------------------------------------------------------------- heads
def classify(w: Weights, head: nn.Module, x: Tensor) -> Tensor:
    pooled = F.max_pool2d(x, head.classifier[0].kernel_size).flatten(1)
    hidden = F.relu(F.linear(pooled, w['cls_head.classifier.2.weight'], w['cls_head.classifier.2.bias']))
    return F.linear(hidden, w['cls_head.classifier.5.weight'], w['cls_head.classifier.5.bias'])


def level(w: Weights, name: str, x: Tensor) -> Tensor:
    for index in count(0, 3):
        if f'{name}.{index}' not in w:
            return x
        x = F.relu(w.normalise(f'{name}.{index + 1}', w.convolve(f'{name}.{index}', x)))
    raise AssertionError


def draw(w: Weights, head: nn.Module, x: Tensor) -> Tensor:
    """``(B, C, S, S)`` -> dynamic image ``(B, S, S)`` in [0, 1]."""
    name, kept = 'aux_heads.dynamic_image', []
    for index in range(len(head.encoder)):
        x = level(w, f'{name}.encoder.{index}', x)
        size = x.shape[-2:]
        x, places = F.max_pool2d(x, 2, return_indices=True)
        kept.append((places, size))
    for index in range(len(head.decoder)):
        places, size = kept.pop()
        x = level(w, f'{name}.decoder.{index}', F.max_unpool2d(x, places, 2, output_size=size))
    return w.convolve(f'{name}.output', x).sigmoid()[:, 0]


# --------------------------------------------------------------------------- the whole model
def forward(model: nn.Module, clips: Tensor, batch_statistics: bool = False) -> dict[str, Tensor]:
    """``(B, 1, T, H, W)`` normalised -> maps, features, logits, image, and of a neck that ranks scores and loss."""
    w, backbone, neck, maps = Weights(model, batch_statistics), model.backbone, model.neck, []
    for t in range(clips.size(2)):
        frame = clips[:, :, t]
        if backbone.onset_difference:
            frame = torch.cat((frame, (frame - clips[:, :, 0]) * backbone.onset_difference), dim=1)
        maps.append(frame_map(w, backbone, frame))
    found = {'maps': torch.stack(maps, dim=1)}
    if neck.mode == 'conv3d':
        found['features'] = pool_as_released(w, found['maps'])
    else:
        found['features'], found['rank_scores'], found['rank'] = pool_by_rank(w, neck, found['maps'])
    found['logits'] = classify(w, model.cls_head, found['features'])
    found['image'] = draw(w, model.aux_heads['dynamic_image'], found['features'])
    return found


def losses(found: dict[str, Tensor], labels: list[int], images: Tensor, image_weight: float) -> dict[str, Tensor]:
    """Cross entropy clip by clip, the weighted squared error of the image, and the ranking loss if there is one."""
    entropy = torch.zeros(()).to(found['logits'])
    for logits, label in zip(found['logits'], labels):
        entropy = entropy - logits.log_softmax(dim=0)[label] / len(labels)
    error = (found['image'] - images).square().mean()
    return {'class': entropy, 'image': image_weight * error, **({'rank': found['rank']} if 'rank' in found else {})}
