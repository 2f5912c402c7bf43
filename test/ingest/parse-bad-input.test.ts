import { readFileSync } from 'node:fs';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { ParseError } from '../../ingest/parse/index.ts';
import { makeDocx, makeEpub, paragraph } from './fixtures/make-archive.ts';
import { makePdf, makeScan } from './fixtures/make-pdf.ts';
import { codeOf, parse } from './fixtures/parse.ts';

const PNG = Buffer.from(
  '89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489',
  'hex',
);
const noise = Buffer.from(
  Array.from({ length: 4096 }, (_, index) => (index * 7919 + (index >> 3) * 104_729) % 256),
);

describe('empty and textless documents', () => {
  it('refuses empty files of every format', async () => {
    for (const name of ['a.txt', 'a.pdf', 'a.docx', 'a.csv', 'a.json'])
      expect(await codeOf(parse('', name))).toBe('empty_document');
  });

  it('says when there is no text in a readable file', async () => {
    expect(await codeOf(parse('  \n\n ', 'a.txt'))).toBe('no_text');
    expect(await codeOf(parse('<html><body><script>x</script></body></html>', 'a.html'))).toBe(
      'no_text',
    );
    expect(await codeOf(parse(makeScan(), 'a.pdf'))).toBe('no_text');
    expect(await codeOf(parse(makeDocx(paragraph(' ')), 'a.docx'))).toBe('no_text');
  });
});

describe('types', () => {
  it('names what was expected and what came when the extension is wrong', async () => {
    await expect(parse(PNG, 'scan.pdf')).rejects.toThrow(
      '"scan.pdf" should be a PDF, but its content is a PNG image',
    );
    await expect(parse('just words', 'a.docx')).rejects.toMatchObject({
      code: 'wrong_type',
      fix: expect.stringContaining('extension'),
    });
    expect(
      await codeOf(parse('<!doctype html><html><body>Please log in</body></html>', 'data.csv')),
    ).toBe('wrong_type');
  });

  it('reads a PDF, DOCX or EPUB as what it is under another name', async () => {
    expect((await parse(makePdf([[{ text: 'Words.', y: 700 }]]), 'a.txt')).text).toBe('Words.');
    expect((await parse(makeDocx(paragraph('Words.')), 'a.pdf')).text).toBe('Words.');
    expect((await parse(makeEpub('T', { 'a.xhtml': '<p>Words.</p>' }), 'a.zip')).text).toBe(
      'Words.',
    );
    expect((await parse('<html><body><p>Words.</p></body></html>', 'a.txt')).text).toBe('Words.');
  });

  it('does not take text that speaks of PDF for a PDF', async () => {
    expect((await parse('A PDF begins with %PDF-1.7 and ends with EOF.', 'a.txt')).text).toContain(
      '%PDF-1.7',
    );
  });

  it('refuses what it does not read and says what it is', async () => {
    await expect(parse(PNG, 'photo')).rejects.toThrow('a PNG image');
    await expect(
      parse(Buffer.from(zipSync({ 'xl/workbook.xml': strToU8('<x/>') })), 'a.xlsx'),
    ).rejects.toThrow('an Excel workbook');
    expect(await codeOf(parse('<?xml version="1.0"?><a/>', 'a.xml'))).toBe('unsupported_type');
    expect(await codeOf(parse('{\\rtf1 words}', 'a.rtf'))).toBe('unsupported_type');
  });

  it('takes the media type where the name says nothing, and plain text for text', async () => {
    expect(
      (await parse('# Fram\n\nShip.', 'Notes v1.2', { mediaType: 'text/markdown; charset=utf-8' }))
        .title,
    ).toBe('Fram');
    expect((await parse('Some words.', 'notes')).text).toBe('Some words.');
  });

  it('refuses binary garbage under any name', async () => {
    for (const name of [
      'a.txt',
      'a.md',
      'a.csv',
      'a.json',
      'a.html',
      'a.pdf',
      'a.docx',
      'a.epub',
    ]) {
      expect(['wrong_type', 'invalid_encoding', 'damaged_document']).toContain(
        await codeOf(parse(noise, name)),
      );
    }
  });
});

describe('encodings', () => {
  it('refuses bytes that are neither UTF-8 nor plausible in an old encoding', async () => {
    const cases = [
      Buffer.from([0x41, 0xff, 0xfd, 0xfc, 0x42]),
      Buffer.from('caf\xc3( bar', 'latin1'),
      Buffer.from([0xc3, 0x28]),
      Buffer.concat([Buffer.from('Tromsø is '), Buffer.from([0xe6, 0x20])]),
      Buffer.from([0xed, 0xa0, 0x80, 0x41]),
    ];
    for (const bytes of cases) expect(await codeOf(parse(bytes, 'a.txt'))).toBe('invalid_encoding');
  });

  it('refuses UTF-16 without a mark', async () => {
    expect(['invalid_encoding', 'wrong_type']).toContain(
      await codeOf(parse(Buffer.from('Fridtjof Nansen', 'utf16le'), 'a.txt')),
    );
  });
});

