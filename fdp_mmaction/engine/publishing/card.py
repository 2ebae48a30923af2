"""The text of a model card, from facts alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from shlex import quote

import yaml

from fdp_mmaction.engine.loso.report_text import markdown_table

from .facts import CardFacts, Scores
from .licences import may_be_shared, terms_of

METHODS = {
    'FDP': ('Micro-Expression Recognition via Fine-Grained Dynamic Perception', 'https://arxiv.org/abs/2509.06015'),
    'MOL': ('MOL: Joint Estimation of Micro-Expression, Optical Flow, and Landmark via Transformer-Graph-Style '
            'Convolution', 'https://arxiv.org/abs/2506.14511'),
}
"""Method -> title and address of its paper."""
CARD = 'MODEL_CARD.md'

_USE = """\
For research on micro-expression (ME) recognition: to repeat and compare experiments, to study how such models fail, to
teach. It takes a clip that is known to hold one ME, from onset to offset, of an aligned face.

Not for lie detection. Not for hiring, admission, policing, border control, insurance, surveillance, or any other
judgement of a person. Not for claims about what somebody feels, thinks or intends: a class is a name that coders gave
to a movement of the face, under the conditions of one experiment. Not on people who have not agreed to it."""

_LIMITS = (
    'It answers with one of its classes whatever it is shown: it does not find MEs, and knows neither a neutral face '
    'nor any other movement.',
    'Datasets of MEs are small and uneven. A score of few people says little about others; look at the intervals, and '
    'at the classes one by one.',
)
_LABORATORY = ('Each dataset was recorded in one laboratory: one set of cameras, one lighting, people who sit still in '
               'front of them. Other cameras, frame rates, lights and poses were not tried.')


def write_model_card(facts: CardFacts) -> str:
    """The card, in Markdown with the YAML head that the Hugging Face Hub reads.

    Args:
        facts (CardFacts): What there is to say.

    Returns:
        str: Text. The same facts give the same text.
    """
    sections = [('Model', _model(facts)), ('How to load it', _load(facts)), ('Data', _data(facts)),
                ('Training', _pairs(facts.training) or 'Not known.'), ('Scores', _scores(facts.scores)),
                ('Intended use, and misuse', _USE), ('Limits', _limits(facts)), ('Licence', _licence(facts)),
                ('Files', _files(facts)), ('Environment of the training', _pairs(facts.environment) or 'Not known.')]
    body = '\n\n'.join(f'## {title}\n\n{text}' for title, text in sections if text)
    return f'---\n{_head(facts)}---\n\n# {facts.title or facts.model.name}\n\n{_summary(facts)}\n\n{body}\n'


def _head(facts: CardFacts) -> str:
    terms = terms_of(facts.data.datasets)
    if may_be_shared(facts.data.datasets):
        head: dict[str, object] = dict(license='apache-2.0')
    else:
        bound = [one for one in terms if one.terms]
        head = dict(license='other', license_name='-'.join([*(one.key for one in bound if one.key), 'terms']))
        if len(bound) == 1 and bound[0].link:
            head['license_link'] = bound[0].link
    head.update(tags=['micro-expression-recognition', 'video-classification', 'mmaction2', 'fdp_mmaction',
                      *([facts.model.method.lower()] if facts.model.method else [])])
    keys = [one.key for one in terms if one.key]
    if keys:
        head['datasets'] = keys
    head['metrics'] = ['f1', 'recall', 'accuracy']
    return yaml.safe_dump(head, sort_keys=False, allow_unicode=True)


def _summary(facts: CardFacts) -> str:
    names = ', '.join(one.name for one in terms_of(facts.data.datasets)) or 'data that is not known here'
    classes = ', '.join(facts.data.classes)
    text = f'Micro-expression recognition, trained on {names}' + (f', protocol {facts.data.protocol}'
                                                                   if facts.data.protocol else '')
    return text + (f'. It answers with one of {len(facts.data.classes)} classes: {classes}.' if classes else '.')


def _model(facts: CardFacts) -> str:
    pairs = dict(config=f'`{facts.model.name}`' + (f', in full in [{facts.config}]({facts.config})' if facts.config else
                                                   ''))
    if facts.model.method:
        title, address = METHODS[facts.model.method]
        pairs['method'] = f'parts of {facts.model.method} (*{title}*, {address}), {facts.model.origin}'
    if facts.model.parameters is not None:
        pairs['parameters'] = f'{facts.model.parameters:,}'
    if facts.model.takes:
        pairs['input'] = facts.model.takes
    pairs.update({name: f'`{kind}`' for name, kind in facts.model.components.items()})
    return _pairs(pairs)


def _load(facts: CardFacts) -> str:
    if not (facts.checkpoint and facts.config):
        return 'The weights were not kept.'
    # a config that training left names its prepared folder itself, as it was called from elsewhere
    setting = facts.model.data_setting
    where = ' and `PREPARED` the folder that tools/prepare_data.py wrote, as absolute paths' if setting else ''
    options = f' --cfg-options {setting}="$PREPARED"' if setting else ''
    before, after = _folds(facts)
    text = f"""\
