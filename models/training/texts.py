"""Real text: passages of the development data with questions made from their triples and sentences.

Sources (see the model cards for licences): the passages and triples of musique-100, the training
sentences of Text2KGBench, the documents of Re-DocRED. The question files and test files of these
sets are never opened here.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, field
from pathlib import Path

from prose import Passage
from questions import Question, ask
from relations import RELATIONS, Relation

WIKIDATA = {
    "P6": "head of government", "P17": "country", "P19": "place of birth", "P20": "place of death", "P22": "father", "P25": "mother",
    "P26": "spouse", "P27": "country of citizenship", "P30": "continent", "P31": "type", "P35": "head of state", "P36": "capital",
    "P37": "official language", "P39": "position", "P40": "child", "P50": "author", "P54": "team", "P57": "director", "P58": "screenwriter",
    "P69": "school", "P86": "composer", "P102": "political party", "P108": "employer", "P112": "founder", "P118": "league",
    "P123": "publisher", "P127": "owner", "P131": "location", "P137": "operator", "P140": "religion", "P150": "district", "P155": "predecessor",
    "P156": "successor", "P159": "headquarters", "P161": "cast member", "P162": "producer", "P166": "award", "P170": "creator",
    "P172": "ethnic group", "P175": "performer", "P176": "manufacturer", "P178": "developer", "P179": "series", "P190": "sister city",
    "P205": "country on its shore", "P206": "body of water", "P241": "military branch", "P264": "record label", "P272": "production company",
    "P276": "location", "P279": "class", "P361": "larger whole", "P364": "original language", "P400": "platform", "P403": "mouth",
    "P449": "broadcaster", "P463": "organisation", "P488": "chairperson", "P495": "country of origin", "P527": "part", "P551": "residence",
    "P569": "date of birth", "P570": "date of death", "P571": "founding date", "P576": "end date", "P577": "publication date",
    "P580": "start date", "P582": "end date", "P585": "date", "P607": "conflict", "P674": "character", "P676": "lyrics writer",
    "P706": "landform", "P710": "participant", "P740": "place of formation", "P749": "parent organisation", "P800": "notable work",
    "P937": "work location", "P1001": "jurisdiction", "P1056": "product", "P1344": "event", "P1366": "successor", "P1412": "language",
    "P1441": "fictional world", "P3373": "sibling",
}
# Predicates of real triples that mean a relation of the generator: these are asked in its words.
PREDICATES = {
    "born in": "place of birth|was born in|is from|born at", "died in": "place of death|died at", "lives in": "residence|lived in|moved to|settled in",
    "citizen": "country of citizenship|nationality", "employer": "worked for|works for|worked at", "spouse": "married|married to|wife|husband",
    "studied at": "school|graduated from|attended|educated at|alma mater", "father": "", "mother": "", "plays for": "team|member of sports team|played for|signed for|joined",
    "born on": "date of birth|was born on", "died on": "date of death", "occupation": "profession|worked as", "won": "award|award received|received|was awarded",
    "author": "written by|was written by|author of book", "publisher": "published by|was published by", "director": "directed by|was directed by",
    "star": "cast member|stars|starring|starred", "producer": "produced by|was produced by", "studio": "production company|distributed by",
    "film year": "publication date|released in|released on|was released in|was released on|release date|premiered on|premiered in", "book year": "published in|first published in",
    "film genre": "genre", "based on": "is based on", "performer": "performed by|recorded by|sung by|artist", "composer": "composed by", "record label": "released by|signed to",
    "band from": "place of formation|formed in", "headquarters": "headquartered in|based in|is based in|is headquartered in", "founder": "founded by|was founded by|creator|created by|established by",
    "founded year": "founding date|founded in|established in|was founded in|was established in|founded on", "owner": "owned by|is owned by|parent organisation|acquired by",
    "chief": "chairperson|led by|ceo", "head of state": "", "capital": "", "designer": "designed by|developed by|developer|manufacturer|was designed by",
    "river mouth": "mouth of the watercourse|mouth|flows into|empties into", "river source": "origin of the watercourse", "named after": "was named after|is named after",
    "twin": "sister city", "population": "has population of|had population of|population of", "successor": "succeeded by", "predecessor": "preceded by",
    "building in": "located in|is located in|location|situated in|is situated in|is in|lies in|was held in|held in|takes place in|filming location|narrative location",
    "city country": "country|country of origin|sovereign state", "mayor": "head of government", "architect": "", "screenwriter": "", "employees": "", "height": "elevation", "river length": "length",
}  # fmt: skip
RELATION_OF: dict[str, Relation] = {}
for _relation in reversed(RELATIONS):
    RELATION_OF |= dict.fromkeys([_relation.name, *(PREDICATES.get(_relation.name) or _relation.name).split("|")], _relation)
AUXILIARIES = ("is", "was", "are", "were", "has", "had", "can", "will")
SPAN = re.compile(r"(?:[A-Z][\w'’-]+)(?: (?:of |the |de |von |van |and )?[A-Z][\w'’-]+){0,4}|\b(?:1[0-9]{3}|20[0-9]{2})\b|\b\d[\d,.]*\b")
DATE = re.compile(r"\b(1[0-9]{3}|20[0-9]{2})\b|January|February|March|April|June|July|August|September|October|November|December")
OPENING_WORDS = set("The A An In On At It He She They This That These His Her Its As After Before During For From With By When While Since Although However Despite Their There".split())


@dataclass
class RealPassage:
    """A passage with its triples (subject, predicate, object), all of them found in its text or title."""

    passage: Passage
    triples: list[tuple[str, str, str]] = field(default_factory=list)
    source: str = ""


def _json_lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf8").splitlines() if line.strip()]


def _mended(text: str) -> str:
    """Undoes UTF-8 that was read as Latin-1 (Text2KGBench)."""
    try:
        return text.encode("latin1").decode("utf8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text


def musique(root: Path) -> list[RealPassage]:
    """Passages of musique-100 with their extracted triples."""
    corpus = json.loads((root / "musique-100/corpus.json").read_text(encoding="utf8"))
    triples = {t["id"]: t["triples"] for t in json.loads((root / "musique-100/triples.json").read_text(encoding="utf8"))}
    out = []
    for row in corpus:
        found = [tuple(t) for t in triples.get(row["id"], []) if len(t) == 3 and all(isinstance(x, str) and x.strip() for x in t)]
        whole = row["title"] + " " + row["text"]
        out.append(RealPassage(Passage(row["title"], row["text"]), [t for t in found if t[0] in whole and t[2] in row["text"]], "musique"))
    return out


def text2kg(root: Path) -> list[RealPassage]:
    """Training sentences of Text2KGBench, one triple each."""
    out = []
    for path in sorted(root.glob("text2kgbench/*/train.jsonl")):
        for row in _json_lines(path):
            text, s, o = (_mended(row[k]) for k in ("sent", "sub_label", "obj_label"))
            triples = [(s, row["rel_label"], o)] if o in text else []
            out.append(RealPassage(Passage(s, text), triples, "text2kg"))
    return out


def _joined(tokens: list[str]) -> str:
    text = " ".join(tokens)
    text = re.sub(r" ([,.;:!?%)\]]|'s\b|n't\b)", r"\1", text)
    text = re.sub(r"([(\[$]) ", r"\1", text)
    text = re.sub(r'" (.*?) "', r'"\1"', text)
    return text.replace(" - ", "-").replace(" / ", "/")


def redocred(root: Path) -> list[RealPassage]:
    """Documents of Re-DocRED, detokenised, with their relations by name."""
    out = []
    for doc in json.loads((root / "re-docred/dev.json").read_text(encoding="utf8")):
        text = _joined([t for sentence in doc["sents"] for t in sentence])
        triples = []
        for label in doc["labels"]:
            s, o = (_joined(doc["vertexSet"][label[k]][0]["name"].split(" ")) for k in "ht")
            if label["r"] in WIKIDATA and s in text and o in text:
                triples.append((s, WIKIDATA[label["r"]], o))
        out.append(RealPassage(Passage(doc["title"], text), triples, "redocred"))
    return out


def load_passages(data: str | Path) -> list[RealPassage]:
    """All real passages for training, in a fixed order."""
    root = Path(data)
    return musique(root) + text2kg(root) + redocred(root)


def triple_question(triple: tuple[str, str, str], rng: random.Random) -> Question | None:
    """A question whose answer is the object (or, for plain verbs, the subject) of a triple."""
    s, p, o = triple
    words = p.split()
    if not words or len(o) > 60 or len(s) > 80:
        return None
    relation = RELATION_OF.get(p.strip().lower())
    if relation and rng.random() < 0.8:
        if relation.inverse and rng.random() < 0.15:
            return Question(rng.choice(relation.inverse).replace("{o}", o), s, "real", asked=o, relation=relation)
        return Question(ask(relation, s, rng), o, "real", asked=s, relation=relation)
    first, rest = words[0].lower(), " ".join(words[1:])
    when = bool(DATE.search(o))
    what = "When" if when and rng.random() < 0.8 else "What"
    if first in AUXILIARIES:
        text = f"{'Where' if rest.endswith(('in', 'at')) and not when else what} {first} {s}{' ' + rest if rest else ''}?"
    elif first.endswith("ed") and words[-1] in ("by", "in", "on", "at", "to", "from", "for", "with", "as"):
        lead = {"by": "By whom", "in": "Where" if not when else "When", "at": "Where", "on": "When" if when else "Where"}.get(words[-1], "What")
        text = rng.choice([f"{lead} was {s} {p}?", f"What was {s} {p}?", f"{s} was {p} what?"])
    elif first.endswith(("ed", "s")) and len(words) <= 3 and not first.endswith(("ss", "ness")):
        text = rng.choice([f"{s} {p} what?", f"{s} {p} which one?"])
        if rng.random() < 0.5:
            return Question(f"{rng.choice(['Who', 'What', 'Which'])} {p} {o}?", s, "real", asked=o)
    else:
        text = rng.choice([f"What is the {p} of {s}?", f"What was the {p} of {s}?", f"{s}: {p}?", f"{what} is {s}'s {p}?"])
    return Question(text, o, "real", asked=s)


def _asked_word(span: str, rng: random.Random) -> str:
    if re.fullmatch(r"1[0-9]{3}|20[0-9]{2}", span):
        return rng.choice(["what year", "which year"])
    if span[0].isdigit():
        return rng.choice(["how many", "what number", "how much"])
    return rng.choice(["what", "who", "which one", "what"])


def cloze_question(passage: Passage, rng: random.Random) -> Question | None:
    """A sentence with one name or number replaced by a question word; often only the part around it is kept."""
    choices = [s for s in re.split(r"(?<=[.!?]) ", passage.text) if 5 <= len(s.split()) <= 45]
    if not choices:
        return None
    sentence = rng.choice(choices)
    spans = [m for m in SPAN.finditer(sentence) if m.group() not in OPENING_WORDS and len(m.group()) > 1]
    if not spans:
        return None
    m = rng.choice(spans)
    start, answer = m.start(), m.group().rstrip(".,")
    head, _, tail = answer.partition(" ")
    if head in OPENING_WORDS and tail:
        start, answer = start + len(head) + 1, tail
    before, after = sentence[:start].split(), sentence[start + len(answer) :].strip(" .").split()
    if rng.random() < 0.7:
        before, after = before[-rng.randint(3, 9) :], after[: rng.randint(3, 9)]
    body = " ".join([*before, _asked_word(answer, rng), *after])
    return Question(body[:1].upper() + body[1:] + "?", answer, "real")


def real_question(item: RealPassage, rng: random.Random) -> Question | None:
    """A question whose answer stands in the passage, from a triple or a sentence."""
    question = triple_question(rng.choice(item.triples), rng) if item.triples and rng.random() < 0.75 else cloze_question(item.passage, rng)
    if question is None or question.answer not in item.passage.text:
        return None
    return question


def shortened(item: RealPassage, rng: random.Random, max_words: int) -> RealPassage:
    """The passage cut to a run of whole sentences of at most about `max_words` words, triples filtered alike."""
    if len(item.passage.text.split()) <= max_words:
        return item
    parts = re.split(r"(?<=[.!?]) ", item.passage.text)
    start = rng.randrange(len(parts))
    kept: list[str] = []
    for part in parts[start:]:
        if kept and len(" ".join(kept + [part]).split()) > max_words:
            break
        kept.append(part)
    text = " ".join(kept)
    triples = [t for t in item.triples if t[2] in text and (t[0] in text or t[0] in item.passage.title)]
    return RealPassage(Passage(item.passage.title, text), triples, item.source)
