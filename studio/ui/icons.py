"""Icons: Phosphor outlines (resources/icons/outlines.txt), painted in any size and colour.

Names in the table are what the program means; the value is the drawing. An icon is painted from its path,
so it is crisp at every device pixel ratio and follows the theme without a cache on disk; pixmaps are kept in
memory for menus and the few places where Qt wants a QIcon.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPainterPath, QPixmap

from studio.core.assets import resource
from studio.ui.mirror import DIRECTED, is_turned

if TYPE_CHECKING:
    # With it come the names of all theme icons, and the first frame has no use for either.
    from PySide6.QtGui import QIcon

GRID = 256
"""Side of the square the outlines are drawn in."""

PHOSPHOR: dict[str, str] = {
    # panes
    "create": "sparkle",
    "create-fill": "sparkle-fill",
    "library": "images",
    "chat": "chat-circle",
    "audio": "waveform",
    "account": "user-circle",
    # the top bar
    "search": "magnifying-glass",
    "jobs": "circle-notch",
    "no-jobs": "tray",
    "pollen": "coin",
    "sandbox": "flask",
    "settings": "gear-six",
    "shortcuts": "keyboard",
    "offline": "wifi-slash",
    "online": "wifi-high",
    "bell": "bell",
    # verbs
    "add": "plus",
    "remove": "minus",
    "close": "x",
    "check": "check",
    "edit": "pencil-simple",
    "vary": "shuffle",
    "animate": "film-strip",
    "use-all": "arrow-counter-clockwise",
    "redo": "arrow-clockwise",
    "refresh": "arrows-clockwise",
    "history": "clock-counter-clockwise",
    "copy": "copy",
    "cut": "scissors",
    "paste": "clipboard-text",
    "export": "export",
    "share": "share-network",
    "download": "download-simple",
    "upload": "upload-simple",
    "cloud-upload": "cloud-arrow-up",
    "trash": "trash",
    "restore": "arrow-u-up-left",
    "send": "arrow-up",
    "attach": "paperclip",
    "open": "folder-open",
    "open-outside": "arrow-square-out",
    "sign-in": "sign-in",
    "sign-out": "sign-out",
    "link": "link-simple",
    "compare": "columns",
    "merge": "git-merge",
    "crop": "crop",
    "zoom-in": "magnifying-glass-plus",
    "zoom-out": "magnifying-glass-minus",
    "fit": "corners-out",
    "full-screen": "arrows-out",
    "sort": "sort-ascending",
    "filter": "funnel",
    "select-all": "selection-all",
    "dice": "dice-five",
    "more": "dots-three",
    "more-vertical": "dots-three-vertical",
    "drag": "dots-six-vertical",
    # media
    "play": "play-fill",
    "pause": "pause-fill",
    "stop": "stop-fill",
    "record": "record-fill",
    "skip-back": "skip-back",
    "skip-forward": "skip-forward",
    "loop": "repeat",
    "speaker": "speaker-high",
    "muted": "speaker-x",
    "microphone": "microphone",
    "music": "music-notes",
    "video": "video-camera",
    "picture": "image-square",
    "camera": "camera",
    "frame": "frame-corners",
    "speech": "chat-text",
    "transcript": "article",
    "subtitles": "text-aa",
    # things
    "model": "cube",
    "folder": "folder-simple",
    "folder-add": "folder-simple-plus",
    "collection": "stack",
    "stack": "stack",
    "tag": "tag",
    "pin": "push-pin",
    "archive": "archive",
    "file": "file",
    "file-text": "file-text",
    "file-pdf": "file-pdf",
    "file-audio": "file",
    "document": "article",
    "note": "note-pencil",
    "key": "key",
    "phone": "device-mobile",
    "gauge": "gauge",
    "requests": "list-bullets",
    "ledger": "scales",
    "wallet": "wallet",
    "chart": "chart-bar",
    "table": "table",
    "calendar": "calendar-blank",
    "clock": "clock",
    "timer": "timer",
    "user": "user",
    "users": "users",
    "globe": "globe",
    "code": "code",
    "quote": "quotes",
    "brain": "brain",
    "tool": "wrench",
    "bug": "bug",
    "book": "book-open",
    "translate": "translate",
    "branch": "git-branch",
    "tree": "tree-structure",
    "command": "command",
    "hexagon": "hexagon-fill",
    # states and marks
    "lock": "lock-simple",
    "unlock": "lock-simple-open",
    "star": "star",
    "star-fill": "star-fill",
    "heart": "heart",
    "heart-fill": "heart-fill",
    "thumb-up": "thumbs-up",
    "thumb-down": "thumbs-down",
    "info": "info",
    "question": "question",
    "warning": "warning",
    "error": "warning-circle",
    "done": "check-circle",
    "failed": "x-circle",
    "blocked": "prohibit",
    "eye": "eye",
    "eye-off": "eye-slash",
    "sun": "sun",
    "moon": "moon",
    # layout
    "grid": "squares-four",
    "list": "list",
    "sliders": "sliders-horizontal",
    "sidebar": "sidebar",
    "sidebar-right": "sidebar-right",
    "chevron-down": "caret-down",
    "chevron-up": "caret-up",
    "chevron-left": "caret-left",
    "chevron-right": "caret-right",
    "chevrons": "caret-up-down",
    "arrow-right": "arrow-right",
    "arrow-left": "arrow-left",
    "arrow-up": "arrow-up",
    "arrow-down": "arrow-down",
    "logo": "hexagon-fill",
}


@cache
def _outlines() -> dict[str, str]:
    lines = resource("icons", "outlines.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines)


@cache
def outline(name: str) -> QPainterPath:
    """The path of an icon of the table on the 256 grid. KeyError for an unknown name. Do not change it.

    The data is SVG's with absolute M, L and C alone; the letter stands at its first number.
    """
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    parts = iter(_outlines()[PHOSPHOR[name]].split())
    for part in parts:
        letter, x, y = part[0], float(part[1:]), float(next(parts))
        if letter == "M":
            path.closeSubpath()
            path.moveTo(x, y)
        elif letter == "L":
            path.lineTo(x, y)
        else:
            path.cubicTo(x, y, *(float(next(parts)) for _ in range(4)))
    path.closeSubpath()
    return path


def paint_icon(painter: QPainter, name: str, box: QRectF, color: QColor) -> None:
    """Paint an icon into a square box, in logical pixels."""
    if not name:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if is_turned(painter) and name not in DIRECTED:
        painter.translate(box.topRight())
        painter.scale(-box.width() / GRID, box.height() / GRID)
    else:
        painter.translate(box.topLeft())
        painter.scale(box.width() / GRID, box.height() / GRID)
    painter.fillPath(outline(name), color)
    painter.restore()


@cache
def _pixmap(name: str, size: int, argb: int, ratio: float) -> QPixmap:
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_icon(painter, name, QRectF(0, 0, size, size), QColor.fromRgba(argb))
    painter.end()
    return pixmap


def icon_pixmap(name: str, size: int, color: QColor, ratio: float | None = None) -> QPixmap:
    """The icon as a pixmap of `size` logical pixels; kept in memory by name, size, colour and ratio."""
    application = QGuiApplication.instance()
    if ratio is None:
        ratio = application.devicePixelRatio() if isinstance(application, QGuiApplication) else 1.0
    return _pixmap(name, size, color.rgba(), ratio)


def icon(name: str, color: QColor, size: int) -> QIcon:
    """A QIcon for menus, actions and views, at the screen's ratio and at twice its size."""
    from PySide6.QtGui import QIcon

    made = QIcon(icon_pixmap(name, size, color))
    made.addPixmap(icon_pixmap(name, size, color, 2.0))
    return made
