"""The packages of the extra `evaluate`: only measuring, training and plotting use them."""

from importlib.util import find_spec

from memory.errors import ConfigError


def check_installed(*packages: str) -> None:
    """Raises ConfigError, with the command that installs them, if one of these packages is missing. Imports none of them."""
    for package in packages:
        if not _is_here(package):
            raise ConfigError(f"`zhiji evaluate` needs {package}. Run: pip install 'zhiji[evaluate]'")


def _is_here(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ImportError:
        return False
