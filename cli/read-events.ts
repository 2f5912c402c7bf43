/** The `data` of each server-sent event of a response. */
export async function* readEvents(response: Response): AsyncGenerator<string> {
  if (!response.body) return;
  let rest = '';
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    rest += part;
    const events = rest.split('\n\n');
    rest = events.pop()!;
    for (const event of events) {
      const lines = event.split('\n').filter((line) => line.startsWith('data: '));
      if (lines.length > 0) yield lines.map((line) => line.slice(6)).join('\n');
    }
  }
}
