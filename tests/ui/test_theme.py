"""The theme: contrast, fonts, modes, and that a change of it reaches every widget."""

from __future__ import annotations

import subprocess
import sys
from typing import cast, get_args

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontInfo, QFontMetricsF, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from studio.domain.markdown import CODE_KINDS
from studio.ui.theme import DISABLED, NOTE, Mode, Size, Theme, Tokens, Tone, contrast, faded, mix, tokens
from studio.ui.widgets.base import ink_palette
from studio.ui.widgets.buttons import Button, TabButton
from studio.ui.widgets.choice import Checkbox, RatingStars, Segmented, Switch
from studio.ui.widgets.fields import PromptEdit, SearchField, TextField
from studio.ui.widgets.numbers import NumberField
from studio.ui.widgets.options import Option
from studio.ui.widgets.select import Select
from studio.ui.widgets.surfaces import Badge, Banner, Card, Pill, Surface
from studio.ui.widgets.text import ElidedLabel, KeyValueGrid, Label, Paragraph, SectionHeader

SURFACES = ("bg", "surface", "raised", "field", "thumb")
TEXTS: tuple[Tone, ...] = ("text", "text2", "text3", "accent", "ok", "warn", "bad", "info")


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_reads_on_every_surface(dark: bool) -> None:
    colors = tokens(dark)
    for surface in SURFACES:
        for tone in TEXTS:
            assert contrast(colors.tone(tone), getattr(colors, surface)) >= 4.5, (surface, tone)


@pytest.mark.parametrize("dark", [False, True])
def test_text_reads_on_filled_and_soft_backgrounds(dark: bool) -> None:
    c = tokens(dark)
    pairs = [(c.on_accent, fill) for fill in (c.accent, c.accent_hover, c.accent_pressed)]
    pairs += [
        (c.on_bad, c.bad_fill),
        (c.on_bad, c.bad_hover),
        (c.accent_text, c.accent_soft),
        (c.text, c.accent_soft),
    ]
    pairs += [(c.tone(tone), c.soft(tone)) for tone in ("ok", "warn", "bad", "info")]
    pairs += [(c.text, c.hover), (c.text2, c.hover), (c.text, c.pressed)]
    for ink, ground in pairs:
        assert contrast(ink, ground) >= 4.5, (ink.name(), ground.name())


@pytest.mark.parametrize("dark", [False, True])
def test_code_reads_on_its_panel_and_text_on_selections_and_marks(dark: bool) -> None:
    c = tokens(dark)
    for kind in CODE_KINDS:
        assert contrast(c.code(kind), c.raised) >= 4.5, kind
        assert contrast(c.code(kind), c.selection) >= 3, kind
    for ground in (c.selection, c.mark):
        assert contrast(c.text, ground) >= 4.5
    assert contrast(c.selection, c.bg) >= 1.2
    assert contrast(c.mark, c.bg) >= 1.1


@pytest.mark.parametrize("dark", [False, True])
def test_the_focus_border_stands_out_from_the_surfaces(dark: bool) -> None:
    colors = tokens(dark)
    for surface in ("bg", "surface", "field"):
        assert contrast(colors.focus, getattr(colors, surface)) >= 3


def test_every_tone_has_a_colour() -> None:
    for tone in get_args(Tone):
        assert isinstance(tokens(False).tone(tone), QColor)
        assert isinstance(tokens(True).soft(tone), QColor)


def test_contrast_is_the_wcag_ratio() -> None:
    assert contrast(QColor("black"), QColor("white")) == pytest.approx(21)
    assert contrast(QColor("#767676"), QColor("white")) == pytest.approx(4.54, abs=0.01)


def test_mixing_and_fading() -> None:
    assert mix(QColor("black"), QColor("white"), 1.0) == QColor("white")
    assert mix(QColor("black"), QColor("white"), 0.0) == QColor("black")
    assert faded(QColor("black"), 0.25).alphaF() == pytest.approx(0.25, abs=0.01)


def test_a_mode_sets_the_palette(qapp: QApplication) -> None:
    theme = Theme("dark")
    theme.apply(qapp)
    assert qapp.palette().color(QPalette.ColorRole.Window) == tokens(True).bg
    theme.set_mode("light")
    assert qapp.palette().color(QPalette.ColorRole.Window) == tokens(False).bg
    assert Theme.current() is theme


def test_system_mode_is_light_where_the_desktop_says_nothing(qapp: QApplication) -> None:
    assert QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Unknown
    assert not Theme("system").dark


