"""The design tokens and the theme: every colour, space, size and font of the program is decided here.

Widgets ask `Theme.current()` while they paint, so a change of mode or of font size needs no bookkeeping:
`apply` sets palette, font and style sheet on the application, Qt tells every widget with a StyleChange
event, and `studio.ui.widgets.base.Themed` measures and paints again.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cache
from typing import Final, Literal, NamedTuple

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from studio.core.assets import resource
from studio.ui import style
from studio.ui.measures import Density, Radius, Size, Space, density, relayout, use_density
from studio.ui.motion import system_reduces_motion

Mode = Literal["system", "light", "dark"]
Role = Literal["caption", "body", "reading", "title", "display"]
Tone = Literal["text", "text2", "text3", "accent", "ok", "warn", "bad", "info", "on_accent", "on_bad"]


class Weight(IntEnum):
    """Font weights in use."""

    REGULAR = QFont.Weight.Normal
    MEDIUM = QFont.Weight.Medium
    SEMIBOLD = QFont.Weight.DemiBold


BORDER: Final = 1.0
FOCUS_BORDER: Final = 1.5
STROKE: Final = 1.6
DISABLED: Final = 0.5
"""Opacity of a disabled control's content: 3:1 is left on every surface."""
NOTE: Final = 0.9
"""Opacity of the quieter words on a button."""

TYPE: Final[dict[Role, tuple[int, Weight]]] = {
    "caption": (11, Weight.REGULAR),
    "body": (13, Weight.REGULAR),
    "reading": (14, Weight.REGULAR),
    "title": (16, Weight.SEMIBOLD),
    "display": (24, Weight.SEMIBOLD),
}
"""The five sizes of type in pixels at 100 %, each with its usual weight."""

STYLE: Final = "Fusion"
_STYLED: Final = "nectary_styled"
FAMILY: Final = "Inter"
MONO_FAMILIES: Final = ("DejaVu Sans Mono", "Menlo", "Consolas", "Liberation Mono", "monospace")
FONT_FILES: Final = (
    "Inter-Regular.otf",
    "Inter-Medium.otf",
    "Inter-SemiBold.otf",
    "Inter-Bold.otf",
    "Inter-Italic.otf",
)
LINE_SPACING: Final = 1.2
"""The pitch of lines in a paragraph, in heights of the font."""
READING_SPACING: Final = 1.3
"""The pitch of lines in text that is read at length, in heights of the font."""
CODE_TYPE: Final = 12
"""The size of code in pixels at 100 %: a monospaced font looks larger than the text around it."""
CODE_SPACING: Final = 1.42
CODE_SHARE: Final = 0.9
"""The size of code inside a line, in sizes of the text around it."""
FORMULA_SHARE: Final = 1.12
"""The size of formulas: the letters of the mathematical font are smaller than Inter's at one size."""
HEADINGS: Final = (20, 17, 15, 14, 14, 14)
"""The sizes of the six headings of a text in pixels at 100 %."""
MOTION_MS: Final = 120
SPIN_MS: Final = 900
FONT_SCALE: Final = (1.0, 2.0)


