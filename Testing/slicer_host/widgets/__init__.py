"""Stand-ins for the widgets of CTK and of Slicer: same names, properties, signals and rules, plain looks."""
