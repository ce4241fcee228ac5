import { randomBytes, randomUUID } from 'node:crypto';
import type { CoreInvocationContext, HookCallback, LoadedApp } from './core-module.ts';
import { isAtLeast, type Log } from './log.ts';
import type { HostedFunction } from './registrations.ts';
import type { RpcInvocationRequest, RpcInvocationResponse, RpcTypedData } from './rpc.ts';

export interface InvocationInput {
  readonly data: RpcTypedData;
  readonly triggerMetadata?: Readonly<Record<string, RpcTypedData>>;
  /** The caller's `traceparent`, if it sent one. */
  readonly traceParent?: string | undefined;
}

/** Runs a function. @throws what its handler, a hook or a conversion throws */
export type Invoke = (
  hosted: HostedFunction,
  input: InvocationInput,
) => Promise<RpcInvocationResponse>;

/**
 * Runs functions as the worker does: the library turns the host's data into arguments and the
 * handler's result into the host's data, with the app's hooks around the handler.
 * @throws when the bundle's library did not register itself
 */
export function invoker(app: LoadedApp, log: Log): Invoke {
  const { programmingModel } = app;
  if (!programmingModel)
    throw new Error('the bundle has no programming model: @azure/functions 4?');
  return async (hosted, input) => {
    const { core, end } = invocationContext(hosted, input, log);
    const model = programmingModel.getInvocationModel(core);
    const { context, inputs } = await model.getArguments();
    const shared = { hookData: {}, appHookData: app.appHookData, invocationContext: context };

    const before = { ...shared, functionCallback: hosted.callback, inputs };
    core.state = 'preInvocationHooks';
    await runHooks(app.hooks.get('preInvocation'), before);

    const after: Record<string, unknown> & { result: unknown; error: unknown } = {
      ...shared,
      inputs: before.inputs,
      result: null,
      error: null,
    };
    core.state = 'invocation';
    try {
      after.result = await model.invokeFunction(context, before.inputs, before.functionCallback);
    } catch (error) {
      after.error = error ?? new Error('the handler threw nothing');
    }
    core.state = 'postInvocationHooks';
    await runHooks(app.hooks.get('postInvocation'), after);
    core.state = undefined;
    end();
    if (after.error) throw after.error;
    return model.getResponse(context, after.result);
  };
}

/** Runs the hooks of one name, in the order of their registration. */
export async function runHooks(
  hooks: Iterable<HookCallback> | undefined,
  context: Record<string, unknown>,
): Promise<void> {
  for (const hook of hooks ?? []) await hook(context);
}

/** As in Azure, a line that the function logs after its end comes with a warning. */
function invocationContext(
  { name, metadata, bindingName }: HostedFunction,
  { data, triggerMetadata = {}, traceParent }: InvocationInput,
  log: Log,
): { core: CoreInvocationContext; end: () => void } {
  let ended = false;
  const invocationId = randomUUID();
  const request: RpcInvocationRequest = {
    invocationId,
    functionId: name,
    inputData: [{ name: bindingName, data }],
    triggerMetadata,
    traceContext: { traceParent: childOf(traceParent), traceState: '', attributes: {} },
  };
  const core: CoreInvocationContext = {
    invocationId,
    request,
    metadata,
    log: (level, category, message) => {
      if (ended) log('warning', `[host] ${unexpectedLog} Function name: ${name}.`);
      if (category === 'user') log(level, message);
      else if (isAtLeast(level, 'warning')) log(level, `[host] ${message}`);
    },
  };
  const end = () => {
    ended = true;
  };
  return { core, end };
}

const unexpectedLog =
  "Unexpected call to 'log' on the context object after function execution has completed.";

/** A span of the caller's trace, or of a new one. @see https://www.w3.org/TR/trace-context/ */
function childOf(traceParent: string | undefined): string {
  const parent = /^00-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/.exec(traceParent ?? '');
  const trace = parent?.[1] ?? randomBytes(16).toString('hex');
  return `00-${trace}-${randomBytes(8).toString('hex')}-${parent?.[2] ?? '00'}`;
}
