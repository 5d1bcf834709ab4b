"""What runs in the sandbox: programs are asked for their answers, each in a forked child of its own.

Standalone: nothing of regen is imported here but the walls of `checks/python_tests/inside`.
"""
