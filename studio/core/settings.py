"""Preferences: declared once with type and default, kept in a readable TOML file, never holding a secret.

Unknown keys in the file are kept (a newer program may have written them), values of the wrong type fall back
to the default and are named in `problems`. The file carries a schema version; `_MIGRATIONS` lift older ones.

The sections are named tuples: the first frame waits for this module, and a frozen data class takes ten times
as long to define.
"""

from __future__ import annotations

import stat
import threading
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

from studio.core.events import Event

SCHEMA = 1
LONGEST = 1 << 20
"""Bytes of the file. Reading more would hold up the first frame; the program writes a few thousand."""
_DEEPEST = 32
_MOST_BITS = 4096
_KEPT_ASIDE = 9


class Look(NamedTuple):
    """`language` is "system" or one of `i18n.languages()`; it is read once, at the start."""

    theme: Literal["system", "light", "dark"] = "system"
    font_scale: float = 1.0
    reduced_motion: bool = False
    thumbnail_size: int = 176
    language: str = "system"
    density: Literal["comfortable", "compact"] = "comfortable"


class Files(NamedTuple):
    library: str = ""
    name_template: str = "{date} {time} {prompt} {seed}"
    embed_parameters: bool = True


class Money(NamedTuple):
    """Budgets in pollen; 0 means none."""

    confirm_above: float = 1.0
    batch_budget: float = 0.0
    day_budget: float = 0.0


class Connection(NamedTuple):
    """Which service the program speaks to, and how hard.

    `mode` is what the user chose on the welcome page: "" (not yet), "cloud", "sandbox", "offline".
    `account` is the one in use, `accounts` all those with a key in the keyring, one name per line.
    """

    mode: Literal["", "cloud", "sandbox", "offline"] = ""
    parallel_jobs: int = 3
    account: str = ""
    accounts: str = ""


class Network(NamedTuple):
    """How services are reached.

    `proxy_url` has no user and password: those are in the keyring if `proxy_login`. Seconds to connect and to
    wait for an answer. `gen`, `enter` and `media` are base URLs, "" for the usual ones; each counts only
    while it is in `trusted` (one per line): the user said that the key may go there. `certificates` is a
    PEM file.
    """

    proxy: Literal["system", "none", "own"] = "system"
    proxy_url: str = ""
    proxy_login: bool = False
    connect: int = 15
    answer: int = 30
    gen: str = ""
    enter: str = ""
    media: str = ""
    trusted: str = ""
    certificates: str = ""


class Shortcuts(NamedTuple):
    """Keys that differ from the usual ones: lines of a command's id and its keys, which may be missing."""

    changed: str = ""


class Create(NamedTuple):
    """The form as it was left.

    `model` makes pictures, `video_model` films; their titles are what the first frame shows. `favourites` are
    model names, one per line. `wildcards` is a folder; empty means the profile's own.
    """

    kind: Literal["image", "video"] = "image"
    model: str = ""
    model_title: str = ""
    video_model: str = ""
    video_title: str = ""
    favourites: str = ""
    width: int = 1024
    height: int = 1024
    count: int = 1  # pyright: ignore[reportIncompatibleMethodOverride] - nobody counts in it
    variants: int = 8
    seed: int = 0
    seed_locked: bool = False
    safe: bool = False
    quality: str = ""
    transparent: bool = False
    reasoning: str = ""
    resolution: str = ""
    duration: int = 0
    aspectRatio: str = ""  # noqa: N815 - the wire's spelling, as in the form
    audio: bool = False
    enhance: bool = False
    guidance_scale: float = 0.0
    fps: int = 0
    more_shown: bool = False
    inspector_shown: bool = True
    wildcards: str = ""


class Export(NamedTuple):
    """How copies were made last time; `longest_side` 0 leaves the size, `names` is a template or empty,
    see `library/exporting.py`."""

    format: Literal["original", "png", "jpeg", "webp"] = "original"
    quality: int = 90
    longest_side: int = 0
    parameters: bool = True
    sidecar: bool = False
    archive: bool = False
    names: str = ""


class Chat(NamedTuple):
    """How conversations begin and how they are written.

    `favourites` are model names, one per line. `image_tool` is the answer to a model that wants to make a
    picture where a conversation has none of its own. `model` was used last; new conversations begin with
    `new_model` or the preset of the id `new_preset`, if they are set. `last` is the conversation that was
    open, `folded` are ids of folders with spaces between.
    """

    model: str = ""
    new_model: str = ""
    new_preset: str = ""
    send_with: Literal["enter", "ctrl_enter"] = "enter"
    image_tool: Literal["ask", "always", "never"] = "ask"
    favourites: str = ""
    last: str = ""
    folded: str = ""
    list_shown: bool = True


