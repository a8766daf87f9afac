/**
 * What programs call the firmware for: each service in words, for hovers, lines about calls, and docs. Registers and
 * meanings: IBM Personal System/2 and Personal Computer BIOS Interface Technical Reference (1988); the disk extensions:
 * Enhanced Disk Drive Specification 3.0 (Phoenix, 1998); memory: Advanced Configuration and Power Interface Specification,
 * chapter 15.
 */

export interface ServiceDescription {
  readonly interrupt: number;
  /** AH; absent for an interrupt without functions. */
  readonly service?: number;
  /** AL, where it belongs to the function's number. */
  readonly part?: number;
  /** Programs ask for it, but this firmware has none of it. */
  readonly isMissing?: true;
  /** What it does, in the few words that a line of the Debug Console has room for; without a full stop. */
  readonly title: string;
  /** What it takes and gives, by register; AH (and AL) aside where they are its number. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}

type Registers = Readonly<Record<string, string>>;
type Row = readonly [number: number | undefined, title: string, inputs?: Registers, outputs?: Registers];

/** Rows of an interrupt; a number of more than two digits is AX, else AH. */
const rows = (interrupt: number, list: readonly Row[]): readonly ServiceDescription[] =>
  list.map(([number, title, inputs = {}, outputs = {}]) => ({
    interrupt,
    ...(number === undefined
      ? {}
      : number > 0xff
        ? { service: number >> 8, part: number & 0xff }
        : { service: number }),
    title,
    inputs,
    outputs,
  }));

/** Those that programs may ask for in vain. */
const missing = (list: readonly ServiceDescription[]): readonly ServiceDescription[] =>
  list.map((service) => ({ ...service, isMissing: true }));

const STATUS = { CF: 'set on an error', AH: 'status, 00h for success' };
const DRIVE = { DL: 'drive: 00h the first floppy, 80h the first hard disk' };
const CHS = {
  CH: 'cylinder, bits 0 to 7',
  CL: 'sector from 1 in bits 0 to 5, cylinder bits 8 and 9 in bits 6 and 7',
  DH: 'head',
  ...DRIVE,
};
const PACKET = {
  ...DRIVE,
  'DS:SI': 'disk address packet: its size 10h, 0, sectors (word), buffer (offset, segment), LBA (qword)',
};
const PAGE = { BH: 'display page' };
const CURSOR = { DH: 'row from 0', DL: 'column from 0' };
const SCROLL = {
  AL: 'rows to scroll, 0 clears the window',
  BH: 'attribute of the new rows',
  CH: 'top row',
  CL: 'left column',
  DH: 'bottom row',
  DL: 'right column',
};
const PORT = { DX: 'serial port: 0 is COM1' };
const LINE_STATUS = { AH: 'line status; bit 7: timed out' };
const BCD_TIME = { CH: 'hours, BCD', CL: 'minutes, BCD', DH: 'seconds, BCD' };
const BCD_DATE = { CH: 'century, BCD', CL: 'year, BCD', DH: 'month, BCD', DL: 'day, BCD' };
const KEY = { AH: 'scan code', AL: 'character, 0 or E0h for a key without one' };

export const SERVICE_DESCRIPTIONS: readonly ServiceDescription[] = [
  ...rows(0x05, [[undefined, 'Print the screen']]),
  ...rows(0x10, [
    [0x00, 'Set the video mode', { AL: 'mode: 03h is text 80x25, 13h 320x200 in 256 colours; bit 7 keeps the screen' }],
    [0x01, 'Set the shape of the cursor', { CH: 'first scan line, bit 5 hides it', CL: 'last scan line' }],
    [0x02, 'Move the cursor', { ...PAGE, ...CURSOR }],
    [0x03, 'Read the cursor', PAGE, { CX: 'shape: first and last scan line', ...CURSOR }],
    [0x05, 'Select the display page', { AL: 'page' }],
    [0x06, 'Scroll a window up', SCROLL],
    [0x07, 'Scroll a window down', SCROLL],
    [0x08, 'Read character and attribute', PAGE, { AL: 'character', AH: 'attribute' }],
    [0x09, 'Write characters and attribute', { AL: 'character', BL: 'attribute, or colour in graphics modes', ...PAGE, CX: 'how many' }],
    [0x0a, 'Write characters', { AL: 'character', ...PAGE, CX: 'how many' }],
    [0x0b, 'Set border or CGA palette', { BH: '0 border and background, 1 palette', BL: 'colour or palette' }],
    [0x0c, 'Write a pixel', { AL: 'colour, bit 7 combines by exclusive or', BH: 'page', CX: 'column', DX: 'row' }],
    [0x0d, 'Read a pixel', { BH: 'page', CX: 'column', DX: 'row' }, { AL: 'colour' }],
    [0x0e, 'Teletype output', { AL: 'character; 07h, 08h, 0Ah and 0Dh act', BL: 'colour in graphics modes', ...PAGE }],
    [0x0f, 'Read the video mode', {}, { AL: 'mode', AH: 'columns', BH: 'display page' }],
    [0x10, 'Palette registers and colours', { AL: 'function: 00h a palette register, 03h blink or bright background, 10h a colour, 12h colours' }],
    [0x11, 'Character generators', { AL: 'function: 12h loads 8x8, 14h 8x16, 30h tells where a font lies' }],
    [0x12, 'Alternate select', { BL: 'function: 10h tells of the adapter, 30h sets the scan lines of text modes' }],
    [0x13, 'Write a string', { AL: 'bit 0 moves the cursor, bit 1: attributes are in the string', BL: 'attribute', ...PAGE, CX: 'length', ...CURSOR, 'ES:BP': 'the string' }],
    [0x1a, 'Display combination', { AL: '0 reads' }, { AL: '1Ah where it is known', BL: 'active display' }],
    [0x1b, 'Read the video state', { BX: '0', 'ES:DI': '64 bytes for it' }, { AL: '1Bh where it is known' }],
    [0x1c, 'Save or restore the video state', { AL: '0 tells the size, 1 saves, 2 restores', CX: 'what: bit 0 hardware, 1 data area, 2 colours', 'ES:BX': 'buffer' }, { AL: '1Ch where it is known', BX: 'size in blocks of 64 bytes' }],
  ]),
  ...missing(
    rows(0x10, [
      [0x4f00, 'VBE: controller information', { 'ES:DI': '512 bytes for it' }, { AX: '004Fh where it is known' }],
      [0x4f01, 'VBE: mode information', { CX: 'mode', 'ES:DI': '256 bytes for it' }, { AX: '004Fh where it is known' }],
      [0x4f02, 'VBE: set a mode', { BX: 'mode; bit 14: linear frame buffer' }, { AX: '004Fh where it was set' }],
    ]),
  ),
  ...rows(0x11, [[undefined, 'Read the equipment list', {}, { AX: 'bit 0 floppies, bits 4 and 5 video, bits 6 and 7 number of floppies less 1, bits 9 to 11 serial ports' }]]),
  ...rows(0x12, [[undefined, 'Conventional memory size', {}, { AX: 'KiB below 640 KiB' }]]),
  ...rows(0x13, [
    [0x00, 'Reset the drive', DRIVE, STATUS],
    [0x01, 'Status of the last operation', DRIVE, { AH: 'status' }],
    [0x02, 'Read sectors', { AL: 'sectors', ...CHS, 'ES:BX': 'buffer' }, { ...STATUS, AL: 'sectors read' }],
    [0x03, 'Write sectors', { AL: 'sectors', ...CHS, 'ES:BX': 'buffer' }, { ...STATUS, AL: 'sectors written' }],
    [0x04, 'Verify sectors', { AL: 'sectors', ...CHS }, STATUS],
    [0x05, 'Format a track', { ...CHS, 'ES:BX': 'address fields' }, STATUS],
    [0x08, 'Read the geometry of a drive', DRIVE, { CF: 'set on an error', CH: 'last cylinder, bits 0 to 7', CL: 'last sector in bits 0 to 5, cylinder bits 8 and 9', DH: 'last head', DL: 'number of drives', BL: 'type of floppy', 'ES:DI': 'parameters of a floppy' }],
    [0x09, 'Set the parameters of a hard disk', DRIVE, STATUS],
    [0x0c, 'Seek to a cylinder', CHS, STATUS],
    [0x0d, 'Reset the hard disk', DRIVE, STATUS],
    [0x10, 'Test drive ready', DRIVE, STATUS],
    [0x11, 'Recalibrate the drive', DRIVE, STATUS],
    [0x14, 'Controller self-test', DRIVE, STATUS],
    [0x15, 'Read the type of a drive', DRIVE, { AH: '0 none, 1 floppy, 2 floppy that tells a change, 3 hard disk', 'CX:DX': 'sectors of a hard disk' }],
    [0x16, 'Disk change', DRIVE, { CF: 'set where it was', AH: '06h where it was' }],
    [0x17, 'Set the type of the floppy', { AL: 'type', ...DRIVE }, STATUS],
    [0x18, 'Set media type for format', { CH: 'last cylinder', CL: 'sectors on a track', ...DRIVE }, { ...STATUS, 'ES:DI': 'parameters' }],
    [0x41, 'Check for disk extensions', { BX: '55AAh', ...DRIVE }, { CF: 'set where there are none', BX: 'AA55h', AH: 'version', CX: 'bit 0: reads and writes by LBA' }],
    [0x42, 'Read sectors by LBA', PACKET, STATUS],
    [0x43, 'Write sectors by LBA', { AL: '0 or 1 without, 2 with verification', ...PACKET }, STATUS],
    [0x44, 'Verify sectors by LBA', PACKET, STATUS],
    [0x45, 'Lock or unlock the medium', { AL: '0 locks, 1 unlocks, 2 asks', ...DRIVE }, STATUS],
    [0x46, 'Eject the medium', DRIVE, STATUS],
    [0x47, 'Seek by LBA', PACKET, STATUS],
    [0x48, 'Read drive parameters', { ...DRIVE, 'DS:SI': 'buffer; its first word is its size, 1Ah at least' }, STATUS],
    [0x49, 'Medium change', DRIVE, { CF: 'set where it was', AH: '06h where it was' }],
    [0x4e, 'Set how the drive transfers', { AL: 'what: 01h allows prefetching, 03h the fastest PIO mode', ...DRIVE }, STATUS],
  ]),
  ...missing(
    rows(0x13, [
      [0x4b00, 'End CD emulation', { ...DRIVE, 'DS:SI': 'specification packet' }, STATUS],
      [0x4b01, 'Read the state of CD emulation', { ...DRIVE, 'DS:SI': 'specification packet' }, STATUS],
    ]),
  ),
  ...rows(0x14, [
    [0x00, 'Set up a serial port', { AL: 'bits 5 to 7 speed (7: 9600), 3 and 4 parity, 2 stop bits, 0 and 1 length (3: 8 bits)', ...PORT }, { AH: 'line status', AL: 'modem status' }],
    [0x01, 'Send a character', { AL: 'character', ...PORT }, LINE_STATUS],
    [0x02, 'Receive a character', PORT, { ...LINE_STATUS, AL: 'character' }],
    [0x03, 'Serial port status', PORT, { AH: 'line status', AL: 'modem status' }],
    [0x04, 'Set up a serial port, by parts', { AL: '1 sends a break', BH: 'parity', BL: 'stop bits', CH: 'length', CL: 'speed', ...PORT }, { AH: 'line status', AL: 'modem status' }],
    [0x05, 'Modem control register', { AL: '0 reads, 1 sets', BL: 'register', ...PORT }, { BL: 'register', AH: 'line status', AL: 'modem status' }],
  ]),
  ...rows(0x15, [
    [0x2400, 'Close the A20 gate', {}, STATUS],
    [0x2401, 'Open the A20 gate', {}, STATUS],
    [0x2402, 'State of the A20 gate', {}, { ...STATUS, AL: '1 where it is open' }],
    [0x2403, 'Support of the A20 gate', {}, { ...STATUS, BX: 'bit 0 by the keyboard controller, bit 1 by port 92h' }],
    [0x4f, 'Keyboard intercept', { AL: 'scan code that INT 09h has read', CF: 'set' }, { AL: 'scan code', CF: 'clear where it is to be ignored' }],
    [0x83, 'Set a bit after a time', { AL: '0 begins, 1 ends', 'CX:DX': 'microseconds', 'ES:BX': 'byte whose bit 7 is set' }, STATUS],
    [0x85, 'SysRq key', { AL: '0 pressed, 1 released' }],
    [0x86, 'Wait', { 'CX:DX': 'microseconds' }, { CF: 'set where the timer is in use' }],
    [0x87, 'Move memory beyond 1 MiB', { CX: 'words', 'ES:SI': 'descriptor table of 6 entries' }, STATUS],
    [0x88, 'Extended memory size', {}, { CF: 'set on an error', AX: 'KiB from 1 MiB on, 64 MiB at most' }],
    [0x89, 'Switch to protected mode', { BL: 'vector of IRQ 0', BH: 'vector of IRQ 8', 'ES:SI': 'eight descriptors: null, GDT, IDT, DS, ES, SS, CS, and one for the firmware' }, { AH: '0, in protected mode with interrupts off; BP is lost' }],
    [0x90, 'Device busy', { AL: 'device' }],
    [0x91, 'Device done', { AL: 'device' }],
    [0xc0, 'Read the configuration table', {}, { CF: 'set where there is none', 'ES:BX': 'table' }],
    [0xc1, 'Segment of the EBDA', {}, { CF: 'set where there is none', ES: 'segment' }],
    [0xc200, 'Pointing device on or off', { BH: '1 on, 0 off' }, STATUS],
    [0xc201, 'Reset the pointing device', {}, { ...STATUS, BL: 'AAh', BH: 'type' }],
    [0xc202, 'Pointing device sample rate', { BH: '0 to 6: 10, 20, 40, 60, 80, 100, 200 a second' }, STATUS],
    [0xc203, 'Pointing device resolution', { BH: '0 to 3: 1, 2, 4, 8 counts a millimetre' }, STATUS],
    [0xc204, 'Pointing device type', {}, { ...STATUS, BH: 'type' }],
    [0xc205, 'Initialize the pointing device', { BH: 'bytes of a packet' }, { ...STATUS, BL: 'AAh', BH: 'type' }],
    [0xc206, 'Pointing device status or scaling', { BH: '0 reads, 1 or 2 sets 1:1 or 2:1' }, { ...STATUS, BL: 'status', CL: 'resolution', DL: 'sample rate' }],
    [0xc207, 'Pointing device handler', { 'ES:BX': 'far routine, 0000:0000 for none; it finds status, X, Y and 0 on the stack' }, STATUS],
    [0xe801, 'Read the size of memory', {}, { CF: 'set on an error', AX: 'KiB from 1 to 16 MiB', BX: '64 KiB blocks from 16 MiB on', CX: 'as AX', DX: 'as BX' }],
    [0xe820, 'Read the memory map', { EBX: '0 first, then what the call before gave', ECX: 'size of the buffer, 20 at least', EDX: '534D4150h, "SMAP"', 'ES:DI': 'buffer: base (qword), length (qword), type (dword; 1 is usable)' }, { CF: 'set on an error or behind the last', EAX: '534D4150h', EBX: '0 behind the last', ECX: 'bytes written' }],
    [0xe881, 'Memory size, in 32 bits', {}, { CF: 'set on an error', EAX: 'KiB from 1 to 16 MiB', EBX: '64 KiB blocks from 16 MiB on' }],
  ]),
  ...rows(0x16, [
    [0x00, 'Wait for a key', {}, KEY],
    [0x01, 'Look for a key', {}, { ZF: 'set where there is none', ...KEY }],
    [0x02, 'Shift keys', {}, { AL: 'bit 0 right Shift, 1 left Shift, 2 Ctrl, 3 Alt, 4 Scroll Lock, 5 Num Lock, 6 Caps Lock, 7 Insert' }],
    [0x03, 'Typematic rate and delay', { AL: '05h sets, 00h takes what it was at the start', BH: 'delay: 0 to 3 are 250 ms to 1 s', BL: 'rate: 0 to 1Fh are 30 to 2 a second' }],
    [0x05, 'Put a key into the buffer', { CH: 'scan code', CL: 'character' }, { AL: '0, or 1 where it is full' }],
    [0x09, 'Keyboard functions', {}, { AL: 'bits for functions' }],
    [0x0a, 'Keyboard identification', {}, { BX: 'identification: 41ABh or 83ABh' }],
    [0x10, 'Wait for an extended key', {}, KEY],
    [0x11, 'Look for an extended key', {}, { ZF: 'set where there is none', ...KEY }],
    [0x12, 'Extended shift keys', {}, { AX: 'states' }],
  ]),
  ...rows(0x17, [
    [0x00, 'Print a character', { AL: 'character', DX: 'printer from 0' }, { AH: 'status' }],
    [0x01, 'Set up a printer', { DX: 'printer from 0' }, { AH: 'status' }],
    [0x02, 'Read the status of a printer', { DX: 'printer from 0' }, { AH: 'status' }],
  ]),
  ...rows(0x18, [[undefined, 'No boot device']]),
  ...rows(0x19, [[undefined, 'Bootstrap loader']]),
  ...rows(0x1a, [
    [0x00, 'Read the clock ticks', {}, { 'CX:DX': 'ticks, 18.2 a second', AL: 'not 0 where midnight has passed' }],
    [0x01, 'Set the clock ticks', { 'CX:DX': 'ticks since midnight' }],
    [0x02, 'Read the time', {}, { CF: 'set where it does not run', ...BCD_TIME }],
    [0x03, 'Set the time', { ...BCD_TIME, DL: '1 for daylight saving' }],
    [0x04, 'Read the date', {}, { CF: 'set where it does not run', ...BCD_DATE }],
    [0x05, 'Set the date', BCD_DATE],
    [0x06, 'Set the alarm, INT 4Ah', BCD_TIME, { CF: 'set where one is set already' }],
    [0x07, 'Take the alarm back'],
  ]),
  ...missing(
    rows(0x1a, [
      [0xb101, 'PCI BIOS present', {}, { AH: '0 where there is', EDX: '"PCI "' }],
    ]),
  ),
]; // biome-ignore format: a table
