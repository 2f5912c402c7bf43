"""From facts to passages: titles, varied sentences, pronouns, asides, order that does not help."""

from __future__ import annotations

import random
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Passage:
    """One retrieved chunk: `{title}\n{text}\n\n` is what the prompt holds of it."""

    title: str
    text: str

    def render(self) -> str:
        return f"{self.title}\n{self.text}\n\n"


@dataclass(frozen=True)
class Style:
    """How hard the prose is. `paraphrases` counts statements used; `inverted` is how often the object may come first."""

    paraphrases: int = 99
    inverted: float = 0.5
    merges: float = 0.3
    pronouns: float = 0.4
    asides: float = 0.2
    openers: float = 0.15
    by_subject: float = 0.6
    sentences_per_passage: int = 4


def capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]


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


def _mention(fact: Fact, named: str | None, style: Style, rng: random.Random) -> str:
    """The subject's name, or a pronoun, a short name or a common noun when it was named just before."""
    if named != fact.subject or rng.random() >= style.pronouns:
        return fact.subject
    if fact.relation.subject == "person" and rng.random() < 0.4:
        return fact.subject.split()[-1]
    return _pronoun(fact.subject, fact.relation.subject, rng)


def _statement(fact: Fact, named: str | None, style: Style, rng: random.Random) -> str:
    mention = _mention(fact, named, style, rng)
    if mention == fact.subject:
        text = _template(fact, style, rng).replace("{s}", mention)
    else:
        text = _template(fact, style, rng, subject_first=True).replace("{s}", mention)
        if not text:
            text = _template(fact, style, rng).replace("{s}", fact.subject)
    return text.replace("{o}", fact.object)


def _merged(first: Fact, second: Fact, style: Style, rng: random.Random) -> str | None:
    """Two facts of one subject in one sentence, where the grammar allows it."""
    a, b = (_template(f, style, rng, subject_first=True) for f in (first, second))
    if not a or not b:
        return None
    a, b = a[4:].replace("{o}", first.object), b[4:].replace("{o}", second.object)
    who = "who" if first.relation.subject == "person" else "which"
    return f"{first.subject}, {who} {a}, {b}" if rng.random() < 0.4 else f"{first.subject} {a} and {b}"


def sentences(facts: list[Fact], style: Style, rng: random.Random) -> list[str]:
    """Facts in order as sentences; neighbours of one subject may be merged or referred to by pronoun."""
    out, named, i = [], None, 0
    while i < len(facts):
        fact, step, text = facts[i], 1, None
        if i + 1 < len(facts) and facts[i + 1].subject == fact.subject and rng.random() < style.merges:
            text, step = _merged(fact, facts[i + 1], style, rng), 2
        if text is None:
            text, step = _statement(fact, named, style, rng), 1
        if rng.random() < style.openers and text.startswith(fact.subject):
            text = rng.choice(OPENERS) + text
        named = fact.subject if step == 1 or text else named
        out.append(capitalise(text) + ".")
        if rng.random() < style.asides:
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


def passages(world: World, style: Style, rng: random.Random, names: Names) -> list[Passage]:
    """The world as passages in random order."""
    out = []
    for group in _groups(world, style, rng):
        single = len({f.subject for f in group}) == 1 or rng.random() < 0.3
        title = _title(group[0].subject if single else None, group[0].relation.subject, rng, names)
        out.append(Passage(title, " ".join(sentences(group, style, rng))))
    rng.shuffle(out)
    return out
