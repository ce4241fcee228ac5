import { bundlePath } from '../../build.ts';
import { loadBundle } from '../../dev/functions-host/bundle.ts';
import {
  type HostedFunction,
  registeredFunctions,
} from '../../dev/functions-host/registrations.ts';

/** The functions that the bundle registers, by name: what is measured is what is deployed. */
export function loadFunctions(): ReadonlyMap<string, HostedFunction> {
  const { app } = loadBundle(bundlePath, () => {});
  return new Map(registeredFunctions(app).map((hosted) => [hosted.name, hosted]));
}

/** What a handler has of its invocation: where it logs to. What it logs goes nowhere. */
export const invocation = { info: () => {}, warn: () => {}, error: console.error };
