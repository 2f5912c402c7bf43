/**
 * Text <-> token ids by the checkpoint's tokenizer.json. Pure JavaScript.
 *
 * Text that a user or a document brings is encoded with `special: false`: whatever it contains, no id
 * of a special token comes out, so a document cannot close a chat turn. Decoding leaves special tokens
 * out.
 */
import { createHash } from 'node:crypto';
import * as library from '@huggingface/tokenizers';
import { readChatTemplate, type ChatTemplate } from './chat-template.ts';
import {
  type CheckpointFolder,
  isObject,
  type JsonObject,
  openCheckpointFolder,
} from './checkpoint/folder.ts';
import { tokenBytes } from './constrained/token-bytes.ts';
import { CheckpointError, UnsupportedCheckpointError } from './errors.ts';
import type { ChatMessage, Tokenizer } from './types.ts';

/** What is used of the library, whose own declarations do not resolve under `nodenext`. */
interface HfTokenizer {
  encode(
    text: string,
    options: { add_special_tokens: boolean; text_pair?: string },
  ): { readonly ids: number[] };
  decode(
    ids: readonly number[],
    options: { skip_special_tokens: boolean; clean_up_tokenization_spaces: boolean },
  ): string;
  id_to_token(id: number): string | undefined;
  token_to_id(token: string): number | undefined;
  get_vocab(): Map<string, number>;
}

const LibraryTokenizer = library.Tokenizer as unknown as new (
  json: JsonObject,
  config: JsonObject,
) => HfTokenizer;

/** Reads `tokenizer.json`, `tokenizer_config.json` and the chat template of a checkpoint folder. */
export function loadTokenizer(folder: string): CheckpointTokenizer {
  return openTokenizer(openCheckpointFolder(folder));
}

export function openTokenizer(folder: CheckpointFolder): CheckpointTokenizer {
  const text = folder.readText('tokenizer.json');
  const config = folder.readJsonIfPresent('tokenizer_config.json') ?? {};
  const json = folder.readJson('tokenizer.json');
  refuseUnknownParts(folder.pathOf('tokenizer.json'), json);
  const template = readChatTemplate(folder, config);
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([text, template.source ?? null]))
    .digest('hex');
  try {
    return new CheckpointTokenizer(json, config, template, fingerprint);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CheckpointError(
      folder.pathOf('tokenizer.json'),
      `is not a tokenizer that can be used: ${reason}`,
      {
        cause,
      },
    );
  }
}

/** Parts that the library would run, but not as the reference does. */
function refuseUnknownParts(file: string, json: JsonObject): void {
  const model = isObject(json['model']) ? json['model']['type'] : undefined;
  const models = ['BPE', 'Unigram', 'WordPiece'];
  if (!models.includes(String(model))) {
    throw new UnsupportedCheckpointError(file, 'model.type', models.join(' or '), model);
  }
  // Its \w knows only ASCII letters in JavaScript.
  if (JSON.stringify(json['pre_tokenizer'] ?? null).includes('"type":"Whitespace"')) {
    throw new UnsupportedCheckpointError(file, 'pre_tokenizer', 'another one', 'Whitespace');
  }
}

export class CheckpointTokenizer implements Tokenizer {
  readonly fingerprint: string;
  readonly vocabSize: number;
  readonly #json: JsonObject;
  readonly #config: JsonObject;
  readonly #template: ChatTemplate;
  readonly #full: HfTokenizer;
  /** Ids and texts of all special tokens; decoding leaves them out. */
  readonly #specialTexts: ReadonlyMap<number, string>;
  /** The unknown token is special, too, but plain text may well give it. */
  readonly #unknownId: number | undefined;
  /** Does not know special tokens; made when a text first contains one. */
  #plain: HfTokenizer | undefined;
  readonly #frame: { readonly before: readonly number[]; readonly after: readonly number[] };
  /** What stands between two texts that are read together, and behind them. */
  readonly #pairFrame: { readonly between: readonly number[]; readonly after: readonly number[] };

  constructor(json: JsonObject, config: JsonObject, template: ChatTemplate, fingerprint: string) {
    // Stored truncation and padding are settings of whoever exported the file. This library does not
    // apply them; they are dropped so that no version of it ever will.
    this.#json = { ...json, truncation: null, padding: null };
    this.#config = config;
    this.#template = template;
    this.fingerprint = fingerprint;
    this.#full = new LibraryTokenizer(this.#json, config);
    this.#specialTexts = specialTexts(json);
    this.#unknownId = unknownId(json, this.#full);
    this.vocabSize =
      1 + [...this.#full.get_vocab().values()].reduce((most, id) => Math.max(most, id), -1);
    this.#frame = this.#findFrame();
    this.#pairFrame = this.#findPairFrame();
  }

  encode(text: string, { special = false }: { special?: boolean } = {}): number[] {
    const ids = encodeAlone(this.#full, text);
    return special || !this.#hasSpecial(ids) ? ids : this.#encodePlain(text);
  }

  decode(ids: readonly number[]): string {
    const known = ids.filter(
      (id) => this.#full.id_to_token(id) !== undefined && !this.#specialTexts.has(id),
    );
    if (known.length === 0) return '';
    return this.#full.decode(known, {
      skip_special_tokens: false,
      clean_up_tokenization_spaces: false,
    });
  }

  count(text: string): number {
    return this.encode(text).length;
  }

  renderChat(messages: readonly ChatMessage[], options: { addGenerationPrompt: boolean }): string {
    return this.#template.render(messages, options.addGenerationPrompt);
  }

