/** A picture as JSON, to be there again after a reload of the window. */
import type { Picture } from '../../shared/display';

/** As the picture, with base64 text in the place of bytes. */
export type KeptPicture = { readonly [name: string]: unknown; readonly kind: Picture['kind'] };

/** Names of the members that hold bytes. */
const BYTES = ['cells', 'font', 'palette', 'pixels'] as const;

/** Bytes that are spread into one call at most. */
const CHUNK = 0x4000;

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(text);
}

export function keep(picture: Picture): KeptPicture {
  const kept: Record<string, unknown> & { kind: Picture['kind'] } = { ...picture };
  for (const name of BYTES) {
    const value = kept[name];
    if (value instanceof Uint8Array) kept[name] = toBase64(value);
  }
  return kept;
}

export function unkeep(kept: KeptPicture): Picture {
  const picture: Record<string, unknown> = { ...kept };
  for (const name of BYTES) {
    const value = picture[name];
    if (typeof value === 'string') picture[name] = Uint8Array.from(atob(value), (char) => char.charCodeAt(0));
  }
  return picture as unknown as Picture;
}
