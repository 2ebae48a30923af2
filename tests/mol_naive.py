"""MOL as its description reads, step by step: loops over clips, frames, pairs, nodes, neighbours and displacements.

An oracle of the fast code: it takes the weights of a model, has the same shapes and must give the same results, so it
can also be timed against it. Evaluation mode only, and nothing is shared between pairs: both frames of each are encoded
again for the flow.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


# --------------------------------------------------------------------------- F5C block, one frame: (C, H, W)
def circular_convolution(x: Tensor, kernel: Tensor, dim: int) -> Tensor:
    """``dim`` is that of the batch, ``(N, C, H, W)``: 2 along H, 3 along W."""
    n, out = x.size(dim - 1), torch.zeros_like(x)
    for i in range(n):
        for j in range(n):
            value = x.select(dim - 1, (i + j) % n)                                      # (C, W) or (C, H)
            out.select(dim - 1, i).add_(kernel[:, j, None] * value)
    return out


def global_convolution(layer: nn.Module, x: Tensor) -> Tensor:
    x = x.clone()
    for i in range(x.size(layer.dim - 1)):
        x.select(layer.dim - 1, i).add_(layer.position[:, i, None])
    x = circular_convolution(layer.norm(x[None])[0], layer.kernel, layer.dim)
    return x + layer.bias[:, None, None]


def fully_connected_convolution(fcc: nn.Module, x: Tensor) -> Tensor:
    half, halves = len(x) // 2, []
    for part, passes in ((x[:half], fcc.rows_first), (x[half:], fcc.columns_first)):
        out = part
        for layer in passes:
            out = global_convolution(layer, out)
        halves.append(part + out)
    x = torch.cat(halves)
    return x + fcc.feed_forward(x[None])[0] if fcc.run_feed_forward else x


def nearest(vectors: Tensor, count: int) -> list[list[int]]:
    """Of each vector, its ``count`` most similar ones, itself included."""
    found = []
    for vector in vectors:
        similarity = F.cosine_similarity(vector[None], vectors, dim=1)
        found.append(similarity.sort(descending=True).indices[:count].tolist())
    return found


def edge(ccc: nn.Module, centre: Tensor, neighbour: Tensor) -> Tensor:
    difference = neighbour - centre
    if ccc.centre_twice:
        difference = difference - centre
    return F.relu(ccc.centre(centre) + ccc.difference(difference))


def channel_correspondence_convolution(ccc: nn.Module, x: Tensor) -> Tensor:
    nodes, out = x.flatten(1), []                                                       # (C, P)
    index = nearest(nodes if ccc.graph == 'channels' else nodes.T, ccc.num_neighbours)
    for channel, node in enumerate(nodes):
        if ccc.graph == 'channels':
            neighbours = [nodes[other] for other in index[channel]]
        else:
            neighbours = [node[[places[rank] for places in index]] for rank in range(ccc.num_neighbours)]
        best = edge(ccc, node, neighbours[0])
        for neighbour in neighbours[1:]:
            best = torch.maximum(best, edge(ccc, node, neighbour))
        out.append(best)
    return torch.stack(out).view(x.shape)


def block(f5c: nn.Module, x: Tensor) -> Tensor:
    if f5c.fcc is not None:
        x = fully_connected_convolution(f5c.fcc, x)
    if f5c.ccc is not None:
        x = x + channel_correspondence_convolution(f5c.ccc, x)
    return x


def features(backbone: nn.Module, clip: Tensor) -> Tensor:
    """``(C_in, T, H, W)`` -> ``(C, T, S, S)``, or ``(C, 2 (T - 1), S, S)`` with ``pair_weights``."""
    maps = []
    if backbone.onset_difference:
        clip = torch.cat((clip, (clip - clip[:, :1]) * backbone.onset_difference))
    if len(backbone.blocks) == 1:
        for t in range(clip.size(1)):
            maps.append(block(backbone.blocks[0], backbone.stem(clip[None, :, t])[0]))
    else:
        for t in range(clip.size(1) - 1):
            for which, frame in enumerate((clip[None, :, t], clip[None, :, t + 1])):
                maps.append(block(backbone.blocks[which], backbone.stem(frame)[0]))
    return torch.stack(maps, dim=1)


# --------------------------------------------------------------------------- flow
def correlation(first: Tensor, second: Tensor, max_displacement: int, step: int) -> Tensor:
    """``(C, H, W)`` twice -> ``(D * D, H, W)``."""
    (channels, height, width), slices = first.shape, []
    for dy in range(-max_displacement, max_displacement + 1, step):
        for dx in range(-max_displacement, max_displacement + 1, step):
            out = torch.zeros(height, width)
            rows, columns = slice(max(0, -dy), height - max(0, dy)), slice(max(0, -dx), width - max(0, dx))
            if abs(dy) < height and abs(dx) < width:
                moved = second[:, rows.start + dy:rows.stop + dy, columns.start + dx:columns.stop + dx]
                out[rows, columns] = (first[:, rows, columns] * moved).sum(0) / channels
            slices.append(out)
    return torch.stack(slices)


def flow_of_pair(head: nn.Module, frames: tuple[Tensor, Tensor], maps: tuple[Tensor, Tensor]) -> Tensor:
    """Frames ``(C_in, H, W)`` and their maps ``(C, S, S)`` -> ``(2, H, W)``."""
    encoded = []
    for frame in frames:
        levels = [frame[None]]
        for convolution in head.encoder:
            levels.append(convolution(levels[-1]))
        encoded.append(levels)
    cost = correlation(encoded[0][-1][0], encoded[1][-1][0], head.max_displacement, head.displacement_step)
    x = torch.cat((head.redirect(encoded[0][-1]), F.leaky_relu(cost, 0.1)[None], maps[0][None], maps[1][None]), dim=1)
    skips = encoded[0][:-1]
    for level in head.decoder.levels:
        x = level(x)
        skips.append(x)
    skips.pop()
    decoder = head.decoder
    for predict, enlarge_flow, enlarge in zip(decoder.predictors, decoder.enlarged_flows, decoder.enlarged_maps):
        x = torch.cat((skips.pop(), enlarge(x), enlarge_flow(predict(x))), dim=1)
        # the finer flow of this resolution is predicted from x in the next round
    return decoder.output(x)[0]


# --------------------------------------------------------------------------- the whole model
def forward(model: nn.Module, clips: Tensor) -> dict[str, Tensor]:
    """``(M, C_in, T, H, W)`` -> features, logits, flow and landmarks in the shapes of the fast code."""
    results: dict[str, list[Tensor]] = {'features': [], 'logits': [], 'flow': [], 'landmarks': []}
    for clip in clips:
        maps, pairs = features(model.backbone, clip), clip.size(1) - 1
        paired = len(model.backbone.blocks) == 2
        results['features'].append(maps)
        volume = model.cls_head.convolution(maps.permute(0, 2, 3, 1)[None])
        results['logits'].append(model.cls_head.classifier(volume)[0])
        flow = []
        for t in range(pairs):
            places = (2 * t, 2 * t + 1) if paired else (t, t + 1)
            flow.append(flow_of_pair(model.aux_heads['flow'], (clip[:, t], clip[:, t + 1]),
                                     (maps[:, places[0]], maps[:, places[1]])))
        results['flow'].append(torch.stack(flow))
        head, points = model.aux_heads['landmarks'], []
        for place in (range(1, 2 * pairs, 2) if paired else range(pairs + 1)):
            hidden = F.relu(head.convolution(maps[None, :, place])).flatten(1)
            out = head.output(F.relu(head.hidden(hidden)))[0]
            points.append((out if head.pixel_output else (out + 0.5) * head.image_size).view(68, 2))
        results['landmarks'].append(torch.stack(points))
    return {name: torch.stack(values) for name, values in results.items()}


def losses(logits: Tensor, flow: Tensor, landmarks: Tensor, labels: list[int], true_flow: Tensor, true_landmarks: Tensor
           ) -> dict[str, Tensor]:
    """Cross entropy; squared error of the flow, averaged pair by pair; landmark error, averaged frame by frame."""
    clips = len(logits)
    total = {'ce': torch.zeros(()), 'flow': torch.zeros(()), 'landmarks': torch.zeros(())}
    for m in range(clips):
        total['ce'] -= logits[m].log_softmax(0)[labels[m]] / clips
        for t in range(flow.size(1)):
            total['flow'] += (flow[m, t] - true_flow[m, t]).square().mean() / (clips * flow.size(1))
        for t in range(landmarks.size(1)):
            truth = true_landmarks[m, t]
            eyes = [sum(truth[point] for point in range(start, start + 6)) / 6 for start in (36, 42)]
            distance = (eyes[0] - eyes[1]).square().sum().sqrt()
            error = sum((landmarks[m, t, point] - truth[point]).abs().sum() for point in range(68))
            total['landmarks'] += error / 68 / distance / (clips * landmarks.size(1))
    return total
