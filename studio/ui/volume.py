"""Mute and volume beside what plays."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from studio.core.i18n import tr
from studio.ui.loudspeaker import Loudspeaker
from studio.ui.theme import Space, Theme
from studio.ui.widgets.base import name_widget
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.choice import Slider

WIDTH: Final = 72


class VolumeControl(QWidget):
    """The program's volume; every other one follows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._speaker = Loudspeaker.shared()
        name_widget(self, tr("Volume control"))
        self.mute = IconButton("speaker", tr("Mute"), size="normal", icon_on="muted")
        self.slider = Slider(tr("Volume"), 0, 100)
        self.slider.setFixedWidth(Theme.current().px(WIDTH))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.XS)
        row.addWidget(self.mute)
        row.addWidget(self.slider)
        self.mute.toggled.connect(self._speaker.set_muted)
        self.slider.valueChanged.connect(lambda percent: self._speaker.set_volume(percent / 100))
        self._speaker.changed.connect(self._show)
        self._show()

    def stops(self) -> tuple[QWidget, ...]:
        """Its controls in the order of Tab."""
        return (self.mute, self.slider)

    @Slot()
    def _show(self) -> None:
        with QSignalBlocker(self.mute), QSignalBlocker(self.slider):
            self.mute.setChecked(self._speaker.muted)
            self.slider.setValue(round(self._speaker.volume * 100))
        self.mute.update()
        self.slider.setAccessibleDescription(tr("muted") if self._speaker.muted else "")
        self.slider.update()
