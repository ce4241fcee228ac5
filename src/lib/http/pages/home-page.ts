import { frame, product, signedOut } from '../../../web/strings.ts';
import { dataBlock, document, type Markup, markup } from './html.ts';

export interface HomePage {
  /** What the page's script needs to know for somebody who is signed in. Undefined: nobody is. */
  signedIn:
    | {
        /** Scopes that may be asked for. */
        scopes: readonly string[];
        /** What may be asked of Graph. */
        routes: readonly { method: string; template: string; scopes: readonly string[] }[];
      }
    | undefined;
  /** Devices can sign in. */
  device: boolean;
}

/**
 * The page at `/`. How to sign in is always in it, if hidden: the script shows it when the session
 * ends. The view of who is signed in is the script's work.
 */
export function homePage({ signedIn, device }: HomePage): string {
  const view = signedIn
    ? markup`<div id="signed-in" class="cards home"><noscript><p>${frame.noScript}</p></noscript></div>
${dataBlock('home-data', signedIn)}`
    : undefined;
  const title = signedOut.title.map((line) => markup`<span>${line}</span> `);
  const hidden = signedIn ? markup` hidden` : undefined;
  const body = markup`<section id="signed-out" class="hero"${hidden}>
<p id="notice" class="notice" hidden></p>
<h1 id="signed-out-title" tabindex="-1">${title}</h1>
<p>${signedOut.what}</p>
<p>${signedOut.how}</p>
<p><a class="button primary" id="sign-in" href="/login?returnTo=/">${signedOut.signIn}</a></p>
${device ? deviceWay() : undefined}
</section>
${view}`;
  return document(product, body, '/');
}

function deviceWay(): Markup {
  const steps = signedOut.deviceSteps.map((step) => markup`<li>${step}</li>`);
  return markup`<section class="card" id="device">
<h2>${signedOut.device}</h2>
<p>${signedOut.deviceWhat}</p>
<ol>${steps}</ol>
<p><strong>${signedOut.deviceWarning}</strong></p>
</section>`;
}