@pytest.mark.parametrize("mode", get_args(Mode))
def test_the_system_changing_its_mind_matters_in_system_mode_alone(qapp: QApplication, mode: Mode) -> None:
    theme = Theme(mode)
    theme.apply(qapp)
    told: list[bool] = []
    theme.changed.connect(lambda: told.append(True))
    QGuiApplication.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert bool(told) == (mode == "system")


def test_a_replaced_theme_stops_listening(qapp: QApplication) -> None:
    old, new = Theme("system"), Theme("system")
    old.apply(qapp)
    told: list[bool] = []
    old.changed.connect(lambda: told.append(True))
    new.apply(qapp)
    QGuiApplication.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert not told


def test_the_font_is_the_bundled_one_in_five_sizes(qapp: QApplication) -> None:
    theme = Theme("light")
    theme.apply(qapp)
    assert QFontInfo(theme.font()).family() == "Inter"
    sizes = [theme.font(role).pixelSize() for role in ("caption", "body", "reading", "title", "display")]
    assert sizes == sorted(set(sizes))


def test_tabular_figures_have_one_width(qapp: QApplication) -> None:
    theme = Theme("light")
    theme.apply(qapp)
    tabular = QFontMetricsF(theme.font(tabular=True))
    assert tabular.horizontalAdvance("1111") == pytest.approx(tabular.horizontalAdvance("8888"))
    usual = QFontMetricsF(theme.font())
    assert usual.horizontalAdvance("1111") < usual.horizontalAdvance("8888")


def test_the_font_scale_grows_type_and_controls_and_is_limited(qapp: QApplication) -> None:
    theme = Theme("light", font_scale=9)
    theme.apply(qapp)
    assert theme.font_scale == 2
    assert theme.px(Size.CONTROL) == 2 * Size.CONTROL
    button = Button("Go")
    tall = button.sizeHint().height()
    theme.set_font_scale(1)
    assert button.sizeHint().height() * 2 == tall


def test_reduced_motion_has_no_duration(qapp: QApplication) -> None:
    theme = Theme("light", reduced_motion=True)
    assert theme.motion_ms == 0
    theme.set_reduced_motion(False)
    assert 0 < theme.motion_ms <= 150


def gallery_of_widgets() -> QWidget:
    page = Surface("bg")
    column = QVBoxLayout(page)
    prompt = PromptEdit("Prompt", "Say what you want", limit=40)
    for widget in (
        Button("Generate", "primary", "create-fill", note="0.002"),
        Button("Delete", "danger"),
        TabButton("Create", "create"),
        TextField("Name", "Untitled"),
        SearchField("Search", "Search", "Ctrl+K"),
        prompt,
        NumberField("Images", 1, 9, 4),
        Select("Model", [Option("a", "Flux", "0.002", icon="model")], "a"),
        Segmented("Size", [("a", "1:1"), ("b", "4:3")]),
        Switch("Enhance", checked=True),
        Checkbox("Keep", checked=True),
        RatingStars(value=3),
        Pill("Pictures", closable=True),
        Pill("failed", tone="bad", static=True),
        Badge("3", "accent"),
        Banner("Offline", "offline", "warn", action="Retry"),
        SectionHeader("Prompt", "3"),
        Label("Plain", "title"),
        Paragraph("Several words of text", tone="text2"),
        ElidedLabel("A name that may be cut"),
        KeyValueGrid([("Model", "Flux")]),
        Card(),
    ):
        column.addWidget(widget)
    page.resize(360, 1100)
    return page


def test_a_switched_widget_looks_like_one_made_in_the_new_theme(qtbot, qapp: QApplication) -> None:
    theme = Theme("light", reduced_motion=True)
    theme.apply(qapp)
    switched = gallery_of_widgets()
    qtbot.addWidget(switched)
    switched.show()
    switched.grab()
    theme.set_mode("dark")
    theme.set_font_scale(1.25)
    qapp.sendPostedEvents()
    fresh = gallery_of_widgets()
    qtbot.addWidget(fresh)
    fresh.show()
    size = fresh.size().expandedTo(fresh.minimumSizeHint())
    for page in (switched, fresh):
        page.resize(size)
        page.layout().activate()
    qapp.sendPostedEvents()
    assert switched.grab().toImage() == fresh.grab().toImage()