class Tokens(NamedTuple):
    """The colours of one mode. Every text colour reads at 4.5:1 or better on every surface (tested).

    Surfaces in three steps: `bg` (the page), `surface` (panels and cards), `raised` (buttons, tracks).
    `field` is the inside of an input, `thumb` the chosen segment, `hover` and `pressed` are the same step up
    and down from `raised`. `honey` is for bars, lines and signs on a surface, where the filled `accent` is
    too pale in light; `focus` for the border of what has the keyboard. A `..._soft` colour carries text of
    its own name.
    """

    dark: bool
    bg: QColor
    surface: QColor
    raised: QColor
    field: QColor
    thumb: QColor
    hover: QColor
    pressed: QColor
    border: QColor
    border_strong: QColor
    text: QColor
    text2: QColor
    text3: QColor
    accent: QColor
    accent_hover: QColor
    accent_pressed: QColor
    on_accent: QColor
    accent_soft: QColor
    accent_text: QColor
    honey: QColor
    focus: QColor
    ok: QColor
    ok_soft: QColor
    warn: QColor
    warn_soft: QColor
    bad: QColor
    bad_soft: QColor
    bad_fill: QColor
    bad_hover: QColor
    on_bad: QColor
    info: QColor
    info_soft: QColor
    scrim: QColor
    shadow: QColor
    overlay: QColor
    on_overlay: QColor
    avatar: QColor
    on_avatar: QColor
    selection: QColor
    mark: QColor
    code_keyword: QColor
    code_function: QColor
    code_type: QColor
    code_string: QColor
    code_number: QColor
    code_comment: QColor
    code_tag: QColor

    def tone(self, tone: Tone) -> QColor:
        """The text colour of a tone; "accent" is the readable honey, not the filled one."""
        return self.accent_text if tone == "accent" else getattr(self, tone)

    def soft(self, tone: Tone) -> QColor:
        """The quiet background that belongs to a tone."""
        return getattr(self, f"{tone}_soft", self.raised)

    def code(self, kind: str) -> QColor:
        """The colour of a kind of code (`studio.domain.markdown.CODE_KINDS`) on `raised`."""
        return getattr(self, _CODE.get(kind, "text"))


def mix(base: QColor, other: QColor, share: float) -> QColor:
    """`base` with `share` (0 to 1) of `other` in it, alpha included."""
    keep = 1 - share
    return QColor.fromRgbF(
        base.redF() * keep + other.redF() * share,
        base.greenF() * keep + other.greenF() * share,
        base.blueF() * keep + other.blueF() * share,
        base.alphaF() * keep + other.alphaF() * share,
    )


def faded(color: QColor, alpha: float) -> QColor:
    """The colour at `alpha` (0 to 1) of its own opacity."""
    result = QColor(color)
    result.setAlphaF(color.alphaF() * alpha)
    return result


_CODE: Final = {
    "keyword": "code_keyword",
    "function": "code_function",
    "type": "code_type",
    "string": "code_string",
    "number": "code_number",
    "constant": "code_number",
    "comment": "code_comment",
    "tag": "code_tag",
    "attribute": "code_type",
    "inserted": "code_string",
    "deleted": "code_tag",
    "heading": "code_function",
    "error": "bad",
}
"""Kinds of code that have a colour; names and operators look like text."""


@cache
def tokens(dark: bool) -> Tokens:
    """The colours of the light or the dark mode."""
    made = {name: QColor(text) for name, text in (_DARK if dark else _LIGHT).items()}
    surface = made["surface"]
    for name, share in (("ok", 0.10), ("warn", 0.10), ("bad", 0.09), ("info", 0.10)):
        made[f"{name}_soft"] = mix(surface, made[name], share + (0.04 if dark else 0.0))
    return Tokens(dark=dark, **made)


