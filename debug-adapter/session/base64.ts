/** Bytes as base64 text, without a library of the host. */
import { RequestError } from '../dap/errors';

/** Bytes turned at once, so that the argument list stays short. */
const CHUNK = 0x8000;

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(text);
}

/** @throws RequestError for what is not base64 */
export function fromBase64(text: string): Uint8Array {
  let decoded: string;
  try {
    decoded = atob(text);
  } catch {
    throw new RequestError('The data is not base64.');
  }
  return Uint8Array.from(decoded, (character) => character.charCodeAt(0));
}