def test_the_design_system_imports_nothing_heavy() -> None:
    code = (
        "import sys, studio.ui.theme, studio.ui.dialogs, studio.ui.widgets.popover, studio.ui.widgets.toast\n"
        "heavy = {'qtawesome', 'PIL', 'httpx', 'numpy', 'keyring', 'PySide6.QtMultimedia', 'PySide6.QtSvg'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_tokens_are_all_colours() -> None:
    for dark in (False, True):
        for name in Tokens._fields:
            if name != "dark":
                assert getattr(tokens(dark), name).isValid(), name


def test_a_widget_is_dressed_once_however_deep_it_lies(qapp: QApplication) -> None:
    """Qt tells a widget of a new sheet once for every widget it lies in, unless the old one goes first."""
    dressed: list[str] = []

    class Dressed(Label):
        def retheme(self) -> None:
            super().retheme()
            dressed.append(self.text())

    theme = Theme("light")
    theme.apply(qapp)
    window = QWidget()
    inner = window
    for depth in range(5):
        column = QVBoxLayout(inner)
        column.addWidget(Dressed(str(depth)))
        inner = QWidget()
        column.addWidget(inner)
    window.show()
    dressed.clear()
    theme.set_mode("dark")
    assert sorted(dressed) == ["0", "1", "2", "3", "4"]
    assert not theme.undressing
    window.close()
    theme.set_mode("light")


def over(top: QColor, ground: QColor, alpha: float = 1.0) -> QColor:
    """What is seen where `top`, at `alpha` of its own opacity, lies on an opaque ground."""
    share = top.alphaF() * alpha
    solid = QColor(top)
    solid.setAlphaF(1.0)
    return mix(ground, solid, share)


@pytest.mark.parametrize("dark", [False, True])
def test_text_reads_on_what_lies_under_the_pointer_or_is_selected(dark: bool) -> None:
    c = tokens(dark)
    for tone in TEXTS:
        for ground in ("hover", "mark", "selection"):
            assert contrast(c.tone(tone), getattr(c, ground)) >= 4.5, (tone, ground)
    for tone in ("text", "text2", "accent"):
        for ground in ("pressed", "accent_soft"):
            assert contrast(c.tone(tone), getattr(c, ground)) >= 4.5, (tone, ground)


@pytest.mark.parametrize("dark", [False, True])
def test_what_is_off_can_still_be_read(dark: bool) -> None:
    """WCAG asks nothing of it; a hint that cannot be read is none."""
    c = tokens(dark)
    for name in (*SURFACES, "hover"):
        ground = getattr(c, name)
        assert contrast(over(c.text, ground, DISABLED), ground) >= 3, name
        editor = ink_colors(c)
        assert contrast(over(editor["placeholder off"], ground), ground) >= 3, name
        assert contrast(over(editor["placeholder"], ground), ground) >= 4.5, name


def ink_colors(c: Tokens) -> dict[str, QColor]:
    """The colours of an editor in the theme in use."""
    Theme("dark" if c.dark else "light").apply(cast("QApplication", QApplication.instance()))
    made = ink_palette(QWidget())
    role = QPalette.ColorRole.PlaceholderText
    return {
        "placeholder": made.color(QPalette.ColorGroup.Active, role),
        "placeholder off": made.color(QPalette.ColorGroup.Disabled, role),
    }


@pytest.mark.parametrize("dark", [False, True])
def test_words_on_fills_and_over_pictures_read(dark: bool) -> None:
    c = tokens(dark)
    for ink, fills in (
        (c.on_accent, (c.accent, c.accent_hover, c.accent_pressed)),
        (c.on_bad, (c.bad_fill, c.bad_hover)),
    ):
        for fill in fills:
            assert contrast(over(ink, fill, NOTE), fill) >= 4.5
    for share in (0.0, 0.1):
        assert contrast(c.on_avatar, mix(c.avatar, c.accent, share)) >= 4.5
    for picture in ("#FFFFFF", "#808080", "#000000"):
        assert contrast(c.on_overlay, over(c.overlay, QColor(picture))) >= 4.5


@pytest.mark.parametrize("dark", [False, True])
def test_signs_and_borders_that_mean_something_stand_out(dark: bool) -> None:
    c = tokens(dark)
    for name in ("bg", "surface", "raised", "field"):
        ground = getattr(c, name)
        for sign in (c.honey, c.focus, c.text2, c.text3, c.ok, c.warn, c.bad, c.info):
            assert contrast(sign, ground) >= 3, name
    for name in ("hover", "thumb", "accent_soft"):
        assert contrast(c.focus, getattr(c, name)) >= 3, name
    for fill, edge in ((c.accent, c.on_accent), (c.bad_fill, c.on_bad)):
        assert contrast(edge, fill) >= 3
    off = mix(c.border_strong, c.text3, 0.75)  # the switch
    assert contrast(off, c.surface) >= 3
    assert contrast(c.text if dark else c.surface, off) >= 3
    assert contrast(c.on_accent, c.accent) >= 3
    for rest in (
        mix(c.surface, c.text3, 0.75),
        over(c.text3, c.bg, 0.8),
    ):  # sounds and films that are to come
        assert contrast(rest, c.surface) >= 3