_LIGHT: Final = {
    "bg": "#F7F5F2",
    "surface": "#FFFFFF",
    "raised": "#F0EDE8",
    "field": "#F7F5F2",
    "thumb": "#FFFFFF",
    "hover": "#E9E5DE",
    "pressed": "#E0DBD2",
    "border": "#E2DDD5",
    "border_strong": "#CFC8BC",
    "text": "#1F1C18",
    "text2": "#625C53",
    "text3": "#686157",
    "accent": "#F2B01E",
    "accent_hover": "#F7BC38",
    "accent_pressed": "#E3A20F",
    "on_accent": "#231900",
    "accent_soft": "#FCF0D2",
    "accent_text": "#855600",
    "honey": "#B97A00",
    "focus": "#B07300",
    "ok": "#226D46",
    "warn": "#8F5200",
    "bad": "#B23427",
    "bad_fill": "#B8382B",
    "bad_hover": "#A62F23",
    "on_bad": "#FFFFFF",
    "info": "#285DBE",
    "scrim": "#731F1A12",
    "shadow": "#1F281E0A",
    "overlay": "#B8100E0B",
    "on_overlay": "#FFFFFF",
    "avatar": "#AF4F1C",
    "on_avatar": "#FFFFFF",
    "selection": "#F8DD9C",
    "mark": "#FCE9B0",
    "code_keyword": "#8A3AA5",
    "code_function": "#245FC0",
    "code_type": "#855600",
    "code_string": "#24704A",
    "code_number": "#9C4A12",
    "code_comment": "#6A6359",
    "code_tag": "#B03A2E",
}
_DARK: Final = {
    "bg": "#151412",
    "surface": "#1D1B18",
    "raised": "#272420",
    "field": "#151412",
    "thumb": "#171613",
    "hover": "#302C27",
    "pressed": "#221F1B",
    "border": "#35312B",
    "border_strong": "#4A453D",
    "text": "#F3F0EA",
    "text2": "#B8B1A6",
    "text3": "#A29B8F",
    "accent": "#F5B82E",
    "accent_hover": "#F9C650",
    "accent_pressed": "#E2A61D",
    "on_accent": "#231900",
    "accent_soft": "#3A2E12",
    "accent_text": "#F5C453",
    "honey": "#F5B82E",
    "focus": "#F5B82E",
    "ok": "#5CC08A",
    "warn": "#E9A04A",
    "bad": "#F0776A",
    "bad_fill": "#B03A2A",
    "bad_hover": "#B8402F",
    "on_bad": "#FFFFFF",
    "info": "#7FA8F5",
    "scrim": "#99000000",
    "shadow": "#80000000",
    "overlay": "#B8100E0B",
    "on_overlay": "#FFFFFF",
    "avatar": "#AF4F1C",
    "on_avatar": "#FFFFFF",
    "selection": "#403010",
    "mark": "#3E3010",
    "code_keyword": "#D7A0E8",
    "code_function": "#8FB4F8",
    "code_type": "#F5C453",
    "code_string": "#7CCB9E",
    "code_number": "#EBA670",
    "code_comment": "#A29B8F",
    "code_tag": "#F0877B",
}


def contrast(first: QColor, second: QColor) -> float:
    """The WCAG 2 contrast ratio of two opaque colours, 1 to 21."""

    def luminance(color: QColor) -> float:
        parts = (color.redF(), color.greenF(), color.blueF())
        red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@cache
def load_fonts() -> None:
    """Make the bundled Inter known to Qt. A missing file falls back to the system's font."""
    for name in FONT_FILES:
        path = resource("fonts", name)
        if path.is_file():
            QFontDatabase.addApplicationFont(str(path))


def make_application(name: str) -> QApplication:
    """The application, in the style that the theme needs from the start.

    `QApplication.setStyle` returns the style, and with it come 7 ms of Qt's enums that nobody needs yet.
    """
    app = QApplication([name, "-style", STYLE])
    app.setProperty(_STYLED, True)
    return app


