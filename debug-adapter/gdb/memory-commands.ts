/** Memory: `m`, `M`, `x`, `X`, and searching. Source: Debugging with GDB, E.2 "Packets", E.4 "General Query Packets". */
import type { CommandRow } from './command';
import { bytesOfHex, bytesOfText, hexCharacters, parseCount, parseHex } from './hex';
import { PACKET_SIZE } from './packet';
import type { StubContext } from './context';

/** Bytes that are searched at once. */
const SEARCH_PIECE = 0x1_0000;
/** Most bytes that one search may look at. */
const SEARCH_MOST = 0x1_0000_0000;

const textOfBytes = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
};

/** `address,length` */
function range(text: string, most: number): { readonly address: bigint; readonly length: number } {
  const [address, length] = text.split(',');
  return { address: parseHex(address), length: parseCount(length, most) };
}

const split = (text: string, at: string): readonly [string, string] => {
  const position = text.indexOf(at);
  if (position < 0) throw new RangeError(`no ${at}`);
  return [text.slice(0, position), text.slice(position + 1)];
};

export function memoryCommands(stub: StubContext): readonly CommandRow[] {
  const read = async (address: bigint, length: number): Promise<Uint8Array> =>
    stub.target.memory.read(stub.target.description.codeSpace, address, length);
  const write = async (address: bigint, bytes: Uint8Array, length: number): Promise<string> => {
    if (bytes.length !== length) throw new RangeError('not as many bytes as were told');
    // GDB asks with no bytes whether `X` is there.
    if (length === 0) return 'OK';
    const written = await stub.target.memory.write(stub.target.description.codeSpace, address, bytes);
    return written === length ? 'OK' : 'E14';
  };
  /** Where `pattern` is found first, or nothing. */
  const find = async (start: bigint, length: number, pattern: Uint8Array): Promise<bigint | undefined> => {
    const wanted = textOfBytes(pattern);
    for (let at = 0; at + pattern.length <= length; at += SEARCH_PIECE) {
      // oxlint-disable-next-line no-await-in-loop -- the first place is wanted
      const bytes = await read(start + BigInt(at), Math.min(SEARCH_PIECE + pattern.length - 1, length - at));
      const found = textOfBytes(bytes).indexOf(wanted);
      if (found >= 0) return start + BigInt(at + found);
      if (bytes.length < pattern.length) return undefined;
    }
    return undefined;
  };
  return [
    {
      packet: 'm',
      async run(rest) {
        const { address, length } = range(rest, PACKET_SIZE / 2);
        const bytes = await read(address, length);
        return bytes.length === 0 && length > 0 ? 'E14' : hexCharacters(bytes);
      },
    },
    {
      packet: 'x',
      async run(rest) {
        const { address, length } = range(rest, PACKET_SIZE);
        const bytes = await read(address, length);
        if (bytes.length === 0 && length > 0) return 'E14';
        // LLDB asks with no bytes whether it is there, and takes the bytes bare; GDB wants a `b` before them.
        if (length === 0) return 'OK';
        if (stub.binaryMark === '') return bytes;
        const marked = new Uint8Array(bytes.length + 1);
        marked[0] = stub.binaryMark.charCodeAt(0);
        marked.set(bytes, 1);
        return marked;
      },
    },
    {
      packet: 'M',
      run(rest) {
        const [where, data] = split(rest, ':');
        const { address, length } = range(where, PACKET_SIZE);
        return write(address, bytesOfHex(data), length);
      },
    },
    {
      packet: 'X',
      run(rest) {
        const [where, data] = split(rest, ':');
        const { address, length } = range(where, PACKET_SIZE);
        return write(address, bytesOfText(data), length);
      },
    },
    {
      packet: 'qSearch:memory:',
      async run(rest) {
        const [where, more] = split(rest, ';');
        const [length, pattern] = split(more, ';');
        if (pattern === '') throw new RangeError('nothing to search for');
        const found = await find(parseHex(where), parseCount(length, SEARCH_MOST), bytesOfText(pattern));
        return found === undefined ? '0' : `1,${found.toString(16)}`;
      },
    },
  ];
}
