import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { strFromU8, unzipSync } from 'fflate';
import mammoth from 'mammoth';
import { extractText, getDocumentProxy } from 'unpdf';
import { describe, expect, it } from 'vitest';
import {
  generatedFiles,
  parseArticle,
  renderSample,
  sourcePath,
} from '../../scripts/make-sample.ts';

interface Question {
  id: string;
  question: string;
  hops: number;
  answers: string[];
  documents: string[];
  evidence: string[];
}

const sampleDir = fileURLToPath(new URL('../../ingest/sample/', import.meta.url));
const filesDir = join(sampleDir, 'files');
const questions = readJson<Question[]>('questions.json');
const unanswerable = readJson<{ id: string; question: string; why: string }[]>('unanswerable.json');
const workspace = readJson<{ name: string; description: string; files: string[] }>(
  'workspace.json',
);

function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(join(sampleDir, name), 'utf8')) as T;
}

function normalise(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function withoutTags(html: string): string {
  return html
    .replace(/<[^>]*>/g, '')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

/** The text a reader sees; for generated documents that of their source. */
function documentText(file: string): string {
  const path = generatedFiles.includes(file) ? sourcePath(file) : join(filesDir, file);
  const text = readFileSync(path, 'utf8');
  return normalise(extname(file) === '.html' ? withoutTags(text) : text);
}

function sourceText(file: string): string {
  const { title, blocks } = parseArticle(readFileSync(sourcePath(file), 'utf8'));
  const shown = extname(file) === '.epub' ? blocks.filter(({ text }) => text !== title) : blocks;
  return normalise(shown.map(({ text }) => text).join(' '));
}

async function pdfPages(bytes: Uint8Array): Promise<string[]> {
  const { text } = await extractText(await getDocumentProxy(bytes));
  return text;
}

describe('the sample workspace', () => {
  it('lists exactly the files that lie in its folder', () => {
    expect([...workspace.files].sort()).toEqual(readdirSync(filesDir).sort());
  });

  it('covers every document format that ingest reads', () => {
    const formats = new Set(workspace.files.map((file) => extname(file)));
    expect([...formats].sort()).toEqual([
      '.csv',
      '.docx',
      '.epub',
      '.html',
      '.json',
      '.md',
      '.pdf',
      '.txt',
    ]);
  });

  it.each(workspace.files)('keeps %s between 150 and 450 words', (file) => {
    const words = documentText(file).split(' ').length;
    expect(words).toBeGreaterThanOrEqual(150);
    expect(words).toBeLessThanOrEqual(450);
  });
});

describe('the sample questions', () => {
  it('are ten of one hop and ten of two or three, with ids of their own', () => {
    expect(questions.filter(({ hops }) => hops === 1)).toHaveLength(10);
    expect(questions.filter(({ hops }) => hops === 2 || hops === 3)).toHaveLength(10);
    const ids = [...questions, ...unanswerable].map(({ id }) => id);
    expect(new Set(ids).size).toBe(22);
  });

  it.each(questions)(
    '$id has one document and one sentence of evidence for each hop',
    (question) => {
      expect(new Set(question.documents).size).toBe(question.hops);
      expect(question.evidence).toHaveLength(question.hops);
    },
  );

  it.each(questions)('$id finds its evidence verbatim in the documents it names', (question) => {
    for (const [hop, sentence] of question.evidence.entries()) {
      expect(documentText(question.documents[hop] ?? '')).toContain(normalise(sentence));
    }
  });

  it.each(questions)('$id has its answer in the evidence of the last hop', (question) => {
    expect(question.evidence.at(-1)).toContain(question.answers[0]);
  });

  it.each(questions.filter(({ hops }) => hops > 1))(
    '$id is answered neither by the question nor by a document of an earlier hop',
    ({ question, answers, documents }) => {
      const earlier = [question, ...documents.slice(0, -1).map(documentText)];
      for (const text of earlier) expect(text).not.toContain(answers[0]);
    },
  );
});

describe('the generated sample documents', () => {
  it.each(generatedFiles)('writes %s with the bytes that are committed', (file) => {
    const committed = readFileSync(join(filesDir, file));
    expect(Buffer.compare(renderSample(file), committed)).toBe(0);
  });

  it('gives the text of the PDF back on two pages', async () => {
    const pages = await pdfPages(renderSample('endurance.pdf'));
    expect(pages).toHaveLength(2);
    expect(normalise(pages.join(' '))).toBe(sourceText('endurance.pdf'));
  });

  it('gives the text and the headings of the DOCX back', async () => {
    const buffer = Buffer.from(renderSample('roald-amundsen.docx'));
    const { value, messages } = await mammoth.convertToHtml({ buffer });
    expect(messages).toEqual([]);
    expect(value).toContain('<h1>Roald Amundsen</h1>');
    expect(value).toContain('<h2>The South Pole</h2>');
    expect(normalise(withoutTags(value.replaceAll('</', ' </')))).toBe(
      sourceText('roald-amundsen.docx'),
    );
  });

  it('stores the type of the EPUB first and gives its chapters back', () => {
    const bytes = renderSample('tom-crean.epub');
    expect(strFromU8(bytes.subarray(30, 58))).toBe('mimetypeapplication/epub+zip');
    const entries = unzipSync(bytes);
    const chapters = [1, 2].map((n) =>
      strFromU8(entries[`OEBPS/chapter-${n}.xhtml`] ?? new Uint8Array()),
    );
    const bodies = chapters.map((chapter) => withoutTags(chapter.replace(/[^]*<body>/, '')));
    expect(normalise(bodies.join(' '))).toBe(sourceText('tom-crean.epub'));
  });
});
