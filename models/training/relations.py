"""The relations of the generator: how a fact is stated, asked, and named inside a longer question.

A line of TABLE reads
    name | subject>object types | statements ; ... | questions ; ... | noun phrase | inverse questions ; ...
with {s} and {o} for subject and object. The first statement ends with {o}; the stages of the
curriculum begin with it. NOUN_TABLE lists nouns that share generic frames ("the {noun} of {s}").
"""

from __future__ import annotations

from dataclasses import dataclass, field

PEOPLE_KINDS = {"person"}
LITERAL_KINDS = {"date", "year", "count", "length", "money", "job", "genre", "language", "field", "material"}
KINDS = (
    "person city country region river mountain company school team band book film song painting building award species "
    "product date year count length money job genre language field material"
).split()
# How a subject of a kind is called when it is not named again.
CALLED = {
    "city": ["The city", "The town"], "country": ["The country"], "region": ["The region", "The area"], "river": ["The river", "It"],
    "mountain": ["The mountain", "It"], "company": ["The company", "The firm", "It"], "school": ["The school", "The institution", "It"],
    "team": ["The club", "The team"], "band": ["The band", "The group"], "book": ["The book", "The novel", "It"], "film": ["The film", "It"],
    "song": ["The song", "It"], "painting": ["The painting", "It"], "building": ["The building", "It"], "award": ["The award", "It"],
    "species": ["The species", "It"], "product": ["The device", "It"],
}

