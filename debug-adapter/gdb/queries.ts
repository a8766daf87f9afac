/** Queries and settings: `q...`, `Q...`, threads. Source: Debugging with GDB, E.4 "General Query Packets"; LLDB's lldb-gdb-remote.txt. */
import type { CommandRow } from './command';
import { hexOfText, parseCount, parseHex, textOfHex } from './hex';
import { monitor } from './monitor';
import { PACKET_SIZE } from './packet';
import type { StubContext } from './context';
import { memoryMapXml, targetXml } from './target-xml';

/** `offset,length` of a document, as `qXfer` gives it. */
function piece(document: string, rest: string): string {
  const [offsetText, lengthText] = rest.split(',');
  const utf8 = new TextEncoder().encode(document);
  const offset = parseCount(offsetText, 0xffff_ffff);
  const length = Math.min(parseCount(lengthText, 0xffff_ffff), PACKET_SIZE / 2);
  const bytes = utf8.subarray(offset, offset + length);
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return `${offset + bytes.length < utf8.length ? 'm' : 'l'}${text}`;
}

export function queryCommands(stub: StubContext): readonly CommandRow[] {
  const bits = async (): Promise<number> =>
    (await stub.target.code?.mode())?.bits ?? stub.target.description.addressBits;
  const answer = (packet: string, text: string): CommandRow => ({ packet, run: () => text });
  return [
    {
      packet: 'qSupported',
      run(rest) {
        const client = rest.slice(1).split(';');
        stub.breakReasons = client.includes('swbreak+');
        // Old GDBs know no `x`; new ones say so, and want a mark before the bytes.
        stub.binaryMark = client.includes('binary-upload+') ? 'b' : '';
        const { target } = stub;
        return [
          `PacketSize=${PACKET_SIZE.toString(16)}`,
          'QStartNoAckMode+',
          'qXfer:features:read+',
          ...(target.memory.regions === undefined ? [] : ['qXfer:memory-map:read+']),
          ...(target.reverse === undefined ? [] : ['ReverseStep+', 'ReverseContinue+']),
          'swbreak+',
          'hwbreak+',
          'vContSupported+',
          'binary-upload+',
          'error-message+',
        ].join(';');
      },
    },
    {
      packet: 'QStartNoAckMode',
      run() {
        stub.send('OK');
        stub.acknowledging = false;
        return undefined;
      },
    },
    { packet: 'qXfer:features:read:target.xml:', run: async (rest) => piece(targetXml(stub.map, await bits()), rest) },
    answer('qXfer:features:read:', 'E00'),
    {
      packet: 'qXfer:memory-map:read::',
      async run(rest) {
        const regions = await stub.target.memory.regions?.('physical');
        return regions === undefined ? '' : piece(memoryMapXml(regions, stub.target.description.addressBits), rest);
      },
    },
    {
      packet: 'qRcmd,',
      async run(rest) {
        const text = await monitor(stub, textOfHex(rest));
        return text === '' ? 'OK' : hexOfText(text.endsWith('\n') ? text : `${text}\n`);
      },
    },
    answer('qAttached', '1'),
    { packet: 'qC', exact: true, run: () => 'QC1' },
    answer('qfThreadInfo', 'm1'),
    answer('qsThreadInfo', 'l'),
    {
      packet: 'qThreadExtraInfo,',
      async run() {
        const { target } = stub;
        const mode = await target.code?.mode();
        return hexOfText(`${target.description.cpu}${mode === undefined ? '' : `, ${mode.title}`}`);
      },
    },
    // There is one thread; whichever is named is it.
    answer('H', 'OK'),
    answer('T', 'OK'),
    answer('qSymbol::', 'OK'),
    ...lldbQueries(stub, bits),
  ];
}

/** What LLDB asks for beside GDB's own. */
function lldbQueries(stub: StubContext, bits: () => Promise<number>): readonly CommandRow[] {
  const host = async (): Promise<string> => {
    const { byteOrder, addressBits } = stub.target.description;
    return `triple:${hexOfText(stub.map.triple(await bits()))};endian:${byteOrder};ptrsize:${addressBits / 8};`;
  };
  return [
    { packet: 'qHostInfo', run: host },
    { packet: 'qProcessInfo', run: async () => `pid:1;${await host()}` },
    { packet: 'qThreadStopInfo', run: async () => stub.stopText(await stub.present(), false) },
    { packet: 'QThreadSuffixSupported', run: () => 'OK' },
    { packet: 'QEnableErrorStrings', run: () => 'OK' },
    {
      packet: 'qMemoryRegionInfo:',
      run(rest) {
        const end = 1n << BigInt(stub.target.description.addressBits);
        if (parseHex(rest) >= end) return `start:${end.toString(16)};size:${((1n << 64n) - end).toString(16)};`;
        return `start:0;size:${end.toString(16)};permissions:rwx;`;
      },
    },
  ];
}