class Library(NamedTuple):
    """How the Library shows what it has."""

    stacks: bool = False
    layout: Literal["grid", "list"] = "grid"
    inspector_shown: bool = True


class Sound(NamedTuple):
    """Devices by the system's handle, "" for the one the system uses, with the names they had; how loud."""

    input: str = ""
    input_name: str = ""
    output: str = ""
    output_name: str = ""
    volume: float = 1.0
    muted: bool = False


class Legacy(NamedTuple):
    """The connector to the retired service. `url` is empty for the usual address; `model` was used last."""

    enabled: bool = False
    url: str = ""
    model: str = ""


class Window(NamedTuple):
    """How the window was left; its size and place are in a file of their own. `pane` is the id of one;
    `notify`: the desktop tells when a batch is finished while the window is not in front; `recent`: ids of
    the commands that were last taken in the palette, newest first, with spaces between."""

    pane: str = "create"
    notify: bool = True
    recent: str = ""


class Help(NamedTuple):
    """What was explained already."""

    tour_seen: bool = False


class Preferences(NamedTuple):
    """All preferences. Sections are tables of the file."""

    look: Look = Look()
    files: Files = Files()
    money: Money = Money()
    connection: Connection = Connection()
    network: Network = Network()
    shortcuts: Shortcuts = Shortcuts()
    create: Create = Create()
    export: Export = Export()
    chat: Chat = Chat()
    library: Library = Library()
    sound: Sound = Sound()
    legacy: Legacy = Legacy()
    help: Help = Help()
    window: Window = Window()


# What a number may be; the file is a text that anybody may edit.
_RANGES: dict[str, tuple[float, float]] = {
    "look.font_scale": (1, 2),
    "look.thumbnail_size": (120, 480),
    "money.confirm_above": (0, 1_000_000),
    "money.batch_budget": (0, 1_000_000),
    "money.day_budget": (0, 1_000_000),
    "connection.parallel_jobs": (1, 8),
    "network.connect": (3, 120),
    "network.answer": (10, 600),
    "export.quality": (1, 100),
    "sound.volume": (0, 1),
    "export.longest_side": (0, 16384),
    "create.width": (64, 4096),
    "create.height": (64, 4096),
    "create.count": (1, 64),
    "create.seed": (0, 2**31 - 1),
    "create.variants": (1, 64),
    "create.duration": (0, 120),
    "create.guidance_scale": (0, 30),
    "create.fps": (0, 60),
}

_MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}


