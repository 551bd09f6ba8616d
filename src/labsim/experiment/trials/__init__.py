"""Virtual evaluations: trials as an evaluator would run them, held against the truth in the model."""
