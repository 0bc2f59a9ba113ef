"""Models for programs without honed: ONNX files (`voted`), PyTorch (`modules`), and what their sources are made of."""
