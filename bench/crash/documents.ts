/** The documents of the crash harness: the sample files and three that are made up here. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Upload {
  readonly name: string;
  readonly content: Uint8Array;
}

const SAMPLE = join(import.meta.dirname, '../../ingest/sample/files');

/** Twenty documents in eight formats, about 130 chunks. `sections`: of the long one, about a chunk each. */
export function crashDocuments(sections = 60): Upload[] {
  const sample = readdirSync(SAMPLE).toSorted();
  return [
    ...sample.map((name) => ({ name, content: readFileSync(join(SAMPLE, name)) })),
    text('voyage-log.md', voyageLog(sections)),
    text('harbours.txt', harbours()),
    text('crews.json', crews()),
  ];
}

function text(name: string, content: string): Upload {
  return { name, content: Buffer.from(content, 'utf8') };
}

const SHIPS = ['Fram', 'Gjøa', 'Endurance', 'Belgica', 'Terra Nova', 'Aurora', 'Meridian'];
const PEOPLE = ['Ada Holm', 'Jon Rask', 'Mary Quill', 'Otto Sverdrup', 'Ines Duarte', 'Tom Crean'];
const PLACES = ['Larvik', 'Tromsø', 'Grytviken', 'Port Stanley', 'Hobart', 'Madeira', 'Lyttelton'];

const pick = (names: readonly string[], at: number): string => names[at % names.length]!;

function voyageLog(count: number): string {
  const sections = Array.from({ length: count }, (_, day) => {
    const [ship, person, place] = [pick(SHIPS, day), pick(PEOPLE, day * 5), pick(PLACES, day * 3)];
    return [
      `## Day ${day + 1} near ${place}`,
      '',
      `On day ${day + 1} the ${ship} left ${place} before noon. ${person} commanded the ${ship} that week.`,
      `${person} was born in ${pick(PLACES, day + 2)}. The ice near ${place} was ${day + 3} metres thick.`,
      `The crew of the ${ship} measured ${day * 7 + 11} soundings, wrote them into the log, and compared them`,
      `with those that ${pick(PEOPLE, day + 1)} had taken at ${pick(PLACES, day + 1)} in ${1890 + (day % 30)}.`,
      `Fog came down in the evening. The ${ship} was built in ${pick(PLACES, day + 4)}, and her hull groaned`,
      `whenever the floes pressed against it; nobody on board slept well on day ${day + 1}. Before midnight`,
      `${person} ordered the boilers lit, so that the ${ship} could reach ${pick(PLACES, day + 5)} in time.`,
      `The cook served seal, dried apples and coffee. The doctor noted that ${day % 4} men had frostbite,`,
      `that the wind came from the south-west, and that the barometer had fallen by ${day + 1} millibars.`,
    ].join('\n');
  });
  return `# Log of seven ships\n\n${sections.join('\n\n')}\n`;
}

function harbours(): string {
  const lines = PLACES.map(
    (place, i) =>
      `${place} is a harbour town. The ${pick(SHIPS, i)} was repaired in ${place} in ${1901 + i}. ` +
      `${pick(PEOPLE, i)} lived in ${place} for ${i + 2} winters.`,
  );
  return `Harbours of the southern voyages\n\n${lines.join('\n\n')}\n`;
}

function crews(): string {
  const rows = SHIPS.map((ship, i) => ({
    ship,
    captain: pick(PEOPLE, i),
    home_port: pick(PLACES, i + 1),
    crew: 12 + i,
  }));
  return JSON.stringify(rows, undefined, 2);
}