class Settings:
    """The preferences of one profile and their file.

    Args:
        path: of the TOML file; it need not exist.

    `set_aside` is where a file that could not be read lies now. `saves_at_once` is turned off by whoever
    calls `save` instead, in a thread: a flush takes longer than a frame.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.changed: Event[Preferences] = Event("settings.changed")
        self.problems: list[str] = []
        self.set_aside: Path | None = None
        self.saves_at_once = True
        self.is_plain = False
        self._unsaved = False
        self._saving = threading.Lock()
        self._unknown: dict[str, Any] = {}
        self._unknown_keys: dict[str, dict[str, Any]] = {}
        self._values = self._load()

    def use_plainly(self) -> None:
        """Safe mode: the usual values hold, and nothing is written. Where files lie, who is signed in and the
        budgets stay, since the wrong library or a missing budget would be no safer."""
        kept, usual = self._values, Preferences()
        self.is_plain = True
        self._values = usual._replace(
            look=usual.look._replace(language=kept.look.language),
            files=kept.files,
            money=kept.money,
            network=kept.network,
            connection=usual.connection._replace(
                account=kept.connection.account, accounts=kept.connection.accounts
            ),
            create=usual.create._replace(wildcards=kept.create.wildcards),
        )

    @property
    def values(self) -> Preferences:
        return self._values

    def change(self, section: str, **values: object) -> None:
        """Set `values` in `section`, tell the listeners, write the file unless that is done elsewhere.

        Raises:
            StorageError: the file cannot be written; the values hold until the program ends.
            InputError: a text is none that a file can hold, such as a name that is no UTF-8.
            TypeError: there is no such setting.
        """
        _refuse_unwritable(values)
        old = getattr(self._values, section)
        if unknown := values.keys() - set(old._fields):
            raise TypeError(f"no such setting: {section}.{', '.join(sorted(unknown))}")
        new = old._replace(**values)
        if new == old:
            return
        self._values = self._values._replace(**{section: new})
        self._unsaved = True
        self.changed.emit(self._values)
        if self.saves_at_once:
            self.save()

    def save(self) -> None:
        """Write the file if something changed since it was written; may be called from any thread.

        Raises:
            StorageError: it cannot be written.
        """
        with self._saving:
            if self._unsaved and not self.is_plain:
                self._unsaved = False
                try:
                    self._write()
                except BaseException:
                    self._unsaved = True
                    raise

    def _load(self) -> Preferences:
        try:
            text = _text_of(self.path)
        except FileNotFoundError:
            return Preferences()
        except (OSError, ValueError) as error:
            return self._unreadable(error)
        # The first start has no file and needs no parser.
        import tomllib

        try:
            data = tomllib.loads(text)
            _refuse_endless(data)
        except (ValueError, RecursionError) as error:
            return self._unreadable(error)
        version = data.pop("schema", SCHEMA)
        for step, migrate in _MIGRATIONS.items():
            if isinstance(version, int) and version <= step:
                data = migrate(data)
        return self._typed(data)

    def _typed(self, data: dict[str, Any]) -> Preferences:
        sections: dict[str, Any] = {}
        for name, kind in typing.get_type_hints(Preferences).items():
            table = data.pop(name, {})
            if not isinstance(table, dict):
                self.problems.append(f"[{name}] is not a table")
                continue
            sections[name] = self._section(kind, name, cast("dict[str, Any]", table))
        self._unknown = data
        return Preferences(**sections)

    def _section(self, kind: type[Any], name: str, table: dict[str, Any]) -> Any:
        hints = typing.get_type_hints(kind)
        known: dict[str, Any] = {}
        for key, value in table.items():
            if key not in hints:
                self._unknown_keys.setdefault(name, {})[key] = value
            elif _fits(hints[key], value):
                known[key] = _within(_RANGES.get(f"{name}.{key}"), hints[key], value)
            else:
                self.problems.append(f"{name}.{key} = {str(value)[:80]!r} is not usable; the default holds")
        return kind(**known)

    def _write(self) -> None:
        import tomli_w

        from studio.core.files import write_atomically

        data: dict[str, Any] = {"schema": SCHEMA}
        for name, section in self._values._asdict().items():
            data[name] = self._unknown_keys.get(name, {}) | section._asdict()
        for key, value in self._unknown.items():
            data.setdefault(key, value)
        write_atomically(self.path, tomli_w.dumps(data).encode())

    def _unreadable(self, error: Exception) -> Preferences:
        self.problems.append(f"{self.path.name} could not be read: {error}")
        self._set_aside()
        return Preferences()

    def _set_aside(self) -> None:
        """Keep a file that cannot be read, so that saving does not destroy what is in it."""
        try:
            self.set_aside = self.path.replace(self._name_aside())
        except OSError as error:
            self.problems.append(str(error))

    def _name_aside(self) -> Path:
        """A name that is not taken, as what was set aside before stays too; of many, the last gives way."""
        endings = ("", *(f"-{number}" for number in range(2, _KEPT_ASIDE + 1)))
        names = [self.path.with_suffix(f".unreadable{ending}.toml") for ending in endings]
        return next((name for name in names if not name.exists()), names[-1])


def _text_of(path: Path) -> str:
    """Raises OSError, ValueError: it is no file, too long, or no text."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("it is no plain file")  # a pipe would be waited for
    with path.open("rb") as file:
        data = file.read(LONGEST + 1)
    if len(data) > LONGEST:
        raise ValueError("it is too long")
    return data.decode("utf-8")


def _refuse_endless(data: dict[str, Any]) -> None:
    """Raises ValueError: what could be read and not be written again, by numbers or by nesting."""
    level: list[Any] = [data]
    for _ in range(_DEEPEST):
        deeper: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                deeper += cast("dict[str, Any]", item).values()
            elif isinstance(item, list):
                deeper += cast("list[Any]", item)
            elif isinstance(item, int) and item.bit_length() > _MOST_BITS:
                raise ValueError("a number in it is too large")
        level = deeper
        if not level:
            return
    raise ValueError("it is nested too deeply")


def _refuse_unwritable(values: dict[str, object]) -> None:
    """Raises InputError: see `Settings.change`."""
    for value in values.values():
        try:
            str(value).encode()
        except UnicodeEncodeError as error:
            from studio.core.errors import InputError
            from studio.core.i18n import tr

            raise InputError(
                tr("This name cannot be kept in the preferences."),
                tr("It has letters that are not in Unicode. Rename it, or choose another one."),
            ) from error


def _fits(hint: Any, value: object) -> bool:
    if typing.get_origin(hint) is Literal:
        return value in typing.get_args(hint)
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and value == value  # no NaN
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if hint is str:
        return isinstance(value, str) and "\0" not in value  # no file has such a name
    return isinstance(value, hint)


def _within(limits: tuple[float, float] | None, hint: type[Any], value: Any) -> Any:
    """The nearest value that is allowed, of the setting's own type."""
    return value if limits is None else hint(min(max(value, limits[0]), limits[1]))
