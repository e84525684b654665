//! The machine, step by step. Every interleaving of a few callers is the model's to explore.
