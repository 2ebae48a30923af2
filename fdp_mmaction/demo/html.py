"""The answer as HTML. Pictures are part of the page itself, so no file of an answer stays on the server."""

from __future__ import annotations

from base64 import b64encode
from html import escape

from .answer import Answer, pack_json, pack_zip

STYLE = """
.gradio-container .html-container { padding: 0 !important; }
#me-video button[aria-label^="Trim"], #me-video button[aria-label^="Reset"] { display: none; }
#me-tabs { padding-top: .4rem; }
.me-head h1 { font-size: 1.5rem; margin: 0 0 .35rem; }
.me-head p { margin: 0; max-width: 62rem; opacity: .8; font-size: .92rem; line-height: 1.45; }
.me-note { border-left: 4px solid #0072b2; padding: .55rem .8rem; margin: 0; line-height: 1.45;
  background: color-mix(in srgb, #0072b2 8%, transparent); border-radius: 0 6px 6px 0; }
.me-note.me-alert { border-color: #d55e00; background: color-mix(in srgb, #d55e00 10%, transparent); }
.me-empty { border: 1px dashed var(--border-color-primary, #ccc); border-radius: 8px; padding: 2.6rem 1rem;
  text-align: center; opacity: .7; }
.me-or { margin: 0; font-size: .92rem; opacity: .8; }
#me-examples { gap: .5rem; flex-wrap: nowrap; }
#me-examples button { flex-direction: column; padding: 0 0 .25rem; gap: .25rem; overflow: hidden; min-width: 0;
  font-size: .75rem; font-weight: 400; text-overflow: ellipsis; }
#me-examples button img { width: 100%; height: auto; margin: 0; }
.me-class { font-size: 1.9rem; font-weight: 650; margin: 0; line-height: 1.2; }
.me-class small { font-size: 1.1rem; font-weight: 400; opacity: .75; margin-left: .4rem; }
.me-sub { margin: .1rem 0 .8rem; opacity: .8; font-size: .92rem; }
.me-bars { display: grid; grid-template-columns: max-content 1fr 3rem; gap: .3rem .7rem; align-items: center;
  margin: 0; font-size: .92rem; }
.me-bars i { display: block; height: .8rem; background: #a9bccb; border-radius: 2px; min-width: 1px; }
.me-bars .me-first { font-weight: 650; } .me-bars .me-first + span i { background: #0072b2; }
.me-bars b { font-weight: 400; text-align: right; font-variant-numeric: tabular-nums; }
.me-facts { margin: .8rem 0 0; font-size: .85rem; opacity: .75; line-height: 1.45; }
.me-get { display: flex; flex-wrap: wrap; gap: .6rem; margin-top: .9rem; }
.me-get a { border: 1px solid var(--border-color-primary, #ccc); border-radius: 6px; padding: .4rem .8rem;
  text-decoration: none; color: inherit; font-size: .92rem; }
.me-get a:hover { border-color: #0072b2; }
.me-figure { margin: 0; }
.me-figure figcaption { margin: .6rem 0 0; font-size: .85rem; opacity: .8; line-height: 1.45; }
.me-figure img { display: block; margin: 0; border-radius: 6px; }
.me-wide { overflow-x: auto; } .me-wide img { width: 100%; min-width: 760px; }
.me-figure img.me-narrow { display: none; width: 100%; }
.me-column img { width: 100%; max-width: 760px; }
.me-faces { display: grid; grid-template-columns: repeat(auto-fit, minmax(104px, 1fr)); gap: .4rem; max-width: 1200px; }
.me-faces div { font-size: .8rem; text-align: center; opacity: .9; } .me-faces img { width: 100%; }
.me-pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 300px)); gap: 1rem; }
.me-pair img { width: 100%; }
@media (max-width: 640px) {
  .me-figure img.me-full { display: none; } .me-figure img.me-narrow { display: block; }
  .gradio-container > .main { padding: 12px !important; }
  #me-examples { gap: .3rem; } #me-examples button { font-size: .68rem; }
  .me-faces { grid-template-columns: repeat(4, 1fr); }
}
"""
"""CSS of everything that this module writes."""


def heading(limits: str) -> str:
    """Name of the page and what it is not.

    Args:
        limits (str): What may be uploaded, in words.
    """
    return ('<div class="me-head"><h1>Micro-expressions in a video</h1><p>A research tool. Its scores are those of a '
            'model for the classes of a dataset: they do not tell what a person thinks or feels, or whether somebody '
            'lies. Use it only with the consent of the recorded person. '
            f'Videos {escape(limits)}; each is deleted from this server after its answer.</p></div>')


def note(text: str, alert: bool = False) -> str:
    """A sentence for the user.

    Args:
        text (str): Plain text.
        alert (bool): Something did not work. Defaults to False.
    """
    if not text:
        return ''
    kind, role = (' me-alert', 'alert') if alert else ('', 'status')
    return f'<p class="me-note{kind}" role="{role}">{escape(text)}</p>'


