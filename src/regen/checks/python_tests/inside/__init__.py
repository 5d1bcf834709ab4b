"""What runs inside the sandbox, with the project's interpreter: the standard library and pytest only, no regen.

It is loaded as the package `_regen_inside`, so its modules import each other relatively.
"""
