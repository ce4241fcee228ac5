/** A part of what an app has answered: a header, or the body. */
export interface RecordedPart {
  /** `GET /login 302 location`; a parameter of the route is in braces. */
  where: string;
  text: string;
}

export interface RecordedAnswers {
  parts: readonly RecordedPart[];
  /** Codes of the problems among them. */
  codes: ReadonlySet<string>;
  stop(): void;
}

/** Records each answer to `fetch` from an origin, whatever asks for it. */
export function recordAnswers(isRecorded: (origin: string) => boolean): RecordedAnswers {
  const original = globalThis.fetch;
  const parts: RecordedPart[] = [];
  const codes = new Set<string>();
  globalThis.fetch = async (input, init) => {
    const response = await original(input, init);
    const url = new URL(input instanceof Request ? input.url : input);
    if (!isRecorded(url.origin)) return response;
    const method = init?.method ?? 'GET';
    const where = `${method} ${routeOf(url.pathname)} ${response.status}`;
    for (const [name, text] of response.headers) parts.push({ where: `${where} ${name}`, text });
    const text = await response.clone().text();
    parts.push({ where: `${where} body`, text });
    const [, code] = /"code":"(\w+)"/.exec(text) ?? [];
    if (code) codes.add(code);
    return response;
  };
  return {
    parts,
    codes,
    stop() {
      globalThis.fetch = original;
    },
  };
}

function routeOf(path: string): string {
  return path
    .replace(/^\/device\/.+/, '/device/{handle}')
    .replace(/^\/users\/[^/]+/, '/users/{userId}')
    .replace(/^\/sessions\/.+/, '/sessions/{id}');
}
