"""What a real Slicer answered to expressions, and the same asked of the host.

`answers.json` has the expressions by topic, in the order in which they were evaluated: later ones use variables of
earlier ones. `differences.json` names those that the host answers otherwise, with the reason.
"""
