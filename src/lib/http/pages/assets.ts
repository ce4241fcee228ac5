/** A file that pages load, from our own origin, because the policy allows no inline script or style. */
export interface Asset {
  /** Changes with the content, so that browsers may keep the file for good. */
  path: string;
  type: string;
  body: string;
}

export type Assets = Readonly<Record<'script' | 'style' | 'icon', Asset>>;

/** Put in by build.ts, which makes them of `src/web`. */
declare const webAssets: Assets;

export const assets: Assets = webAssets;

const byPath = new Map(Object.values(assets).map((asset) => [asset.path, asset]));

export function findAsset(path: string): Asset | undefined {
  return byPath.get(path);
}
