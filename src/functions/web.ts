import { AppError } from '../lib/errors.ts';
import { getServices } from '../lib/host/app.ts';
import { type Handler, registerRoute } from '../lib/host/http.ts';
import { html, type Reply } from '../lib/host/reply.ts';
import { assets } from '../lib/http/pages/assets.ts';
import { homePage } from '../lib/http/pages/home-page.ts';

/** The web page at `/`, what it loads, and 404 for every path that no other route has. */
const page: Handler = async (request): Promise<Reply> => {
  const asset = assets[request.path];
  if (asset) return { status: 200, headers: { 'content-type': asset.type }, body: asset.body };
  if (request.path !== '/') throw new AppError('not_found');
  const services = getServices();
  const session = await services.findSession(request.cookie(services.cookies.session), 'browser');
  return html(homePage(session && (await services.viewSession(session))));
};

/** Other methods: 405 where there is something, 404 elsewhere. */
const refused: Handler = async ({ path }) => {
  const isKnown = path === '/' || path in assets;
  throw isKnown
    ? new AppError('method_not_allowed', { allow: ['GET', 'HEAD'] })
    : new AppError('not_found');
};

registerRoute({
  name: 'web',
  route: '{*path}',
  kind: 'page',
  methods: {
    GET: page,
    HEAD: page,
    POST: refused,
    PUT: refused,
    PATCH: refused,
    DELETE: refused,
    OPTIONS: refused,
  },
});
