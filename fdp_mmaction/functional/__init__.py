"""Pure maths on arrays and tensors: no registry, no configuration, no side effects."""
