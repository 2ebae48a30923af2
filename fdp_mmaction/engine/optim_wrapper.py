"""Mixed precision on a machine without a GPU."""

from __future__ import annotations

import logging

import torch
from mmengine.logging import print_log
from mmengine.optim import AmpOptimWrapper, OptimWrapper


class CPUAmpOptimWrapper(AmpOptimWrapper):
    """``AmpOptimWrapper`` that computes in bfloat16 on the CPU.

    bfloat16 has float32's exponent range, so losses are not scaled, and a checkpoint carries no scaler state: it
    resumes on a GPU and the other way round. :mod:`fdp_mmaction.compat` registers this class as
    ``AmpOptimWrapper`` in MMAction2's scope only where MMEngine's own refuses to work.

    Args:
        loss_scale (float | str | dict): Accepted for configs written for GPUs; unused. Defaults to ``'dynamic'``.
        dtype (str | torch.dtype, optional): Anything but bfloat16 is replaced by it, with a warning; the CPU has no
            other. Defaults to None.
        use_fsdp (bool): Accepted for such configs; unused. Defaults to False.
        **kwargs: As :class:`mmengine.optim.OptimWrapper`.
    """

    def __init__(self,
                 loss_scale: float | str | dict = 'dynamic',
                 dtype: str | torch.dtype | None = None,
                 use_fsdp: bool = False,
                 **kwargs: object) -> None:
        OptimWrapper.__init__(self, **kwargs)      # not AmpOptimWrapper's, which asserts a GPU
        if dtype not in (None, 'bfloat16', torch.bfloat16):
            print_log(f'Mixed precision on the CPU uses bfloat16 instead of {dtype}.', 'current', logging.WARNING)
        self._scale_update_param = None
        scaler = torch.amp.GradScaler if hasattr(torch.amp, 'GradScaler') else torch.cuda.amp.GradScaler
        self.loss_scaler = scaler(enabled=False)
        self.cast_dtype = torch.bfloat16

    def state_dict(self) -> dict:
        """State of the optimizer, without a loss scaler."""
        return OptimWrapper.state_dict(self)

    def load_state_dict(self, state_dict: dict) -> None:
        """Load a state saved on any device.

        Args:
            state_dict (dict): From :meth:`state_dict` or MMEngine's ``AmpOptimWrapper``, whose scaler is left out.
        """
        super().load_state_dict({key: value for key, value in state_dict.items() if key != 'loss_scaler'})
