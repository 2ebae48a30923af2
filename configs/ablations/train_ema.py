# Ablation: test with an exponential moving average of the weights (over some 50 steps).
_base_ = ['../fdp_synthetic.py']

custom_hooks = [*_base_.custom_hooks, dict(type='EMAHook', momentum=0.02)]