  tokenBytes(): readonly (Uint8Array | undefined)[] | undefined {
    const special = new Set(this.#specialTexts.keys());
    return tokenBytes(this.#json, this.#full.get_vocab(), special);
  }

  stream(): { push(id: number): string; end(): string } {
    return streamText((ids) => this.decode(ids));
  }

  /**
   * Ids as an encoder model takes them: framed by the tokens of the post-processor ([CLS], [SEP]) and
   * cut to `maxTokens` in all.
   */
  encodeFramed(text: string, maxTokens: number): number[] {
    const { before, after } = this.#frame;
    const room = Math.max(0, maxTokens - before.length - after.length);
    return [...before, ...encodeAlone(this.#full, text).slice(0, room), ...after];
  }

  /**
   * Two texts as an encoder takes them: [CLS] first [SEP] second [SEP], the second with its [SEP] of type 1;
   * RoBERTa has two separators in the middle.
   * Only the second is cut to make `maxTokens` in all, unless the first alone is longer. Neither can hold a special
   * token, whatever it spells.
   */
  encodePair(first: string, second: string, maxTokens: number): { ids: number[]; types: number[] } {
    const { before } = this.#frame;
    const { between, after } = this.#pairFrame;
    const room = Math.max(0, maxTokens - before.length - between.length - after.length);
    const asked = this.encode(first).slice(0, room);
    const start = [...before, ...asked, ...between];
    const rest = [...this.encode(second).slice(0, room - asked.length), ...after];
    return { ids: [...start, ...rest], types: [...start.map(() => 0), ...rest.map(() => 1)] };
  }

  #hasSpecial(ids: readonly number[]): boolean {
    return ids.some((id) => this.#isForbidden(id));
  }

  #isForbidden(id: number): boolean {
    return id !== this.#unknownId && this.#specialTexts.has(id);
  }

  #encodePlain(text: string): number[] {
    this.#plain ??= new LibraryTokenizer(withoutSpecial(this.#json), this.#config);
    const ids = encodeAlone(this.#plain, text);
    if (!this.#hasSpecial(ids)) return ids;
    // The vocabulary itself spells a special token (some Unigram models): break its text in two.
    const found = [...this.#specialTexts.values()].find(
      (token) => token.length > 1 && text.includes(token),
    );
    if (found === undefined) return ids.filter((id) => !this.#isForbidden(id));
    const cut = text.indexOf(found) + 1;
    return [...this.#encodePlain(text.slice(0, cut)), ...this.#encodePlain(text.slice(cut))];
  }

  #findFrame(): { before: number[]; after: number[] } {
    const probe = 'a';
    const alone = encodeAlone(this.#full, probe);
    const framed = this.#full.encode(probe, { add_special_tokens: true }).ids;
    const extra = framed.length - alone.length;
    const start = Array.from({ length: extra + 1 }, (_, i) => i).find((i) =>
      alone.every((id, j) => framed[i + j] === id),
    );
    return {
      before: framed.slice(0, start ?? 0),
      after: framed.slice((start ?? 0) + alone.length),
    };
  }

  #findPairFrame(): { between: number[]; after: number[] } {
    const probe = 'a';
    const alone = encodeAlone(this.#full, probe);
    const { before, after } = this.#frame;
    const options = { add_special_tokens: true, text_pair: probe };
    const rest = this.#full.encode(probe, options).ids.slice(before.length + alone.length);
    const second = rest.length - alone.length - after.length;
    const isThere = second >= 0 && alone.every((id, i) => rest[second + i] === id);
    return isThere
      ? { between: rest.slice(0, second), after: [...after] }
      : { between: [], after: [] };
  }
}

function encodeAlone(tokenizer: HfTokenizer, text: string): number[] {
  return tokenizer.encode(text, { add_special_tokens: false }).ids;
}

function specialTexts(json: JsonObject): Map<number, string> {
  const texts = new Map<number, string>();
  for (const token of addedTokens(json)) {
    const { id, content, special } = token;
    if (special === true && typeof id === 'number' && typeof content === 'string')
      texts.set(id, content);
  }
  return texts;
}

function unknownId(json: JsonObject, tokenizer: HfTokenizer): number | undefined {
  const model = isObject(json['model']) ? json['model'] : {};
  if (typeof model['unk_id'] === 'number') return model['unk_id'];
  const text = model['unk_token'];
  return typeof text === 'string' ? tokenizer.token_to_id(text) : undefined;
}

function withoutSpecial(json: JsonObject): JsonObject {
  return { ...json, added_tokens: addedTokens(json).filter(({ special }) => special !== true) };
}

function addedTokens(json: JsonObject): JsonObject[] {
  const tokens = json['added_tokens'];
  return Array.isArray(tokens) ? tokens.filter(isObject) : [];
}

/**
 * Decodes a growing list of ids. A character may need several tokens; until it is complete the decoder
 * shows U+FFFD, so text that ends in U+FFFD is held back. Decoding starts at the last safe border, since
 * some decoders treat the first token of a text differently.
 */
function streamText(decode: (ids: readonly number[]) => string): {
  push(id: number): string;
  end(): string;
} {
  const ids: number[] = [];
  let border = 0; // decoding starts here ...
  let shown = 0; // ... and ids before this one have been shown

  function pending(): { text: string; isSafe: boolean } {
    const before = decode(ids.slice(border, shown));
    const now = decode(ids.slice(border));
    const isSafe =
      now.startsWith(before) && now.length > before.length && !now.endsWith('\u{FFFD}');
    return { text: now.slice(before.length), isSafe };
  }
  return {
    push(id) {
      ids.push(id);
      const { text, isSafe } = pending();
      if (!isSafe) return '';
      // A piece that is nothing by itself (a byte order mark) cannot stand first: what follows would lose its space.
      if (decode(ids.slice(shown)) !== '') border = shown;
      shown = ids.length;
      return text;
    },
    end() {
      const { text } = pending();
      border = shown = ids.length;
      return text;
    },
  };
}
