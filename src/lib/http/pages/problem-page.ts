import { hints, problem as words } from '../../../web/strings.ts';
import type { ProblemDetails } from '../problem-details.ts';
import { document, markup } from './html.ts';

/** A problem for a person who came here by a link. */
export function problemPage(problem: ProblemDetails): string {
  const again = problem.loginUrl
    ? markup`<p><a class="button primary" href="${problem.loginUrl}">${words.signIn}</a></p>`
    : undefined;
  const body = markup`<section class="hero"><h1>${problem.title}</h1>
<p>${problem.detail ?? ''}</p>
${again ?? markup`<p>${hints[problem.code] ?? ''}</p>`}
<p class="fine">${problem.code} · ${words.request(problem.requestId)}</p></section>`;
  return document(problem.title, body);
}
