/** A piece of JSON text. `plain` is what lies between. */
export interface JsonPiece {
  kind: 'name' | 'text' | 'value' | 'plain';
  text: string;
}

const tokens =
  /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Formatted JSON in pieces that can be coloured. */
export function jsonPieces(json: string): JsonPiece[] {
  const pieces: JsonPiece[] = [];
  let at = 0;
  for (const match of json.matchAll(tokens)) {
    const [whole, text, colon] = match;
    if (match.index > at) pieces.push({ kind: 'plain', text: json.slice(at, match.index) });
    const kind = text === undefined ? 'value' : colon === undefined ? 'text' : 'name';
    pieces.push({ kind, text: text ?? whole });
    if (colon) pieces.push({ kind: 'plain', text: colon });
    at = match.index + whole.length;
  }
  if (at < json.length) pieces.push({ kind: 'plain', text: json.slice(at) });
  return pieces;
}
