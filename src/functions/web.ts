import { findSession } from '../lib/auth/session/session.ts';
import { AppError } from '../lib/errors.ts';
import { getCore } from '../lib/host/app.ts';
import type { AppRequest } from '../lib/host/app-request.ts';
import { type BareHandler, registerBareRoute } from '../lib/host/http.ts';
import { html, type Reply } from '../lib/host/reply.ts';
import { findAsset } from '../lib/http/pages/assets.ts';
import { homePage } from '../lib/http/pages/home-page.ts';
import { errors } from '../lib/openapi/operation.ts';
import { htmlPage } from '../lib/openapi/responses.ts';

/** The page at `/`, what pages load, and 404 for every path that no other route has. */
const page: BareHandler = async (request): Promise<Reply> => {
  const asset = findAsset(request.path);
  if (asset) return { status: 200, headers: { 'content-type': asset.type }, body: asset.body };
  if (request.path === '/') return home(request);
  throw new AppError('not_found');
};

async function home(request: AppRequest): Promise<Reply> {
  const core = getCore();
  const { config, cookies } = core;
  const session = await findSession(core, request.cookie(cookies.session), 'browser');
  const { scopes, routes } = config.graph;
  const device = config.device !== undefined;
  return html(homePage({ signedIn: session && { scopes, routes }, device }));
}

/** Other methods: 405 where there is something, 404 elsewhere. */
const refused: BareHandler = async ({ path }) => {
  const isKnown = path === '/' || findAsset(path);
  throw isKnown
    ? new AppError('method_not_allowed', { allow: ['GET', 'HEAD'] })
    : new AppError('not_found');
};

registerBareRoute({
  name: 'web',
  route: '{*path}',
  kind: 'page',
  methods: { GET: page, HEAD: page },
  otherwise: refused,
  describedPath: '/',
  operations: {
    GET: {
      operationId: 'getPage',
      tag: 'Sign-in',
      summary: 'The web page',
      security: [],
      responses: { 200: htmlPage('Who is signed in, the life of their token, Graph to explore.') },
      errors: errors.settings,
    },
  },
});
