"""What a pane is: a folder with a `PANE`, found by the shell, fed by a context."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtWidgets import QWidget

from studio.ui import tab_order

if TYPE_CHECKING:
    from studio.core.settings import Preferences
    from studio.domain.asset import Asset
    from studio.services.context import Services
    from studio.ui.theme import Theme


class PaneContext(NamedTuple):
    """What the shell hands to a pane.

    Args:
        services: everything below Qt; None until they are built, just after the first paint.
        open_with: opens an asset in the pane that takes it ("use as start frame"): pane id, verb, asset.
        run: carries out an action of a notice or an error by its id.
    """

    services: Services
    theme: Theme
    open_with: Callable[[str, str, Asset], None]
    run: Callable[[str, str], None]


class Pane(QWidget):
    """Base of the panes' views.

    A pane may be built and painted before the services exist, so that the window shows at once; `attach`
    gives them. Nothing in a pane may wait for it.
    """

    def load(self) -> None:
        """Import what `attach` needs. Runs in a thread behind the first frame and touches no widget."""

    def show_preferences(self, values: Preferences) -> None:
        """Show what the preferences say, so that the first frame has it; called once, just after building."""

    def attach(self, context: PaneContext) -> None:
        """The services are there: connect, load, enable."""

    def take(self, verb: str, asset: Asset) -> None:
        """Another pane hands over an asset."""

    def act(self, verb: str) -> None:
        """Carry out a command of the palette that is this pane's."""

    def show_found(self, kind: str, handle: str) -> None:
        """Show, or choose, what a search over everything found: what `kind` of thing, and its id."""

    def shown(self) -> None:
        """The pane became the visible one."""

    def places(self) -> list[tuple[QWidget, QWidget]]:
        """What F6 goes through: the parts that show, each with what takes the focus there."""
        return tab_order.places(tab_order.regions(self))

    def detach(self) -> None:
        """The program ends: stop what runs."""


class PaneSpec(NamedTuple):
    """A pane's place in the window.

    Args:
        id: folder name and handle; title: what the tab says; icon: a name of `studio.ui.icons`.
        order: of the tabs, left to right.
        build: makes the view inside its parent; imports what it needs only then. The parent is given at once,
            because moving a finished tree of widgets makes the style sheet go through all of it again.
    """

    id: str
    title: str
    icon: str
    order: int
    build: Callable[[Theme, QWidget | None], Pane]
