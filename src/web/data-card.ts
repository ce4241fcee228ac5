import { deleteData } from './api.ts';
import { button, card, element } from './dom.ts';
import { problemView } from './problem-view.ts';
import { data as words } from './strings.ts';

/** Deletes all that the app keeps of the user, once they have said so twice. */
export function dataCard(deleted: () => void, failed: (error: unknown) => void): HTMLElement {
  const trouble = element('div');
  const cancel = button(words.cancel, () => dialog.close());
  const confirm = button(words.confirm, () => void carryOut(), 'danger');
  const dialog = element(
    'dialog',
    { 'aria-labelledby': 'delete-title', 'aria-describedby': 'delete-what' },
    element('h2', { id: 'delete-title' }, words.sure),
    element('p', { id: 'delete-what' }, words.consequence),
    trouble,
    element('p', { class: 'row' }, cancel, confirm),
  );

  async function carryOut(): Promise<void> {
    confirm.disabled = true;
    trouble.replaceChildren();
    try {
      await deleteData();
      dialog.close();
      deleted();
    } catch (error) {
      trouble.replaceChildren(problemView(error));
      failed(error);
    } finally {
      confirm.disabled = false;
    }
  }

  const ask = button(words.delete, () => dialog.showModal(), 'danger');
  return card('data', words.title, element('p', {}, words.what), element('p', {}, ask), dialog);
}
