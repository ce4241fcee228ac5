// All that a page needs: no token, no library.
const element = (id) => document.getElementById(id);

/** Graph's JSON; undefined if the person has to do something first, for which there is a link then. */
async function ask(path) {
  const response = await fetch(path);
  const body = await response.json();
  if (response.ok) return body;
  element('problem').textContent = body.detail ?? body.title;
  element('login').hidden = !body.loginUrl;
  element('login').textContent = body.code === 'consent_required' ? 'Allow it' : 'Sign in';
  if (body.loginUrl) element('login').href = body.loginUrl;
}

async function show() {
  element('problem').textContent = '';
  element('login').hidden = true;
  const me = await ask('/me');
  const mail = me && (await ask('/graph/me/messages?$select=subject&$top=5'));
  if (me) element('name').textContent = `Mail of ${me.displayName}`;
  element('messages').replaceChildren(
    ...(mail?.value ?? []).map(({ subject }) => {
      const item = document.createElement('li');
      item.textContent = subject;
      return item;
    }),
  );
}

// Signing in happens in another tab.
addEventListener('focus', show);
await show();
