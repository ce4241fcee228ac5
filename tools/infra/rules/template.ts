/** The compiled template, with all that is nested in it. */

interface Template {
  parameters?: Record<string, { type?: string }>;
  outputs?: Record<string, { type?: string }>;
}

/** Parameters and outputs that would be secrets: there are none to pass around. */
export function secureValues(template: unknown): string[] {
  return nestedIn(template).flatMap((each) => {
    const { parameters = {}, outputs = {} } = each as Template;
    const secure = (kind: string, values: Record<string, { type?: string }>) =>
      Object.entries(values)
        .filter(([, value]) => /^secure/i.test(value?.type ?? ''))
        .map(([name, { type }]) => `${kind} ${name} is a ${type}: no secret is needed`);
    return [...secure('parameter', parameters), ...secure('output', outputs)];
  });
}

/** Functions such as listKeys, which read a secret while deploying. */
export function keyReading(template: unknown): string[] {
  const text = JSON.stringify(template) ?? '';
  const calls = [...text.matchAll(/\b(list[A-Z]\w*)\(/g)].map(([, name]) => name ?? '');
  return [...new Set(calls)].map((name) => `the template calls ${name}: use the identity`);
}

/** Every object in it. */
function nestedIn(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value, ...Object.values(value).flatMap(nestedIn)];
}
