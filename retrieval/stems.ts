/** Word forms brought together so that "sank" meets "sink" and "ships" meets "ship". English; other words pass. */

const IRREGULAR: Readonly<Record<string, string>> = Object.fromEntries(
  `be:is,are,was,were,been become:became begin:began,begun bear:bore,born,borne break:broke,broken
   bring:brought build:built,builder,building,buildings buy:bought catch:caught choose:chose,chosen
   come:came die:died,dying,death draw:drew,drawn drive:drove,driven eat:ate,eaten fall:fell,fallen
   feel:felt fight:fought find:found fly:flew,flown freeze:froze,frozen get:got,gotten give:gave,given
   go:went,gone grow:grew,grown have:has,had hear:heard hold:held keep:kept know:knew,known
   lead:led,leader leave:left lend:lent lie:lay,lain,lying lose:lost,loss make:made,maker mean:meant
   meet:met pay:paid,payment put: read: ride:rode,ridden rise:rose,risen run:ran say:said see:saw,seen
   sell:sold,sale send:sent shoot:shot sing:sang,sung sink:sank,sunk,sunken sit:sat speak:spoke,spoken
   spend:spent stand:stood steal:stole,stolen swim:swam take:took,taken teach:taught,teacher tell:told
   think:thought throw:threw,thrown understand:understood wear:wore,worn win:won,winner write:wrote,written,writer`
    .split(/\s+/)
    .flatMap((entry) => {
      const [base = '', forms = ''] = entry.split(':');
      return forms
        .split(',')
        .filter(Boolean)
        .map((form) => [form, base] as const);
    }),
);

/** A light stemmer: irregular forms by table, then endings. */
export function stem(word: string): string {
  return ending(IRREGULAR[word] ?? word);
}

function ending(word: string): string {
  const { length } = word;
  if (length > 5 && word.endsWith('ing')) return undouble(word.slice(0, -3));
  if (length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (length > 4 && word.endsWith('ied')) return `${word.slice(0, -3)}y`;
  if (length > 6 && word.endsWith('er')) return undouble(word.slice(0, -2));
  if (length > 4 && word.endsWith('ed')) return undouble(word.slice(0, -2));
  if (length > 4 && /(?:ss|sh|ch|x)es$/.test(word)) return word.slice(0, -2);
  if (length > 3 && word.endsWith('s') && !word.endsWith('ss')) return bare(word.slice(0, -1));
  return bare(word);
}

/** "planned" and "planning" meet "plan". */
function undouble(stemmed: string): string {
  return bare(/([bdgmnprt])\1$/.test(stemmed) ? stemmed.slice(0, -1) : stemmed);
}

/** "named" and "name" meet in "nam". */
function bare(word: string): string {
  return word.length > 3 && word.endsWith('e') ? word.slice(0, -1) : word;
}
