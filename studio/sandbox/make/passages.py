"""The Markdown passages that the sandbox's answers are put together from."""

from __future__ import annotations

import re

import numpy as np

from studio.sandbox.make.dice import word_set

OPENINGS = (
    "This is the sandbox speaking, so what follows is a simulated answer, made on your own machine.",
    "A note first: the sandbox wrote this simulated answer, and no real model was asked.",
    "You are talking to the sandbox, and this is a simulated answer to try the program with.",
    "Nothing here comes from a real model: it is a simulated answer from the sandbox.",
    "The sandbox is happy to help with a simulated answer, which costs pretend pollen only.",
    "Here is a simulated answer from the sandbox, with all the parts a real one might have.",
)
_PYTHON = '''```python
from collections import Counter


def most_common_words(text: str, count: int = 5) -> list[tuple[str, int]]:
    """The words that occur most often, with how often they do."""
    words = (word.strip(".,:;").lower() for word in text.split())
    return Counter(word for word in words if word).most_common(count)


print(most_common_words("{subject}, and then {subject} again"))
```'''
_JAVASCRIPT = """```javascript
const groupBy = (items, key) =>
  items.reduce((groups, item) => {
    (groups[item[key]] ??= []).push(item);
    return groups;
  }, {});

console.log(groupBy([{ topic: "{subject}", size: 3 }], "topic"));
```"""
_SQL = """```sql
SELECT topic, COUNT(*) AS notes, MAX(written) AS latest
FROM notes
WHERE topic LIKE '%{subject}%'
GROUP BY topic
ORDER BY notes DESC;
```"""
_SHELL = """```bash
# Count the notes that mention the topic, largest first.
grep -ric "{subject}" notes/ | sort -t: -k2 -nr | head
```"""
_STOP = word_set(
    "the and for with that this what how why when where who which can could would should does did are is was "
    "were you your please about tell give make write explain show create list from into have has some any a "
    "an of to in on it its my me i do be as at or if not but than then them they there their will just like "
    "keep use get know think find see say one all every everything something let me try need "
    "want help short long brief one two three"
)


def keywords(text: str, most: int = 4) -> list[str]:
    """The words that carry a text's subject, in their order, without repeats."""
    found: list[str] = []
    for word in re.findall(r"[^\W\d_]{2,}", text):
        if word.lower() not in _STOP and word.lower() not in (one.lower() for one in found):
            found.append(word)
    return found[:most] or re.findall(r"\w+", text)[:most] or ["your message"]


def topic_of(text: str) -> str:
    """The message's first line, shortened, as it can stand between quotes."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "your message")
    line = re.sub(r"[`*_#>|\[\]<]", "", line).rstrip(".?! ")
    if len(line) > 90:
        line = line[:90].rsplit(" ", 1)[0] + "…"
    return line or "your message"


def code(subject: str, words: frozenset[str]) -> str:
    """A short, working example in the language the words ask for (Python by default)."""
    if words & {"javascript", "js", "typescript", "node", "react"}:
        block = _JAVASCRIPT
    elif words & {"sql", "database", "sqlite", "postgres", "query"}:
        block = _SQL
    elif words & {"bash", "shell", "terminal", "linux", "command"}:
        block = _SHELL
    else:
        block = _PYTHON
    safe = re.sub(r"[^\w -]", "", subject)
    return "A small example to start from:\n\n" + block.replace("{subject}", safe)


def points(keys: list[str], rng: np.random.Generator) -> str:
    """A bulleted list, one point a keyword."""
    endings = (
        "start small, and keep what works",
        "write down what you expect before you look",
        "ask who will use the result, and for what",
        "leave room for one surprise",
        "compare it with something you already know well",
        "give it a day, then look again",
    )
    order = rng.permutation(len(endings))
    lines = [f"- **{key.capitalize()}**: {endings[int(order[i % 6])]}." for i, key in enumerate(keys)]
    return "A few things worth keeping in mind:\n\n" + "\n".join(lines)


def steps(keys: list[str], rng: np.random.Generator) -> str:
    """A numbered list with a nested point."""
    hours = int(rng.integers(1, 4))
    return (
        "One way to go about it:\n\n"
        f"1. Gather what you know about *{keys[0]}*.\n"
        f"2. Sketch a first version, no longer than {hours} {'hour' if hours == 1 else 'hours'}.\n"
        f"   - Keep the sketch rough; *{keys[-1]}* will change it anyway.\n"
        "3. Show it to one person and note where they pause.\n"
        "4. Change one thing at a time, and stop when it reads well."
    )


def table(keys: list[str], rng: np.random.Generator) -> str:
    """A table that compares the keywords, with aligned columns."""
    notes = ("Easy to begin with", "Pays off later", "Worth a closer look", "Best in company")
    rows = [
        f"| {key.capitalize()} | {rng.integers(2, 10)} / 10 | {rng.integers(5, 95)} min | {notes[i % 4]} |"
        for i, key in enumerate(keys)
    ]
    return "Side by side, with numbers made up for the example:\n\n" + "\n".join(
        ["| Part | Weight | Time | Note |", "|:--|--:|--:|:--|", *rows]
    )


def maths(rng: np.random.Generator) -> str:
    """An inline formula, a displayed one, and what they mean."""
    rate, years = int(rng.integers(2, 8)), int(rng.integers(5, 21))
    grown = (1 + rate / 100) ** years
    return (
        f"Growth of $r = {rate}\\,\\%$ a year over $n = {years}$ years comes to\n\n"
        f"$$(1 + r)^n = {1 + rate / 100:.2f}^{{{years}}} \\approx {grown:.2f}$$\n\n"
        f"so one unit becomes about {grown:.2f}."
    )


def quote(rng: np.random.Generator) -> str:
    lines = (
        "> Simple things should be simple, and hard things should be possible.",
        "> The map is not the land, but it is a good place to begin.",
        "> A small garden, well kept, feeds more bees than a large one left alone.",
    )
    return lines[int(rng.integers(len(lines)))]


def tasks(keys: list[str]) -> str:
    """A task list, its first entry done."""
    return (
        "What could come next:\n\n"
        f"- [x] Ask about {keys[0].lower()}\n"
        f"- [ ] Try one small thing with {keys[-1].lower()}\n"
        "- [ ] Come back with what you found"
    )


def poem(keys: list[str], rng: np.random.Generator) -> str:
    """Four plain lines."""
    scenes = ("morning fog", "the evening tide", "a quiet field", "the first light")
    scene = scenes[int(rng.integers(len(scenes)))]
    return (
        f"Over {scene} there drifts a thought of {keys[0].lower()},  \n"
        "slow as a boat that knows the way by heart.  \n"
        f"It asks for little: {keys[-1].lower()}, a listening ear,  \n"
        "and someone near to call the ending, start."
    )


def footnote(subject: str) -> str:
    return f"\n\n[^1]: The sandbox knows nothing about {subject}; it only shows how a footnote looks."
