"""The few web pages of the sign-in host. Plain HTML, no scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from starlette.responses import HTMLResponse

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; background: #f6f5f2; color: #23211c; margin: 0; }
main { max-width: 30rem; margin: 12vh auto; background: #fff; border-radius: 16px;
       padding: 2rem 2.25rem; box-shadow: 0 8px 32px rgb(0 0 0 / 8%); }
h1 { font-size: 1.35rem; margin: 0 0 .5rem; } .tag { color: #8a5a00; font-weight: 600; font-size: .85rem; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .25rem 1rem; }
dt { color: #6b675d; } dd { margin: 0; }
form { display: flex; gap: .75rem; margin-top: 1.5rem; } input[type=text] { font: inherit; padding: .5rem; }
button { font: inherit; padding: .55rem 1.25rem; border-radius: 10px; border: 1px solid #cfcabf;
         background: #fff; }
button.main { background: #e9a100; border-color: #e9a100; font-weight: 600; }
@media (prefers-color-scheme: dark) {
  body { background: #1a1916; color: #eceae4; } main { background: #262420; } dt { color: #a9a498; }
  button { background: #262420; color: inherit; border-color: #57534a; } button.main { color: #1a1916; }
}
"""


def page(
    title: str,
    words: str,
    *,
    facts: Sequence[tuple[str, str]] = (),
    hidden: Mapping[str, str] | None = None,
    buttons: Sequence[tuple[str, str]] = (),
    ask: str = "",
    status: int = 200,
) -> HTMLResponse:
    """A page with facts and buttons. A button is a value of `decision` and its words; the first is the main
    one. `ask` names a text field. The form posts to the page's own address."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in (hidden or {}).items()
    )
    if ask:
        fields += f'<input type="text" name="{escape(ask)}" aria-label="Code" autofocus required>'
    looks = ("main", *[""] * len(buttons))
    pressed = "".join(
        f'<button name="decision" class="{look}" value="{escape(value)}">{escape(label)}</button>'
        for look, (value, label) in zip(looks, buttons, strict=False)
    )
    form = f'<form method="post">{fields}{pressed}</form>' if buttons else ""
    return HTMLResponse(
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body><main><p class=tag>Sandbox on this computer</p>"
        f"<h1>{escape(title)}</h1><p>{escape(words)}</p><dl>{rows}</dl>{form}</main></body></html>",
        status,
        headers={"Cache-Control": "no-store"},
    )
