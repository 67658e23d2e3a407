"""Colours for code: Pygments' tokens as the few kinds of `CODE_KINDS`.

The language is the one the fence names; it is never guessed. `highlight` takes a whole block. While a block
is still growing, `GrowingHighlight` goes on from the last line at which the lexer's state is known, so that a
line costs the same wherever it stands. It does not see what a later line changes further up (a comment in
JavaScript is none before it ends); the whole block is coloured once more when it is complete.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any, cast

from studio.domain.markdown import CodeToken

LONGEST_CODE = 200_000
"""Characters; longer code is shown plain."""
LONGEST_LINE = 10_000
"""Characters; from a longer line on, code is shown plain."""

#: Names used in fences that Pygments does not know.
_ALIASES = {
    "golang": "go", "json5": "json", "jsonc": "json", "jsonl": "json", "ndjson": "json", "node": "javascript",
    "mjs": "javascript", "cjs": "javascript", "mts": "typescript", "cts": "typescript", "svelte": "html",
    "vue": "html", "svg": "xml", "py3": "python", "python3": "python", "rs": "rust", "yml": "yaml",
    "terminal": "console", "shellscript": "bash", "patch": "diff", "h": "c", "hpp": "cpp", "cc": "cpp",
    "tex": "latex", "proto": "protobuf",
}  # fmt: skip
_PLAIN = frozenset({"", "text", "txt", "plain", "plaintext", "output", "none", "log"})

#: Pygments' token types, by their name. The longest name that fits counts; "" is shown plain.
_KINDS = {
    "Keyword": "keyword",
    "Keyword.Constant": "constant",
    "Keyword.Type": "type",
    "Name.Function": "function",
    "Name.Builtin": "function",
    "Name.Builtin.Pseudo": "constant",
    "Name.Decorator": "function",
    "Name.Class": "type",
    "Name.Exception": "type",
    "Name.Tag": "tag",
    "Name.Attribute": "attribute",
    "Name.Constant": "constant",
    "Name.Entity": "constant",
    "Name.Variable": "name",
    "Name.Property": "name",
    "Name.Namespace": "name",
    "Name.Label": "name",
    "Literal.String": "string",
    "Literal.String.Interpol": "operator",
    "Literal.Date": "string",
    "Literal.Number": "number",
    "Comment": "comment",
    "Comment.Preproc": "keyword",
    "Comment.PreprocFile": "string",
    "Operator": "operator",
    "Operator.Word": "keyword",
    "Generic.Inserted": "inserted",
    "Generic.Deleted": "deleted",
    "Generic.Heading": "heading",
    "Generic.Subheading": "heading",
    "Generic.Prompt": "keyword",
    "Generic.Error": "error",
    "Generic.Traceback": "error",
}

#: Comments that some lexers only know once they end; nothing between the two is a place to go on from.
_PAIRS = (("/*", "*/"), ("<!--", "-->"))
_HEREDOC = re.compile(r"<<[-~]?\s*[\"'\\]?([A-Za-z_]\w*)")
_HEREDOC_LANGUAGES = frozenset({"bash", "ruby", "perl", "php"})
#: But after so many characters it is, or a lone `/*` in a string would make every line cost more.
_LONGEST_WAIT = 20_000


def highlight(code: str, language: str) -> list[CodeToken]:
    """The coloured stretches of a block of code, in order, none beyond its line; the rest is plain.

    Args:
        code: as in `CodeBlock.text`. Too long (`LONGEST_CODE`, `LONGEST_LINE`), and it has no colours.
        language: as in `CodeBlock.language`; unknown ones have no colours.
    """
    lexer = _lexer(language)
    if lexer is None or len(code) > LONGEST_CODE:
        return []
    code = code[: _plain_from(code, 0)]
    return _tokens(code, _Run(lexer, code, 0, ("root",)).pieces(), 0)


class GrowingHighlight:
    """Colours of code to which text is appended.

    `tokens` are those of the code last given to `update`. The list is this object's own.
    """

    def __init__(self, language: str) -> None:
        self.tokens: list[CodeToken] = []
        self._lexer = _lexer(language)
        self._heredocs = not _HEREDOC_LANGUAGES.isdisjoint(getattr(self._lexer, "aliases", ()))
        self._safe = 0
        self._safe_tokens = 0
        self._stack: tuple[str, ...] = ("root",)

    def update(self, code: str) -> int:
        """Colour the code, which begins with what it was at the last call.

        Returns:
            The offset from which the colours are new; before it they are as they were.
        """
        if self._lexer is None:
            return len(code)
        if len(code) > LONGEST_CODE:
            # What is coloured stays so: only what comes now is plain.
            return len(code)
        first = self._safe
        end = _plain_from(code, first)
        run = _Run(self._lexer, code[:end], first, self._stack)
        del self.tokens[self._safe_tokens :]
        self.tokens += _tokens(code, run.pieces(), first)
        self._keep(code, run, end)
        return first

    def _keep(self, code: str, run: _Run, end: int) -> None:
        """Find the last place to go on from: the beginning of a line, with one whole line behind it."""
        last_line = code.rfind("\n", 0, end) + 1
        limit = code.rfind("\n", 0, max(last_line - 1, 0)) + 1
        for position, stack in reversed(run.places):
            if self._safe < position <= limit and not self._within_pair(code, position):
                self._safe, self._stack = position, stack
                break
        while self._safe_tokens < len(self.tokens) and self.tokens[self._safe_tokens].end <= self._safe:
            self._safe_tokens += 1

    def _within_pair(self, code: str, position: int) -> bool:
        if position - self._safe > _LONGEST_WAIT:
            return False
        if self._heredocs and _open_heredoc(code, self._safe, position):
            return True
        return any(
            code.rfind(begin, self._safe, position) > code.rfind(end, self._safe, position)
            for begin, end in _PAIRS
        )


def _open_heredoc(code: str, start: int, end: int) -> bool:
    """A here document begins in that stretch and its last word is not there."""
    found = list(_HEREDOC.finditer(code, start, end))
    return bool(found) and code.find(found[-1].group(1), found[-1].end(), end) < 0


def _plain_from(code: str, start: int) -> int:
    """Where the first line begins that is too long; the length of the code if there is none."""
    while start < len(code):
        end = code.find("\n", start)
        end = len(code) if end < 0 else end
        if end - start > LONGEST_LINE:
            return start
        start = end + 1
    return len(code)


@lru_cache(maxsize=64)
def _lexer(language: str) -> Any | None:
    """Pygments' lexer of a language, None if it has none. Pygments has no types, hence Any."""
    language = _ALIASES.get(language.lower(), language.lower())
    if language in _PLAIN or len(language) > 40:
        return None
    from pygments.util import ClassNotFound

    lexers: Any = import_module("pygments.lexers")
    try:
        return lexers.get_lexer_by_name(language)
    except ClassNotFound:
        return None


