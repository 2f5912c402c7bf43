"""Makers of entity names: varied, many scripts' worth of spelling, split into training and held-out names.

Every maker takes a random generator and returns one surface form. A name belongs to the held-out
split when a hash of its core part says so, so the two splits never share a core (a surname, the stem
of a place, the words of a title).
"""

from __future__ import annotations

import random
import zlib

MALE = (
    "James John Robert Michael William David Thomas Daniel Matthew Anthony Paul Andrew Joshua Kevin Brian George Edward "
    "Peter Henry Arthur Frank Samuel Walter Jack Albert Louis Carl Victor Oscar Hugo Leo Felix Max Anton Emil Otto Erik "
    "Lars Nils Sven Ivan Boris Dmitri Sergei Mikhail Pavel Jan Piotr Marek Tomasz Jakub Andrei Mihai Luka Marko Nikola "
    "Giovanni Marco Luca Paolo Antonio Carlos Juan Luis Miguel Diego Javier Rafael Pedro Manuel Fernando Pablo Jorge "
    "Ahmed Omar Ali Hassan Karim Yusuf Ibrahim Tariq Rashid Samir Ravi Arjun Vikram Anil Sanjay Rahul Deepak Kenji "
    "Hiroshi Takashi Akira Haruto Wei Jun Ming Chen Minh Duc Kwame Kofi Chidi Emeka Sipho Tendai Jean Pierre Michel "
    "Jacques François René Étienne Søren Jürgen Björn Zoltán Gábor László Eamon Declan Rhys Owen Callum Angus Duncan"
).split()
FEMALE = (
    "Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Nancy Lisa Margaret Sandra Ashley Emily "
    "Emma Olivia Sophia Charlotte Amelia Alice Clara Rose Ruth Helen Grace Florence Agnes Edith Martha Julia Laura Anna "
    "Eva Ingrid Astrid Freya Greta Elsa Katarina Olga Natalia Irina Svetlana Tatiana Ewa Agnieszka Zofia Hanna Ioana "
    "Elena Maria Giulia Francesca Chiara Lucia Carmen Isabel Sofia Valentina Camila Gabriela Rosa Teresa Fatima Aisha "
    "Layla Noor Zainab Amina Leila Priya Anjali Lakshmi Meera Kavita Sunita Yuki Sakura Aiko Hana Keiko Mei Ling Xiu "
    "Linh Thuy Ama Abena Ngozi Adaeze Thandi Nomsa Marie Claire Camille Amélie Élodie Chloé Zoë Renée Sinéad Niamh "
    "Siobhán Fiona Catriona Morag Ines Beatriz Leonor Mónica Ágnes Zsófia Eszter Milena Vesna Jelena"
).split()
SURNAMES = (
    "Smith Johnson Brown Taylor Wilson Davies Evans Thomas Roberts Walker Wright Robinson Thompson White Hughes Edwards "
    "Green Hall Wood Harris Clarke Jackson Turner Hill Cooper Morris Ward Moore King Watson Baker Morgan Patel Young Allen "
    "Mitchell Anderson Phillips Lee Bell Parker Bennett Cook Shaw Carter Murphy Kelly Ryan Byrne Walsh Garcia Martinez "
    "Lopez Gonzalez Perez Sanchez Ramirez Torres Flores Rivera Gomez Diaz Silva Santos Oliveira Souza Costa Ferreira Rossi "
    "Russo Ferrari Bianchi Romano Ricci Marino Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Hoffmann Schulz "
    "Dubois Laurent Moreau Lefebvre Bernard Girard Novak Kowalski Nowak Kaminski Ivanov Petrov Sokolov Volkov Popescu "
    "Horvath Nagy Kovacs Hansen Jensen Nielsen Larsen Olsen Lindqvist Bergström Virtanen Yilmaz Demir Kaya Haddad Mansour "
    "Khan Ahmed Hussain Sharma Gupta Singh Kumar Reddy Iyer Das Tanaka Suzuki Yamamoto Watanabe Ito Nakamura Kobayashi "
    "Wang Zhang Liu Zhao Huang Kim Park Choi Nguyen Tran Okafor Adeyemi Mensah Dlamini Ndlovu Moyo Abara"
).split()
ONSETS = "b br c ch d dr f fl g gr h j k kr l m n p pr r s sh sk st t tr v w y z th al el or an ar be mar vel har".split()
VOWELS = "a e i o u a e i o ai ea ie ou".split()
CODAS = "n r l s m t k d nd rt ll ss rn x ck nt ld sh".split() + [""] * 8
SURNAME_ENDS = ["son", "sen", "er", "man", "ski", "ova", "ez", "ini", "berg", "feld", "wood", "ley", "ton", "ard", "escu", "ić", "ian", "yama", "ez", ""]
CITY_ENDS = ["ton", "ville", "burg", "ford", "ham", "stad", "grad", "mouth", "field", "port", "haven", "bridge", "bury", "dale", "a", "o", "ia", "ino", "wick", "minster", ""]
COUNTRY_ENDS = ["ia", "land", "stan", "ania", "onia", "ova", "mark", "ar", "esh", "istan"]
ADJECTIVES = (
    "Silent Golden Broken Hidden Last First Red Blue Black White Green Silver Distant Burning Frozen Lost Empty Secret Long "
    "Bright Dark Quiet Endless Ancient New Crimson Hollow Gentle Wild Iron Northern Southern Eastern Western Paper Glass "
    "Winter Summer Autumn Midnight Second Seventh Restless Patient Invisible Bitter Sweet Fallen Rising Crooked Royal"
).split()
NOUNS = (
    "River Garden House Road Sea Mountain Star Moon Sun Forest Window Door Letter Song Dream Island Harbor Bridge City Night "
    "Day Storm Rain Snow Fire Wind Stone Bird Horse Wolf Lion Tiger Rose Tree Field Valley Tower Castle Crown Sword Mirror "
    "Clock Key Map Ship Train Station Market Kingdom Shadow Light Memory Promise Summer Winter Voyage Return Daughter Son "
    "Stranger Soldier Painter Widow Thief Doctor Hunter Orchard Lantern Compass Feather Anchor Meadow Canyon Desert Falcon"
).split()
FIELDS = (
    "Physics Chemistry Medicine Law Agriculture Music Art Science Technology History Economics Engineering Design Mathematics "
    "Astronomy Botany Geology Linguistics Architecture Philosophy Biology Journalism"
).split()
JOBS = (
    "painter|novelist|architect|chemist|physicist|journalist|lawyer|footballer|composer|singer|actor|engineer|politician|"
    "historian|poet|sculptor|photographer|surgeon|economist|mathematician|botanist|astronomer|violinist|pianist|film director|"
    "playwright|philosopher|swimmer|cyclist|chess player|army officer|diplomat|banker|teacher|translator|illustrator|geologist"
).split("|")
GENRES = (
    "jazz|folk music|science fiction|crime fiction|heavy metal|opera|documentary|comedy|drama|horror|fantasy|romance|"
    "historical fiction|electronic music|blues|thriller|satire|animation|memoir|travel writing"
).split("|")
LANGUAGES = (
    "English French German Spanish Italian Portuguese Polish Czech Hungarian Turkish Arabic Hindi Bengali Japanese Korean "
    "Swedish Finnish Danish Dutch Greek Romanian Swahili Yoruba Basque Welsh Catalan Persian Urdu Thai Malay"
).split()
MATERIALS = "granite|red brick|marble|oak|steel|sandstone|limestone|concrete|glass|slate|copper|cedar|basalt|iron".split("|")
MONTHS = "January February March April May June July August September October November December".split()
HELD_OUT_SHARE = 8  # one core in eight is kept for evaluation


