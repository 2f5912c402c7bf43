/** Closed word classes and name words. Lists, because rules can be read and corrected by anyone. */

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

export const DETERMINERS =
  words(`the a an this these those his her its their my our your each every some any no all both
  another either neither several many few much more most such half other various certain`);
export const POSSESSIVE_DETERMINERS = words('his her its their my our your');

export const PRONOUNS =
  words(`i you he she it we they me him us them himself herself itself themselves ourselves myself
  yourself oneself one ones someone somebody something anyone anybody anything everyone everybody everything noone nobody
  nothing none this that these those there here who whom which what whose mine yours hers ours theirs other others
  another each both either neither all some many most several few much more such same latter former`);

export const PREPOSITIONS =
  words(`of in on at by for from to with into onto over under through throughout across during
  between among amongst against about around near along alongside behind beneath beside besides beyond within without
  towards toward upon off via per than like despite outside inside above below past except concerning regarding aboard
  amid unto versus until till opposite underneath as since after before following`);

export const SUBORDINATORS =
  words(`because although though while when whenever where wherever if unless whereas since after
  before once until till so lest whether`);

export const RELATIVES = words('who whom which that whose');
export const CONJUNCTIONS = words('and or but nor yet &');
export const BE = words("be is are was were been being am 's 're");
export const HAVE = words("have has had having 've");
export const DO = words('do does did');
export const MODALS = words("can could may might shall should will would must 'll 'd cannot");
/** Auxiliaries that change what is claimed, so they stay in the relation. */
export const HYPOTHETICAL = words('can could may might should would must cannot');
export const NEGATIONS = words("not never n't hardly no nor cannot");

/** Verbs that link a subject to what it is; the past tense is kept apart on purpose in none of them. */
export const MONTHS = words(
  'january february march april may june july august september october november december',
);
export const TIME_NOUNS =
  words(`day days week weeks month months year years decade decades century centuries morning evening
  night afternoon noon hour hours minute minutes second seconds spring summer autumn winter time times moment today
  yesterday tomorrow season weekend monday tuesday wednesday thursday friday saturday sunday period era age later`);

/** Words that begin sentences in capitals and are no names. */
export const NOT_NAMES =
  words(`however therefore moreover furthermore meanwhile nevertheless nonetheless thus hence also then
  later after before during since until although though because when while where if unless as in on at by for from to with
  into over under through between among against about around near the a an this that these those he she it they we you i his
  her its their our your my who which what whose whom how why there here some many most several few all both each every no
  not only even just still yet soon once twice first second third finally eventually originally currently recently today now
  and or but nor so either neither such other another more less much one two three four five six seven eight nine ten eleven
  twelve additionally similarly instead besides despite according because due like unlike through throughout initially
  formerly previously subsequently following based together according again often sometimes usually generally typically
  perhaps maybe indeed overall notably especially particularly specifically including early late mid various certain
  yes please let see note example chapter section part table figure page appendix abstract introduction references
  january february march april june july august september october november december monday tuesday wednesday thursday
  friday saturday sunday nothing something everything anything none nobody everyone someone anyone whatever whoever
  sir madam mr mrs ms dr prof north south east west`);

export const HONORIFICS =
  words(`mr mrs ms miss dr prof professor sir dame lord lady captain capt lieutenant lt colonel col
  general gen major maj admiral adm commander cmdr sergeant sgt reverend rev father president prime minister senator sen
  governor gov secretary chancellor judge justice inspector chief officer professor`);

/** Connect capitalised words inside a name. */
export const NAME_LINKS = words(
  'of de del della der den des di da dos do du la le las los van von af av y e the zu zur ibn bin al el & ter ten',
);

/** A capitalised noun of this list before "of" makes the whole a name: Bay of Whales, University of Oslo. */
export const OF_HEADS =
  words(`bay sea gulf cape isle island islands strait straits mount mountains river lake valley ocean coast port
  university college school institute academy faculty department ministry bureau office bank church cathedral house
  museum library palace castle tower bridge gate hall temple abbey
  republic kingdom empire state states federation union commonwealth province county district city town duchy principality
  king queen prince princess duke duchess earl count countess baron archbishop bishop pope emperor empress sultan
  battle treaty siege war declaration council court board society association organization organisation league order
  journal book history art lord lords master diocese archdiocese parish band campaign army navy secretary minister president bishop statue garden gardens field feast
  chamber confederation congress parliament assembly house hall board legion knights daughters sons united bachelor
  doctor game games tale tales legend return rise fall chronicles adventures life death birth story song songs isle dukes`);

export const ORGANIZATION_WORDS =
  words(`university college school institute academy department ministry bureau office bank church company co corp
  corporation inc ltd limited llc plc gmbh ag society association organization organisation league council court committee
  commission agency foundation trust museum library press publishers publishing records studios studio pictures
  entertainment group team club fc party union federation army navy force corps regiment brigade orchestra band choir
  parliament congress senate assembly airlines airways railway railways shipyard shipbuilders yard brothers sons partners
  laboratory laboratories hospital center centre network broadcasting television radio times magazine newspaper fleet guard police`);

