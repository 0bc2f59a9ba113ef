"""The durable run: journal, folder, and executors that do its jobs (`executor.py` says what they promise); knows
nothing of networks.
"""
