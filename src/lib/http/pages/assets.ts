/** What the pages load, from our own origin, because the policy allows no inline script. */
export const assets: Readonly<Record<string, { type: string; body: string }>> = {
  '/page.css': {
    type: 'text/css; charset=utf-8',
    body: `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 40rem; margin: 3rem auto; padding: 0 1rem; }
dt { font-weight: 600; }
dd { margin: 0 0 0.5rem; overflow-wrap: anywhere; }
.action { display: inline-block; font: inherit; padding: 0.4rem 1rem; border: 1px solid; border-radius: 0.3rem; color: inherit; background: none; text-decoration: none; cursor: pointer; }
`,
  },
  '/page.js': {
    type: 'text/javascript; charset=utf-8',
    body: `document.getElementById('sign-out')?.addEventListener('click', async () => {
  const response = await fetch('/logout', { method: 'POST', headers: { 'X-CSRF': '1' } });
  if (response.ok) location.assign((await response.json()).logoutUrl);
  else location.reload();
});
`,
  },
};
