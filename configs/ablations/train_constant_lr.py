# Ablation: neither warm-up nor cosine.
_base_ = ['../fdp_synthetic.py']

param_scheduler = []