With fdp_mmaction installed (`pip install -e .` in a checkout), in the folder of this card:

```python
import fdp_mmaction      # makes its components known
from mmaction.apis import init_recognizer

model = init_recognizer('{facts.config}', '{facts.checkpoint}', device='cpu')
```

Its predictions for the MEs of the left-out subject, with `FDP` naming the checkout{where}:

```bash
{before}python "$FDP"/tools/test.py {facts.config} {facts.checkpoint} --work-dir work_dirs/card{options}
```{after}"""
    if not facts.model.single_clips:
        return text
    return text + f"""

Of a video of your own that shows one ME (`--size` and `--align` as under *Preparation*; docs/inference.md):

```bash
python "$FDP"/tools/infer.py face.mp4 --checkpoint {facts.checkpoint} --config {facts.config} --out work_dirs/infer
```"""


def _folds(facts: CardFacts) -> tuple[str, str]:
    """What tells the command whom to test on, and how to test the other folds; empty where there is one training."""
    subjects = {file.name: file.subject for file in facts.files if file.subject}
    subject = subjects.get(facts.checkpoint)
    if subject is None:
        beside = not facts.files and '/' in facts.checkpoint
        return '', '\n\nEvery fold has a folder like that, with a config of its own.' if beside else ''
    other = next(((name, left) for name, left in subjects.items() if left != subject), None)
    after = '' if other is None else (f'\n\n`ME_TEST_SUBJECT` names whom the fold left out, who differs from file to '
                                      f'file: `ME_TEST_SUBJECT={quote(other[1])}` goes with `{other[0]}`. Weights are '
                                      'not tested on people they were trained on.')
    return f'ME_TEST_SUBJECT={quote(subject)} ', after


def _data(facts: CardFacts) -> str:
    data = facts.data
    blocks = [data.split] if data.split else []
    if data.parts:
        names = list(dict.fromkeys([*data.classes, *(name for part in data.parts.values() for name in part.classes)]))
        rows: list[list[object]] = [[name, *(part.classes.get(name, 0) for part in data.parts.values())]
                                    for name in names]
        rows.append(['all classes', *(sum(part.classes.values()) for part in data.parts.values())])
        rows.append(['subjects', *(len(part.subjects) for part in data.parts.values())])
        blocks.append(markdown_table(['MEs', *data.parts], rows))
        blocks.append(_bullets(f'subjects, {name}: {", ".join(part.subjects)}'
                               for name, part in data.parts.items() if part.subjects))
    else:
        blocks.append('How many MEs of which class were trained on was not kept.')
    blocks.append('Preparation:\n\n' + _bullets(data.preparation) if data.preparation else
                  'How the clips were prepared was not kept.')
    return '\n\n'.join(filter(None, blocks))


def _scores(scores: Sequence[Scores]) -> str:
    if not scores:
        return 'Not evaluated yet.'
    blocks = []
    for one in scores:
        rows = [[name, f'{value:.3f}', '–' if low is None or high is None else f'{low:.3f} to {high:.3f}']
                for name, (value, low, high) in one.values.items()]
        blocks += [one.how, *(f'> **Warning.** {text}' for text in one.warnings),
                   markdown_table(['score', 'value', '95 % interval over subjects'], rows)]
    return '\n\n'.join(blocks)


def _limits(facts: CardFacts) -> str:
    people = [one.people for one in terms_of(facts.data.datasets)]
    if may_be_shared(facts.data.datasets):
        return _bullets([*_LIMITS, *people, *facts.limits])
    recorded = ' '.join(['Who was recorded:', *people, 'The articles of the datasets say more.'])
    return _bullets([*_LIMITS, _LABORATORY, recorded, *facts.limits])


def _licence(facts: CardFacts) -> str:
    lines = ['Code: Apache-2.0.']
    if may_be_shared(facts.data.datasets):
        lines.append('Weights: trained on generated data alone, which has no licence of its own; Apache-2.0, as the '
                     'code.')
        return _bullets(lines)
    for one in terms_of(facts.data.datasets):
        if one.terms:
            place = ', '.join(filter(None, [one.link and f'<{one.link}>', one.key and f'docs/datasets/{one.key}.md']))
            lines.append(f'Weights: {one.terms}' + (f' ({place})' if place else ''))
    lines.append('A network can remember what it was trained on. The weights fall under what was signed for the data: '
                 'ask those who gave it before passing them on.')
    return _bullets(lines)


def _files(facts: CardFacts) -> str:
    if not facts.files:
        return ''
    about = any(file.about for file in facts.files)
    rows = [[f'`{file.name}`', *([file.about] if about else []), f'{file.size:,}', f'`{file.sha256}`']
            for file in facts.files]
    return markdown_table(['file', *(['of'] if about else []), 'bytes', 'SHA-256'], rows) + (
        '\n\nWeights, classes and config; no state of the optimiser. They load with `torch.load(file, '
        'weights_only=True)`.')


def _pairs(values: Mapping[str, str]) -> str:
    return _bullets(f'{name}: {value}' for name, value in values.items())


def _bullets(lines: Iterable[str]) -> str:
    return '\n'.join(f'- {line}' for line in lines)
