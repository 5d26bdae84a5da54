"""Running times against their budgets; ``python -m benchmarks``."""
