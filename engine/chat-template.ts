/** Renders a checkpoint's own chat template (Jinja, as Hugging Face checkpoints carry it). */
import { Template } from '@huggingface/jinja';
import type { CheckpointFolder, JsonObject } from './checkpoint/folder.ts';
import { isObject } from './checkpoint/folder.ts';
import { ChatTemplateError } from './errors.ts';
import type { ChatMessage } from './types.ts';

export interface ChatTemplate {
  /** The template's source, `undefined` if the checkpoint has none. */
  readonly source: string | undefined;
  render(messages: readonly ChatMessage[], addGenerationPrompt: boolean): string;
}

/**
 * Some templates (Llama 3.1) print today's date into the system prompt. A prompt prefix that changes at
 * midnight would make every cached chunk useless, so templates always see the day they fall back to.
 */
const fixedDate = new Date(Date.UTC(2024, 6, 26));

export function readChatTemplate(
  folder: CheckpointFolder,
  tokenizerConfig: JsonObject,
): ChatTemplate {
  const source = findSource(folder, tokenizerConfig);
  const where = folder.path;
  const specials = specialTokens(tokenizerConfig);
  let parsed: Template | undefined;
  return {
    source,
    render(messages, addGenerationPrompt) {
      if (source === undefined) {
        throw new ChatTemplateError(`${where} has no chat template`, {
          fix: 'Use an instruction-tuned checkpoint, or add a chat_template.jinja to the folder.',
        });
      }
      try {
        // The library declares strftime_now itself, with today's date, and refuses a second one.
        parsed ??= new Template(source.replaceAll(/\bstrftime_now\b/g, 'fixed_strftime_now'));
        return parsed.render({
          ...specials,
          messages: messages.map(({ role, content }) => ({ role, content })),
          add_generation_prompt: addGenerationPrompt,
          fixed_strftime_now: formatFixedDate,
        });
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new ChatTemplateError(
          `The chat template of ${where} rejects the messages: ${reason}`,
          {
            fix: 'Check the order of roles; some templates allow no system message or demand alternating roles.',
            cause,
          },
        );
      }
    },
  };
}

function findSource(folder: CheckpointFolder, config: JsonObject): string | undefined {
  if (folder.has('chat_template.jinja')) return folder.readText('chat_template.jinja');
  const stored = config['chat_template'];
  if (typeof stored === 'string') return stored;
  if (!Array.isArray(stored)) return undefined;
  const named = stored.filter(isObject).find(({ name }) => name === 'default');
  return typeof named?.['template'] === 'string' ? named['template'] : undefined;
}

/** `bos_token` and the like, which templates print. */
function specialTokens(config: JsonObject): Record<string, string> {
  const tokens: Record<string, string> = {};
  for (const [key, value] of Object.entries(config)) {
    const text = isObject(value) ? value['content'] : value;
    if (/^(bos|eos|unk|pad|sep|cls|mask)_token$/.test(key) && typeof text === 'string')
      tokens[key] = text;
  }
  return tokens;
}

/** The day, month and year forms of strftime that templates use. */
function formatFixedDate(format: string): string {
  const part = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' }).format(fixedDate);
  const forms: Record<string, string> = {
    '%d': part({ day: '2-digit' }),
    '%m': part({ month: '2-digit' }),
    '%b': part({ month: 'short' }),
    '%B': part({ month: 'long' }),
    '%Y': part({ year: 'numeric' }),
    '%y': part({ year: '2-digit' }),
  };
  return format.replace(/%[a-zA-Z]/g, (directive) => forms[directive] ?? directive);
}
