import { randomUUID } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import type Provider from 'oidc-provider';
import { satisfiesContexts } from './authentication-contexts.ts';
import {
  type AppTokenOutcome,
  type ClientCredentialsOptions,
  clientCredentials,
} from './client-credentials.ts';
import type { Directory } from './directory.ts';
import {
  consentRequired,
  type EntraError,
  entraErrorBody,
  entraErrorOf,
  interactionRequired,
  type ProviderError,
} from './entra-error.ts';
import type { Fault, Faults, TokenSubject } from './faults.ts';
import { readForm } from './form-request.ts';
import { scopeNames } from './graph-scopes.ts';
import { falsifyIdToken } from './id-token-fault.ts';
import type { Persistence } from './persistence.ts';
import { coverRequestedScopes } from './refresh-scopes.ts';
import { replaceForm } from './requests.ts';
import { entraTokenAnswer, type TokenAnswer } from './token-answer.ts';
import type { TokenCallLog } from './token-calls.ts';

export interface TokenEndpointOptions {
  readonly path: string;
  readonly tenantId: string;
  readonly provider: Provider;
  readonly directory: Directory;
  readonly persistence: Persistence;
  readonly faults: Faults;
  readonly log: TokenCallLog;
  readonly clientCredentials: ClientCredentialsOptions;
  /** Undefined: answers carry no `refresh_in`. */
  readonly refreshInSeconds: () => number | undefined;
}

interface TokenRequest extends TokenSubject {
  readonly form: URLSearchParams;
  readonly requestId: string;
}

/** Dresses oidc-provider's token endpoint as Entra's, records each call and applies the faults. */
export function tokenEndpoint(options: TokenEndpointOptions): Middleware {
  const errors = collectErrors(options.provider);
  return async (ctx, next) => {
    if (ctx.path !== options.path || ctx.method !== 'POST') return next();
    const at = new Date(Date.now()).toISOString();
    const request = await parseRequest(ctx, options);
    const fault = await options.faults.around(request, async () => {
      const outcome = await carryOut(ctx, request, options, next);
      await dress(ctx, request, options, outcome ?? errors.get(ctx));
    });
    applyFault(ctx, fault);
    const { grantType, userOid, form, requestId } = request;
    const error = errorIn(ctx.body);
    options.log.add({
      at,
      grantType,
      requestId,
      status: fault.kind === 'reset' ? 0 : ctx.status,
      ...(userOid ? { userOid } : {}),
      ...(form.has('scope') ? { scopes: scopeNames(form.get('scope')) } : {}),
      ...(form.has('claims') ? { claims: form.get('claims') ?? '' } : {}),
      ...(error ? { error } : {}),
    });
  };
}

async function parseRequest(
  ctx: Context,
  { directory, persistence: { store } }: TokenEndpointOptions,
): Promise<TokenRequest> {
  const form = await readForm(ctx.req);
  const grantType = shortGrantType(form.get('grant_type') ?? '');
  const requestId = ctx.get('client-request-id') || randomUUID();
  const owner =
    store.ownerOf('RefreshToken', form.get('refresh_token') ?? undefined) ??
    store.ownerOf('AuthorizationCode', form.get('code') ?? undefined) ??
    store.ownerOf('DeviceCode', form.get('device_code') ?? undefined);
  return { form, grantType, requestId, userOid: directory.byAccountId(owner)?.oid };
}

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

/** Entra takes, and MSAL sends, the short name of the device grant as well. */
function shortGrantType(grantType: string): string {
  return grantType === deviceGrant ? 'device_code' : grantType;
}

/** @returns what there is to answer; undefined when oidc-provider has done so */
async function carryOut(
  ctx: Context,
  { form, grantType }: TokenRequest,
  options: TokenEndpointOptions,
  next: () => Promise<unknown>,
): Promise<AppTokenOutcome | undefined> {
  if (grantType === 'client_credentials') return clientCredentials(form, options.clientCredentials);
  if (grantType === 'device_code') form.set('grant_type', deviceGrant);
  if (form.has('scope')) {
    // A refresh token is always issued, so oidc-provider needn't hear of this scope.
    const scopes = scopeNames(form.get('scope')).filter((scope) => scope !== 'offline_access');
    form.set('scope', scopes.join(' '));
  }
  const refusal = grantType === 'refresh_token' && (await refreshRefusal(form, options));
  if (refusal) return { status: 400, refusal };
  replaceForm(ctx, form);
  await next();
  return undefined;
}

/** Why the refresh token can't bring what is asked for, although it may be good. */
async function refreshRefusal(
  form: URLSearchParams,
  { provider, persistence }: TokenEndpointOptions,
): Promise<EntraError | undefined> {
  if (!(await coverRequestedScopes(provider, persistence.store, form))) return consentRequired;
  return (await satisfiesContexts(provider, form)) ? undefined : interactionRequired;
}

async function dress(
  ctx: Context,
  { requestId }: TokenRequest,
  options: TokenEndpointOptions,
  outcome: AppTokenOutcome | ProviderError | undefined,
): Promise<void> {
  ctx.set('x-ms-request-id', randomUUID());
  ctx.set('client-request-id', requestId);
  if (outcome && 'status' in outcome) {
    ctx.status = outcome.status;
    ctx.body = 'answer' in outcome ? outcome.answer : entraErrorBody(outcome.refusal, requestId);
    return;
  }
  if (ctx.status !== 200) {
    // Setting a body turns an implicit 404 into 200: keep the status.
    const { status } = ctx;
    ctx.body = entraErrorBody(entraErrorOf(outcome ?? unknown), requestId);
    ctx.status = status;
    return;
  }
  ctx.body = await tokenAnswer(ctx.body as TokenAnswer, options);
}

const unknown: ProviderError = { error: 'server_error', detail: 'no details' };

async function tokenAnswer(
  answer: TokenAnswer,
  { tenantId, directory, persistence, faults, refreshInSeconds }: TokenEndpointOptions,
): Promise<TokenAnswer> {
  const dressed = entraTokenAnswer(answer, {
    ...{ tenantId, directory, refreshIn: refreshInSeconds() },
  });
  if (!faults.idToken || !dressed.id_token) return dressed;
  const { id_token: original, ...rest } = dressed;
  const falsified = await falsifyIdToken(original, faults.idToken, persistence.signingKeys.current);
  return falsified === undefined ? rest : { ...rest, id_token: falsified };
}

function applyFault(ctx: Context, fault: Fault): void {
  if (fault.kind === 'reset') {
    ctx.respond = false;
    ctx.req.socket.destroy();
  }
  if (fault.kind === 'answer') {
    ctx.status = fault.status;
    ctx.body = fault.body;
    ctx.set(fault.headers);
  }
}

/** oidc-provider keeps the telling part of an error out of its answer, but not out of its events. */
function collectErrors(provider: Provider): WeakMap<object, ProviderError> {
  const errors = new WeakMap<object, ProviderError>();
  provider.on('grant.error', (ctx, error) => {
    const detail = error.error_detail ?? error.error_description ?? '';
    errors.set(ctx, { error: error.error, detail });
  });
  provider.on('server_error', (ctx, error) => {
    errors.set(ctx, { error: 'server_error', detail: error.message });
  });
  return errors;
}

function errorIn(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined;
  return typeof body.error === 'string' ? body.error : undefined;
}
