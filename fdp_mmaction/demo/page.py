"""The page itself: what is where, and what happens on a click."""

from __future__ import annotations

import logging
import os
from functools import partial
from typing import TYPE_CHECKING, Any

from fdp_mmaction.engine.launch import USER_ERRORS, UsageError, one_sentence
from fdp_mmaction.errors import DatasetError

from . import html
from .checkpoints import NO_CHECKPOINT
from .desk import Desk
from .examples import Example, examples
from .worker import UNKNOWN_ERROR, WorkError

if TYPE_CHECKING:
    import gradio

TABS = ('Timeline', 'Aligned face', 'Dynamic image', 'Flow and landmarks', 'Class activation', 'JSON')
OPTIONAL = ('Flow and landmarks', 'Class activation')
"""Tabs that not every model has."""
EMPTY = 'Drop a video or pick an example, then press Analyse.'
WAITING = 16
"""Videos that may wait for their turn; then the page asks to come back later."""


def import_gradio() -> Any:
    """The package behind the page.

    Returns:
        module: ``gradio``.

    Raises:
        UsageError: If it is not installed.
    """
    try:
        import gradio
    except ImportError as error:
        raise UsageError("The page needs gradio: pip install 'fdp-mmaction[demo]' (Python 3.10 or later), or pip "
                         f'install gradio ({error}).') from None
    return gradio


def build_page(desk: Desk) -> gradio.Blocks:
    """Lay out the page.

    Args:
        desk (Desk): Answers.

    Returns:
        gradio.Blocks: To be launched by :func:`launch`.

    Raises:
        UsageError: If gradio is not installed.
    """
    os.environ['GRADIO_TEMP_DIR'] = str(desk.folder.sub('uploads'))      # before gradio is imported
    os.environ['GRADIO_RUN_HISTORY'] = 'False'      # else browsers keep videos and results
    gr = import_gradio()
    shown = examples()
    names = list(desk.models)
    with gr.Blocks(title='Micro-expressions in a video', analytics_enabled=False, delete_cache=(60, 900)) as page:
        gr.HTML(html.heading(desk.settings.limits.text))
        picked = gr.State(None)      # index of the example that the player holds
        with gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=320):
                video = gr.Video(label='Video', sources=['upload'], height=270, elem_id='me-video')
                gr.HTML('<p class="me-or">or an example</p>')
                with gr.Row(elem_id='me-examples', equal_height=True):
                    buttons = [gr.Button(example.name, icon=desk.thumbnail(example), min_width=40, size='sm')
                               for example in shown]
                model = gr.Dropdown(names, value=names[0] if names else None, label='Model', visible=len(names) > 1,
                                    elem_id='me-model')
                with gr.Accordion('Options', open=False):
                    window = gr.Slider(0.1, 2.0, 0.5, step=0.1, label='Length of the windows in seconds',
                                       info='Micro-expressions last up to half a second. A video hardly longer than a '
                                            'window counts as one.')
                    moment = gr.Number(None, label='Window to look into, by the second in its middle', minimum=0,
                                       info='Empty: the window with the highest score of any class.')
                button = gr.Button('Analyse', variant='primary', interactive=bool(names), elem_id='me-run')
            with gr.Column(scale=3, min_width=320):
                message = gr.HTML(html.note(NO_CHECKPOINT, alert=True), visible=not names, elem_id='me-message')
                summary = gr.HTML(html.empty(EMPTY), elem_id='me-summary')
        with gr.Tabs(visible=False, elem_id='me-tabs') as tabs:
            parts = []
            for title in TABS:
                with gr.Tab(title, visible=title not in OPTIONAL) as tab:
                    parts.append((tab, gr.JSON(show_label=False) if title == 'JSON' else gr.HTML()))

        def pick(index: int) -> tuple[str, int]:
            try:
                return str(desk.example(shown[index])[0]), index
            except DatasetError as error:
                raise gr.Error(str(error)) from None

        def analyse(path: str | None, index: int | None, name: str | None, seconds: float, middle: float | None = None
                    ) -> list[Any]:
            example = None if index is None else shown[index]
            results, text = run(desk, path, example, name, seconds, middle)
            message = gr.update(value=html.note(text, alert=results is None), visible=bool(text))
            if results is None:
                changes = [message, html.empty(EMPTY), gr.update(visible=False),
                           *[gr.update() for _ in range(2 * len(TABS))]]
            else:
                changes = [message, results['summary'], gr.update(visible=True)]
                for title in TABS:
                    changes += [gr.update(visible=title in results), results.get(title)]
            return [*changes, gr.update() if example is not None else None]

        for index, face in enumerate(buttons):
            face.click(partial(pick, index), None, [video, picked], api_visibility='private', show_progress_on=video)
        for event in (video.upload, video.clear):
            event(lambda: None, None, picked, api_visibility='private', queue=False)
        button.click(analyse, [video, picked, model, window, moment],
                     [message, summary, tabs, *(item for pair in parts for item in pair), video],
                     api_name='analyse', concurrency_limit=desk.settings.jobs, show_progress_on=summary)
    return page.queue(max_size=WAITING, default_concurrency_limit=4)