TABLE = """
born in | person>city | {s} was born in {o}; {s} is a native of {o}; {o} is the birthplace of {s}; {s} comes from {o}; {o} was where {s} was born | Where was {s} born?; What is the birthplace of {s}?; In which city was {s} born?; Which city does {s} come from?; What is {s}'s place of birth? | the birthplace of {s} | Who was born in {o}?; Which person comes from {o}?
died in | person>city | {s} died in {o}; {s} passed away in {o}; {o} was the place where {s} died; {s} spent the last years of life in {o} and died there | Where did {s} die?; What is the place of death of {s}?; In what city did {s} die? | the place where {s} died | Who died in {o}?
lives in | person>city | {s} lives in {o}; {s} moved to {o}; {s} settled in {o}; {o} is the home of {s} | Where does {s} live?; In which city does {s} live?; What city is the home of {s}? | the home city of {s} | Who lives in {o}?
buried | person>city | {s} was buried in {o}; {s} lies buried in {o}; the grave of {s} is in {o} | Where was {s} buried?; In which city is {s} buried? | the burial place of {s} | Who is buried in {o}?
citizen | person>country | {s} is a citizen of {o}; {s} holds the nationality of {o}; {s} represented {o} | Which country is {s} a citizen of?; What is the country of citizenship of {s}?; What nationality does {s} hold? | the country of citizenship of {s} |
employer | person>company | {s} works for {o}; {s} was hired by {o}; {s} is employed by {o}; {o} is the employer of {s}; {o} hired {s} | Who is the employer of {s}?; Which company does {s} work for?; Where does {s} work?; Who employs {s}? | the employer of {s} | Who works for {o}?; Who was hired by {o}?
spouse | person>person | {s} is married to {o}; {s} married {o}; the spouse of {s} is {o}; {s} wed {o}; {o} is the spouse of {s} | Who is {s} married to?; Who is the spouse of {s}?; Whom did {s} marry?; Who is {s}'s spouse? | the spouse of {s} |
studied at | person>school | {s} studied at {o}; {s} graduated from {o}; {s} attended {o}; {s} was educated at {o}; {o} counts {s} among its graduates | Where did {s} study?; Which school did {s} attend?; Where was {s} educated?; What is the alma mater of {s}? | the alma mater of {s} | Who graduated from {o}?; Who studied at {o}?
teaches at | person>school | {s} teaches at {o}; {s} is a professor at {o}; {s} lectures at {o}; {o} appointed {s} as a professor | Where does {s} teach?; At which institution is {s} a professor? | the institution where {s} teaches | Who teaches at {o}?
taught by | person>person | {s} studied under {o}; {s} was taught by {o}; {s} was a pupil of {o}; {o} taught {s}; the teacher of {s} was {o} | Who taught {s}?; Who was the teacher of {s}?; Under whom did {s} study? | the teacher of {s} | Whom did {o} teach?
father | person>person | {s} is the child of {o}; the father of {s} was {o}; {o} was the father of {s} | Who was the father of {s}?; Who is {s}'s father? | the father of {s} |
mother | person>person | the mother of {s} was {o}; {o} was the mother of {s}; {o} gave birth to {s} | Who was the mother of {s}?; Who is {s}'s mother? | the mother of {s} |
plays for | person>team | {s} plays for {o}; {s} signed for {o}; {s} joined {o}; {o} signed {s} | Which team does {s} play for?; Who does {s} play for?; Which club signed {s}? | the team that {s} plays for | Who plays for {o}?; Who was signed by {o}?
member of | person>band | {s} is a member of {o}; {s} plays in {o}; {s} sings in {o}; {o} features {s} | Which band is {s} a member of?; What band does {s} play in?; Which group is {s} part of? | the band of {s} | Who is a member of {o}?
born on | person>date | {s} was born on {o}; the birth of {s} took place on {o}; {s}'s birthday is {o} | When was {s} born?; What is the date of birth of {s}?; On what date was {s} born? | the birth date of {s} |
died on | person>date | {s} died on {o}; {s} passed away on {o}; the death of {s} came on {o} | When did {s} die?; What is the date of death of {s}? | the date of death of {s} |
occupation | person>job | {s} worked as a {o}; {s} is a {o} by profession; {s} made a living as a {o}; {s} was a {o} | What is the occupation of {s}?; What did {s} do for a living?; What was {s}'s profession? | the occupation of {s} |
speaks | person>language | {s} speaks {o}; the mother tongue of {s} is {o}; {s} grew up speaking {o} | What language does {s} speak?; What is the native language of {s}? | the language of {s} |
works on | person>field | {s} works in the field of {o}; {s} is known for research in {o}; {s} specialises in {o} | What field does {s} work in?; What is {s} known for research in?; What does {s} specialise in? | the field of {s} |
won | person>award | {s} won the {o}; {s} received the {o}; {s} was honoured with the {o}; the {o} went to {s} | Which award did {s} win?; What prize did {s} receive?; What was {s} honoured with? | the award won by {s} | Who won the {o}?; Who received the {o}?
author | book>person | {s} was written by {o}; {o} wrote {s}; the author of {s} is {o}; {s} is a book by {o}; {o} is the author of {s} | Who wrote {s}?; Who is the author of {s}?; By whom was {s} written? | the author of {s} | What did {o} write?; Which book was written by {o}?
publisher | book>company | {s} was published by {o}; {o} published {s}; the publisher of {s} was {o} | Who published {s}?; Which company was the publisher of {s}?; What is the publisher of {s}? | the publisher of {s} | What did {o} publish?
book year | book>year | {s} was published in {o}; {s} first appeared in {o}; {s} came out in {o}; in {o}, {s} appeared in print | When was {s} published?; In what year did {s} come out?; When did {s} first appear? | the publication year of {s} |
director | film>person | {s} was directed by {o}; {o} directed {s}; the director of {s} is {o}; {s} is a film by {o} | Who directed {s}?; Who is the director of {s}?; Who was {s} directed by? | the director of {s} | Which film did {o} direct?; What was directed by {o}?
star | film>person | {s} stars {o}; {o} plays the lead in {s}; the leading role in {s} was played by {o}; {s} features {o} in the main role | Who stars in {s}?; Who plays the lead in {s}?; Which actor had the leading role in {s}? | the star of {s} | Which film stars {o}?
producer | film>person | {s} was produced by {o}; {o} produced {s}; the producer of {s} was {o} | Who produced {s}?; Who was the producer of {s}? | the producer of {s} | What did {o} produce?
studio | film>company | {s} was made by {o}; {s} was distributed by {o}; {o} financed {s} | Which company made {s}?; What company distributed {s}?; Which studio made {s}? | the studio behind {s} |
film year | film>year | {s} was released in {o}; {s} premiered in {o}; {s} reached cinemas in {o} | When was {s} released?; What year did {s} premiere?; When did {s} come out? | the release year of {s} |
film genre | film>genre | {s} is a work of {o}; the genre of {s} is {o}; critics filed {s} under {o} | What genre is {s}?; What is the genre of {s}? | the genre of {s} |
based on | film>book | {s} is based on {o}; {s} adapts {o}; {o} was turned into {s}; {o} inspired {s} | Which book is {s} based on?; What does {s} adapt?; What inspired {s}? | the book that {s} is based on | Which film is based on {o}?
performer | song>person | {s} was performed by {o}; {s} was recorded by {o}; {o} sang {s}; the performer of {s} is {o} | Who performed {s}?; Who sang {s}?; Who is the performer of {s}? | the performer of {s} | Which song did {o} record?
composer | song>person | {s} was composed by {o}; {o} composed {s}; the music of {s} is by {o} | Who composed {s}?; Who is the composer of {s}?; Who wrote the music of {s}? | the composer of {s} | What did {o} compose?
record label | band>company | {s} signed with {o}; {s} is signed to {o}; {o} is the record label of {s} | What is the record label of {s}?; Which label is {s} signed to? | the record label of {s} |
band from | band>city | {s} was formed in {o}; {s} came together in {o}; {s} originated in {o} | Where was {s} formed?; What city is {s} from?; Where did {s} originate? | the home city of {s} | Which band was formed in {o}?
painter | painting>person | {s} was painted by {o}; {o} painted {s}; the painter of {s} was {o} | Who painted {s}?; Who is the painter of {s}? | the painter of {s} | What did {o} paint?
hangs in | painting>building | {s} hangs in {o}; {s} is kept at {o}; {o} owns {s} | Where does {s} hang?; Where is {s} kept?; Which building holds {s}? | the home of {s} |
headquarters | company>city | {s} is based in {o}; {s} is headquartered in {o}; the headquarters of {s} is in {o}; {s} has its head office in {o}; {o} is home to {s} | Where is {s} based?; Where is the headquarters of {s}?; In which city is {s} headquartered? | the headquarters city of {s} | Which company is based in {o}?; What is headquartered in {o}?
founder | company>person | {s} was founded by {o}; {o} founded {s}; the founder of {s} is {o}; {s} was started by {o}; {o} set up {s} | Who founded {s}?; Who is the founder of {s}?; Who started {s}?; Who set up {s}? | the founder of {s} | What did {o} found?; Which company was founded by {o}?
founded year | company>year | {s} was founded in {o}; {s} was established in {o}; {s} dates from {o}; {o} saw the founding of {s} | When was {s} founded?; In what year was {s} established?; When was {s} set up? | the founding year of {s} |
chief | company>person | {s} is led by {o}; {o} runs {s}; the chief executive of {s} is {o}; {o} is the head of {s} | Who leads {s}?; Who runs {s}?; Who is the chief executive of {s}? | the chief executive of {s} | What does {o} run?
owner | company>company | {s} is owned by {o}; {o} owns {s}; {s} is a subsidiary of {o}; {o} bought {s}; {s} was acquired by {o} | Who owns {s}?; Who acquired {s}?; What is the parent company of {s}?; Which company bought {s}? | the owner of {s} | Which company did {o} acquire?; What does {o} own?
employees | company>count | {s} employs a staff of {o}; the number of employees of {s} is {o}; {s} has a workforce of {o} | How many people does {s} employ?; How many employees does {s} have?; How large is the workforce of {s}? | the number of employees of {s} |
revenue | company>money | {s} reported revenue of {o}; the annual sales of {s} came to {o}; {s} earned {o} | What was the revenue of {s}?; How much did {s} earn?; What were the annual sales of {s}? | the revenue of {s} |
makes | company>product | {s} manufactures the {o}; {s} makes the {o}; the {o} is built by {s}; the {o} was developed by {s} | What does {s} manufacture?; Which product does {s} make? | the product of {s} | Who makes the {o}?; Which company built the {o}?; Who developed the {o}?
designer | product>person | {s} was designed by {o}; {o} designed {s}; the designer of {s} is {o}; {s} was invented by {o} | Who designed {s}?; Who invented {s}?; Who is the designer of {s}? | the designer of {s} | What did {o} design?
school in | school>city | {s} is located in {o}; {s} stands in {o}; {s} has its campus in {o}; {o} hosts {s} | Where is {s} located?; In which city is {s}?; Where is the campus of {s}? | the city of {s} | Which school is located in {o}?
rector | school>person | {s} is headed by {o}; the rector of {s} is {o}; {o} serves as president of {s} | Who heads {s}?; Who is the rector of {s}?; Who is the president of {s}? | the head of {s} |
students | school>count | {s} has an enrolment of {o}; {s} enrols a total of {o}; the number of students at {s} is {o} | How many students attend {s}?; What is the enrolment of {s}? | the enrolment of {s} |
school year | school>year | {s} opened in {o}; {s} was founded in {o}; {s} admitted its first students in {o} | When did {s} open?; When was {s} founded? | the opening year of {s} |
team home | team>building | {s} plays its home games at {o}; the home ground of {s} is {o}; {o} is the home of {s} | Where does {s} play its home games?; What is the home ground of {s}? | the home ground of {s} | Which team plays at {o}?
coach | team>person | {s} is coached by {o}; {o} coaches {s}; the head coach of {s} is {o}; {o} took charge of {s} | Who coaches {s}?; Who is the head coach of {s}?; Who took charge of {s}? | the coach of {s} | Which team does {o} coach?
captain | team>person | {s} is captained by {o}; {o} is the captain of {s} | Who is the captain of {s}?; Who captains {s}? | the captain of {s} |
mayor | city>person | the mayor of {s} is {o}; {s} is governed by {o}; {o} is the mayor of {s}; {o} was elected mayor of {s} | Who is the mayor of {s}?; Who governs {s}? | the mayor of {s} | Of which city is {o} the mayor?
city in | city>region | {s} is a city in {o}; {s} lies in {o}; {s} belongs to {o}; {o} includes {s} | In which region is {s}?; Where is {s}?; What region does {s} belong to? | the region of {s} | Which city lies in {o}?
city country | city>country | {s} is located in {o}; {s} is a town in {o}; {s} is part of {o} | In which country is {s}?; What country does {s} belong to?; Which country is {s} located in? | the country of {s} | Which city is located in {o}?
population | city>count | {s} has a population of {o}; the population of {s} is {o}; {s} counts {o} inhabitants | What is the population of {s}?; How many people live in {s}?; How many inhabitants does {s} have? | the population of {s} |
on river | city>river | {s} lies on {o}; {s} stands on the banks of {o}; {o} flows through {s} | Which river flows through {s}?; On which river does {s} lie? | the river of {s} | Which city lies on {o}?
twin | city>city | {s} is twinned with {o}; {o} is the sister city of {s} | Which city is {s} twinned with?; What is the sister city of {s}? | the sister city of {s} |
capital | country>city | the capital of {s} is {o}; {s} has its capital at {o}; {o} is the capital of {s}; {s} is governed from {o} | What is the capital of {s}?; Which city is the capital of {s}? | the capital of {s} | Of which country is {o} the capital?
head of state | country>person | {s} is ruled by {o}; the president of {s} is {o}; {o} is the head of state of {s}; {o} became president of {s} | Who is the president of {s}?; Who rules {s}?; Who is the head of state of {s}? | the president of {s} | Which country is ruled by {o}?
currency lang | country>language | the official language of {s} is {o}; people in {s} speak {o}; {o} is the official language of {s} | What is the official language of {s}?; What language is spoken in {s}? | the official language of {s} |
highest | country>mountain | the highest point of {s} is {o}; {s} reaches its highest elevation at {o}; {o} is the highest mountain in {s} | What is the highest point of {s}?; Which mountain is the highest in {s}? | the highest point of {s} |
borders | country>country | {s} borders {o}; {s} shares a frontier with {o} | Which country does {s} border?; What country shares a frontier with {s}? | the neighbour of {s} |
region in | region>country | {s} is a region of {o}; {s} forms part of {o}; {s} belongs to {o} | Which country does {s} belong to?; In which country is {s}? | the country of {s} |
region seat | region>city | {s} is administered from {o}; the seat of {s} is {o}; the largest city of {s} is {o} | What is the seat of {s}?; From where is {s} administered?; What is the largest city of {s}? | the seat of {s} |
river mouth | river>river | {s} flows into {o}; {s} is a tributary of {o}; {o} receives the waters of {s} | What does {s} flow into?; Which river is {s} a tributary of? | the river that {s} flows into | What flows into {o}?
river source | river>mountain | {s} rises on {o}; the source of {s} is on {o}; {s} springs from the slopes of {o} | Where does {s} rise?; What is the source of {s}? | the source of {s} |
river length | river>length | {s} has a length of {o}; {s} is {o} long; the length of {s} is {o} | How long is {s}?; What is the length of {s}? | the length of {s} |
height | mountain>length | {s} rises to {o}; {s} is {o} high; the height of {s} is {o}; {s} has an elevation of {o} | How high is {s}?; What is the height of {s}?; What is the elevation of {s}? | the height of {s} |
first climbed | mountain>person | {s} was first climbed by {o}; {o} was the first to climb {s}; {o} made the first ascent of {s} | Who first climbed {s}?; Who made the first ascent of {s}? | the first climber of {s} |
mountain in | mountain>region | {s} is found in {o}; {s} stands in {o}; {s} dominates {o} | Where is {s} found?; In which region does {s} stand? | the region of {s} |
architect | building>person | {s} was designed by {o}; {o} designed {s}; the architect of {s} was {o}; {s} is the work of {o} | Who designed {s}?; Who was the architect of {s}? | the architect of {s} | What did {o} design?
building in | building>city | {s} stands in {o}; {s} is located in {o}; {s} is a landmark of {o} | Where is {s} located?; In which city does {s} stand?; Where is {s}? | the city of {s} | Which building stands in {o}?
completed | building>year | {s} was completed in {o}; {s} was built in {o}; {s} opened in {o}; construction of {s} ended in {o} | When was {s} completed?; When was {s} built?; What year did {s} open? | the completion year of {s} |
built of | building>material | {s} is built of {o}; the walls of {s} are made of {o}; {s} was constructed from {o} | What is {s} built of?; What are the walls of {s} made of?; What material was {s} constructed from? | the material of {s} |
cost | building>money | {s} cost {o}; the construction of {s} cost {o}; {o} was spent on {s} | How much did {s} cost?; What was the cost of {s}? | the cost of {s} |
named after | building>person | {s} was named after {o}; {s} is named for {o}; {s} honours {o} | Who was {s} named after?; Whom does {s} honour? | the person {s} is named after |
award by | award>company | {s} is awarded by {o}; {o} sponsors {s}; {s} is given by {o} | Who awards {s}?; Who sponsors {s}?; Which organisation gives {s}? | the sponsor of {s} |
award year | award>year | {s} was first awarded in {o}; {s} was established in {o}; {s} goes back to {o} | When was {s} first awarded?; When was {s} established? | the first year of {s} |
discovered by | species>person | {s} was discovered by {o}; {o} discovered {s}; {s} was first described by {o}; {o} first described {s} | Who discovered {s}?; Who first described {s}? | the discoverer of {s} | What did {o} discover?
found in | species>region | {s} is found in {o}; {s} is native to {o}; {s} grows only in {o}; the range of {s} is {o} | Where is {s} found?; Where is {s} native to?; What is the range of {s}? | the range of {s} | Which species is native to {o}?
described in | species>year | {s} was described in {o}; {s} became known to science in {o} | When was {s} described?; In what year did {s} become known to science? | the year {s} was described |
launched | product>year | {s} was launched in {o}; {s} went on sale in {o}; {s} was introduced in {o} | When was {s} launched?; When did {s} go on sale?; When was {s} introduced? | the launch year of {s} |
price | product>money | {s} sold for {o}; the price of {s} was {o}; buyers paid {o} for {s} | How much did {s} cost?; What was the price of {s}? | the price of {s} |
"""

