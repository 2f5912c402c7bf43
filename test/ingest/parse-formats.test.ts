import { describe, expect, it } from 'vitest';
import { makeDocx, makeEpub, paragraph, table } from './fixtures/make-archive.ts';
import { makePdf } from './fixtures/make-pdf.ts';
import { outline, parse } from './fixtures/parse.ts';

describe('plain text', () => {
  it('joins hard-wrapped lines to paragraphs and keeps divided words whole', async () => {
    const document = await parse(
      'The ship froze into the\nice and drift-\ned north.\n\nIt came home.',
      'polar-night.txt',
    );
    expect(document.text).toBe('The ship froze into the ice and drifted north.\n\nIt came home.');
    expect(document.title).toBe('polar night');
  });

  it('reads a first line that stands alone as heading and title', async () => {
    const document = await parse(
      'Gjøa\n\nThe Gjøa was a ship.\n\nHISTORY\n\nIt was built in 1872 and bought by Amundsen in 1901.',
      'gjoa.txt',
    );
    expect(document.title).toBe('Gjøa');
    expect(outline(document)).toEqual([
      'heading1 Gjøa',
      'paragraph The Gjøa was a ship.',
      'heading2 HISTORY',
      'paragraph It was built in 1872 and bought by Amundsen in 1901.',
    ]);
  });

  it('reads bullets as list items and key: value lines as rows', async () => {
    const document = await parse(
      '- skis\n- dogs and\n  sledges\n\nBorn: 1861\nDied: 1930',
      'x.txt',
    );
    expect(outline(document)).toEqual([
      'list_item skis',
      'list_item dogs and sledges',
      'table_row Born: 1861',
      'table_row Died: 1930',
    ]);
    expect(document.text).toBe('skis\ndogs and sledges\n\nBorn: 1861\nDied: 1930');
  });

  it('drops invisible and control characters, resolves ligatures and composes accents', async () => {
    const document = await parse(
      'The \uFB01rst o\uFB03cer\u00AD wrote\u200B a\u0007 cafe\u0301 \u202Egnol\u202C bill.',
      'x.txt',
    );
    expect(document.text).toBe('The first officer wrote a café gnol bill.');
  });

  it('reads UTF-16 with its mark and Windows-1252 that is plainly text', async () => {
    expect((await parse(Buffer.from('\uFEFFFridtjof Nansen æøå', 'utf16le'), 'a.txt')).text).toBe(
      'Fridtjof Nansen æøå',
    );
    const swapped = Buffer.from('\uFEFFTromsø', 'utf16le').swap16();
    expect((await parse(swapped, 'a.txt')).text).toBe('Tromsø');
    expect(
      (await parse(Buffer.from('Le café à Tromsø \x93Polar\x94 \x97 fermé', 'latin1'), 'a.txt'))
        .text,
    ).toBe('Le café à Tromsø “Polar” — fermé');
  });
});

describe('Markdown', () => {
  it('takes the title from front matter, else from the first heading', async () => {
    expect(
      (await parse('---\ntitle: "The Fram"\ntags: x\n---\n# Ship\n\nText.', 'a.md')).title,
    ).toBe('The Fram');
    expect((await parse('# The *Fram*\n\nText.', 'a.md')).title).toBe('The Fram');
  });

  it('keeps words, drops marks, and gives each table row its headers', async () => {
    const document = await parse(
      [
        '# Ships',
        '',
        'The **Fram**, see [her page](http://x.y), sailed `far`.',
        '',
        '- one',
        '  - two',
        '',
        '| name | built |',
        '|---|---|',
        '| Fram | 1892 |',
        '',
        '```js',
        'let a = 1;',
        '```',
        '',
        '> Quoted words.',
      ].join('\n'),
      'ships.md',
    );
    expect(outline(document)).toEqual([
      'heading1 Ships',
      'paragraph The Fram, see her page, sailed far.',
      'list_item one',
      'list_item two',
      'table_row name: Fram; built: 1892',
      'code let a = 1;',
      'paragraph Quoted words.',
    ]);
  });
});

