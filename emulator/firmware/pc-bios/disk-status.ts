/** What INT 13h functions answer. Source: IBM PS/2 and PC BIOS Interface Technical Reference, INT 13h, status of operation. */

/** Status in AH and in the data area. */
export const STATUS = {
  ok: 0x00,
  badCommand: 0x01,
  writeProtected: 0x03,
  sectorNotFound: 0x04,
  dmaBoundary: 0x09,
  mediaTypeUnknown: 0x0c,
  changed: 0x06,
  controllerFailed: 0x20,
  notReady: 0x80,
  /** EDD: lock, eject and their like on a drive whose medium stays in it. */
  notRemovable: 0xb2,
} as const;
export type Status = (typeof STATUS)[keyof typeof STATUS];

export const STATUS_TEXT: Readonly<Record<Status, string>> = {
  [STATUS.ok]: 'ok',
  [STATUS.badCommand]: 'error 01h, bad command or parameter',
  [STATUS.writeProtected]: 'error 03h, write-protected',
  [STATUS.sectorNotFound]: 'error 04h, sector not found',
  [STATUS.changed]: 'error 06h, the disk was changed',
  [STATUS.dmaBoundary]: 'error 09h, the buffer crosses a boundary of 64 kB, which DMA can not',
  [STATUS.mediaTypeUnknown]: 'error 0Ch, the drive has no such format',
  [STATUS.controllerFailed]: 'error 20h, controller failed',
  [STATUS.notReady]: 'error 80h, not ready: no disk in the drive',
  [STATUS.notRemovable]: 'error B2h, the medium can not be removed',
};

/** What a function gives back: the status, and texts for people. */
export interface Outcome {
  readonly status: Status;
  readonly inputs?: string;
  /** Instead of the status's own text. */
  readonly text?: string;
  /** AH when it carries something else than the status. */
  readonly ah?: number;
}

export const outcome = (status: Status, inputs?: string, text?: string): Outcome => ({
  status,
  ...(inputs === undefined ? {} : { inputs }),
  ...(text === undefined ? {} : { text }),
});

export const noSuchFunction = (): Outcome =>
  outcome(STATUS.badCommand, undefined, 'error 01h, there is no such function');
export const noSuchDrive = (inputs?: string): Outcome =>
  outcome(STATUS.badCommand, inputs, 'error 01h, there is no such drive');

export const sectorsText = (count: number): string => `${count} ${count === 1 ? 'sector' : 'sectors'}`;
