import type { StandInUser } from '../identity-provider/users.ts';
import { type FileContent, patternContent, textContent } from './file-content.ts';
import { driveItemId } from './identifiers.ts';
import type { Resource } from './resource.ts';

/** A file with its bytes. */
export interface StoredFile {
  readonly name: string;
  readonly mimeType: string;
  readonly etag: string;
  readonly content: FileContent;
}

interface Seed {
  readonly name: string;
  /** The name of the folder that it is in; absent: the root. */
  readonly within?: string;
  /** Absent for a folder. */
  readonly file?: { readonly mimeType: string; readonly content: FileContent };
}

const seeds: readonly Seed[] = [
  { name: 'Documents' },
  { name: 'Empty' },
  { name: 'Notes.txt', file: { mimeType: 'text/plain', content: textContent('Grüße\n') } },
  {
    // Shown by a browser as what it is, it would run in the origin that serves it.
    name: 'Page.html',
    file: {
      mimeType: 'text/html',
      content: textContent(
        '<!doctype html><title>Page</title><script>document.title = "run"</script>\n',
      ),
    },
  },
  {
    name: 'Measurements.bin',
    file: { mimeType: 'application/octet-stream', content: patternContent(300_000) },
  },
  {
    name: 'Recording.bin',
    file: { mimeType: 'application/octet-stream', content: patternContent(20 * 1024 * 1024) },
  },
  {
    name: 'Report ä.txt',
    within: 'Documents',
    file: { mimeType: 'text/plain', content: textContent('All went well.\n') },
  },
];

/** One user's OneDrive, the same at each start. */
export class Drive {
  readonly id: string;
  readonly #oid: string;

  constructor({ oid }: StandInUser) {
    this.#oid = oid;
    this.id = `b!${driveItemId(`${oid} drive`)}`;
  }

  item(id: string): Resource | undefined {
    const seed = this.#seed(id);
    return seed && this.#resource(seed);
  }

  /** @param id `root` for the drive's root. @returns undefined when there is no such folder */
  children(id: string): readonly Resource[] | undefined {
    const parent = id === 'root' ? undefined : this.#seed(id);
    if (id !== 'root' && (!parent || parent.file)) return undefined;
    return seeds
      .filter(({ within }) => within === parent?.name)
      .map((seed) => this.#resource(seed));
  }

  /** @returns undefined for a folder, and for what doesn't exist */
  file(id: string): StoredFile | undefined {
    const seed = this.#seed(id);
    if (!seed?.file) return undefined;
    return { name: seed.name, etag: `"{${id}},1"`, ...seed.file };
  }

  #seed(id: string): Seed | undefined {
    return seeds.find(({ name }) => this.#idOf(name) === id);
  }

  #idOf(name: string): string {
    return driveItemId(`${this.#oid} ${name}`);
  }

  #resource({ name, within, file }: Seed): Resource {
    const id = this.#idOf(name);
    const path = `/drive/root:${within === undefined ? '' : `/${within}`}`;
    const time = '2026-01-05T09:00:00Z';
    const kind = file
      ? { file: { mimeType: file.mimeType } }
      : { folder: { childCount: seeds.filter((child) => child.within === name).length } };
    return {
      id,
      name,
      size: file?.content.size ?? 0,
      eTag: `"{${id}},1"`,
      createdDateTime: time,
      lastModifiedDateTime: time,
      webUrl: `https://evergreen-my.sharepoint.example/${encodeURIComponent(name)}`,
      parentReference: {
        driveId: this.id,
        id: this.#idOf(within ?? 'root'),
        path,
      },
      ...kind,
    };
  }
}
