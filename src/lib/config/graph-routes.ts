import * as v from 'valibot';
import { builtInRoutes, type GraphRoute, parseGraphRoute } from '../graph/routes.ts';

/** The allow-list for Graph: a JSON array of entries. */
export function graphRoutes() {
  return v.pipe(
    v.string(),
    v.rawTransform(({ dataset, addIssue }): GraphRoute[] => {
      const entries = parseArray(dataset.value);
      if (!entries) {
        addIssue({
          message: 'must be a JSON array such as ["GET /me", "GET /me/messages Mail.Read"]',
        });
      }
      return (entries ?? []).flatMap((entry, index) => {
        try {
          return [parseGraphRoute(entry)];
        } catch (error) {
          addIssue({ message: `entry ${index + 1}${quoted(entry)} ${(error as Error).message}` });
          return [];
        }
      });
    }),
  );
}

/** The allow-list that there is without a setting. */
export const defaultGraphRoutes: readonly GraphRoute[] = builtInRoutes();

function parseArray(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** An entry is quoted only if it looks like one. */
function quoted(entry: unknown): string {
  return typeof entry === 'string' &&
    /^[A-Za-z]{3,7} [\w/{}$.-]{1,100}( [\w. ]{1,60})?$/.test(entry)
    ? ` (${entry})`
    : '';
}
