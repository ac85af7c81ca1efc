"""Qt pieces of the module that trains, evaluates and measures."""
