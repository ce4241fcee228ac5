/** The app's settings: environment variables. */
export type Settings = Readonly<Record<string, string | undefined>>;

/** Replaces each `%NAME%` by that setting. @throws when there is no such setting */
export function resolveSettings(text: string, settings: Settings): string {
  return text.replaceAll(/%([^%]+)%/g, (_match, name: string) => {
    const value = settings[name];
    if (!value) throw new Error(`the setting ${name} is missing`);
    return value;
  });
}