export const PLACE_WORDS =
  words(`bay sea gulf cape isle island islands strait straits mount mountain mountains river lake valley ocean coast port shelf
  barrier glacier plateau peninsula pole land circle passage archipelago fjord creek hills hill desert forest falls canyon
  beach park street road avenue square bridge harbour harbor city town village county province state district region
  republic kingdom territory airport station castle palace tower cathedral abbey canal basin point plain plains reef
  north south east west`);

export const EVENT_WORDS =
  words(`expedition war battle siege treaty revolution olympics games festival championship championships cup election
  conference congress summit massacre uprising rebellion earthquake hurricane riot riots award awards prize tournament race voyage census crisis`);

export const WORK_WORDS = words(
  `journal magazine times gazette novel symphony opera album song film series book poem sonata concerto anthem trilogy chronicle chronicles`,
);

/** Nouns that stand for a person by what the person does; compromise tags most of them, these it misses. */
export const PERSON_NOUNS =
  words(`man woman boy girl person explorer captain lieutenant officer scientist physicist chemist biologist writer author poet novelist
  actor actress singer musician composer director producer politician leader king queen prince princess president minister businessman
  businesswoman publisher painter artist architect engineer shipbuilder builder designer inventor mathematician philosopher historian
  teacher professor doctor physician surgeon lawyer judge journalist player footballer cricketer coach soldier sailor navigator pilot
  astronaut footballer wrestler boxer dancer comedian model son daughter father mother brother sister wife husband uncle aunt
  cousin nephew niece grandson widow colleague friend rival carpenter cook mate skipper photographer geologist meteorologist
  zoologist botanist surveyor admiral general commander merchant sealer whaler hero member founder owner editor critic
  screenwriter guitarist drummer pianist violinist rapper songwriter broadcaster presenter host missionary priest bishop saint pope emperor`);

/** Nouns of measure: a number before one makes a quantity. */
export const UNITS =
  words(`metre metres meter meters m kilometre kilometres kilometer kilometers km mile miles foot feet ft inch inches cm mm yard yards
  ton tons tonne tonnes kg kilogram kilograms gram grams pound pounds lb lbs litre litres liter liters gallon gallons
  hectare hectares acre acres km2 mph knots knot horsepower hp kw mw gw watt watts volt volts degree degrees percent % per
  dollar dollars euro euros pence cents million billion trillion thousand hundred year years month months week weeks day days hour hours
  minute minutes second seconds century centuries people men women inhabitants residents passengers members students
  seats points goals episodes pages square`);

export const DIMENSIONS = words('long wide broad high tall deep thick old heavy large away');

/** Peoples and languages: they describe, and as names they would tie everything to everything. */
export const DEMONYMS =
  words(`american british english scottish welsh irish french german italian spanish portuguese dutch belgian swiss austrian
  danish norwegian swedish finnish icelandic polish czech slovak hungarian romanian bulgarian greek turkish russian ukrainian
  serbian croatian bosnian slovenian albanian estonian latvian lithuanian chinese japanese korean vietnamese thai indonesian
  malaysian filipino indian pakistani bangladeshi nepali sri lankan iranian persian iraqi israeli jewish arab arabic syrian lebanese egyptian
  moroccan algerian tunisian libyan ethiopian kenyan nigerian ghanaian african south asian european australian canadian
  mexican brazilian argentine argentinian chilean peruvian colombian venezuelan bolivian cuban jamaican puerto rican latin
  roman catholic christian muslim islamic protestant hindu buddhist soviet byzantine ottoman victorian norwegians americans germans
  russians chinese italians europeans indians britons swedes danes finns spaniards greeks turks jews muslims christians scandinavian nordic`);

export const DIRECTIONS = words(
  'north south east west northeast northwest southeast southwest north-east north-west south-east south-west front',
);
/** Of "the whole of X" the X is meant. */
export const QUANTIFIER_NOUNS = words(
  'whole rest most majority part parts half remainder all some one many much number numbers group variety series kind type form member',
);
/** Verbs whose "of" belongs to them. */
export const OF_VERBS =
  /\b(consist\w*|composed|made|built|born|died|dies|die|formed|comprised|told|spoke|thought|heard|dream\w*|accused|convicted|capable|part|proud|full)$/;
/** What people do and ships, towns or books hardly ever. */
export const PERSON_VERBS =
  /^(born|married|died|graduated|educated|studied|wrote|said|led|bought|sold|travelled|traveled|attended|taught|invented|discovered|explored|painted|composed|sang|played|directed|produced|starred|resigned|retired|thought|wanted|decided|believed|argued|proposed|asked|met|commanded|captained|joined|moved|worked|designed|published|appointed|elected|killed|murdered|buried|named|called|wounded|praised|criticized|won)\b/;

/** Adverbs that compromise takes for nouns. */
export const ADVERBS = words(
  'beforehand afterwards afterward nearby today yesterday tomorrow abroad alive together home ashore aboard overboard inland elsewhere everywhere nowhere thereafter thereby therein upstream downstream overseas indoors outdoors someday forever aloud apart aside now then soon later still already also often once just even again never always ever almost quite rather very too',
);