NOUN_FRAMES = [
    "the {n} of {s} is {o}", "{s}'s {n} is {o}", "the {n} of {s} was {o}", "{o} is the {n} of {s}", "{o} was {s}'s {n}",
    "{o} served as the {n} of {s}", "the {n} of {s} remains {o}", "as {n}, {s} has {o}",
]
NOUN_QUESTIONS = ["What is the {n} of {s}?", "What is {s}'s {n}?", "Which is the {n} of {s}?", "What was the {n} of {s}?", "Tell me the {n} of {s}."]
WHO_QUESTIONS = ["Who is the {n} of {s}?", "Who is {s}'s {n}?", "Who was the {n} of {s}?", "Who served as the {n} of {s}?", "Name the {n} of {s}."]
NOUN_TABLE = """
person>person: mentor, brother, sister, son, daughter, agent, rival, assistant, biographer, publisher, partner, grandfather, uncle, friend, translator, secretary, neighbour, doctor, lawyer, patron, successor, predecessor, student, cousin, bodyguard
person>city: hometown, residence, workplace, favourite city
person>company: sponsor, main client, first employer
person>book: best-known book, first novel, favourite book, last work
person>film: first film, best-known film
person>product: instrument, car model
company>person: chairman, treasurer, spokesman, main shareholder, legal adviser, chief engineer, finance director
company>company: main rival, largest supplier, largest customer, auditor, bank
company>city: main office, oldest branch, manufacturing site, birthplace
company>product: flagship product, first product, best-selling model
company>building: main building, showroom, archive
school>person: dean, librarian, founder, first rector, best-known graduate
school>building: main hall, library building, oldest building
school>city: second campus
team>person: top scorer, goalkeeper, manager, owner, physiotherapist
team>company: main sponsor, kit supplier
team>team: main rival, reserve team
band>person: lead singer, drummer, guitarist, bassist, songwriter, manager
band>song: best-known song, debut single, closing number
city>building: tallest building, main museum, oldest church, central station, largest theatre
city>person: patron saint, best-known resident, chief of police
city>company: largest employer, bus operator, local newspaper
country>person: prime minister, foreign minister, national poet, first king
country>city: largest city, former capital, main port
country>company: national airline, central bank, state broadcaster
country>river: longest river, largest lake
region>person: governor, first governor
region>river: main river
film>person: composer, editor, screenwriter, cinematographer, narrator, villain
film>city: setting, filming location
film>film: sequel, prequel
book>person: illustrator, translator, editor, main character, narrator, dedicatee
book>city: setting
book>book: sequel, companion volume
song>band: original performer
song>film: source film
painting>person: owner, subject, model
building>person: owner, builder, restorer, main tenant
building>company: developer, operator, contractor
building>length: height, width
award>person: first winner, latest winner, founder, youngest winner
award>city: venue
species>river: habitat
species>length: wingspan, average size
product>company: manufacturer, distributor
product>product: successor, predecessor
product>length: range, width
river>length: depth, width
"""


