"""The gallery's look in tests and pictures, from the design's colours."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont

from studio.ui.delegates import GalleryStyle

LIGHT = {
    "bg": "#F7F5F2", "raised": "#F0EDE8", "border": "#E2DDD5", "text": "#1F1C18", "soft": "#625C53",
    "accent": "#F2B01E", "focus": "#B97A00", "tints": ("#ECE7DF", "#E9E3DA", "#EDE9E3", "#E6E1DA"),
}  # fmt: skip
DARK = {
    "bg": "#151412", "raised": "#272420", "border": "#35312B", "text": "#F3F0EA", "soft": "#B8B1A6",
    "accent": "#F5B82E", "focus": "#F5B82E", "tints": ("#24211D", "#282420", "#211F1B", "#2B2722"),
}  # fmt: skip


def gallery_style(*, dark: bool = False, motion_ms: int = 0) -> GalleryStyle:
    colours = DARK if dark else LIGHT

    def font(pixels: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        made = QFont("Inter")
        made.setPixelSize(pixels)
        made.setWeight(weight)
        return made

    hover = QColor(colours["text"])
    hover.setAlpha(14)
    return GalleryStyle(
        background=QColor(colours["bg"]),
        tile=QColor(colours["raised"]),
        tints=tuple(QColor(name) for name in colours["tints"]),
        border=QColor(colours["border"]),
        text=QColor(colours["text"]),
        text_soft=QColor(colours["soft"]),
        accent=QColor(colours["accent"]),
        focus=QColor(colours["focus"]),
        badge=QColor(20, 18, 14, 184),
        on_badge=QColor("#FFFFFF"),
        hover=hover,
        backdrop=QColor("#100F0D"),
        on_backdrop=QColor("#F3F0EA"),
        checker=(QColor("#3A3733"), QColor("#2E2B28")),
        body=font(13),
        strong=font(13, QFont.Weight.DemiBold),
        caption=font(11),
        motion_ms=motion_ms,
    )