describe('HTML', () => {
  it('reads the main content with headings, lists and tables, without scripts and menus', async () => {
    const document = await parse(
      `<!doctype html><html><head><title>The Fram | Museum</title><script>evil()</script></head><body><nav>Home About</nav>
      <main><h1>The Fram</h1><p>A ship<br>of oak &amp; greenheart.</p><ul><li>strong</li><li>round</li></ul>
      <table><tr><th>name</th><th>built</th></tr><tr><td>Fram</td><td>1892</td></tr></table>
      <p style="display:none">hidden words</p><pre>a  b\nc</pre></main><footer>Imprint</footer></body></html>`,
      'fram.html',
    );
    expect(document.title).toBe('The Fram');
    expect(outline(document)).toEqual([
      'heading1 The Fram',
      'paragraph A ship of oak & greenheart.',
      'list_item strong',
      'list_item round',
      'table_row name: Fram; built: 1892',
      'code a  b\nc',
    ]);
  });

  it('reads an infobox as key: value lines', async () => {
    const document = await parse(
      '<html><body><table><tr><th>Builder</th><td>Colin Archer</td></tr><tr><th>Built</th><td>1892</td></tr></table><p>Text.</p></body></html>',
      'x.html',
    );
    expect(outline(document)).toEqual([
      'table_row Builder: Colin Archer',
      'table_row Built: 1892',
      'paragraph Text.',
    ]);
  });

  it('finds the article of a cluttered page', async () => {
    const story =
      'The Fram left Norway in the summer of 1893 with thirteen men on board, and it drifted across the Arctic Ocean for three years. '.repeat(
        6,
      );
    const links = Array.from(
      { length: 60 },
      (_, index) => `<a href="/${index}">Read this other story number ${index}</a>`,
    ).join(' ');
    const document = await parse(
      `<html><head><title>Story</title></head><body><div class="menu">${links}</div><div class="content"><h1>Story</h1><p>${story}</p><p>${story}</p></div><div class="sidebar">${links}</div></body></html>`,
      'x.html',
    );
    expect(document.text).toContain('thirteen men');
    expect(document.text).not.toContain('other story number');
  });

  it('survives nesting that no page has', async () => {
    const document = await parse(
      `<html><body>${'<div>'.repeat(5_000)}deep${'</div>'.repeat(5_000)}<p>Text.</p></body></html>`,
      'x.html',
    );
    expect(document.text).toBe('deep\n\nText.');
  });
});

describe('CSV', () => {
  it('reads each row as a line with its columns, first column first', async () => {
    const document = await parse(
      'name,built_by,note\nFram,Colin Archer,"of oak; strong"\nGjøa,,sloop\n',
      'polar-ships.csv',
    );
    expect(document.title).toBe('polar ships');
    expect(document.text).toBe(
      'name: Fram; built by: Colin Archer; note: of oak, strong\nname: Gjøa; note: sloop',
    );
  });

  it('knows semicolons and tabs, and tables without column names', async () => {
    expect((await parse('name;year\nFram;1892', 'a.csv')).text).toBe('name: Fram; year: 1892');
    expect((await parse('name\tyear\nFram\t1892', 'a.tsv')).text).toBe('name: Fram; year: 1892');
    expect((await parse('1,2\n3,4', 'a.csv')).text).toBe('1; 2\n3; 4');
  });
});

describe('JSON', () => {
  it('reads an array of objects as rows', async () => {
    const document = await parse(
      '[{"name":"Fram","built":{"year":1892,"by":"Archer"},"crew":["Nansen","Sverdrup"]},{"name":"Gjøa"}]',
      'ships.json',
    );
    expect(document.text).toBe(
      'name: Fram; built year: 1892; built by: Archer; crew: Nansen, Sverdrup\nname: Gjøa',
    );
  });

  it('makes headings of keys and lines of values', async () => {
    const document = await parse(
      '{"title":"Polar ships","topic":"ice","ships":[{"name":"Fram"}],"museum":{"city":"Oslo"}}',
      'x.json',
    );
    expect(document.title).toBe('Polar ships');
    expect(outline(document)).toEqual([
      'table_row topic: ice',
      'heading1 ships',
      'table_row name: Fram',
      'heading1 museum',
      'table_row city: Oslo',
    ]);
  });

  it('reads long texts as sections and JSON Lines as one array', async () => {
    const long = 'The Fram drifted across the Arctic Ocean. '.repeat(12).trim();
    expect(
      outline(await parse(JSON.stringify([{ id: 1, title: 'Fram', text: long }]), 'x.json')),
    ).toEqual(['heading1 Fram', `paragraph ${long}`]);
    expect((await parse('{"name":"Fram"}\n{"name":"Maud"}\n', 'x.jsonl')).text).toBe(
      'name: Fram\nname: Maud',
    );
  });
});

