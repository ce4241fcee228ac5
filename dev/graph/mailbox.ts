import type { StandInUser } from '../identity-provider/users.ts';
import { etagOf, mailboxId } from './identifiers.ts';
import { emailAddressOf, type Resource } from './resource.ts';

/** Messages that each user has at the start. */
const seededMessages = 42;

export interface Message extends Resource {
  readonly id: string;
  readonly subject: string;
  readonly parentFolderId: string;
  readonly isRead: boolean;
}

export interface MailFolder extends Resource {
  readonly id: string;
  readonly displayName: string;
}

const folderNames = ['Inbox', 'Archive', 'Sent Items', 'Drafts', 'Deleted Items'];

/** One user's mail, the newest first: the same at each start, but for what is changed in it. */
export class Mailbox {
  readonly #messages: Message[];
  readonly #oid: string;
  /** When each message was last changed, in versions of the mailbox. */
  readonly #changed = new Map<string, number>();
  #version = 0;

  constructor(user: StandInUser, users: readonly StandInUser[]) {
    this.#oid = user.oid;
    this.#messages = Array.from({ length: seededMessages }, (_, index) =>
      seedMessage(index, user, users[index % users.length] ?? user),
    );
  }

  /** Grows by one with each change. */
  get version(): number {
    return this.#version;
  }

  get messages(): readonly Message[] {
    return this.#messages;
  }

  message(id: string): Message | undefined {
    return this.#messages.find((message) => message.id === id);
  }

  changedSince(version: number): readonly Message[] {
    return this.#messages.filter(({ id }) => (this.#changed.get(id) ?? 0) > version);
  }

  /** @returns the message as it is now; undefined when there is none of that id */
  update(id: string, changes: Resource): Message | undefined {
    const index = this.#messages.findIndex((message) => message.id === id);
    const old = this.#messages[index];
    if (!old) return undefined;
    this.#version += 1;
    this.#changed.set(id, this.#version);
    const lastModifiedDateTime = new Date(Date.now()).toISOString();
    const etag = etagOf(`${id} ${this.#version}`);
    const message = { ...old, ...changes, ...versionOf(etag), lastModifiedDateTime };
    this.#messages[index] = message;
    return message;
  }

  folders(): readonly MailFolder[] {
    return folderNames.map((displayName) => {
      const id = folderId(this.#oid, displayName);
      const messages = this.#messages.filter(({ parentFolderId }) => parentFolderId === id);
      return {
        id,
        displayName,
        parentFolderId: folderId(this.#oid, 'root'),
        childFolderCount: 0,
        unreadItemCount: messages.filter(({ isRead }) => !isRead).length,
        totalItemCount: messages.length,
        sizeInBytes: messages.length * 5_000,
        isHidden: false,
      };
    });
  }

  /** @param id or a well-known name such as `inbox` or `sentitems` */
  folder(id: string): MailFolder | undefined {
    return this.folders().find(
      (folder) =>
        folder.id === id || folder.displayName.replace(' ', '').toLowerCase() === id.toLowerCase(),
    );
  }
}

const newest = Date.UTC(2026, 0, 30, 16, 45);
const topics = ['Budget', 'Field report', 'Lunch on Friday', 'Offer', 'Minutes', 'Travel'];

/** A message every seven hours; every third is unread, every sixth in the archive. */
function seedMessage(index: number, user: StandInUser, sender: StandInUser): Message {
  const id = mailboxId(`${user.oid} message ${index}`);
  const received = `${new Date(newest - index * 7 * 3_600_000).toISOString().slice(0, 19)}Z`;
  const subject = `${topics[index % topics.length]} ${index + 1}`;
  const text = `Hello ${user.givenName}, this is about "${subject}". Regards, ${sender.name}`;
  return {
    ...versionOf(etagOf(`${id} 0`)),
    id,
    createdDateTime: received,
    lastModifiedDateTime: received,
    receivedDateTime: received,
    sentDateTime: received,
    categories: [],
    hasAttachments: false,
    internetMessageId: `<${id.slice(8, 40)}@evergreen.example>`,
    subject,
    bodyPreview: text,
    importance: 'normal',
    parentFolderId: folderId(user.oid, index % 6 === 5 ? 'Archive' : 'Inbox'),
    conversationId: mailboxId(`${user.oid} conversation ${index}`),
    isRead: index % 3 !== 0,
    isDraft: false,
    inferenceClassification: 'focused',
    body: { contentType: 'text', content: text },
    sender: emailAddressOf(sender),
    from: emailAddressOf(sender),
    toRecipients: [emailAddressOf(user)],
    ccRecipients: [],
    flag: { flagStatus: 'notFlagged' },
  };
}

function versionOf(etag: string): { '@odata.etag': string; changeKey: string } {
  return { '@odata.etag': etag, changeKey: etag.slice(3, -1) };
}

function folderId(oid: string, name: string): string {
  return mailboxId(`${oid} folder ${name}`);
}