class Theme(QObject):
    """What the program looks like now. Build one, `apply` it to the application, keep it alive.

    `mode` "system" follows the desktop and is light where the desktop does not say. `font_scale` is 1 to 2.
    `reduced_motion` None asks the system. `air` is the density, which holds for the whole program.
    """

    changed = Signal()
    """The colours, the font size or the motion changed and every widget has been told."""

    def __init__(
        self,
        mode: Mode = "system",
        font_scale: float = 1.0,
        reduced_motion: bool | None = None,
        air: Density = "comfortable",
    ) -> None:
        super().__init__()
        use_density(air)
        self._mode: Mode = mode
        self._scale = min(max(font_scale, FONT_SCALE[0]), FONT_SCALE[1])
        self._reduced = reduced_motion
        self._app: QApplication | None = None
        self._fonts: dict[tuple[Role, int, bool], QFont] = {}
        self.undressing = False
        """Whether the old look is being taken off and the new one follows at once: nothing to do yet."""

    @staticmethod
    def current() -> Theme:
        """The theme that was applied last, as the palette and the style sheet of the application are."""
        if not _applied:
            _applied.append(Theme("light"))
        return _applied[0]

    # ------------------------------------------------------------ what to look like

    @property
    def mode(self) -> Mode:
        return self._mode

    @property
    def dark(self) -> bool:
        """Whether the dark colours are in use."""
        if self._mode != "system":
            return self._mode == "dark"
        return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark

    @property
    def tokens(self) -> Tokens:
        return tokens(self.dark)

    @property
    def font_scale(self) -> float:
        return self._scale

    @property
    def density(self) -> Density:
        return density()

    @property
    def reduced_motion(self) -> bool:
        return system_reduces_motion() if self._reduced is None else self._reduced

    @property
    def motion_ms(self) -> int:
        """How long a transition takes in milliseconds; 0 when motion is off."""
        return 0 if self.reduced_motion else MOTION_MS

    def px(self, length: float) -> int:
        """A length of `Size` at the user's font size, in whole pixels."""
        return round(length * self._scale)

    def font(
        self, role: Role = "body", weight: Weight | None = None, tabular: bool = False, italic: bool = False
    ) -> QFont:
        """The font of a role. `tabular` gives figures of one width, for prices, counts and times."""
        size, usual = TYPE[role]
        chosen = usual if weight is None else weight
        key = (role, int(chosen), tabular)
        if key not in self._fonts:
            self._fonts[key] = self._make_font(size, chosen, tabular)
        font = QFont(self._fonts[key])
        font.setItalic(italic)
        return font

    def mono(self, role: Role = "body") -> QFont:
        """The font of code."""
        return self._mono(TYPE[role][0])

    def code_font(self, text_size: float = 0.0) -> QFont:
        """The font of a block of code, or of code inside text of `text_size` pixels (already scaled)."""
        return self._mono(text_size * CODE_SHARE / self._scale if text_size else CODE_TYPE)

    def heading_font(self, level: int) -> QFont:
        """The font of a heading of a text, `level` 1 to 6."""
        return self._make_font(HEADINGS[min(max(level, 1), 6) - 1], Weight.SEMIBOLD, False)

    def _mono(self, size: float) -> QFont:
        font = QFont(list(MONO_FAMILIES))
        font.setPixelSize(self.px(size))
        font.setStyleHint(QFont.StyleHint.Monospace)
        return font

    def line_height(self, role: Role = "body") -> int:
        """The height of a line of a role in pixels."""
        return round(QFontMetricsF(self.font(role)).height())

    def _make_font(self, size: int, weight: Weight, tabular: bool) -> QFont:
        font = QFont([FAMILY, *QFont().families()])
        font.setPixelSize(self.px(size))
        font.setWeight(QFont.Weight(int(weight)))
        if tabular:
            font.setFeature(QFont.Tag("tnum"), 1)
        return font

    # ------------------------------------------------------------ change

    def set_mode(self, mode: Mode) -> None:
        self._mode = mode
        self._refresh()

    def set_font_scale(self, scale: float) -> None:
        """Set the size of the type, 1 to 2 (100 to 200 %)."""
        self._scale = min(max(scale, FONT_SCALE[0]), FONT_SCALE[1])
        self._fonts.clear()
        self._refresh()

    def set_density(self, wanted: Density) -> None:
        """Set how much air is between and inside of things; every widget and layout follows at once."""
        if wanted == density():
            return
        use_density(wanted)
        if self._app is not None:
            relayout(self._app.allWidgets())
        self._refresh()

    def set_reduced_motion(self, reduced: bool | None) -> None:
        """Turn motion off (True), on (False), or ask the system (None)."""
        self._reduced = reduced
        self._refresh()

    def apply(self, app: QApplication) -> None:
        """Set style, palette, font and style sheet on the application, and follow the system from now on."""
        if _applied and _applied[0] is not self:
            _applied[0].detach()
        _applied[:] = [self]
        load_fonts()
        if self._app is None:
            self._app = app
            QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_changed)
        # One style object for the program's life: setting it again would polish every widget once more.
        if not app.property(_STYLED):
            app.setStyle(STYLE)
            app.setProperty(_STYLED, True)
        self._refresh()

    def detach(self) -> None:
        """Stop following the system; the application keeps its last look."""
        if self._app is not None:
            QGuiApplication.styleHints().colorSchemeChanged.disconnect(self._system_changed)
            self._app = None

    def _system_changed(self) -> None:
        if self._mode == "system":
            self._refresh()

    def _refresh(self) -> None:
        if self._app is None:
            return
        self._app.setFont(self.font())
        self._app.setPalette(palette(self.tokens))
        if self._app.styleSheet():
            # Over an old sheet Qt polishes each widget once for every widget it lies in: 700 ms in all.
            self.undressing = True
            self._app.setStyleSheet("")
            self.undressing = False
        self._app.setStyleSheet(style.sheet(self._values()))
        self.changed.emit()

    def page_sheet(self) -> str:
        """The style sheet of a `QTextDocument` for reading."""
        return style.page(self._values() | {"leading": f"{READING_SPACING:.0%}"})

    def _values(self) -> dict[str, str]:
        """What the style sheet's template may name: colours, sizes, spaces and radii."""
        values = {
            name: color.name(QColor.NameFormat.HexArgb)
            for name, color in self.tokens._asdict().items()
            if name != "dark"
        }
        values |= {f"space_{name.lower()}": f"{getattr(Space, name)}px" for name in _names(Space)}
        values |= {f"radius_{name.lower()}": f"{getattr(Radius, name)}px" for name in _names(Radius)}
        values |= {f"size_{name.lower()}": f"{self.px(getattr(Size, name))}px" for name in _names(Size)}
        values |= {f"font_{role}": f"{self.px(size)}px" for role, (size, _weight) in TYPE.items()}
        values |= {"line": f"{BORDER:.0f}px", "scroll_inset": f"{self.px(Size.RING)}px"}
        return values | {"weight_medium": str(int(Weight.MEDIUM))}


