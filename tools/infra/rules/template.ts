/** The compiled template, with all that is nested in it. */

/**
 * Parameters, outputs, and types that these may have, that would be secrets: there are none to pass
 * around.
 */
export function secureValues(template: unknown): string[] {
  return nestedIn(template).flatMap((each) =>
    Object.entries(each)
      .filter(([, value]) => /^secure/i.test(String(value?.type ?? '')))
      .map(([name, { type }]) => `${name} is a ${type}: no secret is needed`),
  );
}

/** Azure gives names of outputs back with the case of some letters changed, unless they begin so. */
export function outputNames(template: unknown): string[] {
  return namesOfOutputs(template)
    .filter((name) => !/^[a-z]/.test(name))
    .map((name) => `output ${name}: begin it in lower case, else nothing finds it by its name`);
}

/** Of the deployment, not of its modules. */
export function namesOfOutputs(template: unknown): string[] {
  const { outputs = {} } = template as { outputs?: object };
  return Object.keys(outputs);
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
