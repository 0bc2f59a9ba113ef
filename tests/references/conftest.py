"""The script that records needs PyTorch, which no test does."""

collect_ignore = ["record_pytorch.py"]
