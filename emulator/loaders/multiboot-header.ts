/** The header of a Multiboot 1 kernel. Source: Multiboot Specification 0.6.96, section 3.1. */

/** The header lies wholly within the first 8 KiB of the image. */
export const MULTIBOOT_SEARCH_BYTES = 8192;
const HEADER_MAGIC = 0x1badb002;

/** Bits of the header's `flags`. */
export const HEADER_FLAGS = { pageAlign: 1, memoryInfo: 2, videoMode: 4, addresses: 0x1_0000 } as const;
/** Requirements that a loader must understand or else refuse: bits 0 to 15. */
const REQUIRED_MASK = 0xffff;
const KNOWN_REQUIREMENTS = HEADER_FLAGS.pageAlign | HEADER_FLAGS.memoryInfo | HEADER_FLAGS.videoMode;

/** Where an image that is no ELF file goes; all physical. */
export interface KernelAddresses {
  /** Where the header's magic goes. */
  readonly header: number;
  readonly load: number;
  /** End of what is loaded; 0: the rest of the file. */
  readonly loadEnd: number;
  /** End of the zeros after it; 0: there are none. */
  readonly bssEnd: number;
  readonly entry: number;
}

export interface MultibootHeader {
  /** Where it is in the file. */
  readonly offset: number;
  readonly flags: number;
  readonly addresses?: KernelAddresses;
  /** Requirements that are not known to this loader: 0 when it can be booted. */
  readonly unknownRequirements: number;
}

/** The first valid header (magic and checksum) in the first 8 KiB of a file, or nothing. */
export function findMultibootHeader(start: Uint8Array): MultibootHeader | undefined {
  const bytes = start.subarray(0, MULTIBOOT_SEARCH_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const word = (offset: number) => view.getUint32(offset, true);
  for (let offset = 0; offset + 12 <= bytes.length; offset += 4) {
    if (word(offset) !== HEADER_MAGIC) continue;
    const flags = word(offset + 4);
    if ((HEADER_MAGIC + flags + word(offset + 8)) % 0x1_0000_0000 !== 0) continue;
    const hasAddresses = (flags & HEADER_FLAGS.addresses) !== 0;
    // A header that is cut off by the end of the file is none.
    if (hasAddresses && offset + 32 > bytes.length) continue;
    return {
      offset,
      flags,
      unknownRequirements: (flags & REQUIRED_MASK & ~KNOWN_REQUIREMENTS) >>> 0,
      ...(hasAddresses
        ? {
            addresses: {
              header: word(offset + 12),
              load: word(offset + 16),
              loadEnd: word(offset + 20),
              bssEnd: word(offset + 24),
              entry: word(offset + 28),
            },
          }
        : {}),
    };
  }
  return undefined;
}