def empty(text: str) -> str:
    """What stands where results will be."""
    return f'<div class="me-empty">{escape(text)}</div>'


def summary(answer: Answer) -> str:
    """Class, scores, where in the video, and the files to take along.

    Args:
        answer (Answer): The answer.
    """
    clip, prediction = answer.clip, answer.prediction
    order = sorted(zip(clip['scores'], prediction['classes']), reverse=True)
    bars = ''.join(f'<span{" class=me-first" if name == clip["class_name"] else ""}>{escape(name)}</span>'
                   f'<span><i style="width:{100 * score:.1f}%"></i></span><b>{score:.2f}</b>' for score, name in order)
    facts = [f'By the model {answer.model} in {answer.seconds:.1f} s', *prediction['remarks']]
    if answer.truth:
        facts.insert(0, answer.truth)
    return (f'<section aria-label="Result"><p class="me-class">{escape(clip["class_name"])}'
            f'<small>score {max(clip["scores"]):.2f}</small></p><p class="me-sub">{escape(_where(answer))}</p>'
            f'<div class="me-bars">{bars}</div>'
            + ''.join(f'<p class="me-facts">{escape(_ended(fact))}</p>' for fact in facts)
            + f'<div class="me-get">{_download("result.json", pack_json(answer), "application/json", "Result as JSON")}'
            f'{_download("result.zip", pack_zip(answer), "application/zip", "All with figures (ZIP)")}</div></section>')


def timeline(answer: Answer) -> str:
    """The timeline, in one form for wide and one for narrow windows."""
    ranked = answer.clip.get('rank_scores') is not None
    text = ('Each window gets one of the classes, also where nothing happens: the model knows no class for that. A '
            'window that begins amid an expression shows only how it vanishes, which may look like another class.')
    if ranked:
        text += ' Rank scores say how far a frame has moved from the first one of its window, in the model\'s measure.'
    wide, narrow = answer.pictures['timeline'], answer.pictures.get('timeline_narrow', answer.pictures['timeline'])
    label = 'Class scores of all windows over time'
    return (f'<figure class="me-figure">{_image(wide, label, "me-full", "width:100%")}'
            f'{_image(narrow, label, "me-narrow")}<figcaption>{text}</figcaption></figure>')


def faces(answer: Answer) -> str:
    """The aligned faces, which wrap to the width of the page."""
    cells = ''.join(f'<div>{_image(face, f"Aligned face, frame {number}")}{number}</div>'
                    for number, face in zip(answer.clip['frames'], answer.faces))
    return (f'<figure class="me-figure"><div class="me-faces">{cells}</div><figcaption>The aligned face in the frames '
            'that entered the model, with their numbers.</figcaption></figure>')


def dynamic_image(answer: Answer) -> str:
    """The dynamic image of the frames, and the model's own where it makes one."""
    cells = [(answer.pictures['dynamic_image'], 'From the frames, by approximate rank pooling.')]
    if 'dynamic_image_by_model' in answer.pictures:
        cells.append((answer.pictures['dynamic_image_by_model'], 'Constructed by the model.'))
    return '<div class="me-pair">' + ''.join(
        f'<figure class="me-figure">{_image(picture, text)}<figcaption>{text}</figcaption></figure>'
        for picture, text in cells) + '</div>'


def figure(picture: bytes, text: str, wide: bool = False) -> str:
    """A figure with its caption.

    Args:
        picture (bytes): PNG file.
        text (str): What it shows; plain text.
        wide (bool): As wide as the page; it can be moved sideways on a telephone. Defaults to False.
    """
    return (f'<figure class="me-figure"><div class="{"me-wide" if wide else "me-column"}">{_image(picture, text)}</div>'
            f'<figcaption>{escape(text)}</figcaption></figure>')


def _where(answer: Answer) -> str:
    clip, count = answer.clip, len(answer.prediction['clips'])
    frames = f'frames {clip["onset"]} to {clip["offset"]}'
    place = '{:.2f} to {:.2f} s, {}'.format(*clip['seconds'], frames) if 'seconds' in clip else frames
    if not answer.prediction['windows']:
        return f'The whole video as one micro-expression, {place}'
    if count == 1:
        return f'One window: {place}'
    return f'One of {count} windows, as asked: {place}' if answer.chosen else f'Strongest of {count} windows: {place}'


def _ended(text: str) -> str:
    return text if text.endswith('.') else f'{text}.'


def _image(picture: bytes, text: str, kind: str = '', style: str = '') -> str:
    more = (f' class="{kind}"' if kind else '') + (f' style="{style}"' if style else '')
    return f'<img{more} alt="{escape(text)}" src="{_address(picture, "image/png")}">'


def _download(name: str, content: bytes, kind: str, text: str) -> str:
    return f'<a download="{name}" href="{_address(content, kind)}">{text}</a>'


def _address(content: bytes, kind: str) -> str:
    return f'data:{kind};base64,{b64encode(content).decode()}'
