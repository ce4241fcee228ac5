import type { Context, Middleware } from 'koa';
import { contextsParameter } from './authentication-contexts.ts';
import { requestedContexts } from './claims-request.ts';
import type { EndpointPaths } from './endpoints.ts';
import { openidMetadata } from './endpoints.ts';
import { entraErrorBody, tenantNotFound } from './entra-error.ts';
import { readForm, withForm } from './form-request.ts';
import { scopeNames } from './graph-scopes.ts';

const metadataPath = /^\/([^/]+)\/v2\.0\/\.well-known\/openid-configuration$/;

/** The metadata document of the tenant, of `common` and of `organizations`. Others are unknown. */
export function metadata(origin: string, tenantId: string): Middleware {
  return async (ctx, next) => {
    const tenant = metadataPath.exec(ctx.path)?.[1];
    if (tenant === undefined) return next();
    if ([tenantId, 'common', 'organizations'].includes(tenant)) {
      ctx.body = openidMetadata(origin, tenant);
      return;
    }
    ctx.status = 400;
    ctx.body = entraErrorBody(tenantNotFound);
  };
}

/** Scopes of authorization requests by their short names, and of their claims what counts here. */
export function authorizationRequest(paths: EndpointPaths): Middleware {
  return async (ctx, next) => {
    if (ctx.path === paths.authorize && ctx.method === 'GET') {
      const query = new URLSearchParams(ctx.querystring);
      if (query.has('scope')) query.set('scope', scopeNames(query.get('scope')).join(' '));
      const contexts = requestedContexts(query.get('claims'));
      query.delete(contextsParameter);
      if (contexts.length > 0) query.set(contextsParameter, contexts.join(' '));
      ctx.querystring = query.toString();
    }
    return next();
  };
}

export interface DeviceAuthorizationOptions {
  readonly paths: EndpointPaths;
  readonly intervalSeconds: number;
}

/** Entra's device authorization answer has `interval` and `message`, and no complete URI. */
export function deviceAuthorization(options: DeviceAuthorizationOptions): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== options.paths.deviceCode || ctx.method !== 'POST') return next();
    const form = await readForm(ctx.req);
    form.set('scope', scopeNames(form.get('scope')).join(' '));
    replaceForm(ctx, form);
    await next();
    const body: unknown = ctx.body;
    if (ctx.status !== 200 || typeof body !== 'object' || body === null) return;
    const { verification_uri_complete: _, ...answer } = { verification_uri_complete: '', ...body };
    const { user_code: code = '', verification_uri: uri = '' } = answer as Record<string, string>;
    ctx.body = {
      ...answer,
      interval: options.intervalSeconds,
      message:
        `To sign in, use a web browser to open the page ${uri} and enter the code ${code} ` +
        'to authenticate.',
    };
  };
}

/** Gives those that come after another body to read. */
export function replaceForm(ctx: Context, form: URLSearchParams): void {
  const request = withForm(ctx.req, form);
  ctx.req = request;
  ctx.request.req = request;
  ctx.response.req = request;
}
