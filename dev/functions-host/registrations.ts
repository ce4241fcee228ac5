import { loadBundle } from './bundle.ts';
import type { BindingInfo, FunctionCallback, FunctionMetadata, LoadedApp } from './core-module.ts';
import { consoleLog } from './log.ts';

/** One registration of the app, as it was written: `%SETTING%` is not resolved. */
export interface RegisteredFunction {
  readonly name: string;
  readonly trigger: Trigger;
}

export type Trigger =
  | {
      readonly type: 'httpTrigger';
      /** As the host routes it: without one, or with an empty one, the function's name. */
      readonly route: string;
      /** Upper case. */
      readonly methods: readonly string[];
      readonly authLevel: string;
    }
  | {
      readonly type: 'timerTrigger';
      readonly schedule: string;
      readonly runOnStartup: boolean;
    }
  | {
      readonly type: 'queueTrigger';
      readonly queueName: string;
      /** Name of the connection's setting. */
      readonly connection: string;
    };

/** A registration with what an invocation needs. */
export interface HostedFunction extends RegisteredFunction {
  readonly metadata: FunctionMetadata;
  /** Name of the trigger's binding. */
  readonly bindingName: string;
  readonly callback: FunctionCallback;
}

/** What a bundle registers, without starting anything. @throws as {@link registeredFunctions} */
export function readRegistrations(bundle: string): readonly RegisteredFunction[] {
  const { app, unload } = loadBundle(bundle, consoleLog);
  unload();
  return registeredFunctions(app).map(({ name, trigger }) => ({ name, trigger }));
}

/** @throws for a trigger that this host doesn't have, and for a name that occurs twice */
export function registeredFunctions(app: LoadedApp): readonly HostedFunction[] {
  const names = app.functions.map(({ metadata }) => metadata.name.toLowerCase());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`two functions have the name ${twice}`);
  return app.functions.map(({ metadata, callback }) => {
    const { bindingName, binding } = triggerBinding(metadata);
    const trigger = readTrigger(metadata.name, binding);
    return { name: metadata.name, trigger, metadata, bindingName, callback };
  });
}

function triggerBinding(metadata: FunctionMetadata): { bindingName: string; binding: BindingInfo } {
  for (const [bindingName, binding] of Object.entries(metadata.bindings)) {
    if (binding.type?.endsWith('Trigger')) return { bindingName, binding };
  }
  throw new Error(`${metadata.name} has no trigger`);
}

function readTrigger(name: string, binding: BindingInfo): Trigger {
  switch (binding.type) {
    case 'httpTrigger':
      return {
        type: 'httpTrigger',
        route: text(binding, 'route') || name,
        methods: texts(binding, 'methods').map((method) => method.toUpperCase()),
        authLevel: text(binding, 'authLevel'),
      };
    case 'timerTrigger':
      return {
        type: 'timerTrigger',
        schedule: text(binding, 'schedule'),
        runOnStartup: binding['runOnStartup'] === true,
      };
    case 'queueTrigger':
      return {
        type: 'queueTrigger',
        queueName: text(binding, 'queueName'),
        connection: text(binding, 'connection') || 'AzureWebJobsStorage',
      };
    default:
      throw new Error(`${name}: this host has no ${binding.type}`);
  }
}

function text(binding: BindingInfo, key: string): string {
  const value = binding[key];
  return typeof value === 'string' ? value : '';
}

function texts(binding: BindingInfo, key: string): string[] {
  const value = binding[key];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
