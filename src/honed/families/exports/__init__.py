"""Models for programs without honed: ONNX files (`voted`), and what sources are made of (`linked`, `parts`)."""