describe('damaged and protected files', () => {
  it('says that a PDF is encrypted', async () => {
    const bytes = readFileSync(new URL('./fixtures/encrypted.pdf', import.meta.url));
    expect(await codeOf(parse(bytes, 'a.pdf'))).toBe('encrypted_document');
  });

  it('says that an Office document is encrypted', async () => {
    const bytes = Buffer.concat([
      Buffer.from('d0cf11e0a1b11ae1', 'hex'),
      Buffer.alloc(512),
      Buffer.from('EncryptedPackage', 'utf16le'),
    ]);
    expect(await codeOf(parse(bytes, 'a.docx'))).toBe('encrypted_document');
  });

  it('says that an EPUB is copy-protected', async () => {
    const listing = strToU8('<encryption><CipherReference URI="OEBPS/text/a.xhtml"/></encryption>');
    expect(
      await codeOf(
        parse(
          makeEpub('T', { 'a.xhtml': '<p>x</p>' }, { 'META-INF/encryption.xml': listing }),
          'a.epub',
        ),
      ),
    ).toBe('encrypted_document');
  });

  it('says that truncated files are damaged', async () => {
    const pdf = makePdf([[{ text: 'Words.', y: 700 }]]);
    const docx = makeDocx(paragraph('Words. '.repeat(200)));
    expect(await codeOf(parse(pdf.subarray(0, 60), 'a.pdf'))).toBe('damaged_document');
    for (const share of [0.3, 0.6, 0.95])
      expect(await codeOf(parse(docx.subarray(0, Math.floor(docx.length * share)), 'a.docx'))).toBe(
        'damaged_document',
      );
    expect(await codeOf(parse('{"name": "Fra', 'a.json'))).toBe('damaged_document');
    expect(await codeOf(parse('a,b\n1,"open', 'a.csv'))).toBe('damaged_document');
  });

  it('never throws anything but a ParseError, whatever bytes are flipped', async () => {
    const originals = {
      'a.docx': makeDocx(paragraph('Words. '.repeat(50))),
      'a.epub': makeEpub('T', { 'a.xhtml': '<p>Words.</p>' }),
      'a.pdf': makePdf([[{ text: 'Words.', y: 700 }]]),
    };
    for (const [name, original] of Object.entries(originals)) {
      for (let round = 0; round < 25; round += 1) {
        const bytes = Buffer.from(original);
        for (let flip = 0; flip < 4; flip += 1)
          bytes[(round * 7919 + flip * 104_729) % bytes.length] = (round * 31 + flip) % 256;
        const outcome = await parse(bytes, name).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(ParseError);
      }
    }
  });
});

describe('sizes and bombs', () => {
  it('refuses files above the limit without reading them', async () => {
    expect(await codeOf(parse('x'.repeat(2000), 'a.txt', { maxBytes: 1000 }))).toBe(
      'document_too_large',
    );
  });

  it('refuses more text than allowed', async () => {
    expect(
      await codeOf(parse('Words and more. '.repeat(1000), 'a.txt', { maxTextChars: 1000 })),
    ).toBe('document_too_large');
  });

  it('stops a zip bomb by what it declares', async () => {
    const bomb = makeDocx(paragraph('x'), {
      'word/media/zeros.xml': new Uint8Array(30 * 1024 * 1024),
    });
    expect(await codeOf(parse(bomb, 'a.docx'))).toBe('archive_bomb');
  });

  it('stops a zip bomb whose headers lie', async () => {
    const bomb = Buffer.from(
      makeDocx(paragraph('x'), { 'word/zeros.xml': new Uint8Array(30 * 1024 * 1024) }),
    );
    // The declared size in the central directory becomes 100 bytes.
    const name = bomb.lastIndexOf('word/zeros.xml');
    bomb.writeUInt32LE(100, name - 46 + 24);
    expect(await codeOf(parse(bomb, 'a.docx', { maxInflatedBytes: 5_000_000 }))).toBe(
      'archive_bomb',
    );
    expect(await codeOf(parse(bomb, 'a.docx'))).toBe('archive_bomb');
  });

  it('refuses entities in a Word document', async () => {
    const entities = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>';
    expect(await codeOf(parse(makeDocx(paragraph('&b;'), {}, entities), 'a.docx'))).toBe(
      'damaged_document',
    );
  });
});
