"""How a failed command ends: one sentence that says what is wrong and what to do, and an exit code."""

from conduyt_kit.kernel.errors import ConduytError, PluginError, SettingsError, SpecError

WRONG_SETTINGS = 2
FAILED = 1


def explain(error: Exception) -> str:
    """Return what the user is told of a failure; never a traceback, never a secret."""
    if isinstance(error, SettingsError) and error.details:
        lines = "".join(f"\n  {detail.field}: {detail.message}" for detail in error.details)
        return f"Error: Settings are wrong; `conduyt config explain` shows every setting.{lines}"
    if isinstance(error, ConduytError):
        lines = "".join(f"\n  {detail.field}: {detail.message}" for detail in error.details if detail.message not in error.message)
        return f"Error: {error.message}{lines}"
    return f"Error: {type(error).__name__}: {error}\nThis is a mistake in the program; --debug before the command shows where."


def exit_code(error: Exception) -> int:
    """Return 2 for what the settings are to blame for, 1 for everything else."""
    return WRONG_SETTINGS if isinstance(error, SettingsError | PluginError | SpecError) else FAILED