def is_held_out(core: str) -> bool:
    """True when names built on this core are reserved for evaluation."""
    return zlib.crc32(core.lower().encode()) % HELD_OUT_SHARE == 0


class Names:
    """Makes names of every entity type from one random generator; `held_out` picks the split."""

    def __init__(self, rng: random.Random, held_out: bool = False):
        self.rng = rng
        self.held_out = held_out

    def make(self, kind: str) -> str:
        """One new name of an entity type of `relations.KINDS`."""
        for _ in range(400):
            core, name = getattr(self, "_" + kind)()
            if core is None or is_held_out(core) == self.held_out:
                return name
        raise RuntimeError(f"no {kind} name found for held_out={self.held_out}")

    def _syllables(self, low: int, high: int) -> str:
        r = self.rng
        parts = [r.choice(ONSETS) + r.choice(VOWELS) + (r.choice(CODAS) if r.random() < 0.5 else "") for _ in range(r.randint(low, high))]
        return "".join(parts).capitalize()

    def _surname(self) -> str:
        if self.rng.random() < 0.45:
            return self.rng.choice(SURNAMES)
        return self._syllables(1, 2) + self.rng.choice(SURNAME_ENDS)

    def _person(self):
        r = self.rng
        first = r.choice(MALE + FEMALE) if r.random() < 0.9 else self._syllables(2, 2)
        last = self._surname()
        middle = f" {r.choice('ABCDEFGHJKLMNPRSTW')}." if r.random() < 0.08 else ""
        if r.random() < 0.05:
            last += "-" + self._surname()
        return last, f"{first}{middle} {last}"

    def _place(self) -> str:
        return self._syllables(1, 2) + self.rng.choice(CITY_ENDS)

    def _city(self):
        stem = self._place()
        lead = self.rng.choice(["New ", "Port ", "Saint ", "North ", "San ", "Upper ", "Lake "]) if self.rng.random() < 0.12 else ""
        return stem, lead + stem

    def _country(self):
        stem = self._syllables(1, 2) + self.rng.choice(COUNTRY_ENDS)
        return stem, stem

    def _region(self):
        stem = self._place()
        return stem, stem + self.rng.choice([" Province", " County", " District", " Region", " Valley", ""])

    def _river(self):
        stem = self._syllables(1, 2)
        return stem, self.rng.choice([f"{stem} River", f"River {stem}", f"Lake {stem}", f"the {stem}"])

    def _mountain(self):
        stem = self._syllables(1, 2)
        return stem, self.rng.choice([f"Mount {stem}", f"{stem} Peak", f"{stem} Hills"])

    def _company(self):
        stem = self._surname() if self.rng.random() < 0.5 else self._syllables(2, 3)
        ends = [" Industries", " Group", " & Sons", " Bank", " Records", " Press", " Motors", " Airlines", " Systems", " Foundation", " Media", " Ltd", " Works", ""]
        return stem, stem + self.rng.choice(ends)

    def _school(self):
        stem, r = self._place(), self.rng
        return stem, r.choice([f"University of {stem}", f"{stem} University", f"{stem} College", f"{stem} Institute of {r.choice(FIELDS)}", f"{stem} Academy", f"{stem} High School"])

    def _team(self):
        stem, r = self._place(), self.rng
        return stem, stem + r.choice([" United", " City", " Rovers", " FC", " Athletic", f" {r.choice(NOUNS)}s", " Wanderers"])

    def _band(self):
        r = self.rng
        name = r.choice([f"The {r.choice(ADJECTIVES)} {r.choice(NOUNS)}s", f"{r.choice(NOUNS)} {r.choice(NOUNS)}", f"{self._syllables(2, 2)} Quartet", f"The {self._syllables(2, 2)}s"])
        return name, name

    def _title(self):
        r = self.rng
        a, n, m = r.choice(ADJECTIVES), r.choice(NOUNS), r.choice(NOUNS)
        return r.choice([f"The {a} {n}", f"{a} {n}s", f"The {n} and the {m}", f"A {n} of {m}s", f"{n} of {self._place()}", f"The {n} in the {m}", f"Letters to {self._place()}", f"{self._syllables(2, 3)}", f"The {m}'s {n}", f"{a} {n}, {r.choice(ADJECTIVES)} {m}"])

    def _book(self):
        name = self._title()
        return name, name

    _film = _song = _painting = _book

    def _building(self):
        stem = self._surname()
        return stem, stem + self.rng.choice([" Tower", " Hall", " House", " Museum", " Theatre", " Library", " Cathedral", " Bridge", " Stadium", " Castle", " Station", " Palace"])

    def _award(self):
        stem = self._surname()
        return stem, self.rng.choice([f"{stem} Prize", f"{stem} Medal", f"{stem} Award", f"Order of {stem}", f"{stem} Cup"])

    def _species(self):
        stem = self._surname()
        return stem, self.rng.choice([f"{stem}'s warbler", f"{stem} oak", f"{stem}'s frog", f"{stem} orchid", f"{stem} beetle", f"{stem} fern"])

    def _product(self):
        stem = self._syllables(2, 2)
        return stem, f"{stem} {self.rng.choice(['X', 'Mark ', 'Model ', 'Type ', 'S'])}{self.rng.randint(1, 90)}"

    def _date(self):
        r = self.rng
        day, month, year = r.randint(1, 28), r.choice(MONTHS), r.randint(1700, 2023)
        return None, r.choice([f"{day} {month} {year}", f"{month} {day}, {year}", f"{month} {year}"])

    def _year(self):
        return None, str(self.rng.randint(1650, 2024))

    def _count(self):
        r = self.rng
        return None, r.choice([str(r.randint(2, 999)), f"{r.randint(1, 900)},{r.randint(0, 999):03d}", f"{r.randint(1, 90)}.{r.randint(1, 9)} million", f"about {r.randint(2, 99)}00"])

    def _length(self):
        r = self.rng
        return None, f"{r.choice([str(r.randint(2, 900)), f'{r.randint(1, 9)},{r.randint(0, 999):03d}', f'{r.randint(1, 60)}.{r.randint(1, 9)}'])} {r.choice(['metres', 'kilometres', 'feet', 'miles', 'km', 'm'])}"

    def _money(self):
        r = self.rng
        return None, f"{r.choice(['$', '€', '£'])}{r.randint(1, 900)}{r.choice([' million', ',000', '.5 million', ' billion'])}"

    def _job(self):
        return None, self.rng.choice(JOBS)

    def _genre(self):
        return None, self.rng.choice(GENRES)

    def _language(self):
        return None, self.rng.choice(LANGUAGES)

    def _field(self):
        return None, self.rng.choice(FIELDS).lower()

    def _material(self):
        return None, self.rng.choice(MATERIALS)
