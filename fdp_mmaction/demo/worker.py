"""Work on files of strangers in a process of its own, which may take too long or crash without harm to the server."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any


UNKNOWN_ERROR = 'Something went wrong here that should not; the log of the server says what.'


class WorkError(RuntimeError):
    """Why there is no answer: one sentence for the user."""


class Worker:
    """Calls a function in another process, which stays for the next call, so that it can keep models loaded.

    Args:
        function (Callable): Importable by its name; arguments and result can be pickled.
        sentences (tuple[type[Exception], ...]): Errors whose message is for the user; of others the log alone tells.
        seconds (float): Longest time of a call; then the process is ended and the next call starts another.
        start_seconds (float): Longest time until a new process is ready. Defaults to 300.
    """

    def __init__(self, function: Callable[..., Any], sentences: tuple[type[Exception], ...], seconds: float,
                 start_seconds: float = 300) -> None:
        self._function = function
        self._sentences = sentences
        self._seconds = seconds
        self._start_seconds = start_seconds
        self._lock = threading.Lock()
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None

    def start(self) -> None:
        """Start the process without waiting until it is ready; the first call does it, too."""
        with self._lock:
            self._start()

    def __call__(self, *args: Any) -> Any:
        """Call the function; calls of several threads wait for each other.

        Args:
            *args: Its arguments.

        Returns:
            Any: Its result.

        Raises:
            WorkError: If it raises, takes too long, or its process dies.
        """
        with self._lock:
            self._start()
            try:
                if not self._ready:
                    self._receive(self._start_seconds, 'The model process did not start in {seconds:g} s: try again.')
                    self._ready = True
                self._pipe.send(args)
                fine, result = self._receive(self._seconds, 'This took longer than {seconds:g} s and was stopped: give '
                                             'a shorter video.')
            except (EOFError, OSError):
                self._end()
                raise WorkError('Reading this video ended the process that does it, perhaps for lack of memory: '
                                'convert the video, for example to MP4, or give a smaller one.') from None
        if not fine:
            raise WorkError(result)
        return result

    def close(self) -> None:
        """End the process at once; a call that waits for it fails."""
        process = self._process
        if process is not None:
            process.kill()

    def _start(self) -> None:
        if self._process is not None and self._process.is_alive():
            return
        self._end()
        context = multiprocessing.get_context('spawn')      # threads and GPUs do not survive a fork
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._function, self._sentences), daemon=True)
        self._process.start()
        theirs.close()
        self._ready = False

    def _receive(self, seconds: float, complaint: str) -> Any:
        if not self._pipe.poll(seconds):
            self._end()
            raise WorkError(complaint.format(seconds=seconds))
        return self._pipe.recv()

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._pipe.close()
        self._process = self._pipe = None


def _serve(pipe: Connection, function: Callable[..., Any], sentences: tuple[type[Exception], ...]) -> None:
    """The other process: answers until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)      # Ctrl-C ends the server, and that ends this
    try:
        pipe.send(True)
        while True:
            args = pipe.recv()
            try:
                answer = (True, function(*args))
            except sentences as error:
                answer = (False, str(error))
            except MemoryError:
                answer = (False, 'The memory does not suffice for this video: give a shorter or smaller one.')
            except Exception:
                logging.getLogger(__name__).exception('An answer failed')
                answer = (False, UNKNOWN_ERROR)
            pipe.send(answer)
    except (EOFError, OSError):
        return
