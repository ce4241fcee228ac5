import { bundlePath } from '../../build.ts';
import { readRegistrations } from '../../dev/functions-host/registrations.ts';

/** Paths that stand for the parameters of a route; the others are free. */
const examples: Readonly<Record<string, readonly string[]>> = {
  '{*path}': ['', 'page.js', 'no/such/thing'],
  'graph/{*path}': ['graph/me/messages', 'graph/me/sendMail', 'graph/no/such/thing'],
  'users/{userId}/graph/{*path}': ['users/someone/graph/me/messages'],
};

/** A path of every HTTP route that the bundle registers, and several of the catch-all ones. */
export function bundlePaths(): string[] {
  return readRegistrations(bundlePath).flatMap(({ trigger }) => {
    if (trigger.type !== 'httpTrigger') return [];
    const { route } = trigger;
    const paths = examples[route] ?? [route.replaceAll(/\{\w+\}/g, 'someone')];
    return paths.map((path) => `/${path}`);
  });
}

/** All that a route is registered for. */
export const everyMethod = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