_applied: list[Theme] = []
"""The theme in use: none or one, as there is one application with one palette."""


def _names(group: type) -> list[str]:
    return [name for name in vars(group) if name.isupper()]


def palette(colors: Tokens) -> QPalette:
    """The Qt palette for what the style sheet and the painted widgets leave to Qt."""
    made = QPalette()
    role = QPalette.ColorRole
    for name, color in {
        role.Window: colors.bg,
        role.WindowText: colors.text,
        role.Base: colors.surface,
        role.AlternateBase: colors.bg,
        role.ToolTipBase: colors.surface,
        role.ToolTipText: colors.text,
        role.PlaceholderText: colors.text3,
        role.Text: colors.text,
        role.Button: colors.raised,
        role.ButtonText: colors.text,
        role.BrightText: colors.bad,
        role.Link: colors.accent_text,
        role.LinkVisited: colors.accent_text,
        role.Highlight: colors.accent,
        role.HighlightedText: colors.on_accent,
        role.Accent: colors.accent,
        role.Light: colors.surface,
        role.Midlight: colors.raised,
        role.Mid: colors.border,
        role.Dark: colors.border_strong,
        role.Shadow: colors.shadow,
    }.items():
        made.setColor(name, color)
    disabled = QPalette.ColorGroup.Disabled
    for name in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        made.setColor(disabled, name, mix(colors.surface, colors.text, 1 - DISABLED))
    return made
