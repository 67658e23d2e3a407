"""Subtitles from a transcript: cues that can be read, by rules, and the files they are written to."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from studio.domain.transcript import Document, TimedWord


@dataclass(frozen=True, slots=True, kw_only=True)
class CueRules:
    """What makes a subtitle readable. The defaults follow the usual television guides.

    Args:
        line_length: characters in a line. `lines`: at most so many.
        reading_speed: characters per second that can be read.
        min_duration, max_duration: seconds on the screen.
        min_gap: seconds between two subtitles.
        pause: a silence of so many seconds ends a subtitle.
        speakers: a subtitle says who speaks when that changes.
    """

    line_length: int = 42
    lines: int = 2
    reading_speed: float = 17.0
    min_duration: float = 0.8
    max_duration: float = 7.0
    min_gap: float = 0.08
    pause: float = 0.8
    speakers: bool = False


class Subtitle(NamedTuple):
    """One subtitle; `speaker` is set where the rules ask for it and it is another one than before."""

    start: float
    end: float
    lines: tuple[str, ...]
    speaker: str = ""

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def speed(self) -> float:
        """Characters per second."""
        length = sum(len(line) for line in self.lines)
        return length / (self.end - self.start) if self.end > self.start else float("inf")


_SENTENCE: Final = re.compile(r"[.!?…。！？؟।]+[\"'”’»›)\]}」』）]*$")
_CLAUSE: Final = re.compile(r"[,;:—–，、；：،؛][\"'”’»›)\]}」』）]*$")
_WORD_COST, _CLAUSE_COST = 1.5, 0.5
_SHORT_COST, _LONELY_COST, _CUE_COST = 1.0, 0.8, 1.0


def build_subtitles(document: Document, rules: CueRules = CueRules()) -> list[Subtitle]:
    """Cut a transcript into subtitles.

    No word is lost and none is moved; subtitles are in order and do not overlap. A subtitle is over the line
    length only where a single word is. One is faster than the reading speed only where the next words come
    too soon; `too_fast` counts them.
    """
    made: list[Subtitle] = []
    said_by = ""
    for speaker, run in _runs(document, rules):
        for words in _split(run, rules):
            name = document.name_of(speaker)
            shown = name if rules.speakers and name != said_by else ""
            said_by = name
            made.append(Subtitle(words[0].start, words[-1].end, wrap(words, rules), shown))
    return _timed(made, rules)


def too_fast(subtitles: Sequence[Subtitle], rules: CueRules) -> int:
    """How many subtitles cannot be read in their time."""
    return sum(one.speed > rules.reading_speed * 1.001 for one in subtitles)


def wrap(words: Sequence[TimedWord], rules: CueRules) -> tuple[str, ...]:
    """The lines of a subtitle: as few as can be, then as even as can be, broken after punctuation if near."""
    tokens = _tokens(words)
    whole = "".join(tokens).strip()
    if len(whole) <= rules.line_length:
        return (whole,)
    count = len(_greedy(tokens, rules.line_length))
    if count == 2:
        return _two_lines(tokens, rules.line_length)
    return tuple(_greedy(tokens, rules.line_length))


def _tokens(words: Sequence[TimedWord]) -> list[str]:
    """Words with one blank before them at most."""
    return [re.sub(r"\s+", " ", word.text.rstrip()) for word in words]


def _greedy(tokens: Sequence[str], length: int) -> list[str]:
    lines: list[str] = []
    for token in tokens:
        if lines and len(lines[-1]) + len(token) <= length:
            lines[-1] += token
        else:
            lines.append(token.lstrip())
    return lines


def _two_lines(tokens: Sequence[str], length: int) -> tuple[str, ...]:
    best: tuple[float, tuple[str, str]] | None = None
    for at in range(1, len(tokens)):
        first, second = "".join(tokens[:at]).strip(), "".join(tokens[at:]).strip()
        over = max(len(first) - length, 0) + max(len(second) - length, 0)
        good = 6 if _SENTENCE.search(first) else 3 if _CLAUSE.search(first) else 0
        cost = over * 100 + abs(len(first) - len(second)) - good
        if best is None or cost < best[0]:
            best = (cost, (first, second))
    return best[1] if best is not None else ("".join(tokens).strip(),)


def _runs(document: Document, rules: CueRules) -> Iterator[tuple[str, list[TimedWord]]]:
    """Words of one speaker without a pause between them, times never going back."""
    run: list[TimedWord] = []
    speaker = ""
    at = 0.0
    for cue in document.cues:
        for number, word in enumerate(cue.words):
            if not word.text.strip():
                continue
            start = max(word.start, at)
            pause = start - at
            at = max(word.end, start)
            text = word.text
            if run and (cue.speaker != speaker or pause >= rules.pause):
                yield speaker, run
                run = []
            if number == 0 and run and not text[:1].isspace() and not _dense(text):
                text = f" {text}"
            speaker = cue.speaker
            run.append(TimedWord(text, start, at, word.exact))
    if run:
        yield speaker, run


def _dense(text: str) -> bool:
    """Whether a word is of a script that has no blanks between words."""
    return "\u3040" <= text[:1] <= "\u9fff"


def _split(run: Sequence[TimedWord], rules: CueRules) -> list[list[TimedWord]]:
    """The cheapest way to cut a run into subtitles that fit."""
    tokens = _tokens(run)
    count = len(run)
    best = [float("inf")] * (count + 1)
    before = [0] * (count + 1)
    best[0] = 0.0
    for start in range(count):
        line, lines = 0, 1
        for end in range(start + 1, count + 1):
            token = tokens[end - 1]
            if line and line + len(token) > rules.line_length:
                line, lines = len(token.lstrip()), lines + 1
            else:
                line += len(token) if line else len(token.lstrip())
            alone = end == start + 1
            duration = run[end - 1].end - run[start].start
            if not alone and (lines > rules.lines or duration > rules.max_duration):
                break
            cost = best[start] + _cost(tokens[end - 1], duration, alone=alone, last=end == count, rules=rules)
            if cost < best[end]:
                best[end], before[end] = cost, start
    cuts = [count]
    while cuts[-1]:
        cuts.append(before[cuts[-1]])
    cuts.reverse()
    return [list(run[first:last]) for first, last in itertools.pairwise(cuts)]


def _cost(token: str, duration: float, *, alone: bool, last: bool, rules: CueRules) -> float:
    """What is wrong with a subtitle that ends with `token`."""
    cost = _CUE_COST
    if not last and not _SENTENCE.search(token):
        cost += _CLAUSE_COST if _CLAUSE.search(token) else _WORD_COST
    if duration < rules.min_duration:
        cost += _SHORT_COST
    if alone and not last:
        cost += _LONELY_COST
    return cost


def _timed(subtitles: Sequence[Subtitle], rules: CueRules) -> list[Subtitle]:
    """Stay on the screen as long as it takes to read, and leave a gap before the next one."""
    made: list[Subtitle] = []
    for number, one in enumerate(subtitles):
        following = subtitles[number + 1].start if number + 1 < len(subtitles) else float("inf")
        length = sum(len(line) for line in one.lines)
        wanted = max(one.end, one.start + max(rules.min_duration, length / rules.reading_speed))
        # It may stay longer than it is spoken, but not longer than allowed unless it is spoken so long.
        wanted = min(wanted, max(one.end, one.start + rules.max_duration))
        end = min(wanted, following - rules.min_gap)
        made.append(one._replace(end=max(end, min(one.start + 0.001, following))))
    return made


# ---------------------------------------------------------------------- files


def to_srt(subtitles: Sequence[Subtitle]) -> str:
    """SubRip, with the speaker before the text."""
    blocks: list[str] = []
    for number, one in enumerate(subtitles, 1):
        text = _led(one).replace("-->", "→")
        blocks.append(f"{number}\n{_stamp(one.start, ',')} --> {_stamp(one.end, ',')}\n{text}\n")
    return "\n".join(blocks)


def to_vtt(subtitles: Sequence[Subtitle]) -> str:
    """WebVTT, with the speaker as a voice."""
    blocks = ["WEBVTT\n"]
    for one in subtitles:
        text = _escaped(one.text)
        if one.speaker:
            text = f"<v {_escaped(one.speaker)}>{text}</v>"
        blocks.append(f"{_stamp(one.start, '.')} --> {_stamp(one.end, '.')}\n{text}\n")
    return "\n".join(blocks)


def to_text(document: Document, *, times: bool = False, speakers: bool = True) -> str:
    """Plain text: a paragraph for each cue, or for each turn where speakers are told."""
    return _paragraphs(document, lambda name, at, text: f"{at}{name}{text}", times=times, speakers=speakers)


def to_markdown(document: Document, *, title: str = "", times: bool = True, speakers: bool = True) -> str:
    """Markdown: a title, then turns with the speaker in bold and the time."""

    def turn(name: str, at: str, text: str) -> str:
        lead = f"**{_marked(name.removesuffix(': '))}** " if name else ""
        return f"{lead}{f'`{at.strip()}` ' if at else ''}{_marked(text)}"

    heading = f"# {_marked(title)}\n\n" if title else ""
    return heading + _paragraphs(document, turn, times=times, speakers=speakers)


def to_json_text(document: Document) -> str:
    """JSON in the shape of the service's own `verbose_json`, names of speakers filled in (CONTRACT 6.3)."""
    value = {
        "task": "transcribe",
        "language": document.language,
        "duration": document.duration,
        "text": document.text,
        "segments": [
            {
                "id": number,
                "start": round(cue.start, 3),
                "end": round(cue.end, 3),
                "text": cue.text,
                "speaker": document.name_of(cue.speaker),
            }
            for number, cue in enumerate(document.cues)
        ],
        "words": [
            {
                "word": word.text.strip(),
                "start": round(word.start, 3),
                "end": round(word.end, 3),
                "speaker": document.name_of(cue.speaker),
            }
            for cue in document.cues
            for word in cue.words
        ],
    }
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _paragraphs(
    document: Document, turn: Callable[[str, str, str], str], *, times: bool, speakers: bool
) -> str:
    """Turns of a speaker; without speakers each cue is a paragraph."""
    made: list[tuple[str, float, str]] = []
    for cue in document.cues:
        text = re.sub(r"\s+", " ", cue.text)
        if speakers and made and cue.speaker and made[-1][0] == document.name_of(cue.speaker):
            name, at, before = made[-1]
            made[-1] = (name, at, f"{before} {text}")
        else:
            made.append((document.name_of(cue.speaker) if speakers else "", cue.start, text))
    return "".join(
        turn(f"{name}: " if name else "", f"[{_short(at)}] " if times else "", text) + "\n\n"
        for name, at, text in made
    )


def _led(one: Subtitle) -> str:
    return f"{one.speaker}: {one.text}" if one.speaker else one.text


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _marked(text: str) -> str:
    """What was said is no markup."""
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", text)


def _stamp(seconds: float, point: str) -> str:
    thousandths = max(round(seconds * 1000), 0)
    whole, fraction = divmod(thousandths, 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02}{point}{fraction:03}"


def _short(seconds: float) -> str:
    return _stamp(seconds, ".")[:-4].removeprefix("00:")
