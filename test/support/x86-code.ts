/** A CodeCapability over x86 bytes for tests of the disassembly; lengths come from iced-x86. */
import { Decoder, DecoderOptions, FlowControl } from 'iced-x86';
import type { CodeCapability, ControlFlow, DecodedInstruction } from '../../emulator/debug/target';

/** Readable from `base` on, as far as the bytes go. */
export function x86Code(bytes: Uint8Array, base: bigint, bits: 16 | 32): CodeCapability {
  const hex = (value: bigint): string => value.toString(16).toUpperCase().padStart(4, '0');
  return {
    mode: () => ({ bits, title: `${bits}-bit` }),
    pc: () => base,
    format: (address) => `0000:${hex(address)}`,
    resolve: (segment, offset) => (segment << 4n) + offset,
    decode(address, count) {
      const start = address - base;
      if (start < 0n || start >= BigInt(bytes.length)) return [];
      const decoder = new Decoder(bits, bytes.subarray(Number(start)), DecoderOptions.None);
      decoder.ip = address;
      const decoded: DecodedInstruction[] = [];
      while (decoded.length < count && decoder.canDecode) {
        const instruction = decoder.decode();
        const at = instruction.ip;
        const from = Number(at - base);
        const isBranch =
          instruction.flowControl === FlowControl.UnconditionalBranch || instruction.flowControl === FlowControl.Call;
        const near = isBranch && instruction.isJmpShortOrNear;
        const call = instruction.isCallNear;
        const flow: ControlFlow = call ? 'call' : near ? 'jump' : 'next';
        const length = instruction.isInvalid ? 1 : instruction.length;
        decoded.push({
          address: at,
          length,
          bytes: bytes.slice(from, from + length),
          flow,
          addressText: `0000:${hex(at)}`,
          ...(near || call ? { target: instruction.nearBranchTarget } : {}),
        });
        const invalid = instruction.isInvalid;
        instruction.free();
        if (invalid) break;
      }
      decoder.free();
      return decoded;
    },
  };
}
