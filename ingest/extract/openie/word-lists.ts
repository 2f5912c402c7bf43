/** Closed word classes of the clause grammar. */

function list(words: string): ReadonlySet<string> {
  return new Set(words.trim().split(/\s+/));
}

/** Irregular verbs whose past is no participle. */
export const PAST_ONLY =
  list(`began wrote took gave went came became saw knew grew drew flew threw blew did ate drank sang
  swam rang sank rose drove rode spoke broke chose froze stole woke awoke wore bore tore swore fell forgot hid bit shook arose
  shrank sprang strove wove withdrew overtook undertook mistook overthrew underwent ran overran foresaw oversaw outgrew
  overcame rewrote retook forgave forbade forsook partook was were had lay slew trod stank befell showed`);

export const PARTICIPLE_ONLY =
  list(`begun written taken given gone seen known grown drawn flown thrown blown done eaten drunk
  sung swum rung sunk risen driven ridden spoken broken chosen frozen stolen woken awoken worn borne born torn sworn fallen
  forgotten hidden bitten shaken arisen shrunk sprung striven woven withdrawn overtaken undertaken mistaken overthrown
  undergone overrun foreseen overseen outgrown rewritten retaken forgiven forbidden been beaten proven shown sewn mown sown
  lain slain trodden stunk befallen`);

/** Irregular verbs whose past is also the participle. */
export const IRREGULAR_BOTH =
  list(`built rebuilt made remade held upheld withheld left led misled met won lost sold resold told
  retold said paid repaid laid sent spent lent bent kept slept felt dealt meant bought brought caught taught thought sought
  fought found bound wound ground heard overheard stood understood misunderstood withstood sat set reset put cut hit hurt let
  shut cost cast broadcast forecast split spread read shot got struck stuck hung swung dug spun lit slid fed bred fled bled
  sped clung flung stung swept wept crept leapt leaped shone burnt learnt dreamt spelt spoilt spilt sprung bet quit rid burst
  thrust upset offset undid sold knelt leant bred begot`);

export const BE = list("be is am are was were been being 's 're 'm");
export const FINITE_AUX =
  list(`is am are was were has have had does do did will would can could may might shall should must
  ca wo ought cannot 's 're 'm 've 'd 'll`);
export const RELATIVE = list('who which that whom whose where');
export const SUBORDINATORS =
  list(`because although though while when whenever if unless since after before until till whereas
  once as whether that than lest provided`);
/** Take a clause as object without "that". */
export const REPORTING =
  list(`say says said saying tell tells told add adds added think thinks thought believe believes believed
  claim claims claimed argue argues argued suggest suggests suggested note notes noted report reports reported announce
  announces announced state states stated know knows knew hope hopes hoped predict predicts predicted explain explains
  explained admit admits admitted maintain maintains maintained contend contends contended insist insists insisted show shows
  showed indicate indicates indicated feel feels felt conclude concludes concluded estimate estimates estimated warn warns
  warned decide decides decided discover discovers discovered find finds found learn learns learned realize realizes realized
  fear fears feared acknowledge acknowledges acknowledged agree agrees agreed deny denies denied mean means meant reveal reveals
  revealed recall recalls recalled assert asserts asserted declare declares declared ensure ensures ensured guess see sees
  remember remembers concede concedes conceded expect expects expected assume assumes assumed imply implies implied figure
  figures figured caution cautions cautioned`);
/** Put whoever speaks behind the words. */
export const SAYING =
  list(`say says said tell told add adds added ask asks asked explain explains explained write writes wrote
  note notes noted argue argues argued declare declares declared insist insists insisted`);
export const TIME_NOUNS =
  list(`year years month months week weeks day days hour hours minute minutes morning afternoon evening
  night decade century time season weekend today yesterday tomorrow monday tuesday wednesday thursday friday saturday sunday
  january february march april may june july august september october november december spring summer autumn fall winter`);
export const PARTICLES = list(
  'up out off down over away back on in along apart together forth aside',
);
