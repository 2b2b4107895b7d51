"""Small typed readers for the environment. Each refuses a wrong value with a sentence on what would do."""

import os
from pathlib import Path
from urllib.parse import urlsplit


class SettingsError(Exception):
    """A setting is missing or cannot be understood; the text says which and what would do."""


def read_env_file(path: Path) -> None:
    """Add the `NAME=value` lines of a file to the environment; what is set already stays.

    Blank lines and lines that begin with `#` are passed over; one pair of quotes around a value is
    dropped. A file that does not exist adds nothing.

    Raises:
        SettingsError: a line is not of that form.
    """
    if not path.is_file():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, separator, value = line.partition("=")
        name, value = name.strip(), value.strip()
        if not separator or not name.isidentifier():
            raise SettingsError(
                f"Line {number} of {path.name} is not of the form NAME=value. Correct that line."
            )
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        os.environ.setdefault(name, value)


def text(name: str, default: str | None = None) -> str:
    """The value of a variable, or the default when it is unset or empty.

    Raises:
        SettingsError: there is neither a value nor a default.
    """
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise SettingsError(
            f"{name} is not set. Copy .env.example to .env and fill it in, or run `make env`, "
            "which writes one for your own machine."
        )
    return default


def truth(name: str, default: bool) -> bool:
    """A yes or no: 1, true, yes, on, or 0, false, no, off, in any case.

    Raises:
        SettingsError: any other value.
    """
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise SettingsError(f"{name} is “{value}”, which is neither yes nor no. Set it to 1 or 0.")


def whole_number(name: str, default: int, *, least: int | None = None, most: int | None = None) -> int:
    """A whole number between `least` and `most`, both included.

    Raises:
        SettingsError: not a whole number, or outside those ends.
    """
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        raise SettingsError(f"{name} is “{value}”, which is not a whole number.") from None
    if least is not None and number < least:
        raise SettingsError(f"{name} is {number}; it must be at least {least}.")
    if most is not None and number > most:
        raise SettingsError(f"{name} is {number}; it must be at most {most}.")
    return number


def words(name: str, default: list[str] | None = None) -> list[str]:
    """A list parted by commas, blanks dropped; the default when unset.

    Raises:
        SettingsError: there is neither a value nor a default.
    """
    value = os.environ.get(name, "").strip()
    if not value and default is not None:
        return default
    return [part.strip() for part in text(name).split(",") if part.strip()]


def one_of(name: str, choices: tuple[str, ...], default: str) -> str:
    """One of the choices named.

    Raises:
        SettingsError: any other value.
    """
    value = text(name, default)
    if value not in choices:
        raise SettingsError(f"{name} is “{value}”; it must be one of {', '.join(choices)}.")
    return value


def folder(name: str, default: Path) -> Path:
    """An absolute folder path; a relative value counts from the current folder. It need not exist yet.

    Raises:
        SettingsError: the path is there but is not a folder.
    """
    value = os.environ.get(name, "").strip()
    path = Path(value).expanduser() if value else default
    if path.exists() and not path.is_dir():
        raise SettingsError(f"{name} is “{path}”, which is a file. Name a folder.")
    return path.absolute()


def web_address(name: str, default: str) -> str:
    """An http or https address without a closing slash.

    Raises:
        SettingsError: it has no scheme or no host.
    """
    value = text(name, default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise SettingsError(f"{name} is “{value}”; write it whole, as in https://wisdoms.example.org.")
    return value


def database_address(name: str) -> str:
    """A postgresql:// address, or an empty string when unset.

    Raises:
        SettingsError: another kind of database.
    """
    value = os.environ.get(name, "").strip()
    if value and urlsplit(value).scheme not in {"postgres", "postgresql"}:
        raise SettingsError(
            f"{name} must begin with postgresql://. Leave it empty to use the embedded database."
        )
    return value
