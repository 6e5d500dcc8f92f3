"""What is this library's own code, where that of its users is looked for: in tracebacks, modules and callers."""


def is_own(module: str) -> bool:
    """Whether a module is one of this library; the tasks of its suites, `flytetypes.testing`, count as a user's."""
    return f"{module}.".startswith("flytetypes.") and not module.startswith("flytetypes.testing.")
