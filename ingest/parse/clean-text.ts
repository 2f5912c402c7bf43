/** Makes text from any format readable and safe to show: the rules every parser shares. */

const LIGATURES: Record<string, string> = {
  '\uFB00': 'ff',
  '\uFB01': 'fi',
  '\uFB02': 'fl',
  '\uFB03': 'ffi',
  '\uFB04': 'ffl',
  '\uFB05': 'st',
  '\uFB06': 'st',
};

// Soft hyphen, zero-width space, word joiner, BOM, bidi controls, Unicode tags, lone surrogates: nobody can see them, so
// they must not be able to say something. ZWJ and ZWNJ stay, several scripts are spelled with them.
const INVISIBLE =
  /[\u00AD\u200B\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF\uFFF9-\uFFFB]|[\u{E0000}-\u{E007F}]|\p{Cs}/gu;
const CONTROL = /[\u0000-\u0008\u000B\u000E-\u001F\u007F-\u0084\u0086-\u009F]/g;
const SPACES = /[\u00A0\u1680\u2000-\u200A\u202F\u205F\u3000]/g;
const LINE_BREAKS = /\r\n?|[\u000C\u0085\u2028\u2029]/g;

/** NFC, "\n" line ends, plain spaces; control, invisible and broken characters dropped, ligatures resolved. */
export function cleanText(text: string): string {
  return text
    .replace(LINE_BREAKS, '\n')
    .replace(INVISIBLE, '')
    .replace(CONTROL, '')
    .replace(/\uFFFD/g, '')
    .replace(/[\uFB00-\uFB06]/g, (ligature) => LIGATURES[ligature] ?? ligature)
    .replace(SPACES, ' ')
    .normalize('NFC');
}

/** Clean text on one line. */
export function cleanLine(text: string): string {
  return cleanText(text).replace(/\s+/g, ' ').trim();
}

/** Clean text that keeps its lines and their indentation; for code. */
export function cleanLines(text: string): string {
  return cleanText(text)
    .replace(/[ \t]+$/gm, '')
    .replace(/^\n+|\n+$/g, '')
    .replace(/\n{3,}/g, '\n\n');
}
