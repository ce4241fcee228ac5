import type { KoaContextWithOIDC } from 'oidc-provider';
import { escapeHtml, page } from './html.ts';

/** The pages where a person enters the device's code and approves or declines. */
export function deviceFlowPages() {
  return {
    userCodeInputSource(ctx: KoaContextWithOIDC, form: string, _out?: unknown, error?: Error) {
      const title = error?.name === 'AbortedError' ? 'Sign-in declined' : 'Enter code';
      ctx.type = 'html';
      ctx.body = page(title, codeForm(ctx, form, messageFor(error)));
    },

    userCodeConfirmSource(
      ctx: KoaContextWithOIDC,
      form: string,
      client: { clientName?: string | undefined },
      _device: unknown,
      userCode: string,
    ) {
      ctx.type = 'html';
      ctx.body = page(
        'Approve the device',
        `<p>${escapeHtml(client.clientName ?? 'An application')} asks to sign you in.
Go on only if your device shows this code:</p>
<p><code>${escapeHtml(userCode)}</code></p>
${form.replace(
  '</form>',
  `<button type="submit">Continue</button>
<button type="submit" name="abort" value="yes">Decline</button>
</form>`,
)}`,
      );
    },

    successSource(ctx: KoaContextWithOIDC) {
      ctx.type = 'html';
      ctx.body = page('You are signed in', '<p>Go back to your device. You may close this.</p>');
    },
  };
}

/** oidc-provider's form has an inline script and no label: only its secret is taken over. */
function codeForm(ctx: KoaContextWithOIDC, form: string, message: string): string {
  const secret = /name="xsrf" value="([0-9a-f]+)"/.exec(form)?.[1] ?? '';
  const { otc } = ctx.query;
  const code = typeof otc === 'string' ? otc : '';
  return `<p role="status">${escapeHtml(message)}</p>
<form method="post" action="${escapeHtml(ctx.path.split('/').slice(0, 2).join('/'))}">
<input type="hidden" name="xsrf" value="${secret}">
<label for="user_code">Code</label>
<input id="user_code" name="user_code" value="${escapeHtml(code)}" autocomplete="off" required>
<button type="submit">Next</button>
</form>`;
}

function messageFor(error: Error | undefined): string {
  switch (error?.name) {
    case undefined:
      return 'Enter the code that your device shows.';
    case 'AbortedError':
      return 'You declined. To sign in after all, ask your device for a new code.';
    case 'ExpiredError':
      return 'That code has expired. Ask your device for a new one.';
    case 'AlreadyUsedError':
      return 'That code has been used. Ask your device for a new one.';
    default:
      return "That code didn't work. Check it and try again.";
  }
}
