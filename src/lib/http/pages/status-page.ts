import { frame, product, status } from '../../../web/strings.ts';
import { document, markup } from './html.ts';

/** The page at `/status`: its script draws what `GET /health/refresh` says to everybody. */
export function statusPage(): string {
  const body = markup`<h1>${status.title}</h1>
<p id="verdict" class="verdict" data-state="loading">${status.loading}</p>
<div id="status"><noscript><p>${frame.noScript}</p></noscript></div>`;
  return document(`${status.title} · ${product}`, body, '/status');
}
