import type { Context, Middleware } from 'koa';
import type Provider from 'oidc-provider';
import type { InteractionResults } from 'oidc-provider';
import { accountIdOf } from './claims.ts';
import type { Directory } from './directory.ts';
import { readForm } from './form-request.ts';
import { escapeHtml, page } from './html.ts';
import type { StandInUser } from './users.ts';

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/**
 * The sign-in page, `/interaction/{uid}`: GET shows the users; POST takes `user` (a user name) or
 * `cancel`, and goes back to the authorization request.
 */
export function signIn(provider: Provider, directory: Directory): Middleware {
  return async (ctx, next) => {
    if (!ctx.path.startsWith('/interaction/')) return next();
    const interaction = await findInteraction(provider, ctx);
    if (!interaction) return expired(ctx);
    if (ctx.method === 'POST') return submit(provider, directory, ctx, interaction);
    return show(provider, directory, ctx, interaction);
  };
}

async function show(
  provider: Provider,
  directory: Directory,
  ctx: Context,
  interaction: Interaction,
): Promise<void> {
  // Consent is given to whatever is asked; who consents is known by the session.
  if (interaction.prompt.name === 'consent') return finish(ctx, interaction, { consent: {} });
  const hinted = directory.byLoginHint(interaction.params['login_hint']);
  const prompts = String(interaction.params['prompt'] ?? '').split(' ');
  const mustAsk = prompts.includes('login') || prompts.includes('select_account');
  if (hinted && !mustAsk) return signInAs(provider, ctx, interaction, hinted);
  const offered = hinted && !prompts.includes('select_account') ? [hinted] : directory.users;
  render(ctx, offered);
}

async function submit(
  provider: Provider,
  directory: Directory,
  ctx: Context,
  interaction: Interaction,
): Promise<void> {
  const form = await readForm(ctx.req);
  if (form.has('cancel')) {
    return finish(ctx, interaction, {
      error: 'access_denied',
      error_description:
        'AADSTS65004: User declined to consent to access the app. The user cancelled.',
    });
  }
  const user = directory.byUsername(form.get('user') ?? '');
  if (user) return signInAs(provider, ctx, interaction, user);
  ctx.status = 400;
  render(ctx, directory.users);
}

async function signInAs(
  provider: Provider,
  ctx: Context,
  interaction: Interaction,
  user: StandInUser,
): Promise<void> {
  if (interaction.session && interaction.session.accountId !== accountIdOf(user.oid)) {
    // Another user takes over the browser. oidc-provider would post a form by script to end the
    // first user's session; without that session there is nothing to end.
    await (await provider.Session.findByUid(interaction.session.uid))?.destroy();
    delete interaction.session;
  }
  await finish(ctx, interaction, {
    login: { accountId: accountIdOf(user.oid), amr: ['pwd'] },
    select_account: {},
    consent: {},
  });
}

async function finish(
  ctx: Context,
  interaction: Interaction,
  result: InteractionResults,
): Promise<void> {
  interaction.result = result;
  await interaction.persist();
  ctx.status = 303;
  ctx.redirect(interaction.returnTo);
}

async function findInteraction(provider: Provider, ctx: Context): Promise<Interaction | undefined> {
  try {
    return await provider.interactionDetails(ctx.req, ctx.res);
  } catch (error) {
    if (error instanceof Error && error.name === 'SessionNotFound') return undefined;
    throw error;
  }
}

function render(ctx: Context, users: readonly StandInUser[]): void {
  const buttons = users.map(
    (user) =>
      `<button name="user" value="${escapeHtml(user.username)}">Sign in as ${escapeHtml(user.name)}` +
      `<small>${escapeHtml(user.username)}</small></button>`,
  );
  ctx.type = 'html';
  ctx.set('Cache-Control', 'no-store');
  ctx.body = page(
    'Pick an account',
    `<form method="post" action="${escapeHtml(ctx.path)}">
${buttons.join('\n')}
<button name="cancel" value="true">Cancel</button>
</form>`,
  );
}

function expired(ctx: Context): void {
  ctx.status = 400;
  ctx.type = 'html';
  ctx.body = page('This sign-in has ended', '<p>Go back to the application and start again.</p>');
}