@dataclass(frozen=True)
class Relation:
    """One relation: types of its ends, its statements and its questions (templates with {s} and {o})."""

    name: str
    subject: str
    object: str
    statements: tuple[str, ...]
    questions: tuple[str, ...]
    noun_phrase: str
    inverse: tuple[str, ...] = field(default=())


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _parse_line(line: str) -> Relation:
    name, ends, statements, questions, phrase, inverse = (line + "|").split("|")[:6]
    subject, obj = ends.strip().split(">")
    return Relation(name.strip(), subject, obj, _split(statements), _split(questions), phrase.strip(), _split(inverse))


def _noun_relation(subject: str, obj: str, noun: str) -> Relation:
    questions = WHO_QUESTIONS if obj == "person" else NOUN_QUESTIONS
    frames = [f for f in NOUN_FRAMES if "served" not in f or obj == "person"]
    fill = lambda templates: tuple(t.replace("{n}", noun) for t in templates)
    return Relation(noun, subject, obj, fill(frames), fill(questions), f"the {noun} of {{s}}")


def all_relations() -> list[Relation]:
    """Every relation of both tables, in a fixed order."""
    relations = [_parse_line(line) for line in TABLE.strip().splitlines()]
    for line in NOUN_TABLE.strip().splitlines():
        ends, nouns = line.split(":")
        subject, obj = ends.split(">")
        relations += [_noun_relation(subject, obj, noun.strip()) for noun in nouns.split(",")]
    return relations


RELATIONS = all_relations()
CORE = RELATIONS[: len(TABLE.strip().splitlines())]