describe('PDF', () => {
  const body = (page: number): { text: string; y: number; size?: number }[] => [
    { text: 'Polar Ships Quarterly', y: 810, size: 9 },
    { text: `The Fram on page ${page} was a strong ship and it was built for the`, y: 700 },
    { text: 'ice of the Arctic Ocean. Its hull was round, and the press-', y: 686 },
    { text: 'ure of the ice lifted it.', y: 672 },
    { text: `Later it stood in a museum in Oslo, number ${page}.`, y: 630 },
    { text: `- ${page} -`, y: 30, size: 9 },
  ];

  it('joins lines to paragraphs, drops running headers and page numbers, and tells pages', async () => {
    const document = await parse(
      makePdf([[{ text: 'The Fram', y: 760, size: 20 }, ...body(1)], body(2), body(3)]),
      'fram.pdf',
    );
    expect(document.pages).toBe(3);
    expect(document.title).toBe('The Fram');
    expect(outline(document).slice(0, 3)).toEqual([
      'heading1 The Fram',
      'paragraph The Fram on page 1 was a strong ship and it was built for the ice of the Arctic Ocean. Its hull was round, and the pressure of the ice lifted it.',
      'paragraph Later it stood in a museum in Oslo, number 1.',
    ]);
    expect(document.text).not.toContain('Quarterly');
    expect(document.text).not.toMatch(/- \d -/);
    expect(document.blocks.map((block) => block.page)).toEqual([1, 1, 1, 2, 2, 3, 3]);
  });

  it('runs a sentence on over the page break', async () => {
    const document = await parse(
      makePdf([
        [{ text: 'The drift lasted for', y: 100 }],
        [{ text: 'almost three years.', y: 700 }],
      ]),
      'x.pdf',
    );
    expect(document.text).toBe('The drift lasted for almost three years.');
  });

  it('takes the title from the document information, but not a file name', async () => {
    const page = [[{ text: 'Some words.', y: 700 }]];
    expect((await parse(makePdf(page, 'The Voyage'), 'x.pdf')).title).toBe('The Voyage');
    expect((await parse(makePdf(page, 'Microsoft Word - draft.doc'), 'my-draft.pdf')).title).toBe(
      'my draft',
    );
  });
});

describe('DOCX', () => {
  it('reads title, headings, paragraphs and tables', async () => {
    const docx = makeDocx(
      paragraph('The Fram', 'Title') +
        paragraph('Design', 'Heading1') +
        paragraph('A round hull.') +
        table([
          ['name', 'built', 'by'],
          ['Fram', 'Larvik', 'Archer'],
          ['Gjøa', 'Rosendal', 'Skaale'],
        ]),
    );
    const document = await parse(docx, 'fram.docx');
    expect(document.title).toBe('The Fram');
    expect(outline(document)).toEqual([
      'heading1 The Fram',
      'heading1 Design',
      'paragraph A round hull.',
      'table_row name: Fram; built: Larvik; by: Archer',
      'table_row name: Gjøa; built: Rosendal; by: Skaale',
    ]);
  });
});

describe('EPUB', () => {
  it('reads the chapters in the order of the spine', async () => {
    const epub = makeEpub('Farthest North', {
      'chapter 2.xhtml': '<h1>First</h1><p>One.</p>',
      'chapter 1.xhtml': '<h1>Second</h1><p>Two.</p>',
    });
    const document = await parse(epub, 'book.epub');
    expect(document.title).toBe('Farthest North');
    expect(outline(document)).toEqual([
      'heading1 First',
      'paragraph One.',
      'heading1 Second',
      'paragraph Two.',
    ]);
  });
});

describe('every format', () => {
  it('gives blocks that are in order, apart, and cover all text but line breaks', async () => {
    const document = await parse('# A\n\nOne.\n\n- x\n- y\n\nTwo.', 'a.md');
    let end = 0;
    for (const block of document.blocks) {
      expect(document.text.slice(end, block.start)).toMatch(/^\n{0,2}$/);
      expect(block.end).toBeGreaterThan(block.start);
      end = block.end;
    }
    expect(end).toBe(document.text.length);
  });
});
