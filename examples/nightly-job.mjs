// Reads the mail of somebody who is away. Settings: see README.md here.
const { EVERGREEN_URL, TOKEN_ENDPOINT, CLIENT_ID, CLIENT_SECRET, SCOPE, USER_ID } = process.env;

async function ask(url, init) {
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
}

// The job proves who it is, as any daemon does. The user's tokens never come here.
const credential = { client_id: CLIENT_ID, client_secret: CLIENT_SECRET, scope: SCOPE };
const body = new URLSearchParams({ grant_type: 'client_credentials', ...credential });
const { access_token: job } = await ask(TOKEN_ENDPOINT, { method: 'POST', body });

let next = `${EVERGREEN_URL}/users/${USER_ID}/graph/me/messages?$select=subject`;
while (next) {
  const page = await ask(next, { headers: { authorization: `Bearer ${job}` } });
  for (const { subject } of page.value) console.log(subject);
  next = page['@odata.nextLink'];
}
