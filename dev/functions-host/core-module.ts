import Module from 'node:module';
import { isAtLeast, type Log, type LogLevel } from './log.ts';
import type { RpcInvocationRequest, RpcInvocationResponse } from './rpc.ts';

export type BindingInfo = Readonly<Record<string, unknown>> & {
  readonly type?: string;
  readonly direction?: string;
};

export interface FunctionMetadata {
  readonly name: string;
  readonly bindings: Readonly<Record<string, BindingInfo>>;
}

export type FunctionCallback = (...inputs: unknown[]) => unknown;

/** What the library is told about one invocation. */
export interface CoreInvocationContext {
  readonly invocationId: string;
  readonly request: RpcInvocationRequest;
  readonly metadata: FunctionMetadata;
  state?: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks' | undefined;
  log(level: LogLevel, category: string, message: string): void;
}

/** The library's half of an invocation: conversions before and after the handler, and the call. */
export interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<RpcInvocationResponse>;
}

export interface ProgrammingModel {
  readonly name: string;
  readonly version: string;
  getInvocationModel(context: CoreInvocationContext): InvocationModel;
  getCapabilities(capabilities: Record<string, string>): Promise<Record<string, string>>;
}

export type HookCallback = (context: Record<string, unknown>) => unknown;

/** What a bundle has told the core module while it was loaded. */
export interface LoadedApp {
  readonly functions: {
    readonly metadata: FunctionMetadata;
    readonly callback: FunctionCallback;
  }[];
  readonly hooks: Map<string, Set<HookCallback>>;
  /** Shared by all hooks of the app. */
  readonly appHookData: Record<string, unknown>;
  programmingModel: ProgrammingModel | undefined;
}

const moduleName = '@azure/functions-core';

/**
 * Makes `require('@azure/functions-core')` answer in this process, as the Functions worker does: the
 * module exists in no package. A second call takes the first one's place until it is undone.
 */
export function supplyCoreModule(log: Log): { app: LoadedApp; withdraw: () => void } {
  const app: LoadedApp = {
    functions: [],
    hooks: new Map(),
    appHookData: {},
    programmingModel: undefined,
  };
  const core = coreModule(app, log);
  const previous = Module.prototype.require;
  const supplied = new Proxy(previous, {
    apply: (target, module, args) =>
      args[0] === moduleName ? core : Reflect.apply(target, module, args),
  });
  Module.prototype.require = supplied;
  const withdraw = () => {
    if (Module.prototype.require === supplied) Module.prototype.require = previous;
  };
  return { app, withdraw };
}

function coreModule(app: LoadedApp, log: Log): Record<string, unknown> {
  return {
    version: '3.9.0',
    hostVersion: '4.1037.0',
    registerFunction: (metadata: FunctionMetadata, callback: FunctionCallback) => {
      const registration = { metadata, callback };
      app.functions.push(registration);
      return new Disposable(() => remove(app.functions, registration));
    },
    registerHook: (name: string, callback: HookCallback) => {
      const callbacks = app.hooks.get(name) ?? new Set();
      app.hooks.set(name, callbacks.add(callback));
      return new Disposable(() => callbacks.delete(callback));
    },
    setProgrammingModel: (model: ProgrammingModel) => {
      app.programmingModel = model;
    },
    getProgrammingModel: () => app.programmingModel,
    log: (level: LogLevel, _category: string, message: string) => {
      if (isAtLeast(level, 'warning')) log(level, `[host] ${message}`);
    },
    Disposable,
  };
}

class Disposable {
  readonly #dispose: () => void;

  constructor(dispose: () => void) {
    this.#dispose = dispose;
  }

  dispose(): void {
    this.#dispose();
  }
}

function remove<Item>(items: Item[], item: Item): void {
  const index = items.indexOf(item);
  if (index >= 0) items.splice(index, 1);
}
