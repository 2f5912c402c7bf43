"""From facts to passages: titles, varied sentences, pronouns, asides, order that does not help."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

from facts import Fact, World
from names import FEMALE, Names
from relations import CALLED

ASIDES = (
    "Little else is known about this period.|The records of those years are incomplete.|Local newspapers wrote about it at the time.|"
    "The story is told in several books.|Many visitors still ask about it today.|It remained so for many years.|Opinions about it differ.|"
    "This was not widely known until later.|The matter was discussed for months.|An archive keeps most of the letters.|"
    "The early years were difficult.|Later accounts give few details.|Critics praised it, though the public was slow to follow.|"
    "The weather there is mild in spring and cold in winter.|A small exhibition was held to mark the occasion.|"
    "The work took longer than planned.|Some of the papers were lost in a fire.|Further details can be found in the annual report."
).split("|")
OPENERS = (
    "In later years, |At the time, |According to the records, |As is well known, |After the war, |For a while, |Today, |Meanwhile, |"
    "By all accounts, |Officially, |In fact, |At first, |Since then, |That same year, |Reports say that |It is recorded that "
).split("|")
SECTIONS = "Early life|History|Career|Background|Overview|Legacy|Origins|Description|Details|Notes|Personal life|Reception|Facts".split("|")
COLLECTIONS = "Notes|Short news|Who is who|Chronicle|Directory|Minutes|Yearbook|Register|Local history|Letters to the editor|Summary".split("|")


SUBJECT, OBJECT, REFERENCE = "subject", "object", "reference"
ROLES = {"\ue000": SUBJECT, "\ue001": OBJECT, "\ue002": REFERENCE}
MARKED = re.compile("([\ue000-\ue002])([\ue100-\uf000]+)([^\ue000-\ue003]*)\ue003")


@dataclass(frozen=True)
class Mention:
    """Where a passage names an end of facts: characters `start` to `end` of `render()`.

    `role` is SUBJECT (by name), REFERENCE (the subject by a pronoun or a short name) or OBJECT.
    """

    role: str
    facts: tuple[int, ...]
    start: int
    end: int


def mark(role: str, facts: list[Fact], text: str) -> str:
    """`text` between private characters that `unmark` turns into a Mention."""
    opening = next(c for c, r in ROLES.items() if r == role)
    return opening + "".join(chr(0xE100 + f.number) for f in facts) + text + "\ue003"


def unmark(text: str, offset: int) -> tuple[str, list[Mention]]:
    """The plain text and its mentions, whose characters count from `-offset`."""
    out, mentions, at, length = [], [], 0, offset
    for m in MARKED.finditer(text):
        out += [text[at : m.start()], m.group(3)]
        start = length + m.start() - at
        length = start + len(m.group(3))
        at = m.end()
        mentions.append(Mention(ROLES[m.group(1)], tuple(ord(c) - 0xE100 for c in m.group(2)), start, length))
    return "".join([*out, text[at:]]), mentions


@dataclass(frozen=True)
class Passage:
    """One retrieved chunk: `{title}\n{text}\n\n` is what the prompt holds of it."""

    title: str
    text: str
    mentions: list[Mention] = field(default_factory=list)

    def render(self) -> str:
        return f"{self.title}\n{self.text}\n\n"


@dataclass(frozen=True)
class Style:
    """How hard the prose is. `paraphrases` counts statements used; `inverted` is how often the object may come first.

    `continued` is how often a passage about one subject goes on in the next one, which calls it by a pronoun only.
    """

    paraphrases: int = 99
    inverted: float = 0.5
    merges: float = 0.3
    pronouns: float = 0.4
    asides: float = 0.2
    openers: float = 0.15
    by_subject: float = 0.6
    sentences_per_passage: int = 4
    continued: float = 0.2


def capitalise(text: str) -> str:
    """The first letter in upper case, behind marks."""
    return re.sub("^((?:[\ue000-\ue002][\ue100-\uf000]+)?)(.)", lambda m: m.group(1) + m.group(2).upper(), text, count=1, flags=re.DOTALL)


def _template(fact: Fact, style: Style, rng: random.Random, subject_first: bool = False) -> str:
    options = fact.relation.statements[: style.paraphrases]
    if rng.random() >= style.inverted:
        options = [t for t in options if t.endswith("{o}")] or options
    if subject_first:
        options = [t for t in options if t.startswith("{s} ")]
    return rng.choice(options) if options else ""


def _pronoun(subject: str, kind: str, rng: random.Random) -> str:
    if kind == "person":
        return "She" if subject.split()[0] in FEMALE else "He"
    return rng.choice(CALLED.get(kind, ["It"]))


def _reference(fact: Fact, style: Style, rng: random.Random, continuing: bool) -> str:
    """A pronoun, a common noun or a surname for a subject that was named before."""
    if fact.relation.subject == "person" and not continuing and rng.random() < 0.4:
        return fact.subject.split()[-1]
    return _pronoun(fact.subject, fact.relation.subject, rng)


def _statement(fact: Fact, named: str | None, style: Style, rng: random.Random, continuing: bool = False) -> tuple[str, bool]:
    """The fact as a marked sentence, and whether its subject stands there by name."""
    if named == fact.subject and (continuing or rng.random() < style.pronouns):
        text = _template(fact, style, rng, subject_first=True)
        if text:
            reference = mark(REFERENCE, [fact], _reference(fact, style, rng, continuing))
            return text.replace("{s}", reference).replace("{o}", mark(OBJECT, [fact], fact.object)), False
    text = _template(fact, style, rng)
    return text.replace("{s}", mark(SUBJECT, [fact], fact.subject)).replace("{o}", mark(OBJECT, [fact], fact.object)), True


def _merged(first: Fact, second: Fact, style: Style, rng: random.Random) -> str | None:
    """Two facts of one subject in one sentence, where the grammar allows it."""
    a, b = (_template(f, style, rng, subject_first=True) for f in (first, second))
    if not a or not b:
        return None
    a, b = (t[4:].replace("{o}", mark(OBJECT, [f], f.object)) for t, f in ((a, first), (b, second)))
    subject = mark(SUBJECT, [first, second], first.subject)
    who = "who" if first.relation.subject == "person" else "which"
    return f"{subject}, {who} {a}, {b}" if rng.random() < 0.4 else f"{subject} {a} and {b}"


def sentences(facts: list[Fact], style: Style, rng: random.Random, continuing: bool = False) -> list[str]:
    """Facts in order as marked sentences; neighbours of one subject may be merged or referred to by pronoun.

    `continuing`: the subject of the first fact was named in the passage before and is not named again.
    """
    out, named, i = [], facts[0].subject if continuing else None, 0
    while i < len(facts):
        fact, step, text, by_name = facts[i], 1, None, True
        if not continuing and i + 1 < len(facts) and facts[i + 1].subject == fact.subject and rng.random() < style.merges:
            text, step = _merged(fact, facts[i + 1], style, rng), 2
        if text is None:
            step = 1
            text, by_name = _statement(fact, named, style, rng, continuing)
        if by_name and rng.random() < style.openers and text[2:].startswith(fact.subject):
            text = rng.choice(OPENERS) + text
        named = fact.subject
        out.append(capitalise(text) + ".")
        if not continuing and rng.random() < style.asides:
            out.append(rng.choice(ASIDES))
            named = None
        i += step
    return out


def _title(subject: str | None, kind: str, rng: random.Random, names: Names) -> str:
    if subject is None:
        place = names.make("city")
        return rng.choice([rng.choice(COLLECTIONS), f"{rng.choice(COLLECTIONS)} of {place}", place, f"{place} > {rng.choice(SECTIONS)}"])
    return rng.choice([subject, subject, subject, capitalise(subject), f"{subject} ({kind})", f"{subject} > {rng.choice(SECTIONS)}", f"About {subject}"])


def _groups(world: World, style: Style, rng: random.Random) -> list[list[Fact]]:
    """Facts cut into passages: of one subject each, or mixed."""
    if rng.random() < style.by_subject:
        groups: dict[str, list[Fact]] = {}
        for fact in world.facts:
            groups.setdefault(fact.subject, []).append(fact)
        ordered = [f for group in groups.values() for f in group]
    else:
        ordered = list(world.facts)
    cut, out = 0, []
    while cut < len(ordered):
        size = rng.randint(1, max(1, 2 * style.sentences_per_passage - 1))
        out.append(ordered[cut : cut + size])
        cut += size
    return out


def _passage(title: str, marked: list[str]) -> Passage:
    text, mentions = unmark(" ".join(marked), len(title) + 1)
    return Passage(title, text, mentions)


def _can_continue(group: list[Fact]) -> bool:
    """True when all facts but the first can be stated with a pronoun."""
    return len(group) > 1 and len({f.subject for f in group}) == 1 and all(any(s.startswith("{s} ") for s in f.relation.statements) for f in group[1:])


def passages(world: World, style: Style, rng: random.Random, names: Names) -> list[Passage]:
    """The world as passages in random order; one that continues another stands behind it."""
    out: list[list[Passage]] = []
    for group in _groups(world, style, rng):
        single = len({f.subject for f in group}) == 1 or rng.random() < 0.3
        title = _title(group[0].subject if single else None, group[0].relation.subject, rng, names)
        if rng.random() < style.continued and _can_continue(group):
            cut = rng.randint(1, len(group) - 1)
            rest = _passage(f"{rng.choice(COLLECTIONS)} > {rng.choice(SECTIONS)}", sentences(group[cut:], style, rng, continuing=True))
            out.append([_passage(title, sentences(group[:cut], style, rng)), rest])
        else:
            out.append([_passage(title, sentences(group, style, rng))])
    rng.shuffle(out)
    return [passage for unit in out for passage in unit]


def hidden_facts(world: World, chunks: list[Passage]) -> set[int]:
    """Facts whose subject their own passage never names."""
    out = set()
    for chunk in chunks:
        named = {world.facts[n].subject for m in chunk.mentions if m.role == SUBJECT for n in m.facts}
        shown = lambda name: name in named or name in chunk.title
        out |= {n for m in chunk.mentions if m.role == REFERENCE for n in m.facts if not shown(world.facts[n].subject)}
    return out