class _Run:
    """One pass of a lexer over code, from `start` with its states `stack`.

    `places` are beginnings of lines between two tokens, with the states there: where a later pass may begin.
    Lexers made of rules (nearly all) are run here rule by rule, because Pygments does not tell their states.
    The others look at lines one by one or nearly so, and are given them like that.
    """

    def __init__(self, lexer: Any, code: str, start: int, stack: tuple[str, ...]) -> None:
        self._lexer = lexer
        self._code = code
        self._start = start
        self._stack = list(stack)
        self.places: list[tuple[int, tuple[str, ...]]] = []

    def pieces(self) -> Iterator[tuple[int, int, Any]]:
        """Start, end and Pygments' type of every token."""
        from pygments.lexer import ExtendedRegexLexer, RegexLexer

        if isinstance(self._lexer, RegexLexer) and not isinstance(self._lexer, ExtendedRegexLexer):
            return self._by_rules()
        return self._by_lines()

    def _by_lines(self) -> Iterator[tuple[int, int, Any]]:
        start = self._start
        for line in self._code[start:].splitlines(keepends=True):
            if line.strip():
                for offset, kind, value in self._lexer.get_tokens_unprocessed(line.rstrip("\n") + "\n"):
                    yield start + offset, start + min(offset + len(value), len(line)), kind
            start += len(line)
            self.places.append((start, ("root",)))

    def _by_rules(self) -> Iterator[tuple[int, int, Any]]:
        rules: dict[str, list[tuple[Any, Any, Any]]] = self._lexer._tokens  # noqa: SLF001  # see the class
        # Many rules for the last line want its end.
        text, position, end = self._code + "\n", self._start, len(self._code)
        while position <= end:
            for match_rule, action, change in rules[self._stack[-1]]:
                match = match_rule(text, position)
                if match is not None:
                    yield from self._act(action, match, end)
                    position = match.end()
                    self._change(change)
                    break
            else:
                if text[position] == "\n":  # as Pygments does: a line that fits no rule ends all states
                    self._stack = ["root"]
                position += 1
            # The first states here: those that follow without a character depend on what comes.
            known = bool(self.places) and self.places[-1][0] == position
            if 0 < position <= end and text[position - 1] == "\n" and not known:
                self.places.append((position, tuple(self._stack)))

    def _act(self, action: Any, match: Any, end: int) -> Iterator[tuple[int, int, Any]]:
        if action is None:
            return
        if isinstance(action, tuple):  # Pygments' token types are tuples
            yield match.start(), min(match.end(), end), action
            return
        made: Iterator[tuple[int, Any, str]] = action(self._lexer, match)
        for start, kind, value in made:
            yield start, min(start + len(value), end), kind

    def _change(self, change: Any) -> None:
        """Enter or leave states as a rule says."""
        stack = self._stack
        if change is None:
            return
        steps = cast("tuple[Any, ...]", change) if isinstance(change, tuple) else (change,)
        for step in steps:
            if isinstance(step, int):
                if abs(step) >= len(stack):
                    del stack[1:]
                else:
                    del stack[step:]
            elif step == "#pop":
                if len(stack) > 1:
                    stack.pop()
            elif step == "#push":
                stack.append(stack[-1])
            else:
                stack.append(step)


def _tokens(code: str, pieces: Iterator[tuple[int, int, Any]], first: int) -> list[CodeToken]:
    """Tokens of the kinds that are drawn. None goes beyond its line; neighbours of one kind are joined."""
    out: list[CodeToken] = []
    done = first
    for start, end, token in pieces:
        kind = _kind(token)
        start = max(start, done)
        if not kind or end <= start:
            continue
        done = end
        while start < end:
            stop = code.find("\n", start, end)
            stop = end if stop < 0 else stop
            if out and out[-1].kind == kind and out[-1].end == start < stop:
                out[-1] = CodeToken(out[-1].start, stop, kind)
            elif start < stop:
                out.append(CodeToken(start, stop, kind))
            start = stop + 1
    return out


@lru_cache(maxsize=512)
def _kind(token: Any) -> str:
    name = str(token).removeprefix("Token.")
    while name:
        if name in _KINDS:
            return _KINDS[name]
        name = name.rpartition(".")[0]
    return ""
