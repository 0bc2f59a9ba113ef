"""What an exported script is made of: functions that need nothing but NumPy, and are copied into it as they stand.

`linked.py`, beside this folder, takes those that a script needs. So nothing here imports anything of honed, and each
function says the same as its original, against which it is tested.
"""
