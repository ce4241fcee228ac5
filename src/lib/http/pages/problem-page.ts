import type { ProblemDetails } from '../problem-details.ts';
import { document, markup } from './html.ts';

/** A problem for a person who came here by a link. */
export function problemPage(problem: ProblemDetails): string {
  const again = problem.loginUrl
    ? markup`<p><a class="action" href="${problem.loginUrl}">Sign in</a></p>`
    : undefined;
  const body = markup`<h1>${problem.title}</h1>
<p>${problem.detail ?? ''}</p>
${again}
<p><small>${problem.code} · request ${problem.requestId}</small></p>`;
  return document(problem.title, body);
}