def run(desk: Desk, path: str | None, example: Example | None, model: str | None, window_seconds: float,
        moment: float | None = None) -> tuple[dict[str, Any] | None, str]:
    """Ask, and put the answer or the reason why there is none into words.

    Args:
        desk (Desk): Answers.
        path (str | None): An uploaded video.
        example (Example | None): An example, instead.
        model (str | None): Name of the model.
        window_seconds (float): Length of the windows.
        moment (float, optional): Show the window around this second. Defaults to None, the strongest.

    Returns:
        tuple[dict | None, str]: Contents by tab and ``summary``; None where there is no answer. A sentence.
    """
    try:
        found = desk.ask(path, example, model, window_seconds, moment)
    except (WorkError, UsageError, *USER_ERRORS) as error:
        return None, one_sentence(error)
    except Exception:
        logging.getLogger(__name__).exception('An answer failed')
        return None, UNKNOWN_ERROR
    contents: dict[str, Any] = {'summary': html.summary(found), 'Timeline': html.timeline(found),
                                'Aligned face': html.faces(found), 'Dynamic image': html.dynamic_image(found),
                                'JSON': found.to_json()}
    if 'motion' in found.pictures:
        text = 'Landmarks, and optical flow from each frame to the next, as the model finds them.'
        contents['Flow and landmarks'] = html.figure(found.pictures['motion'], text, wide=True)
    if 'cam' in found.pictures:
        contents['Class activation'] = html.figure(
            found.pictures['cam'], 'Where the model looks for the class that it names.')
    return contents, '' if example is not None else 'Your video has been deleted from this server.'


def launch(desk: Desk, host: str = '127.0.0.1', port: int | None = 7860, block: bool = True) -> gradio.Blocks:
    """Serve the page.

    Args:
        desk (Desk): Answers.
        host (str): Address to listen at. Defaults to this machine alone.
        port (int, optional): Defaults to 7860. None: a free one.
        block (bool): Come back when the server is stopped only. Defaults to True.

    Returns:
        gradio.Blocks: The page; ``local_url`` says where it is.

    Raises:
        UsageError: If gradio is not installed, or the port is taken.
    """
    page = build_page(desk)
    gr = import_gradio()
    desk.start()
    theme = gr.themes.Default(primary_hue='blue', font=['system-ui', 'sans-serif'],      # fonts that need no download
                              font_mono=['ui-monospace', 'monospace'])
    try:
        page.launch(server_name=host, server_port=port, max_file_size=round(desk.settings.limits.megabytes * 1e6),
                    share=False, ssr_mode=False, enable_monitoring=False, quiet=True, show_error=False,
                    prevent_thread_lock=True, theme=theme, css=html.STYLE, footer_links=[])
    except OSError as error:
        raise UsageError(f'The page cannot be served at {host}:{port}: {error}; choose another --port.') from None
    if block:
        page.block_thread()
    return page
